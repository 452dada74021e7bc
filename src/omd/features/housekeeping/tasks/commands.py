"""What people do about tasks: plan them, add and give them, work on them, inspect them, and hurry."""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from omd.db import Database, ReadTransaction, Transaction
from omd.features.housekeeping.commands import get_condition
from omd.features.housekeeping.queries import House
from omd.features.housekeeping.tasks import queries
from omd.features.housekeeping.tasks.errors import NothingToRush, PlanTooFar, TaskActionRefused, TaskOfAnother
from omd.features.housekeeping.tasks.model import (
    Assignment,
    Inspection,
    NewTask,
    Planned,
    PlannedDate,
    Task,
    TaskRow,
    TaskSettings,
    told,
)
from omd.features.housekeeping.tasks.queries import NewTaskRow
from omd.features.housekeeping.tasks.settling import get_task, say
from omd.features.housekeeping.tasks.states import TaskAction
from omd.kernel.errors import FieldProblem, InvalidInput, NotFound, StaleVersion

VersionCheck = Callable[[int], None]
PLANNED_AHEAD = timedelta(days=7)
_ENDED = ("done", "inspected", "cancelled")


async def get_settings(tx: ReadTransaction, house: House) -> TaskSettings:
    """Return how a hotel plans its housekeeping; where it never said so, by hand."""
    said = await queries.find_settings(tx, house)
    rules = tuple(await queries.list_credits(tx, house))
    if said is None:
        return TaskSettings(credits=rules)
    return TaskSettings(said.planned_daily, said.service_every, said.linen_every, tuple(said.inspects), rules)


async def change_settings(tx: Transaction, house: House, settings: TaskSettings) -> TaskSettings:
    """Say how a hotel plans its housekeeping; raise `InvalidInput` for a room type that it does not have."""
    named = {rule.room_type_id for rule in settings.credits if rule.room_type_id is not None}
    there = await queries.list_types_there(tx, house, named)
    problems = tuple(
        FieldProblem(f"/credits/{at}/room_type_id", "unknown", f"The hotel has no room type {rule.room_type_id}.")
        for at, rule in enumerate(settings.credits)
        if rule.room_type_id is not None and rule.room_type_id not in there
    )
    if problems:
        raise InvalidInput("Credits are of room types that the hotel has. Nothing was changed.", problems=problems)
    await queries.put_settings(tx, house, settings)
    await queries.put_credits(tx, house, settings.credits)
    return await get_settings(tx, house)


async def plan(tx: Transaction, house: House, wanted: PlannedDate, *, now: datetime) -> Planned:
    """Bring the tasks of a date in step with its stays; raise `PlanTooFar` beyond the business date and a week."""
    today = (await queries.find_today(tx, house, now)).today
    on = wanted.on or today
    if not today <= on <= today + PLANNED_AHEAD:
        raise PlanTooFar(
            f"The hotel works on {today}: plans are made from then to {today + PLANNED_AHEAD}. Nothing was planned."
        )
    made = await queries.plan(tx, house, on, now)
    return Planned(on, made.added, made.renewed, made.withdrawn)


async def plan_by_itself(database: Database, house: House, *, now: datetime) -> bool:
    """Plan a hotel's business date where it has a plan or is to have one each day; return whether it was planned."""

    async def work(tx: Transaction) -> bool:
        today = await queries.find_today(tx, house, now)
        if today.is_planned or today.planned_daily:
            await queries.plan(tx, house, today.today, now)
        return today.is_planned or today.planned_daily

    return await database.write(house.actor, work)


async def list_tasks(tx: ReadTransaction, house: House, *, on: PlannedDate, mine: bool, now: datetime) -> list[Task]:
    """Return the tasks of a date in the order of their work; with `mine`, of the person who asks alone."""
    date_of = on.on or (await queries.find_today(tx, house, now)).today
    if mine and house.actor.user_id is None:
        return []
    rows = await queries.list_of_date(tx, house, date_of, house.actor.user_id if mine else None)
    return [told(row) for row in rows]


async def add(tx: Transaction, house: House, wanted: NewTask, *, now: datetime) -> Task:
    """Add a task by hand and return it; raise `NotFound`, `TaskExists`, `AttendantUnknown` or `PlanTooFar`."""
    today = (await queries.find_today(tx, house, now)).today
    on = wanted.on or today
    if not today <= on <= today + PLANNED_AHEAD:
        raise PlanTooFar(
            f"The hotel works on {today}: tasks are of then to {today + PLANNED_AHEAD}. Nothing was added."
        )
    row = NewTaskRow(
        wanted.room_id,
        wanted.kind,
        on,
        again=wanted.kind == "other",
        attendant_id=wanted.attendant_id,
        notes=wanted.notes,
        rush=wanted.rush,
    )
    await get_condition(tx, house, wanted.room_id)
    # Whoever adds one of this kind at once waits here.
    added = await queries.add_task(tx, house, row, now)
    if added is None:
        raise NotFound(f"This hotel has no room {wanted.room_id}.")
    return await get_task(tx, house, added)


