"""What is thrown away of tickets: photos, so long after they were closed as their hotel says."""

from datetime import datetime

from omd.db import Database
from omd.features.audit import DEFAULT_DAYS
from omd.features.identity import list_omds, system_actor
from omd.features.maintenance import queries
from omd.kernel.ids import OmdId

_LABEL = "retention"


async def purge_photos(db: Database, omd_id: OmdId, *, now: datetime) -> int:
    """Throw away photos older than they are kept; return how many. On a database of the role omd_maintenance."""
    actor = await system_actor(db, omd_id, label=_LABEL)
    return await db.write_in_batches(
        actor,
        lambda tx, most: queries.purge_photos(tx, omd_id, days=DEFAULT_DAYS["ticket_photos"], now=now, most=most),
    )


async def purge_all_photos(db: Database, *, now: datetime) -> int:
    """Do `purge_photos` for every destination; return how many. For the daily upkeep."""
    async with db.reading(None) as tx:
        omds = await list_omds(tx)
    return sum([await purge_photos(db, omd.id, now=now) for omd in omds])
