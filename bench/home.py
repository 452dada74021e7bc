"""The servers that are measured: an own PostgreSQL and Redis in a folder of their own, and the real API."""

import http.client
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path

import msgspec
import psutil

from bench.http_client import Address
from bench.model import BenchFailed
from omd.db.embedded import EmbeddedPostgres, HomeLock
from omd.db.embedded.postgres import DATABASE, SUPERUSER
from omd.entrypoints.settings import load_settings
from omd.infra.embedded_redis import EmbeddedRedis
from omd.infra.keyring import Keyring

ROOT = Path(__file__).resolve().parents[1]
NEVER_REFUSED = "*.*=200000/10"
"""The rate limits of every scenario but the one about limits: counted as always, and wider than any load here."""

_READY_SECONDS = 60.0
_STOP_SECONDS = 15.0


class CpuSeconds(msgspec.Struct, frozen=True):
    """Processor time spent since the processes began."""

    client: float
    api: float
    postgres: float


class Api:
    """The running API and its worker processes."""

    def __init__(self, address: Address, process: psutil.Process) -> None:
        self.address = address
        self._process = process

    def workers(self) -> list[psutil.Process]:
        """Return the worker processes."""
        return [child for child in self._process.children() if "spawn_main" in " ".join(child.cmdline())]


class Home:
    """The database servers of one bench folder."""

    def __init__(self, folder: Path, postgres: EmbeddedPostgres, redis: EmbeddedRedis) -> None:
        self.folder = folder
        self.postgres = postgres
        self._redis = redis

    def sql(self, script: str, *, database: str = DATABASE) -> str:
        """Run a script as superuser and return the bare values it printed."""
        arguments = ("-XAtq", "-v", "ON_ERROR_STOP=1", "-f", "-")
        return self.postgres.run_program("psql", *arguments, database=database, script=script, seconds=3600.0).strip()

    def new_database(self) -> None:
        """Replace the database by an empty one."""
        self.sql(f"drop database if exists {DATABASE} with (force)", database="postgres")
        self.sql(f"create database {DATABASE}", database="postgres")

    @property
    def redis_url(self) -> str:
        """Return the address of Redis."""
        return self._redis.url

    @contextmanager
    def serving(
        self, *, program: str = "bench.api_server", rate_limits: str = NEVER_REFUSED, **more: str
    ) -> Iterator[Api]:
        """Run the API with its default number of workers; stop it at the end. `more` are variables it finds."""
        port = _free_port()
        self.sql(_LOGIN)
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("OMD_")},
            "OMD_HOME": str(self.folder),
            "OMD_DATABASE_URL": self.postgres.dsn(user="omd_login"),
            "OMD_REDIS_URL": self._redis.url,
            "OMD_PORT": str(port),
            "OMD_LOG_LEVEL": "warning",
            "OMD_SECRET_KEYS": Keyring.make_key(),
            "OMD_RATE_LIMITS": rate_limits,
            **more,
        }
        log = self.folder / f"api-{port}.log"
        with log.open("wb") as output:
            child = subprocess.Popen(
                [sys.executable, "-m", program],
                cwd=ROOT,
                env=environment,
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        try:
            address = Address("127.0.0.1", port)
            api = Api(address, psutil.Process(child.pid))
            _wait_until_ready(api, child, log)
            yield api
        finally:
            _stop(child)
        log.unlink()

    def cpu_seconds(self, api: Api | None) -> CpuSeconds:
        """Return the processor time of the client (this process), the API and PostgreSQL."""
        own = psutil.Process().cpu_times()
        workers = [worker.cpu_times() for worker in api.workers()] if api is not None else []
        pid = int((self.postgres.data_dir / "cluster" / "postmaster.pid").read_text(encoding="utf-8").split()[0])
        postmaster = psutil.Process(pid)
        times = postmaster.cpu_times()
        spent = times.user + times.system + times.children_user + times.children_system
        for child in postmaster.children():
            try:
                spent += sum(child.cpu_times()[:2])
            except psutil.NoSuchProcess:
                continue
        return CpuSeconds(own.user + own.system, sum(each.user + each.system for each in workers), spent)


_LOGIN = """
do $$ begin
    if to_regrole('omd_login') is null then
        create role omd_login login;
    end if;
    grant omd_app, omd_guest, omd_relay, omd_maintenance to omd_login;
end $$"""
"""As on a server of one's own: one login, which takes the role that each transaction asks for."""


@contextmanager
def opened_home(folder: Path) -> Iterator[Home]:
    """Start the servers of a bench folder with the product's own, durable, configuration; stop them at the end."""
    with (
        HomeLock(folder),
        EmbeddedPostgres(folder / "postgres") as postgres,
        EmbeddedRedis(folder / "redis") as redis,
    ):
        yield Home(folder, postgres, redis)


def remove_home(folder: Path) -> None:
    """Remove a bench folder with everything in it, unless somebody works in it."""
    if not folder.is_dir():
        return
    with HomeLock(folder):
        # A run that was killed may have left its servers.
        EmbeddedPostgres(folder / "postgres").stop()
        EmbeddedRedis(folder / "redis").stop()
        shutil.rmtree(folder)


def superuser_dsn(home: Home) -> str:
    """Return the address with which the migrations are run."""
    return home.postgres.dsn(user=SUPERUSER)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_until_ready(api: Api, child: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until every worker listens: who connects before that is all served by the ones that do."""
    wanted = load_settings({}).workers
    deadline = time.monotonic() + _READY_SECONDS
    while time.monotonic() < deadline and child.poll() is None:
        if sum(_listens(worker, api.address.port) for worker in api.workers()) == wanted and _answers(api.address):
            return
        time.sleep(0.1)
    raise BenchFailed(f"The API did not get ready. Its log:\n{log.read_text(encoding='utf-8', errors='replace')}")


def _listens(worker: psutil.Process, port: int) -> bool:
    try:
        sockets = worker.net_connections("tcp")
    except psutil.NoSuchProcess:
        return False
    return any(each.status == psutil.CONN_LISTEN and each.laddr.port == port for each in sockets)


def _answers(address: Address) -> bool:
    connection = http.client.HTTPConnection(address.host, address.port, timeout=5)
    try:
        connection.request("GET", "/ready")
        return connection.getresponse().status == HTTPStatus.OK
    except OSError:
        return False
    finally:
        connection.close()


def _stop(child: subprocess.Popen[bytes]) -> None:
    assert child.stdin is not None
    child.stdin.close()
    try:
        child.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        for each in [*psutil.Process(child.pid).children(recursive=True), psutil.Process(child.pid)]:
            each.kill()
        child.wait(_STOP_SECONDS)
