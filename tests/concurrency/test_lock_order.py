"""The order of docs/algorithms/locking.md: nights, then the house, then the stay; and what can still cross."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date, timedelta

import asyncpg
import pytest

from factories.house import limit_house
from omd.db import Database, Transaction
from omd.features.reservations import Amendment, Guest, NewReservation, Reservation, amend, book, cancel
from omd.kernel.errors import OmdError
from support.racing import attempt, held_up, until_waiting
from support.worlds import NOW, Connection, World, hotel_actor

DAY = timedelta(days=1)
FIRST = date(2027, 5, 3)
Prove = Callable[[], Awaitable[None]]
Order = Callable[[Transaction], Awaitable[Reservation]]

LOCK_HOUSE = "select from house_availability where business_id = $1 and date = $2 for update"
LOCK_NIGHT = "select from room_type_availability where room_type_id = $1 and date = $2 for update"


def booking(world: World, code: str, since: int, until: int, room: str | None = None) -> Order:
    """Return the work that books the nights `[since, until)`, counted from the first."""
    grand = world.grand
    wanted = NewReservation(
        *(grand.types[code].id, FIRST + since * DAY, FIRST + until * DAY, [Guest(last_name="Racer")]),
        room_id=None if room is None else grand.rooms[room],
    )
    return lambda tx: book(tx, hotel_actor(grand), grand.id, wanted, now=NOW)


def change(world: World, stay: Reservation, since: int, until: int, code: str = "twin") -> Order:
    """Return the work that moves a stay to other nights."""
    moved = Amendment(
        arrival=FIRST + since * DAY, departure=FIRST + until * DAY, room_type_id=world.grand.types[code].id
    )
    return lambda tx: amend(tx, hotel_actor(world.grand), stay.id, moved, expected=lambda _: None, now=NOW)


def cancellation(world: World, stay: Reservation) -> Order:
    """Return the work that cancels a stay."""
    return lambda tx: cancel(tx, hotel_actor(world.grand), stay.id, reason=None, now=NOW)


async def booked(
    racers: Database, world: World, code: str, since: int, until: int, room: str | None = None
) -> Reservation:
    """Book what must be taken."""
    stay = await attempt(racers, hotel_actor(world.grand), booking(world, code, since, until, room))
    assert isinstance(stay, Reservation)
    return stay


async def is_free_at_the_house(
    racers: Database, watcher: Connection, holder: Connection, world: World, stay: Reservation, work: Order
) -> bool:
    """Let the work wait for the house's row of the first night; return whether nobody has locked the stay by then."""
    async with held_up(holder, LOCK_HOUSE, world.grand.id, FIRST):
        working = asyncio.create_task(attempt(racers, hotel_actor(world.grand), work))
        await until_waiting(watcher)
        seen = "select count(*) from (select from reservations where id = $1 for update skip locked) free"
        free = await watcher.fetchval(seen, stay.id)
    assert isinstance(await working, Reservation)
    return bool(free)


WRITERS = {
    "a cancellation": ("lock_type_nights", cancellation),
    "a change": ("lock_runs", lambda world, stay: change(world, stay, 1, 4)),
}


@pytest.mark.parametrize("taken_out", [False, True], ids=["as it is", "without the lock"])
@pytest.mark.parametrize("writer", WRITERS)
async def test_who_gives_nights_back_waits_for_the_house_before_it_takes_the_stay(
    racers: Database,
    owner_connection: Connection,
    watcher: Connection,
    world: World,
    prove: Prove,
    writer: str,
    taken_out: bool,
) -> None:
    """Without its lock the house is met when the counters are written, with the stay locked: that is seen as well."""
    function, work = WRITERS[writer]
    await limit_house(owner_connection, world.grand, FIRST, FIRST + 5 * DAY, 0)
    stay = await booked(racers, world, "twin", 0, 2)
    if taken_out:
        source = await owner_connection.fetchval("select pg_get_functiondef($1::text::regproc)", function)
        assert source.count("perform lock_house_nights") == 1
        await owner_connection.execute(source.replace("perform lock_house_nights", "perform 1; --"))
    free = await is_free_at_the_house(racers, watcher, owner_connection, world, stay, work(world, stay))
    assert free is not taken_out
    await prove()


async def test_a_stay_that_got_other_nights_meanwhile_is_changed_from_those(
    racers: Database, watcher: Connection, world: World, prove: Prove
) -> None:
    """The second change saw the nights that the first takes away: it ends with 40001 and begins again, once."""
    stay = await booked(racers, world, "twin", 0, 2)
    begun: list[int] = []

    def noted(since: int, until: int) -> Order:
        work = change(world, stay, since, until)

        async def noting(tx: Transaction) -> Reservation:
            begun.append(since)
            return await work(tx)

        return noting

    async with racers.transaction(hotel_actor(world.grand)) as tx:
        await noted(1, 6)(tx)
        second = asyncio.create_task(attempt(racers, hotel_actor(world.grand), noted(10, 12)))
        await until_waiting(watcher)
    answer = await second
    assert isinstance(answer, Reservation)
    assert (answer.arrival, answer.departure) == (FIRST + 10 * DAY, FIRST + 12 * DAY)
    assert begun == [1, 10, 10]
    await prove()


async def test_a_change_to_later_nights_and_a_re_packing_that_cross_both_end(
    racers: Database,
    owner_connection: Connection,
    watcher: Connection,
    world: World,
    database_dsn: str,
    prove: Prove,
) -> None:
    """Where the house limits: each holds what the other asks for, PostgreSQL ends one, and it begins again."""
    grand, actor = world.grand, hotel_actor(world.grand)
    await limit_house(owner_connection, grand, FIRST, FIRST + 100 * DAY, 0)
    await booked(racers, world, "twin", 0, 2, "301")
    await booked(racers, world, "twin", 2, 4, "302")
    stay = await booked(racers, world, "double", 1, 2)
    begun: list[str] = []

    def noted(name: str, work: Order) -> asyncio.Task[Reservation | OmdError]:
        async def noting(tx: Transaction) -> Reservation:
            begun.append(name)
            return await work(tx)

        return asyncio.create_task(attempt(racers, actor, noting))

    holder = await asyncpg.connect(database_dsn)
    try:
        async with held_up(holder, LOCK_NIGHT, grand.types["twin"].id, FIRST + 60 * DAY):
            packing = noted("book", booking(world, "twin", 1, 3))
            await until_waiting(watcher, 1)
            changing = noted("change", change(world, stay, 70, 72))
            await until_waiting(watcher, 2)
    finally:
        await holder.close()
    answers = await asyncio.gather(packing, changing)
    assert [type(answer) for answer in answers] == [Reservation] * 2
    assert set(begun) == {"book", "change"}
    assert len(begun) == 3
    await prove()
