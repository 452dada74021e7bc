"""The runner's one connection: its turn, its role, and the execution of one unit at a time."""

import os
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TypeAlias

import asyncpg

from omd.db.migrator.errors import (
    DatabaseRoleUnsafe,
    MigrationFailed,
    MigrationLocked,
    MigrationRightMissing,
)
from omd.db.migrator.script import split_statements
from omd.db.migrator.steps import BECOME_OWNER, Step, Timeouts, Unit, roles_step
from omd.kernel.errors import DatabaseUnavailable

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
Progress = Callable[[Step], None]

# One number for every release, so that two releases wait for each other. Advisory locks are per database.
_TURN_KEY = 0x6F6D645F6D696772

_CONNECT_SECONDS = 15.0

_WHO_HOLDS_THE_TURN = """
select a.pid, a.usename, a.application_name, a.backend_start
from pg_locks l
join pg_stat_activity a on a.pid = l.pid
where l.locktype = 'advisory' and l.granted and l.objsubid = 1
  and l.database = (select oid from pg_database where datname = current_database())
  and l.classid::bigint = $1::bigint >> 32 and l.objid::bigint = $1::bigint & 4294967295
"""

_UNSAFE_ROLES = """
select rolname, rolsuper, rolbypassrls,
       rolname <> 'omd_owner' and pg_has_role(rolname, 'omd_owner', 'MEMBER') as owns
from pg_roles
where rolname in ('omd_owner', 'omd_app', 'omd_guest', 'omd_relay', 'omd_maintenance')
order by rolname
"""


@asynccontextmanager
async def open_session(dsn: str, timeouts: Timeouts) -> AsyncIterator[Connection]:
    """Connect for a run; raises `DatabaseUnavailable` when the server is away or refuses the login."""
    name = f"omd migrator {socket.gethostname()}:{os.getpid()}"[:63]
    try:
        connection = await asyncpg.connect(
            dsn,
            timeout=_CONNECT_SECONDS,
            server_settings={
                "application_name": name,
                "search_path": "public",
            },
        )
    except ValueError as error:
        # The message of the parser may quote a piece of the password.
        detail = "The address of the database is not valid: write postgresql://login@host:port/database."
        raise DatabaseUnavailable(detail) from error
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        said = str(error) or type(error).__name__
        detail = f"The database cannot be reached for the migration: {said}. Check the address and that it is up."
        raise DatabaseUnavailable(detail) from error
    try:
        await connection.execute(timeouts.session_sql())
        yield connection
    except (OSError, asyncpg.InterfaceError, asyncpg.PostgresConnectionError) as error:
        detail = "The connection to the database was lost. Start the database and run the command again."
        raise DatabaseUnavailable(detail) from error
    finally:
        connection.terminate()


@asynccontextmanager
async def own_turn(connection: Connection, timeouts: Timeouts) -> AsyncIterator[None]:
    """Hold the advisory lock of migrations for the block.

    Raises `MigrationLocked` naming the holder when another one does not end within `timeouts.turn` seconds.
    """
    await connection.execute(
        f"set lock_timeout = '{round(timeouts.turn * 1000)}ms'; set statement_timeout = 0",
    )
    try:
        await connection.execute(f"select pg_advisory_lock({_TURN_KEY})")
    except asyncpg.LockNotAvailableError as error:
        raise MigrationLocked(await _describe_holder(connection, timeouts)) from error
    await connection.execute(timeouts.session_sql())
    try:
        yield
    finally:
        if not connection.is_closed():
            await connection.execute(f"reset role; select pg_advisory_unlock({_TURN_KEY})")


async def _describe_holder(connection: Connection, timeouts: Timeouts) -> str:
    holder = await connection.fetchrow(_WHO_HOLDS_THE_TURN, _TURN_KEY)
    waited = f"Another migration is at work on this database; waited {timeouts.turn:g} s for it."
    if holder is None:
        return f"{waited} It has just ended: run the command again."
    since = f"{holder['backend_start']:%Y-%m-%d %H:%M:%S %Z}"
    return (
        f"{waited} It is {holder['application_name']!r}, login {holder['usename']!r}, server process "
        f"{holder['pid']}, connected since {since}. "
        f"Let it end and run the command again, or end it by: select pg_terminate_backend({holder['pid']})"
    )


async def may_become_owner(connection: Connection) -> bool:
    """Say whether the owner role exists and this login may take it."""
    return bool(
        await connection.fetchval(
            """
            select exists (
              select from pg_roles where rolname = 'omd_owner' and pg_has_role(session_user, oid, 'SET')
            )
            """
        )
    )


