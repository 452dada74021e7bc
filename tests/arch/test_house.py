"""The rules of the house that no import contract can state: sizes, names, the driver, SQL, who writes a table."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "omd"
DIARY = SOURCE / "db" / "migrations"
LARGEST_FILE_LINES = 400
LARGEST_FUNCTION_LINES = 60
NO_NAMES = re.compile(r"(^|_)(utils?|helpers?|common|misc|stuff|shared|base|manager)(_|$)")

PYTHON = sorted(SOURCE.rglob("*.py"))
MODULES = [pytest.param(path, id=str(path.relative_to(SOURCE))) for path in PYTHON]


def parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def test_no_file_is_long() -> None:
    """A file over 400 lines becomes a package split by use case. The diary is what it is: it is never rewritten."""
    files = [
        *SOURCE.rglob("*.py"),
        *SOURCE.rglob("*.sql"),
        *(ROOT / "tests").rglob("*.py"),
        *(ROOT / "bench").rglob("*.py"),
    ]
    assert len(files) > 100
    lengths = {
        str(path.relative_to(ROOT)): len(path.read_bytes().splitlines()) for path in files if path.parent != DIARY
    }
    assert {name: lines for name, lines in lengths.items() if lines > LARGEST_FILE_LINES} == {}


def test_no_file_is_named_for_nothing() -> None:
    """A name says what is inside: no utils, helpers, common."""
    named = [*SOURCE.rglob("*"), *(ROOT / "tests").rglob("*"), *(ROOT / "bench").rglob("*")]
    assert [str(path.relative_to(ROOT)) for path in named if NO_NAMES.search(path.stem)] == []


def test_no_function_is_long() -> None:
    long = {
        f"{path.relative_to(SOURCE)}:{node.name}": node.end_lineno - node.lineno + 1
        for path in PYTHON
        for node in ast.walk(parse(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno is not None
        and node.end_lineno - node.lineno >= LARGEST_FUNCTION_LINES
    }
    assert long == {}


@pytest.mark.parametrize("path", MODULES)
def test_the_driver_is_known_to_the_database_package_only(path: Path) -> None:
    if SOURCE / "db" in path.parents:
        return
    imported = {
        name
        for node in ast.walk(parse(path))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or ""])
    }
    assert [name for name in imported if name.split(".")[0] in {"asyncpg", "psycopg", "psycopg2", "sqlalchemy"}] == []


SQL = re.compile(
    r"^\s*(select\s.+|insert\s+into\s|update\s+\w+\s+set\s|delete\s+from\s|with\s+\w+\s+as\s*\(|truncate\s+\w|"
    r"(create|alter|drop)\s+(table|index|view|function|database|role|schema|policy|trigger)\s|"
    r"(begin|commit|rollback|savepoint|set\s+(local\s+)?role|listen|notify|call|explain|lock\s+table)\b[^.]*$)",
    re.IGNORECASE | re.DOTALL,
)
"""What a statement begins with. An English sentence ends with a full stop or says its verb otherwise."""


def sql_strings(tree: ast.Module) -> Iterator[str]:
    """Yield the strings of a module that read like SQL, docstrings aside."""
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            text = node.value
            if len(text.split()) > 1 and SQL.match(text) and not text.rstrip().endswith("."):
                yield text


@pytest.mark.parametrize("path", MODULES)
def test_sql_lives_in_sql_files(path: Path) -> None:
    """The door, the migrator and the embedded server speak to the server itself; everybody else names a statement."""
    if SOURCE / "db" in path.parents:
        return
    assert list(sql_strings(parse(path))) == []


@pytest.mark.parametrize(
    ("text", "is_sql"),
    [
        ("select id from rooms", True),
        ("  insert into rooms (id) values (1)", True),
        ("update rooms set floor = 1", True),
        ("delete from rooms", True),
        ("with gone as (delete from rooms returning id) table gone", True),
        ("Select a room type first.", False),
        ("update", False),
        ("Delete the room, or keep it.", False),
    ],
)
def test_what_counts_as_sql(text: str, *, is_sql: bool) -> None:
    assert (list(sql_strings(ast.parse(f"said = {text!r}"))) == [text]) is is_sql


OWNERS = {
    "platform": "infra",
    "webhooks": "infra",
    "jobs": "infra",
    "limits": "identity",
    "taxes": "rates",
    "waiting": "reservations",
    "folios_fees": "folios",
    "housekeeping_tasks": "housekeeping",
    "housekeeping_sheets": "housekeeping",
}
"""The tables that every feature writes through belong to infra; elsewhere a file is named for its feature or a part."""

WRITERS_OF_OTHERS = {
    # A night held is counted and claimed by one trigger, whoever holds it.
    ("db/schema/objects/40_reservations.sql", "room_availability"),
    ("db/schema/objects/48_reservations_day_uses.sql", "room_availability"),
    ("db/schema/objects/40_reservations.sql", "room_type_availability"),
    # A forced booking raises the counter it is sold above, under the lock it holds already.
    ("db/schema/objects/41_reservations_book.sql", "room_type_availability"),
    # A room is closed in one transaction with its nights.
    ("db/schema/objects/31_availability_horizon.sql", "individual_rooms"),
    # Events go in with what they tell of.
    ("db/schema/objects/41_reservations_book.sql", "events"),
    ("features/availability/queries.sql", "events"),
    ("db/schema/objects/50_folios.sql", "events"),
    ("features/inventory/importing/queries.sql", "events"),
}
"""Files that write a table of another owner, each with its reason. The list may shrink, not grow."""

_TABLE = re.compile(r"^create table (\w+)", re.MULTILINE)
_WRITE = re.compile(r"\b(?:insert\s+into|update|delete\s+from|merge\s+into|truncate(?:\s+table)?)\s+(?:only\s+)?(\w+)")
_COMMENT = re.compile(r"--.*")


def test_a_table_is_written_by_its_owner_only() -> None:
    owners = {
        table: OWNERS.get(owner := path.stem.split("_", 1)[1], owner)
        for path in (SOURCE / "db" / "schema" / "tables").glob("*.sql")
        for table in _TABLE.findall(path.read_text(encoding="utf-8"))
    }
    assert {"reservations", "omds", "room_availability"} <= owners.keys()
    foreign = {
        (str(path.relative_to(SOURCE)), table)
        for path in [*(SOURCE / "db" / "schema" / "objects").glob("*.sql"), *named_files()]
        for table in _WRITE.findall(_COMMENT.sub("", path.read_text(encoding="utf-8").lower()))
        if table in owners and owners[table] != owner_of(path)
    }
    assert foreign == WRITERS_OF_OTHERS


def named_files() -> list[Path]:
    return [path for path in SOURCE.rglob("*.sql") if SOURCE / "db" not in path.parents]


def owner_of(path: Path) -> str:
    """Return whose a file is: 41_reservations_book.sql is the reservations', features/rates/queries.sql the rates'."""
    top, *rest = path.relative_to(SOURCE).parts
    owner = rest[0] if top == "features" else path.stem.split("_")[1] if top == "db" else top
    return OWNERS.get(owner, owner)


def test_a_feature_without_its_own_tables_is_no_owner() -> None:
    """The numbers of the book's two halves agree, so that a name in one is the same feature in the other."""
    tables = {path.name for path in (SOURCE / "db" / "schema" / "tables").glob("*.sql")}
    objects = {path.name for path in (SOURCE / "db" / "schema" / "objects").glob("*.sql")}
    assert tables <= objects
