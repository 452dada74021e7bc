"""Commands of devices that were away from the network: put in their place, each with what came of it.

The rules are in docs/howto/housekeeping-offline.md; which of them changes what, in `states`.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from omd.db import Transaction
from omd.features.housekeeping.queries import House
from omd.features.housekeeping.tasks import queries
from omd.features.housekeeping.tasks.errors import CommandIdReused, NoConflict
from omd.features.housekeeping.tasks.model import (
    Because,
    CommandBatch,
    CommandOutcome,
    ConflictResolution,
    DeviceCommand,
    Outcome,
    SupervisedBatch,
    SupervisedCommand,
    Task,
    TaskRow,
    told,
)
from omd.features.housekeeping.tasks.queries import KnownCommand, NewCommand
from omd.features.housekeeping.tasks.settling import Effect, foresee, settle
from omd.features.housekeeping.tasks.states import LATE, Said
from omd.kernel.errors import FieldProblem, NotFound

Told = DeviceCommand | SupervisedCommand
TOO_OLD = timedelta(days=7)
"""A command that was given longer ago is kept, and counts when somebody says so."""


class _Verdict(msgspec.Struct, frozen=True):
    outcome: Outcome
    because: Because | None = None
    counts: bool = True


async def take(
    tx: Transaction, house: House, batch: CommandBatch | SupervisedBatch, *, of_anybody: bool, now: datetime
) -> list[CommandOutcome]:
    """Put what a device has to say in its place, and return what came of each command.

    Raises `CommandIdReused` where an id came before with something else, and `NotFound` where the hotel has no such
    task, which no device was ever told of; nothing of the batch is kept then.
    """
    by_id = _once(batch.commands)
    named = sorted({each.task_id for each in by_id.values()})
    await queries.lock_tasks(tx, house, named)
    _require_tasks({row.id for row in await queries.list_tasks(tx, house, named)}, batch.commands)
    known = await queries.list_known(tx, house, by_id)
    _require_same(by_id, known, batch.commands)
    for command in sorted(by_id.values(), key=lambda each: (each.at, each.id)):
        if command.id not in known:
            await _take_one(tx, house, batch, command, of_anybody=of_anybody, now=now)
    came = await queries.list_known(tx, house, by_id)
    _require_same(by_id, came, batch.commands)
    tasks = {row.id: told(row) for row in await queries.list_tasks(tx, house, named)}
    return [_told(came[each.id], tasks) for each in batch.commands]


async def resolve(
    tx: Transaction, house: House, command_id: UUID, found: ConflictResolution, *, now: datetime
) -> CommandOutcome:
    """Say whether a command counts that was a conflict, and return it with its task as it is then.

    Raises `NotFound`, and `NoConflict` where it is none or was resolved.
    """
    known = (await queries.list_known(tx, house, [command_id])).get(command_id)
    if known is None:
        raise NotFound(f"This hotel has no command {command_id}.")
    await queries.lock_tasks(tx, house, [known.task_id])
    if await queries.lock_conflict(tx, house, command_id) is None:
        raise NoConflict(f"Command {command_id} is no conflict, or somebody resolved it. Nothing was changed.")
    (task,) = await queries.list_tasks(tx, house, [known.task_id])
    before = (await foresee(tx, house, task, ())).after
    await queries.resolve_conflict(tx, house, command_id, found.resolution, now, counts=found.counts)
    effect = await foresee(tx, house, task, ())
    await settle(tx, house, task, msgspec.structs.replace(effect, before=before), now=now)
    return _told(known, {row.id: told(row) for row in await queries.list_tasks(tx, house, [task.id])})


def placed(at: datetime, sent_at: datetime, now: datetime) -> datetime:
    """Return when a command was given by the server's clock: as long before now as before it was sent, and never later.

    How far a device's clock is off plays no part, and what it says of the future was said now.
    """
    return now - max(timedelta(0), min(sent_at - at, timedelta(days=366)))


async def _take_one(
    tx: Transaction,
    house: House,
    batch: CommandBatch | SupervisedBatch,
    command: Told,
    *,
    of_anybody: bool,
    now: datetime,
) -> None:
    at = placed(command.at, batch.sent_at, now)
    (task,) = await queries.list_tasks(tx, house, [command.task_id])
    said = Said(command.id, command.action, at, command.reason)
    effect = await foresee(tx, house, task, [said])
    verdict = _verdict(house, task, effect, said, of_anybody=of_anybody, now=now)
    kept = NewCommand(
        command.id,
        task.id,
        command.action,
        command.reason,
        at,
        verdict.counts,
        verdict.outcome,
        verdict.because,
        batch.device,
        command.at,
        batch.sent_at,
        command.seen_version,
        _hash(command),
    )
    if not await queries.keep_command(tx, house, kept, now) or not verdict.counts:
        return
    user_id = house.actor.user_id
    if user_id is not None and not of_anybody and command.action in ("start", "done"):
        await queries.take_task(tx, house, task.id, user_id, now)
    await settle(tx, house, task, effect, now=now)


def _verdict(house: House, task: TaskRow, effect: Effect, said: Said, *, of_anybody: bool, now: datetime) -> _Verdict:
    if now - said.at > TOO_OLD:
        return _Verdict("conflict", "too_old", counts=False)
    user_id = house.actor.user_id
    of_another = user_id is not None and task.attendant_id is not None and task.attendant_user_id != user_id
    if of_another and not of_anybody:
        return _Verdict("conflict", "task_of_another", counts=False)
    if said.id in effect.after.after_cancellation:
        return _Verdict("conflict", "task_cancelled")
    if said.id not in effect.after.counted:
        wanted = {**LATE["in_progress"], **LATE["open"]}.get(said.action)
        return _Verdict("already") if wanted == effect.before.status else _Verdict("merged", "superseded")
    if effect.touches_room and effect.room_seen_to_since:
        return _Verdict("merged", "room_changed_since")
    stands = effect.after.last == said.id
    return _Verdict("applied") if stands else _Verdict("merged", "superseded")


def _require_tasks(there: set[UUID], commands: Sequence[Told]) -> None:
    problems = tuple(
        FieldProblem(f"/commands/{at}/task_id", "unknown", f"This hotel has no task {command.task_id}.")
        for at, command in enumerate(commands)
        if command.task_id not in there
    )
    if problems:
        raise NotFound(f"{problems[0].detail} Nothing of the batch was kept: send the others again.", problems=problems)


def _once(commands: Sequence[Told]) -> dict[UUID, Told]:
    """Return the commands by id; raise `CommandIdReused` where one id names two."""
    by_id: dict[UUID, Told] = {}
    for at, command in enumerate(commands):
        if by_id.setdefault(command.id, command) != command:
            raise _reused([at])
    return by_id


def _require_same(by_id: dict[UUID, Told], known: dict[UUID, KnownCommand], commands: Sequence[Told]) -> None:
    other = {
        command_id
        for command_id, found in known.items()
        if found.body_hash is None or found.body_hash != _hash(by_id[command_id])
    }
    if other:
        raise _reused([at for at, command in enumerate(commands) if command.id in other])


def _reused(places: Sequence[int]) -> CommandIdReused:
    said = "The id came before, with another command."
    problems = tuple(FieldProblem(f"/commands/{at}/id", "reused", said) for at in places)
    return CommandIdReused(f"{said} Give each command an id of its own. Nothing was kept.", problems=problems)


def _hash(command: Told) -> bytes:
    return hashlib.sha256(msgspec.json.encode(command, order="deterministic")).digest()


def _told(known: KnownCommand, tasks: dict[UUID, Task]) -> CommandOutcome:
    return CommandOutcome(known.id, known.outcome, known.because, tasks[known.task_id])
