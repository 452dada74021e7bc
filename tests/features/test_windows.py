"""The windows of hotels: nobody is answered from what is no longer true, whatever Redis, midnight or others do."""

import asyncio
import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from redis.asyncio import Redis

from factories.inventory_files import DOUBLE, GRAND, rooms, taken_over
from omd.db import Database
from omd.features.availability import remove_house_overbooking, set_house_overbooking, set_overbooking
from omd.features.availability.windows.counters import LOOKUPS
from omd.features.inventory import hold_business_date
from omd.infra.redis_circuit import RedisCircuit
from omd.infra.versioned import Kept, VersionedStore
from omd.infra.versioned.store import closed
from omd.kernel.clock import FixedClock
from omd.kernel.dates import StayDates
from support.followers import Follower, following
from support.worlds import NOW, TODAY, Hotel, World, hotel_actor, system_actor

SOON = StayDates(TODAY + timedelta(days=3), TODAY + timedelta(days=5))
STAYS = [
    StayDates(TODAY + timedelta(days=ahead), TODAY + timedelta(days=ahead + nights))
    for ahead in (0, 1, 3, 10, 28)
    for nights in (1, 2)
]


async def overbook(db: Database, hotel: Hotel, limit: int) -> None:
    """Let the hotel sell more twins on the nights of `SOON`."""
    actor, room_type = hotel_actor(hotel), hotel.types["twin"].id
    dates = {"starts_on": SOON.arrival, "ends_on": SOON.departure}
    await db.write(actor, lambda tx: set_overbooking(tx, actor, hotel.id, room_type, **dates, rooms=limit, now=NOW))


async def assert_true(follower: Follower, hotel: Hotel, stays: list[StayDates] = STAYS) -> None:
    """Assert that what is remembered of each stay is what the database has."""
    for stay in stays:
        assert await follower.remembered(hotel, stay) == await follower.kept(hotel, stay), stay


def lookups(found: str) -> float:
    counted: float = LOOKUPS.labels(found)._value.get()
    return counted


async def test_a_window_answers_as_the_database_does(follower: Follower, world: World) -> None:
    for hotel in (world.grand, world.lodge, world.harbour):
        await assert_true(follower, hotel)


@pytest.mark.parametrize("ahead", [-1, 29, 30, 400])
async def test_beyond_the_window_nothing_is_remembered(follower: Follower, world: World, ahead: int) -> None:
    arrival = TODAY + timedelta(days=ahead)
    assert await follower.remembered(world.grand, StayDates(arrival, arrival + timedelta(days=2))) is None


async def test_every_change_of_supply_is_heard(follower: Follower, db: Database, world: World) -> None:
    actor, hotel = hotel_actor(world.grand), world.grand
    dates = {"starts_on": SOON.arrival, "ends_on": SOON.departure}
    await assert_true(follower, hotel)
    await overbook(db, hotel, 2)
    await follower.catch_up()
    await assert_true(follower, hotel)
    await db.write(actor, lambda tx: set_house_overbooking(tx, actor, hotel.id, **dates, rooms=-8, now=NOW))
    await follower.catch_up()
    await assert_true(follower, hotel)
    [house] = {each.house_sellable for each in await follower.remembered(hotel, SOON) or []}
    assert house == 2
    await db.write(actor, lambda tx: remove_house_overbooking(tx, actor, hotel.id, **dates, now=NOW))
    await follower.catch_up()
    await assert_true(follower, hotel)


@pytest.mark.parametrize(
    "lines",
    [
        pytest.param((GRAND[0], GRAND[1].replace("Grand", "Grander"), DOUBLE, rooms("double", "101-105")), id="name"),
        pytest.param(
            (GRAND[0], GRAND[1].replace("Europe/Bucharest", "Pacific/Kiritimati"), DOUBLE, rooms("double", "101-105")),
            id="time zone, into another day",
        ),
        pytest.param((*GRAND, DOUBLE.replace("2,1,3", "4,1,5"), rooms("double", "101-105")), id="capacity"),
        pytest.param((*GRAND, DOUBLE, rooms("double", "101-103")), id="rooms retired"),
        pytest.param((*GRAND, DOUBLE, rooms("double", "101-109")), id="rooms added"),
        pytest.param(
            (*GRAND, DOUBLE, rooms("double", "101-105"), "room_type,alpha,grand,tent,Tent,,,2,0,2,,,,"), id="type added"
        ),
    ],
)
async def test_an_import_is_heard(
    follower: Follower, maintenance_db: Database, clock: FixedClock, world: World, lines: tuple[str, ...]
) -> None:
    clock.set(NOW + timedelta(hours=6))
    before = await follower.kept(world.grand, SOON)
    await assert_true(follower, world.grand)
    await taken_over(maintenance_db, *lines)
    await follower.catch_up()
    assert await follower.kept(world.grand, SOON) != before
    await assert_true(follower, world.grand, STAYS[2:8])


