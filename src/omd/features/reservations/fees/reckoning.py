"""Reckoning the fees of a stay from what it was sold under; reads, and charges nothing."""

from collections.abc import Sequence
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
from omd.features.reservations.priced import OwnPolicy, OwnStep
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


async def own_policies(
    tx: ReadTransaction, actor: Actor, reservation_id: UUID, now: datetime, languages: Sequence[str]
) -> tuple[OwnPolicy, ...]:
    """Return the policies that the guest's own stay was sold under, in words and as they stand now.

    A text is of the first of the languages that there is, otherwise of any.
    """
    ground = await queries.find_fee_ground(tx, actor, reservation_id)
    if ground is None:
        return ()
    fees = reckon(ground, now)
    pairs = ((ground.read_cancellation(), fees.cancellation), (ground.read_no_show(), fees.no_show))
    ahead = fees.at if ground.ended_at is None else None
    return tuple(_own(policy, reckoned, ahead, languages) for policy, reckoned in pairs if policy is not None)


def _own(
    policy: OfferedPolicy, reckoned: PolicyFees | None, ahead: datetime | None, languages: Sequence[str]
) -> OwnPolicy:
    """Return a policy as a guest reads it; steps after the instant `ahead` are yet to come, without it none is."""
    language, text = policy.text(languages) or (None, None)
    owed, later = None, tuple[OwnStep, ...]()
    if reckoned is not None:
        owed = reckoned.owed
        # Whoever does not come owes the one fee there is, from whenever on it is reckoned.
        if ahead is not None and policy.kind == "cancellation":
            later = tuple(OwnStep(each.since, each.amount) for each in reckoned.steps if each.since > ahead)
    return OwnPolicy(policy.kind, policy.name, language, text, owed, later)


def reckon(ground: queries.FeeGround, now: datetime) -> StayFees:
    """Return what a guest owes by the policies their stay was sold under."""
    at = ground.ended_at or now
    # Who gives up a hold, or lets it lapse, had agreed to nothing yet.
    cancels = ground.status in ("confirmed", "cancelled") and ground.hold_until is None
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
