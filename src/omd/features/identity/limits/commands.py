"""What may be done to the limits of a tenant."""

from datetime import datetime

from omd.db import Transaction
from omd.features.identity.limits import queries
from omd.features.identity.limits.errors import LimitNotCountable, LimitNotFound
from omd.features.identity.limits.model import Counted, RouteClass
from omd.infra.limits import MOST_PER_SECOND, Quota
from omd.kernel.ids import BusinessId, OmdId


async def set_limit(
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
    """Set a limit of a hotel, or of the whole OMD when `business_id` is None; it holds within seconds.

    Raises `LimitNotCountable` for numbers nobody could count to.
    """
    if not quota.is_sound:
        raise LimitNotCountable(
            f"{quota} cannot be counted. Take 1 to 1,000,000 requests in 1 to 86,400 seconds, and at most "
            f"{MOST_PER_SECOND:,} a second."
        )
    await queries.put_limit(
        tx,
        omd_id=omd_id,
        business_id=business_id,
        route_class=route_class,
        counted=counted,
        quota=quota,
        now=now,
        set_by=set_by,
    )


async def remove_limit(
    tx: Transaction, *, omd_id: OmdId, business_id: BusinessId | None, route_class: RouteClass, counted: Counted
) -> None:
    """Take a limit away, so that what stood behind it holds again; raise `LimitNotFound` when there is none."""
    gone = await queries.remove_limit(
        tx, omd_id=omd_id, business_id=business_id, route_class=route_class, counted=counted
    )
    if not gone:
        raise LimitNotFound(f"No limit of {route_class.value} counted {counted} is set there. List what there is.")
