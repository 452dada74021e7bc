"""Sheets as data: the sections of a hotel, who works on a date, what each of them has, and how it is shared out."""

from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Annotated, Literal
from uuid import UUID

import msgspec

from omd.features.housekeeping.model import SAYS_SOMETHING
from omd.features.housekeeping.sheets.balancing.board import in_order
from omd.features.housekeeping.sheets.balancing.model import Attendant, Found, Job, LeftBecause, Question
from omd.features.housekeeping.tasks.model import Position, StaffId, TaskKind, Version
from omd.features.housekeeping.tasks.states import TaskStatus

Part = Literal["leaves", "stays", "arrives", "by_day"]
Reshuffle = Literal["nothing", "unpublished", "all"]
"""Whose tasks may be given to somebody else: nobody's, of sheets that are not published, or of all."""

_ENDED = frozenset({"done", "inspected", "cancelled"})

SectionName = Annotated[str, msgspec.Meta(min_length=1, max_length=60, pattern=SAYS_SOMETHING)]
RoomId = Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)]
Floor = Annotated[int, msgspec.Meta(ge=-1000, le=1000)]
MaxCredits = Annotated[int, msgspec.Meta(ge=0, le=10_000)]


class Section(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A part of a hotel by its name: all rooms of its floors, and the rooms named besides."""

    name: SectionName
    floors: Annotated[tuple[Floor, ...], msgspec.Meta(max_length=200)] = ()
    room_ids: Annotated[tuple[RoomId, ...], msgspec.Meta(max_length=1000)] = ()


class Sections(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All the sections of a hotel."""

    sections: Annotated[tuple[Section, ...], msgspec.Meta(max_length=100)]

    def __post_init__(self) -> None:
        """Raise `ValueError` for two sections of one name."""
        if len({each.name for each in self.sections}) < len(self.sections):
            raise ValueError("Two sections have one name: say each once")


class Attendance(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Somebody who works on a date, the credits they are given at most, and the sections they are given first."""

    attendant_id: StaffId
    max_credits: MaxCredits | None = None
    sections: Annotated[tuple[SectionName, ...], msgspec.Meta(max_length=100)] = ()


class Attendances(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All who work on a date."""

    attendants: Annotated[tuple[Attendance, ...], msgspec.Meta(max_length=200)]

    def __post_init__(self) -> None:
        """Raise `ValueError` for somebody who is named twice."""
        if len({each.attendant_id for each in self.attendants}) < len(self.attendants):
            raise ValueError("Somebody is named twice: say each once")


class StayOnSheet(msgspec.Struct, frozen=True):
    """Who leaves a room, stays in it, arrives, or has it by day; how many, from which hour and until when.

    `is_done` says that they have left, or are in the house. It names nobody.
    """

    part: Part
    persons: int
    at: str | None
    until: date
    is_done: bool


class SheetTask(msgspec.Struct, frozen=True):
    """A task on a sheet, with its room and the stays of the date."""

    id: UUID
    room_id: int
    room_number: str
    floor: int | None
    room_type_code: str
    kind: TaskKind
    status: TaskStatus
    credits: int
    attendant_id: int | None
    position: int | None
    rush: bool
    notes: str | None
    is_begun: bool
    version: int
    before_id: int | None
    sections: tuple[str, ...]
    stays: tuple[StayOnSheet, ...]

    @property
    def due(self) -> time | None:
        """Return the hour at which the first guests come who are not here yet."""
        hours = [each.at for each in self.stays if each.at is not None and not each.is_done and each.part != "leaves"]
        return time.fromisoformat(min(hours)) if hours else None


class SheetRow(msgspec.Struct, frozen=True):
    """Somebody who works on a date or has tasks on it; `published_at` is when their sheet was published last."""

    attendant_id: int
    name: str
    works: bool
    max_credits: int | None
    sections: list[str]
    published_at: datetime | None
    published_by: str | None


class Sheet(msgspec.Struct, frozen=True):
    """The tasks of somebody on a date in their order, what they count, and on how many floors they are."""

    attendant_id: int
    name: str
    works: bool
    max_credits: int | None
    sections: tuple[str, ...]
    published_at: datetime | None
    published_by: str | None
    credits: int
    floors: int
    tasks: tuple[SheetTask, ...]


class Sheets(msgspec.Struct, frozen=True):
    """The sheets of a date, and the tasks that are on none."""

    on: date
    sheets: tuple[Sheet, ...]
    unassigned: tuple[SheetTask, ...]


class WantedSheets(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The date whose tasks are to be shared out, and whose may be given to somebody else.

    What somebody began stays theirs.
    """

    on: date
    reshuffle: Reshuffle = "nothing"


class Placing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whose a task is to be and where on their sheet; `version` is that of the task as it was looked at."""

    task_id: UUID
    version: Version
    attendant_id: StaffId | None
    position: Position | None = None


class Placings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Tasks of a date that are given to somebody, all at once."""

    on: date
    changes: Annotated[tuple[Placing, ...], msgspec.Meta(min_length=1, max_length=2000)]

    def __post_init__(self) -> None:
        """Raise `ValueError` for a task that is named twice."""
        if len({each.task_id for each in self.changes}) < len(self.changes):
            raise ValueError("A task is named twice: say each once")


class Publication(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whose sheets of a date are published; everybody's where nobody is named."""

    on: date
    attendant_ids: Annotated[tuple[StaffId, ...], msgspec.Meta(max_length=200)] = ()


class ProposedSheet(msgspec.Struct, frozen=True):
    """The tasks that somebody would have, in their order."""

    attendant_id: int
    credits: int
    task_ids: tuple[UUID, ...]


class LeftOver(msgspec.Struct, frozen=True):
    """A task that would be on no sheet, and why."""

    task_id: UUID
    room_number: str
    kind: TaskKind
    because: LeftBecause


class Proposal(msgspec.Struct, frozen=True):
    """How the tasks of a date may be shared out, and what would change; nothing has changed yet.

    `spread` is the most credits of a sheet less the fewest, `outside` counts tasks outside their attendant's sections,
    `floors` are those of each sheet added up, and `changed` the rooms of guests who stay that somebody else would do
    than the day before. No sheets that leave as little over have a smaller spread than `least_spread`; none that are as
    balanced, and as true to sections, have fewer floors than `least_floors`. `proven` says that there are no better.
    """

    on: date
    sheets: tuple[ProposedSheet, ...]
    left: tuple[LeftOver, ...]
    changes: tuple[Placing, ...]
    spread: int
    outside: int
    floors: int
    changed: int
    least_spread: int
    least_floors: int
    proven: bool


class TaskChangedSince(msgspec.Struct, frozen=True):
    """A task that is not as it was looked at."""

    task_id: UUID
    reason: Literal["gone", "ended", "changed"]
    room_number: str | None
    version: int | None


def question_of(tasks: Sequence[SheetTask], rows: Sequence[SheetRow], reshuffle: Reshuffle) -> Question:
    """Return what balancing is asked; inspections are given by hand, and what has ended stays whose it is."""
    return Question(
        tuple(
            Job(
                id=task.id,
                room=task.room_number,
                credits=task.credits,
                floor=task.floor,
                sections=frozenset(task.sections),
                due=task.due,
                rush=task.rush,
                attendant=None if is_movable(task, rows, reshuffle) else task.attendant_id,
                before=task.before_id,
            )
            for task in tasks
            if task.attendant_id is not None or (task.status not in _ENDED and task.kind != "inspection")
        ),
        tuple(Attendant(row.attendant_id, row.max_credits, frozenset(row.sections)) for row in rows if row.works),
    )


def is_movable(task: SheetTask, rows: Sequence[SheetRow], reshuffle: Reshuffle) -> bool:
    """Say whether a task may be given to somebody else than who has it, or to somebody where nobody has it."""
    if task.attendant_id is None:
        return task.status not in _ENDED
    if reshuffle == "nothing" or task.status != "open" or task.is_begun or task.kind == "inspection":
        return False
    return reshuffle == "all" or task.attendant_id not in _published(rows)


def proposal_of(
    on: date, tasks: Sequence[SheetTask], rows: Sequence[SheetRow], wanted: Reshuffle, asked: Question, found: Found
) -> Proposal:
    """Return what was found as it is told: a published sheet that keeps its tasks has the new ones at its end."""
    jobs, by_id = {job.id: job for job in asked.jobs}, {task.id: task for task in tasks}
    published = _published(rows) if wanted != "all" else frozenset()
    sheets, changes = [], []
    for sheet in found.sheets:
        kept = [by_id[each] for each in sheet.jobs if by_id[each].attendant_id == sheet.attendant]
        if sheet.attendant in published:
            kept.sort(key=lambda task: (task.position is None, task.position or 0, task.floor or 0, task.room_number))
            known = {task.id for task in kept}
            order = [*(task.id for task in kept), *(each for each in sheet.jobs if each not in known)]
            start = max((task.position for task in kept if task.position is not None), default=-1) + 1
            places = {each: start + number for number, each in enumerate(order[len(kept) :])}
        else:
            order = [job.id for job in in_order([jobs[each] for each in sheet.jobs])]
            places = {each: number for number, each in enumerate(order)}
        sheets.append(ProposedSheet(sheet.attendant, sheet.credits, tuple(order)))
        changes += [
            Placing(each, by_id[each].version, sheet.attendant, place)
            for each, place in places.items()
            if (by_id[each].attendant_id, by_id[each].position) != (sheet.attendant, place)
            and by_id[each].status not in _ENDED
        ]
    # Who is asked to do what they had, and has it no more, has it taken off.
    changes += [
        Placing(left.id, by_id[left.id].version, None) for left in found.left if by_id[left.id].attendant_id is not None
    ]
    score = found.score
    return Proposal(
        on=on,
        sheets=tuple(sheets),
        left=tuple(
            LeftOver(left.id, by_id[left.id].room_number, by_id[left.id].kind, left.because) for left in found.left
        ),
        changes=tuple(changes),
        spread=score.spread,
        outside=score.outside,
        floors=score.floors,
        changed=score.changed,
        least_spread=found.least_spread,
        least_floors=found.least_floors,
        proven=found.proven,
    )


def sheets_of(on: date, tasks: Sequence[SheetTask], rows: Sequence[SheetRow]) -> Sheets:
    """Return the sheets of a date with their tasks."""
    sheets = []
    for row in rows:
        mine = tuple(task for task in tasks if task.attendant_id == row.attendant_id)
        told = {**msgspec.structs.asdict(row), "sections": tuple(row.sections)}
        sheets.append(
            Sheet(
                **told,
                credits=sum(task.credits for task in mine),
                floors=len({task.floor for task in mine}),
                tasks=mine,
            )
        )
    return Sheets(on, tuple(sheets), tuple(task for task in tasks if task.attendant_id is None))


def has_ended(status: TaskStatus) -> bool:
    """Say whether a task in this state is given to nobody else."""
    return status in _ENDED


def _published(rows: Sequence[SheetRow]) -> frozenset[int]:
    return frozenset(row.attendant_id for row in rows if row.published_at is not None)
