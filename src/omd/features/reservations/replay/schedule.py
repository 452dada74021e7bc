"""The days of a replayed hotel: what happens on each, and in what order.

On one day: check-outs, cancellations of earlier bookings, no-shows, check-ins, then the day's bookings, and
then what befalls a booking on the very day it was made: its cancellation, its no-show, its check-in. Within
one such group the order is that of the file.

Rules for what the file leaves open, each counted in `Oddities`:

- A stay of no night is day use: it takes no night and is not replayed.
- A guest leaves on arrival + nights, whatever the date of the last status says.
- A cancellation dated before the booking happens on the day of the booking.
- A cancellation dated after the arrival happens on the arrival day: until then the room was kept.
- A no-show is marked on the arrival day.
"""

from collections.abc import Iterable, Iterator
from datetime import date
from enum import IntEnum
from itertools import groupby
from typing import Literal

import msgspec

from omd.features.reservations.replay.file import ReplayRow, ReplayStatus

ActionKind = Literal["check_out", "cancel", "mark_no_show", "check_in", "book"]


class _Phase(IntEnum):
    CHECK_OUT = 0
    CANCEL = 1
    NO_SHOW = 2
    CHECK_IN = 3
    BOOK = 4
    CANCEL_SAME_DAY = 5
    NO_SHOW_SAME_DAY = 6
    CHECK_IN_SAME_DAY = 7


class Action(msgspec.Struct, frozen=True):
    """One thing that happens to one booking on one business date."""

    day: date
    kind: ActionKind
    row: ReplayRow


class Oddities(msgspec.Struct, frozen=True):
    """How many replayed bookings a rule of this module had to be applied to."""

    checked_out_on_another_day: int
    cancelled_before_booked: int
    cancelled_after_arrival: int
    no_show_on_another_day: int


class Schedule(msgspec.Struct, frozen=True):
    """What is replayed, in order, and what is not.

    `rows` of the file = `replayed` + `day_use` + `left_out` (by the choice of statuses).
    """

    actions: tuple[Action, ...]
    rows: int
    replayed: int
    day_use: int
    left_out: int
    oddities: Oddities

    def days(self) -> Iterator[tuple[date, tuple[Action, ...]]]:
        """Yield each business date on which something happens, with its actions in order."""
        for day, actions in groupby(self.actions, key=lambda action: action.day):
            yield day, tuple(actions)


def build_schedule(rows: Iterable[ReplayRow], *, only: ReplayStatus | None = None) -> Schedule:
    """Return the schedule of the bookings; `only` leaves out those that ended with another status."""
    every = tuple(rows)
    chosen = [row for row in every if only is None or row.status == only]
    replayed = [row for row in chosen if row.nights > 0]
    entries: list[tuple[date, _Phase, int, ActionKind, ReplayRow]] = []
    for row in replayed:
        entries.append((row.booked_on, _Phase.BOOK, row.line, "book", row))
        entries.extend((day, phase, row.line, kind, row) for day, phase, kind in _consequences(row))
    entries.sort(key=lambda entry: entry[:3])
    return Schedule(
        actions=tuple(Action(day, kind, row) for day, _, _, kind, row in entries),
        rows=len(every),
        replayed=len(replayed),
        day_use=len(chosen) - len(replayed),
        left_out=len(every) - len(chosen),
        oddities=_oddities(replayed),
    )


def _consequences(row: ReplayRow) -> Iterator[tuple[date, _Phase, ActionKind]]:
    """Yield what happens to a booking after it was made."""
    walk_in = row.booked_on == row.arrival
    if row.status == "check_out":
        yield row.arrival, _Phase.CHECK_IN_SAME_DAY if walk_in else _Phase.CHECK_IN, "check_in"
        yield row.departure, _Phase.CHECK_OUT, "check_out"
    elif row.status == "no_show":
        yield row.arrival, _Phase.NO_SHOW_SAME_DAY if walk_in else _Phase.NO_SHOW, "mark_no_show"
    else:
        day = min(max(row.status_on, row.booked_on), row.arrival)
        yield day, _Phase.CANCEL_SAME_DAY if day == row.booked_on else _Phase.CANCEL, "cancel"


def _oddities(rows: list[ReplayRow]) -> Oddities:
    cancelled = [row for row in rows if row.status == "cancelled"]
    return Oddities(
        checked_out_on_another_day=sum(row.status == "check_out" and row.status_on != row.departure for row in rows),
        cancelled_before_booked=sum(row.status_on < row.booked_on for row in cancelled),
        cancelled_after_arrival=sum(row.status_on > row.arrival for row in cancelled),
        no_show_on_another_day=sum(row.status == "no_show" and row.status_on != row.arrival for row in rows),
    )
