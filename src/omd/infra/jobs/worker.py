"""Doing: jobs are taken, attempted, tried again later, given up; what a stopped or dead worker had goes to another.

A worker says every 15 seconds that it is at its jobs. One that was silent for 30 has lost them: they are attempted
again, so a job's effect is had at least once, and exactly once where its work is idempotent; see `once`.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial
from time import perf_counter
from typing import Any

import msgspec
import structlog
from pgqueuer.core.buffers import JobStatusLogBuffer
from pgqueuer.core.executors import AbstractEntrypointExecutor, EntrypointExecutorParameters
from pgqueuer.core.qm import QueueManager
from pgqueuer.domain import models
from pgqueuer.domain.errors import RetryRequested
from prometheus_client import Counter, Histogram

from omd.db import Database
from omd.infra.jobs import queries
from omd.infra.jobs.errors import ClockWrong
from omd.infra.jobs.library import CHANNEL, EachAlone, library
from omd.infra.jobs.model import Attempt, JobKind, Payload
from omd.infra.jobs.queue import context_of
from omd.infra.keyring import Keyring
from omd.kernel.errors import DatabaseUnavailable, OmdError

_log = structlog.get_logger(__name__)
RUNS = Counter("omd_job_attempts_total", "Attempts at jobs that ended, by how.", ["kind", "outcome"])
SECONDS = Histogram(
    "omd_job_seconds", "How long attempts at jobs took.", ["kind"], buckets=(0.01, 0.1, 1, 5, 30, 120, 600)
)

PUT_OFF_FOR = timedelta(seconds=30)
"""Until a job is tried again that came to a worker whose clock is wrong; maybe by another one."""

Work = Callable[[Payload, Attempt], Awaitable[None]]
"""Does a job; raises when it could not. It may be run again after it was done, and by two workers at once."""


class Terms(msgspec.Struct, frozen=True):
    """How much at once, how often to ask, when a silent worker is taken for dead, how long a stop waits."""

    most_at_once: int = 4
    asks_every: timedelta = timedelta(seconds=1)
    silent_for: timedelta = timedelta(seconds=30)
    stops_within: timedelta = timedelta(seconds=3)


class JobFailed(Exception):
    """A job could not be done now; the message says why, and may be shown: it quotes nobody and no secret."""


class JobGivenUp(Exception):
    """The last attempt failed; the message says why, and no more than that."""


class Handlers:
    """What is done for which kind."""

    def __init__(self) -> None:
        self.kinds: dict[str, JobKind[Any]] = {}
        self._works: dict[str, Callable[[bytes, Attempt], Awaitable[None]]] = {}

    def on(self, kind: JobKind[Payload], work: Work[Payload]) -> None:
        """Have `work` done for the jobs of a kind, which has none yet."""
        assert kind.name not in self.kinds, f"{kind.name} has its work already"

        async def decoded(payload: bytes, attempt: Attempt) -> None:
            await work(msgspec.json.decode(payload, type=kind.payload), attempt)

        self.kinds[kind.name] = kind
        self._works[kind.name] = decoded

    async def do(self, name: str, payload: bytes, attempt: Attempt) -> None:
        """Do a job of the kind with this name."""
        await self._works[name](payload, attempt)


class _Manager(QueueManager):
    """The library's, but for what it takes for granted: its own tables, and a database that is there."""

    async def verify_structure(self) -> None:
        """Look at nothing: the tables are made by our migrations, and lack what we do not use."""

    async def log_failure(
        self, job: models.Job, executor: AbstractEntrypointExecutor, exc: Exception, jbuff: JobStatusLogBuffer
    ) -> None:
        """Give a job up; one that could not be put back because the database is away is left to the next worker."""
        if isinstance(exc, DatabaseUnavailable):
            _log.warning("job_left", job=job.id, kind=job.entrypoint, code=exc.code)
            return
        await super().log_failure(job, executor, exc, jbuff)


