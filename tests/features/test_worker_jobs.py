"""The worker process at a job: really killed, and told to stop; another one does the job."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from features.test_worker import PATIENCE_SECONDS, said, variables, working
from omd.db import Database
from omd.entrypoints.jobs import OF_THE_PLATFORM
from omd.entrypoints.mailing import LetterQueue
from omd.infra.keyring import Keyring
from omd.infra.mail import Letter
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
        while await owner_connection.fetchval(done) < len(OF_THE_PLATFORM) + 2 * 2 + 3:
            pass
    assert await owner_connection.fetchval("select count(*) from jobs") == 0
    assert await owner_connection.fetchval("select count(*) from idempotency_keys") == 0
