"""From what PostgreSQL says to what the product says. Constraint names are part of the schema's interface."""

import asyncio
import re
from collections.abc import Callable, Mapping

import asyncpg
import msgspec

from omd.kernel.errors import DatabaseUnavailable, NotAllowed, OmdError

RETRYABLE = (asyncpg.SerializationError, asyncpg.DeadlockDetectedError)
"""The two refusals that are nobody's fault: the edge runs the transaction again."""

UNAVAILABLE = (
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.TooManyConnectionsError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    ConnectionError,
    FileNotFoundError,
    asyncio.TimeoutError,
    asyncpg.DiskFullError,
    asyncpg.QueryCanceledError,
    asyncpg.LockNotAvailableError,
)

RETRY_AFTER_SECONDS = 2


class TransactionBroken(DatabaseUnavailable):
    """PostgreSQL ended this transaction to let another go on; run again it usually succeeds."""


class Violation(msgspec.Struct, frozen=True):
    """A constraint, check or trigger that refused a write."""

    constraint: str
    message: str
    detail: str | None


ConstraintErrors = Mapping[str, Callable[[Violation], OmdError]]
"""Constraint name -> the error its breach means; each feature states its own, the entrypoint joins them."""


def translate(error: BaseException, constraint_errors: ConstraintErrors) -> OmdError | None:
    """Return the product's error for a driver's error, or None when it is a defect of ours."""
    if isinstance(error, asyncpg.PostgresError):
        constraint = _constraint_of(error)
        if constraint is not None and constraint in constraint_errors:
            return constraint_errors[constraint](Violation(constraint, str(error), getattr(error, "detail", None)))
        if isinstance(error, asyncpg.InsufficientPrivilegeError):
            return NotAllowed("This actor may not do that in the database; nothing was written.")
    if isinstance(error, RETRYABLE):
        return TransactionBroken(
            "Another change kept getting in the way and nothing was written. Try again shortly.",
            retry_after=RETRY_AFTER_SECONDS,
        )
    if isinstance(error, UNAVAILABLE):
        return DatabaseUnavailable(
            "The database did not take the request just now; nothing was written. Try again shortly.",
            retry_after=RETRY_AFTER_SECONDS,
        )
    return None


_LEAF = re.compile(r"^(?P<table>\w+?)_o\d+_\d{4}q[1-4]$")


def _constraint_of(error: asyncpg.PostgresError) -> str | None:
    """Return the name under which features state what a breach means.

    A leaf partition's unique constraint bears a name PostgreSQL made up; it is known as `<table>_unique`. A row
    without a partition names no constraint at all; it is known as `no_partition`.
    """
    leaf = _LEAF.match(getattr(error, "table_name", None) or "")
    if isinstance(error, asyncpg.UniqueViolationError) and leaf:
        return f"{leaf['table']}_unique"
    if isinstance(error, asyncpg.CheckViolationError) and "no partition of relation" in str(error):
        return "no_partition"
    named: str | None = getattr(error, "constraint_name", None)
    return named
