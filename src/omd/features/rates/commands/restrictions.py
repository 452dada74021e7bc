"""Putting restrictions: what keeps dates from being sold, at the level at which it is said."""

from collections.abc import Iterator, Sequence
from itertools import product

from msgspec import UNSET

from omd.db import Transaction
from omd.features.rates import queries
from omd.features.rates.by_date import (
    Contradiction,
    Restricting,
    RestrictionsChange,
    RestrictionsChanged,
    Saying,
)
from omd.features.rates.commands.ground import (
    MOST_PROBLEMS,
    Ground,
    extent,
    require_possible,
    stand,
    tell,
    told_overlap,
    too_many,
    unknown_plans,
    unknown_types,
)
from omd.features.rates.model import RESTRICTION_FIELDS
from omd.features.rates.spans import Spread, overlaps, spread
from omd.kernel.actor import Actor
from omd.kernel.clock import Clock
from omd.kernel.dates import StayDates
from omd.kernel.errors import FieldProblem
from omd.kernel.ids import BusinessId

_LIMITS = (
    ("min_stay_arrival", "max_stay_arrival"),
    ("min_stay_through", "max_stay_through"),
    ("min_advance", "max_advance"),
)


async def set_restrictions(
    tx: Transaction, actor: Actor, business_id: BusinessId, change: RestrictionsChange, *, clock: Clock
) -> RestrictionsChanged:
    """Put restrictions, in one statement; raise `PricesNotPossible` naming all that is wrong.

    What an entry leaves out stays as it is; a date of which nothing is said any more is forgotten. A minimum above a
    maximum that another entry or level says is put all the same, and told.
    """
    ground = await stand(tx, actor, business_id, clock)
    spreads, problems = [], []
    for index, entry in enumerate(change.restrictions):
        found, wrong = spread(entry, ground.bounds, f"/restrictions/{index}")
        spreads.append(found)
        problems += [*wrong, *_problems(ground, entry, f"/restrictions/{index}")]
    levels = [list(_levels(entry)) for entry in change.restrictions]
    dates = sum(each.days * len(of) for each, of in zip(spreads, levels, strict=True))
    problems += too_many(dates, "/restrictions")
    if not problems:
        problems += _overlap_problems(ground, spreads, levels)
    require_possible(problems)
    told = [_told(entry, each) for entry, each in zip(change.restrictions, spreads, strict=True)]
    changed = await queries.put_restrictions(tx, ground.hotel, told)
    if changed:
        # At the level of the whole hotel every plan is meant, and every room type.
        plans = [plan for of in levels for plan, _ in of]
        types = [kind for of in levels for _, kind in of]
        await tell(
            *(tx, actor, business_id, "restrictions"),
            plan_ids=None if None in plans else [each for each in plans if each is not None],
            type_ids=None if None in types else [each for each in types if each is not None],
            dates=extent(spreads),
        )
    return RestrictionsChanged(dates, changed, await _contradictions(tx, ground, change, spreads, levels))


async def _contradictions(
    tx: Transaction,
    ground: Ground,
    change: RestrictionsChange,
    spreads: Sequence[Spread],
    levels: Sequence[list[tuple[int | None, int | None]]],
) -> list[Contradiction]:
    bounding = [at for at, entry in enumerate(change.restrictions) if _bounds(entry)]
    if not bounding:
        return []
    first, end = extent(spreads[at] for at in bounding)
    meant = {level for at in bounding for level in levels[at]}
    rows = await queries.list_contradictions(
        tx, ground.hotel, StayDates(first, end), sorted(meant, key=str), most=MOST_PROBLEMS
    )
    return [_contradiction(ground, row) for row in rows]


def _contradiction(ground: Ground, row: queries.ContradictionRow) -> Contradiction:
    least = Saying(row.least, row.at_least, row.least_plan_id, row.least_type_id)
    most = Saying(row.most, row.at_most, row.most_plan_id, row.most_type_id)
    low, high = (f"{each.value} ({ground.named(each.rate_plan_id, each.room_type_id)})" for each in (least, most))
    when = f"{row.first_date}" if row.dates == 1 else f"{row.dates} dates from {row.first_date} to {row.last_date}"
    said = f"On {when} no stay fits: {row.least} is {low}, {row.most} is {high}. Lower the one or raise the other."
    return Contradiction(
        said, row.rate_plan_ids, row.room_type_id, row.first_date, row.last_date, row.dates, least, most
    )


def _bounds(entry: Restricting) -> bool:
    """Say whether an entry puts a minimum or a maximum."""
    return any(isinstance(getattr(entry, name), int) for pair in _LIMITS for name in pair)


def _levels(entry: Restricting) -> Iterator[tuple[int | None, int | None]]:
    none: list[int | None] = [None]
    yield from product(entry.rate_plan_ids or none, entry.room_type_ids or none)


def _problems(ground: Ground, entry: Restricting, at: str) -> Iterator[FieldProblem]:
    yield from unknown_plans(ground, entry.rate_plan_ids or [], f"{at}/rate_plan_ids", roots_alone=False)
    yield from unknown_types(ground, entry.room_type_ids or [], f"{at}/room_type_ids")
    if all(getattr(entry, name) is UNSET for name in RESTRICTION_FIELDS):
        said = f"Nothing is said. Give one of {', '.join(RESTRICTION_FIELDS)}, or null to take it away."
        yield FieldProblem(at, "nothing_said", said)
    for least, most in _LIMITS:
        low, high = getattr(entry, least), getattr(entry, most)
        if isinstance(low, int) and isinstance(high, int) and low > high:
            said = f"At least {low} and at most {high}: nothing could be sold. To sell nothing, say closed."
            yield FieldProblem(f"{at}/{most}", "least_above_most", said)


def _overlap_problems(
    ground: Ground, spreads: Sequence[Spread], levels: Sequence[list[tuple[int | None, int | None]]]
) -> Iterator[FieldProblem]:
    named = {level: ground.named(*level) for of in levels for level in of}
    for overlap in overlaps([(each.bits, of) for each, of in zip(spreads, levels, strict=True)]):
        names = (f"entry {overlap.earlier}", f"Entry {overlap.later}")
        said = next(said for level, said in named.items() if level == overlap.of)
        yield told_overlap(ground, overlap, names, said, "/restrictions")


def _told(entry: Restricting, dates: Spread) -> dict[str, object]:
    touched = {name: getattr(entry, name) for name in RESTRICTION_FIELDS if getattr(entry, name) is not UNSET}
    # A flag is raised or says nothing: no narrower level could lift it anyway.
    said: dict[str, object] = {name: None if value is False else value for name, value in touched.items()}
    return {
        "rate_plan_ids": entry.rate_plan_ids,
        "room_type_ids": entry.room_type_ids,
        "starts": dates.starts,
        "ends": dates.ends,
        "weekdays": dates.weekdays,
        "touched": list(said),
        "emptied": [name for name, value in said.items() if value is None],
        **said,
    }
