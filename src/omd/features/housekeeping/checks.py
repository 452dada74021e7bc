"""What must hold of the condition of rooms on any live database; `omd check` reports the answers."""

from omd.db import ReadTransaction, load_statements
from omd.features.availability import Breach, Verdict, check_invariant
from omd.kernel.ids import OmdId

__all__ = ["INVARIANTS", "Breach", "check_rooms"]

INVARIANTS = tuple(load_statements("omd.features.housekeeping", "checks.sql").values())
"""Each statement is one invariant: it returns the rows at odds with it, and its sentence says what must hold."""


async def check_rooms(tx: ReadTransaction, omd_id: OmdId, *, at_most: int = 10) -> list[Verdict]:
    """Check every invariant of the condition of rooms in one OMD; `tx` sees all its hotels and their guests."""
    return [await check_invariant(tx, each, omd_id=omd_id, at_most=at_most) for each in INVARIANTS]
