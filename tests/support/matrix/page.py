"""The page of the matrix: `docs/security/matrix.md`."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from support.matrix.asking import Row
from support.matrix.callers import CALLERS
from support.matrix.rights import target_of
from support.openapi import METHODS

PAGE = Path(__file__).parents[3] / "docs" / "security" / "matrix.md"
API = "/api/v1"

_HEAD = """\
# Who gets which answer

Every operation of the OpenAPI document, asked by everybody **about one hotel and its destination**, with real ids of
theirs in path, query and body. What stands here was answered by the running application; the same run proves that
every cell is what [`permissions.py`](../../src/omd/features/identity/permissions.py) says, and that whoever was refused
changed nothing.

This page is made by `make matrix`; the suite fails when it is not what was observed. What else is proven, and where:
[README](README.md).

| Cell | Means |
|---|---|
| `ok` | done |
| `401` | say who you are |
| `403` | you may not do this, or not here; what is there plays no part |
| `404` | there is nothing such: word for word the answer for an id that does not exist |
| `409` | let in, and refused for what stands: a role that is held, a stay that is not over |
| `410` | a link that is none |
| `400` | says in two ways at once who it is (OAuth) |

Where an operation is open to everybody, `401`, `404` and `410` answer the credentials, the provider and the link in the
request, and are the same whether there is such a person or program or not.

| Caller | Who that is |
|---|---|
"""

_PARTS = (
    ("grand", "A hotel", "/businesses/{business_id}"),
    ("stay", "A stay of the hotel", "/reservations/{reservation_id}"),
    ("alpha", "Its destination", "/omds/{omd_id}"),
    ("platform", "The platform", ""),
    ("oneself", "One's own account", ""),
    ("everybody", "Open to everybody", ""),
)


def render(rows: Sequence[Row]) -> str:
    """Return the page of these rows as Markdown."""
    parts = [_HEAD, *(f"| {caller.name} | {caller.who} |\n" for caller in CALLERS)]
    for target, title, prefix in _PARTS:
        found = [row for row in rows if target_of(row.operation, row.names) == target]
        if not found:
            continue
        parts.append(f"\n## {title}\n\n")
        parts.append(f"`…` is `{API}{prefix}`.\n\n")
        parts += _table(found, API + prefix)
    return "".join(parts)


def _table(rows: Iterable[Row], prefix: str) -> list[str]:
    names = [caller.name for caller in CALLERS]
    lines = [f"| | {' | '.join(names)} |\n", f"|---|{':-:|' * len(names)}\n"]
    for row in sorted(rows, key=_order):
        path = row.operation.path
        shown = f"…{path.removeprefix(prefix)}" if path.startswith(prefix) else path
        cells = " | ".join(row.cells[name] for name in names)
        lines.append(f"| `{row.operation.method.upper()} {shown}` | {cells} |\n")
    return lines


def _order(row: Row) -> tuple[str, int]:
    return row.operation.path, METHODS.index(row.operation.method)
