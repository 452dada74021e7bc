"""Which dates a change of prices means, and whether two parts of it mean the same ones.

Dates are kept as bits of a number, so that five years of every season, plan and room type are compared at once.
"""

from calendar import isleap
from collections.abc import Hashable, Iterable, Iterator, Sequence
from datetime import date, timedelta
from functools import reduce
from operator import or_

import msgspec

from omd.features.rates.by_date import Calendar
from omd.features.rates.model import WEEKDAYS, Weekday
from omd.kernel.errors import FieldProblem

YEARS_AHEAD = 5


class Bounds(msgspec.Struct, frozen=True):
    """The dates that can be priced: from the hotel's business date on, before a date five years later."""

    first: date
    last: date

    @classmethod
    def of(cls, business_date: date) -> "Bounds":
        """Return the bounds of a hotel that works on this date."""
        year = business_date.year + YEARS_AHEAD
        leap_day = (business_date.month, business_date.day) == (2, 29) and not isleap(year)
        return cls(business_date, business_date.replace(year=year, day=28 if leap_day else business_date.day))

    def bits(self, starts_on: date, ends_on: date) -> int:
        """Return the dates `[starts_on, ends_on)`, which lie within, as bits from the first date on."""
        return ((1 << (ends_on - starts_on).days) - 1) << (starts_on - self.first).days

    def weekday_bits(self, weekday: Weekday) -> int:
        """Return every date on this day of the week as bits."""
        offset = (WEEKDAYS.index(weekday) - self.first.weekday()) % 7
        return reduce(or_, (1 << at for at in range(offset, (self.last - self.first).days, 7)), 0)

    def first_of(self, bits: int) -> date:
        """Return the earliest of some dates."""
        return self.first + timedelta(days=(bits & -bits).bit_length() - 1)


class Spread(msgspec.Struct, frozen=True):
    """Dates as the database is told of them, and as bits."""

    starts: list[date]
    ends: list[date]
    weekdays: list[int]
    bits: int

    @property
    def days(self) -> int:
        """Return how many dates there are."""
        return self.bits.bit_count()


class Overlap(msgspec.Struct, frozen=True):
    """That two parts of a change, by their places in it, mean the same dates of one thing."""

    earlier: int
    later: int
    of: Hashable
    bits: int


def spread(calendar: Calendar, bounds: Bounds, at: str) -> tuple[Spread, list[FieldProblem]]:
    """Return the dates that a calendar means and every problem with them; `at` is the pointer to it."""
    problems: list[FieldProblem] = []
    starts: list[date] = []
    ends: list[date] = []
    bits = 0
    for pointer, starts_on, ends_on in _intervals(calendar, bounds, at):
        wrong = _problem_of(starts_on, ends_on, bounds, pointer)
        if wrong is None and (shared := bits & bounds.bits(starts_on, ends_on)):
            said = f"{bounds.first_of(shared)} is in an interval before this one already; name every date once."
            wrong = FieldProblem(pointer, "dates_overlap", said)
        if wrong is not None:
            problems.append(wrong)
            continue
        bits |= bounds.bits(starts_on, ends_on)
        starts.append(starts_on)
        ends.append(ends_on)
    days = calendar.weekdays or list(WEEKDAYS)
    bits &= reduce(or_, map(bounds.weekday_bits, days))
    if not bits and not problems:
        said = "No date is meant: give dates or months, and days of the week that lie in them."
        problems.append(FieldProblem(f"{at}/dates", "no_date", said))
    return Spread(starts, ends, sorted({WEEKDAYS.index(day) + 1 for day in days}), bits), problems


def _intervals(calendar: Calendar, bounds: Bounds, at: str) -> Iterator[tuple[str, date, date]]:
    for index, each in enumerate(calendar.dates):
        yield f"{at}/dates/{index}", each.starts_on, each.ends_on
    for index, month in enumerate(calendar.months):
        year, number = int(month[:4]), int(month[5:])
        if year == 0:
            yield f"{at}/months/{index}", date.min, date.min + timedelta(days=31)
            continue
        starts_on = date(year, number, 1)
        # The last month of the calendar has no first date after it; it lies far beyond what is priced.
        ends_on = date.max if (year, number) == (9999, 12) else date(year + number // 12, number % 12 + 1, 1)
        # Of a month that has begun the rest is meant, and of the last one what can be priced.
        if ends_on > bounds.first and starts_on < bounds.last:
            starts_on, ends_on = max(starts_on, bounds.first), min(ends_on, bounds.last)
        yield f"{at}/months/{index}", starts_on, ends_on


def _problem_of(starts_on: date, ends_on: date, bounds: Bounds, pointer: str) -> FieldProblem | None:
    if ends_on <= starts_on:
        said = "The end must be at least one day after the start."
        return FieldProblem(f"{pointer}/ends_on", "end_not_after_start", said)
    if starts_on < bounds.first:
        said = f"{starts_on} lies before the hotel's business date {bounds.first}; what is past keeps its price."
        return FieldProblem(pointer, "date_in_the_past", said)
    if ends_on > bounds.last:
        day = timedelta(days=1)
        said = f"{ends_on - day} lies more than {YEARS_AHEAD} years ahead; the last date is {bounds.last - day}."
        return FieldProblem(pointer, "beyond_five_years", said)
    return None


def overlaps(parts: Sequence[tuple[int, Iterable[Hashable]]]) -> Iterator[Overlap]:
    """Yield, once for every two parts, that they mean the same dates of the same thing; a part is bits and things."""
    known: dict[Hashable, list[tuple[int, int]]] = {}
    union: dict[Hashable, int] = {}
    told: set[tuple[int, int]] = set()
    for later, (bits, things) in enumerate(parts):
        for thing in things:
            if union.get(thing, 0) & bits:
                for earlier, others in known[thing]:
                    if others & bits and (earlier, later) not in told:
                        told.add((earlier, later))
                        yield Overlap(earlier, later, thing, others & bits)
            known.setdefault(thing, []).append((later, bits))
            union[thing] = union.get(thing, 0) | bits
