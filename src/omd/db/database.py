"""The one door to PostgreSQL: a pool, and transactions that carry their actor."""

import math
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from time import monotonic, perf_counter
from typing import Any, Literal, TypeVar

import asyncpg

from omd.db.errors import UNAVAILABLE, ConstraintErrors, TransactionBroken, translate
from omd.db.measuring import POOL_WAITS, RETRIES, Meter, PoolFigures, Run, StatementTracer, pool_figures
from omd.db.migrator import is_current
from omd.db.slow import SlowStatements
from omd.db.statements import Statement
from omd.db.transaction import ReadTransaction, Transaction, tenant_context
from omd.kernel.actor import Actor

Result = TypeVar("Result")
Row = TypeVar("Row")
Role = Literal["omd_app", "omd_guest", "omd_relay", "omd_maintenance", "omd_owner"]

_COMMAND_TIMEOUTS: dict[Role, float | None] = {
    "omd_app": 30,
    "omd_guest": 30,
    "omd_relay": 30,
    "omd_maintenance": 600,
    "omd_owner": 600,
}
"""Seconds one statement may take: filling a quarter of 20,000 rooms is one statement of the maintenance role."""

_PLANS = "set local plan_cache_mode = force_custom_plan; set local constraint_exclusion = off"
"""A generic plan locks every leaf of every tenant before it prunes: hundreds of locks a booking instead of dozens.

Partitions are pruned by their bounds; proving besides, from their check constraints, that a leaf holds no row took
half of the planning of every statement, and never found one.
"""

BATCH = 5_000
"""Rows that a transaction touches that throws away what is over: some tens of milliseconds."""

ATTEMPTS = 4
"""How often a transaction is run before a deadlock or serialisation failure is reported as unavailable."""


