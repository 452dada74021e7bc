"""The condition of rooms as data: what it is, what changed it, and what a hotel asks of it."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec

Condition = Literal["dirty", "pickup", "clean", "inspected"]
Occupancy = Literal["vacant", "occupied"]
Discrepancy = Literal["sleep", "skip", "person"]
RoomStatus = Literal["clean", "dirty", "occupied", "out_of_order"]
Maintenance = Literal["out_of_order", "out_of_service"]
Cause = Literal[
    "room_added",
    "check_in",
    "check_in_undone",
    "check_out",
    "check_out_undone",
    "room_left",
    "room_entered",
    "night_audit",
    "vacant_long",
    "maintenance_ended",
    "cleaned",
    "inspected",
    "set_by_hand",
    "seen",
    "discrepancy_resolved",
]
BY_HAND: dict[Condition, Cause] = {
    "dirty": "set_by_hand",
    "pickup": "set_by_hand",
    "clean": "cleaned",
    "inspected": "inspected",
}
"""As what somebody's saying so is on record."""

SAYS_SOMETHING = "^[^\\x00-\\x1f\\x7f]*[^\\s\\x00-\\x1f\\x7f][^\\x00-\\x1f\\x7f]*$(?!\\n)"
"""What a line of text is, that is not blank."""

Reason = Annotated[str, msgspec.Meta(min_length=1, max_length=500, pattern=SAYS_SOMETHING)]
Persons = Annotated[int, msgspec.Meta(ge=1, le=99)]


class HousekeepingSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a hotel asks of the condition of its rooms; as it is at first, nothing.

    `check_in_needs` is what a room must be at least for a check-in. After `vacant_days` without guests or cleaning,
    null being never, a vacant room is `vacant_becomes` at best; after maintenance it is `after_maintenance` at best,
    null being what it was.
    """

    check_in_needs: Literal["none", "clean", "inspected"] = "none"
    vacant_days: Annotated[int, msgspec.Meta(ge=1, le=365)] | None = None
    vacant_becomes: Literal["dirty", "pickup"] = "pickup"
    after_maintenance: Literal["dirty", "pickup"] | None = None


class NewCondition(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a room is now, and why where that is worth a word."""

    condition: Condition
    reason: Reason | None = None


class Sighting(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What was seen in a room: nobody, or somebody, and how many where they were counted."""

    occupancy: Occupancy
    persons: Persons | None = None

    def __post_init__(self) -> None:
        """Raise `ValueError` for persons in a room that is said to be vacant."""
        if self.persons is not None and self.occupancy == "vacant":
            raise ValueError("A vacant room has no persons in it: leave persons out, or say occupied")


class Resolution(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What was found out about a discrepancy; what was seen is set aside."""

    reason: Reason


class RoomCondition(msgspec.Struct, frozen=True):
    """The condition of a room, what made it so last, and what was seen of who is in it.

    `seen_occupancy` is null where nobody has looked on the hotel's business date, or since somebody came or left.
    """

    room_id: int
    number: str
    condition: Condition
    cause: Cause
    reason: str | None
    reservation_id: UUID | None
    changed_at: datetime
    changed_by: str
    seen_occupancy: Occupancy | None
    seen_persons: int | None
    seen_at: datetime | None
    seen_by: str | None
    version: int


class ConditionChange(msgspec.Struct, frozen=True):
    """One version of a room's condition: what it was from then on, and by what."""

    version: int
    condition: Condition
    cause: Cause
    reason: str | None
    reservation_id: UUID | None
    business_date: date
    changed_at: datetime
    changed_by: str
    seen_occupancy: Occupancy | None
    seen_persons: int | None


class StayAtRack(msgspec.Struct, frozen=True, omit_defaults=True):
    """A stay as the rack tells of it; who it is, only to whoever reads stays."""

    arrival: date
    departure: date
    adults: int
    children: int
    estimated_arrival: str | None = None
    reservation_id: UUID | None = None
    code: str | None = None
    guest_name: str | None = None


class RackRoom(msgspec.Struct, frozen=True):
    """A room on the hotel's business date.

    `occupancy` and `persons` are what the front office knows; `status` is the one word for a room. `in_house` is the
    stay whose guests are in it, `arriving` those that are to have it, tonight or by day, and have not come. A
    `discrepancy` is what housekeeping saw otherwise: `sleep`, `skip` or `person`.
    """

    room_id: int
    number: str
    floor: int | None
    room_type_id: int
    room_type_code: str
    condition: Condition
    changed_at: datetime
    version: int
    status: RoomStatus
    occupancy: Occupancy
    persons: int
    seen_occupancy: Occupancy | None
    seen_persons: int | None
    seen_at: datetime | None
    seen_by: str | None
    discrepancy: Discrepancy | None
    maintenance: Maintenance | None
    maintenance_ends_on: date | None
    in_house: StayAtRack | None
    arriving: tuple[StayAtRack, ...]


class RoomOnDate(msgspec.Struct, frozen=True):
    """A room and its one status on a date."""

    room_id: int
    number: str
    floor: int | None
    room_type_id: int
    status: RoomStatus
