"""The steps of a run as SQL text: what is executed is what a dry run prints."""

from collections.abc import Sequence
from importlib.resources import files

import msgspec

from omd.db.migrator.files import Migration, SqlFile

_OWN_SQL = files("omd.db.migrator")

BECOME_OWNER = "set role omd_owner;"

# The started-at setting outlives the transaction, so that files which run outside one are measured as well.
_START_CLOCK = "select set_config('omd_migrator.started_at', clock_timestamp()::text, false);\n"
_ELAPSED = "clock_timestamp() - current_setting('omd_migrator.started_at')::timestamptz"


def _open_migration(file: SqlFile, timeouts: "Timeouts") -> str:
    """Return the settings a migration runs under.

    Row security is off: the owner role is under it as everyone, and off does not lift it, but makes a
    statement fail that would otherwise quietly see no row (a backfill that updates nothing). A migration that
    must see the rows says `alter table ... no force row level security` and forces it again at its end.
    """
    scope = "local" if file.transactional else ""
    return timeouts.session_sql(scope) + f"set {scope} row_security = off;\n".replace("  ", " ")


def _close_migration(file: SqlFile) -> str:
    return "" if file.transactional else "\nset row_security = on;"


class Timeouts(msgspec.Struct, frozen=True):
    """How long a run waits, in seconds: for its turn, for a lock on a table, for one statement."""

    turn: float = 60.0
    lock: float = 5.0
    statement: float = 900.0

    def session_sql(self, scope: str = "") -> str:
        """Return the SET statements; `scope` is `local` inside a transaction."""
        words = f"set {scope} " if scope else "set "
        return (
            f"{words}lock_timeout = '{round(self.lock * 1000)}ms';\n"
            f"{words}statement_timeout = '{round(self.statement * 1000)}ms';\n"
        )


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One unit of a run: a file, with what the runner does before and after it."""

    title: str
    file: str
    body: str
    before: str = ""
    after: str = ""
    transactional: bool = True


Unit = tuple[Step, ...]
"""Steps that succeed or fail together: one transaction, or one step that runs outside any."""


def render(units: Sequence[Unit]) -> str:
    """Return the run as text that psql could execute, one comment before each step."""
    lines = []
    for unit in units:
        lines += ["begin;"] if unit[0].transactional else []
        for step in unit:
            lines += [f"-- {step.title}", step.before.strip(), step.body.strip()]
            lines += [] if step.transactional else ["begin;"]
            lines += [step.after.strip()]
        lines += ["commit;", ""]
    return "\n".join(lines)


def _own_sql(name: str) -> str:
    return _OWN_SQL.joinpath(name).read_text(encoding="utf-8")


def roles_step() -> Step:
    """Return the step that makes the roles; it runs as the login itself."""
    return Step(title="roles and their rights in this database", file="roles.sql", body=_own_sql("roles.sql"))


def bookkeeping_step(timeouts: Timeouts) -> Step:
    """Return the step that makes the runner's own tables."""
    return Step(
        title="tables of the migration runner",
        file="bookkeeping.sql",
        before=timeouts.session_sql("local"),
        body=_own_sql("bookkeeping.sql"),
    )


def up_step(migration: Migration, timeouts: Timeouts) -> Step:
    """Return the step that applies one migration and writes it into the history.

    The objects are marked as not in force in the same transaction: the migration may have dropped one that
    stood in its way, and a run that dies before the objects leaves a database that says so.
    """
    up = migration.up
    return Step(
        title=f"apply {up.name}",
        file=up.name,
        before=_open_migration(up, timeouts) + _START_CLOCK,
        body=up.sql,
        after=(
            "insert into schema_migrations (version, slug, sha256, applied_at, applied_by, duration)\n"
            f"values ({migration.version}, '{migration.slug}', '{up.sha256}', clock_timestamp(),\n"
            f"        session_user, {_ELAPSED});\n"
            f"delete from schema_objects;{_close_migration(up)}"
        ),
        transactional=up.transactional,
    )


def down_step(migration: Migration, timeouts: Timeouts) -> Step:
    """Return the step that undoes one migration and takes it out of the history."""
    down = migration.down
    return Step(
        title=f"undo {migration.up.name} by {down.name}",
        file=down.name,
        before=_open_migration(down, timeouts),
        body=down.sql,
        after=(
            f"delete from schema_migrations where version = {migration.version};"  # noqa: S608 - an integer
            f"{_close_migration(down)}"
        ),
        transactional=down.transactional,
    )


def drop_objects_step(timeouts: Timeouts) -> Step:
    """Return the step that drops functions, triggers, views, policies and grants."""
    return Step(
        title="drop functions, triggers, views, policies and grants",
        file="drop_objects.sql",
        before=timeouts.session_sql("local"),
        body=_own_sql("drop_objects.sql"),
    )


def objects_unit(objects: Sequence[SqlFile], timeouts: Timeouts) -> Unit:
    """Return the objects files as one transaction."""
    return tuple(
        Step(
            title=f"apply objects {file.name}",
            file=file.name,
            before=timeouts.session_sql("local"),
            body=file.sql,
            after=(
                "insert into schema_objects (file, sha256, applied_at)\n"
                f"values ('{file.name}', '{file.sha256}', clock_timestamp())\n"
                "on conflict (file) do update set sha256 = excluded.sha256, applied_at = excluded.applied_at;"
            ),
        )
        for file in objects
    )


def tables_unit(tables: Sequence[SqlFile], timeouts: Timeouts) -> Unit:
    """Return the files of the book's tables as one transaction."""
    before = timeouts.session_sql("local")
    return tuple(Step(title=f"create {file.name}", file=file.name, before=before, body=file.sql) for file in tables)
