"""The answers kept for retried requests are kept for a day; here the older ones go."""

from datetime import datetime, timedelta

from omd.db import Database, Transaction, load_statements

_SQL = load_statements("omd.infra", "kept_answers.sql")

KEPT_FOR = timedelta(hours=24)


async def purge_answers(db: Database, *, now: datetime) -> int:
    """Delete the answers older than 24 hours and return how many; `db` acts in the role omd_maintenance."""

    async def purge(tx: Transaction, most: int) -> int:
        return await tx.run(_SQL["purge_answers"], before=now - KEPT_FOR, batch=most)

    return await db.write_in_batches(None, purge)
