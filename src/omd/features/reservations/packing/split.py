"""Which rooms are free for a stay as things stand, and the split stay with the fewest room changes."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta

from omd.features.reservations.packing.calendar import RoomCalendar
from omd.features.reservations.packing.model import Occupancy, Segment, check_stay
from omd.kernel.dates import StayDates


def rooms_free(rooms: Sequence[int], occupancies: Sequence[Occupancy], wanted: StayDates) -> tuple[int, ...]:
    """Return the rooms that are free for every wanted night, in the order given.

    Raises `ValueError` for a stay without a night.
    """
    check_stay(rooms, wanted, None)
    taken = {occupancy.room_id for occupancy in occupancies if occupancy.dates.overlaps(wanted)}
    return tuple(room for room in rooms if room not in taken)


def split_stay(
    rooms: Sequence[int],
    occupancies: Sequence[Occupancy],
    wanted: StayDates,
    start_room: int | None = None,
) -> tuple[Segment, ...] | None:
    """Return the stay in the fewest segments without moving anyone, or None if a night has no free room.

    From each night on, take the room that stays free the longest. By induction no split reaches further
    with as many segments: whatever room another split is in on that night, that room's free run ends no
    later than ours, so ours has reached each date with no more segments.

    `start_room` is the room in which the guest sleeps the night before. It comes first while it is free:
    the split then has the fewest room *changes*, because any room taken earlier would still be free, and
    reach as far, when the guest leaves the start room.

    Raises `ValueError` when a room is taken twice on a night or is not one of the rooms.
    """
    check_stay(rooms, wanted, start_room)
    calendar = RoomCalendar(rooms, occupancies, wanted.arrival)
    night, end = wanted.arrival.toordinal(), wanted.departure.toordinal()
    segments: list[Segment] = []
    candidates: Sequence[int] = rooms if start_room is None else (start_room,)
    while night < end:
        reach, _, room = max((calendar.free_until(room, night, end), -calendar.rank[room], room) for room in candidates)
        if reach > night:
            dates = StayDates(date.fromordinal(night), date.fromordinal(reach))
            segments.append(Segment(room, dates))
        elif candidates is rooms:
            return None
        night, candidates = reach, rooms
    return tuple(segments)


def full_nights(rooms: Sequence[int], occupancies: Sequence[Occupancy], wanted: StayDates) -> tuple[date, ...]:
    """Return the wanted nights on which every room is taken.

    Raises `ValueError` for a stay without a night.
    """
    check_stay(rooms, wanted, None)
    taken = Counter(
        night for occupancy in occupancies if occupancy.dates.overlaps(wanted) for night in occupancy.dates.dates()
    )
    return tuple(night for night in wanted.dates() if taken[night] >= len(rooms))


def split_around_full_nights(
    rooms: Sequence[int],
    occupancies: Sequence[Occupancy],
    wanted: StayDates,
    start_room: int | None = None,
) -> tuple[Segment, ...]:
    """Return the stay in few segments without moving anyone, with nothing on the nights that have no free room.

    Between two such nights it is `split_stay`; `start_room` counts for the nights up to the first of them, and the
    room of the last segment from there on.

    Raises `ValueError` as `split_stay` does.
    """
    full = full_nights(rooms, occupancies, wanted)
    segments: list[Segment] = []
    since = wanted.arrival
    for night in (*full, wanted.departure):
        if since < night:
            segments += split_stay(rooms, occupancies, StayDates(since, night), start_room) or ()
            start_room = segments[-1].room_id
        since = night + timedelta(days=1)
    return tuple(segments)
