"""What must hold of tickets on any live database; `omd check` reports the answers."""

from omd.db import ReadTransaction, load_statements
from omd.features.availability import Breach, Verdict, check_invariant
from omd.kernel.ids import OmdId

__all__ = ["INVARIANTS", "Breach", "check_tickets"]

INVARIANTS = tuple(load_statements("omd.features.maintenance", "checks.sql").values())
"""Each statement is one invariant: it returns the rows at odds with it, and its sentence says what must hold."""


async def check_tickets(tx: ReadTransaction, omd_id: OmdId, *, at_most: int = 10) -> list[Verdict]:
    """Check every invariant of tickets in one OMD; `tx` sees all its hotels."""
    return [await check_invariant(tx, each, omd_id=omd_id, at_most=at_most) for each in INVARIANTS]
