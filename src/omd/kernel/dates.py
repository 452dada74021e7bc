"""Dates of a stay: whole days, half-open, in the hotel's own calendar."""

from collections.abc import Iterator
from datetime import date
from typing import NewType

import msgspec

from omd.kernel.errors import FieldProblem, InvalidInput

BusinessDate = NewType("BusinessDate", date)
"""The day a hotel is working on; it moves when the hotel says so, not at midnight."""

MAX_NIGHTS = 366
"""Longest stay the platform sells in one reservation, and longest maintenance of a room, in nights."""


class StayDates(msgspec.Struct, frozen=True, order=True):
    """The half-open interval `[arrival, departure)`; each date in it is one night."""

    arrival: date
    departure: date

    @property
    def nights(self) -> int:
        """Number of nights held, at least 1 for a parsed stay."""
        return (self.departure - self.arrival).days

    def dates(self) -> Iterator[date]:
        """Return every night's date in order, the departure day excluded."""
        return map(date.fromordinal, range(self.arrival.toordinal(), self.departure.toordinal()))

    def overlaps(self, other: "StayDates") -> bool:
        """Say whether the two stays share a night."""
        return self.arrival < other.departure and other.arrival < self.departure


def parse_stay(arrival: date, departure: date, *, prefix: str = "/") -> StayDates:
    """Return the stay, or raise `InvalidInput` naming the departure when it holds no or too many nights.

    `prefix` is what stands before the field name in a problem pointer: `/` for a body, `?` for a query.
    """
    nights = (departure - arrival).days
    if nights < 1:
        code, said = "departure_not_after_arrival", "The departure must be at least one day after the arrival."
    elif nights > MAX_NIGHTS:
        code, said = "stay_too_long", f"A stay may hold at most {MAX_NIGHTS} nights; this one holds {nights}."
    else:
        return StayDates(arrival, departure)
    raise InvalidInput(said, problems=(FieldProblem(f"{prefix}departure", code, said),))


def parse_interval(starts_on: date, ends_on: date, *, at: str = "/ends_on", at_most: int | None = None) -> StayDates:
    """Return the nights `[starts_on, ends_on)`, or raise `InvalidInput` when they are none or too many.

    `at` is the pointer to the end; `at_most` is how many nights there may be, None where it does not matter.
    """
    nights = (ends_on - starts_on).days
    if nights < 1:
        code, said = "end_not_after_start", "The end must be at least one day after the start."
    elif at_most is not None and nights > at_most:
        code, said = "interval_too_long", f"An interval may hold at most {at_most} nights; this one holds {nights}."
    else:
        return StayDates(starts_on, ends_on)
    raise InvalidInput(said, problems=(FieldProblem(at, code, said),))