class JobWorker:
    """Does jobs, on a database of the role omd_relay, for as long as it runs; any number may run."""

    def __init__(self, db: Database, handlers: Handlers, *, keyring: Keyring, terms: Terms | None = None) -> None:
        self._db = db
        self._handlers = handlers
        self._keyring = keyring
        self._terms = terms or Terms()
        self._under_way: set[asyncio.Task[None]] = set()

    async def run(self, stopping: asyncio.Event) -> None:
        """Do jobs until told to stop; then let what is under way end for a while, and hand the rest back."""
        door = EachAlone(self._db, stopping)
        manager = _Manager(library(door), channel=CHANNEL)
        for kind in self._handlers.kinds.values():
            manager.register_executor(kind.name, _Executor(kind, partial(self._attempt, door)))
        running = asyncio.create_task(
            manager.run(
                dequeue_timeout=self._terms.asks_every,
                batch_size=self._terms.most_at_once // 2,
                max_concurrent_tasks=self._terms.most_at_once,
                heartbeat_timeout=self._terms.silent_for,
                log_aggregation_interval=timedelta(0),
            )
        )
        told = asyncio.create_task(stopping.wait())
        try:
            await asyncio.wait({running, told}, return_when=asyncio.FIRST_COMPLETED)
            manager.shutdown.set()
            await asyncio.wait({running}, timeout=self._terms.stops_within.total_seconds())
        finally:
            manager.shutdown.set()
            self._hand_back()
            told.cancel()
            ended, _ = await asyncio.gather(running, told, return_exceptions=True)
        if isinstance(ended, DatabaseUnavailable) and stopping.is_set():
            # What was under way while the database is away is taken over when it was silent for long enough.
            _log.warning("jobs_left", code=ended.code, detail=ended.detail)
        elif isinstance(ended, BaseException):
            raise ended

    def _hand_back(self) -> None:
        for task in self._under_way:
            task.cancel()

    async def _attempt(self, door: EachAlone, job: models.Job, kind: JobKind[Any]) -> None:
        """Attempt a job; raise what makes the library try it again, or keep it as given up."""
        attempt = await door.patiently(lambda tx: queries.find_attempt(tx, job.id))
        if attempt.number > kind.attempts:
            # Each attempt that said nothing took its worker with it: nobody else is to die of it.
            RUNS.labels(kind.name, "dead").inc()
            raise JobGivenUp(f"its worker died in attempt {attempt.number - 1}")
        task = asyncio.create_task(self._do(job, kind, attempt))
        self._under_way.add(task)
        began = perf_counter()
        try:
            (ended,) = await asyncio.gather(task, return_exceptions=True)
        except asyncio.CancelledError as cancelled:
            ended = cancelled
        self._under_way.discard(task)
        SECONDS.labels(kind.name).observe(perf_counter() - began)
        if isinstance(ended, asyncio.CancelledError):
            # To the library what is cancelled is over for good.
            RUNS.labels(kind.name, "handed_back").inc()
            _log.info("job_handed_back", job=job.id, kind=kind.name)
            raise RetryRequested(reason=queries.HANDED_BACK)
        if isinstance(ended, ClockWrong):
            RUNS.labels(kind.name, "put_off").inc()
            raise RetryRequested(PUT_OFF_FOR, queries.PUT_OFF)
        if isinstance(ended, Exception):
            raise _failure(attempt, kind, ended)
        RUNS.labels(kind.name, "done").inc()
        _log.info("job_done", job=job.id, kind=kind.name, attempt=attempt.number)

    async def _do(self, job: models.Job, kind: JobKind[Any], attempt: Attempt) -> None:
        payload = job.payload or b""
        if kind.secret:
            payload = self._keyring.decrypt(payload, context_of(kind.name))
        await self._handlers.do(kind.name, payload, attempt)


def _failure(attempt: Attempt, kind: JobKind[Any], error: Exception) -> Exception:
    """Return what a failed attempt makes of a job: another one later, or none any more."""
    reason = _reason(error)
    # What was foreseen needs no traceback.
    unforeseen = None if isinstance(error, (OmdError, JobFailed)) else error
    about = {
        "job": attempt.job_id,
        "kind": kind.name,
        "attempt": attempt.number,
        "reason": reason,
        "exc_info": unforeseen,
    }
    if attempt.number >= kind.attempts:
        RUNS.labels(kind.name, "dead").inc()
        _log.error("job_dead", **about)
        return JobGivenUp(reason)
    wait = kind.backoff.wait(attempt.number)
    RUNS.labels(kind.name, "failed").inc()
    _log.warning("job_failed", **about, again_in_seconds=round(wait.total_seconds()))
    return RetryRequested(wait, reason)


class _Executor(AbstractEntrypointExecutor):
    """Hands a job of a kind to us; what is given up is kept."""

    def __init__(self, kind: JobKind[Any], attempt: Callable[[models.Job, JobKind[Any]], Awaitable[None]]) -> None:
        super().__init__(EntrypointExecutorParameters(concurrency_limit=0, func=_unused, on_failure="hold"))
        self._kind = kind
        self._attempt = attempt

    async def execute(self, job: models.Job, context: models.Context) -> None:  # noqa: ARG002  # we cancel by ourselves
        await self._attempt(job, self._kind)


async def _unused(job: models.Job) -> None:
    raise AssertionError(f"job {job.id} came past its executor")


def _reason(error: Exception) -> str:
    """Return why an attempt failed, of our own words only: what others say may quote a guest or a secret."""
    if isinstance(error, OmdError):
        return f"{error.code}: {error.detail}"
    return str(error) if isinstance(error, JobFailed) else type(error).__name__
