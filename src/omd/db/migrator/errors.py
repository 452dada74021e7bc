"""What the migration runner refuses, each with its code."""

from omd.kernel.errors import OmdError


class MigrationFilesInvalid(OmdError):
    """The schema files of this release do not form a history that can be applied."""

    code = "migration_files_invalid"
    status = 422
    title = "The schema files are not valid"


class MigrationHistoryDiffers(OmdError):
    """What was applied to the database is not what the files of this release say."""

    code = "migration_history_differs"
    status = 409
    title = "The database was migrated by other files"


class MigrationTargetInvalid(OmdError):
    """The asked version cannot be reached in the asked direction."""

    code = "migration_target_invalid"
    status = 422
    title = "The version cannot be reached"


class MigrationLocked(OmdError):
    """Another migration runner is at work on this database."""

    code = "migration_locked"
    status = 503
    title = "Another migration is running"


class MigrationFailed(OmdError):
    """A statement of a schema file failed; `data` carries file, line and SQLSTATE."""

    code = "migration_failed"
    status = 409
    title = "A schema file could not be applied"


class MigrationRightMissing(OmdError):
    """The login of the migration runner lacks a right that the schema needs."""

    code = "migration_right_missing"
    status = 403
    title = "The database login lacks a right"


class DatabaseRoleUnsafe(OmdError):
    """A role of the platform could walk around row security."""

    code = "database_role_unsafe"
    status = 409
    title = "A database role is too powerful"


class DatabaseNotEmpty(OmdError):
    """The database already holds tables where an empty one is needed."""

    code = "database_not_empty"
    status = 409
    title = "The database is not empty"
