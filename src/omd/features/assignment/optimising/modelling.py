"""The question as CP-SAT is asked it: a choice for each stay that may move and each room that it may have.

What is minimised is exactly what `Board.score` counts and the hotel's weights weigh, less what no choice changes.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import NamedTuple
from uuid import UUID

import msgspec
from ortools.sat.python import cp_model

from omd.features.assignment.optimising.board import Board
from omd.features.assignment.optimising.model import cost

Linear = cp_model.LinearExpr | int


class Answer(msgspec.Struct, frozen=True):
    """The rooms that CP-SAT found for the stays that may move, or None; no others cost less than `gap` below them."""

    rooms: Mapping[int, int | None] | None
    gap: int
    proven: bool
    took: float


class _Held(NamedTuple):
    """How many stays have a room on a night: by choices or for certain, and as the hint has it."""

    by: Linear
    hint: int

    def is_always(self, value: int) -> bool:
        return isinstance(self.by, int) and self.by == value


class Choices:
    """Where the stays in `moving` are put, while all the others stay where the board has them.

    The stays in `moving` have to be lifted from the board. `hint` is where they were, by number; `places` are the rooms
    that may be given, None for all.
    """

    def __init__(
        self,
        board: Board,
        moving: Sequence[int],
        hint: Mapping[int, int | None],
        places: AbstractSet[int] | None = None,
    ) -> None:
        self.board = board
        self.question = board.question
        self.moving = moving
        self.hint = hint
        self.model = cp_model.CpModel()
        self.costs: list[Linear] = []
        self.chosen = {
            number: {
                place: self.model.new_bool_var("")
                for place in board.open_to[number]
                if (places is None or place in places) and board.is_free(number, place)
            }
            for number in moving
        }
        self._place()
        self._nights()
        self._together()
        self._work()
        self.model.minimize(sum(self.costs))

    def solve(self, *, limit_s: float, wall_s: float) -> Answer:
        """Return the best rooms found in `limit_s` of deterministic time and `wall_s` of the clock."""
        solver = cp_model.CpSolver()
        solver.parameters.num_workers = 1
        solver.parameters.random_seed = 1
        # The terms are sums over nights that the linear relaxation sees through: proofs take a tenth of a second with
        # it, minutes without.
        solver.parameters.linearization_level = 2
        solver.parameters.max_deterministic_time = limit_s
        solver.parameters.max_time_in_seconds = wall_s
        status = solver.solve(self.model)
        took = solver.response_proto.deterministic_time
        if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            return Answer(None, 0, proven=False, took=took)
        rooms = {
            number: next((place for place, var in options.items() if solver.boolean_value(var)), None)
            for number, options in self.chosen.items()
        }
        gap = max(0, round(solver.objective_value) - math.ceil(solver.best_objective_bound - 1e-6))
        return Answer(rooms, gap, status == cp_model.OPTIMAL, took)

    def _place(self) -> None:
        weights = self.question.weights
        for number, options in self.chosen.items():
            every = list(options.values())
            if self.board.may_go_without[number]:
                without = self._var(1, hint=int(self.hint[number] is None))
                self.costs.append(weights.unassigned * without)
                every.append(without)
            self.model.add_exactly_one(every)
            for place, var in options.items():
                self.model.add_hint(var, self.hint[number] == place)
                weight = cost(self.board.fixed[number][place], weights)
                if weight:
                    self.costs.append(weight * var)

    def _nights(self) -> None:
        """At most one stay a night in a room; what a night left free after one that is not costs."""
        by_room: dict[int, list[int]] = defaultdict(list)
        for number, options in self.chosen.items():
            for place in options:
                by_room[place].append(number)
        for place, numbers in by_room.items():
            nights = self.board.nights_of(place, numbers)
            for of in _largest({night: of for night, (_, of) in nights.items()}):
                self.model.add_at_most_one(self.chosen[number][place] for number in of)
            here = {number for number in numbers if self.hint[number] == place}
            self._idle(
                {
                    night: _Held(
                        int(taken) + sum(self.chosen[number][place] for number in of) if of else int(taken),
                        int(taken or not here.isdisjoint(of)),
                    )
                    for night, (taken, of) in nights.items()
                }
            )

    def _idle(self, held: Mapping[int, _Held]) -> None:
        weights = self.question.weights
        never = _Held(0, 0)
        for night, here in held.items():
            before, after = held.get(night - 1, never), held.get(night + 1, never)
            if before.is_always(0) or here.is_always(1):
                continue
            if weights.idle_run:
                begins = self._at_least(before.by - here.by, hint=before.hint - here.hint)
                self.costs.append(weights.idle_run * begins)
            if weights.one_night_gap and not after.is_always(0):
                single = self._at_least(
                    before.by + after.by - here.by - 1, hint=before.hint + after.hint - here.hint - 1
                )
                self.costs.append(weights.one_night_gap * single)

    def _together(self) -> None:
        """Charge a group for each floor beyond the first, and a guest who stays on for each room."""
        weights, stays = self.question.weights, self.question.stays
        floors = [room.floor for room in self.question.rooms]
        self._spread(weights.group_apart, [stay.group for stay in stays], floors)
        self._spread(weights.other_room, [stay.follows for stay in stays], range(len(self.question.rooms)))

    def _spread(self, weight: int, wants: Sequence[UUID | None], kinds: Sequence[object]) -> None:
        together: dict[UUID, list[int]] = defaultdict(list)
        already_in: dict[UUID, set[object]] = defaultdict(set)
        for number, want in enumerate(wants):
            place = self.board.room_of[number]
            if want is not None and number in self.chosen:
                together[want].append(number)
            elif want is not None and place is not None:
                already_in[want].add(kinds[place])
        for want, numbers in together.items():
            already = already_in[want]
            if not weight or (len(numbers) < 2 and not already):
                continue
            kinds_of: dict[object, dict[int, list[cp_model.IntVar]]] = defaultdict(lambda: defaultdict(list))
            for number in numbers:
                for place, var in self.chosen[number].items():
                    if kinds[place] not in already:
                        kinds_of[kinds[place]][number].append(var)
            hinted = {kinds[at] for number in numbers if (at := self.hint[number]) is not None} - already
            used = []
            for kind, choices in kinds_of.items():
                here = self._var(1, hint=int(kind in hinted))
                used.append(here)
                for variables in choices.values():
                    # One stay takes one room: as a sum, the linear relaxation sees what it does not in single steps.
                    self.model.add(here >= sum(variables))
            free = 0 if already else 1
            beyond = self._var(len(used), hint=max(0, len(hinted) - free))
            self.model.add(beyond >= sum(used) - free)
            self.costs.append(weight * beyond)

    def _work(self) -> None:
        """Charge for each departure of a floor above the fair share of the day."""
        weight = self.question.weights.floor_work
        leaving: dict[tuple[int | None, int], list[cp_model.IntVar]] = defaultdict(list)
        for number, options in self.chosen.items():
            day = self.question.stays[number].dates.departure.toordinal()
            for place, var in options.items():
                leaving[self.question.rooms[place].floor, day].append(var)
        for (floor, day), variables in leaving.items():
            spare = self.board.fair_share[day] - self.board.leaving(floor, day)
            if weight and spare < len(variables):
                hinted = sum(
                    self.question.rooms[at].floor == floor
                    for number, at in self.hint.items()
                    if at is not None and self.question.stays[number].dates.departure.toordinal() == day
                )
                above = self._var(len(variables), hint=max(0, hinted - max(0, spare)))
                self.model.add(above >= sum(variables) - max(0, spare))
                self.costs.append(weight * above)

    def _at_least(self, expression: Linear, *, hint: int) -> Linear:
        """Return what is 1 where the expression is, and 0 where it is not positive."""
        if isinstance(expression, int):
            return max(0, expression)
        charged = self._var(1, hint=max(0, hint))
        self.model.add(charged >= expression)
        return charged

    def _var(self, most: int, *, hint: int) -> cp_model.IntVar:
        """Return a number from 0 to `most`; without a hint for each, the first plan is none to the solver."""
        var = self.model.new_int_var(0, most, "")
        self.model.add_hint(var, hint)
        return var


def _largest(nights: Mapping[int, list[int]]) -> Iterable[list[int]]:
    """Yield the sets of stays on one night that are in no other night's set."""
    ordered = [set(nights[night]) for night in sorted(nights)]
    for at, here in enumerate(ordered):
        if len(here) > 1 and not (
            (at and here <= ordered[at - 1]) or (at + 1 < len(ordered) and here < ordered[at + 1])
        ):
            yield sorted(here)
