"""Several worker processes, one scrape: what all of them counted, whichever of them is asked, and dead ones too."""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil

from omd.db.embedded.processes import wait_until
from omd.infra.keyring import Keyring
from support.figures import scraped
from support.servers import Servers

OMD = [sys.executable, "-c", "from omd.entrypoints.cli import main; main()"]
PATIENCE_SECONDS = 60.0
WORKERS = 2


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Server:
    """A server of two workers, whose figures are read at a port of their own."""

    def __init__(self, log: Path) -> None:
        self.api = f"http://127.0.0.1:{free_port()}"
        self.metrics = f"http://127.0.0.1:{free_port()}/metrics"
        self.log = log
        self.process: subprocess.Popen[bytes]

    def ask(self, times: int) -> None:
        """Ask for the health on a connection of its own each time."""
        for _ in range(times):
            assert httpx.get(f"{self.api}/health").status_code == 200

    def scrape(self) -> str:
        return httpx.get(self.metrics).text

    def asked(self) -> float:
        return scraped(self.scrape(), "omd_request_seconds_count", operation="health", status="2xx")

    def workers(self) -> float:
        try:
            return scraped(self.scrape(), "omd_workers")
        except httpx.TransportError:
            assert self.process.poll() is None, self.log.read_text(encoding="utf-8")
            return 0


@contextmanager
def serving(servers: Servers, database_name: str, redis_url: str, folder: Path) -> Iterator[Server]:
    server = Server(folder / "log")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("OMD_")}
    environment |= {
        "OMD_HOME": str(folder / "home"),
        "OMD_DATABASE_URL": servers.dsn(user="omd_app", database=database_name),
        "OMD_REDIS_URL": redis_url,
        "OMD_SECRET_KEYS": Keyring.make_key(),
        "OMD_WORKERS": str(WORKERS),
        "OMD_PORT": server.api.rpartition(":")[2],
        "OMD_METRICS_PORT": re.findall(r"\d+", server.metrics)[-1],
        "TMPDIR": str(folder),
    }
    with server.log.open("wb") as log:
        server.process = subprocess.Popen([*OMD, "serve"], env=environment, stdout=log, stderr=log)
    try:
        assert wait_until(lambda: server.workers() == WORKERS, PATIENCE_SECONDS), server.log.read_text()
        yield server
    finally:
        server.process.send_signal(signal.SIGTERM)
        server.process.wait(PATIENCE_SECONDS)


def test_the_figures_of_all_workers_are_in_one_scrape(
    servers: Servers, database_name: str, redis_url: str, tmp_path: Path
) -> None:
    with serving(servers, database_name, redis_url, tmp_path) as server:
        (folder,) = tmp_path.glob("omd-metrics-*")
        before = server.asked()
        server.ask(40)
        assert server.asked() == before + 40
        wrote = {int(re.findall(r"\d+", path.name)[-1]) for path in folder.glob("histogram_*.db")}
        serve = [int(each) for each in re.findall(r"Spawning worker-\d with PID: (\d+)", server.log.read_text())]
        assert len(serve) == WORKERS
        assert wrote >= set(serve)
        first = psutil.Process(serve[0])
        assert scraped(server.scrape(), "omd_pool_connections", state="most") == WORKERS * 10

        first.kill()
        first.wait(PATIENCE_SECONDS)
        replaced = folder / f"gauge_livesum_{first.pid}.db"
        assert wait_until(lambda: not replaced.exists() and server.workers() == WORKERS, PATIENCE_SECONDS)
        assert server.asked() == before + 40, "what the dead one counted stays"
        server.ask(10)
        assert server.asked() == before + 50
        assert httpx.get(f"{server.api}/metrics").status_code == 404
    assert not folder.exists()


def test_a_port_for_the_figures_that_is_taken_is_named(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen(1)
        port = taken.getsockname()[1]
        done = subprocess.run(
            [*OMD, "serve"],
            env={**os.environ, "OMD_HOME": str(tmp_path), "OMD_PORT": str(free_port()), "OMD_METRICS_PORT": str(port)},
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
            check=False,
        )
    assert done.returncode == 1
    assert "address_not_free" in done.stderr
    assert "OMD_METRICS_PORT=" in done.stderr
