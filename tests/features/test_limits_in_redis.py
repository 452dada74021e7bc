"""The limits all workers share, on a real Redis: at once, away, restarted, and with garbage in its keys."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis.asyncio import Redis

from omd.infra.embedded_redis import EmbeddedRedis
from omd.infra.limits import KEY_PREFIX, InProcessLimits, InRedisLimits, Level, Limiter, Quota, RedisAway
from omd.infra.limits.in_redis import _arguments

DAY = 86_400
"""A window so long that what is given back during a test is less than one request."""


@asynccontextmanager
async def limiters(url: str, count: int = 1) -> AsyncIterator[list[Limiter]]:
    """Yield limiters that share nothing but Redis, as workers do."""
    made = [Limiter.at(url) for _ in range(count)]
    try:
        yield made
    finally:
        for each in made:
            await each.close()


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    """A client beside the limiter's."""
    client = Redis.from_url(redis_url)
    yield client
    await client.aclose()


async def admitted(limiter: Limiter, *levels: Level) -> bool:
    return (await limiter.take(levels)).refused_by is None


async def test_no_worker_lets_in_what_another_has_used(redis_url: str) -> None:
    level = Level("key", "shared", Quota(50, DAY))
    async with limiters(redis_url, 4) as workers:
        answers = await asyncio.gather(*(admitted(workers[number % 4], level) for number in range(400)))
        assert sum(answers) == 50
        assert all(each.is_shared for each in workers)


async def test_twin_without_redis_each_worker_would_let_in_all_of_it() -> None:
    level = Level("key", "shared", Quota(50, DAY))
    workers = [Limiter(None) for _ in range(4)]
    answers = await asyncio.gather(*(admitted(workers[number % 4], level) for number in range(400)))
    assert sum(answers) == 4 * 50


async def test_a_request_that_one_level_refuses_is_charged_to_none(redis_url: str, redis: Redis) -> None:
    narrow, wide = Level("key", "narrow", Quota(3, DAY)), Level("omd", "wide", Quota(1_000, DAY))
    async with limiters(redis_url) as (limiter,):
        answers = await asyncio.gather(*(admitted(limiter, narrow, wide) for _ in range(100)))
        assert sum(answers) == 3
        verdict = await limiter.take([wide])
        assert verdict.standings[0].remaining == 1_000 - 3 - 1
    assert await redis.pttl(KEY_PREFIX + narrow.counter) > 0


async def test_the_script_says_what_the_process_says(redis_url: str) -> None:
    """Both are one algorithm: the same requests get the same answers, while hardly any time passes."""
    levels = [Level("a", "a", Quota(5, DAY)), Level("b", "b", Quota(8, DAY)), Level("c", "c", Quota(1, DAY))]
    own = InProcessLimits()
    async with limiters(redis_url) as (limiter,):
        for chosen in ([0], [0, 1], [1, 2], [1, 2], [0, 1], [0], [0, 1], [0], [1], [1], [1], [1], [1], [1]):
            shared = await limiter.take([levels[at] for at in chosen])
            alone = own.take([levels[at] for at in chosen])
            assert [(each.remaining, each.wait > 0) for each in shared.standings] == [
                (each.remaining, each.wait > 0) for each in alone.standings
            ]


@pytest.mark.parametrize(
    "garbage", [b"", b"\xff\xfe", b"nan", b"-nan", b"-inf", b"-1", b"0", b"0x10", b"1e999999", b"inf", b"9" * 400]
)
async def test_garbage_in_a_key_shuts_nobody_out_for_longer_than_a_window(
    garbage: bytes, redis_url: str, redis: Redis
) -> None:
    level = Level("key", "garbage", Quota(10, 2))
    await redis.set(KEY_PREFIX + level.counter, garbage)
    async with limiters(redis_url) as (limiter,):
        verdict = await limiter.take([level])
        assert 0 <= verdict.standings[0].wait <= 2_000_000
        assert 0 <= verdict.standings[0].remaining <= 9
        assert 0 < await redis.pttl(KEY_PREFIX + level.counter) <= 2_000
        assert limiter.is_shared


async def test_a_key_of_another_kind_is_replaced(redis_url: str, redis: Redis) -> None:
    level = Level("key", "a-list", Quota(10, DAY))
    await redis.rpush(KEY_PREFIX + level.counter, "x")
    async with limiters(redis_url) as (limiter,):
        assert (await limiter.take([level])).standings[0].remaining == 9
        assert (await limiter.take([level])).standings[0].remaining == 8
        assert limiter.is_shared


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(garbage=st.binary(max_size=40))
async def test_no_content_of_a_key_breaks_the_script(garbage: bytes, redis_url: str) -> None:
    async with limiters(redis_url) as (limiter,):
        level = Level("key", "any", Quota(10, 1))
        client = Redis.from_url(redis_url)
        await client.set(KEY_PREFIX + level.counter, garbage)
        await client.aclose()
        await limiter.take([level])
        assert limiter.is_shared


async def test_a_limit_that_is_changed_begins_anew(redis_url: str) -> None:
    async with limiters(redis_url) as (limiter,):
        for quota in (Quota(3, DAY), Quota(2, DAY), Quota(5, 3600)):
            answers = [await admitted(limiter, Level("key", "moved", quota)) for _ in range(10)]
            assert sum(answers) == quota.requests


