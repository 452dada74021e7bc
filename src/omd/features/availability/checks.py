"""What must hold of supply on any live database, asked of every row; `omd check` reports the answers."""

from collections.abc import Iterable
from datetime import date

import msgspec

from omd.db import ReadTransaction, Statement, load_statements
from omd.kernel.ids import OmdId

INVARIANTS = tuple(load_statements("omd.features.availability", "checks.sql").values())
"""Each statement is one invariant: it returns the rows at odds with it, and its sentence says what must hold."""


class Breach(msgspec.Struct, frozen=True):
    """One row at odds with an invariant, in words; `breaches` is how many there are in all, this one included."""

    breaches: int
    business_id: int | None
    date: date | None
    said: str


class Verdict(msgspec.Struct, frozen=True):
    """What was found of one invariant in one OMD; `first` are the first of its `breaches`."""

    invariant: str
    sentence: str
    breaches: int
    first: tuple[Breach, ...]


async def check_invariant(tx: ReadTransaction, invariant: Statement, **values: object) -> Verdict:
    """Look for rows at odds with an invariant.

    Each invariant is one statement, hence one snapshot: on a database at work no commit falls between the facts
    it compares. The statement is given those of the values that it names.
    """
    wanted = {name: values[name] for name in invariant.parameters}
    first = await tx.many(invariant, Breach, **wanted)
    return Verdict(invariant.name, invariant.sentence, first[0].breaches if first else 0, tuple(first))


async def check_supply(
    tx: ReadTransaction, omd_id: OmdId, *, at_most: int = 10, invariants: Iterable[Statement] = INVARIANTS
) -> list[Verdict]:
    """Check every invariant of supply in one OMD; `tx` sees all its hotels."""
    return [await check_invariant(tx, each, omd_id=omd_id, at_most=at_most) for each in invariants]
