"""Sheets under way: who has which task, what that leaves to each, and how good it is."""

from collections.abc import Sequence
from datetime import time

from omd.features.housekeeping.sheets.balancing.model import (
    Job,
    Left,
    LeftBecause,
    Question,
    Score,
    SheetFound,
)

Given = Sequence[int | None]
"""The place of an attendant for each task of a question, None for none of them."""


class Board:
    """The loads of attendants as tasks are given to them."""

    def __init__(self, question: Question) -> None:
        self.question = question
        places = {attendant.id: place for place, attendant in enumerate(question.attendants)}
        self.given: list[int | None] = [None] * len(question.jobs)
        self.load = [0] * len(question.attendants)
        self.floors: list[set[int | None]] = [set() for _ in question.attendants]
        self.before = [places.get(job.before) if job.before is not None else None for job in question.jobs]
        self.open = [number for number, job in enumerate(question.jobs) if job.attendant is None]
        for number, job in enumerate(question.jobs):
            if job.attendant in places:
                self.give(number, places[job.attendant])

    def give(self, number: int, place: int) -> None:
        """Put a task on a sheet."""
        job = self.question.jobs[number]
        self.given[number] = place
        self.load[place] += job.credits
        self.floors[place].add(job.floor)

    def fits(self, job: Job, place: int) -> bool:
        """Say whether an attendant has as many credits left."""
        limit = self.question.attendants[place].limit
        return limit is None or self.load[place] + job.credits <= limit

    def fill(self) -> None:
        """Give each task that is left, the urgent first, to whoever has the least of those whom it fits."""
        for number in sorted((each for each in self.open if self.given[each] is None), key=self._weight):
            job = self.question.jobs[number]
            fitting = [place for place in range(len(self.load)) if self.fits(job, place)]
            if fitting:
                self.give(number, min(fitting, key=lambda place: self._dearness(number, place)))

    def score(self) -> Score:
        """Return how good the sheets are."""
        jobs, attendants = self.question.jobs, self.question.attendants
        left = [jobs[number] for number in self.open if self.given[number] is None]
        placed = [(number, place) for number in self.open if (place := self.given[number]) is not None]
        return Score(
            urgent_left=sum(job.is_urgent for job in left),
            credits_left=sum(job.credits for job in left),
            left=len(left),
            spread=max(self.load, default=0) - min(self.load, default=0),
            outside=sum(attendants[place].is_outside(jobs[number]) for number, place in placed),
            floors=sum(map(len, self.floors)),
            changed=sum(self.before[number] not in (None, self.given[number]) for number in self.open),
        )

    def sheets(self) -> tuple[SheetFound, ...]:
        """Return the sheet of each attendant."""
        jobs: list[list[Job]] = [[] for _ in self.load]
        for job, place in zip(self.question.jobs, self.given, strict=True):
            if place is not None:
                jobs[place].append(job)
        return tuple(
            SheetFound(
                attendant.id,
                tuple(job.id for job in in_order(mine)),
                sum(job.credits for job in mine),
            )
            for attendant, mine in zip(self.question.attendants, jobs, strict=True)
        )

    def left(self) -> tuple[Left, ...]:
        """Return the tasks that are on no sheet, the urgent first."""
        left = sorted((number for number in self.open if self.given[number] is None), key=self._weight)
        return tuple(Left(job.id, self._because(job)) for job in (self.question.jobs[number] for number in left))

    def _because(self, job: Job) -> LeftBecause:
        if not self.load:
            return "nobody_works"
        limits = [attendant.limit for attendant in self.question.attendants]
        if all(limit is not None and limit < job.credits for limit in limits):
            return "too_many_credits"
        return "no_credits_left"

    def _weight(self, number: int) -> tuple[bool, int, int]:
        job = self.question.jobs[number]
        return not job.is_urgent, -job.credits, number

    def _dearness(self, number: int, place: int) -> tuple[int, bool, bool, bool]:
        job = self.question.jobs[number]
        return (
            self.load[place],
            self.question.attendants[place].is_outside(job),
            job.floor not in self.floors[place],
            self.before[number] not in (None, place),
        )


def board_of(question: Question, given: Given) -> Board:
    """Return the board on which the open tasks are given so; raise `IndexError` for no attendant's place."""
    board = Board(question)
    for number in board.open:
        place = given[number]
        if place is not None:
            board.give(number, place)
    return board


def in_order(jobs: Sequence[Job]) -> list[Job]:
    """Return the tasks of a sheet as they are to be done: what is rushed, what is due first, then floor by floor."""
    return sorted(
        jobs,
        key=lambda job: (
            not job.rush,
            job.due or time.max,
            job.floor is None,
            job.floor or 0,
            job.room,
            job.id,
        ),
    )
