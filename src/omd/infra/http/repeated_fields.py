"""Fields that a JSON object gives twice. JSON leaves open which one counts (RFC 8259, 4), so neither is taken."""

import json
import re
from collections.abc import Iterator
from itertools import islice

from omd.infra.http.validation import MOST_PROBLEMS, escaped
from omd.kernel.errors import FieldProblem

_NAMES = re.compile(rb'"([a-z0-9_]*)"\s*:')
"""The fields of a JSON text without escapes, spelt as every field of the API is; others are refused as unknown."""


class _Object(list[tuple[str, object]]):
    """An object with all its fields, in the order given."""


def repeated_fields(raw: bytes) -> tuple[FieldProblem, ...]:
    """Return a problem for every field given again within its object, `MOST_PROBLEMS` at most.

    `raw` has been read as JSON already. Names are rarely repeated in a body, and escapes are rare: only where there
    are any is it read a second time.
    """
    if b"\\" not in raw:
        names = _NAMES.findall(raw)
        if len(names) == len(set(names)):
            return ()
    return tuple(islice(_repeated(json.loads(raw, object_pairs_hook=_Object), ""), MOST_PROBLEMS))


def _repeated(value: object, pointer: str) -> Iterator[FieldProblem]:
    if isinstance(value, _Object):
        seen: set[str] = set()
        for name, inner in value:
            at = f"{pointer}/{escaped(name)}"
            if name in seen:
                yield FieldProblem(at, "given_twice", "This field is given more than once; give it once.")
            seen.add(name)
            yield from _repeated(inner, at)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _repeated(inner, f"{pointer}/{index}")
