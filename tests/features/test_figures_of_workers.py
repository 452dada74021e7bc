"""Several worker processes, one scrape: what all of them counted, whichever of them is asked, and dead ones too."""

import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import psutil
from prometheus_client import CollectorRegistry

from omd.db.embedded.processes import wait_until
from omd.infra.all_processes import FOLDER, AllProcesses
from support.figures import scraped
from support.servers import Servers
from support.serving import OMD, PATIENCE_SECONDS, WORKERS, free_port, serving


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


def test_a_process_that_has_not_written_yet_keeps_no_figures_back(tmp_path: Path) -> None:
    """A new process makes its file first, and lengthens it then: a scrape may come between."""
    write = "from prometheus_client import Counter; Counter('rooms', 'Rooms').inc(7)"
    subprocess.run([sys.executable, "-c", write], env={**os.environ, FOLDER: str(tmp_path)}, check=True)
    (written,) = tmp_path.glob("counter_*.db")
    for kind in ("counter", "histogram", "gauge_livesum"):
        (tmp_path / f"{kind}_1.db").touch()
    told = {each.name: each for each in AllProcesses(tmp_path, CollectorRegistry()).collect()}
    assert [sample.value for sample in told["rooms"].samples] == [7], written


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
