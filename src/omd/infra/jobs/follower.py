"""From events to jobs: every event is asked once what it causes.

A job caused by a booking is not put in by the booking: nothing of the queue is in that transaction. The cursor moves
in the transaction that puts the jobs in, so that a worker killed in between repeats both or neither.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress

import structlog

from omd.db import Database, Transaction
from omd.infra.events import Event, list_events_after
from omd.infra.jobs import queries
from omd.infra.jobs.model import NewJob
from omd.infra.jobs.queue import JobQueue
from omd.kernel.errors import OmdError

POLL_SECONDS = 0.25
MOST_AT_ONCE = 500

Causes = Callable[[Event], NewJob | None]
"""The job that an event causes, None for none. Its key names the event, by its position."""

_log = structlog.get_logger(__name__)


class Follower:
    """Puts in what events cause, on a database of the role omd_relay; any number may run, one at a time does it."""

    def __init__(self, db: Database, queue: JobQueue, *causes: Causes) -> None:
        """Each of `causes` is asked about every event."""
        self._db = db
        self._queue = queue
        self._causes = causes

    async def run(self, stopping: asyncio.Event) -> None:
        """Follow the events until told to stop; a database that is away is waited for."""
        while not stopping.is_set():
            try:
                wait = 0.0 if await self.step() else POLL_SECONDS
            except OmdError as error:
                _log.warning("follower_waits", code=error.code, detail=error.detail)
                wait = POLL_SECONDS
            with suppress(TimeoutError):
                await asyncio.wait_for(stopping.wait(), wait)

    async def step(self) -> bool:
        """Ask what is new; say whether there was any. Raises `DatabaseUnavailable`."""
        async with self._db.reading(None) as tx:
            if not await queries.is_behind(tx):
                return False
        return await self._db.write(None, self._follow)

    async def _follow(self, tx: Transaction) -> bool:
        position = await queries.lock_cursor(tx)
        if position is None:
            return False
        events = await list_events_after(tx, position, most=MOST_AT_ONCE)
        if not events:
            return False
        caused = [job for event in events for cause in self._causes if (job := cause(event)) is not None]
        await self._queue.put_in(tx, caused)
        await queries.move_cursor(tx, events[-1].position)
        return True
