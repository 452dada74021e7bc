"""The worker process at a job: really killed, and told to stop; another one does the job."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from features.test_worker import PATIENCE_SECONDS, said, variables, working
from omd.db import Database
from omd.entrypoints.jobs import OF_THE_PLATFORM, PURGE_ANSWERS, OnDate
from omd.entrypoints.mailing import LetterQueue
from omd.infra.jobs import JobQueue, new_job
from omd.infra.keyring import Keyring
from omd.infra.mail import Letter
from omd.kernel.clock import SystemClock
from support.databases import opened
from support.machine_clock import MachineClock
from support.mail_server import mail_server
from support.servers import Servers
from support.worlds import Connection, World

LETTER = Letter("invitation", "ana@grand.example", "You are invited", "http://x/#s3cret\n")
__all__ = ["variables"]


@asynccontextmanager
async def silent_mail_server() -> AsyncIterator[tuple[int, asyncio.Event]]:
    """A mail server that takes a call and never says a word; its port, and whether it was called."""
    called, over = asyncio.Event(), asyncio.Event()

    async def take(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        called.set()
        await over.wait()
        writer.close()

    server = await asyncio.start_server(take, "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1], called
    over.set()
    server.close()
    await server.wait_closed()


@pytest.fixture
def environment(variables: dict[str, str], servers: Servers, database_name: str) -> dict[str, str]:
    """A worker's environment, with a login that may take every role."""
    return variables | {"OMD_DATABASE_URL": servers.dsn(user="postgres", database=database_name)}


async def put_letter(db: Database, environment: dict[str, str]) -> None:
    async with db.transaction(None) as tx:
        await LetterQueue(Keyring.parse(environment["OMD_SECRET_KEYS"])).put(tx, LETTER)


async def until_done(connection: Connection) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while await connection.fetchval("select count(*) from jobs where entrypoint = 'send_mail'"):
            pass


async def test_a_letter_whose_worker_was_killed_is_sent_by_the_next(
    environment: dict[str, str], db: Database, owner_connection: Connection, world: World
) -> None:
    await put_letter(db, environment)
    async with (
        silent_mail_server() as (port, called),
        working(environment | {"OMD_SMTP_URL": f"smtp://127.0.0.1:{port}"}) as worker,
    ):
        await asyncio.wait_for(called.wait(), PATIENCE_SECONDS)
        worker.send_signal(signal.SIGKILL)
        await worker.wait()
    claim = "select status::text, queue_manager_id is not null from jobs where entrypoint = 'send_mail'"
    assert tuple(await owner_connection.fetchrow(claim) or ()) == ("picked", True)
    async with (
        mail_server() as server,
        working(environment | {"OMD_SMTP_URL": f"smtp://127.0.0.1:{server.port}"}) as worker,
    ):
        await said(worker, "worker_begins")
        assert server.letters == [], "it is taken over when its worker was silent for half a minute"
        await owner_connection.execute("update jobs set heartbeat = heartbeat - interval '31 seconds'")
        await until_done(owner_connection)
    assert len(server.letters) == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_worker_told_to_stop_hands_its_letter_to_the_next_at_once(
    environment: dict[str, str], db: Database, owner_connection: Connection, world: World, number: signal.Signals
) -> None:
    await put_letter(db, environment)
    async with (
        silent_mail_server() as (port, called),
        working(environment | {"OMD_SMTP_URL": f"smtp://127.0.0.1:{port}"}) as worker,
    ):
        await asyncio.wait_for(called.wait(), PATIENCE_SECONDS)
        worker.send_signal(number)
        async with asyncio.timeout(PATIENCE_SECONDS):
            assert await worker.wait() == 0
    async with (
        mail_server() as server,
        working(environment | {"OMD_SMTP_URL": f"smtp://127.0.0.1:{server.port}"}),
    ):
        await until_done(owner_connection)
    assert len(server.letters) == 1


async def test_the_worker_does_the_daily_work_without_being_asked(
    environment: dict[str, str], owner_connection: Connection, world: World
) -> None:
    await owner_connection.execute(
        "insert into idempotency_keys (omd_id, actor, key, request_hash, status, headers, body, created_at) "
        "values ($1, 'test', 'old', '', 200, '{}', '', now() - interval '2 days')",
        world.alpha.id,
    )
    done = "select count(*) from job_log where status = 'successful'"
    async with working(environment), asyncio.timeout(PATIENCE_SECONDS):
        while await owner_connection.fetchval(done) < len(OF_THE_PLATFORM) + 2 * 2 + 2 * 3:
            pass
    assert await owner_connection.fetchval("select count(*) from jobs") == 0
    assert await owner_connection.fetchval("select count(*) from idempotency_keys") == 0


async def test_a_worker_whose_clock_is_wrong_leaves_the_daily_work_until_it_is_right(
    environment: dict[str, str],
    db: Database,
    servers: Servers,
    database_name: str,
    owner_connection: Connection,
    world: World,
    tmp_path: Path,
) -> None:
    """Neither planned nor done: guests would be forgotten by a date that is not there yet. Letters go out."""
    machine = MachineClock(tmp_path)
    machine.set(datetime.now(UTC) + timedelta(days=3))
    async with opened(servers, database_name, "omd_relay") as relay:
        queue = JobQueue(relay, keyring=None, clock=SystemClock())
        await queue.put(new_job(PURGE_ANSWERS, OnDate(datetime.now(UTC).date()), key="by hand"))
    await put_letter(db, environment)
    async with (
        mail_server() as server,
        working(environment | machine.variables | {"OMD_SMTP_URL": f"smtp://127.0.0.1:{server.port}"}) as worker,
    ):
        await said(worker, "worker_clock_wrong")
        await until_done(owner_connection)
        assert len(server.letters) == 1
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not await owner_connection.fetchval(PUT_OFF):
                pass
        assert await owner_connection.fetchval("select array_agg(key) from job_keys") == ["purge_answers/by hand"]
        machine.set(datetime.now(UTC))
        await said(worker, "worker_clock_right")
        await owner_connection.execute("update jobs set execute_after = now()")
        planned = 1 + len(OF_THE_PLATFORM) + 2 * 2 + 2 * 3
        done = "select count(*) from job_log where status = 'successful'"
        async with asyncio.timeout(PATIENCE_SECONDS):
            while await owner_connection.fetchval(done) <= planned:
                pass
    assert await owner_connection.fetchval("select count(*) from job_keys") == planned
    assert await owner_connection.fetchval("select count(*) from jobs") == 0


PUT_OFF = """
select count(*) from job_log where traceback ->> 'exception_message' = 'put off by a worker whose clock is wrong'
"""
