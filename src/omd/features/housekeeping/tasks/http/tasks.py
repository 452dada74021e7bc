"""Tasks over HTTP: whose they are, how far they are, and what was found of their work."""

from datetime import date
from functools import partial
from http import HTTPStatus
from typing import Annotated

from litestar import Controller, Response, get, post, put
from litestar.params import JSONBody, QueryParameter

from omd.features.housekeeping.queries import House
from omd.features.housekeeping.tasks import commands
from omd.features.housekeeping.tasks.http.answers import AnyRequest, answering, answers
from omd.features.housekeeping.tasks.model import (
    Assignment,
    Cancellation,
    Inspection,
    NewTask,
    PlannedDate,
    Task,
    Work,
)
from omd.features.housekeeping.tasks.settling import get_task
from omd.infra.http import (
    COMMON_PROBLEMS,
    ActorDep,
    ClockDep,
    DatabaseDep,
    IdempotencyKey,
    IfMatch,
    PathId,
    PathUuid,
    Writer,
    etag,
    require_version,
)

_TASK = answers(Task, "The task; its version is the ETag.")


class HousekeepingTasks(Controller):
    """Tasks, one by one and of a date."""

    path = "/businesses/{business_id:int}/housekeeping-tasks"
    tags = ("Housekeeping tasks",)

    @get(operation_id="listHousekeepingTasks", summary="List the tasks of a date", responses=COMMON_PROBLEMS)
    async def list_tasks(
        self,
        business_id: PathId,
        actor: ActorDep,
        database: DatabaseDep,
        clock: ClockDep,
        on: Annotated[date | None, QueryParameter(description="The date; else the hotel's business date.")] = None,
        mine: Annotated[bool, QueryParameter(description="Those alone of who asks.")] = False,
    ) -> list[Task]:
        """List tasks in the order of their work: where a guest waits first, then as they were put, then by room."""
        house = House(actor, actor.reads(business_id))
        async with database.reading(actor) as tx:
            return await commands.list_tasks(tx, house, on=PlannedDate(on), mine=mine, now=clock.now())

    @get("/{task_id:uuid}", operation_id="getHousekeepingTask", summary="Read a task", responses=_TASK)
    async def read(
        self, business_id: PathId, task_id: PathUuid, actor: ActorDep, database: DatabaseDep
    ) -> Response[Task]:
        """Read a task: how far it is, what was worked on it, and what it allows."""
        house = House(actor, actor.reads(business_id))
        async with database.reading(actor) as tx:
            found = await get_task(tx, house, task_id)
        return Response(found, headers={"ETag": etag(found.version)})

    @post(
        operation_id="addHousekeepingTask",
        summary="Add a task by hand",
        responses=answers(Task, "The task; its version is the ETag.", HTTPStatus.CREATED),
    )
    async def add(
        self,
        business_id: PathId,
        data: JSONBody[NewTask],
        request: AnyRequest,
        actor: ActorDep,
        database: DatabaseDep,
        clock: ClockDep,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Add a task that no plan makes, of the business date or one of the seven after it."""
        del idempotency_key
        house = House(actor, actor.serves(business_id))
        work = partial(commands.add, house=house, wanted=data, now=clock.now())
        return await Writer(request, database, actor).run(answering(work, HTTPStatus.CREATED))

    @post(
        "/{task_id:uuid}/work",
        operation_id="workOnHousekeepingTask",
        summary="Start, pause or end the work of a task",
        status_code=HTTPStatus.OK,
        responses=_TASK,
    )
    async def work(
        self,
        business_id: PathId,
        task_id: PathUuid,
        data: JSONBody[Work],
        request: AnyRequest,
        actor: ActorDep,
        database: DatabaseDep,
        clock: ClockDep,
        if_match: IfMatch = None,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Say what was done about a task of your own, or of nobody's, which becomes yours as you start it.

        `done` makes the room clean, in the same transaction, but for a task of the kind `other`.
        """
        del idempotency_key
        act = partial(
            commands.act,
            house=House(actor, actor.serves(business_id)),
            task_id=task_id,
            action=data.action,
            reason=data.reason,
            expected=lambda version: require_version(if_match, version),
            now=clock.now(),
        )
        return await Writer(request, database, actor).run(answering(act))

    @post(
        "/{task_id:uuid}/inspection",
        operation_id="inspectHousekeepingTask",
        summary="Say what an inspection found",
        status_code=HTTPStatus.OK,
        responses=_TASK,
    )
    async def inspect(
        self,
        business_id: PathId,
        task_id: PathUuid,
        data: JSONBody[Inspection],
        request: AnyRequest,
        actor: ActorDep,
        database: DatabaseDep,
        clock: ClockDep,
        if_match: IfMatch = None,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Say that work that is done passes, which makes the room inspected; or that it is to be done again."""
        del idempotency_key
        inspect = partial(
            commands.inspect,
            house=House(actor, actor.serves(business_id)),
            task_id=task_id,
            found=data,
            expected=lambda version: require_version(if_match, version),
            now=clock.now(),
        )
        return await Writer(request, database, actor).run(answering(inspect))

    @post(
        "/{task_id:uuid}/cancel",
        operation_id="cancelHousekeepingTask",
        summary="Cancel a task",
        status_code=HTTPStatus.OK,
        responses=_TASK,
    )
    async def cancel(
        self,
        business_id: PathId,
        task_id: PathUuid,
        data: JSONBody[Cancellation],
        request: AnyRequest,
        actor: ActorDep,
        database: DatabaseDep,
        clock: ClockDep,
        if_match: IfMatch = None,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Say why a task is not to be done; no plan brings it back."""
        del idempotency_key
        cancel = partial(
            commands.act,
            house=House(actor, actor.serves(business_id)),
            task_id=task_id,
            action="cancel",
            reason=data.reason,
            expected=lambda version: require_version(if_match, version),
            now=clock.now(),
            of_anybody=True,
        )
        return await Writer(request, database, actor).run(answering(cancel))

    @put("/{task_id:uuid}/assignment", operation_id="assignHousekeepingTask", summary="Give a task", responses=_TASK)
    async def assign(
        self,
        business_id: PathId,
        task_id: PathUuid,
        data: JSONBody[Assignment],
        request: AnyRequest,
        actor: ActorDep,
        database: DatabaseDep,
        clock: ClockDep,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Say whose a task is; of two who say so at once, the second is told with the task as it is then."""
        del idempotency_key
        house = House(actor, actor.serves(business_id))
        assign = partial(commands.assign, house=house, task_id=task_id, wanted=data, now=clock.now())
        return await Writer(request, database, actor).run(answering(assign))
