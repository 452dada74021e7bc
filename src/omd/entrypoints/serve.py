"""The HTTP server: worker processes of the API."""

import gc
import multiprocessing
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import timedelta
from functools import partial
from typing import Any

from granian.constants import HTTPModes, Interfaces, Loops
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server.mp import MPServer
from litestar import Litestar

from omd.db import Database
from omd.entrypoints.addresses import check_free
from omd.entrypoints.api.app import create_app
from omd.entrypoints.api.parts import AppServices
from omd.entrypoints.constraint_errors import CONSTRAINT_ERRORS
from omd.entrypoints.metrics_listener import listening
from omd.entrypoints.parent_watch import watch_parent
from omd.entrypoints.payments import providers_of
from omd.entrypoints.settings import Settings
from omd.features.identity import SessionRules
from omd.infra.all_processes import AllProcesses, figures_of_processes
from omd.infra.keyring import Keyring
from omd.infra.telemetry import configure_logging, logging_config
from omd.infra.tracing import require_tracing, tracing_to
from omd.kernel.clock import SystemClock
from omd.kernel.errors import OmdError

BACKLOG = 2048
REQUESTS_AT_ONCE = 16_384
"""How many requests one worker lets in, streams among them; more wait in the socket's queue."""

STOP_SECONDS = 5
STREAMS_END = signal.SIGUSR1
"""Tells a worker that is about to be stopped to let its streams go."""

COLLECTED_AFTER = (2_000, 25, 100)
"""When a worker looks for what refers to itself: new objects, then rounds of each generation.

What is remembered of hotels is hundreds of thousands of objects that all live. Going through them took a worker 50 ms
every thousand requests, and all that were under way waited: that was the slowest hundredth. Now it is every 100,000.
"""

MOST_DEATHS = 6
DEATHS_SECONDS = 60.0
"""More workers than this dead within so many seconds: the fault is not theirs, and the server gives up."""


class WorkersFailed(OmdError):
    """The worker processes do not stay alive."""

    code = "workers_failed"
    status = 503
    title = "The server gave up"