async def act(
    tx: Transaction,
    house: House,
    task_id: UUID,
    action: TaskAction,
    reason: str | None,
    *,
    expected: VersionCheck,
    now: datetime,
    of_anybody: bool = False,
) -> Task:
    """Do something about a task and return it; what is nobody's becomes whose who works on it.

    Raises `NotFound`, `StaleVersion` with the task as it is, `TaskOfAnother` unless it may be `of_anybody`, and
    `TaskActionRefused` with the actions that it allows.
    """
    task = await _locked(tx, house, task_id, expected)
    if not of_anybody:
        require_own(house, task)
    require_allowed(task, action)
    user_id = house.actor.user_id
    if user_id is not None and task.attendant_id is None and action in ("start", "done"):
        await queries.take_task(tx, house, task_id, user_id, now)
    await say(tx, house, task, action, reason, now=now)
    return await get_task(tx, house, task_id)


async def inspect(
    tx: Transaction, house: House, task_id: UUID, found: Inspection, *, expected: VersionCheck, now: datetime
) -> Task:
    """Say what was found of work that is done: the room is inspected, or dirty and the task open; raise as `act`."""
    action: TaskAction = "pass" if found.passed else "fail"
    return await act(tx, house, task_id, action, found.reason, expected=expected, now=now, of_anybody=True)


async def assign(tx: Transaction, house: House, task_id: UUID, wanted: Assignment, *, now: datetime) -> Task:
    """Give a task to somebody and return it.

    Raises `NotFound`, `AttendantUnknown`, `TaskActionRefused` for one that has ended, and `StaleVersion` with the
    task as it is where it is not what was seen.
    """

    def as_seen(version: int) -> None:
        if version != wanted.seen_version:
            raise StaleVersion(
                f"You saw version {wanted.seen_version}, the current one is {version}. Look at the task and give it "
                "again. Nothing was changed.",
                data={"current_version": version},
            )

    task = await _locked(tx, house, task_id, as_seen)
    if task.status in _ENDED:
        raise refused(task, "assign")
    await queries.assign_task(tx, house, task_id, wanted, now)
    return await get_task(tx, house, task_id)


async def rush_room(tx: Transaction, house: House, room_id: int, *, rush: bool, now: datetime) -> list[Task]:
    """Say whether a guest waits for a room, and return its tasks of today that are still to be done.

    A room that is not ready and has none gets one. Raises `NotFound`, and `NothingToRush` for one that is ready or out
    of order.
    """
    condition = await get_condition(tx, house, room_id)
    today = (await queries.find_today(tx, house, now)).today
    if await queries.is_out_of_order(tx, house, room_id, today):
        raise NothingToRush(f"Room {condition.number} is out of order. Give the guest another one.")
    found = [row for row in await queries.list_of_room(tx, house, room_id, today) if row.status not in _ENDED]
    await queries.lock_tasks(tx, house, [row.id for row in found])
    ids = [row.id for row in found]
    if rush and not found:
        if condition.condition not in ("dirty", "pickup"):
            raise NothingToRush(f"Room {condition.number} is {condition.condition}: the guest may have it.")
        added = await queries.add_task(tx, house, NewTaskRow(room_id, "arrival", today, again=True), now)
        ids = [] if added is None else [added]
    await queries.rush_tasks(tx, house, ids, now, rush=rush)
    return [told(row) for row in await queries.list_tasks(tx, house, ids)]


def require_own(house: House, task: TaskRow) -> None:
    """Raise `TaskOfAnother` for a person at the task of somebody else; a program works for whoever uses it."""
    user_id = house.actor.user_id
    if user_id is None or task.attendant_id is None or task.attendant_user_id == user_id:
        return
    raise TaskOfAnother(
        f"The task in room {task.room_number} is {task.attendant_name}'s. Ask for it to be given to you first.",
        data={"task": told(task)},
    )


def require_allowed(task: TaskRow, action: TaskAction) -> None:
    """Raise `TaskActionRefused` for an action that a task does not allow as it is."""
    if action not in told(task).allowed:
        raise refused(task, action)


def refused(task: TaskRow, action: str) -> TaskActionRefused:
    """Return the refusal of an action by a task as it is."""
    full = told(task)
    instead = f"It allows: {', '.join(full.allowed)}." if full.allowed else "It allows nothing more."
    return TaskActionRefused(
        f"The task in room {task.room_number} is {task.status}, which {action} does not go with. {instead}",
        data={"allowed": full.allowed, "task": full},
    )


async def _locked(tx: Transaction, house: House, task_id: UUID, expected: VersionCheck) -> TaskRow:
    await queries.lock_tasks(tx, house, [task_id])
    task = await get_task(tx, house, task_id)
    try:
        expected(task.version)
    except StaleVersion as stale:
        raise StaleVersion(stale.detail, data={**stale.data, "task": task}) from stale
    return task
