"""The migration runner: brings a database to the schema of this release, and back."""

from omd.db.migrator.errors import (
    DatabaseNotEmpty,
    DatabaseRoleUnsafe,
    MigrationFailed,
    MigrationFilesInvalid,
    MigrationHistoryDiffers,
    MigrationLocked,
    MigrationRightMissing,
    MigrationTargetInvalid,
)
from omd.db.migrator.files import Migration, read_migrations
from omd.db.migrator.runner import Migrator, Run, build_from_book
from omd.db.migrator.status import MigrationStatus, ObjectStatus, SchemaStatus, is_current
from omd.db.migrator.steps import Step, Timeouts

__all__ = [
    "DatabaseNotEmpty",
    "DatabaseRoleUnsafe",
    "Migration",
    "MigrationFailed",
    "MigrationFilesInvalid",
    "MigrationHistoryDiffers",
    "MigrationLocked",
    "MigrationRightMissing",
    "MigrationStatus",
    "MigrationTargetInvalid",
    "Migrator",
    "ObjectStatus",
    "Run",
    "SchemaStatus",
    "Step",
    "Timeouts",
    "build_from_book",
    "is_current",
    "read_migrations",
]
