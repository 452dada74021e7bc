"""A hold that ends while others want its room, and one that is confirmed at the instant at which it ends."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date, timedelta

from omd.db import Database
from omd.features.reservations import Guest, NewReservation, Reservation, SoldOut, book, free_holds
from omd.features.reservations.commands import confirm
from omd.features.reservations.errors import ActionRefused
from omd.kernel.errors import OmdError
from support.racing import attempt, held_up, until_waiting
from support.worlds import NOW, Connection, World, hotel_actor

ARRIVAL, DEPARTURE = date(2027, 5, 3), date(2027, 5, 6)
UNTIL = NOW + timedelta(hours=1)
LOCK_COUNTER = "select from room_type_availability where room_type_id = $1 and date = $2 for update"
Prove = Callable[[], Awaitable[None]]


def wanted(world: World, arrival: date = ARRIVAL, departure: date = DEPARTURE, **more: object) -> NewReservation:
    return NewReservation(world.grand.types["twin"].id, arrival, departure, [Guest(last_name="Racer")], **more)  # type: ignore[arg-type]


async def order(racers: Database, world: World, what: NewReservation, now: object = UNTIL) -> Reservation | OmdError:
    actor = hotel_actor(world.grand)
    return await attempt(racers, actor, lambda tx: book(tx, actor, world.grand.id, what, now=now))  # type: ignore[arg-type]


async def test_a_hold_that_ends_while_many_want_the_last_room_is_sold_once(
    racers: Database, owner_connection: Connection, watcher: Connection, world: World, prove: Prove
) -> None:
    """The hold reaches beyond what they want on both sides; the job comes in between."""
    actor = hotel_actor(world.grand)
    assert isinstance(await order(racers, world, wanted(world), NOW), Reservation)
    longer = wanted(world, ARRIVAL - timedelta(days=2), DEPARTURE + timedelta(days=2), hold_until=UNTIL)
    hold = await order(racers, world, longer, NOW)
    assert isinstance(hold, Reservation)
    assert isinstance(await order(racers, world, wanted(world), UNTIL - timedelta(seconds=1)), SoldOut)
    async with held_up(owner_connection, LOCK_COUNTER, world.grand.types["twin"].id, hold.arrival):
        race = [asyncio.create_task(order(racers, world, wanted(world))) for _ in range(20)]
        job = asyncio.create_task(free_holds(racers, actor, world.grand.id, now=UNTIL))
        await until_waiting(watcher, 21)
    answers = await asyncio.gather(*race)
    freed = await job
    assert [type(answer) for answer in answers].count(Reservation) == 1
    assert [type(answer) for answer in answers].count(SoldOut) == 19
    assert freed in (0, 1)
    told = "select count(*) from events where aggregate_id = $1 and type = 'reservation.cancelled'"
    assert await owner_connection.fetchval(told, str(hold.id)) == 1
    await prove()


async def test_a_hold_is_confirmed_or_freed_not_both(
    racers: Database, owner_connection: Connection, watcher: Connection, world: World, prove: Prove
) -> None:
    """Whoever confirms read the clock a moment before the end, whoever frees a moment after."""
    actor = hotel_actor(world.grand)
    for round_ in range(6):
        arrival = ARRIVAL + timedelta(days=4 * round_)
        stay = await order(racers, world, wanted(world, arrival, arrival + timedelta(days=2), hold_until=UNTIL), NOW)
        assert isinstance(stay, Reservation)
        before = UNTIL - timedelta(microseconds=1)

        async def confirmed(identifier: object = stay.id) -> Reservation | OmdError:
            return await attempt(racers, actor, lambda tx: confirm(tx, actor, identifier, now=before))  # type: ignore[arg-type]  # noqa: B023

        async with held_up(owner_connection, "select from reservations where id = $1 for update", stay.id):
            works = [confirmed(), free_holds(racers, actor, world.grand.id, now=UNTIL)]
            tasks = [asyncio.ensure_future(each) for each in (works if round_ % 2 else reversed(works))]
            await until_waiting(watcher, 2)
        answers = await asyncio.gather(*tasks)
        [said] = [each for each in answers if not isinstance(each, int)]
        [freed] = [each for each in answers if isinstance(each, int)]
        if freed:
            assert isinstance(said, ActionRefused)
            assert said.data["reason_code"] == "wrong_status"
        else:
            assert isinstance(said, Reservation)
            assert said.status == "confirmed"
        status = await owner_connection.fetchval("select status from reservations where id = $1", stay.id)
        assert status == ("cancelled" if freed else "confirmed")
    await prove()
