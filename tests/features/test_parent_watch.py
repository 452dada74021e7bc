"""A worker whose parent is killed ends too, wherever in its life it stands."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import psutil

from omd.db.embedded.processes import is_alive, wait_until

TESTS = Path(__file__).parents[1]
STOP_SECONDS = 20.0


@contextmanager
def orphaned(how: str, left_behind: int) -> Iterator[tuple[list[psutil.Process], IO[str]]]:
    """Start a parent and its worker, kill the parent, and give what it left behind; nothing of it stays."""
    with subprocess.Popen(
        [sys.executable, "-m", "support.watched_worker", how],
        env={**os.environ, "PYTHONPATH": str(TESTS)},
        stdout=subprocess.PIPE,
        text=True,
    ) as parent:
        assert parent.stdout is not None
        orphans = [psutil.Process(int(parent.stdout.readline())) for _ in range(left_behind)]
        try:
            parent.kill()
            parent.wait(STOP_SECONDS)
            yield orphans, parent.stdout
        finally:
            for orphan in orphans:
                if is_alive(orphan):
                    orphan.send_signal(signal.SIGKILL)


def test_a_worker_at_work_ends_in_order() -> None:
    with orphaned("at work", 1) as ([worker], said):
        assert wait_until(lambda: not is_alive(worker), STOP_SECONDS)
        assert said.read() == "in order\n"


def test_a_worker_that_loses_the_signal_is_killed() -> None:
    with orphaned("between", 1) as ([worker], said):
        assert wait_until(lambda: not is_alive(worker), STOP_SECONDS)
        assert said.read() == ""


def test_a_worker_whose_pipe_somebody_else_holds_open_ends() -> None:
    with orphaned("held", 2) as (orphans, _):
        assert wait_until(lambda: sum(map(is_alive, orphans)) == 1, STOP_SECONDS)
        [holder] = filter(is_alive, orphans)
        assert not holder.children()
