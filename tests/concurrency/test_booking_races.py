"""Offers and quotas wanted by many at once: each is taken once, and no more is sold than it says."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date, timedelta

import pytest

from factories.offers import add_plan, offer_of, renewed
from omd.db import Database
from omd.features.offers import Offer, OfferedPlan, seal
from omd.features.rates import commands as prices
from omd.features.rates.by_date import Changed, Interval, QuotasChange, QuotaSetting
from omd.features.reservations import Guest
from omd.features.reservations.bookings.commands import book_offers
from omd.features.reservations.bookings.errors import OfferUsed, QuotaBelowSold, QuotaFull
from omd.features.reservations.bookings.model import Booking, NewBooking, OfferTaken
from omd.kernel.clock import FixedClock
from omd.kernel.errors import OmdError
from support.racing import attempt, held_up, until_waiting
from support.served_app import KEYRING
from support.worlds import NOW, Connection, World, hotel_actor

ARRIVAL, DEPARTURE = date(2027, 5, 3), date(2027, 5, 6)
RACERS, QUOTA = 20, 3
LOCK_COUNTER = "select from room_type_availability where room_type_id = $1 and date = $2 for update"
Prove = Callable[[], Awaitable[None]]


@pytest.fixture
async def plan(owner_connection: Connection, world: World) -> OfferedPlan:
    """The plan that offers quote."""
    return await add_plan(owner_connection, world.grand)


async def order(racers: Database, world: World, *offers: Offer) -> Booking | OmdError:
    """Book offers as the edge does."""
    actor = hotel_actor(world.grand)
    taken = [OfferTaken(seal(each, KEYRING), [Guest(last_name="Racer")]) for each in offers]
    return await attempt(
        racers,
        actor,
        lambda tx: book_offers(tx, actor, world.grand.id, NewBooking(taken), now=NOW, keyring=KEYRING),
    )


async def put_quota(racers: Database, world: World, rooms: int) -> Changed | OmdError:
    """Put the quota of tui as the edge does."""
    actor, double = hotel_actor(world.grand), world.grand.types["double"].id
    entry = QuotaSetting(agency="tui", room_type_ids=[double], dates=[Interval(ARRIVAL, DEPARTURE)], rooms=rooms)
    change = QuotasChange([entry])
    return await attempt(
        racers, actor, lambda tx: prices.set_quotas(tx, actor, world.grand.id, change, clock=FixedClock(NOW))
    )


def kinds(answers: list[Booking | OmdError]) -> list[str]:
    """Return what became of each, sorted."""
    return sorted(type(answer).__name__ for answer in answers)


async def test_an_offer_wanted_twice_at_once_is_booked_once(
    racers: Database, owner_connection: Connection, watcher: Connection, world: World, plan: OfferedPlan, prove: Prove
) -> None:
    offer = offer_of(world.grand, plan, "double", ARRIVAL, DEPARTURE)
    async with held_up(owner_connection, LOCK_COUNTER, offer.room_type_id, ARRIVAL):
        race = [asyncio.create_task(order(racers, world, offer)) for _ in range(2)]
        await until_waiting(watcher, 2)
    assert kinds(list(await asyncio.gather(*race))) == [Booking.__name__, OfferUsed.__name__]
    assert await owner_connection.fetchval("select count(*) from reservations") == 1
    await prove()


async def test_two_bookings_of_the_same_offers_the_other_way_round(
    racers: Database, owner_connection: Connection, watcher: Connection, world: World, plan: OfferedPlan, prove: Prove
) -> None:
    double = offer_of(world.grand, plan, "double", ARRIVAL, DEPARTURE)
    single = offer_of(world.grand, plan, "single", ARRIVAL, DEPARTURE, adults=1)
    async with held_up(owner_connection, LOCK_COUNTER, double.room_type_id, ARRIVAL):
        race = [
            asyncio.create_task(order(racers, world, double, single)),
            asyncio.create_task(order(racers, world, single, double)),
        ]
        await until_waiting(watcher, 2)
    assert kinds(list(await asyncio.gather(*race))) == [Booking.__name__, OfferUsed.__name__]
    await prove()


async def test_parties_that_ask_for_types_the_other_way_round_all_get_them(
    racers: Database, owner_connection: Connection, watcher: Connection, world: World, plan: OfferedPlan, prove: Prove
) -> None:
    """Counters of all rooms are locked before any: nobody holds one type and waits for another."""
    double = offer_of(world.grand, plan, "double", ARRIVAL, DEPARTURE)
    twin = offer_of(world.grand, plan, "twin", ARRIVAL - timedelta(days=2), DEPARTURE)
    deadlocks = "select deadlocks from pg_stat_database where datname = current_database()"
    before = await owner_connection.fetchval(deadlocks)
    async with held_up(owner_connection, LOCK_COUNTER, double.room_type_id, ARRIVAL):
        race = [
            asyncio.create_task(order(racers, world, renewed(double), renewed(twin))),
            asyncio.create_task(order(racers, world, renewed(twin), renewed(double))),
        ]
        await until_waiting(watcher, 2)
    assert kinds(list(await asyncio.gather(*race))) == [Booking.__name__] * 2
    assert await owner_connection.fetchval(deadlocks) == before
    await prove()


async def test_twenty_bookers_sell_a_quota_of_three(
    racers: Database, owner_connection: Connection, watcher: Connection, world: World, plan: OfferedPlan, prove: Prove
) -> None:
    assert isinstance(await put_quota(racers, world, QUOTA), Changed)
    offer = offer_of(world.grand, plan, "double", ARRIVAL, DEPARTURE, agency="tui")
    async with held_up(owner_connection, LOCK_COUNTER, offer.room_type_id, ARRIVAL):
        race = [asyncio.create_task(order(racers, world, renewed(offer))) for _ in range(RACERS)]
        await until_waiting(watcher, RACERS)
    answers = kinds(list(await asyncio.gather(*race)))
    assert answers == [Booking.__name__] * QUOTA + [QuotaFull.__name__] * (RACERS - QUOTA)
    await prove()


async def test_a_quota_that_is_put_meets_the_bookings_under_way(
    racers: Database, owner_connection: Connection, watcher: Connection, world: World, plan: OfferedPlan, prove: Prove
) -> None:
    """Three rooms and a quota of two, all at once: either the quota came first, or it is refused by what is sold."""
    offer = offer_of(world.grand, plan, "double", ARRIVAL, DEPARTURE, agency="tui")
    async with held_up(owner_connection, LOCK_COUNTER, offer.room_type_id, ARRIVAL):
        race = [asyncio.create_task(order(racers, world, renewed(offer))) for _ in range(3)]
        await until_waiting(watcher, 3)
        putting = asyncio.create_task(put_quota(racers, world, 2))
        await until_waiting(watcher, 4)
    answers, put = kinds(list(await asyncio.gather(*race))), await putting
    if isinstance(put, QuotaBelowSold):
        assert answers == [Booking.__name__] * 3
    else:
        assert isinstance(put, Changed)
        assert answers.count(Booking.__name__) == 2
    await prove()


async def test_twin_counting_without_locking_lets_a_booking_slip_past(
    racers: Database, owner_connection: Connection, world: World, plan: OfferedPlan
) -> None:
    """What is sold, counted without the counters' locks, leaves out a booking that is under way."""
    source: str = await owner_connection.fetchval("select pg_get_functiondef('tg_quotas__not_below_sold'::regproc)")
    unlocked = source.replace("order by c.room_type_id, c.date for update", "order by c.room_type_id, c.date")
    assert unlocked != source
    await owner_connection.execute(unlocked)
    actor = hotel_actor(world.grand)
    offer = offer_of(world.grand, plan, "double", ARRIVAL, DEPARTURE, agency="tui")
    wanted = NewBooking([OfferTaken(seal(offer, KEYRING), [Guest(last_name="Racer")])])
    async with racers.transaction(actor) as tx:
        await book_offers(tx, actor, world.grand.id, wanted, now=NOW, keyring=KEYRING)
        assert isinstance(await put_quota(racers, world, 0), Changed)
    over = await owner_connection.fetchval(
        "select count(*) from quotas q where q.rooms < (select count(*) from reservation_nights n "
        "where n.room_type_id = q.room_type_id and n.date = q.date and n.agency = q.agency)"
    )
    assert over == 3
