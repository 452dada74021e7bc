"""One typed function a statement of `jobs.sql`."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from omd.db import ReadTransaction, Transaction, load_statements
from omd.infra.jobs.model import Attempt, Figures, Job, JobKind, State, Step

_SQL = load_statements("omd.infra.jobs", "jobs.sql")

HANDED_BACK = "handed back by a worker that stopped"
"""What is written down of an attempt that a stop in order broke off; it does not count as one."""


PUT_OFF = "put off by a worker whose clock is wrong"
"""What is written down of an attempt that was not begun, which does not count as one either."""


async def find_time(tx: ReadTransaction) -> datetime:
    """Return the time by the database's clock."""
    told: datetime = await tx.value(_SQL["find_time"])
    return told


async def take_keys(tx: Transaction, keys: Sequence[str], *, now: datetime) -> set[str]:
    """Return those of the keys that no job was put in under before; they are taken with this transaction."""
    return set(await tx.value(_SQL["take_keys"], keys=keys, now=now))


async def put_for_request(tx: Transaction, kind: JobKind[Any], payload: bytes) -> None:
    """Put a job in for a request; the database takes letters alone."""
    await tx.value(_SQL["put_for_request"], kind=kind.name, priority=kind.priority, payload=payload)


async def list_jobs(
    tx: ReadTransaction, *, state: State | None, most: int, kind: str | None = None, before: int | None = None
) -> list[Job]:
    """Return the jobs that are not done, those that changed last first; before a number, the newest first."""
    return await tx.many(_SQL["list_jobs"], Job, state=state, id=None, kind=kind, before=before, most=most)


async def find_job(tx: ReadTransaction, job_id: int) -> Job | None:
    """Return a job that is not done."""
    return await tx.maybe(_SQL["list_jobs"], Job, state=None, id=job_id, kind=None, before=None, most=1)


async def list_steps(tx: ReadTransaction, job_id: int) -> list[Step]:
    """Return what became of a job, step by step; nothing when that is forgotten."""
    return await tx.many(_SQL["list_steps"], Step, id=job_id)


async def find_attempt(tx: ReadTransaction, job_id: int) -> Attempt:
    """Return the attempt at a job that was begun last."""
    return await tx.one(_SQL["find_attempt"], Attempt, id=job_id, not_counted=[HANDED_BACK, PUT_OFF])


async def discard_job(tx: Transaction, job_id: int) -> bool:
    """Forget a job that no worker is at; say whether there was one."""
    return bool(await tx.run(_SQL["discard_job"], id=job_id))


async def find_figures(tx: ReadTransaction) -> Figures:
    """Return how many jobs stand how."""
    return await tx.one(_SQL["find_figures"], Figures)


async def take_effect(tx: Transaction, key: str) -> bool:
    """Say whether a job's effect is to be had in this transaction; see `once`."""
    return bool(await tx.value(_SQL["take_effect"], key=key))


async def purge_log(tx: Transaction, before: datetime, *, most: int) -> int:
    """Throw away at most so many steps of jobs that are done."""
    return await tx.run(_SQL["purge_log"], before=before, most=most)


async def purge_keys(tx: Transaction, before: datetime, *, most: int) -> int:
    """Throw away at most so many names of jobs that are done."""
    return await tx.run(_SQL["purge_keys"], before=before, most=most)


async def purge_effects(tx: Transaction, before: datetime, *, most: int) -> int:
    """Throw away of at most so many jobs that they had their effect."""
    return await tx.run(_SQL["purge_effects"], before=before, most=most)


async def purge_dead(tx: Transaction, before: datetime, *, most: int) -> int:
    """Forget at most so many jobs that were given up before an instant."""
    return await tx.run(_SQL["purge_dead"], before=before, most=most)


async def is_behind(tx: ReadTransaction) -> bool:
    """Say whether there are events of which nobody asked yet what they cause."""
    return bool(await tx.value(_SQL["is_behind"]))


async def lock_cursor(tx: Transaction) -> int | None:
    """Return up to which event that was asked, None while another worker is at it."""
    position: int | None = await tx.value(_SQL["lock_cursor"])
    return position


async def move_cursor(tx: Transaction, position: int) -> None:
    """Say up to which event that was asked."""
    await tx.run(_SQL["move_cursor"], position=position)


class KeptPayload(msgspec.Struct, frozen=True):
    """What a job needs to know, as it is kept."""

    id: int
    kind: str
    payload: bytes


async def lock_payloads(tx: Transaction, kinds: Sequence[str]) -> list[KeptPayload]:
    """Lock and return what the jobs of these kinds need to know, of all that are not done."""
    return await tx.many(_SQL["lock_payloads"], KeptPayload, kinds=kinds)


async def keep_payload(tx: Transaction, job_id: int, payload: bytes) -> None:
    """Keep what a job needs to know, encrypted under another key."""
    await tx.run(_SQL["keep_payload"], id=job_id, payload=payload)
