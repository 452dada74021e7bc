"""Which rooms are free for a stay as things stand, and the split stay with the fewest room changes."""

from collections.abc import Sequence
from datetime import date

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
