"""What the door costs one request inside the process: each of its steps by itself, in microseconds.

The real door, resolver and limiter on the bench's PostgreSQL and Redis; one request after the other, so a step that
waits for Redis is measured with that wait.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
import uvloop
from litestar.connection import ASGIConnection

from bench.dataset import Dataset
from bench.home import NEVER_REFUSED, Home
from omd.db import Database
from omd.entrypoints.api.limits import RequestLimits
from omd.entrypoints.constraint_errors import CONSTRAINT_ERRORS
from omd.features.identity import Action, Principal, PrincipalResolver
from omd.features.identity.limits import parse_quotas
from omd.infra.http.gate import Gate, GatePolicy
from omd.infra.limits import Limiter
from omd.kernel.clock import SystemClock

REQUESTS = 2_000
_OPERATION = "getBusinessAvailability"


class DoorCost(msgspec.Struct, frozen=True):
    """Microseconds of one request: by the wall, one at a time; and of the limits with 16 at a time."""

    resolve: float
    narrow: float
    limits: float
    limits_16_at_once: float
    gate: float

    @property
    def together(self) -> float:
        """Return what the door adds to one request."""
        return self.resolve + self.narrow + self.limits


def measure(home: Home, data: Dataset) -> DoorCost:
    """Measure every step."""
    return uvloop.run(_measure(home, data))


async def _measure(home: Home, data: Dataset) -> DoorCost:
    database = Database(home.postgres.dsn(user="omd_app"), role="omd_app", constraint_errors=CONSTRAINT_ERRORS)
    await database.open()
    limits = RequestLimits(Limiter.at(home.redis_url), database, parse_quotas(NEVER_REFUSED))
    try:
        # So long that the renewal, one question a second for all tokens together, is not in the figure.
        resolver = PrincipalResolver(database, clock=SystemClock(), ttl_seconds=60.0)
        token = data.tokens.hotels[0]
        principal = await resolver.resolve(token)
        assert principal is not None, "the token is the dataset's own"
        connection = _connection(data)
        return DoorCost(
            resolve=await _each(lambda: resolver.resolve(token)),
            narrow=await _each(lambda: _narrow(principal)),
            limits=await _each(lambda: limits.admit(connection(), _OPERATION, principal)),
            limits_16_at_once=await _each(lambda: limits.admit(connection(), _OPERATION, principal), at_once=16),
            gate=await _each(_gate()),
        )
    finally:
        await limits.close()
        await database.close()


async def _each(work: Callable[[], Awaitable[object]], *, at_once: int = 1) -> float:
    async def many() -> None:
        for _ in range(REQUESTS // at_once):
            await work()

    await many()
    began = time.perf_counter()
    await asyncio.gather(*(many() for _ in range(at_once)))
    return round((time.perf_counter() - began) * 1e6 / (REQUESTS // at_once * at_once), 1)


async def _narrow(principal: Principal) -> None:
    principal.actor_for(Action.AVAILABILITY_READ, address="192.0.2.1", request_id="0123456789abcdef")


def _scope() -> dict[str, Any]:
    names = ("host", "authorization", "accept", "user-agent")
    headers = [(name.encode(), b"x" * 20) for name in names]
    return {"type": "http", "scheme": "http", "path": "/", "headers": headers, "client": ("192.0.2.1", 1)}


def _connection(data: Dataset) -> Callable[[], ASGIConnection[Any, Any, Any, Any]]:
    def make() -> ASGIConnection[Any, Any, Any, Any]:
        scope: Any = {**_scope(), "path_params": {"business_id": data.business_of(0)}}
        return ASGIConnection(scope)

    return make


def _gate() -> Callable[[], Awaitable[object]]:
    async def application(_scope: object, _receive: object, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})

    async def nowhere(*_: object) -> None:
        pass

    gate: Any = Gate(application, GatePolicy())
    return lambda: gate(_scope(), nowhere, nowhere)
