"""The end of the event stream, followed by one process for all its listeners."""

import asyncio
import math
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime

import structlog
from prometheus_client import Gauge

from omd.db import Database
from omd.infra.events import queries
from omd.infra.events.model import Event
from omd.infra.events.queries import End
from omd.infra.pace import Pace
from omd.kernel.errors import OmdError

POLL_SECONDS = 0.025
IDLE_SECONDS = 0.1
AWAY_SECONDS = 0.5
MOST_AT_ONCE = 1_000

Listener = Callable[[Sequence[Event]], None]

_log = structlog.get_logger(__name__)
POSITION = Gauge("omd_tail_position", "The last event this process has read.", multiprocess_mode="liveall")


class Tail:
    """Reads every event once, in the order of positions, and hands each batch to its listeners.

    It begins where the stream ends when it is started; what was before, a listener reads for itself. It begins anew
    where the database has lost the event it read last: a standby that was promoted without it, or a copy that was put
    back, gives the same positions to other events.
    """

    def __init__(
        self,
        db: Database,
        *,
        poll_seconds: float = POLL_SECONDS,
        idle_seconds: float = IDLE_SECONDS,
        most_at_once: int = MOST_AT_ONCE,
    ) -> None:
        self._db = db
        self._pace = Pace(poll_seconds, idle_seconds)
        self._most_at_once = most_at_once
        self._listeners: list[Listener] = []
        self._losers: list[Callable[[], None]] = []
        self._position: int | None = None
        self._recorded_at: datetime | None = None
        self._life: str | None = None
        self._lost = range(0)
        self._checked_at = -math.inf

    @property
    def position(self) -> int | None:
        """The last event that every listener has been given, None before the tail has begun."""
        return self._position

    @property
    def checked_at(self) -> float:
        """The instant, by the monotonic clock, up to which nothing that has its place is unknown to the listeners."""
        return self._checked_at

    def was_lost(self, position: int) -> bool:
        """Say whether an event at this position was told, and may have been lost and another be there since."""
        return position in self._lost

    def on_loss(self, loser: Callable[[], None]) -> None:
        """Have it heard, by what neither waits nor raises, that events which were told are not there any more."""
        self._losers.append(loser)

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
            end = await queries.find_end(tx, self._position)
            if self._position is None:
                self._stand_at(end)
                return 0.0
            if end.life != self._life and self._has_lost(end):
                self._begin_anew(await queries.find_end(tx, None))
                return 0.0
            self._life = end.life
            events = await queries.list_events_after(tx, self._position, most=self._most_at_once)
        wait = self._pace.after(came=bool(events))
        if not events:
            self._checked_at = began
            return wait
        self._position, self._recorded_at = events[-1].position, events[-1].recorded_at
        POSITION.set(self._position)
        for listener in tuple(self._listeners):
            listener(events)
        if len(events) == self._most_at_once:
            return 0.0
        self._checked_at = began
        return wait

    def _has_lost(self, end: End) -> bool:
        """Say whether the event that was read last is not the one at its position: then all before it are theirs."""
        return self._position != 0 and end.recorded_at != self._recorded_at

    def _stand_at(self, end: End) -> None:
        self._position, self._recorded_at, self._life = end.last_position, end.recorded_at, end.life

    def _begin_anew(self, end: End) -> None:
        assert self._position is not None, "who lost something had it"
        _log.error("events_lost", had=self._position, database_has=end.last_position)
        # Which of them are others is not known: whoever had one of these fetches what it shows.
        self._lost = range(1, max(self._position, end.last_position) + 1)
        self._stand_at(end)
        POSITION.set(end.last_position)
        self._checked_at = -math.inf
        for loser in tuple(self._losers):
            loser()
