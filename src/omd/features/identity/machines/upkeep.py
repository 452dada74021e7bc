"""OAuth tokens live for minutes; here those that are over go."""

from datetime import datetime

from omd.db import Database, Transaction
from omd.features.identity.machines import queries

BATCH = 5_000


async def purge_tokens(db: Database, *, now: datetime) -> int:
    """Delete the OAuth tokens that have expired and return how many; `db` acts in the role omd_maintenance.

    One transaction a batch, so that a large backlog holds no lock for long.
    """

    async def purge_batch(tx: Transaction) -> int:
        return await queries.purge_oauth_tokens(tx, before=now, batch=BATCH)

    purged = 0
    while True:
        batch = await db.write(None, purge_batch)
        purged += batch
        if batch < BATCH:
            return purged
