"""Is it us or them: what a tenant is told of the platform and of its own requests, and nothing of anybody else's."""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import httpx
import msgspec
import pytest
from redis.asyncio import Redis

from omd.db import Database
from omd.features.identity.limits import parse_quotas
from omd.features.inventory import hold_business_date
from omd.infra.recent_requests import BOUNDS_MS, EVERYBODY, MINUTES, MOST_KEYS, RecentRequests, Tally
from omd.infra.redis_circuit import RedisCircuit
from omd.kernel.clock import FixedClock
from support.front_desk import Desk, problem_of
from support.parties import Tokens
from support.served_app import served
from support.worlds import NOW, TODAY, Connection, World, system_actor

EPOCH = NOW.timestamp()


async def status_of(client: httpx.AsyncClient, tokens: Tokens, world: World, party: str) -> dict[str, Any]:
    kind = "omds" if party in ("alpha", "beta") else "businesses"
    place = f"{kind}/{getattr(world, party).id}"
    answer = await client.get(f"/api/v1/{place}/status", headers=tokens.of(party))
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def test_a_tenant_hears_of_its_own_requests(
    desk: Desk, client: httpx.AsyncClient, tokens: Tokens, world: World
) -> None:
    await desk.booked("double", "2027-03-10", "2027-03-12")
    for _ in range(3):
        await client.get(f"/api/v1/businesses/{world.grand.id}/rooms", headers=tokens.of("grand"))
    await client.get(f"/api/v1/businesses/{world.grand.id}/rooms?odd=1", headers=tokens.of("grand"))
    told = await status_of(client, tokens, world, "grand")
    assert (told["finding"], told["ready"], told["database"], told["redis"]) == ("well", True, "up", "up")
    assert (told["minutes"], told["counted"]) == (MINUTES, "all workers")
    yours = told["yours"]
    assert (yours["requests"], yours["refused"], yours["limited"], yours["failed"]) == (5, 1, 0, 0)
    assert datetime.fromisoformat(told["newest_event_at"]) == NOW.astimezone(UTC)
    assert yours["p50_ms"] in BOUNDS_MS
    assert told["platform"]["failed_share"] == 0.0
    assert set(told["platform"]) == {"failed_share", "p50_ms", "p95_ms"}, "no count of other tenants"


async def test_the_newest_event_is_told_however_it_came_about(
    desk: Desk, client: httpx.AsyncClient, tokens: Tokens, world: World, maintenance_db: Database, clock: FixedClock
) -> None:
    for party in ("grand", "alpha"):
        assert (await status_of(client, tokens, world, party))["newest_event_at"] is None
    await desk.booked("double", "2027-03-10", "2027-03-12")
    clock.set(NOW + timedelta(minutes=9))
    held = TODAY + timedelta(days=1)
    async with maintenance_db.transaction(system_actor(world.alpha)) as tx:
        await hold_business_date(tx, world.alpha.id, world.lodge.id, held, actor="test")
    newest = await desk.connection.fetchval("select occurred_at from events order by seq desc limit 1")
    for party, at in (("grand", NOW), ("lodge", newest), ("alpha", newest), ("beta", None)):
        told = (await status_of(client, tokens, world, party))["newest_event_at"]
        assert (told and datetime.fromisoformat(told)) == at


async def test_others_requests_are_not_counted(client: httpx.AsyncClient, tokens: Tokens, world: World) -> None:
    for party, hotel in (("lodge", world.lodge), ("harbour", world.harbour), ("alpha", world.grand)):
        answer = await client.get(f"/api/v1/businesses/{hotel.id}/rooms", headers=tokens.of(party))
        assert answer.status_code == 200
    # Who asks for another's hotel is counted for themselves.
    await client.get(f"/api/v1/businesses/{world.grand.id}/rooms", headers=tokens.of("harbour"))
    assert (await status_of(client, tokens, world, "grand"))["yours"]["requests"] == 0
    assert (await status_of(client, tokens, world, "alpha"))["yours"]["requests"] == 1
    assert (await status_of(client, tokens, world, "harbour"))["yours"]["requests"] == 2


async def test_a_limit_is_found(db: Database, clock: FixedClock, redis_url: str, tokens: Tokens, world: World) -> None:
    async with served(db, clock, redis_url, quotas=parse_quotas("search.caller=1/600")) as client:
        url = f"/api/v1/businesses/{world.grand.id}/availability?arrival=2027-03-10&departure=2027-03-11"
        assert [(await client.get(url, headers=tokens.of("grand"))).status_code for _ in range(3)] == [200, 429, 429]
        told = await status_of(client, tokens, world, "grand")
        assert (told["finding"], told["yours"]["limited"]) == ("your_limits", 2)
        assert (await status_of(client, tokens, world, "lodge"))["finding"] == "well"


async def test_ones_own_mistakes_are_found(client: httpx.AsyncClient, tokens: Tokens, world: World) -> None:
    for _ in range(3):
        await client.get(f"/api/v1/businesses/{world.grand.id}/rooms?odd=1", headers=tokens.of("grand"))
    assert (await status_of(client, tokens, world, "grand"))["finding"] == "your_requests"


