"""The best sheets in the time there is: a rule of thumb, then CP-SAT, first for the balance and then for the ways."""

import random
import time
from collections.abc import Iterator, Mapping, Sequence

from omd.features.housekeeping.sheets.balancing.board import Board, board_of
from omd.features.housekeeping.sheets.balancing.model import Found, Question
from omd.features.housekeeping.sheets.balancing.modelling import Choices

BALANCE_S = 0.5
"""Deterministic seconds of CP-SAT for the balance; mostly it is proven in a hundredth of it."""

PART = 3
"""Attendants whose tasks are dealt anew at once, while the sheets of the others stay."""

PART_S = 0.1
"""Deterministic seconds for one part."""

BY_PARTS = 0.7
"""The share of the time for parts, where there are any; in the rest all is asked at once, for a proof."""


def greedy(question: Question) -> Board:
    """Give task after task, the urgent and the heaviest first, to whoever has the least."""
    board = Board(question)
    board.fill()
    return board


def balance(question: Question, *, limit_s: float, wall_s: float) -> Found:
    """Return the best sheets found in `limit_s` of CP-SAT's deterministic time and `wall_s` of the clock.

    Never worse than those of the rule of thumb. The same question gives the same sheets, unless the clock ends the
    search.
    """
    until = time.monotonic() + wall_s
    thumb = greedy(question)
    if not question.attendants or not thumb.open:
        return _found(thumb, thumb, least_spread=thumb.score().spread, least_floors=thumb.score().floors, proven=True)
    board, is_least = _leave_least(thumb, min(limit_s, BALANCE_S), wall_s)
    reached = board.score()
    balancing = Choices(Board(question), balance_alone=True)
    balancing.ask_balance(reached)
    balancing.hint(board)
    first = balancing.solve(limit_s=min(limit_s, BALANCE_S), wall_s=wall_s)
    if first.given is not None:
        board = _better(board, question, first.given)
    if len(question.attendants) > PART:
        board = _by_parts(board, limit_s=limit_s * BY_PARTS, until=time.monotonic() + wall_s * BY_PARTS)
        limit_s -= limit_s * BY_PARTS
    reached = board.score()
    choices = Choices(Board(question))
    choices.ask_floors(reached)
    choices.hint(board)
    second = choices.solve(limit_s=limit_s, wall_s=max(0.01, until - time.monotonic()))
    if second.given is not None:
        board = _better(board, question, second.given)
    score = board.score()
    return _found(
        thumb,
        board,
        least_spread=first.bound,
        least_floors=choices.floors_of(second.bound, score),
        proven=is_least and first.proven and second.proven,
    )


def _leave_least(thumb: Board, limit_s: float, wall_s: float) -> tuple[Board, bool]:
    """Return sheets that leave as little over as can be, and whether that is proven."""
    if not thumb.score().left:
        return thumb, True
    choices = Choices(Board(thumb.question), balance_alone=True)
    choices.ask_left()
    choices.hint(thumb)
    answer = choices.solve(limit_s=limit_s, wall_s=wall_s)
    return (thumb if answer.given is None else _better(thumb, thumb.question, answer.given)), answer.proven


def _by_parts(board: Board, *, limit_s: float, until: float) -> Board:
    """Deal the tasks of some attendants anew, again and again, each sheet as heavy as the sheets are."""
    question, band = board.question, (min(board.load), max(board.load))
    for places in _parts(len(board.load)):
        if limit_s <= 0 or time.monotonic() >= until:
            break
        numbers = [number for number in board.open if board.given[number] in places]
        kept = [number for number, job in enumerate(question.jobs) if job.attendant is not None]
        part = Question(
            tuple(question.jobs[number] for number in numbers + kept),
            tuple(question.attendants[place] for place in places),
        )
        before = board_of(part, [_at(places, board.given[number]) for number in numbers] + [None] * len(kept))
        choices = Choices(Board(part))
        choices.ask_floors(before.score(), band)
        choices.hint(before)
        answer = choices.solve(limit_s=min(PART_S, limit_s), wall_s=max(0.01, until - time.monotonic()))
        limit_s -= max(answer.took, 0.001)
        if answer.given is not None:
            dealt = {numbers[at]: None if place is None else places[place] for at, place in answer.given.items()}
            board = _better(board, question, {**dict(enumerate(board.given)), **dealt})
    return board


def _at(places: Sequence[int], place: int | None) -> int | None:
    return None if place is None else places.index(place)


def _parts(attendants: int) -> Iterator[list[int]]:
    """Yield some attendants, drawn anew each time."""
    chance = random.Random(1)  # noqa: S311 - the same question gives the same sheets
    while True:
        yield sorted(chance.sample(range(attendants), PART))


def _better(known: Board, question: Question, given: Mapping[int, int | None]) -> Board:
    board = board_of(question, [given.get(number) for number in range(len(question.jobs))])
    # A search that was cut short may leave what would fit.
    board.fill()
    return min(known, board, key=Board.score)


def _found(thumb: Board, board: Board, *, least_spread: int, least_floors: int, proven: bool) -> Found:
    return Found(
        sheets=board.sheets(),
        left=board.left(),
        score=board.score(),
        first=thumb.score(),
        least_spread=least_spread,
        least_floors=least_floors,
        proven=proven,
    )
