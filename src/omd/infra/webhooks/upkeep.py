"""What is thrown away of webhooks: the log of attempts, deliveries that ended, and what a deleted one left."""

from datetime import datetime, timedelta

from omd.db import Database
from omd.infra.webhooks import work_queries

KEPT = timedelta(days=30)


async def purge_webhooks(db: Database, *, now: datetime, dead_kept: timedelta) -> int:
    """Throw away what is older than it is kept; return how many rows. On a database of the role omd_maintenance."""
    batches = db.write_in_batches
    return (
        await batches(None, lambda tx, most: work_queries.purge_deliveries(tx, "delivered", now - KEPT, most=most))
        + await batches(None, lambda tx, most: work_queries.purge_deliveries(tx, "dead", now - dead_kept, most=most))
        + await batches(None, lambda tx, most: work_queries.purge_attempts(tx, now - KEPT, most=most))
        + await batches(None, work_queries.bury_deliveries)
        + await batches(None, work_queries.bury_attempts)
        + await batches(None, work_queries.bury_subscriptions)
    )