async def test_a_business_date_held_by_hand_is_heard(
    follower: Follower, maintenance_db: Database, world: World
) -> None:
    await assert_true(follower, world.grand)
    held = TODAY + timedelta(days=20)
    async with maintenance_db.transaction(system_actor(world.alpha)) as tx:
        await hold_business_date(tx, world.alpha.id, world.grand.id, held, actor="test")
    await follower.catch_up()
    assert await follower.remembered(world.grand, SOON) is None
    await assert_true(follower, world.grand, [StayDates(held, held + timedelta(days=30))])


async def test_at_local_midnight_another_window_begins(follower: Follower, clock: FixedClock, world: World) -> None:
    await assert_true(follower, world.grand)
    tonight = StayDates(TODAY, TODAY + timedelta(days=1))
    # 23:59:59 and 00:00 on the wall of Bucharest, two hours ahead in winter.
    clock.set(NOW.replace(hour=21, minute=59, second=59))
    await assert_true(follower, world.grand, [tonight])
    clock.set(NOW.replace(hour=22, minute=0, second=0))
    assert await follower.remembered(world.grand, tonight) is None
    last = TODAY + timedelta(days=30)
    await assert_true(follower, world.grand, [StayDates(last, last + timedelta(days=1))])
    # A clock that is set back finds the day before again.
    clock.set(NOW)
    await assert_true(follower, world.grand, [tonight])


async def test_a_change_far_off_leaves_the_window_as_it_is(follower: Follower, db: Database, world: World) -> None:
    await assert_true(follower, world.grand)
    actor, twin = hotel_actor(world.grand), world.grand.types["twin"].id
    far = {"starts_on": TODAY + timedelta(days=60), "ends_on": TODAY + timedelta(days=61)}
    await db.write(actor, lambda tx: set_overbooking(tx, actor, world.grand.id, twin, **far, rooms=1, now=NOW))
    await follower.catch_up()
    read = lookups("database")
    await assert_true(follower, world.grand)
    assert lookups("database") == read


# Older windows that come back.


async def test_an_older_window_put_back_into_redis_is_passed_over(
    db: Database, events: Database, clock: FixedClock, redis_url: str, world: World, follower: Follower
) -> None:
    async with following(db, events, clock, redis_url) as other:
        await assert_true(follower, world.grand)
        [key] = await follower.keys()
        older = await follower.redis.get(key)
        await overbook(db, world.grand, 2)
        await follower.catch_up()
        await other.catch_up()
        assert older is not None
        await follower.redis.set(key, older)
        await assert_true(other, world.grand)
    # One that was not there when it happened cannot know, and asks.
    await follower.redis.set(key, older)
    async with following(db, events, clock, redis_url) as newcomer:
        await assert_true(newcomer, world.grand)


async def test_an_older_write_never_takes_a_newer_ones_place(redis_url: str) -> None:
    async with Redis.from_url(redis_url) as redis:
        circuit = RedisCircuit()
        circuit.connect(redis)
        store = VersionedStore(circuit)
        orders: list[list[int]] = [[9, 10], [10, 9], [10, 2, 10, 9]]
        for order in orders:
            for version in order:
                await store.put_newer({"hotel": Kept(version, b"at %d" % version)})
            assert await store.read(["hotel"]) == [Kept(10, b"at 10")]
            await redis.flushdb()


async def test_twin_a_plain_write_would_let_the_older_one_win(redis_url: str) -> None:
    async with Redis.from_url(redis_url) as redis:
        circuit = RedisCircuit()
        circuit.connect(redis)
        for version in (10, 9):
            await redis.set("hotel", closed(Kept(version, b"")))
        assert await VersionedStore(circuit).read(["hotel"]) == [Kept(9, b"")]


async def test_what_is_read_while_it_changes_is_not_kept(follower: Follower, db: Database, world: World) -> None:
    async def change_and_hear() -> None:
        await overbook(db, world.grand, 1)
        await follower.catch_up()

    for _ in range(10):
        await asyncio.gather(change_and_hear(), *(follower.remembered(world.grand, SOON) for _ in range(5)))
        await overbook(db, world.grand, 2)
        await follower.catch_up()
        await assert_true(follower, world.grand, [SOON])


async def test_a_hundred_at_once_ask_the_database_once(follower: Follower, world: World) -> None:
    read = lookups("database")
    found = await asyncio.gather(*(follower.remembered(world.grand, SOON) for _ in range(100)))
    assert lookups("database") == read + 1
    kept = await follower.kept(world.grand, SOON)
    assert all(each == kept for each in found)


