"""Why a stay is not to leave its room, and how that is said wherever the lock stands in the way."""

from datetime import datetime

import msgspec

from omd.kernel.errors import FieldProblem, InvalidInput


class RoomLock(msgspec.Struct, frozen=True):
    """Why a room was locked, when and by whom; a room locked before that was kept has none of it."""

    reason: str | None
    at: datetime | None
    by: str | None


def reason_without_lock() -> InvalidInput:
    """Return the refusal of a reason for a lock that there is not."""
    said = "The room is not locked; say room_locked too, or leave the reason out."
    return InvalidInput(said, problems=(FieldProblem("/room_lock_reason", "room_not_locked", said),))


def say_lock(reason: str | None) -> str:
    """Return that a room is locked, with the reason where there is one, as part of a sentence."""
    return "its room is locked" if reason is None else f"its room is locked ({reason})"
