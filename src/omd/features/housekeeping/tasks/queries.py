"""One typed function a statement of `queries.sql`."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from uuid import UUID

import msgspec

from omd.db import ReadTransaction, Transaction, load_statements
from omd.features.housekeeping.queries import House
from omd.features.housekeeping.tasks.model import (
    Assignment,
    Attendant,
    Because,
    Conflict,
    CreditRule,
    InspectedKind,
    Outcome,
    TaskKind,
    TaskRow,
    TaskSettings,
)
from omd.features.housekeeping.tasks.states import Course, Said, TaskAction

_SQL = load_statements("omd.features.housekeeping.tasks")


class SettingsRow(msgspec.Struct, frozen=True):
    """How a hotel plans its housekeeping."""

    planned_daily: bool
    service_every: int
    linen_every: int
    inspects: list[InspectedKind]


class TypeRow(msgspec.Struct, frozen=True):
    """A room type of the hotel."""

    id: int


class TodayRow(msgspec.Struct, frozen=True):
    """The business date of a hotel, whether it has a plan, and whether each date is to have one."""

    today: date
    is_planned: bool
    planned_daily: bool


class PlanRow(msgspec.Struct, frozen=True):
    """How many tasks a plan added, opened again and took back."""

    added: int
    renewed: int
    withdrawn: int


class TaskIdRow(msgspec.Struct, frozen=True):
    """A task, or a command, by its id."""

    id: UUID


class KnownCommand(msgspec.Struct, frozen=True):
    """A command on record: what it was about, the hash of what a device sent, and what came of it."""

    id: UUID
    task_id: UUID
    body_hash: bytes | None
    outcome: Outcome
    because: Because | None


class NewCommand(msgspec.Struct, frozen=True):
    """A command to be put on record; what a device told of it only where one did."""

    id: UUID
    task_id: UUID
    action: TaskAction
    reason: str | None
    at: datetime
    counts: bool
    outcome: Outcome
    because: Because | None = None
    device: str | None = None
    told_at: datetime | None = None
    sent_at: datetime | None = None
    seen_version: int | None = None
    body_hash: bytes | None = None


class NewTaskRow(msgspec.Struct, frozen=True):
    """A task to be added; `again` where the room may have several of its kind on a date."""

    room_id: int
    kind: TaskKind
    on: date
    again: bool = False
    attendant_id: int | None = None
    supervisor_id: int | None = None
    notes: str | None = None
    rush: bool = False
    inspects_id: UUID | None = None


async def find_settings(tx: ReadTransaction, house: House) -> SettingsRow | None:
    """Return how a hotel plans its housekeeping, None where that was never said."""
    return await tx.maybe(_SQL["find_settings"], SettingsRow, **_of(house))


async def list_credits(tx: ReadTransaction, house: House) -> list[CreditRule]:
    """Return what tasks count in a hotel, where that was said."""
    return await tx.many(_SQL["list_credits"], CreditRule, **_of(house))


async def put_settings(tx: Transaction, house: House, settings: TaskSettings) -> None:
    """Say how a hotel plans its housekeeping; what tasks count apart."""
    await tx.run(
        _SQL["put_settings"],
        planned_daily=settings.planned_daily,
        service_every=settings.service_every,
        linen_every=settings.linen_every,
        inspects=sorted(set(settings.inspects)),
        **_of(house),
    )


async def put_credits(tx: Transaction, house: House, rules: Iterable[CreditRule]) -> None:
    """Say what tasks count, in place of what was said before."""
    await tx.run(_SQL["forget_credits"], **_of(house))
    for rule in rules:
        await tx.run(_SQL["add_credit"], **msgspec.structs.asdict(rule), **_of(house))


async def list_types_there(tx: ReadTransaction, house: House, room_type_ids: Iterable[int]) -> set[int]:
    """Return which of these room types the hotel has."""
    ids = sorted(room_type_ids)
    return {row.id for row in await tx.many(_SQL["list_types_there"], TypeRow, room_type_ids=ids, **_of(house))}


async def find_today(tx: ReadTransaction, house: House, now: datetime) -> TodayRow:
    """Return the business date of a hotel, and what is planned of it."""
    return await tx.one(_SQL["find_today"], TodayRow, now=now, **_of(house))


async def plan(tx: Transaction, house: House, on: date, now: datetime) -> PlanRow:
    """Bring the tasks of a date in step with its stays."""
    return await tx.one(_SQL["plan"], PlanRow, on=on, actor=house.actor.label, now=now, **_of(house))


async def list_of_date(tx: ReadTransaction, house: House, on: date, user_id: int | None) -> list[TaskRow]:
    """Return the tasks of a date in the order of their work, those of a person or all."""
    found = await tx.many(_SQL["list_ids_of_date"], TaskIdRow, on=on, user_id=user_id, **_of(house))
    return await list_tasks(tx, house, [row.id for row in found])


async def list_of_room(tx: ReadTransaction, house: House, room_id: int, on: date) -> list[TaskRow]:
    """Return the tasks of a room on a date in the order of their work."""
    found = await tx.many(_SQL["list_ids_of_room"], TaskIdRow, on=on, room_id=room_id, **_of(house))
    return await list_tasks(tx, house, [row.id for row in found])


async def list_tasks(tx: ReadTransaction, house: House, ids: Sequence[UUID]) -> list[TaskRow]:
    """Return those of these tasks that the hotel has, in the order of their work."""
    return await tx.many(_SQL["list_tasks"], TaskRow, ids=list(ids), **_of(house)) if ids else []


async def lock_tasks(tx: Transaction, house: House, ids: Iterable[UUID]) -> None:
    """Lock tasks for a change."""
    await tx.run(_SQL["lock_tasks"], ids=sorted(ids), **_of(house))


async def find_inspection(tx: Transaction, house: House, task_id: UUID) -> UUID | None:
    """Return the inspection that is asked for after a task, locked, or None."""
    found = await tx.maybe(_SQL["find_inspection"], TaskIdRow, inspects_id=task_id, **_of(house))
    return None if found is None else found.id


async def add_task(tx: Transaction, house: House, task: NewTaskRow, now: datetime) -> UUID | None:
    """Add a task and return its id, None where the hotel has no such room in use."""
    wanted = msgspec.structs.asdict(task)
    added = await tx.maybe(_SQL["add_task"], TaskIdRow, now=now, actor=house.actor.label, **wanted, **_of(house))
    return None if added is None else added.id


async def assign_task(tx: Transaction, house: House, task_id: UUID, wanted: Assignment, now: datetime) -> None:
    """Say whose a task is."""
    await tx.run(
        _SQL["assign_task"],
        id=task_id,
        attendant_id=wanted.attendant_id,
        supervisor_id=wanted.supervisor_id,
        position=wanted.position,
        now=now,
        actor=house.actor.label,
        **_of(house),
    )


async def take_task(tx: Transaction, house: House, task_id: UUID, user_id: int, now: datetime) -> None:
    """Give a task that is nobody's to a person who works in the hotel."""
    await tx.run(_SQL["take_task"], id=task_id, user_id=user_id, now=now, actor=house.actor.label, **_of(house))


