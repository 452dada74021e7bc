"""The throttle of attempts: in Redis and in the process, which must agree."""

import random
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from redis.asyncio import Redis

from omd.infra.redis_circuit import RedisCircuit
from omd.infra.throttle import Bucket, Throttle
from support.worlds import NOW

BUCKET = Bucket("account", free=3, first_seconds=2, most_seconds=16)
WIDE = Bucket("address", free=5, first_seconds=1, most_seconds=8)


@pytest.fixture
async def in_redis(redis_url: str) -> AsyncIterator[Throttle]:
    circuit = RedisCircuit()
    async with Redis.from_url(redis_url) as client:
        circuit.connect(client)
        yield Throttle(circuit)


@pytest.fixture
def in_process() -> Throttle:
    return Throttle(RedisCircuit())


@pytest.mark.parametrize("seed", range(5))
async def test_redis_and_the_process_count_alike(in_redis: Throttle, in_process: Throttle, seed: int) -> None:
    chosen, now = random.Random(seed), NOW
    waits = []
    for _ in range(200):
        now += timedelta(seconds=chosen.choice([0, 0, 1, 3, 20]))
        step = chosen.random()
        buckets = chosen.choice([[BUCKET], [WIDE], [BUCKET, WIDE]])
        answers = []
        for throttle in (in_redis, in_process):
            if step < 0.85:
                answers.append(await throttle.take(buckets, now))
            elif step < 0.95:
                await throttle.give_back([each.key for each in buckets])
            else:
                await throttle.clear([each.key for each in buckets])
        assert len(set(answers)) <= 1, answers
        waits += answers[:1]
    assert 0 in waits
    assert max(waits) > 2


@pytest.mark.parametrize("where", ["in_redis", "in_process"])
async def test_ones_own_success_does_not_open_the_door_to_guessing(
    where: str, in_redis: Throttle, in_process: Throttle
) -> None:
    """Who has an account signs in between guesses at others': what the guesses have earned stands."""
    throttle = {"in_redis": in_redis, "in_process": in_process}[where]
    for _ in range(WIDE.free):
        assert await throttle.take([WIDE], NOW) == 0
    assert await throttle.take([WIDE], NOW) == 1
    await throttle.give_back([WIDE.key])
    assert await throttle.take([WIDE], NOW) == 1


@pytest.mark.parametrize("where", ["in_redis", "in_process"])
async def test_a_clock_set_back_lets_nobody_wait_longer_than_the_most(
    where: str, in_redis: Throttle, in_process: Throttle
) -> None:
    throttle = {"in_redis": in_redis, "in_process": in_process}[where]
    for _ in range(BUCKET.free):
        assert await throttle.take([BUCKET], NOW) == 0
    assert await throttle.take([BUCKET], NOW - timedelta(days=1)) == BUCKET.most_seconds


async def test_the_process_keeps_a_bounded_number(in_process: Throttle, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("omd.infra.throttle.MOST_KEPT", 10)
    for n in range(50):
        assert await in_process.take([Bucket(f"account {n}", 3, 2, 16)], NOW) == 0
    assert len(in_process._kept) == 10
