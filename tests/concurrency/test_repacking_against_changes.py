"""A stay chosen to move that is cancelled or changed meanwhile: one waits for the other, and nobody begins again.

Whoever gives nights back or takes others locks their counters first and the stay after them, as a re-packing does.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from typing import TypeVar
from uuid import UUID

import asyncpg
import pytest

from omd.db import Database, Transaction
from omd.features.reservations import (
    Amendment,
    Guest,
    NewReservation,
    Reservation,
    SoldOut,
    amend,
    book,
    cancel,
)
from omd.kernel.errors import OmdError
from support.racing import attempt, held_up, until_waiting
from support.worlds import NOW, Connection, World, hotel_actor

DAY = timedelta(days=1)
FIRST = date(2027, 5, 3)
Prove = Callable[[], Awaitable[None]]
Result = TypeVar("Result")
Work = Callable[[Transaction], Awaitable[Reservation]]


class Desk:
    """The reception of `grand`, which has two twins; it counts how often each piece of work was begun."""

    def __init__(self, database: Database, world: World) -> None:
        self.database = database
        self.grand = world.grand
        self.actor = hotel_actor(world.grand)
        self.begun: list[str] = []

    def order(self, since: int, until: int, room: str | None = None) -> Work:
        """Return the work of booking a twin for the nights [since, until), counted from FIRST."""
        wanted = NewReservation(
            self.grand.types["twin"].id,
            FIRST + since * DAY,
            FIRST + until * DAY,
            [Guest(last_name="Racer")],
            room_id=None if room is None else self.grand.rooms[room],
        )
        return lambda tx: book(tx, self.actor, self.grand.id, wanted, now=NOW)

    def cancellation(self, stay: UUID) -> Work:
        """Return the work of cancelling a stay."""
        return lambda tx: cancel(tx, self.actor, stay, reason=None, now=NOW)

    def change(self, stay: UUID, since: int, until: int) -> Work:
        """Return the work of giving a stay other nights."""
        change = Amendment(arrival=FIRST + since * DAY, departure=FIRST + until * DAY)
        return lambda tx: amend(tx, self.actor, stay, change, expected=lambda _: None, now=NOW)

    async def do(self, name: str, work: Work) -> Reservation | OmdError:
        """Do the work as the edge does, noting every time that it is begun."""

        async def noted(tx: Transaction) -> Reservation:
            self.begun.append(name)
            return await work(tx)

        return await attempt(self.database, self.actor, noted)

    async def done(self, work: Work) -> Reservation:
        """Do the work; it must succeed."""
        answer = await attempt(self.database, self.actor, work)
        assert isinstance(answer, Reservation), answer
        return answer


@pytest.fixture
def desk(racers: Database, world: World) -> Desk:
    """The reception."""
    return Desk(racers, world)


HOLD_A_STAY = "select from reservations where id = $1 for update"
HOLD_A_NIGHT = "select from room_type_availability where room_type_id = $1 and date = $2 for update"


@pytest.mark.parametrize("what", ["cancel", "amend"])
async def test_a_change_waits_for_the_repacking_of_its_stay(
    desk: Desk, watcher: Connection, database_dsn: str, prove: Prove, what: str
) -> None:
    """The re-packing stands at a later night, on its way to the stay; the change must not get there before it."""
    stays = [await desk.done(desk.order(0, 2, "301")), await desk.done(desk.order(2, 4, "302"))]
    works = [desk.cancellation(stay.id) if what == "cancel" else desk.change(stay.id, 10, 12) for stay in stays]
    holder = await asyncpg.connect(database_dsn)
    try:
        async with held_up(holder, HOLD_A_NIGHT, desk.grand.types["twin"].id, FIRST + 60 * DAY):
            booking = asyncio.create_task(desk.do("book", desk.order(1, 3)))
            await until_waiting(watcher)
            others = [asyncio.create_task(desk.do(what, work)) for work in works]
            await until_waiting(watcher, 3)
    finally:
        await holder.close()
    answers = [await booking, *[await other for other in others]]
    assert all(isinstance(answer, Reservation) for answer in answers)
    assert sorted(desk.begun) == sorted(["book", what, what])
    await prove()


async def test_twin_a_change_that_locks_the_stay_first_is_ended_by_a_deadlock(desk: Desk, database_dsn: str) -> None:
    """What the order spares: stay first and nights after, against nights first and stay after."""
    stay = await desk.done(desk.order(2, 4, "302"))
    ends = []

    async def in_order(*locks: tuple[str, tuple[object, ...]], met: asyncio.Barrier) -> None:
        connection = await asyncpg.connect(database_dsn)
        try:
            async with connection.transaction():
                for number, (lock, arguments) in enumerate(locks):
                    if number:
                        await met.wait()
                    await connection.execute(lock, *arguments)
        except asyncpg.DeadlockDetectedError:
            ends.append("deadlock")
        finally:
            await connection.close()

    met = asyncio.Barrier(2)
    row = (HOLD_A_STAY, (stay.id,))
    counter = (HOLD_A_NIGHT, (desk.grand.types["twin"].id, FIRST + 2 * DAY))
    await asyncio.gather(in_order(row, counter, met=met), in_order(counter, row, met=met))
    assert ends == ["deadlock"]


async def test_a_cancellation_among_many_bookings(desk: Desk, prove: Prove) -> None:
    await desk.done(desk.order(0, 2, "301"))
    moved = await desk.done(desk.order(2, 4, "302"))
    answers = await asyncio.gather(
        *(desk.do("book", desk.order(1, 3)) for _ in range(8)), desk.do("cancel", desk.cancellation(moved.id))
    )
    assert isinstance(answers[-1], Reservation)
    assert answers[-1].status == "cancelled"
    assert sum(isinstance(answer, Reservation) for answer in answers[:-1]) in (1, 2)
    assert {type(answer) for answer in answers[:-1]} <= {Reservation, SoldOut}
    assert sorted(desk.begun) == ["book"] * 8 + ["cancel"]
    await prove()


async def test_a_stay_that_got_other_nights_meanwhile_is_cancelled_with_those(
    desk: Desk, watcher: Connection, prove: Prove
) -> None:
    """The nights looked up before the locks are proved after them: the cancellation begins again."""
    stay = await desk.done(desk.order(0, 2))
    async with desk.database.transaction(desk.actor) as tx:
        await desk.change(stay.id, 1, 6)(tx)
        cancelling = asyncio.create_task(desk.do("cancel", desk.cancellation(stay.id)))
        await until_waiting(watcher)
    answer = await cancelling
    assert isinstance(answer, Reservation)
    assert (answer.status, answer.departure, answer.nights) == ("cancelled", FIRST + 6 * DAY, ())
    assert desk.begun == ["cancel", "cancel"]
    await prove()
