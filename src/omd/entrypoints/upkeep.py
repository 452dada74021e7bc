"""The daily upkeep beside a server: the horizon moves on, day by day."""

import asyncio
import threading
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Self

import msgspec
import structlog

from omd.entrypoints.databases import Services, opened
from omd.features.availability.upkeep import UpkeepDone, run_upkeep
from omd.features.identity import purge_access
from omd.features.reservations import RetentionDone, place_all_waiting, run_retention
from omd.infra.webhooks import purge_webhooks
from omd.kernel.clock import Clock
from omd.kernel.errors import OmdError

HOUR_UTC = 2
"""The quiet hour: early morning in every time zone of Europe."""

RETRY_SECONDS = 600.0
STOP_SECONDS = 3.0
POOL_SIZE = 2


class DailyUpkeep:
    """Runs the upkeep once a day in a thread of its own, from `start` to the end of the block.

    Several servers on one database may each do so: the second finds nothing left to do.
    """

    def __init__(self, available: Services, *, clock: Clock, at_once: bool) -> None:
        self._available = available
        self._clock = clock
        self._at_once = at_once
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._work, name="upkeep", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def __enter__(self) -> Self:
        """Begin nothing yet: the server says when it is up."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop; a run under way is given a moment, and the next one takes up what it left."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(STOP_SECONDS)

    def _work(self) -> None:
        wait = 0.0 if self._at_once else seconds_to_quiet_hour(self._clock.now())
        while not self._stopping.wait(wait):
            wait = self._run_once()

    def _run_once(self) -> float:
        """Run the upkeep; return the seconds until it is due again."""
        log = structlog.get_logger("omd.upkeep")
        try:
            done, placed, retention = asyncio.run(self._upkeep())
        except OmdError as error:
            log.error("upkeep failed", code=error.code, detail=error.detail, again_in_seconds=RETRY_SECONDS)  # noqa: TRY400
            return RETRY_SECONDS
        log.info("upkeep done", **msgspec.to_builtins(done), placed=placed, retention=msgspec.to_builtins(retention))
        return seconds_to_quiet_hour(self._clock.now())

    async def _upkeep(self) -> tuple[UpkeepDone, int, RetentionDone]:
        dsn, app_dsn = self._available.dsn_for("omd_maintenance"), self._available.dsn_for("omd_app")
        async with (
            opened(dsn, "omd_maintenance", POOL_SIZE) as database,
            opened(app_dsn, "omd_app", POOL_SIZE) as app,
        ):
            await purge_access(database, now=self._clock.now())
            await purge_webhooks(database, now=self._clock.now())
            done = await run_upkeep(database, self._clock)
            placed = await place_all_waiting(database, app, now=self._clock.now())
            return done, placed, await run_retention(database, self._clock)


def seconds_to_quiet_hour(now: datetime) -> float:
    """Return the seconds from `now` to the next quiet hour, at least one."""
    today = datetime(now.year, now.month, now.day, HOUR_UTC, tzinfo=UTC)
    due = today if today > now else today + timedelta(days=1)
    return max(1.0, (due - now).total_seconds())
