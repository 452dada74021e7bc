"""Rules of thumb that put one stay after the other: ours, and the two that a plan is measured against."""

from collections.abc import Callable

from omd.features.assignment.optimising.board import Board
from omd.features.assignment.optimising.model import Question

Choice = Callable[[Board, int, list[int]], int]


def first_fit(question: Question) -> Board:
    """Put each stay, by arrival, into the first room in the list that is free."""
    return _one_by_one(question, lambda _, __, free: free[0])


def best_fit(question: Question) -> Board:
    """Put each stay, by arrival, where it leaves the fewest runs of free nights, single ones first."""
    return _one_by_one(
        question, lambda board, number, free: min(free, key=lambda place: _tightness(board, number, place))
    )


def greedy(question: Question) -> Board:
    """Put each stay, by arrival, into the free room that weighs least on the plan so far."""
    return _one_by_one(question, lambda board, number, free: min(free, key=lambda place: board.weigh(number, place)))


def as_it_is(question: Question) -> Board:
    """Return the board with every stay in the room that it has now, but for those whose room is away."""
    places = {room.id: place for place, room in enumerate(question.rooms)}
    board = Board(question)
    for number, stay in enumerate(question.stays):
        if not board.may_go_without[number] and stay.room_id is not None:
            board.put(number, places[stay.room_id])
    return board


def _one_by_one(question: Question, choose: Choice) -> Board:
    board = Board(question)
    order = sorted(
        range(len(question.stays)),
        key=lambda number: (question.stays[number].dates.arrival, -question.stays[number].dates.nights, number),
    )
    for number in order:
        free = [place for place in board.open_to[number] if board.is_free(number, place)]
        if free:
            board.put(number, choose(board, number, free))
    return board


def _tightness(board: Board, number: int, place: int) -> tuple[int, int]:
    charged = board.charge(number, place)
    return charged.get("one_night_gap", 0), charged.get("idle_run", 0)
