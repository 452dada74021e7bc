"""A ticket: what it says, which steps its status allows, and why it refuses the others."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Literal, get_args
from uuid import UUID

import msgspec

from omd.features.availability import ReturnsAs
from omd.features.reservations import Id, Instant, LongText, Moves, Name, Reason, ShortText, StayHit

TicketStatus = Literal["open", "assigned", "in_progress", "waiting", "resolved", "closed", "cancelled"]
Priority = Literal["low", "normal", "high", "urgent"]
Category = Literal[
    "plumbing",
    "electrical",
    "heating_cooling",
    "furniture",
    "fixtures",
    "appliance",
    "electronics",
    "structure",
    "safety",
    "other",
]
Step = Literal[
    "reported",
    "changed",
    "assigned",
    "started",
    "paused",
    "resolved",
    "verified",
    "reopened",
    "cancelled",
    "commented",
    "photographed",
    "photo_removed",
    "room_taken_out",
    "room_given_back",
]
TicketAction = Literal[
    "change",
    "comment",
    "add_photo",
    "assign",
    "take",
    "start",
    "pause",
    "resolve",
    "verify",
    "reopen",
    "cancel",
    "take_room_out",
    "give_room_back",
]
STEPS: tuple[Step, ...] = get_args(Step)
"""What is done about a ticket, as its events are called: `ticket.` and the step."""

STATUSES: tuple[TicketStatus, ...] = get_args(TicketStatus)
PRIORITIES: tuple[Priority, ...] = get_args(Priority)
CATEGORIES: tuple[Category, ...] = get_args(Category)

_TO_DO: frozenset[TicketStatus] = frozenset({"open", "assigned", "in_progress", "waiting"})
ALLOWED: Mapping[TicketAction, frozenset[TicketStatus]] = {
    "change": _TO_DO,
    "comment": frozenset(STATUSES),
    "add_photo": _TO_DO | {"resolved"},
    "assign": _TO_DO,
    "take": frozenset({"open"}),
    "start": frozenset({"open", "assigned", "waiting"}),
    "pause": frozenset({"assigned", "in_progress"}),
    "resolve": _TO_DO,
    "verify": frozenset({"resolved"}),
    "reopen": frozenset({"resolved", "closed"}),
    "cancel": _TO_DO,
    "take_room_out": _TO_DO,
    "give_room_back": frozenset(STATUSES),
}
"""In which statuses each step can be taken; the database holds which status may follow which."""

OPEN_STATUSES: tuple[TicketStatus, ...] = tuple(each for each in STATUSES if each in _TO_DO)
"""The statuses in which there is something to do."""


class NewTicket(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is broken: in a room, in another `area` of the hotel, or in an area of a room.

    A phone gives the `id` that it made, and `reported_at` by its own clock: sent again, the same ticket is answered.
    """

    title: Name
    room_id: Id | None = None
    area: Name | None = None
    description: LongText | None = None
    category: Category = "other"
    priority: Priority = "normal"
    due_on: date | None = None
    id: UUID | None = None
    reported_at: Instant | None = None

    def __post_init__(self) -> None:
        """Raise `ValueError` where nothing says where it is."""
        if self.room_id is None and self.area is None:
            raise ValueError("Say where it is: a room_id, an area, or both")


