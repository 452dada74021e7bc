"""Months of the audit: made ahead, and taken away when every destination lets them go.

These functions are the edge themselves, on a database of the maintenance role.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from omd.db import Database
from omd.features.audit import queries
from omd.features.audit.model import DEFAULT_DAYS
from omd.features.identity import system_scope
from omd.kernel.ids import OmdId

_LABEL = "retention"


async def settle_audit_months(db: Database) -> int:
    """Make the missing months of the audit ahead and return how many; safe twice and at once with another."""
    return await db.write(None, queries.make_months)


async def keep_audit(db: Database, omds: Iterable[OmdId], *, now: datetime, dry_run: bool = False) -> tuple[str, ...]:
    """Take away the months older than any destination keeps; return their names, or what they would be.

    A month holds every destination's entries, so the one that keeps longest decides.
    """
    longest = DEFAULT_DAYS["audit"]
    days = []
    for omd_id in omds:
        async with db.reading(system_scope(omd_id, _LABEL)) as tx:
            days.append(await queries.find_longest_keeping(tx, omd_id, DEFAULT_DAYS["audit"]))
    before = (now - timedelta(days=max(days, default=longest))).date()
    if dry_run:
        async with db.reading(None) as tx:
            return tuple(await queries.list_old_months(tx, before))
    return tuple(await db.write(None, lambda tx: queries.drop_months(tx, before)))
