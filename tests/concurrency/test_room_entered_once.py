"""Two parties at one room: whoever is taken in first has it, the other is told so, whichever way each comes."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from omd.db import Database, Transaction
from omd.features.reservations import (
    Guest,
    NewReservation,
    Reservation,
    book,
    check_in,
    check_out,
    undo_check_out,
)
from omd.features.reservations.errors import RoomOccupied
from omd.features.reservations.model import CheckOutUndo, Price
from support.racing import attempt, held_up, until_waiting
from support.worlds import NOW, Connection, World, hotel_actor

FIRST = date(2027, 5, 3)
LOCK_ROOM = "select from individual_rooms where id = $1 for no key update"
IN_THE_ROOM = "select count(*) from reservations where status = 'in_house'"
Prove = Callable[[], Awaitable[None]]
Work = Callable[[Transaction], Awaitable[Any]]


def noon(day: int) -> datetime:
    """Return noon (UTC) of a day counted from FIRST."""
    return datetime.combine(FIRST + timedelta(days=day), time(12), UTC)


async def who_left_and_who_arrives(racers: Database, world: World) -> tuple[UUID, UUID]:
    """Return a stay that left room 301 today, and one that is to have it from tonight on."""
    actor, grand = hotel_actor(world.grand), world.grand

    async def booked(since: int, until: int) -> UUID:
        arrival, departure = (FIRST + timedelta(days=day) for day in (since, until))
        wanted = NewReservation(
            grand.types["twin"].id,
            arrival,
            departure,
            [Guest(last_name="Racer")],
            price=Price("0.00"),
            room_id=grand.rooms["301"],
        )
        return (await racers.write(actor, lambda tx: book(tx, actor, grand.id, wanted, now=NOW))).id

    left, arrives = await booked(0, 1), await booked(1, 3)
    await racers.write(actor, lambda tx: check_in(tx, actor, left, now=noon(0)))
    await racers.write(actor, lambda tx: check_out(tx, actor, left, now=noon(1)))
    return left, arrives


def entrances(world: World, left: UUID, arrives: UUID) -> tuple[Work, Work]:
    """Return the work of taking the one back into the room and the other in."""
    actor, now = hotel_actor(world.grand), noon(1)

    async def back(tx: Transaction) -> Reservation:
        return await undo_check_out(tx, actor, left, CheckOutUndo(), expected=lambda _: None, now=now)

    async def enter(tx: Transaction) -> Reservation:
        return await check_in(tx, actor, arrives, now=now)

    return back, enter


async def test_of_two_parties_at_a_room_one_enters(
    racers: Database, owner_connection: Connection, watcher: Connection, world: World, prove: Prove
) -> None:
    works = entrances(world, *await who_left_and_who_arrives(racers, world))
    actor = hotel_actor(world.grand)
    async with held_up(owner_connection, LOCK_ROOM, world.grand.rooms["301"]):
        race = [asyncio.create_task(attempt(racers, actor, work)) for work in works]
        await until_waiting(watcher, len(race))
    answers = await asyncio.gather(*race)
    assert sorted(type(answer).__name__ for answer in answers) == ["Reservation", "RoomOccupied"]
    (refused,) = [answer for answer in answers if isinstance(answer, RoomOccupied)]
    (entered,) = [answer for answer in answers if isinstance(answer, Reservation)]
    told: Any = refused.data["stays"]
    assert [each.code for each in told] == [entered.code]
    assert await owner_connection.fetchval(IN_THE_ROOM) == 1
    await prove()


async def test_twin_looking_without_locking_lets_both_in(
    racers: Database, owner_connection: Connection, world: World
) -> None:
    """The same guard without its lock: neither sees the other, who has not committed yet.

    Nor does the room's condition make them wait for each other, which both change.
    """
    guard = await owner_connection.fetchval(
        "select pg_get_functiondef('keep_room_to_one(int, int, uuid, date, timestamptz)'::regprocedure)"
    )
    assert guard.count("for no key update") == 1
    await owner_connection.execute(guard.replace("for no key update", ""))
    await owner_connection.execute("alter table events disable trigger _600_rooms")
    back, enter = entrances(world, *await who_left_and_who_arrives(racers, world))
    actor = hotel_actor(world.grand)
    async with racers.transaction(actor) as first:
        await back(first)
        assert isinstance(await attempt(racers, actor, enter), Reservation)
    assert await owner_connection.fetchval(IN_THE_ROOM) == 2
