"""What a stay can be refused for."""

from collections.abc import Callable
from datetime import date
from uuid import UUID

import msgspec

from omd.db import TransactionBroken, Violation
from omd.features.reservations.bookings.errors import CONSTRAINT_ERRORS as OF_BOOKINGS
from omd.features.reservations.occupants import Occupant, room_occupied
from omd.features.reservations.profiles.errors import CONSTRAINT_ERRORS as OF_PROFILES
from omd.features.reservations.waiting_list.errors import CONSTRAINT_ERRORS as OF_WAITING
from omd.kernel.errors import FieldProblem, InvalidInput, OmdError


class StayNotRecognised(OmdError):
    """No stay has this code and this surname."""

    code = "stay_not_recognised"
    status = 401
    title = "No such stay"


class RoomTypeUnknown(OmdError):
    """The hotel has no such room type."""

    code = "room_type_unknown"
    status = 422
    title = "Unknown room type"


class RoomUnknown(OmdError):
    """The hotel has no such room, or it is of another type."""

    code = "room_unknown"
    status = 422
    title = "Unknown room"


class TooManyGuests(OmdError):
    """The party does not fit the room type."""

    code = "too_many_guests"
    status = 422
    title = "The party does not fit the room type"


class HoldRefused(OmdError):
    """The nights cannot be held until that instant."""

    code = "hold_refused"
    status = 422
    title = "Not to be held until then"


class DocumentsNotKept(OmdError):
    """The server has no keys to encrypt document numbers with."""

    code = "documents_not_kept"
    status = 503
    title = "Document numbers are not taken here"


class DocumentNotStored(OmdError):
    """A masked document number was sent for which no whole one is kept."""

    code = "document_not_stored"
    status = 422
    title = "The document's number is not kept"


class ErasureRefused(OmdError):
    """A guest cannot be forgotten yet; `data.stays` names the stays in the way, each with its reason."""

    code = "erasure_refused"
    status = 409
    title = "The guest cannot be forgotten yet"


class SoldOut(OmdError):
    """No room of the type is left on some night, or the house-wide limit leaves none; `data.limit` says which."""

    code = "sold_out"
    status = 409
    title = "Sold out"


class RoomNotFree(OmdError):
    """The room asked for is taken or out of order on some night."""

    code = "room_not_free"
    status = 409
    title = "The room is not free"


class NoRoomThroughout(OmdError):
    """Every night has a free room, but what may not be moved leaves no room free throughout."""

    code = "no_room_throughout"
    status = 409
    title = "No single room can be made free for the whole stay"


class ActionRefused(OmdError):
    """The stay's life does not allow this step now; `data.reason_code` says why."""

    code = "action_refused"
    status = 409
    title = "The stay does not allow that now"


class InHouseStayFixed(OmdError):
    """An in-house stay keeps its arrival and its type; only what lies ahead can change."""

    code = "in_house_stay_fixed"
    status = 409
    title = "The guest is in the house"


class DayUseNotExtended(OmdError):
    """A stay without a night is not extended into one."""

    code = "day_use_not_extended"
    status = 409
    title = "The room is used by day alone"


class RoomRulesBroken(OmdError):
    """The room breaks rules that only who may override them breaks by name; `data.broken` names each, by stay."""

    code = "room_rules_broken"
    status = 409
    title = "The room is against the rules"


class RoomOccupied(OmdError):
    """Guests of another stay are in the room; `data` names the room and, by its code, the stay."""

    code = "room_occupied"
    status = 409
    title = "Somebody is in the room"


class RoomWantedByDay(OmdError):
    """The room is used by day first; `data` names it, the stay that has it, and from when until when."""

    code = "room_wanted_by_day"
    status = 409
    title = "The room is used by day first"


class StaysInTheWay(OmdError):
    """Stays hold the room on those nights and could not be moved."""

    code = "stays_in_the_way"
    status = 409
    title = "Stays hold the room then"


class PreviewOutdated(OmdError):
    """The world has changed since the moves were decided; `data.changes` says what, by stay. Nothing was changed."""

    code = "maintenance_preview_outdated"
    status = 409
    title = "The moves no longer fit"


class _StayInRoom(msgspec.Struct, frozen=True):
    id: UUID
    code: str


class _RoomInUse(msgspec.Struct, frozen=True):
    room_id: int
    room_number: str
    stay: _StayInRoom


def _room_occupied(violation: Violation) -> RoomOccupied:
    assert violation.detail is not None, "who raises it says which room and stay"
    told = msgspec.json.decode(violation.detail, type=_RoomInUse)
    return RoomOccupied(
        room_occupied(Occupant(told.room_number, told.stay.code)),
        data={"room_id": told.room_id, "room_number": told.room_number, "stays": [told.stay]},
    )


class _WantedByDay(_RoomInUse, frozen=True):
    from_time: str
    until_time: str


def _wanted_by_day(violation: Violation) -> RoomWantedByDay:
    assert violation.detail is not None, "who raises it says which room, stay and time"
    told = msgspec.json.decode(violation.detail, type=_WantedByDay)
    return RoomWantedByDay(
        f"Room {told.room_number} is used by day by stay {told.stay.code}, from {told.from_time} to {told.until_time}. "
        "Take another room, or check that stay out or cancel it.",
        data={
            "room_id": told.room_id,
            "room_number": told.room_number,
            "stays": [told.stay],
            "from_time": told.from_time,
            "until_time": told.until_time,
        },
    )


class _UsedByDay(msgspec.Struct, frozen=True):
    room_id: int
    room_number: str
    date: date
    code: str


def _used_by_day(violation: Violation) -> RoomNotFree:
    assert violation.detail is not None, "who raises it says which room, day and stay"
    told = msgspec.json.decode(violation.detail, type=_UsedByDay)
    return RoomNotFree(
        f"Room {told.room_number} is used by day on {told.date}, by stay {told.code}. "
        "Take another room, other dates, or cancel that stay.",
        data={"room_id": told.room_id, "room_number": told.room_number, "date": told.date, "code": told.code},
    )


def _outside_stay(violation: Violation) -> OmdError:
    said = (
        f"{violation.message[:1].upper()}{violation.message[1:]}: who shares the room comes and leaves within the stay."
    )
    return InvalidInput(f"{said} Nothing was changed.", problems=(FieldProblem("/guests", "outside_stay", said),))


def other_currency(currency: str) -> InvalidInput:
    """Return the refusal of a price by day that the hotel's bills cannot have."""
    said = f"A room by day is charged in the hotel's currency, {currency}; say its price in that."
    return InvalidInput(said, problems=(FieldProblem("/price/currency", "other_currency", said),))


CONSTRAINT_ERRORS: dict[str, Callable[[Violation], OmdError]] = {
    **OF_BOOKINGS,
    **OF_PROFILES,
    **OF_WAITING,
    "reservations_code_unique": lambda _: TransactionBroken("Two stays drew the same code; nothing was written."),
    "day_uses_apart_from_nights": _used_by_day,
    "day_uses_before_nights": _wanted_by_day,
    "day_uses_room_once": lambda _: RoomNotFree("The room is used by day already then; take another room or time."),
    "individual_rooms_one_party": _room_occupied,
    "reservation_guests_within_stay": _outside_stay,
    "reservations_status_edges": lambda v: ActionRefused(f"{v.message}.", data={"reason_code": "wrong_status"}),
}
"""What a breach of this feature's constraints means to a caller."""
