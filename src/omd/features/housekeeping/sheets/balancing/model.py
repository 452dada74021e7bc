"""What balancing is asked and answers: tasks, attendants, and how good sheets are."""

from datetime import time
from typing import Literal, NamedTuple
from uuid import UUID

import msgspec

LeftBecause = Literal["nobody_works", "too_many_credits", "no_credits_left"]
"""Why a task is on no sheet: nobody is there, nobody may do so many credits, or nobody has so many left."""


class Job(msgspec.Struct, frozen=True):
    """A task of a day; `credits` is what it weighs, 0 or more.

    `attendant` is who has it and keeps it, None for one to be placed. `before` is who did the room the day before,
    where the guest stays on: the same person is wanted again. `due` is the hour by which it has to be done.
    """

    id: UUID
    room: str
    credits: int
    floor: int | None = None
    sections: frozenset[str] = frozenset()
    due: time | None = None
    rush: bool = False
    attendant: int | None = None
    before: int | None = None

    @property
    def is_urgent(self) -> bool:
        """Say whether somebody waits for it."""
        return self.rush or self.due is not None


class Attendant(msgspec.Struct, frozen=True):
    """Somebody who works that day, the credits they may be given, None for any number, and their sections."""

    id: int
    limit: int | None = None
    sections: frozenset[str] = frozenset()

    def is_outside(self, job: Job) -> bool:
        """Say whether a task is in none of the sections that this attendant has."""
        return bool(self.sections) and self.sections.isdisjoint(job.sections)


class Question(msgspec.Struct, frozen=True):
    """The tasks of a day and who works; a task may be kept by somebody who is not among the attendants."""

    jobs: tuple[Job, ...]
    attendants: tuple[Attendant, ...]


class Score(NamedTuple):
    """How good sheets are: of two, those are better that are less in the first place in which they differ.

    `urgent_left`, `credits_left` and `left` count what is on no sheet; `spread` is the most credits of a sheet less the
    fewest; `outside` counts tasks outside their attendant's sections, `floors` the floors of each sheet added up, and
    `changed` the rooms whose attendant of the day before works and has not got them again.
    """

    urgent_left: int
    credits_left: int
    left: int
    spread: int
    outside: int
    floors: int
    changed: int


class Left(msgspec.Struct, frozen=True):
    """A task that is on no sheet, and why."""

    id: UUID
    because: LeftBecause


class SheetFound(msgspec.Struct, frozen=True):
    """The tasks of an attendant in the order in which they are to be done, with their credits."""

    attendant: int
    jobs: tuple[UUID, ...]
    credits: int


class Found(msgspec.Struct, frozen=True):
    """The sheets, and how good they are beside those of the rule of thumb.

    No sheets that leave as little over have a smaller spread than `least_spread`; none that are as balanced and as true
    to sections have fewer floors than `least_floors`. `proven` says that no sheets are better.
    """

    sheets: tuple[SheetFound, ...]
    left: tuple[Left, ...]
    score: Score
    first: Score
    least_spread: int
    least_floors: int
    proven: bool
