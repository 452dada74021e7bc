"""What is refused for the condition of a room."""

from typing import Literal

import msgspec

from omd.db import ConstraintErrors, Violation
from omd.features.housekeeping.model import Condition
from omd.features.reservations import Unready, room_not_ready
from omd.kernel.errors import OmdError


class RoomNotReady(OmdError):
    """The room is not in the condition that the hotel asks for at a check-in; `data` names room and condition."""

    code = "room_not_ready"
    status = 409
    title = "The room is not ready"


class NoDiscrepancy(OmdError):
    """Front office and housekeeping agree about the room, or nobody has looked."""

    code = "no_discrepancy"
    status = 409
    title = "There is no discrepancy"


class RoomHistoryKept(OmdError):
    """The history of a room is added to and never changed."""

    code = "room_history_kept"
    status = 409
    title = "The history of a room is not changed"


class _Unready(msgspec.Struct, frozen=True):
    room_id: int
    room_number: str
    condition: Condition
    needs: Literal["clean", "inspected"]


def _room_not_ready(violation: Violation) -> RoomNotReady:
    assert violation.detail is not None, "who raises it says which room"
    told = msgspec.json.decode(violation.detail, type=_Unready)
    return RoomNotReady(
        room_not_ready(Unready(told.room_number, told.condition, told.needs)),
        data=msgspec.structs.asdict(told),
    )


CONSTRAINT_ERRORS: ConstraintErrors = {
    "room_conditions_ready": _room_not_ready,
    "room_condition_changes_append_only": lambda _: RoomHistoryKept("Nothing of it was changed."),
}
"""What a breach of this feature's constraints means to a caller."""
