"""What a program asks the database before it serves: is it the right schema, and does row security hold."""

import asyncpg
import msgspec

from omd.db.migrator.status import is_current
from omd.kernel.errors import DatabaseUnavailable, OmdError

LOCKS_NEEDED = 512
CONNECT_SECONDS = 10.0
ROLE = "omd_app"

_FACTS = """
select session_user::text as login,
       current_setting('is_superuser')::boolean as login_is_superuser,
       current_setting('server_version_num')::int / 10000 as version,
       current_setting('max_locks_per_transaction')::int as locks,
       current_setting('log_parameter_max_length') <> '0'
           or current_setting('log_parameter_max_length_on_error') <> '0' as logs_parameters,
       case when r.oid is not null then pg_has_role(session_user, r.oid, 'SET') end as may_serve,
       case when r.rolsuper then 'is a superuser' when r.rolbypassrls then 'passes by row security'
            when exists (select from pg_roles o where o.rolname = 'omd_owner' and pg_has_role(r.oid, o.oid, 'MEMBER'))
            then 'may act as the owner of the tables' end as danger
from (select) here left join pg_roles r on r.rolname = $1
"""


class SchemaNotCurrent(OmdError):
    """The database lacks a migration that this release needs."""

    code = "schema_not_current"
    status = 503
    title = "The database is not migrated"


class ServingRoleUnsafe(OmdError):
    """The login cannot act as the serving role, or that role would see every tenant's rows."""

    code = "serving_role_unsafe"
    status = 503
    title = "The database login cannot be served with"


class ServerFacts(msgspec.Struct, frozen=True):
    """What the server says of itself and of the login we come with."""

    version: int
    max_locks_per_transaction: int
    login: str
    login_is_superuser: bool
    logs_parameters: bool

    @property
    def warnings(self) -> tuple[str, ...]:
        """Say what works and should still be set otherwise."""
        found = []
        if self.max_locks_per_transaction < LOCKS_NEEDED:
            found.append(
                f"The server's max_locks_per_transaction is {self.max_locks_per_transaction}: under load it may run "
                f"out of locks over the partitions. Set it to {LOCKS_NEEDED} or more and restart the server."
            )
        if self.logs_parameters:
            found.append(
                "The server may log the parameters of statements, guests' names among them. Set "
                "log_parameter_max_length and log_parameter_max_length_on_error to 0."
            )
        if self.login_is_superuser:
            found.append(
                f"The login {self.login!r} is a superuser. Serve with an ordinary login that is a member of {ROLE}."
            )
        return tuple(found)


async def check_server(dsn: str) -> ServerFacts:
    """Return what the server says of itself, having proved that requests can be served with this login.

    Raises `DatabaseUnavailable`, `SchemaNotCurrent`, or `ServingRoleUnsafe` for a login that may not act as
    omd_app, and where omd_app is a superuser, passes by row security or may act as the owner.
    """
    try:
        connection = await asyncpg.connect(dsn, timeout=CONNECT_SECONDS, server_settings={"search_path": "public"})
    except ValueError as error:
        # The message of the parser may quote a piece of the password.
        detail = "The address of the database is not valid: write postgresql://login@host:port/database."
        raise DatabaseUnavailable(detail) from error
    except asyncpg.InvalidAuthorizationSpecificationError as error:
        if dsn.startswith(f"postgresql://{ROLE}@"):
            raise _nothing_there() from error
        raise DatabaseUnavailable(f"The database refuses the login: {error}. Check its name and password.") from error
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        said = str(error) or type(error).__name__
        detail = f"The database cannot be reached: {said}. Check its address and that it is up."
        raise DatabaseUnavailable(detail) from error
    try:
        return await _check(connection)
    finally:
        await connection.close()


def _nothing_there() -> SchemaNotCurrent:
    return SchemaNotCurrent("The database holds nothing of the platform yet. Run `omd db migrate`.")


async def _check(connection: "asyncpg.Connection[asyncpg.Record]") -> ServerFacts:
    row = await connection.fetchrow(_FACTS, ROLE)
    assert row is not None, "the statement always gives a row"
    login = row["login"]
    if row["danger"] is not None:
        raise ServingRoleUnsafe(
            f"The role {ROLE} {row['danger']}, so tenants would not be kept apart. An administrator must run: "
            f"alter role {ROLE} nosuperuser nobypassrls; revoke omd_owner from {ROLE}"
        )
    if row["may_serve"] is None:
        raise _nothing_there()
    if not row["may_serve"]:
        raise ServingRoleUnsafe(
            f'The login {login!r} may not act as {ROLE}. An administrator must run: grant {ROLE} to "{login}"',
            data={"login": login},
        )
    await connection.execute(f"set role {ROLE}")
    if not await is_current(connection):
        raise SchemaNotCurrent("The database lacks a migration of this release. Run `omd db migrate`.")
    return ServerFacts(
        version=row["version"],
        max_locks_per_transaction=row["locks"],
        login=login,
        login_is_superuser=row["login_is_superuser"],
        logs_parameters=row["logs_parameters"],
    )
