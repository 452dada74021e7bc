"""Attempts that may fail: each failure lets the next one wait longer, up to a bound, in Redis or in this process."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

import msgspec

from omd.infra.redis_circuit import RedisAway, RedisCircuit

MOST_KEPT = 10_000
"""Buckets that this process keeps while Redis is away; the oldest leave first."""


class Bucket(msgspec.Struct, frozen=True):
    """What is counted under a key: `free` attempts, then waits of `first_seconds`, doubling up to `most_seconds`.

    After `forget_seconds` without an attempt nothing is known of it any more.
    """

    key: str
    free: int
    first_seconds: int
    most_seconds: int
    forget_seconds: int = 3600


_TAKE = """
local now, wait = tonumber(ARGV[1]), 0
for i, key in ipairs(KEYS) do
  local left = tonumber(redis.call('hget', key, 'until') or '0') - now
  local most = tonumber(ARGV[4 * i])
  if left > most then left = most end
  if left > wait then wait = left end
end
if wait > 0 then return wait end
for i, key in ipairs(KEYS) do
  local count = redis.call('hincrby', key, 'count', 1)
  local free, first, most = tonumber(ARGV[4 * i - 2]), tonumber(ARGV[4 * i - 1]), tonumber(ARGV[4 * i])
  if count >= free then
    redis.call('hset', key, 'until', string.format('%d', now + math.min(most, first * 2 ^ math.min(30, count - free))))
  end
  redis.call('pexpire', key, ARGV[4 * i + 1])
end
return 0
"""

_GIVE_BACK = """
for _, key in ipairs(KEYS) do
  if redis.call('exists', key) == 1 then
    if redis.call('hincrby', key, 'count', -1) <= 0 then redis.call('del', key) end
  end
end
return 0
"""


class _Kept(msgspec.Struct):
    count: int
    until: int
    forget_at: int


class Throttle:
    """Counts attempts before they are made, so that a hundred at once are no more than a hundred in a row."""

    def __init__(self, circuit: RedisCircuit) -> None:
        self._circuit = circuit
        self._kept: dict[str, _Kept] = {}

    async def take(self, buckets: Sequence[Bucket], now: datetime) -> int:
        """Count an attempt in every bucket and return 0, or count none and return the seconds to wait, at least 1."""
        now_ms = int(now.timestamp() * 1000)
        arguments: list[str | int] = [now_ms]
        for each in buckets:
            arguments += [each.free, each.first_seconds * 1000, each.most_seconds * 1000, each.forget_seconds * 1000]
        keys = [f"omd:throttle:{each.key}" for each in buckets]
        try:
            wait = await self._circuit.ask(
                lambda redis: cast("Any", redis.eval(_TAKE, len(keys), *keys, *map(str, arguments)))
            )
        except RedisAway:
            wait = self._take_here(buckets, now_ms)
        return -(-int(wait) // 1000)

    async def give_back(self, keys: Sequence[str]) -> None:
        """Take back one attempt each: it succeeded. A wait that others' failures have earned stands."""
        named = [f"omd:throttle:{each}" for each in keys]
        for each in keys:
            kept = self._kept.get(each)
            if kept is not None:
                kept.count -= 1
                if kept.count <= 0:
                    del self._kept[each]
        try:
            await self._circuit.ask(lambda redis: cast("Any", redis.eval(_GIVE_BACK, len(named), *named)))
        except RedisAway:
            return  # what is kept here was given back above

    async def clear(self, keys: Sequence[str]) -> None:
        """Forget the buckets: whoever they are of has proved to be the one they say."""
        for each in keys:
            self._kept.pop(each, None)
        try:
            await self._circuit.ask(lambda redis: redis.delete(*(f"omd:throttle:{each}" for each in keys)))
        except RedisAway:
            return  # they expire by themselves

    def _take_here(self, buckets: Sequence[Bucket], now_ms: int) -> int:
        found = [self._of(each, now_ms) for each in buckets]
        wait = max(
            min(kept.until - now_ms, each.most_seconds * 1000) for kept, each in zip(found, buckets, strict=True)
        )
        if wait > 0:
            return wait
        for kept, each in zip(found, buckets, strict=True):
            kept.count += 1
            kept.forget_at = now_ms + each.forget_seconds * 1000
            if kept.count >= each.free:
                seconds = min(each.most_seconds, each.first_seconds * 2 ** min(30, kept.count - each.free))
                kept.until = now_ms + seconds * 1000
        return 0

    def _of(self, bucket: Bucket, now_ms: int) -> _Kept:
        kept = self._kept.pop(bucket.key, None)
        if kept is None or kept.forget_at <= now_ms:
            kept = _Kept(0, 0, now_ms + bucket.forget_seconds * 1000)
        while len(self._kept) >= MOST_KEPT:
            del self._kept[next(iter(self._kept))]
        self._kept[bucket.key] = kept
        return kept