async def test_who_hangs_up_leaves_the_others_their_answer(follower: Follower, world: World) -> None:
    first = asyncio.create_task(follower.remembered(world.grand, SOON))
    others = [asyncio.create_task(follower.remembered(world.grand, SOON)) for _ in range(5)]
    await asyncio.sleep(0)
    first.cancel()
    kept = await follower.kept(world.grand, SOON)
    assert await asyncio.gather(*others) == [kept] * 5


async def test_a_lock_that_nobody_lets_go_of_holds_nobody_up(
    follower: Follower, db: Database, events: Database, clock: FixedClock, redis_url: str, world: World
) -> None:
    await assert_true(follower, world.grand)
    [key] = await follower.keys()
    await follower.redis.delete(key)
    await follower.redis.set(key + b":filling", b"1")
    async with following(db, events, clock, redis_url) as other:
        await assert_true(other, world.grand, [SOON])


async def test_two_processes_share_what_one_has_read(
    follower: Follower, db: Database, events: Database, clock: FixedClock, redis_url: str, world: World
) -> None:
    async with following(db, events, clock, redis_url) as other:
        await assert_true(follower, world.grand, [SOON])
        read = lookups("database")
        await assert_true(other, world.grand, [SOON])
        assert lookups("database") == read


# Redis as it should not be.

GARBAGE: dict[str, Callable[[bytes], bytes]] = {
    "nothing": lambda _: b"",
    "noise": lambda _: bytes(range(256)) * 4,
    "cut short": lambda good: good[:-9],
    "one bit": lambda good: good[:-1] + bytes([good[-1] ^ 1]),
    "a version of its own": lambda good: b"9" * 16 + good[16:],
    "well closed, of the future": lambda good: closed(Kept(10**15, good[24:])),
    "well closed, of no window": lambda _: closed(Kept(10**3, b"\x93\x01\x02\x03")),
    "well closed, of noise": lambda _: closed(Kept(10**3, b"\xc1\xff")),
    "not digits": lambda good: b"x" * 24 + good[24:],
}


@pytest.mark.parametrize("kind", GARBAGE)
async def test_garbage_in_redis_is_thrown_away(
    follower: Follower, db: Database, events: Database, clock: FixedClock, redis_url: str, world: World, kind: str
) -> None:
    await assert_true(follower, world.grand, [SOON])
    [key] = await follower.keys()
    good = await follower.redis.get(key)
    assert isinstance(good, bytes)
    bad = GARBAGE[kind](good)
    await follower.redis.set(key, bad)
    async with following(db, events, clock, redis_url) as other:
        await assert_true(other, world.grand, [SOON])
    assert await follower.redis.get(key) == good


async def test_another_type_of_value_under_the_key_is_overwritten(
    follower: Follower, db: Database, events: Database, clock: FixedClock, redis_url: str, world: World
) -> None:
    await assert_true(follower, world.grand, [SOON])
    [key] = await follower.keys()
    await follower.redis.delete(key)
    await follower.redis.hset(key.decode(), "a", "b")
    async with following(db, events, clock, redis_url) as other:
        await assert_true(other, world.grand, [SOON])
    assert await follower.redis.type(key) == b"string"


async def test_the_window_of_another_hotel_under_the_key_is_thrown_away(
    follower: Follower, db: Database, events: Database, clock: FixedClock, redis_url: str, world: World
) -> None:
    await assert_true(follower, world.harbour, [SOON])
    [theirs] = await follower.keys()
    await assert_true(follower, world.grand, [SOON])
    [own] = set(await follower.keys()) - {theirs}
    stolen = await follower.redis.get(theirs)
    assert stolen is not None
    await follower.redis.set(own, stolen)
    async with following(db, events, clock, redis_url) as other:
        await assert_true(other, world.grand, [SOON])


# Nobody knows what happens.


async def test_events_that_wait_for_their_place_leave_everything_to_the_database(
    db: Database, events: Database, clock: FixedClock, redis_url: str, world: World
) -> None:
    async with following(db, events, clock, redis_url, most_waiting_seconds=1e-9, most_behind_seconds=1e6) as follower:
        await assert_true(follower, world.grand, [SOON])
        before = time.monotonic()
        await overbook(db, world.grand, 1)
        await follower.hear()
        assert follower.true_at <= before, "without a relay nobody can know what happens now"
        await follower.catch_up()
        assert follower.true_at > before
        await assert_true(follower, world.grand, [SOON])


async def test_what_is_too_old_is_asked_of_the_database(
    db: Database, events: Database, clock: FixedClock, redis_url: str, world: World
) -> None:
    async with following(db, events, clock, redis_url, most_behind_seconds=-1) as follower:
        assert await follower.remembered(world.grand, SOON) is None
