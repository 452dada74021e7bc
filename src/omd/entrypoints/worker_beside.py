"""A worker process beside a server: started with it, replaced when it dies, stopped with it."""

import multiprocessing
import os
import threading
from multiprocessing.process import BaseProcess
from types import TracebackType
from typing import Self

import structlog

from omd.entrypoints.databases import services
from omd.entrypoints.parent_watch import watch_parent
from omd.entrypoints.secret_keys import keys_for
from omd.entrypoints.settings import Settings
from omd.entrypoints.worker import run_worker
from omd.infra.all_processes import forget_process
from omd.infra.telemetry import configure_logging

STOP_SECONDS = 5.0
AGAIN_SECONDS = 1.0
"""How long a worker that died stays away: one that dies at once must not take the machine with it."""

_log = structlog.get_logger(__name__)


class WorkerBeside:
    """Keeps a worker alive from `start` to the end of the block."""

    def __init__(self, settings: Settings, *, log_level: str) -> None:
        self._settings = settings
        self._log_level = log_level
        self._stopping = threading.Event()
        self._keeper = threading.Thread(target=self._keep, name="worker-keeper", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._keeper.start()

    def __enter__(self) -> Self:
        """Begin nothing yet: the server says when it is up."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop the worker in order, and kill it when it takes longer than five seconds."""
        self._stopping.set()
        if self._keeper.is_alive():
            self._keeper.join(2 * STOP_SECONDS)

    def _keep(self) -> None:
        spawning = multiprocessing.get_context("spawn")
        while not self._stopping.is_set():
            worker = spawning.Process(target=_run, args=(self._settings, self._log_level), name="omd-worker")
            worker.start()
            while worker.is_alive() and not self._stopping.wait(0.2):
                pass
            if self._stopping.is_set():
                _stop(worker)
                return
            if worker.pid is not None:
                forget_process(worker.pid)
            _log.warning("worker_died", exit_code=worker.exitcode, again_in_seconds=AGAIN_SECONDS)
            self._stopping.wait(AGAIN_SECONDS)


def _stop(worker: BaseProcess) -> None:
    worker.terminate()
    worker.join(STOP_SECONDS)
    if worker.is_alive():
        worker.kill()
        worker.join()


def _run(settings: Settings, log_level: str) -> None:
    """Be the worker, in a process of its own."""
    # Out of the terminal's foreground group: a Ctrl-C reaches the parent only, which stops its workers in order.
    os.setpgid(0, 0)
    watch_parent(STOP_SECONDS)
    configure_logging(log_level)
    with services(settings, with_redis=True, shared=True) as available:
        run_worker(available, settings, keys_for(settings))
