"""The last room, a room by its number, and a stay wanted by two hands: one wins, the rest are told so."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date, timedelta

import asyncpg

from omd.db import Database
from omd.features.reservations import (
    Guest,
    NewReservation,
    Reservation,
    SoldOut,
    book,
    cancel,
    check_in,
)
from omd.features.reservations.errors import ActionRefused, RoomNotFree
from omd.kernel.errors import OmdError
from support.racing import attempt, held_up, until_waiting
from support.servers import Servers
from support.worlds import NOW, TODAY, Connection, World, hotel_actor

RACERS = 32
ARRIVAL, DEPARTURE = date(2027, 5, 3), date(2027, 5, 6)
DAY = timedelta(days=1)
Prove = Callable[[], Awaitable[None]]

LOCK_COUNTER = "select from room_type_availability where room_type_id = $1 and date = $2 for update"


def stay(
    world: World, type_code: str, arrival: date = ARRIVAL, departure: date = DEPARTURE, **more: object
) -> NewReservation:
    """Return an order for a room of `grand`."""
    return NewReservation(world.grand.types[type_code].id, arrival, departure, [Guest(last_name="Racer")], **more)  # type: ignore[arg-type]


async def order(racers: Database, world: World, wanted: NewReservation) -> Reservation | OmdError:
    """Book as the edge does."""
    actor = hotel_actor(world.grand)
    return await attempt(racers, actor, lambda tx: book(tx, actor, world.grand.id, wanted, now=NOW))


async def test_the_last_room_is_sold_once(
    racers: Database, owner_connection: Connection, watcher: Connection, world: World, prove: Prove
) -> None:
    taken = await order(racers, world, stay(world, "twin"))
    assert isinstance(taken, Reservation)
    async with held_up(owner_connection, LOCK_COUNTER, world.grand.types["twin"].id, ARRIVAL):
        race = [asyncio.create_task(order(racers, world, stay(world, "twin"))) for _ in range(RACERS)]
        await until_waiting(watcher, RACERS)
    answers = await asyncio.gather(*race)
    assert [type(answer) for answer in answers].count(Reservation) == 1
    assert [type(answer) for answer in answers].count(SoldOut) == RACERS - 1
    await prove()


async def test_twin_looking_without_locking_oversells(
    servers: Servers, database_name: str, owner_connection: Connection, world: World
) -> None:
    """The same race on a copy of the counter that nothing guards: every racer believes to have won."""
    await owner_connection.execute(
        "create table naive_counters as select * from room_type_availability where room_type_id = $1 and date = $2",
        *(world.grand.types["twin"].id, ARRIVAL),
    )
    await owner_connection.execute("update naive_counters set sold = physical - 1")
    looked = asyncio.Barrier(RACERS)

    async def naive() -> bool:
        connection = await asyncpg.connect(servers.dsn(user="postgres", database=database_name))
        try:
            free = await connection.fetchval("select physical - out_of_order - held - sold from naive_counters")
            await looked.wait()
            if free < 1:
                return False
            await connection.execute("update naive_counters set sold = sold + 1")
            return True
        finally:
            await connection.close()

    assert all(await asyncio.gather(*(naive() for _ in range(RACERS))))
    assert await owner_connection.fetchval("select sold - physical from naive_counters") == RACERS - 1


async def test_a_room_asked_for_by_many_is_given_once(
    racers: Database, owner_connection: Connection, watcher: Connection, world: World, prove: Prove
) -> None:
    room = world.grand.rooms["101"]
    async with held_up(owner_connection, LOCK_COUNTER, world.grand.types["double"].id, ARRIVAL):
        wanted = stay(world, "double", room_id=room)
        race = [asyncio.create_task(order(racers, world, wanted)) for _ in range(RACERS)]
        await until_waiting(watcher, RACERS)
    answers = await asyncio.gather(*race)
    won = [answer for answer in answers if isinstance(answer, Reservation)]
    assert len(won) == 1
    assert {night.room_id for night in won[0].nights} == {room}
    assert sum(isinstance(answer, RoomNotFree) for answer in answers) == RACERS - 1
    await prove()


async def test_twin_claiming_a_room_after_looking_claims_it_twice(
    servers: Servers, database_name: str, owner_connection: Connection, world: World
) -> None:
    await owner_connection.execute(
        "create table naive_rooms as select * from room_availability where room_id = $1 and date = $2",
        *(world.grand.rooms["101"], ARRIVAL),
    )
    await owner_connection.execute("create table naive_claims (racer int)")
    looked = asyncio.Barrier(2)

    async def naive(racer: int) -> None:
        connection = await asyncpg.connect(servers.dsn(user="postgres", database=database_name))
        try:
            free = await connection.fetchval("select available from naive_rooms")
            await looked.wait()
            if free:
                await connection.execute("update naive_rooms set reservation_id = uuidv7()")
                await connection.execute("insert into naive_claims values ($1)", racer)
        finally:
            await connection.close()

    await asyncio.gather(naive(1), naive(2))
    assert await owner_connection.fetchval("select count(*) from naive_claims") == 2


async def test_a_stay_is_checked_in_or_cancelled_not_both(
    racers: Database, owner_connection: Connection, watcher: Connection, world: World, prove: Prove
) -> None:
    actor = hotel_actor(world.grand)
    for _ in range(5):
        booked = await order(racers, world, stay(world, "double", TODAY, TODAY + DAY))
        assert isinstance(booked, Reservation)
        async with held_up(owner_connection, "select from reservations where id = $1 for update", booked.id):
            entering = asyncio.create_task(
                attempt(racers, actor, lambda tx: check_in(tx, actor, booked.id, now=NOW))  # noqa: B023  # awaited within the turn
            )
            leaving = asyncio.create_task(
                attempt(racers, actor, lambda tx: cancel(tx, actor, booked.id, reason=None, now=NOW))  # noqa: B023
            )
            await until_waiting(watcher, 2)
        answers = [await entering, await leaving]
        assert sum(isinstance(answer, Reservation) for answer in answers) == 1
        [refused] = [answer for answer in answers if isinstance(answer, ActionRefused)]
        assert refused.data["reason_code"] == "wrong_status"
    await prove()


async def test_twin_a_status_read_without_its_lock_lets_both_pass(
    servers: Servers, database_name: str, owner_connection: Connection, world: World
) -> None:
    await owner_connection.execute("create table naive_stays as select 'confirmed' as status")
    looked = asyncio.Barrier(2)

    async def naive(status: str) -> bool:
        connection = await asyncpg.connect(servers.dsn(user="postgres", database=database_name))
        try:
            standing = await connection.fetchval("select status from naive_stays")
            await looked.wait()
            await connection.execute("update naive_stays set status = $1", status)
            return bool(standing == "confirmed")
        finally:
            await connection.close()

    assert all(await asyncio.gather(naive("in_house"), naive("cancelled")))
