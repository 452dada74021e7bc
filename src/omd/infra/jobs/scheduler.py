"""The scheduler: puts in what is due by the clock, once for each place and local date, whoever schedules it.

A run is named by its kind, the place and the local date, so any number of schedulers may run, and one that was away
catches up: of a kind's `days_back` last dates that are due, those that nobody put in. Older ones are left. One whose
clock is wrong puts in nothing: a date that is not there yet would be used up.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import date, datetime
from typing import Any

import msgspec
import structlog

from omd.infra.jobs.clock_watch import ClockWatch
from omd.infra.jobs.errors import ClockWrong
from omd.infra.jobs.model import JobKind, NewJob, new_job
from omd.infra.jobs.queue import JobQueue
from omd.infra.jobs.schedules import Place, due_dates, zone_of
from omd.kernel.clock import Clock
from omd.kernel.errors import OmdError

LOOKS_EVERY_SECONDS = 5.0

_log = structlog.get_logger(__name__)


class Schedule(msgspec.Struct, frozen=True):
    """A kind that is due at each of some places once a day, and how many days back it is caught up.

    One day back is for work of which one run makes up for all that were missed.
    """

    kind: JobKind[Any]
    places: Callable[[], Awaitable[Sequence[Place]]]
    days_back: int = 1

    def job(self, place: Place, day: date) -> NewJob:
        """Return the run of a local date at a place."""
        return new_job(self.kind, place.payload_on(day), key=f"{place.name}/{day:%Y-%m-%d}")


class Scheduler:
    """Puts in what is due, for as long as it runs; any number may run."""

    def __init__(
        self, queue: JobQueue, schedules: Sequence[Schedule], *, clock: Clock, clock_watch: ClockWatch
    ) -> None:
        self._queue = queue
        self._clock_watch = clock_watch
        self._schedules = schedules
        self._clock = clock
        self._known: set[str] = set()

    async def run(self, stopping: asyncio.Event) -> None:
        """Look until told to stop; a database that is away is waited for."""
        while not stopping.is_set():
            try:
                await self.step()
            except ClockWrong:
                # Told when it began, and shown by a figure for as long as it lasts.
                pass
            except OmdError as error:
                _log.warning("schedules_wait", code=error.code, detail=error.detail)
            with suppress(TimeoutError):
                await asyncio.wait_for(stopping.wait(), LOOKS_EVERY_SECONDS)

    async def step(self) -> int:
        """Put in what is due now and return how many jobs that were; raise `ClockWrong`, `DatabaseUnavailable`."""
        await self._clock_watch.require_right()
        now = self._clock.now()
        due: dict[str, NewJob] = {}
        for schedule in self._schedules:
            for place in await schedule.places():
                for day in due_dates(now, place.hour, zone_of(place.zone), days_back=schedule.days_back):
                    job = schedule.job(place, day)
                    assert job.key is not None, "a run has a name"
                    due[job.key] = job
        added = await self._queue.put(*(job for key, job in due.items() if key not in self._known))
        # What is due now is all that can be due again: the names of the past need not be known.
        self._known = set(due)
        return added


async def put_now(queue: JobQueue, schedule: Schedule, *, now: datetime) -> int:
    """Put in the work of a kind at every place now, whatever was put in for the date; return how many jobs."""
    jobs = [
        new_job(schedule.kind, place.payload_on(now.astimezone(zone_of(place.zone)).date()))
        for place in await schedule.places()
    ]
    return await queue.put(*jobs)