async def test_a_server_that_forgot_the_script_is_taught_it_again(redis_url: str, redis: Redis) -> None:
    level = Level("key", "taught", Quota(100, DAY))
    async with limiters(redis_url) as (limiter,):
        assert await admitted(limiter, level)
        await redis.script_flush()
        assert all(await asyncio.gather(*(admitted(limiter, level) for _ in range(20))))
        assert (await limiter.take([level])).standings[0].remaining == 100 - 22
        assert limiter.is_shared


@pytest.fixture
def own_redis(tmp_path: Path) -> Callable[[], EmbeddedRedis]:
    """A Redis server that the test may kill, and whose figures are its own."""
    return lambda: EmbeddedRedis(tmp_path / "redis")


async def test_a_request_is_one_round_trip_and_those_of_one_moment_share_it(
    own_redis: Callable[[], EmbeddedRedis],
) -> None:
    levels = [Level("key", f"level:{number}", Quota(1_000, DAY)) for number in range(4)]
    with own_redis() as server:
        client, limiter = Redis.from_url(server.url), Limiter.at(server.url)

        async def reads() -> int:
            return int((await client.info("stats"))["total_reads_processed"])

        await admitted(limiter, *levels)
        idle = await reads()
        asking = await reads() - idle
        before = await reads()
        for _ in range(10):
            await admitted(limiter, *levels)
        assert await reads() - before == 10 + asking
        before = await reads()
        await asyncio.gather(*(admitted(limiter, *levels) for _ in range(20)))
        assert await reads() - before == 1 + asking
        refusing = Level("key", "refusing", Quota(1, DAY))
        assert [await admitted(limiter, refusing, *levels) for _ in range(2)] == [True, False]
        before = await reads()
        assert not any([await admitted(limiter, refusing, *levels) for _ in range(20)])
        assert await reads() - before <= 1 + asking, "who is known to refuse is asked again after a second only"
        await limiter.close()
        await client.aclose()


async def test_killed_midway_the_limits_hold_by_process_until_it_is_back(
    own_redis: Callable[[], EmbeddedRedis], capsys: pytest.CaptureFixture[str]
) -> None:
    level = Level("key", "k", Quota(20, DAY))
    with own_redis() as server:
        limiter = Limiter.at(server.url)
        limiter._retry_seconds = 0.01
        assert sum([await admitted(limiter, level) for _ in range(5)]) == 5
        server.kill()
        answers = await asyncio.gather(*(admitted(limiter, level) for _ in range(300)))
        assert sum(answers) == 20, "this process alone, from the beginning"
        assert not limiter.is_shared
        assert not await admitted(limiter, level)
        server.start()
        assert limiter._retrying is not None
        await asyncio.wait_for(limiter._retrying, 30)
        assert limiter.is_shared
        assert sum([await admitted(limiter, level) for _ in range(30)]) == 20
        await limiter.close()
    said = capsys.readouterr()
    lines = [line for line in (said.out + said.err).splitlines() if "limits_with" in line]
    assert len(lines) == 2, lines
    assert "limits_without_redis" in lines[0]
    assert "limits_with_redis_again" in lines[1]


async def test_a_connection_closed_for_idleness_is_made_anew(own_redis: Callable[[], EmbeddedRedis]) -> None:
    level = Level("key", "idle", Quota(100, DAY))
    with own_redis() as server:
        client, limiter = Redis.from_url(server.url), Limiter.at(server.url)
        assert await admitted(limiter, level)
        assert await client.client_kill_filter(_type="normal", skipme=True) == 1
        assert await admitted(limiter, level)
        assert limiter.is_shared
        await limiter.close()
        await client.aclose()


def test_what_a_worker_asks_says_nothing_of_its_clock() -> None:
    levels = [Level("key", "k", Quota(100, DAY)), Level("omd", "o", Quota(7, 1))]
    assert _arguments(levels) == [2, "{limits}:k/100/86400", "{limits}:o/7/1", 864_000_000, 100, 142_857, 7]


async def test_a_server_that_cannot_write_counts_as_away(own_redis: Callable[[], EmbeddedRedis]) -> None:
    with own_redis() as server:
        client = Redis.from_url(server.url)
        await client.config_set("maxmemory-policy", "noeviction")
        await client.config_set("maxmemory", "1")
        limits = InRedisLimits(Redis.from_url(server.url))
        with pytest.raises(RedisAway, match="OOM"):
            await limits.take([Level("key", "k", Quota(20, DAY))])
        limiter = Limiter.at(server.url)
        assert await admitted(limiter, Level("key", "k", Quota(20, DAY)))
        assert not limiter.is_shared
        await limiter.close()
        await limits.close()
        await client.aclose()


async def test_who_hangs_up_takes_nobody_along(redis_url: str) -> None:
    level = Level("key", "gone", Quota(1_000, DAY))
    async with limiters(redis_url) as (limiter,):
        asked = [asyncio.create_task(admitted(limiter, level)) for _ in range(20)]
        await asyncio.sleep(0)
        for each in asked[::2]:
            each.cancel()
        answers = await asyncio.gather(*asked, return_exceptions=True)
        assert [each is True for each in answers[1::2]] == [True] * 10
        assert await admitted(limiter, level)
