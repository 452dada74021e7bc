"""Events passed on while a test runs."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from omd.db import Database
from omd.infra.events import Relay
from support.databases import opened
from support.servers import Servers
from support.worlds import Connection


@asynccontextmanager
async def relayed(servers: Servers, database_name: str) -> AsyncIterator[Database]:
    """A relay at work, and the database as the relay sees it."""
    stopping = asyncio.Event()
    async with opened(servers, database_name, "omd_relay") as events:
        relaying = asyncio.create_task(Relay(events).run(stopping))
        yield events
        stopping.set()
        await relaying


async def last_position(connection: Connection) -> int:
    """Wait until every event has its position; return the last one."""
    async with asyncio.timeout(60):
        while await connection.fetchval("select count(*) from events where position is null"):
            pass
    position: int = await connection.fetchval("select coalesce(max(position), 0) from events")
    return position
