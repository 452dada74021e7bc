"""Guests who did not leave: their stay goes on until a day, the added nights at what the longer stay makes of them."""

from datetime import date, datetime
from uuid import UUID

from omd.db import Transaction
from omd.features.reservations.bookings.extending import price_longer
from omd.features.reservations.bookings.queries import price_nights
from omd.features.reservations.commands.amend import amend
from omd.features.reservations.commands.lifecycle import any_version
from omd.features.reservations.commands.reading import lock_row_for_change
from omd.features.reservations.errors import DayUseNotExtended
from omd.features.reservations.model import Amendment
from omd.kernel.actor import Actor
from omd.kernel.dates import StayDates


async def stay_on(tx: Transaction, actor: Actor, reservation_id: UUID, until: date, *, now: datetime) -> bool | None:
    """Extend a stay in the house until a departure, each added night at what the plan it was sold by makes of it.

    Returns whether the nights were priced, None where the guest has left or stays as long already. A stay without
    prices by night, or whose plan has none for the added ones, is extended all the same, and waits for people to say
    what they cost. Raises as `amend` does where the nights cannot be held.
    """
    change = Amendment(departure=until)
    row = await lock_row_for_change(tx, actor, reservation_id, change, now)
    if row.status != "in_house" or row.departure >= until:
        return None
    if row.day_use is not None:
        raise DayUseNotExtended(f"Stay {row.code} has its room by day alone; check it out, or book it a night.")
    longer = await price_longer(tx, actor, row, StayDates(row.arrival, until), now)
    await amend(tx, actor, reservation_id, change, expected=any_version, now=now)
    if longer is None:
        return False
    await price_nights(tx, actor, reservation_id, row.departure, longer, now)
    return True
