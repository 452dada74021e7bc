"""Workers at jobs: stopped, taken for dead, cut off from the database; two at one job."""

import asyncio
from contextlib import suppress
from datetime import timedelta

import pytest

from omd.db import Database, Statement
from omd.infra.jobs import (
    Attempt,
    JobQueue,
    Terms,
    new_job,
    once,
)
from support.jobs import PAGE, PATIENCE_SECONDS, Page, Works, jobs, until
from support.worlds import Connection, World, hotel_actor

CUT = (
    "select count(pg_terminate_backend(pid)) from pg_stat_activity "
    "where usename = 'omd_relay' and datname = current_database()"
)
NOTE = Statement(
    "note",
    "insert into events (omd_id, business_id, aggregate, aggregate_id, aggregate_version, type, actor, data) "
    "values ($1, $2, 'test', 'one', 1, 'test.audited', 'test', '{}')",
    (),
    "none",
    None,
    "Writes that something happened.",
    "tests/test_jobs",
)


async def test_who_stops_in_order_lets_a_job_end_and_hands_back_the_rest(
    queue: JobQueue, works: Works, relay: Database
) -> None:
    begun, let = [asyncio.Event(), asyncio.Event()], asyncio.Event()
    attempts: list[tuple[str, int]] = []

    async def work(page: Page, attempt: Attempt) -> None:
        attempts.append((page.name, attempt.number))
        begun[page.name == "long"].set()
        if page.name == "short":
            await let.wait()
        elif len(attempts) <= 2:
            await asyncio.Event().wait()

    await queue.put(new_job(PAGE, Page("short")), new_job(PAGE, Page("long")))
    stopping = works.start(work, terms=Terms(stops_within=timedelta(seconds=1)))
    await asyncio.gather(*(each.wait() for each in begun))
    stopping.set()
    let.set()
    await works.stop()
    (left,) = await jobs(relay)
    assert (left.state, left.last_error) == ("due", "handed back by a worker that stopped")
    works.start(work)
    await until(relay)
    assert sorted(attempts) == [("long", 1), ("long", 1), ("short", 1)], "an attempt handed back does not count"


async def test_two_workers_do_each_job_once(queue: JobQueue, works: Works, relay: Database) -> None:
    done: list[str] = []

    async def work(page: Page, _attempt: Attempt) -> None:
        done.append(page.name)

    names = [f"{number:02}" for number in range(40)]
    await queue.put(*(new_job(PAGE, Page(name), key=name) for name in names))
    for _ in range(3):
        works.start(work)
    await until(relay)
    assert sorted(done) == names


@pytest.mark.parametrize("guarded", [True, False])
async def test_two_workers_at_one_job_have_its_effect_once(
    queue: JobQueue,
    works: Works,
    relay: Database,
    db: Database,
    owner_connection: Connection,
    world: World,
    guarded: bool,
) -> None:
    """One worker stands still and is taken for dead; another does its job; the first wakes up and goes on.

    Without the guard the effect is there twice.
    """
    actor = hotel_actor(world.grand)
    standing, wake, finished = asyncio.Event(), asyncio.Event(), asyncio.Semaphore(0)

    async def work(_page: Page, attempt: Attempt) -> None:
        if not standing.is_set():
            standing.set()
            await wake.wait()
        async with db.transaction(actor) as tx:
            if not guarded or await once(tx, attempt):
                await tx.records(NOTE, actor.omd_id, world.grand.id)
        finished.release()

    await queue.put(new_job(PAGE, Page("night audit"), key="2027-03-01"))
    works.start(work)
    await standing.wait()
    await owner_connection.execute("update jobs set heartbeat = now() - interval '1 hour'")
    works.start(work)
    await finished.acquire()
    wake.set()
    await finished.acquire()
    await until(relay)
    written = await owner_connection.fetchval("select count(*) from events where type = 'test.audited'")
    assert written == (1 if guarded else 2)


async def test_a_second_worker_waits_for_the_first_ones_effect(
    db: Database, world: World, owner_connection: Connection
) -> None:
    """Both are in their transactions at once: the first undoes its work, so the second has the effect."""
    actor, attempt = hotel_actor(world.grand), Attempt(1, "test_page/one", 1)
    async with db.transaction(actor) as second:
        with suppress(ZeroDivisionError):
            async with db.transaction(actor) as first:
                assert await once(first, attempt)
                waiting = asyncio.create_task(once(second, attempt))
                await _until_blocked(owner_connection)
                raise ZeroDivisionError
        assert await waiting
    async with db.transaction(actor) as third:
        assert not await once(third, attempt)


async def _until_blocked(connection: Connection) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not await connection.fetchval("select count(*) from pg_locks where not granted"):
            pass


async def test_a_job_that_takes_its_workers_with_it_is_given_up(
    queue: JobQueue, works: Works, relay: Database, owner_connection: Connection
) -> None:
    """It was taken three times by workers that never said what came of it."""
    reached = False

    async def work(_page: Page, _attempt: Attempt) -> None:
        nonlocal reached
        reached = True

    await queue.put(new_job(PAGE, Page("one")))
    await owner_connection.execute(
        "insert into job_log (job_id, status, priority, entrypoint) "
        "select id, 'picked', 0, entrypoint from jobs, generate_series(1, 3)"
    )
    works.start(work)
    (dead,) = await until(relay, "dead")
    assert (reached, dead.last_error) == (False, "its worker died in attempt 3")


async def test_a_database_that_is_away_costs_no_attempt(
    queue: JobQueue, works: Works, owner_connection: Connection
) -> None:
    """The worker's connections are cut off again and again while it is at a job, and when the job ends."""
    attempts: list[int] = []
    begun, let = asyncio.Event(), asyncio.Event()

    async def work(_page: Page, attempt: Attempt) -> None:
        attempts.append(attempt.number)
        begun.set()
        await let.wait()

    await queue.put(new_job(PAGE, Page("one")))
    works.start(work)
    await begun.wait()
    async with asyncio.timeout(PATIENCE_SECONDS):
        for _ in range(5):
            while not await owner_connection.fetchval(CUT):
                pass
        let.set()
        while await owner_connection.fetchval("select count(*) from jobs"):
            pass
    assert attempts == [1]


async def test_who_stops_while_the_database_is_away_gives_no_job_up(
    queue: JobQueue, works: Works, owner_connection: Connection
) -> None:
    """It cannot put the job back: the job stays taken, until its worker was silent for long enough."""
    begun = asyncio.Event()

    async def work(_page: Page, _attempt: Attempt) -> None:
        begun.set()
        await asyncio.Event().wait()

    await queue.put(new_job(PAGE, Page("one")))
    works.start(work, terms=Terms(stops_within=timedelta(0)))
    await begun.wait()
    stopped = asyncio.create_task(works.stop())
    while not stopped.done():
        await owner_connection.fetchval(CUT)
    await stopped
    assert await owner_connection.fetchval("select status::text from jobs") in {"picked", "queued"}
