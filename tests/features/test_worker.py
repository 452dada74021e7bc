"""The worker process: it passes events on, stops when told to, and another takes its place when it dies."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import psutil
import pytest
from prometheus_client import CollectorRegistry

from omd.db import Database
from omd.db.embedded.processes import wait_until
from omd.entrypoints.settings import load_settings
from omd.entrypoints.worker_beside import WorkerBeside
from omd.infra.all_processes import FOLDER, AllProcesses, forget_process
from omd.infra.events import Tail, Watch
from omd.infra.keyring import Keyring
from support.figures import figure, scraped
from support.servers import Servers
from support.serving import free_port
from support.worlds import Connection, World

PATIENCE_SECONDS = 60.0


@pytest.fixture
def variables(servers: Servers, database_name: str, redis_url: str, tmp_path: Path) -> dict[str, str]:
    """The environment of a worker on the test's database."""
    return {
        "OMD_HOME": str(tmp_path),
        "OMD_DATABASE_URL": servers.dsn(user="omd_app", database=database_name),
        "OMD_EVENTS_DATABASE_URL": servers.dsn(user="omd_relay", database=database_name),
        "OMD_REDIS_URL": redis_url,
        "OMD_SECRET_KEYS": Keyring.make_key(),
        "OMD_LOG_LEVEL": "info",
    }


@asynccontextmanager
async def working(variables: dict[str, str]) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run `omd worker` until the end of the block."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("OMD_")} | variables
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-c", "from omd.entrypoints.cli import main; main()", "worker"),
        env=environment,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def happen(connection: Connection, world: World, name: str) -> None:
    """Let something happen."""
    await connection.execute(
        "insert into events (omd_id, business_id, aggregate, aggregate_id, aggregate_version, type, actor, data) "
        "values ($1, null, 'test', $2, 1, 'test.happened', 'test', '{}')",
        *(world.alpha.id, name),
    )


async def passed_on(connection: Connection, name: str) -> int:
    """Wait until something that happened has its position; return it."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            position: int | None = await connection.fetchval(
                "select position from events where aggregate_id = $1", name
            )
            if position is not None:
                return position


async def said(process: asyncio.subprocess.Process, word: str) -> None:
    """Wait until a process logs a word."""
    assert process.stderr is not None
    async with asyncio.timeout(PATIENCE_SECONDS):
        while word not in (await process.stderr.readline()).decode():
            assert process.returncode is None, "the worker ended"


async def test_what_happened_while_nobody_worked_is_passed_on_in_order(
    variables: dict[str, str], owner_connection: Connection, world: World
) -> None:
    for name in ("one", "two"):
        await happen(owner_connection, world, name)
    async with working(variables):
        assert [await passed_on(owner_connection, name) for name in ("one", "two")] == [1, 2]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_worker_that_is_told_to_stop_ends_in_order(
    variables: dict[str, str], owner_connection: Connection, world: World, number: signal.Signals
) -> None:
    async with working(variables) as worker:
        await happen(owner_connection, world, "one")
        await passed_on(owner_connection, "one")
        worker.send_signal(number)
        async with asyncio.timeout(PATIENCE_SECONDS):
            assert await worker.wait() == 0


async def test_another_worker_takes_over_when_the_leader_is_killed(
    variables: dict[str, str], owner_connection: Connection, world: World
) -> None:
    async with working(variables) as leader:
        await said(leader, "relay_leads")
        async with working(variables) as other:
            await said(other, "worker_begins")
            await happen(owner_connection, world, "one")
            await passed_on(owner_connection, "one")
            leader.kill()
            await leader.wait()
            await happen(owner_connection, world, "two")
            await said(other, "relay_leads")
            assert await passed_on(owner_connection, "two") == 2


async def test_the_worker_beside_a_server_is_replaced_when_it_is_killed(
    variables: dict[str, str], owner_connection: Connection, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    before = {child.pid for child in psutil.Process().children()}
    with WorkerBeside(load_settings(), log_level="warning") as beside:
        beside.start()
        await happen(owner_connection, world, "one")
        await passed_on(owner_connection, "one")
        for child in psutil.Process().children():
            if child.pid not in before and "spawn_main" in " ".join(child.cmdline()):
                child.kill()
        await happen(owner_connection, world, "two")
        assert await passed_on(owner_connection, "two") == 2
    left = [child for child in psutil.Process().children() if child.pid not in before]
    assert [child for child in left if "spawn_main" in " ".join(child.cmdline())] == []


def told_at(port: int) -> str:
    """Return what is told at a port."""
    return httpx.get(f"http://127.0.0.1:{port}/metrics").text


async def test_a_worker_by_itself_tells_what_it_does(
    variables: dict[str, str], owner_connection: Connection, world: World
) -> None:
    port = free_port()
    async with working(variables | {"OMD_WORKER_METRICS_PORT": str(port)}) as worker:
        await said(worker, "relay_leads")
        await happen(owner_connection, world, "one")
        await passed_on(owner_connection, "one")
        # The position is there when the relay's step has committed, a moment before it is counted.
        assert await asyncio.to_thread(
            wait_until, lambda: bool(scraped(told_at(port), "omd_event_lag_seconds_count")), PATIENCE_SECONDS
        )
        told = told_at(port)
        assert scraped(told, "omd_events_positioned_total") == 1
        assert scraped(told, "omd_relay_leads") == 1
        assert scraped(told, "omd_database_up") == 1
        assert 'omd_jobs{state="dead"}' in told
        assert "omd_statement_seconds_count" in told
        for name in ("omd_workers ", "omd_redis_up ", "omd_requests_in_flight "):
            assert name not in told, "it serves nobody, and asks no Redis"


async def test_a_worker_whose_port_for_figures_is_taken_says_so(variables: dict[str, str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen(1)
        port = str(taken.getsockname()[1])
        async with working(variables | {"OMD_WORKER_METRICS_PORT": port}) as worker:
            await said(worker, "OMD_WORKER_METRICS_PORT=")
            async with asyncio.timeout(PATIENCE_SECONDS):
                assert await worker.wait() == 1


async def test_how_long_events_wait_is_told_where_no_relay_is(
    events: Database, owner_connection: Connection, world: World
) -> None:
    tail = Tail(events)
    await tail.step()
    await owner_connection.execute(
        "insert into events (omd_id, aggregate, aggregate_id, aggregate_version, type, actor, data, recorded_at) "
        "values ($1, 'test', 'one', 1, 'test.happened', 'test', '{}', now() - interval '1 hour')",
        world.alpha.id,
    )
    await Watch(events, tail).look()
    assert figure("omd_event_waiting_seconds") >= 3600


def test_the_gauges_of_a_child_that_has_ended_are_not_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(FOLDER, str(tmp_path))
    leading = "from omd.infra.events.relay import LEADS, POSITIONED; LEADS.set(1); POSITIONED.inc(3)"
    child = subprocess.run(
        [sys.executable, "-c", f"import os; {leading}; print(os.getpid())"], check=True, capture_output=True, text=True
    )

    def told() -> dict[str, float]:
        metrics = AllProcesses(tmp_path, CollectorRegistry()).collect()
        return {sample.name: sample.value for each in metrics for sample in each.samples}

    assert told()["omd_relay_leads"] == 1
    forget_process(int(child.stdout))
    assert "omd_relay_leads" not in told()
    assert told()["omd_events_positioned_total"] == 3
