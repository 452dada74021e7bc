"""The relay: the one who says in which order things happened.

A sequence is not commit order, so reading by it loses events. The relay takes the events of transactions below the
oldest one that is still running: nothing can commit before them any more. See docs/algorithms/events.md.
"""

import asyncio
import time
from contextlib import suppress

import structlog
from prometheus_client import Counter, Gauge, Histogram

from omd.db import Database
from omd.infra.events import queries
from omd.infra.events.queries import Given
from omd.infra.pace import Pace
from omd.kernel.errors import OmdError

POLL_SECONDS = 0.025
IDLE_SECONDS = 0.1
"""After two quiet seconds. With the tail's as much again, what comes then is heard within a quarter of a second."""

STANDBY_SECONDS = 0.5
AWAY_SECONDS = 0.5
MOST_AT_ONCE = 1_000

_log = structlog.get_logger(__name__)
POSITIONED = Counter("omd_events_positioned_total", "Events that were given their position.")
LEADS = Gauge("omd_relay_leads", "1 while this process gives positions, else 0.", multiprocess_mode="livemax")
WAITING = Gauge(
    "omd_event_waiting_seconds",
    "What the oldest event without a position has waited; grows while a transaction is long.",
    multiprocess_mode="livemax",
)
LAG = Histogram(
    "omd_event_lag_seconds",
    "From writing an event until it has its position, of the oldest of each step.",
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60),
)


class Relay:
    """Gives positions for as long as it runs; any number may run, one of them leads.

    Who leads is decided anew at every step, by a lock that ends with the step's transaction: another takes over
    within `standby_seconds` of the leader's death, and nothing is left behind on the connection.
    """

    def __init__(
        self,
        db: Database,
        *,
        poll_seconds: float = POLL_SECONDS,
        idle_seconds: float = IDLE_SECONDS,
        standby_seconds: float = STANDBY_SECONDS,
        most_at_once: int = MOST_AT_ONCE,
    ) -> None:
        self._db = db
        self._pace = Pace(poll_seconds, idle_seconds)
        self._standby_seconds = standby_seconds
        self._most_at_once = most_at_once
        self.leads = False
        self.last_step_at = float("-inf")
        self.last_position: int | None = None

    async def run(self, stopping: asyncio.Event) -> None:
        """Give positions until told to stop; a database that is away is waited for."""
        while not stopping.is_set():
            try:
                given = await self.step()
            except OmdError as error:
                self._stand_by()
                _log.warning("relay_waits", code=error.code, detail=error.detail)
                wait = AWAY_SECONDS
            else:
                wait = self._wait_after(given)
            with suppress(TimeoutError):
                await asyncio.wait_for(stopping.wait(), wait)
        self._stand_by()

    async def step(self) -> Given:
        """Give the positions that can be given now; raise `DatabaseUnavailable`."""
        given = await self._db.write(None, lambda tx: queries.give_positions(tx, most=self._most_at_once))
        if given.is_leader:
            self._lead()
            self.last_step_at = time.monotonic()
            self.last_position = given.last_position
            WAITING.set(given.waiting_seconds or 0.0)
        else:
            self._stand_by()
        if given.given:
            POSITIONED.inc(given.given)
            LAG.observe(given.oldest_seconds or 0.0)
        return given

    def _wait_after(self, given: Given) -> float:
        if not given.is_leader:
            return self._standby_seconds
        wait = self._pace.after(came=bool(given.given or given.waiting_seconds))
        return 0.0 if given.given == self._most_at_once else wait

    def _lead(self) -> None:
        if not self.leads:
            self.leads = True
            LEADS.set(1)
            _log.info("relay_leads")

    def _stand_by(self) -> None:
        if self.leads:
            self.leads = False
            LEADS.set(0)
            # Who leads now says what waits; the most of what all processes say is told.
            WAITING.set(0)
            _log.info("relay_stands_by")
