"""Every problem of a body at once: msgspec stops at the first, a person wants them all.

Used only after a body was refused, so it costs an accepted request nothing.
"""

from collections.abc import Iterator
from itertools import islice
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

import msgspec

from omd.kernel.errors import FieldProblem

MOST_PROBLEMS = 100
"""More are not told: a body of a megabyte could be answered by thirty, at the cost of everybody who waits."""


def body_problems(expected: Any, raw: object) -> tuple[FieldProblem, ...]:
    """Return what is wrong with a decoded JSON body, each with its JSON pointer (RFC 6901); `MOST_PROBLEMS` at most."""
    return tuple(islice(_problems(expected, raw, ""), MOST_PROBLEMS))


def _problems(expected: Any, raw: object, pointer: str) -> Iterator[FieldProblem]:
    shape = _plain(expected, raw)
    if isinstance(shape, type) and issubclass(shape, msgspec.Struct) and isinstance(raw, dict):
        yield from _struct_problems(shape, raw, pointer)
    elif get_origin(shape) in (list, tuple) and isinstance(raw, list):
        before = 0
        for index, element in enumerate(raw):
            for problem in _problems(get_args(shape)[0], element, f"{pointer}/{index}"):
                before += 1
                yield problem
        if not before:
            yield from _own_problem(expected, raw, pointer)
    else:
        yield from _own_problem(expected, raw, pointer)


def _struct_problems(shape: type[msgspec.Struct], raw: dict[str, object], pointer: str) -> Iterator[FieldProblem]:
    before = 0
    for problem in _field_problems(shape, raw, pointer):
        before += 1
        yield problem
    # Every field may be right by itself, and the struct's own rule still refuse them together.
    if not before:
        yield from _own_problem(shape, raw, pointer)


def _field_problems(shape: type[msgspec.Struct], raw: dict[str, object], pointer: str) -> Iterator[FieldProblem]:
    known = {field.encode_name: field for field in msgspec.structs.fields(shape)}
    for name in raw:
        if name not in known and shape.__struct_config__.forbid_unknown_fields:
            allowed = ", ".join(known)
            said = f"There is no such field; the fields are {allowed}."
            yield FieldProblem(f"{pointer}/{escaped(name)}", "unknown_field", said)
    for name, field in known.items():
        if name in raw:
            yield from _problems(field.type, raw[name], f"{pointer}/{name}")
        elif field.required:
            yield FieldProblem(f"{pointer}/{name}", "missing", "This field is required.")


def _own_problem(expected: Any, raw: object, pointer: str) -> Iterator[FieldProblem]:
    try:
        msgspec.convert(raw, expected)
    except msgspec.ValidationError as error:
        yield FieldProblem(pointer, "invalid_value", str(error).split(" - at ", maxsplit=1)[0] + ".")


def _plain(expected: Any, raw: object) -> Any:
    """Return the type behind `Annotated`, `| None` and `| UnsetType`; leave any other union to msgspec as a whole."""
    while get_origin(expected) is Annotated:
        expected = get_args(expected)[0]
    if get_origin(expected) in (Union, UnionType):
        members = [member for member in get_args(expected) if member not in (type(None), msgspec.UnsetType)]
        if len(members) == 1 and raw is not None:
            return _plain(members[0], raw)
    return expected


def escaped(name: str) -> str:
    """Return a field's name as a JSON pointer spells it (RFC 6901, 3)."""
    return name.replace("~", "~0").replace("/", "~1")
