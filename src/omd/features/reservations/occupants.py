"""Who is in a room, and who has one for a part of a day."""

from datetime import datetime

import msgspec


class Occupant(msgspec.Struct, frozen=True):
    """Who is in a room that a stay is to be taken into: the room's number, and the code of the stay in it."""

    room_number: str
    code: str


class DayTime(msgspec.Struct, frozen=True):
    """The part of a day for which a stay without a night has its room."""

    starts_at: datetime
    ends_at: datetime


class DayUse(msgspec.Struct, frozen=True):
    """The room of a stay without a night, and the time for which it has it."""

    room_id: int
    room_number: str
    starts_at: datetime
    ends_at: datetime


def room_occupied(occupant: Occupant) -> str:
    """Return in words that somebody is in a room, and what to do."""
    return (
        f"Room {occupant.room_number} is occupied: stay {occupant.code} is in it. "
        "Check that stay out first, or take another room."
    )
