"""Compare what a database holds with what the files of this release say."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal, Protocol

import msgspec

from omd.db.migrator.errors import MigrationHistoryDiffers
from omd.db.migrator.files import Migration, SqlFile, read_migrations
from omd.db.migrator.session import Connection
from omd.kernel.errors import FieldProblem

MigrationState = Literal["applied", "pending", "changed", "unknown"]
ObjectState = Literal["applied", "pending", "changed", "removed"]


class Fetches(Protocol):
    """Anything that answers a query with one value: a connection, or a pool."""

    async def fetchval(self, query: str, /, *args: object) -> Any:
        """Return the first column of the first row, or None."""
        ...


class MigrationStatus(msgspec.Struct, frozen=True):
    """One migration: `unknown` was applied by another release, `changed` was edited after it was applied."""

    version: int
    slug: str
    state: MigrationState
    applied_at: datetime | None = None
    applied_by: str | None = None
    duration_seconds: float | None = None


class ObjectStatus(msgspec.Struct, frozen=True):
    """One objects file: `removed` was applied and is no longer part of the release."""

    file: str
    state: ObjectState
    applied_at: datetime | None = None


class SchemaStatus(msgspec.Struct, frozen=True):
    """The state of a database against this release; `version` is 0 for an empty one."""

    version: int
    newest: int
    up_to_date: bool
    migrations: tuple[MigrationStatus, ...]
    objects: tuple[ObjectStatus, ...]


class AppliedMigration(msgspec.Struct, frozen=True):
    """A row of the history."""

    version: int
    slug: str
    sha256: str
    applied_at: datetime
    applied_by: str
    duration_seconds: float


class AppliedObject(msgspec.Struct, frozen=True):
    """A row of the objects in force."""

    file: str
    sha256: str
    applied_at: datetime


class Recorded(msgspec.Struct, frozen=True):
    """What the database remembers; both empty where no migrator has been."""

    migrations: dict[int, AppliedMigration]
    objects: dict[str, AppliedObject]


async def read_recorded(connection: Connection) -> Recorded:
    """Read the runner's own tables; a database without them has nothing applied."""
    if await connection.fetchval("select to_regclass('public.schema_migrations') is null"):
        return Recorded({}, {})
    migrations = await connection.fetch(
        """
        select version, slug, sha256, applied_at, applied_by,
               extract(epoch from duration)::float8 as duration_seconds
        from public.schema_migrations
        order by version
        """
    )
    objects = await connection.fetch("select file, sha256, applied_at from public.schema_objects order by file")
    return Recorded(
        {row["version"]: AppliedMigration(**dict(row)) for row in migrations},
        {row["file"]: AppliedObject(**dict(row)) for row in objects},
    )


def compare(recorded: Recorded, migrations: Sequence[Migration], objects: Sequence[SqlFile]) -> SchemaStatus:
    """Return the status of every file and of everything recorded that has no file."""
    files = {migration.version: migration for migration in migrations}
    of_migrations = []
    for version in sorted({*files, *recorded.migrations}):
        file, row = files.get(version), recorded.migrations.get(version)
        if row is None:
            of_migrations.append(MigrationStatus(version, files[version].slug, "pending"))
            continue
        state: MigrationState = "applied"
        if file is None:
            state = "unknown"
        elif (file.up.sha256, file.slug) != (row.sha256, row.slug):
            state = "changed"
        of_migrations.append(
            MigrationStatus(version, row.slug, state, row.applied_at, row.applied_by, row.duration_seconds)
        )
    of_objects = _compare_objects(recorded, objects)
    return SchemaStatus(
        version=max(recorded.migrations, default=0),
        newest=max(files, default=0),
        up_to_date={item.state for item in of_migrations} | {item.state for item in of_objects} <= {"applied"},
        migrations=tuple(of_migrations),
        objects=of_objects,
    )


def _compare_objects(recorded: Recorded, objects: Sequence[SqlFile]) -> tuple[ObjectStatus, ...]:
    checksums = {file.name: file.sha256 for file in objects}
    compared = []
    for name in sorted({*checksums, *recorded.objects}):
        row = recorded.objects.get(name)
        if row is None:
            compared.append(ObjectStatus(name, "pending"))
            continue
        state: ObjectState = "applied"
        if name not in checksums:
            state = "removed"
        elif checksums[name] != row.sha256:
            state = "changed"
        compared.append(ObjectStatus(name, state, row.applied_at))
    return tuple(compared)


def refuse_foreign_history(recorded: Recorded, migrations: Sequence[Migration]) -> None:
    """Raise `MigrationHistoryDiffers` unless the applied migrations are the first of this release's files."""
    problems = []
    newest_applied = max(recorded.migrations, default=0)
    for item in compare(recorded, migrations, ()).migrations:
        name = f"{item.version:04}_{item.slug}.sql"
        if item.state == "changed":
            detail = f"{name} was edited after it was applied: restore it, and write the change as a new one."
            problems.append(FieldProblem(name, "changed", detail))
        elif item.state == "unknown":
            detail = (
                f"{name} is applied here and is not a file of this release: use the release that holds it, "
                "or roll it back with that release first."
            )
            problems.append(FieldProblem(name, "unknown", detail))
        elif item.state == "pending" and item.version < newest_applied:
            detail = f"{name} was never applied although {newest_applied:04} is: number it after the newest."
            problems.append(FieldProblem(name, "out_of_order", detail))
    if problems:
        said = " ".join(problem.detail for problem in problems)
        raise MigrationHistoryDiffers(f"Nothing was changed. {said}", problems=tuple(problems))


async def is_current(connection: Fetches, migrations: Sequence[Migration] | None = None) -> bool:
    """Say whether the database has every migration this release needs; may be asked as the application role.

    A database that is newer is current too: during a rolling release the old program runs on the new schema.
    Pass the `migrations` read once at the start to ask often.
    """
    newest = (read_migrations() if migrations is None else migrations)[-1]
    if await connection.fetchval("select to_regclass('public.schema_migrations') is null"):
        return False
    found = await connection.fetchval(
        "select exists (select from public.schema_migrations where version = $1 and sha256 = $2)",
        newest.version,
        newest.up.sha256,
    )
    return found is True
