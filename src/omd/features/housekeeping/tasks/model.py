"""Tasks of housekeeping as data: what is asked for, what is told, and how a hotel plans."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec

from omd.features.housekeeping.model import Reason
from omd.features.housekeeping.tasks.states import SupervisedAction, TaskAction, TaskStatus, WorkAction, allowed

TaskKind = Literal["departure", "stayover", "arrival", "linen", "inspection", "deep_clean", "other"]
KindByHand = Literal["departure", "stayover", "arrival", "linen", "deep_clean", "other"]
InspectedKind = Literal["departure", "stayover", "arrival", "linen", "deep_clean"]
Outcome = Literal["applied", "merged", "already", "conflict"]
Because = Literal["superseded", "room_changed_since", "task_cancelled", "task_of_another", "too_old"]

Credits = Annotated[int, msgspec.Meta(ge=0, le=1000)]
Every = Annotated[int, msgspec.Meta(ge=1, le=31)]
StaffId = Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)]
Position = Annotated[int, msgspec.Meta(ge=0, le=1_000_000)]
Version = Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)]


class CreditRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a task of a kind counts, in one type of rooms or, where none is named, in all."""

    kind: TaskKind
    credits: Credits
    room_type_id: StaffId | None = None


class TaskSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a hotel plans its housekeeping; as it is at first, by hand.

    With `planned_daily` each date is planned as it begins. Rooms of guests who stay are served every `service_every`
    nights, their linen is changed every `linen_every`. After a task of a kind that is in `inspects` the room is to be
    inspected.
    """

    planned_daily: bool = False
    service_every: Every = 1
    linen_every: Every = 3
    inspects: Annotated[tuple[InspectedKind, ...], msgspec.Meta(max_length=5)] = ()
    credits: Annotated[tuple[CreditRule, ...], msgspec.Meta(max_length=500)] = ()

    def __post_init__(self) -> None:
        """Raise `ValueError` for two rules of the same kind and type."""
        said = [(rule.kind, rule.room_type_id) for rule in self.credits]
        if len(set(said)) < len(said):
            raise ValueError("Two rules are of the same kind and room type: say each once")


class PlannedDate(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The date to plan; the hotel's business date where none is named."""

    on: date | None = None


class Planned(msgspec.Struct, frozen=True):
    """What planning came to: tasks that are new, that are wanted again, and that no longer apply."""

    business_date: date
    added: int
    renewed: int
    withdrawn: int


