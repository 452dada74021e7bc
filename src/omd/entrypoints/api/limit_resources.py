"""The limits that hold for a hotel and for a destination, over HTTP."""

from typing import Annotated, Any, Literal

import msgspec
from litestar import Request, Router, get

from omd.db import Database
from omd.features.identity.limits import Quotas, RouteClass, TenantQuotas, list_limits
from omd.infra.http import COMMON_PROBLEMS, ActorDep, DatabaseDep, PathId
from omd.infra.limits import Quota
from omd.kernel.actor import Actor
from omd.kernel.errors import NotFound

SharedBy = Annotated[
    Literal["omd", "business", "caller"], msgspec.Meta(description="A caller is one key or one person.")
]


class LimitAnswer(msgspec.Struct, frozen=True):
    """So many requests of a class at once, given back evenly over so many seconds; `shared_by` says by whom."""

    route_class: str
    shared_by: SharedBy
    requests: int
    seconds: int

    @classmethod
    def of(cls, route_class: RouteClass, shared_by: SharedBy, quota: Quota) -> "LimitAnswer":
        """Return a quota as it is told."""
        return cls(route_class.value, shared_by, quota.requests, quota.seconds)


class LimitsAnswer(msgspec.Struct, frozen=True):
    """What holds: the tenant's own limits, else the platform's defaults. Empty where the platform limits nobody."""

    limits: tuple[LimitAnswer, ...]


@get(
    "/businesses/{business_id:int}/limits",
    operation_id="getBusinessLimits",
    summary="Read a hotel's rate limits",
    responses=COMMON_PROBLEMS,
    tags=["Limits"],
)
async def of_business(
    business_id: PathId, request: Request[Any, Any, Any], actor: ActorDep, database: DatabaseDep
) -> LimitsAnswer:
    """Read how often the callers of a hotel may ask, all together and each of them."""
    hotel = actor.sees(business_id)
    quotas = await _quotas(request, database, actor)
    if quotas is None:
        return LimitsAnswer(())
    shared = [LimitAnswer.of(each, "business", quotas.business(each, hotel)) for each in RouteClass]
    own = [LimitAnswer.of(each, "caller", quotas.caller(each, hotel)) for each in RouteClass]
    return LimitsAnswer((*shared, *own))


@get(
    "/omds/{omd_id:int}/limits",
    operation_id="getOmdLimits",
    summary="Read a destination's rate limits",
    responses=COMMON_PROBLEMS,
    tags=["Limits"],
)
async def of_omd(
    omd_id: PathId, request: Request[Any, Any, Any], actor: ActorDep, database: DatabaseDep
) -> LimitsAnswer:
    """Read how often a destination and all its hotels may ask together, and each key or person of its own."""
    if omd_id != actor.omd_id:
        raise NotFound(f"There is no destination {omd_id}.")
    quotas = await _quotas(request, database, actor)
    if quotas is None:
        return LimitsAnswer(())
    shared = [LimitAnswer.of(each, "omd", quotas.omd(each)) for each in RouteClass]
    own = [LimitAnswer.of(each, "caller", quotas.caller(each, None)) for each in RouteClass]
    return LimitsAnswer((*shared, *own))


async def _quotas(request: Request[Any, Any, Any], database: Database, actor: Actor) -> TenantQuotas | None:
    defaults: Quotas | None = request.app.state.default_quotas
    if defaults is None:
        return None
    async with database.reading(actor) as tx:
        return TenantQuotas(defaults, await list_limits(tx, actor.omd_id))


router = Router(path="", route_handlers=[of_business, of_omd])
