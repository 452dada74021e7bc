"""The best plan in the time there is: a first one by a rule of thumb, then CP-SAT.

A question that is small is asked as a whole and mostly proven. A large one is bettered part by part: the stays of some
rooms of a type, or those that come within some days, are placed anew while all the others stay, again and again.
"""

import random
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Literal

import msgspec

from omd.features.assignment.optimising.board import Board
from omd.features.assignment.optimising.greedy import as_it_is, greedy
from omd.features.assignment.optimising.model import Question, Score, cost
from omd.features.assignment.optimising.modelling import Choices

WHOLE = 12_000
"""Pairs of stay and room up to which a question is asked as a whole."""

PART = 2_500
"""Pairs of stay and room in a part."""

PART_S = 0.6
"""Deterministic seconds for one part."""


class Found(msgspec.Struct, frozen=True):
    """A plan: the place of a room for each stay, what it costs, and what the rules of thumb and a proof say of it.

    `first` is the cost of the plan that the search began with; `bound` is what no plan can cost less than, None where
    that is not known; `proven` says that the plan is the best there is.
    """

    rooms: tuple[int | None, ...]
    score: Score
    cost: int
    first: int
    began_with: Literal["greedy", "as_it_is"]
    bound: int | None
    proven: bool


def first_plan(question: Question) -> tuple[Literal["greedy", "as_it_is"], Board]:
    """Return the cheaper of the rule of thumb and the rooms as they are; the first where it leaves nobody without."""
    now = as_it_is(question)
    thumb = greedy(question)
    thrown_out = any(at is None and not may for at, may in zip(thumb.room_of, thumb.may_go_without, strict=True))
    if thrown_out or cost(now.score(), question.weights) <= cost(thumb.score(), question.weights):
        return "as_it_is", now
    return "greedy", thumb


def search(question: Question, *, limit_s: float, wall_s: float) -> Found:
    """Return the best plan found in `limit_s` of CP-SAT's deterministic time and `wall_s` of the clock.

    Never worse than the first plan. The same question gives the same plan, unless the clock ends the search.
    """
    until = time.monotonic() + wall_s
    began_with, board = first_plan(question)
    first = cost(board.score(), question.weights)
    bound, proven = None, False
    if sum(map(len, board.open_to)) <= WHOLE:
        bound, proven = _whole(board, limit_s, until)
    else:
        by_parts(board, limit_s=limit_s, wall_s=until - time.monotonic())
    score = board.score()
    return Found(tuple(board.room_of), score, cost(score, question.weights), first, began_with, bound, proven)


def _whole(board: Board, limit_s: float, until: float) -> tuple[int | None, bool]:
    everyone = range(len(board.room_of))
    before = cost(board.score(), board.question.weights)
    hint = {number: board.lift(number) for number in everyone}
    answer = Choices(board, everyone, hint).solve(limit_s=limit_s, wall_s=max(0.01, until - time.monotonic()))
    reached = _settle(board, hint, answer.rooms, before)
    return (None if answer.rooms is None else reached - answer.gap), answer.proven


def by_parts(board: Board, *, limit_s: float, wall_s: float) -> None:
    """Better the plan on the board part by part until the deterministic time or the clock runs out."""
    until = time.monotonic() + wall_s
    now = cost(board.score(), board.question.weights)
    for moving, places in _parts(board):
        left = until - time.monotonic()
        if limit_s <= 0 or left <= 0:
            return
        hint = {number: board.lift(number) for number in moving}
        answer = Choices(board, moving, hint, places).solve(limit_s=min(PART_S, limit_s), wall_s=left)
        limit_s -= max(answer.took, 0.001)
        now = _settle(board, hint, answer.rooms, now)


def _settle(board: Board, hint: dict[int, int | None], rooms: Mapping[int, int | None] | None, before: int) -> int:
    """Put the stays where the answer has them if that costs less, else back; return what the board costs."""
    for number, place in (rooms or hint).items():
        if place is not None:
            board.put(number, place)
    now = cost(board.score(), board.question.weights)
    if now <= before:
        return now
    for number in hint:
        board.lift(number)
    for number, place in hint.items():
        if place is not None:
            board.put(number, place)
    return before


def _parts(board: Board) -> Iterator[tuple[list[int], set[int] | None]]:
    """Yield parts without end, unless no stay has a room of its type.

    By turns some rooms of a type with all their stays, and a type's stays of some days.
    """
    chance = random.Random(1)  # noqa: S311 - which part is tried next is no secret
    question = board.question
    rooms: dict[int, list[int]] = defaultdict(list)
    for place, room in enumerate(question.rooms):
        rooms[room.room_type_id].append(place)
    stays: dict[int, list[int]] = defaultdict(list)
    for number, stay in enumerate(question.stays):
        stays[stay.room_type_id].append(number)
    types = sorted(of for of in stays if rooms[of])
    while types:
        of = chance.choices(types, weights=[len(stays[each]) for each in types])[0]
        if chance.random() < 0.5:
            per_room = max(1.0, len(stays[of]) / len(rooms[of]))
            some = set(chance.sample(rooms[of], min(len(rooms[of]), max(2, int((PART / per_room) ** 0.5)))))
            yield (
                [number for number in stays[of] if board.room_of[number] is None or board.room_of[number] in some],
                some,
            )
        else:
            most = max(2, PART // max(1, len(rooms[of])))
            days = sorted(stays[of], key=lambda number: (question.stays[number].dates, number))
            start = chance.randrange(max(1, len(days) - most + 1))
            yield days[start : start + most], None
