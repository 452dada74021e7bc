"""Named SQL statements: the product's SQL lives in `.sql` files and reaches the driver from here only.

A statement in a file:

    -- name: find_rooms
    -- rows: many Room
    -- The rooms of a hotel in use, by number.
    select ... where omd_id = :omd_id

`rows` is `none`, `value`, `one Row`, `maybe Row` or `many Row`; a test prepares every statement against the
real schema and compares its columns with the fields of Row, in order.
"""

import re
from collections.abc import Mapping
from importlib.resources import files
from typing import Literal

import msgspec

Cardinality = Literal["none", "value", "one", "maybe", "many"]

_HEADER = re.compile(r"^-- name: (?P<name>[a-z][a-z0-9_]*)$", re.MULTILINE)
_ROWS = re.compile(r"^(none|value|one|maybe|many)(?: ([A-Z]\w+))?$")
_PARAMETER = re.compile(r"(?<![:\w]):([a-z][a-z0-9_]*)")


class Statement(msgspec.Struct, frozen=True):
    """One named statement, its parameters in the order of their `$n`."""

    name: str
    text: str
    parameters: tuple[str, ...]
    cardinality: Cardinality
    row: str | None
    sentence: str
    source: str

    @property
    def full_name(self) -> str:
        """Return the name with that of its package before it, as `inventory.list_rooms`: unique in the product."""
        package = self.source.partition("/")[0]
        return f"{package.removeprefix('omd.').removeprefix('features.')}.{self.name}"


def load_statements(package: str, file_name: str = "queries.sql") -> Mapping[str, Statement]:
    """Read the statements of one `.sql` file of a package; raise `ValueError` naming what is malformed."""
    text = files(package).joinpath(file_name).read_text(encoding="utf-8")
    source = f"{package}/{file_name}"
    heads = list(_HEADER.finditer(text))
    statements: dict[str, Statement] = {}
    for head, following in zip(heads, [*heads[1:], None], strict=True):
        body = text[head.end() : following.start() if following else None].strip()
        statement = _parse(head["name"], body, source)
        if statement.name in statements:
            raise ValueError(f"{source} names {statement.name} twice")
        statements[statement.name] = statement
    return statements


def _parse(name: str, body: str, source: str) -> Statement:
    lines = body.splitlines()
    comments = [line for line in lines if line.startswith("--")]
    rows = _ROWS.match(comments[0].removeprefix("-- rows: ")) if comments else None
    if rows is None or len(comments) < 2:
        raise ValueError(f"{source}: {name} needs a `-- rows:` line and one sentence saying what it answers")
    sql = "\n".join(line for line in lines if not line.startswith("--")).strip().removesuffix(";")
    parameters: dict[str, int] = {}

    def number(match: re.Match[str]) -> str:
        return f"${parameters.setdefault(match[1], len(parameters) + 1)}"

    return Statement(
        name=name,
        text=_PARAMETER.sub(number, sql),
        parameters=tuple(parameters),
        cardinality=rows[1],  # type: ignore[arg-type]  # the pattern admits the five words only
        row=rows[2],
        sentence=" ".join(line.removeprefix("--").strip() for line in comments[1:]),
        source=source,
    )