class NewTask(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A task by hand, of the hotel's business date unless another is named."""

    room_id: StaffId
    kind: KindByHand
    on: date | None = None
    attendant_id: StaffId | None = None
    notes: Reason | None = None
    rush: bool = False


class Assignment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whose a task is: who does it, who answers for it, and where it stands among what they do; null is nobody.

    `seen_version` is the version of the task that was looked at: of two who give it at once, the second is told.
    """

    seen_version: Version
    attendant_id: StaffId | None
    supervisor_id: StaffId | None = None
    position: Position | None = None


class Work(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What was done about a task, and why where that is worth a word."""

    action: WorkAction
    reason: Reason | None = None


class Inspection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What was found: the work passes, or it is to be done again, for a reason."""

    passed: bool
    reason: Reason | None = None

    def __post_init__(self) -> None:
        """Raise `ValueError` for work that is to be done again for no reason."""
        if not self.passed and self.reason is None:
            raise ValueError("Say in reason why it is to be done again")


class Cancellation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why a task is not to be done."""

    reason: Reason


class Rush(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whether a guest waits for the room."""

    rush: bool = True


class TaskRow(msgspec.Struct, frozen=True):
    """A task: what is to be done in a room on a business date, whose it is, and how far it is.

    `worked_seconds` is what was worked up to `running_since`, where work goes on.
    """

    id: UUID
    business_date: date
    room_id: int
    room_number: str
    floor: int | None
    kind: TaskKind
    round: int
    status: TaskStatus
    credits: int
    attendant_id: int | None
    attendant_name: str | None
    attendant_user_id: int | None
    supervisor_id: int | None
    supervisor_name: str | None
    position: int | None
    rush: bool
    notes: str | None
    inspects_id: UUID | None
    is_planned: bool
    reason: str | None
    begun_at: datetime | None
    running_since: datetime | None
    worked_seconds: int
    ended_at: datetime | None
    changed_at: datetime
    changed_by: str
    version: int


class Task(TaskRow, frozen=True, kw_only=True):
    """A task with `allowed`, the actions that it allows as it is."""

    allowed: tuple[TaskAction, ...]


def told(row: TaskRow) -> Task:
    """Return a task with the actions that it allows."""
    return Task(**{**msgspec.structs.asdict(row), "allowed": allowed(row.status, row.kind)})


class Attendant(msgspec.Struct, frozen=True):
    """Somebody of the hotel's staff, by the id of their role there."""

    attendant_id: int
    name: str
    role: str


DeviceInstant = Annotated[
    datetime,
    msgspec.Meta(
        tz=True,
        description="An instant by the device's clock, RFC 3339.",
        examples=["2027-03-01T09:00:00+02:00"],
    ),
]
CommandId = Annotated[UUID, msgspec.Meta(examples=["01960a10-5b5c-7000-8000-3f6a1c2b4d5e"])]
_CLOCKS = range(1970, 2200)
"""The years that a device's clock may show, however wrong it is."""


def _require_clock(*instants: datetime) -> None:
    if any(each.year not in _CLOCKS for each in instants):
        raise ValueError("A device's clock shows a year from 1970 to 2199")


class DeviceCommand(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A command that a device kept while it was away; `id` is its own, a UUID that grows with time.

    `at` is by the device's clock; `seen_version` is the version of the task that its user saw.
    """

    id: CommandId
    task_id: UUID
    action: WorkAction
    at: DeviceInstant
    seen_version: Version | None = None
    reason: Reason | None = None

    def __post_init__(self) -> None:
        """Raise `ValueError` for an instant that no clock shows."""
        _require_clock(self.at)


class SupervisedCommand(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """As a device's command, of somebody who answers for the work of others."""

    id: CommandId
    task_id: UUID
    action: SupervisedAction
    at: DeviceInstant
    seen_version: Version | None = None
    reason: Reason | None = None

    def __post_init__(self) -> None:
        """Raise `ValueError` for an instant that no clock shows."""
        _require_clock(self.at)


DeviceName = Annotated[str, msgspec.Meta(min_length=1, max_length=100, pattern="^[A-Za-z0-9._:/-]+$(?!\\n)")]


class CommandBatch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a device has to say, in its order; `sent_at` is its clock as it says so."""

    device: DeviceName
    sent_at: DeviceInstant
    commands: Annotated[tuple[DeviceCommand, ...], msgspec.Meta(min_length=1, max_length=200)]

    def __post_init__(self) -> None:
        """Raise `ValueError` for an instant that no clock shows."""
        _require_clock(self.sent_at)


class SupervisedBatch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a supervisor's device has to say, in its order; `sent_at` is its clock as it says so."""

    device: DeviceName
    sent_at: DeviceInstant
    commands: Annotated[tuple[SupervisedCommand, ...], msgspec.Meta(min_length=1, max_length=200)]

    def __post_init__(self) -> None:
        """Raise `ValueError` for an instant that no clock shows."""
        _require_clock(self.sent_at)


class CommandOutcome(msgspec.Struct, frozen=True):
    """What came of a command: `applied`; `merged`, something later or stronger stands; `already`; or a `conflict`.

    `because` says why it is not plainly applied, `task` is the task as it is now.
    """

    id: UUID
    outcome: Outcome
    because: Because | None
    task: Task


class Conflict(msgspec.Struct, frozen=True):
    """A command that somebody is to look at; `counts` says whether it is reckoned with meanwhile."""

    id: UUID
    task_id: UUID
    action: TaskAction
    reason: str | None
    at: datetime
    counts: bool
    given_by: str
    received_at: datetime
    device: str | None
    because: Because
    room_number: str
    status: TaskStatus


class ConflictResolution(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whether the command counts, and what was found out."""

    counts: bool
    resolution: Reason
