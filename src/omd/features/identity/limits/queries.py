"""One typed function a statement of `queries.sql`."""

from datetime import datetime

from omd.db import ReadTransaction, Transaction, load_statements
from omd.features.identity.limits.model import Counted, RateLimit, RouteClass
from omd.infra.limits import Quota
from omd.kernel.ids import BusinessId, OmdId

_SQL = load_statements("omd.features.identity.limits")


async def list_limits(tx: ReadTransaction, omd_id: OmdId) -> list[RateLimit]:
    """Return the limits of an OMD and its hotels that the actor sees; those of the OMD itself first."""
    return await tx.many(_SQL["list_limits"], RateLimit, omd_id=omd_id)


async def put_limit(
    tx: Transaction,
    *,
    omd_id: OmdId,
    business_id: BusinessId | None,
    route_class: RouteClass,
    counted: Counted,
    quota: Quota,
    now: datetime,
    set_by: str,
) -> None:
    """Set a limit, in place of the one there was."""
    await tx.run(
        _SQL["put_limit"],
        omd_id=omd_id,
        business_id=business_id,
        route_class=route_class.value,
        counted=counted,
        requests=quota.requests,
        seconds=quota.seconds,
        now=now,
        set_by=set_by,
    )


async def remove_limit(
    tx: Transaction, *, omd_id: OmdId, business_id: BusinessId | None, route_class: RouteClass, counted: Counted
) -> int:
    """Take a limit away and return how many there were, 0 or 1."""
    return await tx.run(
        _SQL["remove_limit"], omd_id=omd_id, business_id=business_id, route_class=route_class.value, counted=counted
    )
