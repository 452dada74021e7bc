"""Figures of a set of bookings: peaks of simultaneous stays, largest parties, occupancy by month."""

from calendar import monthrange
from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date, timedelta

import msgspec

from omd.features.reservations.replay.file import ReplayRow


class MonthFigures(msgspec.Struct, frozen=True):
    """Nights sold in one calendar month (`2015-07`), of the nights its rooms offer.

    `occupancy` is rooms sold divided by rooms available, between 0 and 1, the month counted whole; above 1
    when more was sold than the rooms hold.
    """

    month: str
    nights_sold: int
    nights_available: int
    occupancy: float


class LargestParty(msgspec.Struct, frozen=True):
    """The most adults, children (babies not counted) and persons that any one booking of a type brings."""

    adults: int
    children: int
    persons: int


def peak(rows: Iterable[ReplayRow]) -> int:
    """Return the most stays that hold the same night; a departure frees its room for that day's arrivals."""
    change: Counter[date] = Counter()
    for row in rows:
        # Day use adds and takes away on the same date, so it never counts.
        change[row.arrival] += 1
        change[row.departure] -= 1
    highest = staying = 0
    for day in sorted(change):
        staying += change[day]
        highest = max(highest, staying)
    return highest


def peaks(rows: Iterable[ReplayRow]) -> dict[str, int]:
    """Return the peak of simultaneous stays of every reserved room type that has a stay of a night."""
    by_type: defaultdict[str, list[ReplayRow]] = defaultdict(list)
    for row in rows:
        if row.nights > 0:
            by_type[row.room_type].append(row)
    return {room_type: peak(by_type[room_type]) for room_type in sorted(by_type)}


def largest_parties(rows: Iterable[ReplayRow]) -> dict[str, LargestParty]:
    """Return the largest party of every reserved room type, so that its rooms can be made to take all."""
    largest: dict[str, LargestParty] = {}
    for row in rows:
        held = largest.get(row.room_type, LargestParty(0, 0, 0))
        largest[row.room_type] = LargestParty(
            max(held.adults, row.adults),
            max(held.children, row.children),
            max(held.persons, row.adults + row.children),
        )
    return dict(sorted(largest.items()))


def occupancy_by_month(rows: Iterable[ReplayRow], *, rooms: int) -> tuple[MonthFigures, ...]:
    """Return nights sold and occupancy of `rooms` rooms, by month from the first night sold to the last."""
    if rooms < 1:
        raise ValueError(f"Occupancy needs at least one room; {rooms} were given.")
    sold: Counter[tuple[int, int]] = Counter()
    for row in rows:
        for offset in range(row.nights):
            night = row.arrival + timedelta(days=offset)
            sold[night.year, night.month] += 1
    figures: list[MonthFigures] = []
    if sold:
        year, month = min(sold)
        while (year, month) <= max(sold):
            available = monthrange(year, month)[1] * rooms
            nights = sold[year, month]
            figures.append(MonthFigures(f"{year}-{month:02d}", nights, available, nights / available))
            year, month = (year, month + 1) if month < 12 else (year + 1, 1)
    return tuple(figures)
