"""Races that end the same way every time: everybody stands at the same lock before anybody goes on."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

from omd.db import Database, Transaction
from omd.kernel.actor import Actor
from omd.kernel.errors import OmdError
from support.worlds import Connection

Result = TypeVar("Result")

PATIENCE_SECONDS = 30.0


async def until_waiting(watcher: Connection, count: int = 1) -> None:
    """Return as soon as this many backends of the database stand at a lock."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while (
            await watcher.fetchval(
                "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
            )
            < count
        ):
            # The question itself takes as long as it takes: this is no busy loop.
            await watcher.execute("select pg_stat_clear_snapshot()")


@asynccontextmanager
async def held_up(connection: Connection, lock: str, *arguments: object) -> AsyncIterator[None]:
    """Hold what the statement locks during the block."""
    async with connection.transaction():
        await connection.execute(lock, *arguments)
        yield


async def outcome(work: Awaitable[Result]) -> Result | OmdError:
    """Return what the work gives, or the refusal it raises."""
    try:
        return await work
    except OmdError as refusal:
        return refusal


async def attempt(
    database: Database, actor: Actor, work: Callable[[Transaction], Awaitable[Result]]
) -> Result | OmdError:
    """Do the work as the edge does: in a transaction of its own, a refusal being an answer."""
    return await outcome(database.write(actor, work))
