"""A room wanted by day and by night, and by two by day, at once: one has it, the rest are told so."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from typing import Any

import pytest

from omd.db import Database, Transaction
from omd.features.reservations import Guest, NewReservation, Reservation, book
from omd.features.reservations.day_uses.commands import book_day_use
from omd.features.reservations.day_uses.model import NewDayUse
from omd.features.reservations.errors import RoomNotFree
from support.racing import attempt, held_up, until_waiting
from support.worlds import NOW, Connection, World, hotel_actor

DAY = date(2027, 5, 4)
LOCK_NIGHT = "select from room_availability where room_id = $1 and date = $2 for update"
BOTH = (
    "select count(*) from day_uses d join room_availability s on s.room_id = d.room_id and s.date = d.date "
    "where not d.is_over and s.reservation_id is not null"
)
Prove = Callable[[], Awaitable[None]]
Work = Callable[[Transaction], Awaitable[Any]]


def by_day(world: World) -> Work:
    """Return the work of taking 301 for the evening."""
    grand, actor = world.grand, hotel_actor(world.grand)
    wanted = NewDayUse(
        grand.types["twin"].id, DAY, "14:00", "20:00", [Guest(last_name="Racer")], room_id=grand.rooms["301"]
    )
    return lambda tx: book_day_use(tx, actor, grand.id, wanted, now=NOW)


def by_night(world: World) -> Work:
    """Return the work of booking 301 for the night of that day."""
    grand, actor = world.grand, hotel_actor(world.grand)
    wanted = NewReservation(
        grand.types["twin"].id,
        DAY,
        DAY + timedelta(days=1),
        [Guest(last_name="Racer")],
        room_id=grand.rooms["301"],
    )
    return lambda tx: book(tx, actor, grand.id, wanted, now=NOW)


@pytest.mark.parametrize("others", [by_night, by_day], ids=["a night", "the same day"])
@pytest.mark.parametrize("first", [True, False], ids=["the day use first", "the other first"])
async def test_a_room_is_taken_once(
    racers: Database,
    owner_connection: Connection,
    watcher: Connection,
    world: World,
    prove: Prove,
    others: Callable[[World], Work],
    *,
    first: bool,
) -> None:
    actor = hotel_actor(world.grand)
    works = [by_day(world), others(world)] if first else [others(world), by_day(world)]
    race = []
    async with held_up(owner_connection, LOCK_NIGHT, world.grand.rooms["301"], DAY):
        for count, work in enumerate(works, start=1):
            race.append(asyncio.create_task(attempt(racers, actor, work)))
            await until_waiting(watcher, count)
    answers = await asyncio.gather(*race)
    assert sorted(type(answer).__name__ for answer in answers) == ["Reservation", "RoomNotFree"]
    assert isinstance(answers[0], Reservation), "who came first has it"
    assert isinstance(answers[1], RoomNotFree)
    assert await owner_connection.fetchval(BOTH) == 0
    await prove()


async def test_twin_looking_without_locking_takes_it_twice(
    racers: Database, owner_connection: Connection, watcher: Connection, world: World
) -> None:
    """The same function without its lock: it looks before the night is committed, and marks it afterwards."""
    source = await owner_connection.fetchval(
        "select pg_get_functiondef(oid) from pg_proc where proname = 'book_day_use'"
    )
    assert source.count("order by s.date for update") == 1
    await owner_connection.execute(source.replace("order by s.date for update", "order by s.date"))
    actor = hotel_actor(world.grand)
    async with racers.transaction(actor) as tx:
        await by_night(world)(tx)
        second = asyncio.create_task(attempt(racers, actor, by_day(world)))
        await until_waiting(watcher)
    assert isinstance(await second, Reservation)
    assert await owner_connection.fetchval(BOTH) == 1


async def test_the_database_holds_two_by_day_apart(
    owner_connection: Connection, racers: Database, world: World
) -> None:
    """Whoever writes: the constraint refuses what the function would not have tried."""
    await racers.write(hotel_actor(world.grand), by_day(world))
    again = (
        "insert into day_uses select omd_id, business_id, (select id from reservations where code = 'TWICE'), room_id, "
        "date, starts_at + interval '1 hour', ends_at + interval '1 hour', false, false from day_uses"
    )
    await owner_connection.execute(
        "insert into reservations (omd_id, business_id, code, room_type_id, arrival, departure, adults, children, "
        "room_locked, booked_at, booked_by, status, day_use) select omd_id, business_id, 'TWICE', room_type_id, "
        "arrival, departure, 1, 0, true, now(), 'test', 'confirmed', true from reservations"
    )
    with pytest.raises(Exception, match="day_uses_room_once"):
        await owner_connection.execute(again)
