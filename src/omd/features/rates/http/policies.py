"""Cancellation and no-show policies over HTTP."""

from typing import Any

from litestar import Controller, Request, Response, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import JSONBody
from litestar.status_codes import HTTP_201_CREATED

from omd.db import Transaction
from omd.features.rates import commands, queries
from omd.features.rates.model import NewPolicy, Policy, PolicyVersion
from omd.features.rates.queries import Hotel
from omd.infra.http import (
    COMMON_PROBLEMS,
    ActorDep,
    AfterId,
    Answer,
    ClockDep,
    DatabaseDep,
    IdempotencyKey,
    PageSize,
    PathId,
    Writer,
    json_answer,
    page_by_id,
)
from omd.kernel.errors import NotFound

_ADDED = {201: ResponseSpec(Policy, description="The version is there.", generate_examples=False)}


class RatePolicies(Controller):
    """What a guest owes who cancels, or does not come."""

    path = "/businesses/{business_id:int}/rate-policies"
    tags = ("Prices",)

    @get(operation_id="listRatePolicies", summary="List a hotel's policies", responses=COMMON_PROBLEMS)
    async def list_policies(
        self,
        business_id: PathId,
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        after: AfterId = 0,
        limit: PageSize = 100,
    ) -> Response[list[Policy]]:
        """List the policies with all their versions, by id, a page at a time."""
        hotel = Hotel(actor.omd_id, actor.sees(business_id))
        async with database.reading(actor) as tx:
            found = await queries.list_policies(tx, hotel, after, limit + 1)
        return page_by_id(request, found, limit)

    @post(operation_id="createRatePolicy", summary="Add a policy", responses={**_ADDED, **COMMON_PROBLEMS})
    async def create(
        self,
        business_id: PathId,
        data: JSONBody[NewPolicy],
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        clock: ClockDep,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Add a policy. It is never changed: a stay keeps what it was sold under."""
        del idempotency_key
        hotel = actor.serves(business_id)

        async def work(tx: Transaction) -> Answer:
            policy = await commands.create_policy(tx, actor, hotel, data, now=clock.now())
            return json_answer(policy, status=HTTP_201_CREATED)

        return await Writer(request, database, actor).run(work)

    @get("/{policy_id:int}", operation_id="getRatePolicy", summary="Read a policy", responses=COMMON_PROBLEMS)
    async def read(self, business_id: PathId, policy_id: PathId, actor: ActorDep, database: DatabaseDep) -> Policy:
        """Read a version of a policy."""
        hotel = Hotel(actor.omd_id, actor.sees(business_id))
        async with database.reading(actor) as tx:
            policy = await queries.find_policy(tx, hotel, policy_id)
        if policy is None:
            raise NotFound(f"This hotel has no policy {policy_id}.")
        return policy

    @post(
        "/{policy_id:int}/versions",
        operation_id="replaceRatePolicy",
        summary="Add a version of a policy",
        responses={**_ADDED, **COMMON_PROBLEMS},
    )
    async def replace(
        self,
        business_id: PathId,
        policy_id: PathId,
        data: JSONBody[PolicyVersion],
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        clock: ClockDep,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Say what a policy says from now on; plans sold under an earlier version are sold under this one."""
        del idempotency_key
        hotel = actor.serves(business_id)

        async def work(tx: Transaction) -> Answer:
            policy = await commands.replace_policy(tx, actor, hotel, policy_id, data, now=clock.now())
            return json_answer(policy, status=HTTP_201_CREATED)

        return await Writer(request, database, actor).run(work)
