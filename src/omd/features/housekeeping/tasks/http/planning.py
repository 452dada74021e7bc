"""The plan of a date over HTTP: how a hotel plans, who there is to do it, and where a guest waits."""

from http import HTTPStatus

from litestar import Controller, Response, get, post, put
from litestar.params import JSONBody

from omd.db import Transaction
from omd.features.housekeeping.queries import House
from omd.features.housekeeping.tasks import commands, queries
from omd.features.housekeeping.tasks.http.answers import AnyRequest, answers
from omd.features.housekeeping.tasks.model import (
    Attendant,
    Planned,
    PlannedDate,
    Rush,
    Task,
    TaskSettings,
)
from omd.infra.http import (
    COMMON_PROBLEMS,
    ActorDep,
    Answer,
    ClockDep,
    DatabaseDep,
    IdempotencyKey,
    PathId,
    Writer,
    json_answer,
)


class HousekeepingPlan(Controller):
    """How a hotel plans its housekeeping, who there is to do it, and where a guest waits."""

    path = "/businesses/{business_id:int}"
    tags = ("Housekeeping tasks",)

    @post(
        "/housekeeping-plans",
        operation_id="planHousekeeping",
        summary="Plan a date",
        status_code=HTTPStatus.OK,
        responses=answers(Planned, "What planning came to."),
    )
    async def plan(
        self,
        business_id: PathId,
        data: JSONBody[PlannedDate],
        request: AnyRequest,
        actor: ActorDep,
        database: DatabaseDep,
        clock: ClockDep,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Bring the tasks of a date in step with its stays. Planned again, only what is new is added.

        What no longer applies is taken back where nobody began it; what was begun, or cancelled by hand, stays.
        """
        del idempotency_key
        house = House(actor, actor.serves(business_id))

        async def work(tx: Transaction) -> Answer:
            return json_answer(await commands.plan(tx, house, data, now=clock.now()))

        return await Writer(request, database, actor).run(work)

    @get(
        "/housekeeping-task-settings",
        operation_id="getHousekeepingTaskSettings",
        summary="Read how housekeeping is planned",
        responses=COMMON_PROBLEMS,
    )
    async def settings(self, business_id: PathId, actor: ActorDep, database: DatabaseDep) -> TaskSettings:
        """Read how often rooms are served, what is inspected, and what tasks count."""
        house = House(actor, actor.reads(business_id))
        async with database.reading(actor) as tx:
            return await commands.get_settings(tx, house)

    @put(
        "/housekeeping-task-settings",
        operation_id="setHousekeepingTaskSettings",
        summary="Say how housekeeping is planned",
        responses=answers(TaskSettings, "How it is planned now."),
    )
    async def set_settings(
        self,
        business_id: PathId,
        data: JSONBody[TaskSettings],
        request: AnyRequest,
        actor: ActorDep,
        database: DatabaseDep,
    ) -> Response[bytes]:
        """Say how dates are planned from now on; what is left out has its usual value."""
        house = House(actor, actor.serves(business_id))

        async def work(tx: Transaction) -> Answer:
            return json_answer(await commands.change_settings(tx, house, data))

        return await Writer(request, database, actor).run(work)

    @get(
        "/housekeeping-attendants",
        operation_id="listHousekeepingAttendants",
        summary="List who may be given tasks",
        responses=COMMON_PROBLEMS,
    )
    async def attendants(self, business_id: PathId, actor: ActorDep, database: DatabaseDep) -> list[Attendant]:
        """List who works in the hotel, by name, with the id by which tasks are given to them."""
        house = House(actor, actor.reads(business_id))
        async with database.reading(actor) as tx:
            return await queries.list_attendants(tx, house)

    @post(
        "/rooms/{room_id:int}/rush",
        operation_id="rushRoom",
        summary="Say that a guest waits for a room",
        status_code=HTTPStatus.OK,
        responses=answers(list[Task], "The tasks of the room that are still to be done today."),
    )
    async def rush(
        self,
        business_id: PathId,
        room_id: PathId,
        data: JSONBody[Rush],
        request: AnyRequest,
        actor: ActorDep,
        database: DatabaseDep,
        clock: ClockDep,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Put the tasks of a room before all others, or take that back; a room without one that needs it gets one."""
        del idempotency_key
        house = House(actor, actor.serves(business_id))

        async def work(tx: Transaction) -> Answer:
            return json_answer(await commands.rush_room(tx, house, room_id, rush=data.rush, now=clock.now()))

        return await Writer(request, database, actor).run(work)