async def rush_tasks(tx: Transaction, house: House, ids: Sequence[UUID], now: datetime, *, rush: bool) -> None:
    """Say whether a guest waits for the room of tasks."""
    await tx.run(_SQL["rush_tasks"], ids=list(ids), rush=rush, now=now, actor=house.actor.label, **_of(house))


async def set_course(tx: Transaction, house: House, task_id: UUID, course: Course, now: datetime) -> None:
    """Say what the commands of a task come to."""
    await tx.run(
        _SQL["set_course"],
        id=task_id,
        status=course.status,
        reason=course.reason,
        begun_at=course.begun_at,
        running_since=course.running_since,
        worked_seconds=course.worked_seconds,
        ended_at=course.ended_at,
        now=now,
        actor=house.actor.label,
        **_of(house),
    )


async def list_said(tx: ReadTransaction, house: House, task_id: UUID) -> list[Said]:
    """Return the commands about a task that count."""
    return await tx.many(_SQL["list_said"], Said, task_id=task_id, **_of(house))


async def keep_command(tx: Transaction, house: House, command: NewCommand, now: datetime) -> bool:
    """Put a command on record; return False where its id is on record already."""
    kept = await tx.maybe(
        _SQL["keep_command"],
        TaskIdRow,
        now=now,
        actor=house.actor.label,
        user_id=house.actor.user_id,
        **msgspec.structs.asdict(command),
        **_of(house),
    )
    return kept is not None


async def list_known(tx: ReadTransaction, house: House, ids: Iterable[UUID]) -> dict[UUID, KnownCommand]:
    """Return those of these commands that are on record."""
    found = await tx.many(_SQL["list_known"], KnownCommand, ids=sorted(ids), **_of(house))
    return {each.id: each for each in found}


async def lock_conflict(tx: Transaction, house: House, command_id: UUID) -> KnownCommand | None:
    """Lock and return a conflict that nobody resolved, or None."""
    return await tx.maybe(_SQL["lock_conflict"], KnownCommand, id=command_id, **_of(house))


async def resolve_conflict(
    tx: Transaction, house: House, command_id: UUID, resolution: str, now: datetime, *, counts: bool
) -> None:
    """Say whether a command counts that was a conflict, and what was found out."""
    await tx.run(
        _SQL["resolve_conflict"],
        id=command_id,
        counts=counts,
        resolution=resolution,
        now=now,
        actor=house.actor.label,
        **_of(house),
    )


async def list_conflicts(tx: ReadTransaction, house: House, limit: int) -> list[Conflict]:
    """Return the conflicts that nobody resolved, the oldest first."""
    return await tx.many(_SQL["list_conflicts"], Conflict, limit=limit, **_of(house))


async def list_attendants(tx: ReadTransaction, house: House) -> list[Attendant]:
    """Return who works in a hotel now, by name."""
    return await tx.many(_SQL["list_attendants"], Attendant, **_of(house))


async def is_seen_to_since(
    tx: ReadTransaction, house: House, room_id: int, at: datetime, own: Sequence[datetime]
) -> bool:
    """Return whether a room was seen to, or made what it is, after an instant, by other than what was done at `own`."""
    seen: bool = await tx.value(_SQL["is_seen_to_since"], room_id=room_id, at=at, own=list(own), **_of(house))
    return seen


async def is_out_of_order(tx: ReadTransaction, house: House, room_id: int, on: date) -> bool:
    """Return whether a room is out of order on a date."""
    out: bool = await tx.value(_SQL["is_out_of_order"], room_id=room_id, on=on, **_of(house))
    return out


def _of(house: House) -> dict[str, int]:
    return {"omd_id": house.actor.omd_id, "business_id": house.business_id}