class TicketTerms(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a ticket says, in place of what it said; the room stays what it is."""

    title: Name
    area: Name | None = None
    description: LongText | None = None
    category: Category = "other"
    priority: Priority = "normal"
    due_on: date | None = None
    cost_note: ShortText | None = None


class TicketNote(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is said with a step that needs no words."""

    note: Reason | None = None


class TicketReason(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is said with a step that somebody has to explain, or the comment itself."""

    note: Reason


class Assigned(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who is to see to a ticket: a person of the hotel's staff."""

    assignee_id: Id
    note: Reason | None = None


class Resolved(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What was done, and what it cost in words; `gives_room_back` ends the room's maintenance today too."""

    note: Reason
    cost_note: ShortText | None = None
    gives_room_back: bool = False


class RoomTakenOut(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The nights `[starts_on, ends_on)` on which the ticket's room is out, and which stays move for it, of a preview.

    Out of order no stay moves that is not named; who holds the room still is named in the refusal, unless
    `override_reason` leaves them without one. Without `reason` the ticket's title is given. `returns_as` is what the
    room is at best when it comes back; left out, what the hotel says of every room.
    """

    kind: Literal["out_of_order", "out_of_service"]
    starts_on: date
    ends_on: date
    moves: Moves = []
    reason: Reason | None = None
    returns_as: ReturnsAs | None = None
    override_reason: Name | None = None


class TicketRule(msgspec.Struct, frozen=True, omit_defaults=True):
    """A step of a ticket: allowed now, or refused with a code and the reason in words."""

    action: TicketAction
    allowed: bool
    code: str | None = None
    reason: str | None = None


class TicketInterval(msgspec.Struct, frozen=True):
    """When the room of a ticket is out, and what it comes back as."""

    interval_id: int
    kind: Literal["out_of_order", "out_of_service"]
    starts_on: date
    ends_on: date
    returns_as: ReturnsAs | None


class Ticket(msgspec.Struct, frozen=True):
    """What is broken, as every screen and program sees it.

    `step` and `note` are what was done and said last. `out` is when its room is out for it, over or not. `actions`
    says which steps can be taken now, and why not the others.
    """

    id: UUID
    business_id: int
    room_id: int | None
    room_number: str | None
    area: str | None
    title: str
    description: str | None
    category: Category
    priority: Priority
    status: TicketStatus
    assignee_id: int | None
    due_on: date | None
    cost_note: str | None
    reported_at: datetime
    reported_by: str
    received_at: datetime
    started_at: datetime | None
    resolved_at: datetime | None
    closed_at: datetime | None
    step: Step
    note: str | None
    changed_at: datetime
    changed_by: str
    version: int
    out: TicketInterval | None
    actions: tuple[TicketRule, ...]


class RoomOut(msgspec.Struct, frozen=True):
    """The ticket whose room was taken out, and every stay that held the room then."""

    ticket: Ticket
    stays: tuple[StayHit, ...]


class TicketSummary(msgspec.Struct, frozen=True):
    """A ticket in a list."""

    id: UUID
    room_id: int | None
    room_number: str | None
    area: str | None
    title: str
    category: Category
    priority: Priority
    status: TicketStatus
    assignee_id: int | None
    due_on: date | None
    reported_at: datetime
    reported_by: str
    changed_at: datetime
    version: int


class TicketChange(msgspec.Struct, frozen=True):
    """One version of a ticket: what was done and said, and what it was from then on."""

    version: int
    step: Step
    note: str | None
    status: TicketStatus
    priority: Priority
    assignee_id: int | None
    interval_id: int | None
    changed_at: datetime
    changed_by: str


class TicketPhoto(msgspec.Struct, frozen=True):
    """A photo of a ticket: how large it is in pixels and, by `size`, in bytes, and who added it."""

    id: UUID
    width: int
    height: int
    size: int
    added_at: datetime
    added_by: str


class TicketStanding(msgspec.Struct, frozen=True):
    """What decides which steps a ticket allows: `is_out` says whether its room is out for it today or later."""

    status: TicketStatus
    has_room: bool
    is_out: bool


def refusal(action: TicketAction, at: TicketStanding) -> tuple[str, str] | None:
    """Return the code and the sentence with which a step is refused, or None where it is allowed."""
    if at.status not in ALLOWED[action]:
        wanted = ", ".join(each for each in STATUSES if each in ALLOWED[action])
        return "ticket_status", f"The ticket is {at.status}; to {action.replace('_', ' ')} it, it has to be {wanted}."
    if action == "take_room_out" and not at.has_room:
        return "ticket_without_room", "The ticket names no room. Report it for a room, or take the room out by itself."
    if action == "take_room_out" and at.is_out:
        return "room_out_already", "The room is out for this ticket already. Give it back first."
    if action == "give_room_back" and not at.is_out:
        return "room_not_out", "The room is not out for this ticket."
    return None


def ticket_rules(at: TicketStanding) -> tuple[TicketRule, ...]:
    """Return every step with its allowance: the one rule that screens and API share."""
    return tuple(_rule(action, refusal(action, at)) for action in ALLOWED)


def _rule(action: TicketAction, refused: tuple[str, str] | None) -> TicketRule:
    if refused is None:
        return TicketRule(action, allowed=True)
    return TicketRule(action, allowed=False, code=refused[0], reason=refused[1])
