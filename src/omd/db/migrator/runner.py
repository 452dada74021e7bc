"""Bring a database from one version of the schema to another, or show how."""

from collections.abc import Sequence

import msgspec

from omd.db.migrator.errors import DatabaseNotEmpty, MigrationRightMissing, MigrationTargetInvalid
from omd.db.migrator.files import (
    MIGRATIONS,
    OBJECTS,
    TABLES,
    Folder,
    Migration,
    SqlFile,
    read_migrations,
    read_schema_files,
)
from omd.db.migrator.session import (
    Connection,
    Progress,
    may_become_owner,
    open_session,
    own_turn,
    prepare_roles,
    run_unit,
)
from omd.db.migrator.status import Recorded, SchemaStatus, compare, read_recorded, refuse_foreign_history
from omd.db.migrator.steps import (
    BECOME_OWNER,
    Timeouts,
    Unit,
    bookkeeping_step,
    down_step,
    drop_objects_step,
    objects_unit,
    render,
    roles_step,
    tables_unit,
    up_step,
)


class Run(msgspec.Struct, frozen=True):
    """What a run did, or would do.

    `migrations` and `objects` name the files applied or undone, in order; `sql` is the whole run for psql.
    """

    executed: bool
    migrations: tuple[str, ...]
    objects: tuple[str, ...]
    sql: str


class Migrator:
    """Applies the diary and the objects of this release to the database at `dsn`, and takes them back.

    The login needs to be a superuser, or to own the database and create roles, or to be a member of omd_owner
    where an administrator prepared the roles. It must reach the server itself, not through a pooler.
    """

    def __init__(
        self,
        dsn: str,
        *,
        migrations: Folder = MIGRATIONS,
        objects: Folder = OBJECTS,
        timeouts: Timeouts | None = None,
    ) -> None:
        self._dsn = dsn
        self._migrations = migrations
        self._objects = objects
        self._timeouts = timeouts or Timeouts()

    async def status(self) -> SchemaStatus:
        """Compare the database with the files; changes nothing."""
        migrations, objects = read_migrations(self._migrations), read_schema_files(self._objects)
        async with open_session(self._dsn, self._timeouts) as connection:
            return compare(await _read_as_owner(connection), migrations, objects)

    async def migrate(self, to: int | None = None, *, dry_run: bool = False, progress: Progress | None = None) -> Run:
        """Apply the pending migrations up to version `to` (default: the newest), then the changed objects.

        A run that stops before the newest version leaves the objects alone: they are written for the newest.
        `progress` is called before each file. Raises the errors of `omd.db.migrator.errors`; what was applied
        before a failure stays applied and the run can be repeated.
        """
        migrations, objects = read_migrations(self._migrations), read_schema_files(self._objects)
        async with open_session(self._dsn, self._timeouts) as connection:
            if dry_run:
                planned = self._plan_up(await _read_as_owner(connection), migrations, objects, to)
                prelude = [(roles_step(),), (bookkeeping_step(self._timeouts),)]
                return _report(planned, migrations, objects, executed=False, prelude=prelude)
            async with own_turn(connection, self._timeouts):
                # What is refused is refused before the roles are touched; who may read is known after.
                self._plan_up(await _read_as_owner(connection), migrations, objects, to)
                await prepare_roles(connection)
                await run_unit(connection, (bookkeeping_step(self._timeouts),))
                planned = self._plan_up(await read_recorded(connection), migrations, objects, to)
                for unit in planned:
                    await run_unit(connection, unit, progress)
        return _report(planned, migrations, objects, executed=True)

    async def rollback(
        self,
        *,
        steps: int | None = None,
        to: int | None = None,
        dry_run: bool = False,
        progress: Progress | None = None,
    ) -> Run:
        """Undo the newest `steps` migrations, or all after version `to`; the rows in what they drop are lost.

        The objects are dropped first, because they are written for the newest schema; until a migrate puts
        objects back, no role but the owner's superuser reads or writes anything.
        """
        migrations, objects = read_migrations(self._migrations), read_schema_files(self._objects)
        async with open_session(self._dsn, self._timeouts) as connection:
            if dry_run:
                planned = self._plan_down(await _read_as_owner(connection), migrations, steps, to)
                return _report(planned, migrations, objects, executed=False)
            async with own_turn(connection, self._timeouts):
                planned = self._plan_down(await _read_as_owner(connection), migrations, steps, to)
                if planned:
                    await prepare_roles(connection)
                for unit in planned:
                    await run_unit(connection, unit, progress)
        return _report(planned, migrations, objects, executed=True)

    def _plan_up(
        self, recorded: Recorded, migrations: Sequence[Migration], objects: Sequence[SqlFile], to: int | None
    ) -> list[Unit]:
        refuse_foreign_history(recorded, migrations)
        newest, current = migrations[-1].version, max(recorded.migrations, default=0)
        target = newest if to is None else to
        if not 1 <= target <= newest:
            raise MigrationTargetInvalid(f"There is no migration {target}: this release holds 1 to {newest}.")
        if target < current:
            raise MigrationTargetInvalid(
                f"The database is at version {current}, after {target}: go back by `omd db rollback --to {target}`."
            )
        pending = [migration for migration in migrations if current < migration.version <= target]
        units: list[Unit] = [(up_step(migration, self._timeouts),) for migration in pending]
        if target == newest:
            units += self._plan_objects(recorded, objects, all_of_them=bool(pending))
        return units

    def _plan_objects(self, recorded: Recorded, objects: Sequence[SqlFile], *, all_of_them: bool) -> list[Unit]:
        compared = compare(recorded, (), objects).objects
        if any(item.state == "removed" for item in compared):
            # Nothing says what a file that is gone had made: drop everything and make what the files say.
            return [(drop_objects_step(self._timeouts), *objects_unit(objects, self._timeouts))]
        stale = [item.file for item in compared if all_of_them or item.state != "applied"]
        if not stale:
            return []
        return [objects_unit([file for file in objects if file.name >= stale[0]], self._timeouts)]

    def _plan_down(
        self, recorded: Recorded, migrations: Sequence[Migration], steps: int | None, to: int | None
    ) -> list[Unit]:
        refuse_foreign_history(recorded, migrations)
        if (steps is None) == (to is None):
            raise MigrationTargetInvalid("Say either how many migrations to undo or the version to go back to.")
        current = max(recorded.migrations, default=0)
        target = current - steps if steps is not None else to
        if target is None or not 0 <= target <= current or (steps is not None and steps < 1):
            asked = f"{steps} steps back" if steps is not None else f"back to version {to}"
            raise MigrationTargetInvalid(
                f"The database is at version {current}: it cannot go {asked}. Version 0 is the empty database."
            )
        undone = [m for m in reversed(migrations) if target < m.version <= current]
        if not undone:
            return []
        return [(drop_objects_step(self._timeouts),), *((down_step(m, self._timeouts),) for m in undone)]


