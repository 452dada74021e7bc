"""What is over and of no use any more: sessions, links, and old events of the way in."""

from datetime import datetime, timedelta

from omd.db import Database, Transaction
from omd.features.identity.people import queries

SESSIONS_KEPT = timedelta(days=30)
"""As long as an address counts as known; see `Reception`."""

LINKS_KEPT = timedelta(days=1)
EVENTS_KEPT = timedelta(days=400)


async def purge_access(db: Database, *, now: datetime) -> int:
    """Delete what is over and return how many rows; `db` acts in the role omd_maintenance."""

    async def purge(tx: Transaction) -> int:
        return await queries.purge(
            tx,
            sessions_before=now - SESSIONS_KEPT,
            links_before=now - LINKS_KEPT,
            events_before=now - EVENTS_KEPT,
        )

    return await db.write(None, purge)
