"""The application on servers of the test's own, which may be stopped, killed, held and started again."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import psutil
from litestar import Litestar

from omd.db import Database
from omd.db.embedded import EmbeddedPostgres
from omd.entrypoints.api.app import create_app
from omd.entrypoints.api.parts import AppServices
from omd.entrypoints.constraint_errors import CONSTRAINT_ERRORS
from omd.features.availability import check_supply
from omd.features.reservations import check_demand
from omd.infra.events import Relay
from omd.kernel.clock import Clock, FixedClock
from support.parties import Tokens, make_tokens
from support.served_app import KEYRING, PLENTY
from support.worlds import NOW, World, system_actor


def database_of(server: EmbeddedPostgres, role: Any, size: int) -> Database:
    """Return a pool of a role on the server."""
    return Database(server.dsn(user=role), role=role, constraint_errors=CONSTRAINT_ERRORS, pool_size=size)


@asynccontextmanager
async def application(
    server: EmbeddedPostgres, folder: Path, redis_url: str | None, world: World, clock: Clock | None = None, **more: Any
) -> AsyncIterator[tuple[Litestar, Tokens]]:
    """The application on a server that may go away, a relay at work beside it; `more` are other services."""
    requests, events = database_of(server, "omd_app", 5), database_of(server, "omd_relay", 2)
    maintenance = database_of(server, "omd_maintenance", 1)
    for each in (requests, events, maintenance):
        await each.open()
    stopping = asyncio.Event()
    relaying = asyncio.create_task(Relay(events).run(stopping))
    clock = clock or FixedClock(NOW)
    try:
        tokens = await make_tokens(maintenance, world)
        services: dict[str, Any] = {"redis_url": redis_url, "quotas": PLENTY, **more}
        yield (
            create_app(AppServices(database=requests, events=events, clock=clock, keyring=KEYRING, **services)),
            tokens,
        )
    finally:
        stopping.set()
        await relaying
        for each in (requests, events, maintenance):
            await each.close()


async def assert_clean(server: EmbeddedPostgres, world: World) -> None:
    """Assert that `omd check` finds nothing in any destination."""
    maintenance = database_of(server, "omd_maintenance", 1)
    await maintenance.open()
    try:
        for omd in (world.alpha, world.beta):
            async with maintenance.reading(system_actor(omd)) as tx:
                verdicts = [*await check_supply(tx, omd.id), *await check_demand(tx, omd.id, now=NOW)]
            assert [verdict for verdict in verdicts if verdict.breaches] == []
    finally:
        await maintenance.close()


@contextmanager
def held(server: EmbeddedPostgres) -> Iterator[None]:
    """Stop every process of the server in its tracks (SIGSTOP) for the block: it is there, and answers nothing."""
    pid = int((server.data_dir / "cluster" / "postmaster.pid").read_text().splitlines()[0])
    postmaster = psutil.Process(pid)
    # The postmaster first, so that nothing new is made.
    stopped = [postmaster.pid]
    os.kill(postmaster.pid, signal.SIGSTOP)
    for child in postmaster.children(recursive=True):
        os.kill(child.pid, signal.SIGSTOP)
        stopped.append(child.pid)
    try:
        yield
    finally:
        for each in reversed(stopped):
            os.kill(each, signal.SIGCONT)
