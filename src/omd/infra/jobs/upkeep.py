"""What is thrown away of jobs that are done, and of those that were given up long ago."""

from datetime import datetime, timedelta

import structlog

from omd.db import Database
from omd.infra.jobs import queries

LOG_KEPT = timedelta(days=30)
KEYS_KEPT = timedelta(days=400)
"""A job must not be put in again under a name that was thrown away: longer than anything is caught up."""

_log = structlog.get_logger(__name__)


async def purge_jobs(db: Database, *, now: datetime, dead_kept: timedelta) -> int:
    """Throw away what is older than it is kept; return how many rows. On a database of the role omd_relay."""
    batches = db.write_in_batches
    forgotten = await batches(None, lambda tx, most: queries.purge_dead(tx, now - dead_kept, most=most))
    if forgotten:
        _log.warning("dead_jobs_forgotten", jobs=forgotten, kept_days=dead_kept.days)
    return (
        forgotten
        + await batches(None, lambda tx, most: queries.purge_log(tx, now - LOG_KEPT, most=most))
        + await batches(None, lambda tx, most: queries.purge_keys(tx, now - KEYS_KEPT, most=most))
        + await batches(None, lambda tx, most: queries.purge_effects(tx, now - KEYS_KEPT, most=most))
    )