class _Server(MPServer):
    """Replaces a worker that dies, unless they all keep dying."""

    def __init__(self, *arguments: Any, figures: AllProcesses | None, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.failed = False
        self._figures = figures
        self._deaths: list[float] = []

    def _stop_workers(self) -> None:
        # A stream has no end of its own: its worker would be waited for, and then killed.
        for worker in self.wrks:
            with suppress(ProcessLookupError):
                os.kill(worker.inner.pid, STREAMS_END)
        super()._stop_workers()  # type: ignore[no-untyped-call]  # the server is not typed

    def _respawn_workers(self, workers: list[int], *arguments: Any, **options: Any) -> None:
        now = time.monotonic()
        self._deaths = [at for at in self._deaths if now - at < DEATHS_SECONDS] + [now] * len(workers)
        if len(self._deaths) > MOST_DEATHS:
            self.failed = True
            self.interrupt_signal = True
            self.main_loop_interrupt.set()
            return
        if self._figures is not None:
            for each in workers:
                self._figures.forget(self.wrks[each].inner.pid)
        super()._respawn_workers(workers, *arguments, **options)


def check_address(settings: Settings) -> None:
    """Raise `AddressNotFree` unless the API, and who reads its figures, could be listened to now."""
    check_free(settings.host, settings.port, "OMD_HOST", "OMD_PORT")
    if settings.metrics_port is not None:
        check_free(settings.metrics_host, settings.metrics_port, "OMD_METRICS_HOST", "OMD_METRICS_PORT")


def run_server(
    settings: Settings,
    *,
    on_startup: Callable[[], None],
    log_level: str,
    make_app: Callable[[AppServices], Litestar] = create_app,
) -> None:
    """Serve the API with `settings`, whose addresses are complete, until a signal says to stop.

    `make_app` is called in each worker, so it is a function that a fresh interpreter can import.
    `on_startup` is called once the port is taken, before the first worker is there. SIGINT, SIGTERM and a closed
    terminal stop the workers in order; one that does not end within 5 seconds is killed. One that dies is replaced.
    """
    check_address(settings)
    require_tracing(settings.otlp_endpoint)
    # A fresh interpreter for each worker: a fork would inherit the lock of the home folder, and our threads.
    multiprocessing.set_start_method("spawn", force=True)
    config = logging_config(log_level)
    config["loggers"] = {"_granian": {"level": log_level.upper()}, "granian.access": {"level": "WARNING"}}
    with _figures(settings) as figures:
        server = _server(settings, config, log_level, figures)
        # The server takes a closed terminal (SIGHUP) for a reload. Under nohup the signal is ignored, and stays so.
        ignored = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
        on_hang_up = signal.SIG_IGN if ignored else server.signal_handler_interrupt
        server.on_startup(partial(signal.signal, signal.SIGHUP, on_hang_up))
        server.on_startup(on_startup)
        server.serve(target_loader=partial(_load_app, settings, log_level, make_app), wrap_loader=False)
    if server.failed:
        raise WorkersFailed("The workers ended again and again; the log above says of what.")


@contextmanager
def _figures(settings: Settings) -> Iterator[AllProcesses | None]:
    """Yield the figures of all workers, told where the settings say; None where nobody is to read them."""
    if settings.metrics_port is None:
        yield None
        return
    with ExitStack() as stack:
        figures = stack.enter_context(figures_of_processes())
        stack.enter_context(listening(settings.metrics_host, settings.metrics_port, figures))
        yield figures


def _server(settings: Settings, config: dict[str, Any], log_level: str, figures: AllProcesses | None) -> _Server:
    return _Server(
        "omd.entrypoints.api.app:create_app",
        figures=figures,
        address=settings.host,
        port=settings.port,
        interface=Interfaces.ASGI,
        workers=settings.workers,
        loop=Loops.uvloop,
        http=HTTPModes.http1,
        websockets=False,
        backlog=BACKLOG,
        backpressure=REQUESTS_AT_ONCE,
        http1_settings=HTTP1Settings(keep_alive=True, header_read_timeout=10_000),
        log_level=LogLevels(log_level),
        log_dictconfig=config,
        log_access=False,
        respawn_failed_workers=True,
        workers_kill_timeout=STOP_SECONDS,
    )


def _load_app(settings: Settings, log_level: str, make_app: Callable[[AppServices], Litestar]) -> Litestar:
    """Make the application, in a worker process."""
    # Out of the terminal's foreground group: a Ctrl-C reaches the parent only, which stops its workers in order.
    os.setpgid(0, 0)
    watch_parent(STOP_SECONDS)
    assert settings.database_url is not None, "the parent completed the settings"
    tracing = tracing_to(settings.otlp_endpoint)
    database = Database(
        settings.database_url,
        role="omd_app",
        constraint_errors=CONSTRAINT_ERRORS,
        pool_size=settings.pool_size,
        slow_seconds=settings.slow_seconds,
        tracer=tracing,
    )
    events = Database(
        settings.events_database_url or settings.database_url,
        role="omd_relay",
        constraint_errors=CONSTRAINT_ERRORS,
        pool_size=1,
    )
    assert settings.secret_keys is not None, "the parent completed the settings"
    clock, keyring = SystemClock(), Keyring.parse(settings.secret_keys)
    app = make_app(
        AppServices(
            database=database,
            events=events,
            clock=clock,
            keyring=keyring,
            redis_url=settings.redis_url,
            public_url=settings.reached_at,
            providers=settings.providers,
            session_rules=SessionRules(
                idle=timedelta(minutes=settings.idle_minutes), lasts=timedelta(hours=settings.session_hours)
            ),
            quotas=settings.quotas(),
            payments=providers_of(settings),
            gate=settings.gate(),
            cors_origins=settings.origins(),
            watch_servers=True,
            tracing=tracing,
            streams_of_caller=settings.streams_per_caller,
            streams_end=STREAMS_END,
            webhooks_to_loopback=settings.webhooks_to_loopback,
            stale_seconds=settings.stale_seconds,
        )
    )
    # After the framework, which configures logging too when an application is made.
    configure_logging(log_level)
    # The application lives as long as the process: a collection need not look at it each time.
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECTED_AFTER)
    return app
