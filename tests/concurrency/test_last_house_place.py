"""The last place that a house-wide limit leaves: one wins, of whichever type; the limit comes and goes safely."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date, timedelta

import pytest

from factories.house import limit_house
from omd.db import Database, Transaction
from omd.features.availability.commands import remove_house_overbooking, set_house_overbooking
from omd.features.reservations import Guest, NewReservation, Reservation, SoldOut, amend, book, cancel
from omd.features.reservations.model import Amendment
from omd.kernel.errors import OmdError
from support.racing import attempt, held_up, until_waiting
from support.roles import enter_context
from support.worlds import NOW, Connection, World, hotel_actor, system_actor

RACERS = 32
ARRIVAL, DEPARTURE = date(2027, 5, 3), date(2027, 5, 6)
DAY = timedelta(days=1)
TYPES = ("double", "single", "twin")
ROOMS = 10
Prove = Callable[[], Awaitable[None]]

LOCK_HOUSE = "select from house_availability where business_id = $1 and date = $2 for update"


async def order(
    racers: Database, world: World, code: str, arrival: date = ARRIVAL, departure: date = DEPARTURE
) -> Reservation | OmdError:
    """Book as the edge does."""
    actor = hotel_actor(world.grand)
    wanted = NewReservation(world.grand.types[code].id, arrival, departure, [Guest(last_name="Racer")])
    return await attempt(racers, actor, lambda tx: book(tx, actor, world.grand.id, wanted, now=NOW))


@pytest.fixture
async def last_place(owner_connection: Connection, world: World) -> None:
    """Room enough in every type, and one place left in the house."""
    await owner_connection.execute(
        "update room_type_availability set overbooking = $2 where business_id = $1", world.grand.id, RACERS
    )
    await limit_house(owner_connection, world.grand, ARRIVAL - DAY, DEPARTURE + DAY, 1 - ROOMS)


@pytest.mark.usefixtures("last_place")
async def test_the_last_place_of_a_house_is_sold_once(
    racers: Database, owner_connection: Connection, watcher: Connection, world: World, prove: Prove
) -> None:
    async with held_up(owner_connection, LOCK_HOUSE, world.grand.id, ARRIVAL + DAY):
        race = [asyncio.create_task(order(racers, world, TYPES[number % 3])) for number in range(RACERS)]
        await until_waiting(watcher, RACERS)
    answers = await asyncio.gather(*race)
    assert [type(answer) for answer in answers].count(Reservation) == 1
    refused = [answer for answer in answers if isinstance(answer, SoldOut)]
    assert len(refused) == RACERS - 1
    assert {answer.data["limit"] for answer in refused} == {"house"}
    await prove()


@pytest.mark.usefixtures("last_place")
async def test_twin_without_lock_and_guard_the_last_place_is_sold_in_every_type(
    racers: Database, owner_connection: Connection, watcher: Connection, world: World
) -> None:
    """The same engine with the lock of the house and its check taken out: each type sells the one place."""
    await owner_connection.execute("alter table house_availability drop constraint house_availability_never_oversold")
    source = await owner_connection.fetchval("select pg_get_functiondef('lock_house_nights'::regproc)")
    assert source.count("for update") == 1
    await owner_connection.execute(source.replace("for update", ""))
    async with held_up(owner_connection, LOCK_HOUSE, world.grand.id, ARRIVAL):
        race = [asyncio.create_task(order(racers, world, code)) for code in TYPES]
        await until_waiting(watcher, len(TYPES))
    answers = await asyncio.gather(*race)
    assert [type(answer) for answer in answers] == [Reservation] * len(TYPES)
    sold = "select sold - (physical + overbooking) from house_availability where business_id = $1 and date = $2"
    assert await owner_connection.fetchval(sold, world.grand.id, ARRIVAL) == len(TYPES) - 1


@pytest.mark.usefixtures("last_place")
async def test_the_check_holds_without_the_lock(
    racers: Database, owner_connection: Connection, watcher: Connection, world: World, prove: Prove
) -> None:
    source = await owner_connection.fetchval("select pg_get_functiondef('lock_house_nights'::regproc)")
    await owner_connection.execute(source.replace("for update", ""))
    async with held_up(owner_connection, LOCK_HOUSE, world.grand.id, ARRIVAL):
        race = [asyncio.create_task(order(racers, world, code)) for code in TYPES]
        await until_waiting(watcher, len(TYPES))
    answers = await asyncio.gather(*race)
    assert [type(answer) for answer in answers].count(Reservation) == 1
    assert {answer.code for answer in answers if isinstance(answer, OmdError)} == {"sold_nights_uncovered"}
    await prove()


async def test_a_limit_is_set_while_stays_are_booked(
    racers: Database, owner_connection: Connection, watcher: Connection, world: World, prove: Prove
) -> None:
    """Who booked before it is counted by it; who comes after it meets it. Of those waiting anyone may be first."""
    actor = hotel_actor(world.grand)

    async def limit(tx: Transaction) -> int:
        return await set_house_overbooking(
            *(tx, actor, world.grand.id), starts_on=ARRIVAL, ends_on=DEPARTURE, rooms=-ROOMS, now=NOW
        )

    lock = "select from room_type_availability where room_type_id = $1 and date = $2 for update"
    async with held_up(owner_connection, lock, world.grand.types["double"].id, ARRIVAL):
        before = asyncio.create_task(order(racers, world, "double"))
        await until_waiting(watcher, 1)
        limiting = asyncio.create_task(attempt(racers, actor, limit))
        await until_waiting(watcher, 2)
        after = [asyncio.create_task(order(racers, world, "double", ARRIVAL - DAY)) for _ in range(8)]
        await until_waiting(watcher, 10)
    assert isinstance(await before, Reservation)
    assert await limiting == (DEPARTURE - ARRIVAL).days
    answers = await asyncio.gather(*after)
    assert {type(answer) for answer in answers} <= {SoldOut, Reservation}
    assert isinstance(await order(racers, world, "double", ARRIVAL - DAY), SoldOut)
    await prove()


async def test_a_type_that_comes_while_the_limit_is_set_is_counted(
    racers: Database, owner_connection: Connection, watcher: Connection, world: World, prove: Prove
) -> None:
    """An import that has not committed has given a new type its counters: the limit waits for it."""
    actor = hotel_actor(world.grand)

    async def limit(tx: Transaction) -> int:
        return await set_house_overbooking(
            *(tx, actor, world.grand.id), starts_on=ARRIVAL, ends_on=DEPARTURE, rooms=0, now=NOW
        )

    async with owner_connection.transaction():
        await enter_context(owner_connection, system_actor(world.alpha))
        room_type = await owner_connection.fetchval(
            "insert into room_types (omd_id, business_id, code, name, max_adults, max_children, max_occupancy) "
            "values ($1, $2, 'loft', 'Loft', 2, 0, 2) returning id",
            *(world.alpha.id, world.grand.id),
        )
        room = await owner_connection.fetchval(
            "insert into individual_rooms (omd_id, business_id, room_type_id, number) values ($1, $2, $3, 'L1') "
            "returning id",
            *(world.alpha.id, world.grand.id, room_type),
        )
        await owner_connection.execute(
            "select open_rooms($1, $2, array[$3::int], '2027-03-01')", world.alpha.id, world.grand.id, room
        )
        limiting = asyncio.create_task(attempt(racers, actor, limit))
        await until_waiting(watcher, 1)
    assert await limiting == (DEPARTURE - ARRIVAL).days
    assert await owner_connection.fetchval("select min(physical) from house_availability") == ROOMS + 1
    await prove()


async def test_bookings_changes_and_limits_at_once(racers: Database, world: World, prove: Prove) -> None:
    """Every type, nights that overlap all ways, limits that come and go: each has its answer, and the books agree."""
    actor = hotel_actor(world.grand)

    async def busy(number: int) -> list[object]:
        start = ARRIVAL + (number % 5) * DAY
        answers: list[object] = []
        for turn in range(4):
            code = TYPES[(number + turn) % 3]
            answers.append(booked := await order(racers, world, code, start, start + (number % 4 + 1) * DAY))
            if not isinstance(booked, Reservation):
                continue
            change = Amendment(
                arrival=start + DAY,
                departure=start + 3 * DAY,
                room_type_id=world.grand.types[TYPES[(number + turn + 1) % 3]].id,
            )
            answers.append(
                await attempt(
                    racers,
                    actor,
                    lambda tx: amend(tx, actor, booked.id, change, expected=lambda _: None, now=NOW),  # noqa: B023  # awaited within the turn
                )
            )
            if turn % 2:
                answers.append(
                    await attempt(racers, actor, lambda tx: cancel(tx, actor, booked.id, reason=None, now=NOW))
                )
        return answers

    async def limits(number: int) -> list[object]:
        answers: list[object] = []
        for turn in range(6):
            start = ARRIVAL + (turn + number) % 4 * DAY
            dates = {"starts_on": start, "ends_on": start + 3 * DAY}
            work = (
                (lambda tx: remove_house_overbooking(tx, actor, world.grand.id, **dates, now=NOW))  # noqa: B023
                if turn % 3 == 2
                else (lambda tx: set_house_overbooking(tx, actor, world.grand.id, **dates, rooms=turn - 5, now=NOW))  # noqa: B023
            )
            answers.append(await attempt(racers, actor, work))
        return answers

    done = await asyncio.gather(*(busy(number) for number in range(12)), *(limits(number) for number in range(2)))
    answers = [answer for each in done for answer in each]
    refusals = [answer for answer in answers if isinstance(answer, OmdError)]
    assert {answer.code for answer in refusals} <= {"sold_out"}
    assert any(isinstance(answer, Reservation) for answer in answers)
    await prove()