async def test_the_platforms_failures_are_found_by_who_had_none(
    client: httpx.AsyncClient, tokens: Tokens, world: World, owner_connection: Connection
) -> None:
    await owner_connection.execute("alter table individual_rooms rename to individual_rooms_mislaid")
    failed = await client.get(f"/api/v1/businesses/{world.grand.id}/rooms", headers=tokens.of("grand"))
    problem_of(failed, 500, "internal_error")
    told = await status_of(client, tokens, world, "lodge")
    assert (told["finding"], told["yours"]["failed"], told["platform"]["failed_share"] > 0.01) == ("platform", 0, True)


async def test_workers_add_up_and_garbage_is_passed_over(
    db: Database, clock: FixedClock, redis_url: str, tokens: Tokens, world: World
) -> None:
    rooms = f"/api/v1/businesses/{world.grand.id}/rooms"
    async with served(db, clock, redis_url) as one, served(db, clock, redis_url) as other:
        await one.get(rooms, headers=tokens.of("grand"))
        await other.get(rooms, headers=tokens.of("grand"))
        await status_of(other, tokens, world, "lodge")
        redis = Redis.from_url(redis_url)
        place = f"recent:{int(EPOCH // 60)}:business:{world.grand.id}"
        assert await redis.hlen(place) > 0
        for name, value in (("a", b"\xff"), ("b", b""), ("c", msgspec.msgpack.encode([1, 2, 3, 4, 5.0, [1]]))):
            await redis.hset(place, name, value)
        await redis.aclose()
        assert (await status_of(one, tokens, world, "grand"))["yours"]["requests"] == 2


async def test_without_redis_one_worker_tells_its_part(
    db: Database, clock: FixedClock, tokens: Tokens, world: World, tmp_path: Any
) -> None:
    async with served(db, clock, f"unix://{quote(str(tmp_path / 'gone.sock'))}") as client:
        await client.get(f"/api/v1/businesses/{world.grand.id}/rooms", headers=tokens.of("grand"))
        told = await status_of(client, tokens, world, "grand")
    assert (told["counted"], told["redis"], told["yours"]["requests"], told["finding"]) == (
        "one worker",
        "away",
        1,
        "well",
    )


async def test_what_is_older_than_some_minutes_is_forgotten(
    client: httpx.AsyncClient, tokens: Tokens, world: World, clock: FixedClock
) -> None:
    await client.get(f"/api/v1/businesses/{world.grand.id}/rooms", headers=tokens.of("grand"))
    clock.set(NOW + timedelta(minutes=MINUTES - 1))
    assert (await status_of(client, tokens, world, "grand"))["yours"]["requests"] == 1
    clock.set(NOW + timedelta(minutes=2 * MINUTES))
    assert (await status_of(client, tokens, world, "grand"))["yours"]["requests"] == 0


async def test_it_is_for_who_sees_the_place(client: httpx.AsyncClient, tokens: Tokens, world: World) -> None:
    for path, party in (
        (f"businesses/{world.grand.id}", "harbour"),
        (f"businesses/{world.grand.id}", "lodge"),
        (f"omds/{world.alpha.id}", "beta"),
    ):
        problem_of(await client.get(f"/api/v1/{path}/status", headers=tokens.of(party)), 404, "not_found")
    answer = await client.get(f"/api/v1/businesses/{world.grand.id}/status", headers=tokens.of("alpha"))
    assert answer.status_code == 200, "a destination sees its members"


async def test_memory_is_bounded() -> None:
    """Ten times as many tenants as are told apart, and an hour of minutes."""
    recent = RecentRequests(RedisCircuit())
    for number in range(10 * MOST_KEYS):
        recent.note((f"business:{number}",), now=EPOCH, status=200, seconds=0.001)
    for minute in range(60):
        recent.note(("business:1",), now=EPOCH + 60 * minute, status=200, seconds=0.001)
    assert len(recent._minutes) == MINUTES
    assert max(map(len, recent._minutes.values())) <= MOST_KEYS
    found = await recent.of("business:1", now=EPOCH + 60 * 59)
    assert (found.own.requests, found.everybody.requests, found.of_all_workers) == (MINUTES, MINUTES, False)
    await recent.share()
    assert {minute for minute, _ in recent._changed} <= recent._minutes.keys()
    assert EVERYBODY in recent._minutes[int(EPOCH // 60) + 59]


@pytest.mark.parametrize(
    ("milliseconds", "p50", "p95"),
    [
        ([], None, None),
        ([1], 5, 5),
        ([1] * 95 + [400] * 5, 5, 5),
        ([1] * 94 + [400] * 6, 5, 500),
        ([99_999], 10_000, 10_000),
    ],
)
def test_shares_are_rounded_up_to_a_bound(milliseconds: list[int], p50: int | None, p95: int | None) -> None:
    tally = Tally()
    for each in milliseconds:
        tally.count(200, each)
    assert (tally.within_ms(0.5), tally.within_ms(0.95)) == (p50, p95)
