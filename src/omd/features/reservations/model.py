"""A stay: what it is, which steps its life allows, and why it refuses the others."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

import msgspec

from omd.features.reservations.occupants import DayUse, Occupant, Unready, room_not_ready, room_occupied
from omd.features.reservations.room_locks import RoomLock
from omd.kernel.dates import StayDates
from omd.kernel.money import CurrencyCode, Money

Status = Literal["tentative", "confirmed", "in_house", "checked_out", "cancelled", "no_show"]
Action = Literal[
    "amend",
    "move",
    "confirm",
    "extend_hold",
    "check_in",
    "undo_check_in",
    "check_out",
    "undo_check_out",
    "cancel",
    "mark_no_show",
    "reinstate",
]

_NO_CONTROL = "^[^\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f]*$"
SAYS_SOMETHING = "^[^\\x00-\\x1f\\x7f]*[^\\s\\x00-\\x1f\\x7f][^\\x00-\\x1f\\x7f]*$(?!\\n)"
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=200, pattern=SAYS_SOMETHING)]
Reason = Annotated[str, msgspec.Meta(min_length=1, max_length=500, pattern=SAYS_SOMETHING)]
ShortText = Annotated[str, msgspec.Meta(max_length=200, pattern=_NO_CONTROL)]
LongText = Annotated[str, msgspec.Meta(max_length=4000, pattern=_NO_CONTROL)]
Id = Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)]
Instant = Annotated[
    datetime,
    msgspec.Meta(tz=True, description="An instant with its offset, RFC 3339.", examples=["2027-03-01T18:00:00+02:00"]),
]
Party = Annotated[int, msgspec.Meta(ge=1, le=500)]
Children = Annotated[int, msgspec.Meta(ge=0, le=500)]
CENT = Decimal("0.01")

MASK = "***"
DocumentType = Literal["passport", "identity_card", "driving_licence", "residence_permit", "other"]
DocumentNumber = Annotated[
    str, msgspec.Meta(min_length=5, max_length=40, pattern="^(\\*\\*\\*)?[0-9A-Za-z][0-9A-Za-z ./-]*$(?!\\n)")
]


class Guest(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A person named on a reservation; the first of the list is the primary guest.

    `document_number` is kept encrypted and shown as `***` and its last three characters; sent back like that it
    stands for the number that is kept. `profile_id` says who of the hotel's guest profiles this is. Who shares the room
    for a part of the stay has dates of their own within it: `arrives_on` the first night, `leaves_on` after the last.
    """

    last_name: Name
    first_name: ShortText | None = None
    email: ShortText | None = None
    phone: ShortText | None = None
    country: ShortText | None = None
    date_of_birth: date | None = None
    document_type: DocumentType | None = None
    document_number: DocumentNumber | None = None
    document_country: ShortText | None = None
    citizenship: ShortText | None = None
    place_of_birth: ShortText | None = None
    address: ShortText | None = None
    profile_id: UUID | None = None
    arrives_on: date | None = None
    leaves_on: date | None = None

    def __post_init__(self) -> None:
        """Raise `ValueError` for a document number whose document is not said, and for who leaves before they came."""
        if self.arrives_on is not None and self.leaves_on is not None and self.arrives_on >= self.leaves_on:
            raise ValueError("leaves_on must be at least one day after arrives_on")
        if self.document_number is not None and self.document_type is None:
            raise ValueError("A document_number needs its document_type")


