"""Why a stay got its room, and why not another: the difference of two rooms, term by term."""

from collections.abc import Sequence
from uuid import UUID

import msgspec

from omd.features.assignment.optimising.board import Board
from omd.features.assignment.optimising.legality import Refusal, is_open, refusals
from omd.features.assignment.optimising.model import TERMS, Score, Term, cost


class Alternative(msgspec.Struct, frozen=True):
    """Another room that is free for the stay, and what it would cost more (or less), by term and weighed."""

    room_id: int
    more: Score
    weight: int


class Reason(msgspec.Struct, frozen=True):
    """What a stay is charged for in its room, and the rooms it was preferred to, the nearest first."""

    stay_id: UUID
    room_id: int
    charged: Score
    weight: int
    beats: tuple[Alternative, ...]


class WhyNot(msgspec.Struct, frozen=True):
    """What keeps a stay from a room: hard rules, then stays that would have to move, then what it would cost more.

    All empty and `weight` 0 where the room is as good.
    """

    stay_id: UUID
    room_id: int
    refusals: tuple[Refusal, ...]
    in_the_way: tuple[UUID, ...]
    more: Score
    weight: int


def explain(board: Board, number: int, *, at_most: int = 3) -> Reason | None:
    """Return why the stay is in its room; None where it has none. The board is left as it was."""
    place = board.lift(number)
    if place is None:
        return None
    stay, rooms, weights = board.question.stays[number], board.question.rooms, board.weights
    charged = board.charge(number, place)
    others = [
        Alternative(rooms[other].id, more, cost(more, weights))
        for other in board.open_to[number]
        if other != place and board.is_free(number, other) and is_open(stay, rooms[other])
        for more in [difference(board.charge(number, other), charged)]
    ]
    board.put(number, place)
    others.sort(key=lambda each: (each.weight, each.room_id))
    return Reason(stay.id, rooms[place].id, charged, cost(charged, weights), tuple(others[:at_most]))


def why_not(board: Board, number: int, place: int) -> WhyNot:
    """Return what keeps the stay from the room as the board stands. The board is left as it was."""
    stay, room = board.question.stays[number], board.question.rooms[place]
    hard = refusals(stay, room)
    other_stays: Sequence[int] = [each for each in board.in_the_way(number, place) if each != number]
    now = board.lift(number)
    more: Score = {}
    if not hard and not other_stays and now is not None:
        more = difference(board.charge(number, place), board.charge(number, now))
    if now is not None:
        board.put(number, now)
    in_the_way = tuple(board.question.stays[each].id for each in other_stays)
    return WhyNot(stay.id, room.id, hard, in_the_way, more, cost(more, board.weights))


def difference(one: Score, other: Score) -> dict[Term, int]:
    """Return by term how much more the one is charged than the other."""
    return {term: more for term in TERMS if (more := one.get(term, 0) - other.get(term, 0))}
