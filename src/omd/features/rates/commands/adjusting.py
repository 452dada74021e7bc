"""Raising and lowering the prices that are there: many dates, plans and room types at once, all of them or none."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import product

from omd.db import Transaction
from omd.features.rates import queries
from omd.features.rates.by_date import Adjusting, Changed, RatesAdjustment
from omd.features.rates.commands.ground import (
    Ground,
    currency_problems,
    extent,
    require_possible,
    stand,
    tell,
    told_overlap,
    too_many,
    unknown_plans,
    unknown_types,
)
from omd.features.rates.spans import Spread, overlaps, spread
from omd.kernel.actor import Actor
from omd.kernel.clock import Clock
from omd.kernel.errors import FieldProblem
from omd.kernel.ids import BusinessId

_AT = "/adjustments"


async def adjust_rates(
    tx: Transaction, actor: Actor, business_id: BusinessId, change: RatesAdjustment, *, clock: Clock
) -> Changed:
    """Change the prices that are there by a percentage and an amount.

    Raises `PricesNotPossible` naming all that is wrong; a price that would fall below zero, or grow longer than prices
    are kept, leaves all of them as they are.
    """
    ground = await stand(tx, actor, business_id, clock)
    spreads: list[Spread] = []
    problems = list(currency_problems(ground, change.currency))
    for index, each in enumerate(change.adjustments):
        found, wrong = spread(each, ground.bounds, f"{_AT}/{index}")
        spreads.append(found)
        problems += [*wrong, *_problems(ground, each, f"{_AT}/{index}")]
    things = [list(product(each.rate_plan_ids, each.room_type_ids)) for each in change.adjustments]
    dates = sum(each.days * len(of) for each, of in zip(spreads, things, strict=True))
    problems += too_many(dates, _AT)
    if not problems:
        problems += _overlap_problems(ground, spreads, things)
    require_possible(problems)
    told = [_told(each, dates) for each, dates in zip(change.adjustments, spreads, strict=True)]
    impossible = await queries.list_impossible_rates(tx, ground.hotel, told)
    require_possible(
        FieldProblem(
            f"{_AT}/{each.adjustment}",
            "price_out_of_range",
            f"The price of {ground.named(each.rate_plan_id, each.room_type_id)} on {each.date} would be {each.amount}. "
            "It is 0 at least, and has ten digits before the point at most: leave it out, or change it by less.",
        )
        for each in impossible
    )
    changed = await queries.adjust_rates(tx, ground.hotel, told)
    if changed:
        await tell(
            *(tx, actor, business_id, "rates"),
            plan_ids=(each for entry in change.adjustments for each in entry.rate_plan_ids),
            type_ids=(each for entry in change.adjustments for each in entry.room_type_ids),
            dates=extent(spreads),
        )
    return Changed(dates, changed)


def _problems(ground: Ground, entry: Adjusting, at: str) -> Iterator[FieldProblem]:
    yield from unknown_plans(ground, entry.rate_plan_ids, f"{at}/rate_plan_ids", roots_alone=True)
    yield from unknown_types(ground, entry.room_type_ids, f"{at}/room_type_ids")
    if Decimal(entry.percent) == 0 and Decimal(entry.amount) == 0:
        said = "Nothing is said. Give a percentage, an amount, or both; below zero for less."
        yield FieldProblem(at, "nothing_said", said)
    if Decimal(entry.percent) < -100:
        yield FieldProblem(f"{at}/percent", "negative_price", "More than all of a price cannot be taken off it.")
    if Decimal(entry.step) <= 0:
        yield FieldProblem(f"{at}/step", "step_not_positive", "Round to a step above zero, such as 0.01 or 5.")


def _overlap_problems(
    ground: Ground, spreads: Sequence[Spread], things: Sequence[list[tuple[int, int]]]
) -> Iterator[FieldProblem]:
    named = {thing: ground.named(*thing) for of in things for thing in of}
    for overlap in overlaps([(each.bits, of) for each, of in zip(spreads, things, strict=True)]):
        names = (f"adjustment {overlap.earlier}", f"Adjustment {overlap.later}")
        said = next(said for thing, said in named.items() if thing == overlap.of)
        yield told_overlap(ground, overlap, names, said, _AT)


def _told(entry: Adjusting, dates: Spread) -> dict[str, object]:
    return {
        "rate_plan_ids": entry.rate_plan_ids,
        "room_type_ids": entry.room_type_ids,
        "starts": dates.starts,
        "ends": dates.ends,
        "weekdays": dates.weekdays,
        "factor": str(1 + Decimal(entry.percent) / 100),
        "amount": entry.amount,
        "step": entry.step,
    }
