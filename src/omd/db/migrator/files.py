"""Read the diary (migrations), the book (tables) and the objects, and refuse what is not whole."""

import hashlib
import re
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

import msgspec

from omd.db.migrator.errors import MigrationFilesInvalid
from omd.db.migrator.script import split_statements
from omd.kernel.errors import FieldProblem

Folder = Path | Traversable

MIGRATIONS: Traversable = files("omd.db").joinpath("migrations")
TABLES: Traversable = files("omd.db").joinpath("schema").joinpath("tables")
OBJECTS: Traversable = files("omd.db").joinpath("schema").joinpath("objects")

_UP_NAME = re.compile(r"(?P<version>\d{4})_(?P<slug>[a-z0-9_]+)\.sql")
_DOWN_NAME = re.compile(r"(?P<up>\d{4}_[a-z0-9_]+)\.down\.sql")
_SCHEMA_NAME = re.compile(r"\d{2}_[a-z0-9_]+\.sql")
_NO_TRANSACTION = re.compile(r"^--\s*omd:\s*no-transaction\s*$", re.MULTILINE)


class SqlFile(msgspec.Struct, frozen=True):
    """One SQL file: its name, its text, and whether it runs inside one transaction."""

    name: str
    sql: str

    @property
    def sha256(self) -> str:
        """Checksum of the text with line ends normalised, in hexadecimal."""
        return hashlib.sha256(self.sql.encode()).hexdigest()

    @property
    def transactional(self) -> bool:
        """False when the header of the file says `-- omd: no-transaction`."""
        statements = split_statements(self.sql)
        header = self.sql.splitlines()[: statements[0].line - 1] if statements else []
        return _NO_TRANSACTION.search("\n".join(header)) is None


class Migration(msgspec.Struct, frozen=True):
    """One entry of the diary: the way up and the way down."""

    version: int
    slug: str
    up: SqlFile
    down: SqlFile


class _Reading:
    """Collects every problem of a folder, so that all are named at once."""

    def __init__(self) -> None:
        self.problems: list[FieldProblem] = []

    def report(self, name: str, code: str, detail: str) -> None:
        self.problems.append(FieldProblem(name, code, detail))

    def sql_files(self, folder: Folder) -> dict[str, SqlFile]:
        if not folder.is_dir():
            self.report(
                folder.name,
                "folder_missing",
                f"The folder {folder.name} is missing: install the release again.",
            )
            return {}
        entries = sorted((entry for entry in folder.iterdir() if entry.name.endswith(".sql")), key=lambda e: e.name)
        read = {}
        for entry in entries:
            try:
                read[entry.name] = SqlFile(entry.name, entry.read_text(encoding="utf-8").replace("\r\n", "\n"))
            except UnicodeDecodeError as error:
                self.report(entry.name, "not_utf8", f"Byte {error.start} is not UTF-8: save the file as UTF-8.")
        for file in read.values():
            self._check_statements(file)
        return read

    def _check_statements(self, file: SqlFile) -> None:
        statements = split_statements(file.sql)
        if not statements:
            self.report(file.name, "no_statement", "The file holds no statement: write one, or remove the file.")
        for statement in statements:
            if statement.controls_session:
                self.report(
                    file.name,
                    "controls_transaction",
                    f"Line {statement.line} says {' '.join(statement.words[:2])!r}: the runner itself "
                    "ends the transaction and holds the owner role. Take the statement out.",
                )

    def finish(self, what: str) -> None:
        if self.problems:
            named = "; ".join(f"{problem.pointer}: {problem.detail}" for problem in self.problems)
            raise MigrationFilesInvalid(f"The {what} cannot be used. {named}", problems=tuple(self.problems))


def read_migrations(folder: Folder = MIGRATIONS) -> tuple[Migration, ...]:
    """Return the diary in order, numbered from 1 without a gap.

    Raises `MigrationFilesInvalid` naming every wrong name, gap, doubled number, missing or orphaned down
    file, empty file and statement that would end the runner's transaction.
    """
    reading = _Reading()
    read = reading.sql_files(folder)
    migrations = []
    for name, up in read.items():
        if (down_name := _DOWN_NAME.fullmatch(name)) is not None:
            undone = f"{down_name['up']}.sql"
            if undone not in read:
                detail = f"There is no {undone} that it would undo: add that file, or remove this one."
                reading.report(name, "down_without_up", detail)
        elif (up_name := _UP_NAME.fullmatch(name)) is None:
            detail = "A migration is named NNNN_slug.sql (four digits, lower case): rename the file."
            reading.report(name, "name_invalid", detail)
        elif (down := read.get(down_file := name.removesuffix(".sql") + ".down.sql")) is None:
            reading.report(name, "down_missing", f"{down_file} is missing: write the way back.")
        else:
            migrations.append(Migration(int(up_name["version"]), up_name["slug"], up, down))
    _check_numbers(reading, sorted(int(m["version"]) for name in read if (m := _UP_NAME.fullmatch(name))))
    reading.finish("migrations")
    return tuple(sorted(migrations, key=lambda migration: migration.version))


def _check_numbers(reading: _Reading, versions: list[int]) -> None:
    if not versions:
        reading.report("migrations", "no_migration", "There is no migration at all: install the release again.")
        return
    for version in sorted({v for v in versions if versions.count(v) > 1}):
        reading.report(f"{version:04}", "number_doubled", "Two files carry this number: renumber the later one.")
    for version in sorted(set(range(1, versions[-1] + 1)) - set(versions)):
        detail = "No file carries this number: put the missing file back, or renumber those after it."
        reading.report(f"{version:04}", "number_missing", detail)
    if versions[0] < 1:
        reading.report("0000", "name_invalid", "Migrations are numbered from 0001: rename the file.")


def read_schema_files(folder: Folder) -> tuple[SqlFile, ...]:
    """Return the files of one half of the book (`TABLES` or `OBJECTS`) in name order.

    Raises `MigrationFilesInvalid` naming every wrong name, empty file, file that asks to run outside a
    transaction, and statement that would end the transaction.
    """
    reading = _Reading()
    read = reading.sql_files(folder)
    for name, file in read.items():
        if _SCHEMA_NAME.fullmatch(name) is None:
            reading.report(name, "name_invalid", "A schema file is named NN_feature.sql (two digits): rename the file.")
        if not file.transactional:
            detail = "Schema files are applied together in one transaction: put this statement into a migration."
            reading.report(name, "no_transaction", detail)
    reading.finish("schema files")
    return tuple(read.values())
