"""What is over and of no use any more: sessions, links, and old events of the way in."""

from datetime import datetime, timedelta

from omd.db import Database
from omd.features.identity.people import queries

SESSIONS_KEPT = timedelta(days=30)
"""As long as an address counts as known; see `Reception`."""

LINKS_KEPT = timedelta(days=1)
EVENTS_KEPT = timedelta(days=400)


async def purge_access(db: Database, *, now: datetime) -> int:
    """Delete what is over and return how many rows; `db` acts in the role omd_maintenance."""
    batches = db.write_in_batches
    return (
        await batches(None, lambda tx, most: queries.purge_sessions(tx, now - SESSIONS_KEPT, most=most))
        + await batches(None, lambda tx, most: queries.purge_links(tx, now - LINKS_KEPT, most=most))
        + await batches(None, lambda tx, most: queries.purge_events(tx, now - EVENTS_KEPT, most=most))
    )
