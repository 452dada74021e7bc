"""The scheduler: every run once, whoever schedules it, and what was missed."""

import asyncio
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from omd.db import Database
from omd.infra.events import Event
from omd.infra.jobs import (
    ClockWatch,
    ClockWrong,
    Follower,
    JobQueue,
    NewJob,
    Place,
    Schedule,
    Scheduler,
    database_time,
    new_job,
)
from omd.kernel.clock import FixedClock
from support.figures import figure
from support.jobs import NIGHT, PAGE, Page, Works, agreeing, jobs
from support.logs import lines, logged
from support.relayed import last_position, relayed
from support.servers import Servers
from support.worlds import NOW, Connection, World

ZONES = {"grand": ("Europe/Bucharest", 4), "harbour": ("America/New_York", 4)}


async def _places() -> list[Place]:
    return [Place(f"business:{name}", zone, hour, partial(Page, name)) for name, (zone, hour) in ZONES.items()]


async def test_a_run_is_put_in_once_whoever_schedules_it(
    relay: Database, queue: JobQueue, clock: FixedClock, works: Works
) -> None:
    """Several schedulers look every minute around the hours of two zones, one of them starting anew each time."""
    schedules = [Schedule(NIGHT, _places)]
    steady = Scheduler(queue, schedules, clock=clock, clock_watch=agreeing(clock))
    clock.set(datetime(2027, 3, 28, 0, 59, 30, tzinfo=UTC))
    await steady.step()
    seen = {job.key for job in await jobs(relay)}
    assert seen == {"test_night/business:grand/2027-03-27", "test_night/business:harbour/2027-03-27"}
    added = []
    for minute in range(0, 12 * 60, 30):
        clock.set(datetime(2027, 3, 28, 1, tzinfo=UTC) + timedelta(minutes=minute))
        fresh = Scheduler(queue, schedules, clock=clock, clock_watch=agreeing(clock))
        put = sum(await asyncio.gather(steady.step(), fresh.step(), fresh.step()))
        if put:
            added.append((clock.now().hour, put))
    assert added == [(1, 1), (8, 1)], "at the change in Bucharest; at 4 in New York, in summer time already"


async def test_what_nobody_put_in_while_nobody_worked_is_caught_up(
    relay: Database, queue: JobQueue, clock: FixedClock
) -> None:
    last = Scheduler(queue, [Schedule(NIGHT, _places)], clock=clock, clock_watch=agreeing(clock))
    each = Scheduler(queue, [Schedule(NIGHT, _places, days_back=7)], clock=clock, clock_watch=agreeing(clock))
    clock.set(NOW)
    assert await each.step() == 14
    clock.set(NOW + timedelta(days=3))
    assert await each.step() == 6, "three nights of each"
    clock.set(NOW + timedelta(days=30))
    assert await last.step() == 2, "one run makes up for all that were missed"


async def test_every_event_is_asked_once_what_it_causes(
    servers: Servers, database_name: str, relay: Database, queue: JobQueue, owner_connection: Connection, world: World
) -> None:
    """By several followers at once; one that died after it put jobs in, and before it said so, puts in none twice."""
    asked: list[str] = []

    def causes(event: Event) -> NewJob | None:
        asked.append(event.aggregate_id)
        return new_job(PAGE, Page(event.aggregate_id), key=f"event:{event.position}") if event.type == "a.b" else None

    for number in range(20):
        await owner_connection.execute(
            "insert into events (omd_id, business_id, aggregate, aggregate_id, aggregate_version, type, actor, data) "
            "values ($1, null, 'test', $2, 1, $3, 'test', '{}')",
            *(world.alpha.id, f"{number:02}", "a.c" if number % 2 else "a.b"),
        )
    async with relayed(servers, database_name):
        await last_position(owner_connection)
    while any(await asyncio.gather(*(Follower(relay, queue, causes).step() for _ in range(4)))):
        pass
    evens = [f"test_page/event:{position}" for position in range(1, 21, 2)]
    assert sorted(asked) == [f"{number:02}" for number in range(20)]
    assert sorted(job.key or "" for job in await jobs(relay)) == sorted(evens)
    await owner_connection.execute("update job_cursor set position = 0")
    assert await Follower(relay, queue, causes).step()
    assert len(await jobs(relay)) == 10


async def test_a_worker_whose_clock_is_wrong_plans_nothing_until_it_is_right(
    relay: Database, queue: JobQueue, clock: FixedClock
) -> None:
    """Days ahead it would use up the names of dates that are not there yet; behind, do the work of old ones again."""
    database = FixedClock(NOW)

    async def told() -> datetime:
        return database.now()

    scheduler = Scheduler(queue, [Schedule(NIGHT, _places)], clock=clock, clock_watch=ClockWatch(clock, told))
    with logged() as written:
        for wrong in (timedelta(days=3), timedelta(minutes=5, seconds=1), -timedelta(days=3)):
            clock.set(NOW + wrong)
            with pytest.raises(ClockWrong, match=f"{clock.now():%Y-%m-%d %H:%M}"):
                await scheduler.step()
            assert figure("omd_worker_clock_apart_seconds") == abs(wrong.total_seconds())
        assert await jobs(relay) == []
        clock.set(NOW + timedelta(minutes=4))
        assert await scheduler.step() == 2
    assert len(lines(written, "worker_clock_wrong")) == 1, "told once, when it begins"
    assert len(lines(written, "worker_clock_right")) == 1
    assert {job.key for job in await jobs(relay)} == {
        "test_night/business:grand/2027-03-01",
        "test_night/business:harbour/2027-03-01",
    }


async def test_the_reference_is_the_time_of_the_database(relay: Database) -> None:
    before = datetime.now(UTC)
    told = await database_time(relay)()
    assert before - timedelta(seconds=1) <= told <= datetime.now(UTC) + timedelta(seconds=1)
