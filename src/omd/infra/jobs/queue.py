"""The queue: jobs put in, each name once; and what an operator does about those that were given up."""

from collections.abc import Sequence
from datetime import timedelta

import msgspec

from omd.db import Database, ReadTransaction, Transaction
from omd.infra.jobs import queries
from omd.infra.jobs.errors import JobNotDead, JobNotFound, JobUnderWay
from omd.infra.jobs.library import InTransaction, library
from omd.infra.jobs.model import Attempt, Job, JobShown, NewJob
from omd.infra.keyring import Keyring
from omd.kernel.clock import Clock


def context_of(kind: str) -> str:
    """Return the context in which what a secret kind needs to know is encrypted."""
    return f"job:{kind}"


class JobQueue:
    """Puts jobs in, on a database of the role omd_relay; those of secret kinds only with a keyring."""

    def __init__(self, db: Database, *, keyring: Keyring | None, clock: Clock) -> None:
        self._db = db
        self._keyring = keyring
        self._clock = clock

    async def put(self, *jobs: NewJob) -> int:
        """Put jobs in, all or none; return how many there were whose name is new. Raises `DatabaseUnavailable`."""
        return await self._db.write(None, lambda tx: self.put_in(tx, jobs))

    async def put_in(self, tx: Transaction, jobs: Sequence[NewJob]) -> int:
        """Put jobs in with what else the transaction does; return how many there were whose name is new."""
        keys = sorted({job.key for job in jobs if job.key is not None})
        is_new = await queries.take_keys(tx, keys, now=self._clock.now()) if keys else set()
        wanted = []
        for job in jobs:
            if job.key is not None:
                if job.key not in is_new:
                    continue
                is_new.remove(job.key)
            wanted.append(job)
        if wanted:
            await library(InTransaction(tx)).enqueue(
                [job.kind.name for job in wanted],
                [_encoded(job, self._keyring) for job in wanted],
                [job.kind.priority for job in wanted],
                execute_after=[self._delay(job) for job in wanted],
                dedupe_key=[job.key for job in wanted],
            )
        return len(wanted)

    def _delay(self, job: NewJob) -> timedelta:
        return job.delay if job.not_before is None else max(job.delay, job.not_before - self._clock.now())


async def put_for_request(tx: Transaction, job: NewJob, *, keyring: Keyring) -> None:
    """Put a letter in with what else a request's transaction does, in a role that has no other right on the queue."""
    await queries.put_for_request(tx, job.kind, _encoded(job, keyring))


def _encoded(job: NewJob, keyring: Keyring | None) -> bytes:
    encoded = msgspec.json.encode(job.payload)
    if not job.kind.secret:
        return encoded
    assert keyring is not None, f"{job.kind.name} is secret, and there is no key"
    return keyring.encrypt(encoded, context_of(job.kind.name))


async def retry_job(tx: Transaction, job_id: int) -> None:
    """Have a dead job attempted again, from the first attempt on; raise `JobNotFound` or `JobNotDead`."""
    job = await find_job(tx, job_id)
    if job.state != "dead":
        raise JobNotDead(f"Job {job_id} ({job.kind}) is {job.state}: it is attempted by itself. Nothing was changed.")
    await library(InTransaction(tx)).requeue_jobs([job_id])  # type: ignore[list-item]  # an id of theirs is an int


async def discard_job(tx: Transaction, job_id: int) -> None:
    """Forget a job for good; raise `JobNotFound` or `JobUnderWay`."""
    job = await find_job(tx, job_id)
    if not await queries.discard_job(tx, job_id):
        raise JobUnderWay(f"A worker is at job {job_id} ({job.kind}). Discard it when the attempt has ended.")


async def find_job(tx: ReadTransaction, job_id: int) -> Job:
    """Return a job that is not done; raise `JobNotFound`."""
    job = await queries.find_job(tx, job_id)
    if job is None:
        raise JobNotFound(
            f"There is no job {job_id}: it is done, or was discarded. `omd job list` shows those there are."
        )
    return job


async def show_job(tx: ReadTransaction, job_id: int) -> JobShown:
    """Return a job and what became of it; of one that is done, its steps alone. Raises `JobNotFound`."""
    steps = await queries.list_steps(tx, job_id)
    # Done, it has its steps only; never there, it is refused.
    is_done = bool(steps) and steps[-1].step in {"done", "discarded"}
    return JobShown(None if is_done else await find_job(tx, job_id), steps)


async def once(tx: Transaction, attempt: Attempt) -> bool:
    """Say whether the job's effect is to be had in this transaction: true in one that commits, ever.

    Two workers may come to be at one job, when one of them was silent for so long that it was taken for dead. The
    second waits here until the first commits, and then leaves the effect as it is.
    """
    return await queries.take_effect(tx, attempt.key)