class Database:
    """A pool of connections that act in one database role."""

    def __init__(
        self,
        dsn: str,
        *,
        role: Role,
        constraint_errors: ConstraintErrors,
        pool_size: int = 10,
        slow_seconds: float | None = None,
        tracer: StatementTracer | None = None,
    ) -> None:
        """`slow_seconds` is from when on a statement is logged with its plan; None logs none."""
        self._dsn = dsn
        self._role = role
        self._constraint_errors = constraint_errors
        self._pool_size = pool_size
        self._tracer = tracer
        self._slow = SlowStatements(slow_seconds, self._explain)
        self._pool: asyncpg.Pool[Any] | None = None
        self._asked = 0
        self._answered_at = -math.inf

    async def open(self) -> None:
        """Prepare the pool; connections are made when first needed: a database that is away does not stop a start."""
        self._pool = asyncpg.create_pool(
            self._dsn,
            min_size=0,
            max_size=self._pool_size,
            max_inactive_connection_lifetime=300,
            init=_register_codecs,
            reset=_nothing_to_reset,
            command_timeout=_COMMAND_TIMEOUTS[self._role],
            timeout=5,
        )
        await self._pool

    @property
    def is_open(self) -> bool:
        """Say whether the pool is prepared."""
        return self._pool is not None

    async def close(self) -> None:
        """Close every connection, waiting for transactions under way."""
        await self._slow.close()
        if self._pool is not None:
            await self._pool.close()
            self._pool = None

    @property
    def answered_at(self) -> float:
        """The instant of the last work that PostgreSQL took to its end, by the monotonic clock."""
        return self._answered_at

    @property
    def figures(self) -> PoolFigures:
        """Return how the pool stands; of one that is closed, empty."""
        if self._pool is None:
            return PoolFigures(0, 0, 0, self._pool_size)
        return pool_figures(self._pool, asked=self._asked)

    async def schema_is_current(self) -> bool:
        """Say whether the database has every migration this program needs; raise `DatabaseUnavailable` when away."""
        async with self._begin(_context(self._role, None, "read only")) as connection:
            return await is_current(connection)

    @asynccontextmanager
    async def transaction(self, actor: Actor | None) -> AsyncIterator[Transaction]:
        """Open a transaction that sees the actor's tenant only; commit at the end, roll back on any error.

        Raises the product's error for a constraint that refused, `DatabaseUnavailable` when PostgreSQL is away.
        """
        context = _context(self._role, actor, "read write")
        async with self._begin(context) as connection:
            yield Transaction(
                connection,
                self._meter(context, actor),
                lambda error: translate(error, self._constraint_errors),
                may_change_tenant=self._role == "omd_maintenance",
            )

    @asynccontextmanager
    async def reading(self, actor: Actor | None) -> AsyncIterator[ReadTransaction]:
        """Open a transaction that sees the actor's tenant only and cannot write."""
        context = _context(self._role, actor, "read only")
        async with self._begin(context) as connection:
            yield ReadTransaction(connection, self._meter(context, actor))

    @asynccontextmanager
    async def authenticating(
        self, token_hashes: Iterable[bytes], *, writing: bool = False
    ) -> AsyncIterator[ReadTransaction]:
        """Open a transaction without a tenant, which sees just the access tokens that have these hashes.

        With `writing`, the functions it calls may note that they were used.
        """
        known = ",".join(f'"\\\\x{each.hex()}"' for each in token_hashes)
        begin = "begin read write" if writing else "begin read only"
        text = f"{begin}; set local role {self._role}; select set_config('omd.token_hashes', '{{{known}}}', true)"
        async with self._begin(text) as connection:
            yield ReadTransaction(connection, self._meter(text, None))

    async def ask(self, actor: Actor, statement: Statement, row: Callable[..., Row], **values: object) -> list[Row]:
        """Answer one read in one round trip: the function the statement calls enters the actor's context itself.

        The statement's `actor_*` parameters are filled in here; one that lacks them is no statement for this door,
        and a `TypeError`. Whose guests the actor reads is told to a statement that asks for it.
        """
        context: dict[str, object] = {
            "actor_role": _role_of(self._role, actor),
            "actor_omd_id": actor.omd_id,
            "actor_scope": actor.scope,
            "actor_business_ids": actor.business_ids,
            "actor_staff_business_ids": actor.staff_business_ids,
        }
        if "actor_reader_business_ids" in statement.parameters:
            context["actor_reader_business_ids"] = actor.readable_business_ids
        meter = self._meter(_context(self._role, actor, "read only"), actor)
        async with self._acquired() as connection:
            return await ReadTransaction(connection, meter).many(statement, row, **context, **values)

    async def write(self, actor: Actor | None, work: Callable[[Transaction], Awaitable[Result]]) -> Result:
        """Run the work in a transaction of its own, again if PostgreSQL broke a deadlock at its expense."""
        for attempt in range(1, ATTEMPTS + 1):
            try:
                async with self.transaction(actor) as tx:
                    return await work(tx)
            except TransactionBroken:
                if attempt == ATTEMPTS:
                    raise
                RETRIES.inc()
        raise AssertionError("unreachable")

    async def write_in_batches(
        self, actor: Actor | None, work: Callable[[Transaction, int], Awaitable[int]], *, batch: int = BATCH
    ) -> int:
        """Run the work, one transaction a batch, until it touches fewer rows than it may; return how many in all.

        The work is handed how many rows it may touch. So no backlog, however large, holds locks or the relay back for
        longer than a batch takes. What was done before an error stays done: run again, it goes on there.
        """
        touched = 0
        while True:
            of_batch = await self.write(actor, lambda tx: work(tx, batch))
            touched += of_batch
            if of_batch < batch:
                return touched

    @asynccontextmanager
    async def _begin(self, text: str) -> "AsyncIterator[asyncpg.pool.PoolConnectionProxy[Any]]":
        async with self._acquired() as connection:
            try:
                await connection.execute(text)
                yield connection
                await connection.execute("commit")
            except BaseException:
                if not connection.is_closed():
                    await connection.execute("rollback")
                raise

    @asynccontextmanager
    async def _acquired(self) -> "AsyncIterator[asyncpg.pool.PoolConnectionProxy[Any]]":
        """Lend a connection; what the database refuses inside the block leaves it as the product's error."""
        assert self._pool is not None, "open() comes first"
        began = perf_counter()
        self._asked += 1
        try:
            async with self._pool.acquire() as connection:
                POOL_WAITS.observe(perf_counter() - began)
                yield connection
            self._answered_at = monotonic()
        except (asyncpg.PostgresError, *UNAVAILABLE) as error:
            ours = translate(error, self._constraint_errors)
            if ours is None:
                raise
            raise ours from error
        finally:
            self._asked -= 1

    def _meter(self, context: str, actor: Actor | None) -> Meter:
        return Meter(context, actor, slow_seconds=self._slow.seconds, on_slow=self._slow.note, tracer=self._tracer)

    async def _explain(self, run: Run) -> str:
        """Return the plan PostgreSQL makes for a statement in the role and context it ran in; nothing is run."""
        async with self._acquired() as connection:
            await connection.execute(run.context)
            try:
                plan: str = await connection.fetchval(f"explain (format json) {run.statement.text}", *run.arguments)
            finally:
                await connection.execute("rollback")
        return plan


_LEFT_ALONE: dict[Role, str] = {"omd_relay": "10s", "omd_maintenance": "10min"}
"""How long PostgreSQL waits for the next statement of a transaction before it ends it, 30 s for every other role.

A process that stands still, or a machine that is gone, would else keep its locks, and hold back the events of all.
"""


def _context(role: Role, actor: Actor | None, access: Literal["read only", "read write"]) -> str:
    """Return one batch that begins a transaction and sets its context: one round trip, nothing outlives the commit."""
    begin = f"begin {access}; set local role {_role_of(role, actor)}; {_PLANS}"
    begin += f"; set local idle_in_transaction_session_timeout = '{_LEFT_ALONE.get(role, '30s')}'"
    return begin if actor is None else f"{begin}; {tenant_context(actor)}"


def _role_of(role: Role, actor: Actor | None) -> Role:
    """Return the role a transaction takes: a guest has one of their own, whatever else the pool serves."""
    return "omd_guest" if actor is not None and actor.scope == "guest" else role


async def _register_codecs(connection: "asyncpg.Connection[Any]") -> None:
    for name in ("json", "jsonb"):
        await connection.set_type_codec(name, encoder=_as_is, decoder=_as_is, schema="pg_catalog", format="text")


def _as_is(text: str) -> str:
    """Leave JSON as text: msgspec reads and writes it where its shape is known."""
    return text


async def _nothing_to_reset(_connection: "asyncpg.Connection[Any]") -> None:
    """Every setting is local to its transaction, so a connection goes back as it came, without a round trip."""
