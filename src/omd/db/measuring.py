"""What is measured of the use of PostgreSQL: named statements, transactions that ran again, the wait for a connection.

The figures are the process's own; a server of several processes adds them up where they are read.
"""

from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager
from time import perf_counter
from typing import Any, Protocol, TypeVar

import msgspec
from prometheus_client import Counter, Histogram

from omd.db.statements import Statement
from omd.kernel.actor import Actor

Result = TypeVar("Result")

STATEMENT_BUCKETS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
WAIT_BUCKETS = (0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 10.0)

STATEMENTS = Histogram(
    "omd_statement_seconds", "How long named statements took, in seconds.", ["statement"], buckets=STATEMENT_BUCKETS
)
STATEMENT_FAILURES = Counter(
    "omd_statement_failures_total", "Named statements that the database refused or that were cut off.", ["statement"]
)
RETRIES = Counter("omd_transaction_retries_total", "Transactions run again after a deadlock or a broken snapshot.")
POOL_WAITS = Histogram(
    "omd_pool_wait_seconds", "How long transactions waited for a connection, in seconds.", buckets=WAIT_BUCKETS
)

_children: dict[str, Histogram] = {}


class StatementTracer(Protocol):
    """Makes a span around each named statement."""

    def statement(self, statement: Statement) -> AbstractContextManager[object]:
        """Return the span of one run of the statement."""
        ...


class SlowNotice(Protocol):
    """Is told of a statement that took long."""

    def __call__(self, run: "Run", seconds: float) -> None:
        """Note the run; it has ended, and its transaction goes on."""
        ...


class Run(msgspec.Struct, frozen=True):
    """One run of a named statement: with which arguments, and in which context, entered by the batch `context`."""

    statement: Statement
    arguments: list[object]
    context: str
    actor: Actor | None


class Meter:
    """Measures the statements of one transaction."""

    __slots__ = ("_actor", "_context", "_on_slow", "_slow_seconds", "_tracer")

    def __init__(
        self,
        context: str,
        actor: Actor | None,
        *,
        slow_seconds: float,
        on_slow: SlowNotice,
        tracer: StatementTracer | None,
    ) -> None:
        self._context = context
        self._actor = actor
        self._slow_seconds = slow_seconds
        self._on_slow = on_slow
        self._tracer = tracer

    async def run(self, ask: Callable[..., Awaitable[Result]], statement: Statement, arguments: list[object]) -> Result:
        """Run the statement by `ask`, a method of the connection, and return what that does."""
        if self._tracer is None:
            return await self._measured(ask, statement, arguments)
        with self._tracer.statement(statement):
            return await self._measured(ask, statement, arguments)

    async def _measured(
        self, ask: Callable[..., Awaitable[Result]], statement: Statement, arguments: list[object]
    ) -> Result:
        began = perf_counter()
        try:
            return await ask(statement.text, *arguments)
        except BaseException:
            STATEMENT_FAILURES.labels(statement.full_name).inc()
            raise
        finally:
            seconds = perf_counter() - began
            child = _children.get(statement.text)
            if child is None:
                child = _children[statement.text] = STATEMENTS.labels(statement.full_name)
            child.observe(seconds)
            if seconds >= self._slow_seconds:
                self._on_slow(Run(statement, arguments, self._context, self._actor), seconds)


class PoolFigures(msgspec.Struct, frozen=True):
    """How a pool stands: connections open, those at work, transactions that wait for one, and the most there may be."""

    open: int
    in_use: int
    waiting: int
    most: int


def pool_figures(pool: Any, *, asked: int) -> PoolFigures:
    """Return how the driver's pool stands while `asked` callers have asked for a connection and not given it back."""
    size = pool.get_size()
    in_use = size - pool.get_idle_size()
    return PoolFigures(size, in_use, max(0, asked - in_use), pool.get_max_size())
