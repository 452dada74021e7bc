"""The real application, served in this process."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import httpx
from litestar import Litestar

from omd.db import Database
from omd.entrypoints.api.app import Routes
from omd.entrypoints.api.parts import AppServices
from omd.features.identity.limits import Quotas, parse_quotas
from omd.infra.keyring import Keyring
from omd.kernel.clock import Clock
from support.streams import hanging_up

KEYS = Keyring.make_key()
KEYRING = Keyring.parse(KEYS)
"""The keys of this process's applications."""

PLENTY = parse_quotas("*.*=200000/10")
"""The limits of the suite: counted as the product counts, wider than any test runs; tests of limits set their own."""


_idle: list[Routes] = []
"""Routes whose application has ended: the next finds nothing of it, and working them out anew takes 0.6 s a test."""


@contextmanager
def application(services: AppServices) -> Iterator[Litestar]:
    """The product's application on these services, for the block; all but its routes is its own."""
    routes = next((each for each in _idle if each.suit(services)), None)
    if routes is None:
        routes = Routes.for_services(services)
    else:
        _idle.remove(routes)
    yield routes.on(services)
    # Not after an exception: what raised it may still be under way.
    _idle.append(routes)


@asynccontextmanager
async def running(app: Litestar) -> AsyncIterator[None]:
    """Run the application's own start and stop around the block.

    They get a task of their own: the application holds task groups, which must end in the task they began in,
    while a fixture is set up in one task and torn down in another.
    """
    started, stop = asyncio.Event(), asyncio.Event()

    async def live() -> None:
        async with app.lifespan():
            started.set()
            await stop.wait()

    life = asyncio.create_task(live())
    waiting = asyncio.create_task(started.wait())
    try:
        await asyncio.wait({life, waiting}, return_when=asyncio.FIRST_COMPLETED)
        if life.done():
            life.result()
        yield
    finally:
        waiting.cancel()
        stop.set()
        await life


@asynccontextmanager
async def client_of(app: Litestar) -> AsyncIterator[httpx.AsyncClient]:
    """Serve the application to a client in this process; what it does not answer itself fails the test."""
    # The two libraries describe the same ASGI in types that do not meet.
    transport = httpx.ASGITransport(hanging_up(app))
    async with running(app), httpx.AsyncClient(transport=transport, base_url="http://testserver") as client:
        yield client


@asynccontextmanager
async def served(
    database: Database,
    clock: Clock,
    redis_url: str | None,
    *,
    keyring: Keyring = KEYRING,
    quotas: Quotas | None = PLENTY,
    **more: Any,
) -> AsyncIterator[httpx.AsyncClient]:
    """Serve the product's application on these services to a client in this process; `more` are other services."""
    services = AppServices(database=database, clock=clock, keyring=keyring, redis_url=redis_url, quotas=quotas, **more)
    with application(services) as app:
        async with client_of(app) as client:
            yield client


@asynccontextmanager
async def served_with(
    database: Database, clock: Clock, redis_url: str | None, keyring: Keyring
) -> AsyncIterator[httpx.AsyncClient]:
    """Serve the product's application with keys of the test's own."""
    async with served(database, clock, redis_url, keyring=keyring) as client:
        yield client