class Price(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A given amount for the whole stay, gross; the hotel's currency when none is named (ISO 4217).

    The amount is a text such as `450.00`: a number of JSON would have been a float on its way.
    """

    amount: Annotated[str, msgspec.Meta(pattern="^[0-9]{1,10}(\\.[0-9]{1,2})?$(?!\\n)")]
    currency: CurrencyCode | None = None

    @property
    def value(self) -> Decimal:
        """Return the amount to reckon with, in hundredths."""
        return Decimal(self.amount).quantize(CENT)


class NewReservation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a booking asks for.

    `room_id` asks for one room of the type; `room_locked` keeps the stay from being moved to make room for others,
    and `room_lock_reason` says why. `override_reason` sells above every limit, by name and on the record. `hold_until`
    takes the nights until an instant only, unless the stay is confirmed by then: 30 days ahead at most, and not after
    the day of arrival.
    """

    room_type_id: Id
    arrival: date
    departure: date
    guests: Annotated[list[Guest], msgspec.Meta(min_length=1, max_length=50)]
    adults: Party = 1
    children: Children = 0
    price: Price | None = None
    room_id: Id | None = None
    room_locked: bool = False
    room_lock_reason: Name | None = None
    note: LongText | None = None
    external_reference: ShortText | None = None
    override_reason: Name | None = None
    hold_until: Instant | None = None


class Amendment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a change asks for; fields left out stay as they are.

    `room_lock_reason` says why a locked room is; it goes with the lock.
    """

    arrival: date | msgspec.UnsetType = msgspec.UNSET
    departure: date | msgspec.UnsetType = msgspec.UNSET
    room_type_id: Id | msgspec.UnsetType = msgspec.UNSET
    room_id: Id | msgspec.UnsetType = msgspec.UNSET
    room_locked: bool | msgspec.UnsetType = msgspec.UNSET
    room_lock_reason: Name | msgspec.UnsetType | None = msgspec.UNSET
    adults: Party | msgspec.UnsetType = msgspec.UNSET
    children: Children | msgspec.UnsetType = msgspec.UNSET
    guests: Annotated[list[Guest], msgspec.Meta(min_length=1, max_length=50)] | msgspec.UnsetType = msgspec.UNSET
    price: Price | msgspec.UnsetType | None = msgspec.UNSET
    note: LongText | msgspec.UnsetType | None = msgspec.UNSET
    external_reference: ShortText | msgspec.UnsetType | None = msgspec.UNSET
    override_reason: Name | None = None


class WalkIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a guest who stands at the desk asks for: a stay from the business date on, as a booking has it."""

    room_type_id: Id
    departure: date
    guests: Annotated[list[Guest], msgspec.Meta(min_length=1, max_length=50)]
    adults: Party = 1
    children: Children = 0
    price: Price | None = None
    room_id: Id | None = None
    note: LongText | None = None
    external_reference: ShortText | None = None
    override_reason: Name | None = None


class Move(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The room to go on in, or the type, and the first night there; without one, the next night that is not spent.

    Another type than that of these nights, unless it is the one sold, asks for `price`: `keep` it as it is, or call the
    move an `upgrade`, with the `reason`. Type sold and price stay. `override_reason` holds nights above every limit.
    """

    room_id: Id | None = None
    room_type_id: Id | None = None
    since: date | None = None
    price: Literal["keep", "upgrade"] | None = None
    reason: Name | None = None
    override_reason: Name | None = None


class Reinstatement(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a stay that was cancelled or did not come is to be held again: in one room, above every limit by name."""

    room_id: Id | None = None
    override_reason: Name | None = None


class HoldExtension(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Until when a tentative stay is held from now on, sooner or later than before."""

    hold_until: Instant


class CheckOutUndo(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Until when the guest stays after all; the departure planned before an early check-out when none is given."""

    departure: date | None = None
    override_reason: Name | None = None


class Night(msgspec.Struct, frozen=True):
    """One night held: the type whose inventory it consumes, and its room, or none where overbooking left none."""

    date: date
    room_type_id: int
    room_id: int | None
    room_number: str | None


class ActionRule(msgspec.Struct, frozen=True, omit_defaults=True):
    """A step of the stay's life: allowed now, or refused with a code and the reason in words."""

    action: Action
    allowed: bool
    code: str | None = None
    reason: str | None = None


class Reservation(msgspec.Struct, frozen=True):
    """One room type for one stay, as every screen and program sees it.

    `hold_until` is the end of a tentative stay's hold; a cancelled stay that has it was never confirmed. `day_use` has
    the room and the time of a stay that has no night. `room_lock` says why a room is locked, since when and by whom.
    """

    id: UUID
    code: str
    business_id: int
    room_type_id: int
    arrival: date
    departure: date
    adults: int
    children: int
    status: Status
    room_locked: bool
    room_lock: RoomLock | None
    price: Money | None
    note: str | None
    external_reference: str | None
    version: int
    booked_at: datetime
    booked_by: str
    checked_in_at: datetime | None
    checked_out_at: datetime | None
    cancelled_at: datetime | None
    cancellation_reason: str | None
    no_show_at: datetime | None
    hold_until: datetime | None
    guests: tuple[Guest, ...]
    nights: tuple[Night, ...]
    day_use: DayUse | None
    actions: tuple[ActionRule, ...]


class ReservationSummary(msgspec.Struct, frozen=True):
    """A reservation as a list shows it."""

    id: UUID
    code: str
    business_id: int
    room_type_id: int
    arrival: date
    departure: date
    adults: int
    children: int
    status: str
    guest_name: str | None
    room_numbers: list[str]
    unassigned_nights: int
    version: int


class Standing(msgspec.Struct, frozen=True):
    """What the rules of a stay's life look at.

    `checked_in_on` and `checked_out_on` are None before that, and where the hotel's business date is held by hand.
    `hold_is_over` is said of a tentative stay, `occupant` of one that somebody else's being in its room keeps out,
    `day_use_over` of a day use whose time has ended, `unready` of one whose room is not in the condition that its
    hotel asks for.
    """

    status: str
    stay: StayDates
    business_date: date
    nights_without_room: int
    checked_in_on: date | None = None
    checked_out_on: date | None = None
    hold_is_over: bool = False
    occupant: Occupant | None = None
    day_use: bool = False
    day_use_over: bool = False
    unready: Unready | None = None


def is_over(hold_until: datetime | None, now: datetime) -> bool:
    """Say whether the hold of a stay is over at an instant; a stay without one has none that could be."""
    return hold_until is not None and hold_until <= now


EDGES: dict[Action, tuple[tuple[Status, ...], Status]] = {
    "confirm": (("tentative",), "confirmed"),
    "check_in": (("confirmed",), "in_house"),
    "undo_check_in": (("in_house",), "confirmed"),
    "check_out": (("in_house",), "checked_out"),
    "undo_check_out": (("checked_out",), "in_house"),
    "cancel": (("tentative", "confirmed"), "cancelled"),
    "mark_no_show": (("confirmed",), "no_show"),
    "reinstate": (("cancelled", "no_show"), "confirmed"),
}
"""The state table: each step leads from some statuses to one other; the database refuses every other edge."""


def refusal(action: Action, at: Standing) -> tuple[str, str] | None:
    """Return the code and the sentence of why a step is refused now, or None when it is allowed."""
    if at.status == "tentative" and at.hold_is_over and action in ("amend", "move", "confirm", "extend_hold"):
        return "hold_expired", "The hold is over, its nights go back to stock. Book again where there is still room."
    if action in ("amend", "move"):
        if at.status not in ("tentative", "confirmed", "in_house"):
            said = f"The stay is {at.status}; only a tentative, confirmed or in-house stay can change."
            return "stay_is_closed", said
        if action == "move" and at.day_use:
            return "day_use", "A day use keeps its room and its time; cancel it and book another."
        if action == "move" and at.business_date >= at.stay.departure:
            return "no_night_left", f"The stay was to depart on {at.stay.departure}; amend its departure first."
        return None
    needed = ("tentative",) if action == "extend_hold" else EDGES[action][0]
    if at.status not in needed:
        return "wrong_status", f"The stay is {at.status}; {action} needs it to be {' or '.join(needed)}."
    if at.day_use and action in ("undo_check_out", "reinstate"):
        return "day_use", "The room was given up and may be somebody's since; book another day use."
    early = at.business_date < at.stay.arrival
    # Of a day use the day itself is the last on which it begins; of a stay the last night is.
    too_late = at.business_date > at.stay.departure if at.day_use else at.business_date >= at.stay.departure
    match action:
        case "confirm" if at.business_date >= at.stay.departure:
            return "after_departure", f"The stay was to depart on {at.stay.departure}; amend it or cancel it."
        case "check_in" if early:
            return "before_arrival", f"The stay arrives on {at.stay.arrival}; the business date is {at.business_date}."
        case "check_in" if too_late:
            return "after_departure", f"The stay was to depart on {at.stay.departure}; mark it as no-show or amend it."
        case "check_in" if at.day_use_over:
            return "day_use_over", "The time of the day use is over; cancel it, or mark it as no-show."
        case "check_in" if at.nights_without_room:
            return "room_not_assigned", f"{at.nights_without_room} night(s) of the stay have no room yet."
        case "undo_check_in" if at.business_date > max(at.stay.arrival, at.checked_in_on or at.stay.arrival):
            return "night_spent", "The guest has spent a night here; check the guest out instead."
        case "undo_check_out" if at.business_date > max(at.stay.departure, at.checked_out_on or at.stay.departure):
            said = f"The stay left on {at.stay.departure}; the business date is {at.business_date}."
            return "day_of_departure_over", said
        case "check_in" | "undo_check_out" if at.occupant is not None:
            return "room_occupied", room_occupied(at.occupant)
        case "check_in" if at.unready is not None:
            return "room_not_ready", room_not_ready(at.unready)
        case "reinstate" if at.business_date >= at.stay.departure:
            return "after_departure", f"The stay was to depart on {at.stay.departure}; book another one."
        case "mark_no_show" if early:
            return "before_arrival", f"The stay arrives on {at.stay.arrival}; until then it can be cancelled."
        case _:
            return None


def action_rules(at: Standing) -> tuple[ActionRule, ...]:
    """Return every step with its allowance: the one rule that screens and API share."""
    steps: Sequence[Action] = ("amend", "move", "extend_hold", *EDGES)
    return tuple(action_rule(action, at) for action in steps)


def action_rule(action: Action, at: Standing) -> ActionRule:
    """Return one step with its allowance."""
    refused = refusal(action, at)
    if refused is None:
        return ActionRule(action, allowed=True)
    return ActionRule(action, allowed=False, code=refused[0], reason=refused[1])
