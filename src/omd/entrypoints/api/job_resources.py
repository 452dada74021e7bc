"""Jobs over HTTP, for the operator of the platform: what `omd job` shows and does."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, TypeAlias

import msgspec
import structlog
from litestar import Controller, Request, Response, delete, get, post
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import PathParameter, QueryParameter
from litestar.status_codes import HTTP_200_OK

from omd.db import Database, Transaction
from omd.infra.http import (
    COMMON_PROBLEMS,
    LAST_ID,
    ActorDep,
    Answer,
    BeforeId,
    DatabaseDep,
    IdempotencyKey,
    PageSize,
    Writer,
    json_answer,
    page_by_id,
)
from omd.infra.jobs import Job, JobShown, State, discard_job, list_jobs, retry_job, show_job
from omd.kernel.actor import Actor

RelayDep: TypeAlias = NamedDependency[Database]
"""The database in the role of the relay, whose the jobs are: requests have no right on them."""

JobId: TypeAlias = Annotated[int, PathParameter(ge=1, le=LAST_ID)]
Kind = Annotated[str | None, QueryParameter(pattern="^[a-z_]{1,60}$", description="Only those of this kind.")]
# `state` is a name of the framework's own.
Standing = Annotated[State | None, QueryParameter(name="state", description="Only those that stand so.")]
_log = structlog.get_logger(__name__)


class JobDealtWith(msgspec.Struct, frozen=True):
    """A job that was retried or discarded, and how it stands now: null where it is forgotten."""

    id: int
    job: Job | None


_DEALT_WITH = {200: ResponseSpec(JobDealtWith, description="It is done.", generate_examples=False)}


class Jobs(Controller):
    """What workers have to do, of the whole platform."""

    path = "/jobs"
    tags = ("Jobs",)

    @get(operation_id="listJobs", summary="List jobs that are not done", responses=COMMON_PROBLEMS)
    async def list_all(
        self,
        request: Request[Any, Any, Any],
        actor: ActorDep,
        relay: RelayDep,
        standing: Standing = None,
        kind: Kind = None,
        limit: PageSize = 100,
        after: BeforeId = LAST_ID,
    ) -> Response[list[Job]]:
        """List the jobs that are not done, the newest first. Dead ones wait until they are retried or discarded."""
        del actor
        async with relay.reading(None) as tx:
            found = await list_jobs(tx, state=standing, kind=kind, before=after, most=limit + 1)
        return page_by_id(request, found, limit)

    @get("/{job_id:int}", operation_id="getJob", summary="Read a job", responses=COMMON_PROBLEMS)
    async def read(self, job_id: JobId, actor: ActorDep, relay: RelayDep) -> JobShown:
        """Read what became of a job, step by step; of one that is done for a month."""
        del actor
        async with relay.reading(None) as tx:
            return await show_job(tx, job_id)

    @post(
        "/{job_id:int}/retry",
        operation_id="retryJob",
        summary="Retry a dead job",
        status_code=HTTP_200_OK,
        responses={**_DEALT_WITH, **COMMON_PROBLEMS},
    )
    async def retry(
        self,
        job_id: JobId,
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        relay: RelayDep,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Have a job that was given up attempted again, from its first attempt on."""
        del idempotency_key

        async def work(tx: Transaction) -> JobDealtWith:
            await retry_job(tx, job_id)
            return JobDealtWith(job_id, (await show_job(tx, job_id)).job)

        return await _deal_with(Writer(request, database, actor), relay, work, actor, "job_retried")

    @delete(
        "/{job_id:int}",
        operation_id="discardJob",
        summary="Discard a job",
        status_code=HTTP_200_OK,
        responses={**_DEALT_WITH, **COMMON_PROBLEMS},
    )
    async def discard(
        self,
        job_id: JobId,
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        relay: RelayDep,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Forget a job for good, dead or not begun. Its name stays used: nobody puts it in again."""
        del idempotency_key

        async def work(tx: Transaction) -> JobDealtWith:
            await discard_job(tx, job_id)
            return JobDealtWith(job_id, None)

        return await _deal_with(Writer(request, database, actor), relay, work, actor, "job_discarded")


async def _deal_with(
    writer: Writer,
    relay: Database,
    work: Callable[[Transaction], Awaitable[JobDealtWith]],
    actor: Actor,
    event: str,
) -> Response[bytes]:
    """Do the work in the relay's role, and keep the answer in the caller's: two transactions, as these are two roles.

    Cut off between the two, the work is done and its answer is not kept: who asks again is told that it is not dead,
    or not there, any more.
    """

    async def work_beside(_tx: Transaction) -> Answer:
        done = await relay.write(None, work)
        _log.info(event, job=done.id, actor=actor.label)
        return json_answer(done)

    return await writer.run(work_beside)
