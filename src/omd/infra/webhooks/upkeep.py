"""What is thrown away of webhooks: the log of attempts, and deliveries that ended, after a month."""

from datetime import datetime, timedelta

from omd.db import Database, Transaction
from omd.infra.webhooks import work_queries

KEPT = timedelta(days=30)


async def purge_webhooks(db: Database, *, now: datetime) -> int:
    """Throw away what is older than it is kept; return how many rows. On a database of the role omd_maintenance."""

    async def purge(tx: Transaction) -> int:
        ended = await work_queries.purge_deliveries(tx, now - KEPT)
        return ended + await work_queries.purge_attempts(tx, now - KEPT)

    return await db.write(None, purge)
