"""What races need: a pool wide enough for all who race, and the proof afterwards."""

from collections.abc import AsyncIterator, Awaitable, Callable

import asyncpg
import pytest

from omd.db import Database
from omd.features.availability import check_supply
from omd.features.reservations import check_demand
from support.databases import opened
from support.servers import Servers
from support.worlds import NOW, Connection, World, system_actor

RACERS = 32


@pytest.fixture
async def racers(servers: Servers, database_name: str) -> AsyncIterator[Database]:
    """A pool in which every racer has a connection of their own."""
    async with opened(servers, database_name, "omd_app", pool_size=RACERS) as database:
        yield database


@pytest.fixture
async def watcher(database_dsn: str) -> AsyncIterator[Connection]:
    """A superuser's connection that holds nothing, to see who stands at a lock."""
    connection = await asyncpg.connect(database_dsn)
    yield connection
    await connection.close()


@pytest.fixture
def prove(maintenance_db: Database, world: World) -> Callable[[], Awaitable[None]]:
    """Ask every invariant of the database; fail naming the rows at odds."""

    async def ask() -> None:
        async with maintenance_db.reading(system_actor(world.alpha)) as tx:
            verdicts = [
                *await check_supply(tx, world.alpha.id),
                *await check_demand(tx, world.alpha.id, now=NOW),
            ]
        assert [verdict for verdict in verdicts if verdict.breaches] == []

    return ask
