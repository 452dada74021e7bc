"""Putting quotas: how many rooms an agency or channel may sell."""

from itertools import product

from omd.db import Transaction
from omd.features.rates import queries
from omd.features.rates.by_date import Changed, QuotasChange
from omd.features.rates.commands.ground import (
    extent,
    require_possible,
    stand,
    tell,
    told_overlap,
    too_many,
    unknown_types,
)
from omd.features.rates.spans import overlaps, spread
from omd.kernel.actor import Actor
from omd.kernel.clock import Clock
from omd.kernel.errors import FieldProblem
from omd.kernel.ids import BusinessId


async def set_quotas(
    tx: Transaction, actor: Actor, business_id: BusinessId, change: QuotasChange, *, clock: Clock
) -> Changed:
    """Put quotas, in one statement; raise `PricesNotPossible` naming all that is wrong."""
    ground = await stand(tx, actor, business_id, clock)
    spreads = []
    problems: list[FieldProblem] = []
    for index, entry in enumerate(change.quotas):
        found, wrong = spread(entry, ground.bounds, f"/quotas/{index}")
        spreads.append(found)
        problems += [*wrong, *unknown_types(ground, entry.room_type_ids, f"/quotas/{index}/room_type_ids")]
    dates = sum(each.days * len(entry.room_type_ids) for each, entry in zip(spreads, change.quotas, strict=True))
    problems += too_many(dates, "/quotas")
    if not problems:
        things = [list(product([entry.agency], entry.room_type_ids)) for entry in change.quotas]
        parts = [(each.bits, of) for each, of in zip(spreads, things, strict=True)]
        for overlap in overlaps(parts):
            names = (f"entry {overlap.earlier}", f"Entry {overlap.later}")
            agency = change.quotas[overlap.later].agency
            problems.append(told_overlap(ground, overlap, names, f"agency {agency}", "/quotas"))
    require_possible(problems)
    told = [
        {
            "agency": entry.agency,
            "room_type_ids": entry.room_type_ids,
            "rooms": entry.rooms,
            "starts": each.starts,
            "ends": each.ends,
            "weekdays": each.weekdays,
        }
        for entry, each in zip(change.quotas, spreads, strict=True)
    ]
    changed = await queries.put_quotas(tx, ground.hotel, told)
    if changed:
        types = [each for entry in change.quotas for each in entry.room_type_ids]
        await tell(tx, actor, business_id, "quotas", type_ids=types, dates=extent(spreads))
    return Changed(dates, changed)