def _report(
    units: Sequence[Unit],
    migrations: Sequence[Migration],
    objects: Sequence[SqlFile],
    *,
    executed: bool,
    prelude: Sequence[Unit] = (),
) -> Run:
    done = [step.file for unit in units for step in unit]
    of_diary = {name for migration in migrations for name in (migration.up.name, migration.down.name)}
    of_objects = {file.name for file in objects}
    before = [render(prelude[:1]), BECOME_OWNER + "\n", render(prelude[1:])] if prelude else [BECOME_OWNER + "\n"]
    return Run(
        executed=executed,
        migrations=tuple(name for name in done if name in of_diary),
        objects=tuple(name for name in done if name in of_objects),
        sql="\n".join([*before, render(units)]) if units else "",
    )


async def _read_as_owner(connection: Connection) -> Recorded:
    """Read what is recorded without making anything; the login may not read the owner's tables by itself."""
    if await may_become_owner(connection):
        await connection.execute(BECOME_OWNER)
        try:
            return await read_recorded(connection)
        finally:
            await connection.execute("reset role")
    if await connection.fetchval("select to_regclass('public.schema_migrations') is not null"):
        login = await connection.fetchval("select session_user::text")
        raise MigrationRightMissing(
            f"The login {login!r} may not act as omd_owner and so cannot read the history. "
            f'An administrator must run: grant omd_owner to "{login}" with inherit false, set true',
            data={"login": login},
        )
    return Recorded({}, {})


async def build_from_book(
    dsn: str, *, tables: Folder = TABLES, objects: Folder = OBJECTS, timeouts: Timeouts | None = None
) -> None:
    """Build the schema in an empty database from the book alone, to compare it with what the diary builds.

    Nothing is written into the history. Raises `DatabaseNotEmpty` when the schema public holds a table.
    """
    limits = timeouts or Timeouts()
    units = (tables_unit(read_schema_files(tables), limits), objects_unit(read_schema_files(objects), limits))
    async with open_session(dsn, limits) as connection, own_turn(connection, limits):
        if await connection.fetchval("select exists (select from pg_tables where schemaname = 'public')"):
            raise DatabaseNotEmpty("The database already holds tables: the book is built in an empty one only.")
        await prepare_roles(connection)
        await run_unit(connection, (bookkeeping_step(limits),))
        for unit in units:
            await run_unit(connection, unit)
