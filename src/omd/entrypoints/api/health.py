"""Health: is the process alive, and can it serve?"""

import asyncio
import math
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec
from litestar import Request, Response, Router, get
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.status_codes import HTTP_200_OK, HTTP_503_SERVICE_UNAVAILABLE
from redis.asyncio import Redis
from redis.exceptions import RedisError

from omd.db import Database
from omd.kernel.errors import DatabaseUnavailable

_REDIS_PATIENCE_SECONDS = 0.5
_REMEMBERED_SECONDS = 1.0


class Readiness(msgspec.Struct, frozen=True):
    """What the server leans on. Without Redis it is slower, never down; without the database it is not ready."""

    ready: bool
    database: str
    redis: str


@asynccontextmanager
async def redis_of(url: str | None) -> "AsyncIterator[Redis | None]":
    """Hold a client of the Redis at the URL; nothing is connected until it is asked."""
    if url is None:
        yield None
        return
    client = Redis.from_url(url, socket_timeout=_REDIS_PATIENCE_SECONDS, socket_connect_timeout=_REDIS_PATIENCE_SECONDS)
    try:
        yield client
    finally:
        await client.aclose()


@get("/health", operation_id="health", summary="Is the process alive?", tags=["Health"])
async def health() -> dict[str, str]:
    """Answer as long as the process answers at all; asks nothing else."""
    return {"status": "alive"}


@get(
    "/ready",
    operation_id="ready",
    summary="Can it serve?",
    tags=["Health"],
    responses={503: ResponseSpec(Readiness, description="It cannot serve now.", generate_examples=False)},
)
async def ready(request: Request[Any, Any, Any], database: NamedDependency[Database]) -> Response[Readiness]:
    """Ask the database and Redis, once a second at most; 503 when the database is away or its schema not current."""
    answer = await current(request.app.state, database)
    return Response(answer, status_code=HTTP_200_OK if answer.ready else HTTP_503_SERVICE_UNAVAILABLE)


async def current(state: State, database: Database) -> Readiness:
    """Return the readiness of an application with this state, found out anew once a second at most."""
    known: _Known = state.readiness
    # Whoever asks while it is being found out waits for that answer: nobody can make us ask without end.
    async with known.finding_out:
        if time.monotonic() - known.at >= _REMEMBERED_SECONDS:
            known.answer = await _readiness(database, state.redis)
            known.at = time.monotonic()
    return known.answer


async def looked_at(state: State, database: Database) -> tuple[bool, bool]:
    """Return whether the database and Redis are there; without a Redis configured nothing of it is missing."""
    answer = await current(state, database)
    return answer.ready, answer.redis != "away"


class _Known(msgspec.Struct):
    """The readiness found last, and when, by the monotonic clock."""

    answer: Readiness
    at: float
    finding_out: asyncio.Lock


def nothing_known() -> _Known:
    """Return what is known of the readiness before anybody asked."""
    return _Known(Readiness(ready=False, database="not asked", redis="not asked"), -math.inf, asyncio.Lock())


async def _readiness(database: Database, redis: "Redis | None") -> Readiness:
    try:
        said = "up" if await database.schema_is_current() else "schema not current: run `omd db migrate`"
    except DatabaseUnavailable:
        said = "away"
    return Readiness(said == "up", said, await _redis_state(redis))


async def _redis_state(redis: "Redis | None") -> str:
    if redis is None:
        return "not configured"
    try:
        await redis.ping()
    except (RedisError, OSError):
        return "away"
    return "up"


router = Router(path="", route_handlers=[health, ready])