async def prepare_roles(connection: Connection) -> None:
    """Make the roles and become the owner.

    Raises `MigrationRightMissing` with the statement an administrator should run, or `DatabaseRoleUnsafe`.
    """
    login = await connection.fetchval("select session_user::text")
    database = await connection.fetchval("select current_database()::text")
    try:
        await run_unit(connection, (roles_step(),))
    except MigrationFailed as error:
        if error.data["sqlstate"] != "42501":
            raise
        raise MigrationRightMissing(
            f"The login {login!r} may not prepare the roles of database {database!r}: "
            f"{error.data['message']}. It must be able to create roles and own the database. "
            f'An administrator runs: alter role "{login}" createrole; '
            f'alter database "{database}" owner to "{login}"; '
            "or else runs the first part of `omd db migrate --dry-run` (the roles) once as a superuser.",
            data={"login": login},
        ) from error
    for role in await connection.fetch(_UNSAFE_ROLES):
        name = role["rolname"]
        if role["rolsuper"] or role["rolbypassrls"]:
            raise DatabaseRoleUnsafe(
                f"The role {name} may walk around row security, so tenants would not be kept apart. "
                f"An administrator must run: alter role {name} nosuperuser nobypassrls"
            )
        if role["owns"]:
            raise DatabaseRoleUnsafe(
                f"The role {name} is a member of omd_owner, so it could lift row security. "
                f"An administrator must run: revoke omd_owner from {name}"
            )
    if not await may_become_owner(connection):
        raise MigrationRightMissing(
            f"The login {login!r} may not act as omd_owner, the role that owns every table. "
            f'An administrator must run: grant omd_owner to "{login}" with inherit false, set true',
            data={"login": login},
        )
    await connection.execute(BECOME_OWNER)


async def run_unit(connection: Connection, unit: Unit, progress: Progress | None = None) -> None:
    """Execute the steps of a unit; in one transaction unless its only step asks for none.

    Raises `MigrationFailed` naming the file and line; a unit in a transaction then has changed nothing.
    """
    if not unit[0].transactional:
        await _run_outside_transaction(connection, unit[0], progress)
        return
    try:
        async with connection.transaction():
            for step in unit:
                if progress is not None:
                    progress(step)
                await _run_own(connection, step.before)
                await _run_body(connection, step, step.body, 1, "Nothing of it was kept.")
                await _run_own(connection, step.after)
    except asyncpg.PostgresConnectionError:
        raise
    except asyncpg.PostgresError as error:
        # What remains is a constraint that is checked at commit, or the bookkeeping itself.
        raise _failure(unit[-1], unit[-1].after, 1, error, "Nothing of it was kept.") from error


async def _run_own(connection: Connection, sql: str) -> None:
    # The driver cannot take an empty text.
    if sql:
        await connection.execute(sql)


async def _run_outside_transaction(connection: Connection, step: Step, progress: Progress | None) -> None:
    if progress is not None:
        progress(step)
    await _run_own(connection, step.before)
    for count, statement in enumerate(split_statements(step.body)):
        kept = (
            f"The {count} statements before it were kept and the file is not recorded as applied. "
            "Drop an index that failed to build, and write the file so that it can run again (if not exists)."
        )
        await _run_body(connection, step, statement.text, statement.line, kept)
    async with connection.transaction():
        await _run_own(connection, step.after)


async def _run_body(connection: Connection, step: Step, text: str, first_line: int, kept: str) -> None:
    try:
        await connection.execute(text)
    except asyncpg.PostgresConnectionError:
        raise
    except asyncpg.PostgresError as error:
        raise _failure(step, text, first_line, error, kept) from error


_ADVICE = {
    "55P03": " Another transaction holds a lock it needs: end long transactions, or take a quieter hour.",
    "57014": " It outlasted the statement timeout: raise it by --statement-timeout, or split the work.",
}


def _failure(step: Step, text: str, first_line: int, error: asyncpg.PostgresError, kept: str) -> MigrationFailed:
    fields = error.as_dict()
    position = fields.get("position")
    line = first_line + text.count("\n", 0, int(position) - 1) if position else None
    more = "".join(f" {fields[name]}" for name in ("detail", "hint") if fields.get(name))
    where = f"{step.file}, line {line}" if line else step.file
    advice = _ADVICE.get(error.sqlstate or "", "")
    return MigrationFailed(
        f"{where}: {error.args[0]} (SQLSTATE {error.sqlstate}).{more}{advice} {kept}",
        data={"file": step.file, "line": line, "sqlstate": error.sqlstate, "message": str(error.args[0])},
    )
