"""Which limits hold now: those in Redis, or, while it is away, those of this process."""

import asyncio
from collections.abc import Sequence
from typing import Self

import msgspec
import structlog
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from omd.infra.limits.in_process import InProcessLimits, monotonic_microseconds
from omd.infra.limits.in_redis import PATIENCE_SECONDS, InRedisLimits, RedisAway
from omd.infra.limits.model import Level, Quota, Standing, Verdict

RETRY_SECONDS = 1.0
_MOST_REFUSED = 10_000
_LONGEST_MEMORY = 1_000_000
"""Microseconds after which a refusal is asked for again: somebody may have emptied Redis."""

_PROBE = Level("probe", "probe", Quota(1_000, 1))
_log = structlog.get_logger(__name__)


class _Refusal(msgspec.Struct, frozen=True):
    """How a level that refused stood, and when, in this process's microseconds."""

    standing: Standing
    at: int


class Limiter:
    """Charges requests in Redis. The first failure opens the circuit: this process counts for itself until it is back.

    Each process then lets in what all of them together should: more than wanted, never without end. What Redis does
    not know of that time it does not charge later.
    """

    def __init__(
        self, redis: Redis | None, *, in_process: InProcessLimits | None = None, retry_seconds: float = RETRY_SECONDS
    ) -> None:
        self._shared = None if redis is None else InRedisLimits(redis)
        self._own = in_process or InProcessLimits()
        self._retry_seconds = retry_seconds
        self._retrying: asyncio.Task[None] | None = None
        self._refused: dict[str, _Refusal] = {}

    @classmethod
    def at(cls, url: str | None) -> Self:
        """Return a limiter on the Redis at the URL, without one on this process; nothing is connected until asked."""
        if url is None:
            return cls(None)
        # Nothing is tried twice: while Redis is away a request must not wait for it.
        return cls(
            Redis.from_url(
                url,
                socket_connect_timeout=PATIENCE_SECONDS,
                retry=Retry(NoBackoff(), 0),
            )
        )

    @property
    def is_shared(self) -> bool:
        """Say whether Redis counts now, and with it all workers together."""
        return self._shared is not None and self._retrying is None

    async def take(self, levels: Sequence[Level]) -> Verdict:
        """Charge one request to every level, or, when one refuses, to none.

        What is known to refuse still is not asked: then the verdict holds that level alone.
        """
        known = self._known_refusal(levels) if self._refused else None
        if known is not None:
            return Verdict((known,))
        shared = self._shared
        if shared is not None and self._retrying is None:
            try:
                verdict = await shared.take(levels)
            except RedisAway as error:
                self._open_circuit(shared, error)
            else:
                self._remember(verdict)
                return verdict
        return self._own.take(levels)

    async def close(self) -> None:
        """Stop looking for Redis, wait for what is on its way there, and close the connection."""
        if self._retrying is not None:
            self._retrying.cancel()
            await asyncio.gather(self._retrying, return_exceptions=True)
            self._retrying = None
        if self._shared is not None:
            await self._shared.close()

    def _remember(self, verdict: Verdict) -> None:
        """Remember who refuses: until its wait is over nobody can change that, so nobody needs to be asked."""
        refused = verdict.refused_by
        if refused is None:
            return
        if len(self._refused) >= _MOST_REFUSED:
            self._refused.clear()
        self._refused[refused.level.counter] = _Refusal(refused, monotonic_microseconds())

    def _known_refusal(self, levels: Sequence[Level]) -> Standing | None:
        for level in levels:
            known = self._refused.get(level.counter)
            if known is None:
                continue
            passed = monotonic_microseconds() - known.at
            if passed < min(known.standing.wait, _LONGEST_MEMORY):
                standing = known.standing
                return Standing(level, 0, standing.reset - passed, standing.wait - passed)
            del self._refused[level.counter]
        return None

    def _open_circuit(self, shared: InRedisLimits, error: RedisAway) -> None:
        if self._retrying is not None:
            return
        self._refused.clear()
        _log.warning("limits_without_redis", error=str(error), meanwhile="each worker counts for itself")
        self._retrying = asyncio.create_task(self._look_for(shared))

    async def _look_for(self, shared: InRedisLimits) -> None:
        """Charge a level of our own until Redis takes it: a server that answers but cannot write is not back."""
        while True:
            await asyncio.sleep(self._retry_seconds)
            try:
                await shared.take([_PROBE])
            except RedisAway:
                continue
            break
        self._retrying = None
        self._refused.clear()
        _log.warning("limits_with_redis_again")
