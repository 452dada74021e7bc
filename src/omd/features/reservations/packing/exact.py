"""The exact search for a re-packing by OR-Tools CP-SAT; run as a program by `solve_exactly`.

Reads a `Question` as JSON from standard input and writes the answer as JSON to standard output.
"""

import sys
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import timedelta

import msgspec
from ortools.sat.python import cp_model

from omd.features.reservations.packing.calendar import RoomCalendar
from omd.features.reservations.packing.model import (
    Infeasible,
    Move,
    Occupancy,
    RepackPlan,
    TimedOut,
    movable_flags,
    ordered_plan,
)
from omd.features.reservations.packing.solve import Answer, Question
from omd.kernel.dates import StayDates

SMALL_MODEL = 30_000
"""Stay-and-room pairs up to which the whole question is asked at once."""

LARGEST_MODEL = 200_000
"""Pairs beyond which the model itself would not fit the time and memory of a booking."""

WINDOWS = (0, 7, 28)
"""Days around the wanted dates in which stays may move, tried in turn when the whole is not small."""


class _Choice(msgspec.Struct, frozen=True):
    """One stay to place: an occupancy, or the wanted stay when `taken` is None."""

    dates: StayDates
    rooms: tuple[int, ...]
    taken: Occupancy | None


def search(question: Question, *, small_model: int = SMALL_MODEL) -> Answer:
    """Return the plan with the fewest moves; prove that there is none; or time out.

    A question of more than `small_model` pairs is asked window by window: its plan has the fewest moves
    of the first window that has one.
    """
    whole = _component(question)
    left = question.time_limit_s
    for numbers in _stages(question, whole, small_model):
        choices = _choices(question, numbers)
        if sum(len(choice.rooms) for choice in choices) > LARGEST_MODEL:
            return TimedOut()
        found, spent = _solve(choices, left)
        left -= spent
        if isinstance(found, (RepackPlan, TimedOut)) or len(numbers) == len(whole):
            return found
        if left <= 0:
            break
    return TimedOut()


def _component(question: Question) -> list[int]:
    """Return the movable stays that share nights with the wanted stay, or with one that does, and so on.

    Whatever is left out shares no night with them, so it can stay where it is without loss.
    """
    flags = movable_flags(question.occupancies, question.not_before)
    ordered = sorted((taken.dates, number) for number, taken in enumerate(question.occupancies) if flags[number])
    groups: list[tuple[StayDates, list[int]]] = []
    for dates, number in ordered:
        if groups and dates.arrival < groups[-1][0].departure:
            span, members = groups[-1]
            departure = max(span.departure, dates.departure)
            groups[-1] = (StayDates(span.arrival, departure), [*members, number])
        else:
            groups.append((dates, [number]))
    return [number for span, members in groups if span.overlaps(question.wanted) for number in members]


def _stages(question: Question, whole: Sequence[int], small_model: int) -> Iterable[Sequence[int]]:
    """Yield the sets of stays that may move: the whole at once when small, else windows that grow to it."""
    if len(whole) * len(question.rooms) > small_model:
        for days in WINDOWS:
            margin = timedelta(days=days)
            near = StayDates(question.wanted.arrival - margin, question.wanted.departure + margin)
            some = [number for number in whole if question.occupancies[number].dates.overlaps(near)]
            if len(some) < len(whole):
                yield some
    yield whole


def _choices(question: Question, numbers: Sequence[int]) -> list[_Choice]:
    """Return each stay to place with the rooms in which no run that stays put is in its way."""
    placed = set(numbers)
    staying = [taken for number, taken in enumerate(question.occupancies) if number not in placed]
    calendar = RoomCalendar(question.rooms, staying, question.not_before)

    def open_rooms(dates: StayDates, rooms: Sequence[int]) -> tuple[int, ...]:
        start, end = dates.arrival.toordinal(), dates.departure.toordinal()
        return tuple(room for room in rooms if not calendar.in_between(room, start, end))

    own = question.rooms if question.start_room is None else (question.start_room,)
    choices = [_Choice(question.wanted, open_rooms(question.wanted, own), None)]
    for number in numbers:
        taken = question.occupancies[number]
        choices.append(_Choice(taken.dates, open_rooms(taken.dates, question.rooms), taken))
    return choices


def _solve(choices: Sequence[_Choice], limit: float) -> tuple[Answer, float]:
    """Place every stay with the fewest moves; return the answer and the deterministic time it took."""
    model = cp_model.CpModel()
    by_room: dict[int, list[tuple[StayDates, cp_model.IntVar]]] = defaultdict(list)
    placings: list[dict[int, cp_model.IntVar]] = []
    moves: list[cp_model.IntVar] = []
    for choice in choices:
        placing = {room: model.new_bool_var("") for room in choice.rooms}
        model.add_exactly_one(placing.values())
        for room, chosen in placing.items():
            by_room[room].append((choice.dates, chosen))
            if choice.taken is not None and room != choice.taken.room_id:
                moves.append(chosen)
        placings.append(placing)
    for runs in by_room.values():
        for together in _cliques(runs):
            model.add_at_most_one(together)
    model.minimize(sum(moves))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = 1
    solver.parameters.max_deterministic_time = limit
    solver.parameters.max_time_in_seconds = 2 * limit
    status = solver.solve(model)
    spent = solver.response_proto.deterministic_time
    if status == cp_model.INFEASIBLE:
        return Infeasible(), spent
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return TimedOut(), spent
    chosen_rooms = [
        next(room for room, chosen in placing.items() if solver.boolean_value(chosen)) for placing in placings
    ]
    return _plan(choices, chosen_rooms), spent


def _cliques(runs: Sequence[tuple[StayDates, cp_model.IntVar]]) -> Iterable[list[cp_model.IntVar]]:
    """Yield the largest sets of runs that share a night: at most one of each may have the room."""
    events = []
    for number, (dates, _) in enumerate(runs):
        events += [(dates.arrival, 1, number), (dates.departure, 0, number)]
    present: dict[int, cp_model.IntVar] = {}
    grown = False
    for _, begins, number in sorted(events):
        if begins:
            present[number] = runs[number][1]
            grown = True
            continue
        if grown and len(present) > 1:
            yield list(present.values())
        grown = False
        del present[number]


def _plan(choices: Sequence[_Choice], rooms: Sequence[int]) -> RepackPlan:
    moves = []
    own = 0
    for choice, room in zip(choices, rooms, strict=True):
        taken = choice.taken
        if taken is None:
            own = room
        elif taken.stay_id is not None and taken.room_id != room:
            moves.append(Move(taken.stay_id, taken.room_id, room, taken.dates))
    return ordered_plan(own, moves)


def main() -> None:
    """Answer the question on standard input."""
    question = msgspec.json.decode(sys.stdin.buffer.read(), type=Question)
    sys.stdout.buffer.write(msgspec.json.encode(search(question)))


if __name__ == "__main__":
    main()
