"""The question as CP-SAT is asked it: how many tasks of each kind are on each sheet.

Tasks that only their rooms tell apart are counted together, so that nothing is searched twice.
"""

import math
from collections import defaultdict
from collections.abc import Mapping
from typing import NamedTuple

import msgspec
from ortools.sat.python import cp_model

from omd.features.housekeeping.sheets.balancing.board import Board
from omd.features.housekeeping.sheets.balancing.model import Score

Linear = cp_model.LinearExpr | int


class _Alike(NamedTuple):
    """What tasks have in common that are counted together; `before` is the place of who did the rooms."""

    floor: int | None
    sections: frozenset[str]
    credits: int
    is_urgent: bool
    before: int | None


class Answer(msgspec.Struct, frozen=True):
    """The place found for each open task, None where nothing was found in time; nothing costs less than `bound`.

    `took` is deterministic seconds.
    """

    given: Mapping[int, int | None] | None
    bound: int
    proven: bool
    took: float


class Choices:
    """How many tasks of each kind each attendant gets, beside what they keep.

    For the balance alone, where a task is and who did the room are of no matter: then many more are alike.
    """

    def __init__(self, board: Board, *, balance_alone: bool = False) -> None:
        self.board = board
        self.places = range(len(board.load))
        self.model = cp_model.CpModel()
        self.alike: dict[_Alike, list[int]] = defaultdict(list)
        for number in board.open:
            job = board.question.jobs[number]
            kind = _Alike(None, frozenset(), job.credits, job.is_urgent, None)
            if not balance_alone:
                kind = kind._replace(floor=job.floor, sections=job.sections, before=board.before[number])
            self.alike[kind].append(number)
        self.most_credits = sum(kind.credits * len(numbers) for kind, numbers in self.alike.items())
        self.counts = {
            kind: [
                self.model.new_int_var(0, len(numbers) if board.fits(board.question.jobs[numbers[0]], place) else 0, "")
                for place in self.places
            ]
            for kind, numbers in self.alike.items()
        }
        self.left = {kind: len(numbers) - sum(self.counts[kind]) for kind, numbers in self.alike.items()}
        for left in self.left.values():
            self.model.add(left >= 0)
        self._loads()

    def ask_left(self) -> None:
        """Ask for as little left over as can be: what somebody waits for, then credits, then tasks."""
        self.model.minimize(
            self._per_credit() * (self.most_credits + 1) * sum(self._urgent_left())
            + self._per_credit() * self._credits_left()
            + sum(self.left.values())
        )

    def ask_balance(self, reached: Score) -> None:
        """Ask for the smallest spread of sheets that leave as little over."""
        self._leave(reached)
        done = self._done(reached)
        self.model.add(self.largest * len(self.places) >= done)
        self.model.add(self.smallest * len(self.places) <= done)
        self.model.minimize(self.spread)

    def ask_floors(self, reached: Score, band: tuple[int, int] | None = None) -> None:
        """Ask for sheets that are as balanced, with their sections, few floors and the rooms of the day before.

        With a band each of them has as many credits as that says, the least and the most.
        """
        self._leave(reached)
        if band is None:
            self.model.add(self.spread <= reached.spread)
            most = max(*self.board.load, self._done(reached) // len(self.places) + reached.spread)
        else:
            least, most = band
            self.model.add(self.smallest >= least)
        self.model.add(self.largest <= most)
        self.model.minimize(
            self._per_outside() * self._outside()
            + self._per_floor() * self._floors(most, everything=not reached.left)
            + self._changed()
        )

    def floors_of(self, bound: int, reached: Score) -> int:
        """Return the fewest floors that a bound leaves to sheets that are as true to sections."""
        kept = sum(map(len, self.board.floors))
        return kept + max(0, (bound - self._per_outside() * reached.outside) // self._per_floor())

    def hint(self, board: Board) -> None:
        """Begin the search with the sheets of a board."""
        self.model.clear_hints()  # type: ignore[no-untyped-call]
        for kind, numbers in self.alike.items():
            for place, count in enumerate(self.counts[kind]):
                self.model.add_hint(count, sum(board.given[number] == place for number in numbers))

    def solve(self, *, limit_s: float, wall_s: float) -> Answer:
        """Return the best sheets found in `limit_s` of CP-SAT's deterministic time and `wall_s` of the clock."""
        solver = cp_model.CpSolver()
        solver.parameters.num_workers = 1
        solver.parameters.random_seed = 1
        solver.parameters.max_deterministic_time = limit_s
        solver.parameters.max_time_in_seconds = wall_s
        status = solver.solve(self.model)
        took = solver.response_proto.deterministic_time
        bound = math.ceil(solver.best_objective_bound - 1e-6)
        if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            return Answer(None, 0, proven=False, took=took)
        given: dict[int, int | None] = dict.fromkeys(self.board.open)
        for kind, numbers in self.alike.items():
            waiting = iter(numbers)
            for place, count in enumerate(self.counts[kind]):
                for _ in range(solver.value(count)):
                    given[next(waiting)] = place
        return Answer(given, bound, status == cp_model.OPTIMAL, took)

    def _loads(self) -> None:
        # Loads go in steps: that they do is what proves most balances.
        step = math.gcd(*self.board.load, *(kind.credits for kind in self.alike)) or 1
        most = (max(self.board.load) + self.most_credits) // step
        self.largest = step * self.model.new_int_var(0, most, "")
        self.smallest = step * self.model.new_int_var(0, most, "")
        self.spread = self.largest - self.smallest
        for place in self.places:
            more = sum(kind.credits * counts[place] for kind, counts in self.counts.items())
            limit = self.board.question.attendants[place].limit
            if limit is not None:
                self.model.add(more <= max(0, limit - self.board.load[place]))
            self.model.add(self.largest >= self.board.load[place] + more)
            self.model.add(self.smallest <= self.board.load[place] + more)

    def _outside(self) -> Linear:
        attendants, jobs = self.board.question.attendants, self.board.question.jobs
        return sum(
            counts[place]
            for kind, counts in self.counts.items()
            for place in self.places
            if attendants[place].is_outside(jobs[self.alike[kind][0]])
        )

    def _floors(self, most: int, *, everything: bool) -> Linear:
        """Count the floors that are not on a sheet already."""
        of: dict[int | None, list[_Alike]] = defaultdict(list)
        for kind in self.counts:
            of[kind.floor].append(kind)
        every: list[cp_model.IntVar] = []
        for floor, kinds in of.items():
            credits_here = sum(kind.credits * len(self.alike[kind]) for kind in kinds)
            used = {
                place: self.model.new_bool_var("") for place in self.places if floor not in self.board.floors[place]
            }
            for place, here in used.items():
                for kind in kinds:
                    self.model.add(self.counts[kind][place] <= len(self.alike[kind]) * here)
                room = max(0, most - self.board.load[place])
                here_by = sum(kind.credits * self.counts[kind][place] for kind in kinds)
                self.model.add(here_by <= min(room, credits_here) * here)
            if everything and most and len(used) == len(self.places):
                # What the floor weighs takes so many attendants: whole ones, which the linear relaxation does not see.
                self.model.add(sum(used.values()) >= -(-credits_here // most))
            every += used.values()
        return sum(every)

    def _changed(self) -> Linear:
        return sum(
            len(self.alike[kind]) - counts[kind.before]
            for kind, counts in self.counts.items()
            if kind.before is not None
        )

    def _leave(self, reached: Score) -> None:
        """Leave as little over as was reached."""
        self.model.add(sum(self._urgent_left()) == reached.urgent_left)
        self.model.add(self._credits_left() == reached.credits_left)
        self.model.add(sum(self.left.values()) == reached.left)

    def _urgent_left(self) -> list[Linear]:
        return [left for kind, left in self.left.items() if kind.is_urgent]

    def _credits_left(self) -> Linear:
        return sum(kind.credits * left for kind, left in self.left.items())

    def _done(self, reached: Score) -> int:
        """Return the credits of all sheets together."""
        return sum(self.board.load) + self.most_credits - reached.credits_left

    def _per_credit(self) -> int:
        return len(self.board.open) + 1

    def _per_floor(self) -> int:
        return len(self.board.open) + 1

    def _per_outside(self) -> int:
        return self._per_floor() * (len(self.board.open) + 1)
