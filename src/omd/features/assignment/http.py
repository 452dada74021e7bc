"""Assigning rooms over HTTP: plans proposed, applied and undone; wishes, weights, and why not this room."""

from http import HTTPStatus
from typing import Annotated, Any, TypeAlias
from uuid import UUID

from litestar import Controller, Request, Response, Router, get, post, put
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import JSONBody, QueryParameter
from litestar.status_codes import HTTP_200_OK

from omd.db import Transaction
from omd.features.assignment import commands, queries, reading
from omd.features.assignment.by_hand import propose_by_hand
from omd.features.assignment.model import NewPlan, Plan, PlanShown, RoomAnswer, RoomWishes, StayWishes
from omd.features.assignment.optimising.model import Weights
from omd.features.assignment.queries import Hotel
from omd.features.assignment.solver import Solver
from omd.features.reservations import RuleOverride
from omd.infra.http import (
    COMMON_PROBLEMS,
    ActorDep,
    Answer,
    ClockDep,
    DatabaseDep,
    IdempotencyKey,
    IfMatch,
    PageSize,
    PathId,
    PathUuid,
    Writer,
    etag,
    json_answer,
    next_link,
    require_version,
)
from omd.kernel.errors import OmdError

SolverDep: TypeAlias = NamedDependency[Solver]
After = Annotated[UUID | None, QueryParameter(description="The last plan of the page before.")]
_PLAN = ResponseSpec(PlanShown, description="The plan with its stays.", generate_examples=False)
_WEIGHTS = ResponseSpec(Weights, description="What each term costs now.", generate_examples=False)
_WISHES = ResponseSpec(
    StayWishes, description="What they wish; the new version of the stay is the ETag.", generate_examples=False
)


