"""Which limits hold now: those in Redis, or, while it is away, those of this process."""

import asyncio
from collections.abc import Sequence
from typing import Self

import structlog
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from omd.infra.limits.in_process import InProcessLimits
from omd.infra.limits.in_redis import InRedisLimits, RedisAway
from omd.infra.limits.model import Level, Quota, Verdict

PATIENCE_SECONDS = 0.25
"""How long one request may wait for a Redis that hangs; those after it do not wait at all."""

RETRY_SECONDS = 1.0
_PROBE = Level("probe", "probe", Quota(1_000, 1))
_log = structlog.get_logger(__name__)


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

    @classmethod
    def at(cls, url: str | None) -> Self:
        """Return a limiter on the Redis at the URL, without one on this process; nothing is connected until asked."""
        if url is None:
            return cls(None)
        # Nothing is tried twice: while Redis is away a request must not wait for it.
        return cls(
            Redis.from_url(
                url,
                socket_timeout=PATIENCE_SECONDS,
                socket_connect_timeout=PATIENCE_SECONDS,
                retry=Retry(NoBackoff(), 0),
            )
        )

    @property
    def is_shared(self) -> bool:
        """Say whether Redis counts now, and with it all workers together."""
        return self._shared is not None and self._retrying is None

    async def take(self, levels: Sequence[Level]) -> Verdict:
        """Charge one request to every level, or, when one refuses, to none."""
        shared = self._shared
        if shared is not None and self._retrying is None:
            try:
                return await shared.take(levels)
            except RedisAway as error:
                self._open_circuit(shared, error)
        return self._own.take(levels)

    async def close(self) -> None:
        """Stop looking for Redis, wait for what is on its way there, and close the connection."""
        if self._retrying is not None:
            self._retrying.cancel()
            await asyncio.gather(self._retrying, return_exceptions=True)
            self._retrying = None
        if self._shared is not None:
            await self._shared.close()

    def _open_circuit(self, shared: InRedisLimits, error: RedisAway) -> None:
        if self._retrying is not None:
            return
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
        _log.warning("limits_with_redis_again")
