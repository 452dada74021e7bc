"""Jobs: put in once, done, tried again, given up in sight, thrown away."""

import asyncio
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial

import asyncpg
import pytest

from omd.db import Database
from omd.infra.jobs import (
    Attempt,
    JobFailed,
    JobNotDead,
    JobNotFound,
    JobQueue,
    JobUnderWay,
    discard_job,
    list_steps,
    new_job,
    purge_jobs,
    retry_job,
)
from support.jobs import PAGE, SECRET, Page, Works, jobs, until
from support.logs import lines, logged
from support.servers import Servers
from support.worlds import Connection

DEAD_KEPT = timedelta(days=90)


async def test_a_job_is_done_once_and_its_steps_are_kept(queue: JobQueue, works: Works, relay: Database) -> None:
    done: list[tuple[Page, Attempt]] = []

    async def work(page: Page, attempt: Attempt) -> None:
        done.append((page, attempt))

    assert await queue.put(new_job(PAGE, Page("one"), key="one"), new_job(PAGE, Page("two"))) == 2
    first = {job.key: job.id for job in await jobs(relay)}
    works.start(work)
    await until(relay)
    assert sorted(page.name for page, _ in done) == ["one", "two"]
    assert {attempt.key for _, attempt in done} == {"test_page/one", f"job/{first[None]}"}
    async with relay.reading(None) as tx:
        assert [step.step for step in await list_steps(tx, first["test_page/one"])] == ["put in", "taken", "done"]


async def test_under_one_name_a_job_is_put_in_once_ever(queue: JobQueue, works: Works, relay: Database) -> None:
    """By several at once too, and after it was done."""
    done: list[str] = []

    async def work(page: Page, _attempt: Attempt) -> None:
        done.append(page.name)

    put = await asyncio.gather(*(queue.put(new_job(PAGE, Page("one"), key="one")) for _ in range(8)))
    assert sorted(put) == [0] * 7 + [1]
    works.start(work)
    await until(relay)
    assert await queue.put(new_job(PAGE, Page("one"), key="one"), new_job(PAGE, Page("two"), key="two")) == 1
    await until(relay)
    assert done == ["one", "two"]


async def test_a_job_is_put_in_with_what_caused_it_or_not_at_all(queue: JobQueue, relay: Database) -> None:
    async with relay.transaction(None) as tx:
        assert await queue.put_in(tx, [new_job(PAGE, Page("one"), key="one")] * 2) == 1
    with suppress(ZeroDivisionError):
        async with relay.transaction(None) as tx:
            await queue.put_in(tx, [new_job(PAGE, Page("two"), key="two")])
            raise ZeroDivisionError
    assert [job.key for job in await jobs(relay)] == ["test_page/one"]
    assert await queue.put(new_job(PAGE, Page("two"), key="two")) == 1


async def test_what_fails_is_tried_again_and_then_waits_for_an_operator(
    queue: JobQueue, works: Works, relay: Database
) -> None:
    attempts: list[int] = []
    failing = True

    async def work(_page: Page, attempt: Attempt) -> None:
        attempts.append(attempt.number)
        if failing:
            raise JobFailed(f"no paper in attempt {attempt.number}")

    await queue.put(new_job(PAGE, Page("one"), key="one"))
    works.start(work)
    (dead,) = await until(relay, "dead")
    assert (attempts, dead.attempts, dead.last_error) == ([1, 2, 3], 3, "no paper in attempt 3")
    assert await queue.put(new_job(PAGE, Page("one"), key="one")) == 0, "it is there for its operator"
    failing = False
    await relay.write(None, partial(retry_job, job_id=dead.id))
    await until(relay)
    assert attempts == [1, 2, 3, 1]
    with pytest.raises(JobNotFound):
        await relay.write(None, partial(retry_job, job_id=dead.id))
    async with relay.reading(None) as tx:
        steps = [step.step for step in await list_steps(tx, dead.id)]
    again = ["taken", "to be tried again"]
    assert steps == ["put in", *again, *again, "taken", "given up", "put in", "taken", "done"]


async def test_why_it_failed_quotes_nobody(queue: JobQueue, works: Works, relay: Database) -> None:
    """What a library or a server says may quote a guest: just our own sentences are kept."""

    async def work(_page: Page, _attempt: Attempt) -> None:
        raise ValueError("ana@grand.example is no address") from KeyError("ana")

    await queue.put(new_job(PAGE, Page("one")))
    works.start(work)
    (dead,) = await until(relay, "dead")
    assert dead.last_error == "ValueError"
    async with relay.reading(None) as tx:
        assert "ana" not in str(await list_steps(tx, dead.id))


