"""The house in which the matrix is asked: one world, one application, everybody in it."""

from collections.abc import AsyncIterator

import httpx
import pytest

from omd.db import Database
from omd.features.identity.limits import Quotas
from omd.kernel.clock import FixedClock
from support.databases import opened
from support.matrix.callers import Entrance
from support.matrix.estates import NO_PROVIDER
from support.matrix.house import House
from support.parties import Tokens
from support.persons import Persons
from support.served_app import PLENTY, served
from support.servers import Servers
from support.worlds import Connection, World


@pytest.fixture
def quotas() -> Quotas | None:
    """The rate limits of the house."""
    return PLENTY


@pytest.fixture
async def house(
    servers: Servers,
    database_name: str,
    clock: FixedClock,
    redis_url: str,
    world: World,
    persons: Persons,
    tokens: Tokens,
    owner_connection: Connection,
    quotas: Quotas | None,
) -> AsyncIterator[House]:
    """The application on one connection, with everybody's things in the database."""
    async with (
        opened(servers, database_name, "omd_app", pool_size=1) as database,
        opened(servers, database_name, "omd_relay", pool_size=1) as events,
        # Nothing stale: callers are asked for when they come in, and nothing else is heard among their statements.
        served(
            *(database, clock, redis_url), quotas=quotas, events=events, stale_seconds=0, payments=NO_PROVIDER
        ) as client,
    ):
        entrance = Entrance(client, world, persons, tokens)
        yield await House.build(database, entrance, owner_connection, redis_url)


@pytest.fixture
async def client(
    db: Database, servers: Servers, database_name: str, clock: FixedClock, redis_url: str
) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the whole application, live streams included."""
    async with (
        opened(servers, database_name, "omd_relay", pool_size=1) as events,
        served(db, clock, redis_url, events=events) as client,
    ):
        yield client
