"""Two changes at once that want the same nights: the second waits for the first, then sees what it left."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import date, timedelta
from typing import Any, TypeVar

import asyncpg
import pytest

from omd.db import Database, Transaction
from omd.features.availability.errors import CountersExceeded
from omd.features.availability.horizon import open_horizon
from omd.features.reservations import (
    Amendment,
    Guest,
    NewReservation,
    NoRoomThroughout,
    Reservation,
    SoldOut,
    amend,
    book,
    cancel,
    end_hold_back,
    place_hold_back,
    start_maintenance,
)
from omd.features.reservations.commands.hold_backs import HeldBack, NewHoldBack
from omd.features.reservations.commands.maintenance import MaintenanceStarted, NewMaintenance
from omd.features.reservations.errors import StaysInTheWay
from omd.kernel.errors import OmdError
from support.racing import attempt, until_waiting
from support.servers import Servers
from support.worlds import HORIZON_ENDS_ON, NOW, Connection, World, hotel_actor, system_actor

DAY = timedelta(days=1)
FIRST = date(2027, 5, 3)
Prove = Callable[[], Awaitable[None]]
Result = TypeVar("Result")


class Desk:
    """The reception of `grand`: what it does at once, and what it has begun but not yet committed."""

    def __init__(self, database: Database, world: World, watcher: Connection) -> None:
        self.database = database
        self.grand = world.grand
        self.actor = hotel_actor(world.grand)
        self.watcher = watcher

    def order(
        self, type_code: str, since: int, until: int, **more: Any
    ) -> Callable[[Transaction], Awaitable[Reservation]]:
        """Return the work of booking the nights [since, until), counted from FIRST."""
        wanted = NewReservation(
            self.grand.types[type_code].id,
            FIRST + since * DAY,
            FIRST + until * DAY,
            [Guest(last_name="Racer")],
            **more,
        )
        return lambda tx: book(tx, self.actor, self.grand.id, wanted, now=NOW)

    def hold_back(self, since: int, until: int, room: str | None) -> Callable[[Transaction], Awaitable[HeldBack]]:
        """Return the work of holding back a twin, or a certain room, for the nights [since, until) from FIRST on."""
        wanted = NewHoldBack(
            "owner",
            FIRST + since * DAY,
            FIRST + until * DAY,
            "the family",
            room_type_id=self.grand.types["twin"].id,
            room_id=None if room is None else self.grand.rooms[room],
        )
        return lambda tx: place_hold_back(tx, self.actor, self.grand.id, wanted, now=NOW)

    async def do(self, work: Callable[[Transaction], Awaitable[Result]]) -> Result | OmdError:
        """Do the work as the edge does."""
        return await attempt(self.database, self.actor, work)

    async def booked(self, type_code: str, since: int, until: int, **more: Any) -> Reservation:
        """Book, as part of the arrangement."""
        answer = await self.do(self.order(type_code, since, until, **more))
        assert isinstance(answer, Reservation), answer
        return answer

    @asynccontextmanager
    async def under_way(self, work: Callable[[Transaction], Awaitable[object]], *, commit: bool) -> AsyncIterator[None]:
        """Begin the work; commit it, or roll it back, when the block has made another one wait for it."""
        try:
            async with self.database.transaction(self.actor) as tx:
                await work(tx)
                yield
                await until_waiting(self.watcher)
                end(commit=commit)
        except Undone:
            return

    async def second(
        self,
        first: Callable[[Transaction], Awaitable[object]],
        then: Callable[[Transaction], Awaitable[Result]],
        *,
        commit: bool,
    ) -> Result | OmdError:
        """Return what the second of two gets that meet, the first being committed or rolled back under its eyes."""
        async with self.under_way(first, commit=commit):
            waiting = asyncio.create_task(self.do(then))
        return await waiting


class Undone(Exception):
    """Rolls a transaction back."""


def end(*, commit: bool) -> None:
    """Leave the transaction around it to its commit, or have it rolled back."""
    if not commit:
        raise Undone


@pytest.fixture
def desk(racers: Database, world: World, watcher: Connection) -> Desk:
    """The reception."""
    return Desk(racers, world, watcher)


@pytest.mark.parametrize("commit", [True, False], ids=["committed", "rolled back"])
async def test_cancel_against_book(desk: Desk, prove: Prove, *, commit: bool) -> None:
    await desk.booked("twin", 0, 3)
    given_back = await desk.booked("twin", 0, 3)
    answer = await desk.second(
        lambda tx: cancel(tx, desk.actor, given_back.id, reason=None, now=NOW), desk.order("twin", 1, 2), commit=commit
    )
    assert isinstance(answer, Reservation if commit else SoldOut)
    await prove()


@pytest.mark.parametrize("commit", [True, False], ids=["committed", "rolled back"])
async def test_amend_against_book(desk: Desk, prove: Prove, *, commit: bool) -> None:
    await desk.booked("twin", 0, 3)
    moves_in = await desk.booked("twin", 5, 7)
    change = Amendment(arrival=FIRST, departure=FIRST + 2 * DAY)
    answer = await desk.second(
        lambda tx: amend(tx, desk.actor, moves_in.id, change, expected=lambda _: None, now=NOW),
        desk.order("twin", 1, 2),
        commit=commit,
    )
    assert isinstance(answer, SoldOut if commit else Reservation)
    await prove()


@pytest.mark.parametrize("commit", [True, False], ids=["committed", "rolled back"])
async def test_maintenance_against_book(desk: Desk, prove: Prove, *, commit: bool) -> None:
    await desk.booked("twin", 0, 3, room_id=desk.grand.rooms["301"])
    out = NewMaintenance(desk.grand.rooms["302"], "out_of_order", FIRST, FIRST + 2 * DAY, "a burst pipe")
    answer = await desk.second(
        lambda tx: start_maintenance(tx, desk.actor, desk.grand.id, out, now=NOW),
        desk.order("twin", 1, 2),
        commit=commit,
    )
    assert isinstance(answer, SoldOut if commit else Reservation)
    await prove()


@pytest.mark.parametrize("commit", [True, False], ids=["committed", "rolled back"])
async def test_book_against_maintenance(desk: Desk, prove: Prove, *, commit: bool) -> None:
    await desk.booked("twin", 0, 3, room_id=desk.grand.rooms["301"])
    out = NewMaintenance(desk.grand.rooms["302"], "out_of_order", FIRST, FIRST + 2 * DAY, "a burst pipe")
    answer = await desk.second(
        desk.order("twin", 1, 2),
        lambda tx: start_maintenance(tx, desk.actor, desk.grand.id, out, now=NOW),
        commit=commit,
    )
    assert isinstance(answer, StaysInTheWay if commit else MaintenanceStarted)
    await prove()


@pytest.mark.parametrize("commit", [True, False], ids=["committed", "rolled back"])
@pytest.mark.parametrize("room", [None, "302"], ids=["of a type", "a certain room"])
async def test_hold_back_against_book(desk: Desk, prove: Prove, room: str | None, *, commit: bool) -> None:
    """The last room: held back, it is not sold; sold, it is not held back."""
    await desk.booked("twin", 0, 3, room_id=desk.grand.rooms["301"])
    answer = await desk.second(desk.hold_back(0, 2, room), desk.order("twin", 1, 2), commit=commit)
    assert isinstance(answer, SoldOut if commit else Reservation)
    await prove()


@pytest.mark.parametrize("commit", [True, False], ids=["committed", "rolled back"])
@pytest.mark.parametrize("room", [None, "302"], ids=["of a type", "a certain room"])
async def test_book_against_hold_back(desk: Desk, prove: Prove, room: str | None, *, commit: bool) -> None:
    await desk.booked("twin", 0, 3, room_id=desk.grand.rooms["301"])
    answer = await desk.second(desk.order("twin", 1, 2), desk.hold_back(0, 2, room), commit=commit)
    refusal = CountersExceeded if room is None else StaysInTheWay
    assert isinstance(answer, refusal if commit else HeldBack), answer
    await prove()


@pytest.mark.parametrize("commit", [True, False], ids=["committed", "rolled back"])
async def test_ending_a_hold_back_against_book(desk: Desk, prove: Prove, *, commit: bool) -> None:
    await desk.booked("twin", 0, 3, room_id=desk.grand.rooms["301"])
    held = await desk.do(desk.hold_back(0, 2, None))
    assert isinstance(held, HeldBack), held
    answer = await desk.second(
        lambda tx: end_hold_back(tx, desk.actor, desk.grand.id, held.hold_back.id, now=NOW),
        desk.order("twin", 1, 2),
        commit=commit,
    )
    assert isinstance(answer, Reservation if commit else SoldOut)
    await prove()


async def test_twin_reading_without_waiting_answers_from_the_past(desk: Desk, owner_connection: Connection) -> None:
    """What every second above would have said had it looked instead of waited: the night still full."""
    await desk.booked("twin", 0, 3)
    given_back = await desk.booked("twin", 0, 3)
    async with desk.database.transaction(desk.actor) as tx:
        await cancel(tx, desk.actor, given_back.id, reason=None, now=NOW)
        seen = await owner_connection.fetchval(
            "select physical - sold from room_type_availability where room_type_id = $1 and date = $2",
            *(desk.grand.types["twin"].id, FIRST),
        )
    assert seen == 0
    assert isinstance(await desk.do(desk.order("twin", 0, 1)), Reservation)


async def test_two_repackings_at_once(desk: Desk, prove: Prove) -> None:
    """Two stays in two rooms leave the nights 1 and 2 free in different rooms, twice: each wanted stay needs a move."""
    numbers = desk.grand.rooms
    for since in (0, 10):
        await desk.booked("twin", since, since + 2, room_id=numbers["301"])
        await desk.booked("twin", since + 2, since + 4, room_id=numbers["302"])
    answers = await asyncio.gather(desk.do(desk.order("twin", 1, 3)), desk.do(desk.order("twin", 11, 13)))
    assert [type(answer) for answer in answers] == [Reservation, Reservation]
    together = await asyncio.gather(*(desk.do(desk.order("twin", 0, 4)) for _ in range(4)))
    assert {type(answer) for answer in together} == {SoldOut}
    await prove()


@pytest.mark.parametrize("commit", [True, False], ids=["committed", "rolled back"])
async def test_a_repacking_that_meets_another(desk: Desk, prove: Prove, *, commit: bool) -> None:
    numbers = desk.grand.rooms
    await desk.booked("single", 0, 2, room_id=numbers["201"])
    await desk.booked("single", 2, 4, room_id=numbers["202"])
    await desk.booked("single", 0, 4, room_id=numbers["203"])
    answer = await desk.second(desk.order("single", 1, 3), desk.order("single", 1, 3), commit=commit)
    assert isinstance(answer, SoldOut if commit else Reservation)
    await prove()


@pytest.mark.parametrize("commit", [True, False], ids=["committed", "rolled back"])
async def test_a_repacking_waits_for_the_nights_before_the_wanted_ones(
    desk: Desk, prove: Prove, *, commit: bool
) -> None:
    """Only a stay that began earlier can move, into a room that somebody is just taking for these earlier nights."""
    numbers = desk.grand.rooms
    await desk.booked("single", 0, 3, room_id=numbers["201"])
    await desk.booked("single", 3, 6, room_id=numbers["202"], room_locked=True)
    await desk.booked("single", 2, 4, room_id=numbers["203"], room_locked=True)
    in_between = desk.order("single", 0, 2, room_id=numbers["202"], room_locked=True)
    answer = await desk.second(in_between, desk.order("single", 2, 4), commit=commit)
    assert isinstance(answer, NoRoomThroughout if commit else Reservation)
    await prove()


async def test_the_horizon_grows_while_bookings_come_in(
    desk: Desk, maintenance_db: Database, world: World, prove: Prove
) -> None:
    """A booking under way holds the extension up, not the other way round for long; afterwards the new dates sell."""
    new_night = HORIZON_ENDS_ON + 10 * DAY
    days = (new_night - HORIZON_ENDS_ON).days
    async with desk.under_way(desk.order("double", 0, 2), commit=True):
        growing = asyncio.create_task(open_horizon(maintenance_db, world.alpha.id, today=HORIZON_ENDS_ON, days=days))
    beside = await asyncio.gather(*(desk.do(desk.order("double", night, night + 1)) for night in range(20)))
    assert {type(answer) for answer in beside} == {Reservation}
    opened = await growing
    assert opened.quarters == (HORIZON_ENDS_ON,)
    since = (new_night - FIRST).days
    assert isinstance(await desk.do(desk.order("double", since, since + 3)), Reservation)
    await prove()


async def test_a_quarter_is_made_once(maintenance_db: Database, world: World, prove: Prove) -> None:
    made = await asyncio.gather(
        *(open_horizon(maintenance_db, world.alpha.id, today=HORIZON_ENDS_ON, days=5) for _ in range(4))
    )
    assert sorted(len(each.quarters) for each in made) == [0, 0, 0, 1]
    await prove()


async def test_twin_a_quarter_made_without_taking_turns_is_made_twice(
    servers: Servers, database_name: str, watcher: Connection, world: World
) -> None:
    """Both find it missing; the catalog lets one of them have it, and the other fails."""
    actor = system_actor(world.alpha)
    ids = "{" + ",".join(map(str, actor.business_ids)) + "}"
    looked = asyncio.Barrier(2)

    async def naive() -> str:
        connection = await asyncpg.connect(servers.dsn(user="omd_maintenance", database=database_name))
        try:
            async with connection.transaction():
                await connection.execute(
                    "select set_config('omd.omd_id', $1, true), set_config('omd.scope', 'system', true), "
                    "set_config('omd.business_ids', $2, true), set_config('omd.staff_business_ids', $2, true)",
                    *(str(actor.omd_id), ids),
                )
                ends_on = await connection.fetchval("select ends_on from availability_horizons")
                await looked.wait()
                await connection.execute("select create_availability_quarter($1, $2, $2)", actor.omd_id, ends_on)
        except (asyncpg.DuplicateTableError, asyncpg.UniqueViolationError):
            return "collided"
        finally:
            await connection.close()
        return "made"

    assert sorted(await asyncio.gather(naive(), naive())) == ["collided", "made"]
