"""The answers kept for retried requests are kept for a day; here the older ones go."""

from datetime import datetime, timedelta

from omd.db import Database, Transaction, load_statements

_SQL = load_statements("omd.infra", "kept_answers.sql")

KEPT_FOR = timedelta(hours=24)
BATCH = 5_000


async def purge_answers(db: Database, *, now: datetime) -> int:
    """Delete the answers older than 24 hours and return how many; `db` acts in the role omd_maintenance.

    One transaction a batch, so that a large backlog holds no lock for long.
    """

    async def purge_batch(tx: Transaction) -> int:
        return await tx.run(_SQL["purge_answers"], before=now - KEPT_FOR, batch=BATCH)

    purged = 0
    while True:
        batch = await db.write(None, purge_batch)
        purged += batch
        if batch < BATCH:
            return purged
