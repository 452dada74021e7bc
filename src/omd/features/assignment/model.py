"""What hotels say and read of assignment: weights, wishes, plans and reasons."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec

from omd.features.assignment.optimising.model import Term, WishKind
from omd.features.reservations import BrokenRule, Rule

Scope = Literal["stay", "arrivals", "horizon", "by_hand"]
PlanStatus = Literal["proposed", "applied", "undone"]
MAX_DAYS = 31
"""Days of arrivals that one plan may be about."""

MAX_MOVES = 50
"""Stays that one plan by hand may be about."""


class RoomWish(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the guests of a stay would like of their room.

    `value` is the feature's code, the floor, the lowest or highest floor that will do, or the room's id. A feature
    may be `required`: it then decides which rooms they may have at all, those with it, or those without it.
    """

    kind: WishKind
    value: Annotated[str, msgspec.Meta(min_length=1, max_length=40)]
    importance: Annotated[int, msgspec.Meta(ge=1, le=3)] = 1
    required: bool = False


class RoomWishes(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All that the guests of a stay wish of their room, in their order."""

    wishes: Annotated[list[RoomWish], msgspec.Meta(max_length=20)]


class StayWishes(RoomWishes, frozen=True):
    """The wishes of a stay, and beside them those that its first guest's profile has of every room."""

    of_profile: list[RoomWish]


class HandMove(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A stay and the room that somebody wants it in; with `version`, only as it was read."""

    reservation_id: UUID
    room_id: Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)]
    version: Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)] | None = None


class NewPlan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """For whom rooms are to be proposed.

    `stay` names one by `reservation_id`; `arrivals` are those of the day `starts_on`, the business date unless said;
    `horizon` those of `days` days from it on; `by_hand` are the stays of `moves`, each into the room it names: an
    exchange of two rooms, or a chain in which each goes where another leaves.
    """

    scope: Scope
    reservation_id: UUID | None = None
    starts_on: date | None = None
    days: Annotated[int, msgspec.Meta(ge=1, le=MAX_DAYS)] = 14
    moves: Annotated[list[HandMove], msgspec.Meta(max_length=MAX_MOVES)] = []


class Charge(msgspec.Struct, frozen=True):
    """One term: how often it is counted, and what that weighs in this hotel."""

    term: Term
    count: int
    weight: int


class Beaten(msgspec.Struct, frozen=True):
    """A room that was free too, what it would cost more, and why, in words."""

    room_id: int
    room: str
    weight: int
    because: list[Charge]
    said: str


class PlannedStay(msgspec.Struct, frozen=True):
    """A stay of a plan: its room as the plan was made, the one proposed, what that costs, and the rooms it beats.

    `breaks` are the rules that it would break there, which only somebody with the right overrides, by name.
    """

    reservation_id: UUID
    code: str
    arrival: date
    departure: date
    from_room_id: int | None
    from_room: str | None
    to_room_id: int | None
    to_room: str | None
    moves: bool
    charged: list[Charge]
    beats: list[Beaten]
    breaks: list[BrokenRule]


class Plan(msgspec.Struct, frozen=True):
    """Rooms proposed for stays, and what became of the proposal.

    `cost` is what the plan costs by the hotel's weights, `cost_now` what the rooms cost as they were, `cost_first` what
    the rule of thumb found. No plan costs less than `bound`, where that is known; `proven` says that this is the best.
    `overrides` are the rules that it was applied against, for `override_reason`.
    """

    id: UUID
    business_id: int
    scope: Scope
    starts_on: date
    ends_on: date
    business_date: date
    status: PlanStatus
    cost_now: int
    cost_first: int
    cost: int
    bound: int | None
    proven: bool
    score: list[Charge]
    made_at: datetime
    made_by: str
    applied_at: datetime | None
    applied_by: str | None
    undone_at: datetime | None
    undone_by: str | None
    override_reason: str | None
    overrides: list[Rule] | None


class PlanShown(Plan, frozen=True):
    """A plan with its stays, those that change rooms first."""

    stays: list[PlannedStay]


Reason = Literal["gone", "not_movable", "changed", "other_dates", "other_room", "room_refused", "room_taken"]
"""Why a stay of a plan cannot be moved now."""


class StayChanged(msgspec.Struct, frozen=True):
    """What keeps a stay of a plan from its room now."""

    reservation_id: UUID
    code: str
    reason: Reason
    said: str


class RoomRefusal(msgspec.Struct, frozen=True):
    """A rule that keeps a stay out of a room; an `overridable` one may be broken on purpose by who has the right."""

    code: str
    said: str
    overridable: bool = False


class RoomAnswer(msgspec.Struct, frozen=True):
    """Whether a stay can have a room, and if not why; what it would cost more than the one it has.

    `said` answers in one sentence. `in_the_way` are the stays that would have to move.
    """

    reservation_id: UUID
    room_id: int
    room: str
    possible: bool
    said: str
    refusals: list[RoomRefusal]
    in_the_way: list[str]
    more: list[Charge]
    weight: int


def charges(score: Mapping[Term, int], weights: Mapping[str, int]) -> list[Charge]:
    """Return a score as it is told, what weighs most first."""
    told = [Charge(term, count, count * weights[term]) for term, count in score.items() if count]
    return sorted(told, key=lambda each: (-abs(each.weight), each.term))
