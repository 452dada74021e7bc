"""Windows while the database is away, and those of a destination of which one member is outside."""

from datetime import timedelta
from pathlib import Path

import pytest

from omd.db import Database, DatabaseContact
from omd.features.availability import set_overbooking
from omd.features.availability.http.finding import Finder, Search
from omd.features.inventory import hold_business_date
from omd.kernel.clock import FixedClock
from omd.kernel.dates import StayDates
from omd.kernel.errors import DatabaseUnavailable
from support.followers import Follower, following
from support.worlds import NOW, TODAY, Hotel, World, hotel_actor, omd_actor, system_actor

SOON = StayDates(TODAY + timedelta(days=3), TODAY + timedelta(days=5))


async def overbook(db: Database, hotel: Hotel, limit: int) -> None:
    """Let the hotel sell more twins on the nights of `SOON`."""
    actor, room_type = hotel_actor(hotel), hotel.types["twin"].id
    dates = {"starts_on": SOON.arrival, "ends_on": SOON.departure}
    await db.write(actor, lambda tx: set_overbooking(tx, actor, hotel.id, room_type, **dates, rooms=limit, now=NOW))


async def test_while_the_database_is_away_the_last_known_is_told_with_its_age(
    follower: Follower, tmp_path: Path, world: World
) -> None:
    assert await follower.remembered(world.grand, SOON) is not None
    actor = hotel_actor(world.grand)
    remembered, fresh = (Search(SOON, 1, 0, NOW, is_fresh=each, from_memory_alone=not each) for each in (False, True))
    later = StayDates(TODAY + timedelta(days=50), TODAY + timedelta(days=51))
    away = Database(f"postgresql://omd_app@/omd?host={tmp_path}", role="omd_app", constraint_errors={})
    await away.open()
    finder = Finder(away, follower.windows)
    try:
        found = await finder.of_hotel(actor, world.grand.id, remembered, with_nights=False)
        assert found.source == f"hit; ttl=-{found.age}; detail=database_away"
        beyond = Search(later, 1, 0, NOW, is_fresh=False, from_memory_alone=True)
        for search, with_nights in ((remembered, True), (fresh, False), (beyond, False)):
            with pytest.raises(DatabaseUnavailable):
                await finder.of_hotel(actor, world.grand.id, search, with_nights=with_nights)
    finally:
        await away.close()


async def test_what_another_process_left_in_redis_is_told_while_the_database_is_away(
    db: Database, events: Database, clock: FixedClock, redis_url: str, world: World, follower: Follower
) -> None:
    hotel = world.grand
    async with following(db, events, clock, redis_url) as other:
        assert await follower.remembered(hotel, SOON) is not None
        known = await other.windows.last_known(hotel.omd_id, [hotel.id], SOON, clock.now())
        assert known is not None
        before = await follower.kept(hotel, SOON)
        assert known.windows[0].window.find(SOON, adults=1, children=0) == before
        # What happened since could not be read: what was true before is told, and from then on it grows old.
        await overbook(db, hotel, 2)
        await other.catch_up()
        known = await other.windows.last_known(hotel.omd_id, [hotel.id], SOON, clock.now())
        assert known is not None
        assert known.windows[0].replaced_at is not None
        assert known.windows[0].window.find(SOON, adults=1, children=0) == before != await follower.kept(hotel, SOON)
    async with following(db, events, clock, redis_url) as newcomer:
        # In Redis it is older than what this process began with, and nobody knows since when it is not true.
        assert await newcomer.windows.last_known(hotel.omd_id, [hotel.id], SOON, clock.now()) is None


async def test_what_nobody_has_known_for_too_long_is_not_told(
    db: Database, events: Database, clock: FixedClock, redis_url: str, world: World
) -> None:
    contact = DatabaseContact(most_silent_seconds=-1)
    async with following(db, events, clock, redis_url, contact=contact) as follower:
        assert await follower.remembered(world.grand, SOON) is not None
        assert await follower.windows.last_known(world.alpha.id, [world.grand.id], SOON, clock.now()) is None


async def test_a_member_outside_its_window_alone_is_asked_of_the_database(
    follower: Follower, db: Database, maintenance_db: Database, world: World
) -> None:
    """The lodge works on a day far ahead: the window of the grand answers for the grand."""
    async with maintenance_db.transaction(system_actor(world.alpha)) as tx:
        held = TODAY + timedelta(days=20)
        await hold_business_date(tx, world.alpha.id, world.lodge.id, held, actor="test")
    await follower.catch_up()
    actor, finder = omd_actor(world.alpha), Finder(db, follower.windows)
    for arrival, adults in ((TODAY + timedelta(days=3), 1), (TODAY + timedelta(days=32), 1), (TODAY, 9)):
        stay = StayDates(arrival, arrival + timedelta(days=2))
        search, fresh = (Search(stay, adults, 0, NOW, is_fresh=each) for each in (False, True))
        for page in (actor.business_ids, actor.business_ids[:1], actor.business_ids[1:]):
            found = await finder.of_destination(actor, page, search)
            assert found.source == "fwd=partial"
            assert found.body == (await finder.of_destination(actor, page, fresh)).body
