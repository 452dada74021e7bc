"""Rate plans over HTTP."""

from typing import Annotated, Any

from litestar import Controller, Request, Response, get, patch, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import JSONBody, QueryParameter
from litestar.status_codes import HTTP_200_OK, HTTP_201_CREATED

from omd.db import Transaction
from omd.features.rates import commands, queries
from omd.features.rates.model import NewRatePlan, RatePlan, RatePlanChange
from omd.features.rates.queries import Hotel
from omd.infra.http import (
    COMMON_PROBLEMS,
    ActorDep,
    AfterId,
    Answer,
    ClockDep,
    DatabaseDep,
    IdempotencyKey,
    IfMatch,
    PageSize,
    PathId,
    Writer,
    etag,
    json_answer,
    page_by_id,
    require_version,
)
from omd.kernel.errors import NotFound

_PLAN = {200: ResponseSpec(RatePlan, description="The plan; its version is the ETag.", generate_examples=False)}
_ADDED = {201: ResponseSpec(RatePlan, description="The plan is there, without rates yet.", generate_examples=False)}


def _answer(plan: RatePlan, business_id: int, status: int = HTTP_200_OK) -> Answer:
    headers = {"ETag": etag(plan.version)}
    if status == HTTP_201_CREATED:
        headers["Location"] = f"/api/v1/businesses/{business_id}/rate-plans/{plan.id}"
    return json_answer(plan, status=status, headers=headers)


class RatePlans(Controller):
    """Under which terms a hotel sells."""

    path = "/businesses/{business_id:int}/rate-plans"
    tags = ("Prices",)

    @get(operation_id="listRatePlans", summary="List a hotel's rate plans", responses=COMMON_PROBLEMS)
    async def list_plans(
        self,
        business_id: PathId,
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        retired: Annotated[bool, QueryParameter(description="Those that are sold no more too.")] = False,
        after: AfterId = 0,
        limit: PageSize = 100,
    ) -> Response[list[RatePlan]]:
        """List the plans that are sold, by id, a page at a time; the Link header leads to the next page."""
        hotel = Hotel(actor.omd_id, actor.sees(business_id))
        async with database.reading(actor) as tx:
            found = await queries.list_plans(tx, hotel, after_id=after, with_retired=retired, page_size=limit + 1)
        return page_by_id(request, found, limit)

    @post(operation_id="createRatePlan", summary="Add a rate plan", responses={**_ADDED, **COMMON_PROBLEMS})
    async def create(
        self,
        business_id: PathId,
        data: JSONBody[NewRatePlan],
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        clock: ClockDep,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Add a plan: a root one, whose rates you put, or one derived from another, priced from its parent's."""
        del idempotency_key
        hotel = actor.serves(business_id)

        async def work(tx: Transaction) -> Answer:
            plan = await commands.create_plan(tx, actor, hotel, data, now=clock.now())
            return _answer(plan, hotel, HTTP_201_CREATED)

        return await Writer(request, database, actor).run(work)

    @get(
        "/{rate_plan_id:int}",
        operation_id="getRatePlan",
        summary="Read a rate plan",
        responses={**_PLAN, **COMMON_PROBLEMS},
    )
    async def read(
        self, business_id: PathId, rate_plan_id: PathId, actor: ActorDep, database: DatabaseDep
    ) -> Response[RatePlan]:
        """Read a plan, a retired one too."""
        hotel = Hotel(actor.omd_id, actor.sees(business_id))
        async with database.reading(actor) as tx:
            plan = await queries.find_plan(tx, hotel, rate_plan_id)
        if plan is None:
            raise NotFound(f"This hotel has no rate plan {rate_plan_id}.")
        return Response(plan, headers={"ETag": etag(plan.version)})

    @patch(
        "/{rate_plan_id:int}",
        operation_id="changeRatePlan",
        summary="Change a rate plan",
        responses={**_PLAN, **COMMON_PROBLEMS},
    )
    async def change(
        self,
        business_id: PathId,
        rate_plan_id: PathId,
        data: JSONBody[RatePlanChange],
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        clock: ClockDep,
        if_match: IfMatch = None,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Change terms, policies, brackets or the derivation; fields left out stay, null takes away."""
        del idempotency_key
        hotel = actor.serves(business_id)

        async def work(tx: Transaction) -> Answer:
            plan = await commands.change_plan(
                *(tx, actor, hotel, rate_plan_id, data),
                expected=lambda version: require_version(if_match, version),
                clock=clock,
            )
            return _answer(plan, hotel)

        return await Writer(request, database, actor).run(work)

    @post(
        "/{rate_plan_id:int}/retire",
        operation_id="retireRatePlan",
        summary="Take a rate plan off sale",
        status_code=HTTP_200_OK,
        responses={**_PLAN, **COMMON_PROBLEMS},
    )
    async def retire(
        self,
        business_id: PathId,
        rate_plan_id: PathId,
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        clock: ClockDep,
        if_match: IfMatch = None,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Take a plan off sale for good. Its prices stay on record; it is refused while others are derived from it."""
        del idempotency_key
        hotel = actor.serves(business_id)

        async def work(tx: Transaction) -> Answer:
            plan = await commands.retire_plan(
                *(tx, actor, hotel, rate_plan_id),
                expected=lambda version: require_version(if_match, version),
                now=clock.now(),
            )
            return _answer(plan, hotel)

        return await Writer(request, database, actor).run(work)
