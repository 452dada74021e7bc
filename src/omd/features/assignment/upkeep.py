"""Plans are proposals of a day: those nobody applied go soon, the others when nobody asks for them any more."""

from datetime import datetime, timedelta

from omd.db import Database
from omd.features.assignment import queries

PROPOSALS_KEPT = timedelta(days=14)
"""A plan that was not applied is of a house that has changed since; it is outdated within hours."""

APPLIED_KEPT = timedelta(days=400)
"""What a plan did to stays stands in their nights and events, which are kept as long as stays are."""


async def purge_plans(db: Database, *, now: datetime) -> int:
    """Forget plans that are over and return how many; `db` acts in the role omd_maintenance."""
    proposed_before, applied_before = now - PROPOSALS_KEPT, now - APPLIED_KEPT
    return await db.write_in_batches(
        None, lambda tx, most: queries.purge_plans(tx, proposed_before, applied_before, most=most)
    )
