"""Reading prices: those of root plans as they are kept, those of a derived plan as they follow from them."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import groupby

from msgspec.structs import replace

from omd.db import ReadTransaction
from omd.features.rates import pricing, queries
from omd.features.rates.by_date import PricedDates, RateRow
from omd.features.rates.model import Derivation, RatePlan, RatePlanId
from omd.features.rates.queries import Hotel
from omd.kernel.dates import StayDates


async def read_rates(
    tx: ReadTransaction, hotel: Hotel, dates: StayDates, *, rate_plan_id: int | None, room_type_id: int | None
) -> list[PricedDates]:
    """Return the prices of all root plans on some dates, or of one plan, derived or not; and of one room type if asked.

    Prices of a derived plan are computed as offers have them: one below zero is never sold.
    """
    plan = None if rate_plan_id is None else await queries.find_plan(tx, hotel, rate_plan_id)
    lineage = [] if plan is None else await _lineage(tx, hotel, plan)
    root = lineage[0] if lineage else None
    of = rate_plan_id if root is None else root.id
    rows = await queries.list_rates(tx, hotel, dates, rate_plan_id=of, room_type_id=room_type_id)
    if plan is None or root is None or plan.derivation is None:
        return list(_columns(rows))
    chain = [_step(each.derivation) for each in lineage if each.derivation is not None]
    return [replace(each, derived_from=root.id) for each in _columns([_derived(row, plan.id, chain) for row in rows])]


async def _lineage(tx: ReadTransaction, hotel: Hotel, plan: RatePlan) -> list[RatePlan]:
    """Return a plan with its ancestors, the root first; the database keeps cycles and longer chains out."""
    lineage = [plan]
    while (derived := lineage[0].derivation) is not None and len(lineage) <= pricing.MAX_DEPTH:
        parent = await queries.find_plan(tx, hotel, derived.parent_plan_id)
        assert parent is not None, "a key refers to it"
        lineage.insert(0, parent)
    return lineage


def _step(derived: Derivation) -> pricing.Derivation:
    rounding = pricing.Rounding(derived.rounding, Decimal(derived.step))
    return pricing.Derivation(Decimal(derived.factor), Decimal(derived.amount), rounding)


def _derived(row: RateRow, plan_id: RatePlanId, chain: Sequence[pricing.Derivation]) -> RateRow:
    rate = pricing.NightRate(
        amounts=tuple(_amount(each) for each in row.amounts),
        extra_adult=row.extra_adult,
        children=tuple(_amount(each) for each in row.children),
    )
    found = pricing.derive_through(rate, chain)
    return replace(
        row,
        rate_plan_id=plan_id,
        extra_adult=found.extra_adult,
        amounts=[_text(each) for each in found.amounts],
        children=[_text(each) for each in found.children],
    )


def _amount(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _text(amount: Decimal | None) -> str | None:
    return None if amount is None else str(amount)


def _columns(rows: Sequence[RateRow]) -> Iterator[PricedDates]:
    for (plan_id, type_id), of in groupby(rows, lambda row: (row.rate_plan_id, row.room_type_id)):
        found = list(of)
        yield PricedDates(
            *(plan_id, type_id),
            dates=[each.date for each in found],
            season_from=[each.season_from for each in found],
            unit_nights=[each.unit_nights for each in found],
            extra_adult=[each.extra_adult for each in found],
            amounts=[each.amounts for each in found],
            children=[each.children for each in found],
        )
