"""The product's named statements, and the structs their rows become."""

import importlib
import pkgutil
import types
import typing
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from importlib.resources import files
from pathlib import Path
from uuid import UUID

import msgspec

import omd
from omd.db import Statement, load_statements

SOURCE = Path(str(files(omd)))
NOT_NAMED = SOURCE / "db"
"""The book, the diary and the migrator's own SQL: scripts, not named statements."""

_PYTHON_TYPES: dict[str, type] = {
    "bool": bool,
    "bytea": bytes,
    "date": date,
    "float8": float,
    "int2": int,
    "int4": int,
    "int8": int,
    # The door hands JSON over as text.
    "json": str,
    "jsonb": str,
    "numeric": Decimal,
    "text": str,
    "timestamptz": datetime,
    "uuid": UUID,
}


def statement_files() -> list[Path]:
    """Return every file of named statements."""
    return sorted(path for path in SOURCE.rglob("*.sql") if NOT_NAMED not in path.parents)


def package_of(path: Path) -> str:
    """Return the package that a file of the product lies in."""
    return ".".join(("omd", *path.parent.relative_to(SOURCE).parts))


def named_statements() -> Iterator[tuple[str, Statement]]:
    """Yield every named statement with the package it belongs to."""
    for path in statement_files():
        for statement in load_statements(package_of(path), path.name).values():
            yield package_of(path), statement


def find_row(package: str, name: str) -> type[msgspec.Struct]:
    """Return the struct of this name in a package; raise `LookupError` unless there is exactly one."""
    root = importlib.import_module(package)
    modules = [
        root,
        *(importlib.import_module(f"{package}.{each.name}") for each in pkgutil.iter_modules(root.__path__)),
    ]
    found = {value for module in modules if isinstance(value := getattr(module, name, None), type)}
    if len(found) != 1:
        raise LookupError(f"{package} has {len(found)} structs named {name}: {found}")
    return found.pop()


def python_type(sql_type: str) -> object:
    """Return what the driver makes of a PostgreSQL type; an array becomes a list."""
    if sql_type.endswith("[]"):
        return list[_PYTHON_TYPES[sql_type.removesuffix("[]")]]  # type: ignore[misc]  # made at run time
    return _PYTHON_TYPES[sql_type]


def plain_type(annotation: object) -> object:
    """Return the type a value of this annotation has at run time, None aside."""
    if isinstance(annotation, typing.NewType):
        return plain_type(annotation.__supertype__)
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Annotated:
        return plain_type(arguments[0])
    if origin is typing.Literal:
        return type(arguments[0])
    if origin in {typing.Union, types.UnionType}:
        kinds = {plain_type(each) for each in arguments if each is not type(None)}
        return kinds.pop() if len(kinds) == 1 else annotation
    if origin is list:
        return list[plain_type(arguments[0])]  # type: ignore[misc]  # made at run time
    return annotation
