"""An offer that was taken is remembered until it has long expired, so that it is not taken twice; here the older go."""

from datetime import datetime, timedelta

from omd.db import Database
from omd.features.reservations.bookings import queries

KEPT_FOR = timedelta(days=1)
"""An offer is good for 15 minutes; the rest is for clocks that are wrong."""


async def purge_offers(db: Database, *, now: datetime) -> int:
    """Forget the offers taken more than a day ago and return how many; `db` acts in the role omd_maintenance."""
    return await db.write_in_batches(None, lambda tx, most: queries.purge_used_offers(tx, now - KEPT_FOR, most=most))
