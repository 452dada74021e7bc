"""The scheduler: every run once, whoever schedules it, and what was missed."""

import asyncio
from datetime import UTC, datetime, timedelta
from functools import partial

from omd.db import Database
from omd.infra.jobs import (
    JobQueue,
    Place,
    Schedule,
    Scheduler,
)
from omd.kernel.clock import FixedClock
from support.jobs import NIGHT, Page, Works, jobs
from support.worlds import NOW

ZONES = {"grand": ("Europe/Bucharest", 4), "harbour": ("America/New_York", 4)}


async def _places() -> list[Place]:
    return [Place(f"business:{name}", zone, hour, partial(Page, name)) for name, (zone, hour) in ZONES.items()]


async def test_a_run_is_put_in_once_whoever_schedules_it(
    relay: Database, queue: JobQueue, clock: FixedClock, works: Works
) -> None:
    """Several schedulers look every minute around the hours of two zones, one of them starting anew each time."""
    schedules = [Schedule(NIGHT, _places)]
    steady = Scheduler(relay, queue, schedules, clock=clock)
    clock.set(datetime(2027, 3, 28, 0, 59, 30, tzinfo=UTC))
    await steady.step()
    seen = {job.key for job in await jobs(relay)}
    assert seen == {"test_night/business:grand/2027-03-27", "test_night/business:harbour/2027-03-27"}
    added = []
    for minute in range(0, 12 * 60, 30):
        clock.set(datetime(2027, 3, 28, 1, tzinfo=UTC) + timedelta(minutes=minute))
        fresh = Scheduler(relay, queue, schedules, clock=clock)
        put = sum(await asyncio.gather(steady.step(), fresh.step(), fresh.step()))
        if put:
            added.append((clock.now().hour, put))
    assert added == [(1, 1), (8, 1)], "at the change in Bucharest; at 4 in New York, in summer time already"


async def test_what_nobody_put_in_while_nobody_worked_is_caught_up(
    relay: Database, queue: JobQueue, clock: FixedClock
) -> None:
    last = Scheduler(relay, queue, [Schedule(NIGHT, _places)], clock=clock)
    each = Scheduler(relay, queue, [Schedule(NIGHT, _places, days_back=7)], clock=clock)
    clock.set(NOW)
    assert await each.step() == 14
    clock.set(NOW + timedelta(days=3))
    assert await each.step() == 6, "three nights of each"
    clock.set(NOW + timedelta(days=30))
    assert await last.step() == 2, "one run makes up for all that were missed"
