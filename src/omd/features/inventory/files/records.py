"""The flat shape of an inventory file: one record a row, the same columns in CSV and in JSON."""

from typing import Literal, get_args

import msgspec

from omd.kernel.table_files import Source

Kind = Literal["omd", "hotel", "room_type", "room", "rooms"]
KINDS: tuple[Kind, ...] = get_args(Kind)


class ColumnUse(msgspec.Struct, frozen=True):
    """Which columns a record of one kind fills in; every other column stays empty."""

    required: tuple[str, ...]
    optional: tuple[str, ...] = ()


_ROOM_COLUMNS = ColumnUse(("omd", "hotel", "room_type", "numbers"), ("floor", "features"))

COLUMN_USE: dict[Kind, ColumnUse] = {
    "omd": ColumnUse(("omd", "name")),
    "hotel": ColumnUse(("omd", "hotel", "name", "time_zone", "currency")),
    "room_type": ColumnUse(
        ("omd", "hotel", "room_type", "name", "max_adults"),
        ("max_children", "max_occupancy", "min_occupancy", "standard_occupancy", "quantity"),
    ),
    "room": _ROOM_COLUMNS,
    "rooms": _ROOM_COLUMNS,
}

COLUMNS = (
    "record",
    "omd",
    "hotel",
    "room_type",
    "name",
    "time_zone",
    "currency",
    "max_adults",
    "max_children",
    "max_occupancy",
    "min_occupancy",
    "standard_occupancy",
    "quantity",
    "numbers",
    "floor",
    "features",
)
REQUIRED_COLUMNS = frozenset({"record"}.union(*(use.required for use in COLUMN_USE.values())))
INTEGER_COLUMNS = frozenset(
    {"max_adults", "max_children", "max_occupancy", "min_occupancy", "standard_occupancy", "quantity", "floor"}
)


class Record(msgspec.Struct, frozen=True):
    """One row as text: only the cells that hold something, runs of blanks and line breaks made one blank.

    `unread` names the cells whose value could not even be taken as text; their problems are noted already.
    """

    source: Source
    cells: dict[str, str]
    unread: frozenset[str] = frozenset()


class Records(msgspec.Struct, frozen=True):
    """The rows of a file; `whole` is False when a part of it could not be read as rows at all."""

    rows: tuple[Record, ...]
    whole: bool


def one_line(text: str) -> str:
    """Return the text without outer blanks, every run of blanks and line breaks made one blank."""
    return " ".join(text.split())