class AssignmentPlans(Controller):
    """Rooms proposed for stays."""

    path = "/businesses/{business_id:int}"
    tags = ("Assignment",)

    @post(
        "/assignment-plans",
        operation_id="proposeAssignment",
        summary="Propose rooms",
        responses={201: _PLAN, **COMMON_PROBLEMS},
    )
    async def propose(
        self,
        business_id: PathId,
        data: JSONBody[NewPlan],
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        clock: ClockDep,
        solver: SolverDep,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Find the best rooms for one stay, the arrivals of a day or those of many days; nothing is moved.

        `by_hand` says what it costs and breaks to exchange rooms, or to move a chain of stays, as `moves` names them.
        Guests in house, locked rooms and split stays stay where they are. The answer says of every stay what its room
        costs and which rooms it beats; apply it to move them.
        """
        del idempotency_key
        hotel = Hotel(actor.omd_id, actor.serves(business_id))
        writer = Writer(request, database, actor)
        known = await writer.known()
        if known is not None:
            return known
        refused: OmdError | None = None
        proposal: commands.Proposal | None = None
        try:
            if data.scope == "by_hand":
                proposal = await propose_by_hand(database, actor, hotel.business_id, data, clock)
            else:
                proposal = await commands.propose(database, actor, hotel.business_id, data, solver, clock)
        except OmdError as error:
            if error.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
                # Kept under the key, it would stand in the place of an answer.
                raise
            refused = error

        async def answer(tx: Transaction) -> Answer:
            if proposal is None:
                assert refused is not None, "it was found, or refused"
                raise refused
            plan_id = await commands.keep(tx, actor, proposal, clock.now())
            return json_answer(await reading.show_plan(tx, hotel, plan_id), status=HTTPStatus.CREATED)

        return await writer.run(answer)

    @get(
        "/assignment-plans",
        operation_id="listAssignmentPlans",
        summary="List plans of rooms",
        responses=COMMON_PROBLEMS,
    )
    async def list_page(
        self,
        business_id: PathId,
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        after: After = None,
        limit: PageSize = 100,
    ) -> Response[list[Plan]]:
        """List the plans of a hotel, the newest first, a page at a time."""
        hotel = Hotel(actor.omd_id, actor.reads(business_id))
        async with database.reading(actor) as tx:
            rows = await queries.list_plans(tx, hotel, after, limit + 1)
        cursor = str(rows[limit - 1].id) if len(rows) > limit else None
        return Response([reading.read_plan(row) for row in rows[:limit]], headers=next_link(request, cursor))

    @get("/assignment-weights", operation_id="getAssignmentWeights", summary="Read weights", responses=COMMON_PROBLEMS)
    async def weights(self, business_id: PathId, actor: ActorDep, database: DatabaseDep, clock: ClockDep) -> Weights:
        """Read what each term of a plan costs in a hotel."""
        hotel = Hotel(actor.omd_id, actor.reads(business_id))
        async with database.reading(actor) as tx:
            return await reading.get_weights(tx, hotel, clock.now())

    @put(
        "/assignment-weights",
        operation_id="setAssignmentWeights",
        summary="Say what each term costs",
        responses={200: _WEIGHTS, **COMMON_PROBLEMS},
        status_code=HTTP_200_OK,
    )
    async def set_weights(
        self,
        business_id: PathId,
        data: JSONBody[Weights],
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        clock: ClockDep,
    ) -> Response[bytes]:
        """Say what each term of a plan costs in a hotel, 0 to leave it out; what is left out has its usual weight."""
        hotel = Hotel(actor.omd_id, actor.serves(business_id))

        async def work(tx: Transaction) -> Answer:
            await commands.set_weights(tx, hotel, data)
            return json_answer(await reading.get_weights(tx, hotel, clock.now()))

        return await Writer(request, database, actor).run(work)


class AssignmentPlanSteps(Controller):
    """One plan, and what becomes of it."""

    path = "/businesses/{business_id:int}/assignment-plans/{plan_id:uuid}"
    tags = ("Assignment",)

    @get(operation_id="getAssignmentPlan", summary="Read a plan of rooms", responses=COMMON_PROBLEMS)
    async def read(self, business_id: PathId, plan_id: PathUuid, actor: ActorDep, database: DatabaseDep) -> PlanShown:
        """Read a plan: every stay, its room, what that costs, and which rooms it beats."""
        hotel = Hotel(actor.omd_id, actor.reads(business_id))
        async with database.reading(actor) as tx:
            return await reading.show_plan(tx, hotel, plan_id)

    @post(
        "/apply",
        operation_id="applyAssignmentPlan",
        summary="Move the stays of a plan",
        responses={200: _PLAN, **COMMON_PROBLEMS},
        status_code=HTTP_200_OK,
    )
    async def apply(
        self,
        business_id: PathId,
        plan_id: PathUuid,
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        clock: ClockDep,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Give every stay of a proposed plan its room, all at once, or none; a refusal names what has changed."""
        del idempotency_key
        hotel = Hotel(actor.omd_id, actor.serves(business_id))

        async def work(tx: Transaction) -> Answer:
            await commands.apply_plan(tx, actor, hotel, plan_id, clock.now())
            return json_answer(await reading.show_plan(tx, hotel, plan_id))

        return await Writer(request, database, actor).run(work)

    @post(
        "/apply-against-rules",
        operation_id="applyAssignmentPlanAgainstRules",
        summary="Move the stays of a plan by hand against rules, by name",
        responses={200: _PLAN, **COMMON_PROBLEMS},
        status_code=HTTP_200_OK,
    )
    async def apply_against_rules(
        self,
        business_id: PathId,
        plan_id: PathUuid,
        data: JSONBody[RuleOverride],
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        clock: ClockDep,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Apply a plan by hand that breaks rules, every one of them named, for a reason that stays on record."""
        del idempotency_key
        hotel = Hotel(actor.omd_id, actor.serves(business_id))

        async def work(tx: Transaction) -> Answer:
            await commands.apply_plan(tx, actor, hotel, plan_id, clock.now(), data)
            return json_answer(await reading.show_plan(tx, hotel, plan_id))

        return await Writer(request, database, actor).run(work)

    @post(
        "/undo",
        operation_id="undoAssignmentPlan",
        summary="Move the stays of a plan back",
        responses={200: _PLAN, **COMMON_PROBLEMS},
        status_code=HTTP_200_OK,
    )
    async def undo(
        self,
        business_id: PathId,
        plan_id: PathUuid,
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        clock: ClockDep,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Give every stay of an applied plan the room it had before, all at once, or none."""
        del idempotency_key
        hotel = Hotel(actor.omd_id, actor.serves(business_id))

        async def work(tx: Transaction) -> Answer:
            await commands.undo_plan(tx, actor, hotel, plan_id, clock.now())
            return json_answer(await reading.show_plan(tx, hotel, plan_id))

        return await Writer(request, database, actor).run(work)


class RoomsOfStay(Controller):
    """What guests wish of their room, and whether they can have it."""

    path = "/reservations/{reservation_id:uuid}"
    tags = ("Assignment",)

    @get("/room-wishes", operation_id="getRoomWishes", summary="Read what guests wish", responses=COMMON_PROBLEMS)
    async def wishes(self, reservation_id: PathUuid, actor: ActorDep, database: DatabaseDep) -> StayWishes:
        """Read what the guests of a stay wish of their room, and what their profile wishes of every room."""
        async with database.reading(actor) as tx:
            return await commands.get_wishes(tx, actor, reservation_id)

    @put(
        "/room-wishes",
        operation_id="setRoomWishes",
        summary="Say what guests wish",
        responses={200: _WISHES, **COMMON_PROBLEMS},
        status_code=HTTP_200_OK,
    )
    async def set_wishes(
        self,
        reservation_id: PathUuid,
        data: JSONBody[RoomWishes],
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        clock: ClockDep,
        if_match: IfMatch = None,
    ) -> Response[bytes]:
        """Write what the guests of a stay wish of their room, in place of what stood there."""

        async def work(tx: Transaction) -> Answer:
            told, version = await commands.set_wishes(
                *(tx, actor, reservation_id, data),
                expected=lambda version: require_version(if_match, version),
                now=clock.now(),
            )
            return json_answer(told, headers={"ETag": etag(version)})

        return await Writer(request, database, actor).run(work)

    @get(
        "/rooms/{room_id:int}",
        operation_id="askForRoom",
        summary="Ask whether a stay can have a room",
        responses=COMMON_PROBLEMS,
    )
    async def ask(
        self, reservation_id: PathUuid, room_id: PathId, actor: ActorDep, database: DatabaseDep, clock: ClockDep
    ) -> RoomAnswer:
        """Read in a sentence whether a stay can have a room, and why not: the rules, who is there, what it costs."""
        async with database.reading(actor) as tx:
            return await reading.answer_room(tx, actor, reservation_id, room_id, clock.now())


router = Router(path="", route_handlers=[AssignmentPlans, AssignmentPlanSteps, RoomsOfStay])
