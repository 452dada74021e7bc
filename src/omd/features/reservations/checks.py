"""What must hold of demand, and of demand with supply, on any live database; `omd check` reports the answers."""

from collections.abc import Iterable
from datetime import datetime

from omd.db import ReadTransaction, Statement, load_statements
from omd.features.availability import Breach, Verdict, check_invariant
from omd.kernel.ids import OmdId

__all__ = ["INVARIANTS", "Breach", "check_demand"]

INVARIANTS = tuple(load_statements("omd.features.reservations", "checks.sql").values())
"""Each statement is one invariant: it returns the rows at odds with it, and its sentence says what must hold."""


async def check_demand(
    tx: ReadTransaction,
    omd_id: OmdId,
    *,
    now: datetime,
    at_most: int = 10,
    invariants: Iterable[Statement] = INVARIANTS,
) -> list[Verdict]:
    """Check every invariant of demand in one OMD; `tx` sees all its hotels and their guests."""
    return [await check_invariant(tx, each, omd_id=omd_id, now=now, at_most=at_most) for each in invariants]
