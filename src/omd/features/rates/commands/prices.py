"""Putting prices: many seasons, plans and room types at once, all of them or none."""

from collections.abc import Iterator, Sequence
from itertools import product

import msgspec

from omd.db import Transaction
from omd.features.rates import queries
from omd.features.rates.by_date import Changed, RatesChange, Season
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


async def set_rates(
    tx: Transaction, actor: Actor, business_id: BusinessId, change: RatesChange, *, clock: Clock
) -> Changed:
    """Put the prices of every season, in one statement; raise `PricesNotPossible` naming all that is wrong.

    What is put again as it stands changes nothing, and is told to nobody.
    """
    ground = await stand(tx, actor, business_id, clock)
    spreads, problems = _spreads(ground, change.seasons)
    problems += currency_problems(ground, change.currency)
    problems += [each for index, season in enumerate(change.seasons) for each in _problems(ground, season, index)]
    dates = sum(
        each.days * len(season.rate_plan_ids) * len(season.room_type_ids)
        for each, season in zip(spreads, change.seasons, strict=True)
    )
    problems += too_many(dates, "/seasons")
    if not problems:
        problems += _overlap_problems(ground, change.seasons, spreads)
    require_possible(problems)
    seasons = [_told(season, each) for season, each in zip(change.seasons, spreads, strict=True)]
    changed = await queries.put_rates(tx, ground.hotel, seasons)
    if changed:
        await tell(
            *(tx, actor, business_id, "rates"),
            plan_ids=(each for season in change.seasons for each in season.rate_plan_ids),
            type_ids=(each for season in change.seasons for each in season.room_type_ids),
            dates=extent(spreads),
        )
    return Changed(dates, changed)


def _spreads(ground: Ground, seasons: Sequence[Season]) -> tuple[list[Spread], list[FieldProblem]]:
    spreads, problems = [], []
    for index, season in enumerate(seasons):
        found, wrong = spread(season, ground.bounds, f"/seasons/{index}")
        spreads.append(found)
        problems += wrong
    return spreads, problems


def _problems(ground: Ground, season: Season, index: int) -> Iterator[FieldProblem]:
    at = f"/seasons/{index}"
    yield from unknown_plans(ground, season.rate_plan_ids, f"{at}/rate_plan_ids", roots_alone=True)
    yield from unknown_types(ground, season.room_type_ids, f"{at}/room_type_ids")
    amounts = season.amounts or []
    priced = [*((f"amounts/{n}", each) for n, each in enumerate(amounts)), ("extra_adult", season.extra_adult)]
    priced += [(f"children/{n}", each) for n, each in enumerate(season.children)]
    for name, amount in priced:
        if amount is not None and amount.startswith("-"):
            said = f"The price {amount} lies below zero. Give what the guest pays, 0 for nothing."
            yield FieldProblem(f"{at}/{name}", "negative_price", said)
    if season.amounts is None and (season.children or season.extra_adult is not None):
        said = "These prices are taken away (`amounts` is null): leave those of children and extra adults out."
        yield FieldProblem(f"{at}/amounts", "prices_taken_away", said)
    elif amounts and all(each is None for each in amounts):
        said = "No number of guests has a price. Give one, or null for `amounts` to take the prices away."
        yield FieldProblem(f"{at}/amounts", "no_price", said)
    for kind in (ground.types[each] for each in season.room_type_ids if each in ground.types):
        if len(amounts) > kind.max_occupancy:
            said = f"The room type {kind.code} holds {kind.max_occupancy} guests, and {len(amounts)} are priced."
            yield FieldProblem(f"{at}/amounts/{kind.max_occupancy}", "too_many_guests", said)
        elif len(amounts) > kind.standard_occupancy:
            said = (
                f"The price of room type {kind.code} holds {kind.standard_occupancy} guests, and {len(amounts)} are "
                "priced. Who comes above that pays `extra_adult`, or as a child."
            )
            yield FieldProblem(f"{at}/amounts/{kind.standard_occupancy}", "above_standard", said)
    for plan in (ground.plans[each] for each in season.rate_plan_ids if each in ground.plans):
        if len(season.children) > plan.brackets and not (plan.is_derived or plan.is_retired):
            said = f"The plan {plan.code} has {plan.brackets} brackets of ages, and {len(season.children)} are priced."
            yield FieldProblem(f"{at}/children/{plan.brackets}", "too_many_brackets", said)


def _overlap_problems(ground: Ground, seasons: Sequence[Season], spreads: Sequence[Spread]) -> Iterator[FieldProblem]:
    things = [list(product(season.rate_plan_ids, season.room_type_ids)) for season in seasons]
    parts = [(each.bits, of) for each, of in zip(spreads, things, strict=True)]
    pairs = {pair: ground.named(*pair) for of in things for pair in of}
    for overlap in overlaps(parts):
        names = (f"the season {seasons[overlap.earlier].name!r}", f"The season {seasons[overlap.later].name!r}")
        said = next(said for pair, said in pairs.items() if pair == overlap.of)
        yield told_overlap(ground, overlap, names, said, "/seasons")


def _told(season: Season, dates: Spread) -> dict[str, object]:
    """Return a season as the statement is told of it: what of it is a price, and its dates."""
    named = msgspec.structs.asdict(season)
    kept = ("rate_plan_ids", "room_type_ids", "amounts", "extra_adult", "children", "unit_nights")
    spans = {"starts": dates.starts, "ends": dates.ends, "weekdays": dates.weekdays}
    return {**{name: named[name] for name in kept}, **spans}
