"""What is thrown away of jobs that are done."""

from datetime import datetime, timedelta

from omd.db import Database, Transaction
from omd.infra.jobs import queries

LOG_KEPT = timedelta(days=30)
KEYS_KEPT = timedelta(days=400)
"""A job must not be put in again under a name that was thrown away: longer than anything is caught up."""


async def purge_jobs(db: Database, *, now: datetime) -> int:
    """Throw away what is older than it is kept; return how many rows. On a database of the role omd_relay."""

    async def purge(tx: Transaction) -> int:
        return await queries.purge(
            tx, log_before=now - LOG_KEPT, keys_before=now - KEYS_KEPT, effects_before=now - KEYS_KEPT
        )

    return await db.write(None, purge)
