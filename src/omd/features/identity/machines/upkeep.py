"""OAuth tokens live for minutes; here those that are over go."""

from datetime import datetime

from omd.db import Database, Transaction
from omd.features.identity.machines import queries


async def purge_tokens(db: Database, *, now: datetime) -> int:
    """Delete the OAuth tokens that have expired and return how many; `db` acts in the role omd_maintenance."""

    async def purge(tx: Transaction, most: int) -> int:
        return await queries.purge_oauth_tokens(tx, before=now, batch=most)

    return await db.write_in_batches(None, purge)
