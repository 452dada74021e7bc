"""The hard rules: which rooms a stay may have at all, and why not the others."""

from typing import Literal

import msgspec

from omd.features.assignment.optimising.model import DayUse, Room, Stay
from omd.kernel.dates import StayDates

Obstacle = Literal["other_type", "too_small", "feature_missing", "feature_unwanted", "discrepancy", "taken", "day_use"]


class Refusal(msgspec.Struct, frozen=True):
    """One hard rule that keeps a stay out of a room; `detail` is the feature, or what was seen."""

    code: Obstacle
    detail: str | None = None
    dates: StayDates | None = None


def refusals(stay: Stay, room: Room) -> tuple[Refusal, ...]:
    """Return every hard rule that keeps the stay out of the room; none means that it may have it."""
    found: list[Refusal] = []
    if room.room_type_id != stay.room_type_id:
        found.append(Refusal("other_type"))
    if room.max_occupancy < stay.persons:
        found.append(Refusal("too_small"))
    found += [Refusal("feature_missing", feature) for feature in sorted(stay.needs - room.features)]
    found += [Refusal("feature_unwanted", feature) for feature in sorted(stay.refuses & room.features)]
    if room.discrepancy is not None and room.seen_on == stay.dates.arrival:
        found.append(Refusal("discrepancy", room.discrepancy))
    found += [Refusal("taken", dates=dates) for dates in room.taken if dates.overlaps(stay.dates)]
    found += [
        Refusal("day_use", dates=StayDates(each.on, each.on)) for each in room.day_uses if _in_the_way(each, stay.dates)
    ]
    return tuple(found)


def is_open(stay: Stay, room: Room) -> bool:
    """Say whether no hard rule keeps the stay out of the room."""
    return (
        room.room_type_id == stay.room_type_id
        and room.max_occupancy >= stay.persons
        and stay.needs <= room.features
        and not stay.refuses & room.features
        and (room.discrepancy is None or room.seen_on != stay.dates.arrival)
        and not any(dates.overlaps(stay.dates) for dates in room.taken)
        and not any(_in_the_way(each, stay.dates) for each in room.day_uses)
    )


def _in_the_way(used: DayUse, dates: StayDates) -> bool:
    """Say whether a room that is used on a day cannot be had for the nights around it."""
    return (
        dates.arrival < used.on < dates.departure
        or (used.on == dates.arrival and used.bars_arrival)
        or (used.on == dates.departure and used.bars_departure)
    )
