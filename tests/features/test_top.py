"""omd top: what a server tells, as an operator reads it."""

import os
import re
import subprocess
from pathlib import Path

import httpx
import pytest
from rich.console import Console

from omd.entrypoints.top import FiguresNotTold, Scrape, read_figures, render
from omd.entrypoints.top.reading import Durations, parse_figures
from support.parties import Tokens
from support.servers import Servers
from support.serving import OMD, WORKERS, serving
from support.worlds import World

BEFORE = """\
# TYPE omd_request_seconds histogram
omd_request_seconds_bucket{operation="listRooms",status="2xx",le="0.01"} 10
omd_request_seconds_bucket{operation="listRooms",status="2xx",le="0.1"} 10
omd_request_seconds_bucket{operation="listRooms",status="2xx",le="+Inf"} 10
omd_request_seconds_count{operation="listRooms",status="2xx"} 10
omd_request_seconds_sum{operation="listRooms",status="2xx"} 0.05
# TYPE omd_limit_refusals_total counter
omd_limit_refusals_total{level="key",route_class="read"} 3
# TYPE omd_database_up gauge
omd_database_up 1
"""
AFTER = """\
# TYPE omd_request_seconds histogram
omd_request_seconds_bucket{operation="listRooms",status="2xx",le="0.01"} 10
omd_request_seconds_bucket{operation="listRooms",status="2xx",le="0.1"} 30
omd_request_seconds_bucket{operation="listRooms",status="2xx",le="+Inf"} 30
omd_request_seconds_count{operation="listRooms",status="2xx"} 30
omd_request_seconds_sum{operation="listRooms",status="2xx"} 1.05
omd_request_seconds_bucket{operation="createReservation",status="5xx",le="0.01"} 0
omd_request_seconds_bucket{operation="createReservation",status="5xx",le="0.1"} 0
omd_request_seconds_bucket{operation="createReservation",status="5xx",le="+Inf"} 4
omd_request_seconds_count{operation="createReservation",status="5xx"} 4
omd_request_seconds_sum{operation="createReservation",status="5xx"} 8
# TYPE omd_limit_refusals_total counter
omd_limit_refusals_total{level="key",route_class="read"} 8
# TYPE omd_database_up gauge
omd_database_up 0
# TYPE omd_event_lag_seconds histogram
omd_event_lag_seconds_bucket{le="0.05"} 100
omd_event_lag_seconds_bucket{le="+Inf"} 100
omd_event_lag_seconds_count 100
omd_event_lag_seconds_sum 4.2
"""


def screen(now: Scrape, before: Scrape | None) -> str:
    console = Console(width=140)
    with console.capture() as captured:
        console.print(render(now, before))
    return captured.get()


def row(text: str, name: str) -> list[str]:
    """Return the cells of the first line of a table that begins with this name."""
    line = next(line for line in text.splitlines() if re.match(rf"│ {re.escape(name)} ", line))
    return [cell.strip() for cell in line.strip("│").split("│")]


def test_what_happened_between_two_looks_is_shown() -> None:
    before, now = parse_figures(BEFORE, at=100.0), parse_figures(AFTER, at=102.0)
    told = screen(now, before)
    assert row(told, "read") == ["read", "10", "55.0", "95.5", "99.1", "0"]
    assert row(told, "write") == ["write", "2", "100.0", "100.0", "100.0", "4"]
    assert row(told, "listRooms")[-1] == "1.00"
    assert row(told, "limit of key") == ["limit of key", "5"]
    assert "PostgreSQL away" in told
    assert "Redis unknown" in told
    assert "event lag p99 50 ms" in told


@pytest.mark.parametrize(("seconds", "said"), [(300, False), (259_200, True)])
def test_a_worker_whose_clock_is_wrong_is_shown(seconds: int, said: bool) -> None:
    gauge = "# TYPE omd_worker_clock_apart_seconds gauge\nomd_worker_clock_apart_seconds"
    figures = f'# TYPE omd_jobs gauge\nomd_jobs{{state="due"}} 0\n{gauge} {seconds}\n'
    told = screen(parse_figures(figures, at=100.0), None)
    assert ("the clock of a worker is 3 days, 0:00:00 from the database's" in told) is said


def test_a_server_that_was_started_anew_begins_anew() -> None:
    before, now = parse_figures(AFTER, at=100.0), parse_figures(BEFORE, at=102.0)
    assert row(screen(now, before), "read")[1] == "5"
    assert "event lag" not in screen(now, before)


@pytest.mark.parametrize(
    ("share", "seconds"),
    [(0.1, 0.002), (0.5, 0.01), (0.75, 0.055), (1.0, 0.1)],
    ids=["first", "bound", "between", "all"],
)
def test_shares_lie_between_the_bounds(share: float, seconds: float) -> None:
    durations = Durations(100, 1.0, ((0.01, 50), (0.1, 100), (float("inf"), 100)))
    assert durations.quantile(share) == pytest.approx(seconds)
    assert Durations(0, 0.0, ()).quantile(share) is None


def test_once_prints_what_a_server_tells(
    servers: Servers, database_name: str, redis_url: str, tmp_path: Path, world: World, tokens: Tokens
) -> None:
    """The server is a process of its own: what this one has counted since its first test is nobody's totals."""
    rooms = f"/api/v1/businesses/{world.grand.id}/rooms"
    with serving(servers, database_name, redis_url, tmp_path) as server:
        for _ in range(3):
            assert httpx.get(f"{server.api}{rooms}", headers=tokens.of("grand")).status_code == 200
        done = subprocess.run(
            [*OMD, "top", "--once", "--url", server.metrics],
            env=os.environ | {"COLUMNS": "140"},
            capture_output=True,
            text=True,
            check=False,
        )
        counted = set(re.findall(r'omd_statement_seconds_count{statement="([a-z_.]+)"', server.scrape()))
    assert done.returncode == 0, done.stderr
    assert row(done.stdout, "read")[1] == row(done.stdout, "listRooms")[1] == "3"
    assert f"workers {WORKERS}" in done.stdout
    shown = set(re.findall(r"^│ ([a-z]+\.[a-z_]+) ", done.stdout, re.MULTILINE))
    assert shown
    assert shown <= counted


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/metrics", "nonsense", "http://[", "https://127.0.0.1:1"])
def test_where_nobody_tells_figures_one_hears_what_to_do(url: str) -> None:
    with pytest.raises(FiguresNotTold, match="OMD_METRICS_PORT"):
        read_figures(url)


def test_what_is_no_figures_is_refused() -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_figures("<html>no figures</html>", at=0.0)
