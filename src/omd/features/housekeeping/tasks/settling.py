"""What follows of what is said of a task: its state, the condition of its room, and its inspection."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import msgspec

from omd.db import ReadTransaction, Transaction
from omd.features.housekeeping.commands import set_condition
from omd.features.housekeeping.model import NewCondition
from omd.features.housekeeping.queries import House, find_condition
from omd.features.housekeeping.tasks import queries
from omd.features.housekeeping.tasks.model import Task, TaskRow, told
from omd.features.housekeeping.tasks.queries import NewCommand, NewTaskRow
from omd.features.housekeeping.tasks.states import CLEANING, Course, Said, TaskAction, reckon
from omd.kernel.errors import NotFound

_NEXT = timedelta(microseconds=1)


class Effect(msgspec.Struct, frozen=True):
    """What became of a task by a command: its course before and with it, and whether its room was seen to since."""

    before: Course
    after: Course
    room_seen_to_since: bool

    @property
    def touches_room(self) -> bool:
        """Return whether the room is to be what the task made of it, as far as the task knows."""
        after, before = self.after, self.before
        return after.made is not None and (after.made, after.made_at) != (before.made, before.made_at)


async def get_task(tx: ReadTransaction, house: House, task_id: UUID) -> Task:
    """Return a task; raise `NotFound` where the hotel has none by this id."""
    found = await queries.list_tasks(tx, house, [task_id])
    if not found:
        raise NotFound(f"This hotel has no task {task_id}.")
    return told(found[0])


async def foresee(tx: ReadTransaction, house: House, task: TaskRow, more: Iterable[Said]) -> Effect:
    """Return what becomes of a task by further commands."""
    said = await queries.list_said(tx, house, task.id)
    together = [*said, *more]
    before, after = reckon(said), reckon(together)
    since = False
    if task.kind in CLEANING and after.made_at is not None:
        # What the task itself made of the room gives way to what its commands come to now.
        own = [each.at for each in together]
        since = await queries.is_seen_to_since(tx, house, task.room_id, after.made_at, own)
    return Effect(before, after, since)


async def say(
    tx: Transaction, house: House, task: TaskRow, action: TaskAction, reason: str | None, *, now: datetime
) -> None:
    """Put a command of now about a task that is locked on record, and see to what follows of it."""
    said = await queries.list_said(tx, house, task.id)
    at = max([now, *(each.at + _NEXT for each in said)])
    command = Said(uuid4(), action, at, reason)
    effect = await foresee(tx, house, task, [command])
    kept = NewCommand(command.id, task.id, action, reason, at, counts=True, outcome="applied")
    await queries.keep_command(tx, house, kept, now)
    await settle(tx, house, task, effect, now=now)


async def settle(tx: Transaction, house: House, task: TaskRow, effect: Effect, *, now: datetime) -> None:
    """Write what became of a task that is locked, of its room, and of its inspection."""
    await queries.set_course(tx, house, task.id, effect.after, now)
    await _set_room(tx, house, task, effect)
    await _see_to_inspection(tx, house, task, effect, now=now)


async def _set_room(tx: Transaction, house: House, task: TaskRow, effect: Effect) -> None:
    """Say what the room is now, by the clock of the work: whatever was said or happened since stands."""
    after = effect.after
    if task.kind not in CLEANING or not effect.touches_room or effect.room_seen_to_since:
        return
    if after.made is None or after.made_at is None or await find_condition(tx, house, task.room_id) is None:
        return
    wanted = NewCondition(after.made, after.reason if after.made == "dirty" else None)
    await set_condition(tx, house, task.room_id, wanted, expected=lambda _: None, now=after.made_at)


async def _see_to_inspection(tx: Transaction, house: House, task: TaskRow, effect: Effect, *, now: datetime) -> None:
    """Ask for an inspection of work that is done, where the hotel wants one; it ends by what is found."""
    was, status = effect.before.status, effect.after.status
    if was == status:
        return
    asked = await queries.find_inspection(tx, house, task.id)
    if asked is not None and status != "done":
        (inspection,) = await queries.list_tasks(tx, house, [asked])
        found = effect.after.made in ("inspected", "dirty")
        await say(tx, house, inspection, "done" if found else "cancel", None, now=now)
        return
    settings = await queries.find_settings(tx, house)
    if asked is None and status == "done" and settings is not None and task.kind in settings.inspects:
        inspection_of = NewTaskRow(
            task.room_id,
            "inspection",
            task.business_date,
            again=True,
            attendant_id=task.supervisor_id,
            supervisor_id=task.supervisor_id,
            rush=task.rush,
            inspects_id=task.id,
        )
        await queries.add_task(tx, house, inspection_of, now)
