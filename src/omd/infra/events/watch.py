"""Whether what follows the events may be believed, and as of when: a tail that hears nothing cannot tell why."""

import asyncio
import math
import time
from contextlib import suppress

import structlog

from omd.db import Database
from omd.infra.events import queries
from omd.infra.events.relay import WAITING
from omd.infra.events.tail import Tail
from omd.kernel.errors import OmdError

POLL_SECONDS = 0.25
MOST_WAITING_SECONDS = 0.5
"""How long an event may wait for its place before nothing that is known is taken for all there is."""

_log = structlog.get_logger(__name__)


class Watch:
    """Looks now and then whether events wait for their place, as they do without a relay or behind long work.

    A listener that has been told all events up to now knows everything only where it says so.
    """

    def __init__(
        self,
        db: Database,
        tail: Tail,
        *,
        poll_seconds: float = POLL_SECONDS,
        most_waiting_seconds: float = MOST_WAITING_SECONDS,
    ) -> None:
        self._most_waiting_seconds = most_waiting_seconds
        self._db = db
        self._tail = tail
        self._poll_seconds = poll_seconds
        self._flows_at = -math.inf
        self._flows: bool | None = None
        self._life: str | None = None

    @property
    def life(self) -> str | None:
        """The life of the database that is followed, None before it is known."""
        return self._life

    @property
    def true_at(self) -> float:
        """The instant, by the monotonic clock, up to which the tail's listeners know what happened."""
        return min(self._flows_at, self._tail.checked_at)

    async def run(self, stopping: asyncio.Event) -> None:
        """Look until told to stop."""
        while not stopping.is_set():
            with suppress(OmdError):
                # The tail says that the database is away.
                await self.look()
            with suppress(TimeoutError):
                await asyncio.wait_for(stopping.wait(), self._poll_seconds)

    async def look(self) -> None:
        """Look once; raise `DatabaseUnavailable`."""
        began, position = time.monotonic(), self._tail.position
        async with self._db.reading(None) as tx:
            head = await queries.find_head(tx)
        self._life = head.life
        # Told here too, so that it is told when no relay is there.
        WAITING.set(head.waiting_seconds)
        # A database that was put back to yesterday gives positions again that the tail has passed.
        flows = (
            position is not None
            and head.last_position >= position
            and head.waiting_seconds < self._most_waiting_seconds
        )
        if flows:
            self._flows_at = began
        if flows is not self._flows:
            if self._flows is not None or not flows:
                _log.warning("events_flow" if flows else "events_do_not_flow", waiting=round(head.waiting_seconds, 1))
            self._flows = flows
