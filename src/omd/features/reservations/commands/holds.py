"""Holds: a stay that is tentative until an instant, held for longer, or given up when that has come."""

from datetime import datetime
from functools import partial
from uuid import UUID

from omd.db import Database, Transaction
from omd.features.reservations import queries
from omd.features.reservations.commands.book import hold_refused
from omd.features.reservations.commands.lifecycle import Freed, VersionCheck, place_into, step
from omd.features.reservations.commands.reading import get_reservation, lock_row
from omd.features.reservations.model import HoldExtension, Reservation
from omd.kernel.actor import Actor
from omd.kernel.dates import StayDates
from omd.kernel.ids import BusinessId, RoomTypeId


async def extend_hold(
    tx: Transaction,
    actor: Actor,
    reservation_id: UUID,
    wanted: HoldExtension,
    *,
    expected: VersionCheck,
    now: datetime,
) -> Reservation:
    """Hold a tentative stay until another instant, and return it.

    Raises `NotFound`, `ActionRefused` for a stay that is not tentative or whose hold is over, and `HoldRefused`.
    """
    row = await lock_row(tx, actor, reservation_id, "extend_hold", now)
    expected(row.version)
    outcome = await queries.extend_hold(tx, actor, BusinessId(row.business_id), reservation_id, wanted.hold_until, now)
    if outcome != "extended":
        raise hold_refused(outcome)
    return await get_reservation(tx, actor, reservation_id, now)


async def end_hold(tx: Transaction, actor: Actor, reservation_id: UUID, *, now: datetime) -> bool:
    """Cancel a stay that is held, its day of arrival being over, until whenever it is; return whether it still was."""
    at = await queries.lock_standing(tx, actor, reservation_id, "everything", now)
    if at is None or at.status != "tentative":
        return False
    await step(tx, actor, reservation_id, "cancel", now=now, reason="hold_expired")
    return True


async def free_holds(db: Database, actor: Actor, business_id: BusinessId, *, now: datetime) -> int:
    """Cancel the stays of a hotel whose hold is over and let waiting stays have their nights; return how many.

    Each is a transaction of its own, so that none waits for the counters of another's nights.
    """
    async with db.reading(actor) as tx:
        over = await queries.list_expired_holds(tx, actor, business_id, now)
    freed = 0
    for hold in over:
        freed += await db.write(actor, partial(_free, actor=actor, business_id=business_id, hold=hold, now=now))
    return freed


async def _free(
    tx: Transaction, *, actor: Actor, business_id: BusinessId, hold: queries.ExpiredHold, now: datetime
) -> int:
    given_back = await queries.free_expired_holds(
        tx, actor, business_id, [], since=hold.arrival, until=hold.departure, now=now
    )
    for each in given_back:
        types = [RoomTypeId(room_type_id) for room_type_id in each.room_type_ids]
        nights = StayDates(each.arrival, each.departure)
        await place_into(tx, actor, Freed(business_id, types, nights, each.business_date), now=now)
    return len(given_back)
