"""What devices that were away from the network have to say, over HTTP, and what of it somebody is to look at."""

from http import HTTPStatus

from litestar import Controller, Response, get, post
from litestar.params import JSONBody

from omd.db import Transaction
from omd.features.housekeeping.queries import House
from omd.features.housekeeping.tasks import merging, queries
from omd.features.housekeeping.tasks.http.answers import AnyRequest, answers
from omd.features.housekeeping.tasks.model import (
    CommandBatch,
    CommandOutcome,
    Conflict,
    ConflictResolution,
    SupervisedBatch,
)
from omd.infra.http import (
    COMMON_PROBLEMS,
    ActorDep,
    Answer,
    ClockDep,
    DatabaseDep,
    IdempotencyKey,
    PageSize,
    PathId,
    PathUuid,
    Writer,
    json_answer,
)

_OUTCOMES = answers(list[CommandOutcome], "What came of each command, in the order in which they were told.")


class HousekeepingCommands(Controller):
    """What devices have to say that were away from the network."""

    path = "/businesses/{business_id:int}"
    tags = ("Housekeeping tasks",)

    @post(
        "/housekeeping-commands",
        operation_id="sendHousekeepingCommands",
        summary="Send what a device kept",
        status_code=HTTPStatus.OK,
        responses=_OUTCOMES,
    )
    async def send(
        self,
        business_id: PathId,
        data: JSONBody[CommandBatch],
        request: AnyRequest,
        actor: ActorDep,
        database: DatabaseDep,
        clock: ClockDep,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Put what was done about your own tasks in its place, each command once however often it is sent."""
        del idempotency_key
        house = House(actor, actor.serves(business_id))

        async def work(tx: Transaction) -> Answer:
            return json_answer(await merging.take(tx, house, data, of_anybody=False, now=clock.now()))

        return await Writer(request, database, actor).run(work)

    @post(
        "/housekeeping-commands/supervised",
        operation_id="sendSupervisedCommands",
        summary="Send what a supervisor's device kept",
        status_code=HTTPStatus.OK,
        responses=_OUTCOMES,
    )
    async def send_supervised(
        self,
        business_id: PathId,
        data: JSONBody[SupervisedBatch],
        request: AnyRequest,
        actor: ActorDep,
        database: DatabaseDep,
        clock: ClockDep,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Put what was done about anybody's tasks, and what inspections found, in its place."""
        del idempotency_key
        house = House(actor, actor.serves(business_id))

        async def work(tx: Transaction) -> Answer:
            return json_answer(await merging.take(tx, house, data, of_anybody=True, now=clock.now()))

        return await Writer(request, database, actor).run(work)

    @get(
        "/housekeeping-conflicts",
        operation_id="listHousekeepingConflicts",
        summary="List conflicts",
        responses=COMMON_PROBLEMS,
    )
    async def conflicts(
        self, business_id: PathId, actor: ActorDep, database: DatabaseDep, limit: PageSize = 100
    ) -> list[Conflict]:
        """List the commands that somebody is to look at, the oldest first, until they are resolved."""
        house = House(actor, actor.reads(business_id))
        async with database.reading(actor) as tx:
            return await queries.list_conflicts(tx, house, limit)

    @post(
        "/housekeeping-conflicts/{command_id:uuid}/resolve",
        operation_id="resolveHousekeepingConflict",
        summary="Resolve a conflict",
        status_code=HTTPStatus.OK,
        responses=answers(CommandOutcome, "The command, and its task as it is then."),
    )
    async def resolve(
        self,
        business_id: PathId,
        command_id: PathUuid,
        data: JSONBody[ConflictResolution],
        request: AnyRequest,
        actor: ActorDep,
        database: DatabaseDep,
        clock: ClockDep,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Say whether the command counts, and what was found out; the task becomes what it comes to then."""
        del idempotency_key
        house = House(actor, actor.serves(business_id))

        async def work(tx: Transaction) -> Answer:
            return json_answer(await merging.resolve(tx, house, command_id, data, now=clock.now()))

        return await Writer(request, database, actor).run(work)
