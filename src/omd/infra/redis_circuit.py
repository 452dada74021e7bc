"""Redis as something that may vanish: asked while it answers, left alone for a moment when it does not."""

import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

Result = TypeVar("Result")

REST_SECONDS = 2.0
"""How long nobody asks after a failure: a Redis that hangs costs one request its patience, not every one."""

_log = structlog.get_logger(__name__)


class RedisAway(Exception):
    """Redis did not answer, or is not asked just now; whoever asks has another way."""


class RedisCircuit:
    """Asks Redis through one place that remembers whether it answers; one log line when it goes, one at its return."""

    def __init__(self, *, rest_seconds: float = REST_SECONDS) -> None:
        self._redis: Redis | None = None
        self._rest_seconds = rest_seconds
        self._resting_until = 0.0
        self._is_away = False

    def connect(self, redis: Redis | None) -> None:
        """Take the client to ask; None where there is no Redis."""
        self._redis = redis

    async def ask(self, work: Callable[[Redis], Awaitable[Result]]) -> Result:
        """Return what the work gets of Redis; raise `RedisAway` when it is not there."""
        if self._redis is None or time.monotonic() < self._resting_until:
            raise RedisAway
        try:
            result = await work(self._redis)
        except (RedisError, OSError, TimeoutError) as error:
            self._resting_until = time.monotonic() + self._rest_seconds
            if not self._is_away:
                self._is_away = True
                _log.warning("redis_away", error=type(error).__name__)
            raise RedisAway from error
        if self._is_away:
            self._is_away = False
            _log.info("redis_back")
        return result
