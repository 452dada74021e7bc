"""Reckoning the fees of a stay from what it was sold under; reads, and charges nothing."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from omd.db import ReadTransaction
from omd.features.offers import OfferedPolicy
from omd.features.reservations.fees import queries
from omd.features.reservations.fees.model import (
    PolicyFees,
    StayFees,
    owed_at,
    planned_arrival,
    steps_of,
)
from omd.kernel.actor import Actor
from omd.kernel.errors import NotFound


async def get_fees(tx: ReadTransaction, actor: Actor, reservation_id: UUID, now: datetime) -> StayFees:
    """Return what a guest owes who cancels or does not come.

    Raises `NotFound` for no stay of the actor's hotels, or one that no offer priced and hence no policy binds.
    """
    fees = await find_fees(tx, actor, reservation_id, now)
    if fees is None:
        raise NotFound(f"There is no stay {reservation_id} that was sold by an offer, and so under a policy.")
    return fees


async def find_fees(tx: ReadTransaction, actor: Actor, reservation_id: UUID, now: datetime) -> StayFees | None:
    """Do as `get_fees`, but return None where there is no stay that an offer priced."""
    ground = await queries.find_fee_ground(tx, actor, reservation_id)
    return None if ground is None else reckon(ground, now)


def reckon(ground: queries.FeeGround, now: datetime) -> StayFees:
    """Return what a guest owes by the policies their stay was sold under."""
    at = ground.ended_at or now
    cancels = ground.status in ("confirmed", "cancelled")
    stays_away = ground.status in ("confirmed", "no_show")
    cancellation = _fees(ground, ground.read_cancellation(), at) if cancels else None
    no_show = _fees(ground, ground.read_no_show(), at) if stays_away else None
    if no_show is not None:
        # Whoever is marked as a no-show owes the one fee there is, at whatever hour the desk gave up waiting.
        owed = no_show.steps[-1].amount if no_show.steps else Decimal(0)
        no_show = PolicyFees(no_show.policy_id, no_show.code, no_show.version, no_show.name, owed, no_show.steps)
    return StayFees(
        ground.id,
        ground.status,
        ground.currency,
        at,
        planned_arrival(ground.arrival, ground.zone()),
        cancellation,
        no_show,
    )


def _fees(ground: queries.FeeGround, policy: OfferedPolicy | None, at: datetime) -> PolicyFees | None:
    if policy is None:
        return None
    steps = steps_of(
        policy.fees,
        booked_at=ground.booked_at,
        arrival=ground.arrival,
        zone=ground.zone(),
        nights=ground.read_nights(),
    )
    return PolicyFees(policy.id, policy.code, policy.version, policy.name, owed_at(steps, at), steps)
