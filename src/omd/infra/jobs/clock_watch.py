"""Whether this worker's clock may be believed: dates are due by it, and what is too old is thrown away by it."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import structlog
from prometheus_client import Gauge

from omd.db import Database
from omd.infra.jobs import queries
from omd.infra.jobs.errors import ClockWrong
from omd.kernel.clock import Clock

MOST_APART = timedelta(minutes=5)
"""Clocks that are kept are milliseconds apart, and nothing that goes by dates and days feels minutes."""

Reference = Callable[[], Awaitable[datetime]]
"""Tells the time that a worker's clock is held against; raises `DatabaseUnavailable`."""

APART = Gauge(
    "omd_worker_clock_apart_seconds",
    "How far the clock of a worker is from the database's, either way.",
    multiprocess_mode="livemax",
)
_log = structlog.get_logger(__name__)


def database_time(db: Database) -> Reference:
    """Return what asks a database of the role omd_relay for its time."""

    async def ask() -> datetime:
        async with db.reading(None) as tx:
            return await queries.find_time(tx)

    return ask


class ClockWatch:
    """Holds a worker's clock against a reference, which all workers share; says once when it begins to be wrong."""

    def __init__(self, clock: Clock, reference: Reference, *, most_apart: timedelta = MOST_APART) -> None:
        self._clock = clock
        self._reference = reference
        self._most_apart = most_apart
        self._is_right = True

    async def require_right(self) -> None:
        """Look; raise `ClockWrong` for a clock that is too far from the reference, `DatabaseUnavailable`."""
        before = self._clock.now()
        told = await self._reference()
        # Whatever lies between asking and the answer may be the instant that was told.
        apart = max(before - told, told - self._clock.now(), timedelta(0))
        APART.set(apart.total_seconds())
        is_right = apart <= self._most_apart
        if is_right is not self._is_right:
            self._is_right = is_right
            if is_right:
                _log.info("worker_clock_right")
            else:
                _log.error("worker_clock_wrong", says=before.isoformat(), database_says=told.isoformat())
        if not is_right:
            raise ClockWrong(
                f"This worker's clock says {before:%Y-%m-%d %H:%M:%S} UTC, the database's {told:%Y-%m-%d %H:%M:%S}. "
                "Put it right; until then nothing that goes by the clock is done here."
            )
