"""The change feed of a stay: what the audit quotes row by row, told field by field."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import groupby, zip_longest
from typing import Any, Literal

import msgspec

from omd.features.reservations.guest_queries import ChangeRow


class FieldChange(msgspec.Struct, frozen=True):
    """One field of a stay, of its n-th guest, or its nights, as it was and as it is.

    `guest` counts from 1, the primary guest first; it is None for the stay and its nights. What is secret stands as
    the word `changed`, what was erased as `(erased)`. A field that was empty, or is, has null there.
    """

    at: datetime
    by: str
    user_id: int | None
    of: Literal["reservation", "guest", "nights"]
    guest: int | None
    field: str
    before: Any
    after: Any


def field_changes(rows: Sequence[ChangeRow]) -> Iterator[FieldChange]:
    """Yield the changes in the rows, the oldest first; the rows of one transaction come together.

    Guests are replaced together when any of them changes, and nights given back before others are held: what is
    the same before and after a transaction is no change.
    """
    for _, group in groupby(rows, key=lambda row: (row.at, row.actor)):
        together = list(group)
        yield from _of_reservation(together)
        yield from _of_guests(together)
        yield from _of_nights(together)


def _of_reservation(rows: list[ChangeRow]) -> Iterator[FieldChange]:
    for row in rows:
        if row.thing == "reservations":
            before, after = _object(row.before), _object(row.after)
            yield from _fields(row, "reservation", None, before, after)


def _of_guests(rows: list[ChangeRow]) -> Iterator[FieldChange]:
    named = [row for row in rows if row.thing == "reservation_guests"]
    if not named:
        return
    gone = _by_rank(_object(row.before) for row in named if row.action == "delete")
    come = _by_rank(_object(row.after) for row in named if row.action == "insert")
    pairs: Iterator[tuple[dict[str, Any], dict[str, Any]]] = zip_longest(gone, come, fillvalue={})
    for number, (before, after) in enumerate(pairs, start=1):
        yield from _fields(named[0], "guest", number, before, after)
    for row in named:
        if row.action == "update":
            yield from _fields(row, "guest", None, _object(row.before), _object(row.after))


def _of_nights(rows: list[ChangeRow]) -> Iterator[FieldChange]:
    held = [row for row in rows if row.thing == "reservation_nights"]
    if not held:
        return
    gone = [run for row in held if row.action == "delete" for run in _object(row.before)["nights"]]
    come = [run for row in held if row.action == "insert" for run in _object(row.after)["nights"]]
    moved = [row for row in held if row.action == "update"]
    before = gone or (_object(moved[0].before)["nights"] if moved else None)
    after = come or (_object(moved[-1].after)["nights"] if moved else None)
    if before != after:
        yield FieldChange(
            held[0].at, held[0].actor, held[0].user_id, "nights", None, "nights", before or None, after or None
        )


def _fields(
    row: ChangeRow,
    of: Literal["reservation", "guest"],
    guest: int | None,
    before: dict[str, Any],
    after: dict[str, Any],
) -> Iterator[FieldChange]:
    for name in sorted(before.keys() | after.keys()):
        was, is_now = before.get(name), after.get(name)
        # Two numbers both stand as the word changed: that they are two is not seen, that there is one is.
        if was != is_now and name not in ("id", "is_primary"):
            yield FieldChange(row.at, row.actor, row.user_id, of, guest, name, was, is_now)


def _by_rank(guests: Iterator[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(guests, key=lambda guest: (not guest["is_primary"], guest["id"]))


def _object(text: str | None) -> dict[str, Any]:
    return {} if text is None else msgspec.json.decode(text, type=dict[str, Any])
