"""Saying who works and where; sharing tasks out, giving them to somebody, and publishing sheets."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from uuid import UUID

from omd.db import Database, ReadTransaction, Transaction
from omd.features.housekeeping.queries import House
from omd.features.housekeeping.sheets import queries
from omd.features.housekeeping.sheets.balancer import Balancer
from omd.features.housekeeping.sheets.errors import NothingToPublish, TasksChanged
from omd.features.housekeeping.sheets.model import (
    Attendances,
    Placing,
    Placings,
    Proposal,
    Publication,
    Sections,
    Sheets,
    TaskChangedSince,
    WantedSheets,
    has_ended,
    proposal_of,
    question_of,
    sheets_of,
)
from omd.features.housekeeping.sheets.queries import LockedTask
from omd.kernel.errors import FieldProblem, InvalidInput


async def set_sections(tx: Transaction, house: House, wanted: Sections) -> Sections:
    """Say which sections a hotel has and return them; raise `InvalidInput` naming each room that it has not."""
    named = {room_id for each in wanted.sections for room_id in each.room_ids}
    known = await queries.list_room_ids(tx, house, sorted(named))
    wrong = tuple(
        FieldProblem(f"/sections/{at}/room_ids/{place}", "unknown_room", f"This hotel has no room {room_id} in use.")
        for at, each in enumerate(wanted.sections)
        for place, room_id in enumerate(each.room_ids)
        if room_id not in known
    )
    if wrong:
        raise InvalidInput("Some sections name rooms that the hotel does not have.", problems=wrong)
    await queries.put_sections(tx, house, wanted.sections)
    return Sections(tuple(await queries.list_sections(tx, house)))


async def set_attendances(tx: Transaction, house: House, on: date, wanted: Attendances) -> Attendances:
    """Say who works on a date and return it; tasks stay whose they are.

    Raises `InvalidInput` naming each person who does not work in the hotel, and each section that it has not.
    """
    people = await queries.list_staff_ids(tx, house, [each.attendant_id for each in wanted.attendants])
    sections = {each.name for each in await queries.list_sections(tx, house)}
    wrong = tuple(_problems(wanted, people, sections))
    if wrong:
        raise InvalidInput("Somebody or some section is not of this hotel.", problems=wrong)
    await queries.put_attendances(tx, house, on, wanted.attendants)
    return Attendances(tuple(await queries.list_attendances(tx, house, on)))


async def read_sheets(tx: ReadTransaction, house: House, on: date, now: datetime) -> Sheets:
    """Return the sheets of a date, and the tasks that are on none."""
    return sheets_of(on, await queries.list_tasks(tx, house, on, now), await queries.list_sheets(tx, house, on))


async def propose(db: Database, house: House, wanted: WantedSheets, balancer: Balancer, now: datetime) -> Proposal:
    """Return how the tasks of a date may be shared out; nothing is changed or kept.

    The database is read once; no transaction waits for the search. Raises as `Balancer.balance` does.
    """
    async with db.reading(house.actor) as tx:
        tasks = await queries.list_tasks(tx, house, wanted.on, now)
        rows = await queries.list_sheets(tx, house, wanted.on)
    asked = question_of(tasks, rows, wanted.reshuffle)
    found = await balancer.balance(asked)
    return proposal_of(wanted.on, tasks, rows, wanted.reshuffle, asked, found)


async def place(tx: Transaction, house: House, wanted: Placings, now: datetime) -> Sheets:
    """Give tasks of a date to people, all at once, and return the sheets.

    Raises `TasksChanged` naming each task that is not as it was looked at, and `AttendantUnknown` for somebody who does
    not work in the hotel: then nothing is changed.
    """
    locked = {
        task.id: task for task in await queries.lock_tasks(tx, house, wanted.on, [e.task_id for e in wanted.changes])
    }
    changed = list(_changed(wanted.changes, locked))
    if changed:
        raise TasksChanged(_say(changed), data={"changes": changed})
    await queries.place_tasks(tx, house, wanted.changes, now)
    return await read_sheets(tx, house, wanted.on, now)


async def publish(tx: Transaction, house: House, wanted: Publication, now: datetime) -> Sheets:
    """Publish sheets of a date, again where they were, and return the sheets; raise `NothingToPublish`."""
    known = [row.attendant_id for row in await queries.list_sheets(tx, house, wanted.on)]
    missing = set(wanted.attendant_ids).difference(known)
    if missing or not known:
        who = ", ".join(map(str, sorted(missing))) or "Nobody"
        raise NothingToPublish(f"{who}: no sheet on {wanted.on}. Say who works then, or give them tasks.")
    await queries.publish_sheets(tx, house, wanted.on, wanted.attendant_ids or known, now)
    return await read_sheets(tx, house, wanted.on, now)


def _problems(wanted: Attendances, people: set[int], sections: set[str]) -> Iterator[FieldProblem]:
    for at, each in enumerate(wanted.attendants):
        if each.attendant_id not in people:
            said = f"Nobody who works in this hotel has the id {each.attendant_id}."
            yield FieldProblem(f"/attendants/{at}/attendant_id", "attendant_unknown", said)
        for place, name in enumerate(each.sections):
            if name not in sections:
                said = f"This hotel has no section {name}."
                yield FieldProblem(f"/attendants/{at}/sections/{place}", "unknown_section", said)


def _changed(wanted: Sequence[Placing], locked: dict[UUID, LockedTask]) -> Iterator[TaskChangedSince]:
    for each in wanted:
        task = locked.get(each.task_id)
        if task is None:
            yield TaskChangedSince(each.task_id, "gone", None, None)
        elif has_ended(task.status):
            yield TaskChangedSince(each.task_id, "ended", task.room_number, task.version)
        elif task.version != each.version:
            yield TaskChangedSince(each.task_id, "changed", task.room_number, task.version)


def _say(changed: Sequence[TaskChangedSince]) -> str:
    rooms = sorted({each.room_number for each in changed if each.room_number is not None})
    where = f" of room {', '.join(rooms)}" if rooms else ""
    return f"{len(changed)} of the tasks{where} are not as they were. Look at the sheets and share them out again."
