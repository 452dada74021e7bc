"""A guest who stands at the desk: booked from tonight on and taken in, in one act or not at all."""

from datetime import datetime

import msgspec

from omd.db import Transaction
from omd.features.reservations import queries
from omd.features.reservations.commands.book import hold
from omd.features.reservations.commands.lifecycle import check_in
from omd.features.reservations.model import NewReservation, Reservation, WalkIn
from omd.infra.keyring import Keyring
from omd.kernel.actor import Actor
from omd.kernel.ids import BusinessId


async def walk_in(
    tx: Transaction,
    actor: Actor,
    business_id: BusinessId,
    wanted: WalkIn,
    *,
    now: datetime,
    keyring: Keyring | None = None,
) -> Reservation:
    """Book a stay that arrives on the business date and check it in; raise as both do, with nothing done."""
    today = await queries.find_business_date(tx, actor.omd_id, business_id, now)
    booked = NewReservation(arrival=today, **msgspec.structs.asdict(wanted))
    held = await hold(tx, actor, business_id, booked, now=now, keyring=keyring)
    return await check_in(tx, actor, held.reservation_id, now=now)
