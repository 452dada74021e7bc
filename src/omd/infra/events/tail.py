"""The end of the event stream, followed by one process for all its listeners."""

import asyncio
import math
import time
from collections.abc import Callable, Sequence
from contextlib import suppress

import structlog
from prometheus_client import Gauge

from omd.db import Database
from omd.infra.events import queries
from omd.infra.events.model import Event
from omd.kernel.errors import OmdError

POLL_SECONDS = 0.025
AWAY_SECONDS = 0.5
MOST_AT_ONCE = 1_000

Listener = Callable[[Sequence[Event]], None]

_log = structlog.get_logger(__name__)
POSITION = Gauge("omd_tail_position", "The last event this process has read.", multiprocess_mode="liveall")


class Tail:
    """Reads every event once, in the order of positions, and hands each batch to its listeners.

    It begins where the stream ends when it is started; what was before, a listener reads for itself.
    """

    def __init__(self, db: Database, *, poll_seconds: float = POLL_SECONDS, most_at_once: int = MOST_AT_ONCE) -> None:
        self._db = db
        self._poll_seconds = poll_seconds
        self._most_at_once = most_at_once
        self._listeners: list[Listener] = []
        self._position: int | None = None
        self._checked_at = -math.inf

    @property
    def position(self) -> int | None:
        """The last event that every listener has been given, None before the tail has begun."""
        return self._position

    @property
    def checked_at(self) -> float:
        """The instant, by the monotonic clock, up to which nothing that has its place is unknown to the listeners."""
        return self._checked_at

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Hand every batch from now on to a listener, which must neither wait nor raise; return what ends it."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    async def run(self, stopping: asyncio.Event) -> None:
        """Follow the stream until told to stop; a database that is away is waited for."""
        while not stopping.is_set():
            try:
                wait = await self.step()
            except OmdError as error:
                _log.warning("tail_waits", code=error.code, detail=error.detail)
                wait = AWAY_SECONDS
            with suppress(TimeoutError):
                await asyncio.wait_for(stopping.wait(), wait)

    async def step(self) -> float:
        """Read what is new and hand it out; return the seconds until it is worth looking again."""
        began = time.monotonic()
        async with self._db.reading(None) as tx:
            if self._position is None:
                self._position = await queries.find_last_position(tx)
                return 0.0
            events = await queries.list_events_after(tx, self._position, most=self._most_at_once)
        if not events:
            self._checked_at = began
            return self._poll_seconds
        self._position = events[-1].position
        POSITION.set(self._position)
        for listener in tuple(self._listeners):
            listener(events)
        if len(events) == self._most_at_once:
            return 0.0
        self._checked_at = began
        return self._poll_seconds
