"""`omd serve` as a process of its own: two workers, and figures at a port of their own."""

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

from omd.db.embedded.processes import wait_until
from omd.infra.keyring import Keyring
from support.figures import scraped
from support.servers import Servers

OMD = [sys.executable, "-c", "from omd.entrypoints.cli import main; main()"]
PATIENCE_SECONDS = 60.0
WORKERS = 2


def free_port() -> int:
    """Return a port that nobody listens on."""
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
        """Return what is told at the port for figures."""
        answer = httpx.get(self.metrics)
        assert answer.status_code == 200, self.log.read_text(encoding="utf-8")[-6000:]
        return answer.text

    def asked(self) -> float:
        """Return how many requests for the health were counted."""
        return scraped(self.scrape(), "omd_request_seconds_count", operation="health", status="2xx")

    def workers(self) -> float:
        """Return how many workers serve."""
        try:
            return scraped(self.scrape(), "omd_workers")
        except httpx.TransportError:
            assert self.process.poll() is None, self.log.read_text(encoding="utf-8")
            return 0


@contextmanager
def serving(servers: Servers, database_name: str, redis_url: str, folder: Path) -> Iterator[Server]:
    """Run a server until the end of the block."""
    server = Server(folder / "log")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("OMD_")}
    environment |= {
        "OMD_HOME": str(folder / "home"),
        "OMD_DATABASE_URL": servers.dsn(user="omd_app", database=database_name),
        "OMD_EVENTS_DATABASE_URL": servers.dsn(user="omd_relay", database=database_name),
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
