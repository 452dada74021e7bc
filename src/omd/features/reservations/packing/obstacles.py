"""Which fixed intervals stand in the way of a stay: the names in the refusal's sentence."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date
from uuid import UUID

from omd.features.reservations.packing.model import Occupancy, check_stay, movable_flags
from omd.features.reservations.packing.repack import repack
from omd.kernel.dates import StayDates


def obstacles(
    rooms: Sequence[int],
    occupancies: Sequence[Occupancy],
    wanted: StayDates,
    not_before: date,
    *,
    start_room: int | None = None,
) -> tuple[Occupancy, ...]:
    """Return few fixed intervals whose release alone would let `repack` place the stay.

    Only what a receptionist can release is named: intervals that start on `not_before` or later, since
    whoever is in house stays. Releasing a stay means letting it change its room, releasing an out-of-order
    interval means ending it. None of those named can be left out; those on the wanted nights come before
    those that only hinder an exchange, and those in rooms with little in the way before others.
    Empty when nothing is in the way, or when releasing every fixed interval would not help: the rooms
    are full.

    Raises `ValueError` for input that `repack` refuses too.
    """
    check_stay(rooms, wanted, start_room)
    flags = movable_flags(occupancies, not_before)

    def fits(released: set[int]) -> bool:
        left = [
            # Every run gets an id of its own, so that a piece of a split stay can be released alone.
            Occupancy(taken.room_id, UUID(int=number), taken.dates, not flags[number] and number not in released)
            for number, taken in enumerate(occupancies)
            if taken.stay_id is not None or number not in released
        ]
        return repack(rooms, left, wanted, start_room=start_room, not_before=not_before) is not None

    fixed = [
        number for number, taken in enumerate(occupancies) if not flags[number] and taken.dates.arrival >= not_before
    ]
    if fits(set()) or not fits(set(fixed)):
        return ()
    crowd = Counter(occupancies[n].room_id for n in fixed if occupancies[n].dates.overlaps(wanted))

    def usefulness(number: int) -> tuple[int, bool, int, int, StayDates]:
        taken = occupancies[number]
        apart = _days_apart(taken.dates, wanted)
        return apart, taken.room_id != start_room, crowd[taken.room_id], taken.room_id, taken.dates

    fixed.sort(key=usefulness)
    named = _needed(fixed, fits)
    return tuple(occupancies[number] for number in fixed if number in named)


def _needed(fixed: Sequence[int], fits: Callable[[set[int]], bool]) -> set[int]:
    """Return a set that fits and of which nothing can be left out, the first ones preferred.

    The last of the shortest beginning that fits is needed; with it released, the next is sought among
    those before it. One search by halves for each interval named, however many there are.
    """
    named: set[int] = set()
    among = len(fixed)
    while not fits(named):
        too_short = 0
        while among - too_short > 1:
            middle = (too_short + among) // 2
            if fits(named | set(fixed[:middle])):
                among = middle
            else:
                too_short = middle
        among -= 1
        named.add(fixed[among])
    return named


def _days_apart(dates: StayDates, wanted: StayDates) -> int:
    """Return the days between the two, 0 when they share a night."""
    if dates.overlaps(wanted):
        return 0
    return max((dates.arrival - wanted.departure).days, (wanted.arrival - dates.departure).days) + 1