async def test_only_the_dead_are_retried_and_only_what_nobody_is_at_is_discarded(
    queue: JobQueue, works: Works, relay: Database
) -> None:
    let = asyncio.Event()

    async def work(_page: Page, _attempt: Attempt) -> None:
        await let.wait()

    await queue.put(new_job(PAGE, Page("later"), delay=timedelta(days=1)))
    (later,) = await until(relay, "waiting")
    with pytest.raises(JobNotDead):
        await relay.write(None, partial(retry_job, job_id=later.id))
    await relay.write(None, partial(discard_job, job_id=later.id))
    assert await jobs(relay) == []
    with pytest.raises(JobNotFound):
        await relay.write(None, partial(discard_job, job_id=later.id))
    await queue.put(new_job(PAGE, Page("now")))
    works.start(work)
    (now,) = await until(relay, "running")
    with pytest.raises(JobUnderWay):
        await relay.write(None, partial(discard_job, job_id=now.id))
    let.set()
    await until(relay)


async def test_what_a_secret_job_knows_lies_encrypted(
    queue: JobQueue, works: Works, relay: Database, owner_connection: Connection
) -> None:
    known: list[str] = []

    async def work(page: Page, _attempt: Attempt) -> None:
        known.append(page.name)

    await queue.put(new_job(SECRET, Page("token-of-a-link")), new_job(PAGE, Page("plain")))
    payloads = await owner_connection.fetch("select entrypoint, payload from jobs")
    assert {row["entrypoint"]: b"token" in row["payload"] or b"plain" in row["payload"] for row in payloads} == {
        "test_secret": False,
        "test_page": True,
    }
    works.start(work, SECRET, PAGE)
    await until(relay)
    assert sorted(known) == ["plain", "token-of-a-link"]
    assert await owner_connection.fetchval("select count(*) from jobs") == 0


async def test_a_request_puts_in_letters_and_nothing_else(servers: Servers, database_name: str) -> None:
    put = "select put_job_for_request($1, 0, '')"
    for role, kind in (("omd_app", "purge_jobs"), ("omd_guest", "send_mail"), ("omd_maintenance", "send_mail")):
        connection = await asyncpg.connect(servers.dsn(user=role, database=database_name))
        try:
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(put, kind)
        finally:
            await connection.close()


async def test_no_request_reads_or_writes_jobs(servers: Servers, database_name: str) -> None:
    for role in ("omd_app", "omd_guest", "omd_maintenance"):
        connection = await asyncpg.connect(servers.dsn(user=role, database=database_name))
        try:
            for table in ("jobs", "job_log", "job_keys", "job_effects"):
                with pytest.raises(asyncpg.InsufficientPrivilegeError):
                    await connection.execute(f"select from {table}")
                with pytest.raises(asyncpg.InsufficientPrivilegeError):
                    await connection.execute(f"delete from {table}")
        finally:
            await connection.close()


async def test_after_a_month_the_steps_of_what_is_done_are_thrown_away(
    queue: JobQueue, works: Works, relay: Database, owner_connection: Connection
) -> None:
    async def work(page: Page, _attempt: Attempt) -> None:
        if page.name == "dead":
            raise JobFailed("never")

    await queue.put(new_job(PAGE, Page("done"), key="done"), new_job(PAGE, Page("dead"), key="dead"))
    works.start(work)
    await until(relay, "dead")
    now = datetime.now(UTC)
    assert await purge_jobs(relay, now=now + timedelta(days=29), dead_kept=DEAD_KEPT) == 0
    assert await purge_jobs(relay, now=now + timedelta(days=31), dead_kept=DEAD_KEPT) == 3
    kept = await owner_connection.fetch("select distinct l.job_id from job_log l join jobs j on j.id = l.job_id")
    assert len(kept) == 1
    assert await queue.put(new_job(PAGE, Page("done"), key="done")) == 0, "its name is known for longer"


async def test_what_was_given_up_waits_for_its_operator_for_so_long_and_no_longer(
    queue: JobQueue, works: Works, relay: Database
) -> None:
    async def work(_page: Page, _attempt: Attempt) -> None:
        raise JobFailed("never")

    await queue.put(*(new_job(PAGE, Page(str(number)), key=str(number)) for number in range(3)))
    works.start(work)
    await until(relay, *["dead"] * 3)
    await queue.put(new_job(PAGE, Page("later"), delay=timedelta(days=365)))
    now = datetime.now(UTC)
    await purge_jobs(relay, now=now + timedelta(days=89), dead_kept=DEAD_KEPT)
    assert len(await jobs(relay)) == 4
    with logged() as written:
        await purge_jobs(relay, now=now + timedelta(days=91), dead_kept=DEAD_KEPT)
    assert [line["jobs"] for line in lines(written, "dead_jobs_forgotten")] == [3]
    (left,) = await jobs(relay)
    assert left.state == "waiting"
    assert await queue.put(new_job(PAGE, Page("0"), key="0")) == 0, "its name stays used"
