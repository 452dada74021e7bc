"""What an assignment is asked and answers: rooms, stays, wishes, a hotel's weights, and a score term by term."""

from collections.abc import Mapping
from datetime import date
from typing import Literal
from uuid import UUID

import msgspec

from omd.kernel.dates import StayDates

Term = Literal[
    "unassigned",
    "against_rule",
    "wish",
    "one_night_gap",
    "idle_run",
    "move",
    "published_move",
    "out_of_service",
    "not_ready",
    "group_apart",
    "other_room",
    "wear",
    "floor_work",
]
"""One thing that a plan is charged for; each is counted, and weighs what the hotel says."""

TERMS: tuple[Term, ...] = (
    "unassigned",
    "against_rule",
    "wish",
    "one_night_gap",
    "idle_run",
    "move",
    "published_move",
    "out_of_service",
    "not_ready",
    "group_apart",
    "other_room",
    "wear",
    "floor_work",
)

WishKind = Literal["feature", "without_feature", "floor", "lowest_floor", "highest_floor", "room"]


class Wish(msgspec.Struct, frozen=True):
    """Something a guest would like of a room; `importance` is 1 to 3.

    `value` is the feature's code, the floor, the lowest or highest floor that will do, or the room's id.
    """

    kind: WishKind
    value: str | int
    importance: int = 1


class DayUse(msgspec.Struct, frozen=True):
    """A day for a part of which a room is somebody's; `bars` say whether nobody may leave or enter it then."""

    on: date
    bars_departure: bool
    bars_arrival: bool


class Room(msgspec.Struct, frozen=True):
    """A room that stays may be put into, as it is now.

    `taken` are the nights on which nothing can be put there whatever is decided: stays that are in house, locked or
    not asked about, and nights out of order. `worn` counts how much more it was slept in than the least used room of
    its type, in steps of ten nights. `discrepancy` is what was seen in it on the day `seen_on` other than the front
    office knows: who comes that day is not put there.
    """

    id: int
    room_type_id: int
    number: str
    max_occupancy: int
    floor: int | None = None
    features: frozenset[str] = frozenset()
    taken: tuple[StayDates, ...] = ()
    out_of_service: tuple[StayDates, ...] = ()
    day_uses: tuple[DayUse, ...] = ()
    ready: bool = True
    discrepancy: str | None = None
    seen_on: date | None = None
    worn: int = 0


class Stay(msgspec.Struct, frozen=True):
    """A stay that may be put into any room of its type that its hard rules allow.

    `room_id` is the room it has now; `published` says that housekeeping was told of it. `needs` and `refuses` are
    features that its room must and must not have: it may stay in a room that breaks them, and is never put into one.
    Stays of one `group` want one floor; stays of one `follows` chain are the same guest on the nights before or after,
    who wants one room. `early` means that the guest comes before the hotel's hour of check-in on the first day.
    """

    id: UUID
    room_type_id: int
    dates: StayDates
    persons: int
    room_id: int | None = None
    published: bool = False
    needs: frozenset[str] = frozenset()
    refuses: frozenset[str] = frozenset()
    wishes: tuple[Wish, ...] = ()
    group: UUID | None = None
    follows: UUID | None = None
    early: bool = False


class Weights(msgspec.Struct, frozen=True):
    """What one of each term costs in this hotel, 0 to 10,000; 0 leaves the term out.

    A move that housekeeping was told of costs `move` and `published_move`; a room that is not ready costs twice as much
    for a guest who comes early.
    """

    unassigned: int = 10_000
    against_rule: int = 2_000
    wish: int = 20
    one_night_gap: int = 12
    idle_run: int = 2
    move: int = 3
    published_move: int = 40
    out_of_service: int = 60
    not_ready: int = 15
    group_apart: int = 10
    other_room: int = 25
    wear: int = 1
    floor_work: int = 1


class Question(msgspec.Struct, frozen=True):
    """What is to be assigned: `first` is the hotel's business date, before which nothing changes."""

    first_day: int
    rooms: tuple[Room, ...]
    stays: tuple[Stay, ...]
    weights: Weights = Weights()


Score = Mapping[Term, int]
"""How often each term is counted, before weights; terms that are not there are counted zero times."""


def cost(score: Score, weights: Weights) -> int:
    """Return what a score weighs in a hotel."""
    return sum(int(getattr(weights, term)) * count for term, count in score.items())
