"""The rooms of one type as sorted runs of nights that two rooms can exchange."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from typing import NamedTuple

from omd.features.reservations.packing.model import Move, Occupancy, RepackPlan, movable_flags, ordered_plan

Run = tuple[int, int, int]


class Exchange(NamedTuple):
    """What two rooms hold between two dates that no run of either crosses."""

    size: int
    rank: int
    other: int
    start: int
    end: int


class RoomCalendar:
    """Every run of every room, sorted by its first night; days are proleptic ordinals.

    A run is `(first night, day after the last, number of the occupancy)`. An exchange is its own inverse,
    so a search walks forward and back on the one calendar without copying it.
    """

    def __init__(self, rooms: Sequence[int], occupancies: Sequence[Occupancy], not_before: date) -> None:
        self.occupancies = occupancies
        self.movable = movable_flags(occupancies, not_before)
        self.rank = {room: number for number, room in enumerate(rooms)}
        self.runs: dict[int, list[Run]] = {room: [] for room in rooms}
        for number, taken in enumerate(occupancies):
            if taken.room_id not in self.runs:
                raise ValueError(f"Room {taken.room_id} is taken but is not one of the rooms given.")
            run = (taken.dates.arrival.toordinal(), taken.dates.departure.toordinal(), number)
            self.runs[taken.room_id].append(run)
        for room, runs in self.runs.items():
            runs.sort()
            for earlier, later in pairwise(runs):
                if later[0] < earlier[1]:
                    night = date.fromordinal(later[0])
                    raise ValueError(f"Room {room} is taken twice on the night of {night}.")
        self.now = [taken.room_id for taken in occupancies]
        self.moved: set[int] = set()

    def in_between(self, room: int, start: int, end: int) -> list[Run]:
        """Return the runs of the room that hold a night in `[start, end)`, in order."""
        runs = self.runs[room]
        low = bisect_left(runs, (start,))
        if low and runs[low - 1][1] > start:
            low -= 1
        return runs[low : bisect_left(runs, (end,))]

    def free_until(self, room: int, night: int, end: int) -> int:
        """Return the first taken night of the room in `[night, end)`, or `end`."""
        taken = self.in_between(room, night, end)
        return max(night, taken[0][0]) if taken else end

    def has_full_night(self, start: int, end: int) -> bool:
        """Say whether on some night in `[start, end)` every room is taken."""
        taken = (self.in_between(room, start, end) for room in self.runs)
        depth = Counter(
            night for runs in taken for since, until, _ in runs for night in range(max(since, start), min(until, end))
        )
        return len(self.runs) in depth.values()

    def exchange(self, room: int, other: int, run: Run, limit: int) -> Exchange | None:
        """Return the smallest exchange with the other room that takes this run away.

        It ends at the nearest dates before and after that no run of either room crosses. None when a run
        in it may not move, or when it would hold `limit` runs or more.
        """
        start, end = run[0], run[1]
        sides = (self.runs[room], self.runs[other])
        nexts = [bisect_left(side, (start,)) for side in sides]
        lasts = [number - 1 for number in nexts]
        size, grown = 0, True
        while grown:
            grown = False
            for which, side in enumerate(sides):
                while nexts[which] < len(side) and side[nexts[which]][0] < end:
                    _, until, number = side[nexts[which]]
                    if not self.movable[number]:
                        return None
                    end, size, grown = max(end, until), size + 1, True
                    nexts[which] += 1
                while lasts[which] >= 0 and side[lasts[which]][1] > start:
                    since, until, number = side[lasts[which]]
                    if not self.movable[number]:
                        return None
                    start, end, size, grown = min(start, since), max(end, until), size + 1, True
                    lasts[which] -= 1
            if size >= limit:
                return None
        return Exchange(size, self.rank[other], other, start, end)

    def swap(self, room: int, other: int, start: int, end: int) -> None:
        """Let the two rooms exchange every run that starts in `[start, end)`."""
        ours, theirs = self.runs[room], self.runs[other]
        low, high = bisect_left(ours, (start,)), bisect_left(ours, (end,))
        left, right = bisect_left(theirs, (start,)), bisect_left(theirs, (end,))
        leaving, coming = ours[low:high], theirs[left:right]
        ours[low:high], theirs[left:right] = coming, leaving
        self._settle(leaving, other)
        self._settle(coming, room)

    def _settle(self, runs: Sequence[Run], room: int) -> None:
        for _, _, number in runs:
            self.now[number] = room
            if self.occupancies[number].room_id == room:
                self.moved.discard(number)
            else:
                self.moved.add(number)

    def plan(self, room: int) -> RepackPlan:
        """Return what has changed since the calendar was made, for a stay in this room."""
        moves = []
        for number in self.moved:
            taken = self.occupancies[number]
            if taken.stay_id is None:
                raise AssertionError(f"The out-of-order interval {taken} was moved.")
            moves.append(Move(taken.stay_id, taken.room_id, self.now[number], taken.dates))
        return ordered_plan(room, moves)
