"""One typed function a statement of `queries.sql`."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

import msgspec

from omd.db import ReadTransaction, Transaction, load_statements
from omd.features.housekeeping.queries import House
from omd.features.housekeeping.sheets.model import (
    Attendance,
    Placing,
    Section,
    SheetRow,
    SheetTask,
    StayOnSheet,
)
from omd.features.housekeeping.tasks.model import TaskKind
from omd.features.housekeeping.tasks.states import TaskStatus

_SQL = load_statements("omd.features.housekeeping.sheets")
_STAYS = msgspec.json.Decoder(tuple[StayOnSheet, ...])


class SectionRow(msgspec.Struct, frozen=True):
    """A section as it is kept."""

    name: str
    floors: list[int]
    room_ids: list[int]


class AttendanceRow(msgspec.Struct, frozen=True):
    """Who works on a date, as it is kept."""

    attendant_id: int
    max_credits: int | None
    sections: list[str]


class LockedTask(msgspec.Struct, frozen=True):
    """A task that nobody else changes meanwhile."""

    id: UUID
    status: TaskStatus
    version: int
    room_number: str


class TaskRow(msgspec.Struct, frozen=True):
    """A task as it is read; its stays are JSON."""

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
    sections: list[str]
    stays: str

    def read(self) -> SheetTask:
        """Return the task."""
        told = {**msgspec.structs.asdict(self), "sections": tuple(self.sections), "stays": _STAYS.decode(self.stays)}
        return SheetTask(**told)


async def list_sections(tx: ReadTransaction, house: House) -> list[Section]:
    """Return the sections of a hotel, by name."""
    rows = await tx.many(_SQL["list_sections"], SectionRow, **_of(house))
    return [Section(row.name, tuple(row.floors), tuple(row.room_ids)) for row in rows]


async def put_sections(tx: Transaction, house: House, sections: Sequence[Section]) -> None:
    """Say which sections a hotel has, in place of those it had; whoever had one that is gone has it no more."""
    await tx.run(_SQL["drop_sections"], names=[each.name for each in sections], **_of(house))
    for each in sections:
        rooms = list(each.room_ids)
        await tx.run(_SQL["put_section"], name=each.name, floors=sorted(set(each.floors)), **_of(house))
        await tx.run(_SQL["drop_section_rooms"], name=each.name, room_ids=rooms, **_of(house))
        await tx.run(_SQL["add_section_rooms"], name=each.name, room_ids=rooms, **_of(house))


async def list_room_ids(tx: ReadTransaction, house: House, room_ids: Sequence[int]) -> set[int]:
    """Return those of these rooms that a hotel has in use."""
    found: list[int] = await tx.value(_SQL["list_room_ids"], room_ids=list(room_ids), **_of(house))
    return set(found)


async def list_attendances(tx: ReadTransaction, house: House, on: date) -> list[Attendance]:
    """Return who works on a date."""
    rows = await tx.many(_SQL["list_attendances"], AttendanceRow, on=on, **_of(house))
    return [Attendance(row.attendant_id, row.max_credits, tuple(row.sections)) for row in rows]


async def list_staff_ids(tx: ReadTransaction, house: House, ids: Sequence[int]) -> set[int]:
    """Return those of these people who work in a hotel."""
    found: list[int] = await tx.value(_SQL["list_staff_ids"], ids=list(ids), **_of(house))
    return set(found)


async def put_attendances(tx: Transaction, house: House, on: date, attendances: Sequence[Attendance]) -> None:
    """Say who works on a date, in place of who did."""
    await tx.run(_SQL["drop_attendances"], on=on, ids=[each.attendant_id for each in attendances], **_of(house))
    for each in attendances:
        person = {"on": on, "attendant_id": each.attendant_id, **_of(house)}
        names = list(each.sections)
        await tx.run(_SQL["put_attendance"], max_credits=each.max_credits, **person)
        await tx.run(_SQL["drop_attendance_sections"], names=names, **person)
        await tx.run(_SQL["add_attendance_sections"], names=names, **person)


async def list_sheets(tx: ReadTransaction, house: House, on: date) -> list[SheetRow]:
    """Return who works on a date or has tasks on it, by name."""
    return await tx.many(_SQL["list_sheets"], SheetRow, on=on, **_of(house))


async def list_tasks(tx: ReadTransaction, house: House, on: date, now: datetime) -> list[SheetTask]:
    """Return the tasks of a date in the order of their sheets."""
    return [row.read() for row in await tx.many(_SQL["list_tasks"], TaskRow, on=on, now=now, **_of(house))]


async def lock_tasks(tx: Transaction, house: House, on: date, ids: Sequence[UUID]) -> list[LockedTask]:
    """Return those of these tasks that a date has; nobody else changes them meanwhile."""
    return await tx.many(_SQL["lock_tasks"], LockedTask, on=on, ids=list(ids), **_of(house))


async def place_tasks(tx: Transaction, house: House, placings: Sequence[Placing], now: datetime) -> None:
    """Say whose tasks are, and where they stand on their sheets."""
    told = msgspec.json.encode(placings).decode()
    await tx.run(_SQL["place_tasks"], placings=told, now=now, actor=house.actor.label, **_of(house))


async def publish_sheets(tx: Transaction, house: House, on: date, ids: Sequence[int], now: datetime) -> None:
    """Say that sheets of a date are published, and keep which rooms of stays that are to come they said."""
    wanted = {"on": on, "ids": sorted(set(ids)), **_of(house)}
    await tx.run(_SQL["publish_sheets"], now=now, actor=house.actor.label, **wanted)
    await tx.run(_SQL["drop_published_rooms"], **wanted)
    await tx.run(_SQL["add_published_rooms"], now=now, **wanted)


async def find_hotel(tx: ReadTransaction, house: House) -> str:
    """Return the name of a hotel."""
    name: str = await tx.value(_SQL["find_hotel"], **_of(house))
    return name


def _of(house: House) -> dict[str, int]:
    return {"omd_id": house.actor.omd_id, "business_id": house.business_id}
