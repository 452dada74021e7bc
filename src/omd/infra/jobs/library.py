"""The queue's library, pgqueuer, on our own door: its statements run in transactions of `Database`, in no other way.

It never listens to the database (that would need a session of its own, and no pooler between): workers ask.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Self, TypeVar

import structlog
from pgqueuer.adapters.persistence.qb import QueryBuilderEnvironment, QueryQueueBuilder, QuerySchedulerBuilder
from pgqueuer.adapters.persistence.queries import Queries
from pgqueuer.core.tm import TaskManager
from pgqueuer.domain.settings import DBSettings, Durability
from pgqueuer.domain.types import Channel
from pgqueuer.ports.driver import NotifyCallback

from omd.db import Database, Statement, Transaction
from omd.kernel.errors import DatabaseUnavailable

Result = TypeVar("Result")

AWAY_SECONDS = 0.5
CHANNEL = Channel("jobs")

_log = structlog.get_logger(__name__)
# It tells each step of each job; so do we, in our own words and with our own fields.
logging.getLogger("pgqueuer").setLevel(logging.ERROR)


def _settings() -> DBSettings:
    """Return the names of our tables. Each is said: what is not, the library takes from the environment."""
    return DBSettings(
        prefix="",
        db_schema=None,
        channel=CHANNEL,
        function="tg_jobs__notify",
        trigger="_900_notify",
        queue_table="jobs",
        queue_table_log="job_log",
        queue_status_type="job_status",
        statistics_table="job_statistics",
        schedules_table="job_schedules",
        durability=Durability.durable,
        widen_id=False,
    )


def _statement(text: str) -> Statement:
    return Statement("queue", text, (), "many", None, "A statement of pgqueuer.", "omd.infra.jobs/pgqueuer")


class _Door:
    """What both ways to the database have in common: nobody listens, and who is told is told within the process."""

    def __init__(self) -> None:
        self._shutdown = asyncio.Event()
        self._tasks = TaskManager()
        self._told: list[NotifyCallback] = []

    @property
    def shutdown(self) -> asyncio.Event:
        """Never set: the worker is told to stop by ourselves."""
        return self._shutdown

    @property
    def tm(self) -> TaskManager:
        """The tasks of the door; there are none."""
        return self._tasks

    async def add_listener(self, channel: str, callback: NotifyCallback) -> None:  # noqa: ARG002  # there is one channel
        """Have `callback` told what this process notifies."""
        self._told.append(callback)

    async def notify(self, channel: str, payload: str) -> None:  # noqa: ARG002  # there is one channel
        """Tell this process."""
        for callback in self._told:
            callback(payload)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        return None


class InTransaction(_Door):
    """Runs the library's statements in a transaction that is open."""

    def __init__(self, tx: Transaction) -> None:
        super().__init__()
        self._tx = tx

    async def fetch(self, query: str, *args: object) -> list[dict[str, object]]:
        """Run a statement for its rows."""
        return await self._tx.records(_statement(query), *args)

    async def execute(self, query: str, *args: object) -> str:
        """Run a statement for its effect."""
        await self._tx.records(_statement(query), *args)
        return ""


class EachAlone(_Door):
    """Runs each statement in a transaction of its own, and waits for a database that is away until told to stop."""

    def __init__(self, db: Database, stopping: asyncio.Event) -> None:
        super().__init__()
        self._db = db
        self._stopping = stopping

    async def patiently(self, work: Callable[[Transaction], Awaitable[Result]]) -> Result:
        """Do the work in a transaction of its own; raise `DatabaseUnavailable` only when told to stop."""
        while True:
            try:
                return await self._db.write(None, work)
            except DatabaseUnavailable as error:
                if self._stopping.is_set():
                    raise
                _log.warning("jobs_wait", code=error.code, detail=error.detail)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), AWAY_SECONDS)

    async def fetch(self, query: str, *args: object) -> list[dict[str, object]]:
        """Run a statement for its rows; raise as `patiently` does."""
        return await self.patiently(lambda tx: tx.records(_statement(query), *args))

    async def execute(self, query: str, *args: object) -> str:
        """Run a statement for its effect, as `fetch` does."""
        await self.fetch(query, *args)
        return ""


def library(door: InTransaction | EachAlone) -> Queries:
    """Return what the library knows to do with our tables, through a door."""
    settings = _settings()
    return Queries(
        door,
        qbe=QueryBuilderEnvironment(settings),
        qbq=QueryQueueBuilder(settings),
        qbs=QuerySchedulerBuilder(settings),
    )
