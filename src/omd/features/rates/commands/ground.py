"""What every change of prices stands on: the hotel's own plans, room types and dates, and what it is told as."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date

import msgspec

from omd.db import Transaction
from omd.features.inventory import Business, RoomType, get_business, list_room_types, record_events
from omd.features.rates import queries
from omd.features.rates.errors import PricesNotPossible
from omd.features.rates.model import RatePlanId
from omd.features.rates.queries import Hotel, PricePlan
from omd.features.rates.spans import Bounds, Overlap, Spread
from omd.kernel.actor import Actor
from omd.kernel.clock import Clock
from omd.kernel.errors import FieldProblem, NotFound
from omd.kernel.ids import BusinessId, RoomTypeId

MOST_DATES = 100_000
"""Prices, restrictions or quotas that one change may put, counted by plan, room type and date."""

MOST_PROBLEMS = 100


class Ground(msgspec.Struct, frozen=True):
    """A hotel whose prices nobody else changes now, with its plans and room types by id."""

    hotel: Hotel
    business: Business
    bounds: Bounds
    plans: Mapping[int, PricePlan]
    types: Mapping[int, RoomType]

    def named(self, plan_id: int | None, type_id: int | None) -> str:
        """Return a plan and a room type in words; None is every one."""
        plan = "every plan" if plan_id is None else f"plan {self.plans[plan_id].code}"
        kind = "every room type" if type_id is None else f"room type {self.types[type_id].code}"
        return f"{plan}, {kind}"


async def stand(tx: Transaction, actor: Actor, business_id: BusinessId, clock: Clock) -> Ground:
    """Keep every other change of the hotel's prices waiting, and return what this one stands on."""
    await queries.lock_rates(tx, business_id)
    hotel = Hotel(actor.omd_id, business_id)
    business = await get_business(tx, actor.omd_id, business_id)
    if business is None:
        raise NotFound(f"There is no hotel {business_id}.")
    plans: dict[int, PricePlan] = {each.id: each for each in await queries.list_price_plans(tx, hotel)}
    types: dict[int, RoomType] = {each.id: each for each in await list_room_types(tx, actor.omd_id, business_id)}
    return Ground(hotel, business, Bounds.of(business.date_now(clock)), plans, types)


def unknown_types(ground: Ground, type_ids: Sequence[int], at: str) -> Iterator[FieldProblem]:
    """Yield the room types that the hotel has not, and those named twice."""
    for index, each in enumerate(type_ids):
        if each not in ground.types:
            said = f"This hotel has no room type {each}."
            yield FieldProblem(f"{at}/{index}", "unknown_room_type", said)
        elif each in type_ids[:index]:
            yield FieldProblem(f"{at}/{index}", "named_twice", "This room type is named twice.")


def unknown_plans(ground: Ground, plan_ids: Sequence[int], at: str, *, roots_alone: bool) -> Iterator[FieldProblem]:
    """Yield the plans that the hotel has not, does not sell, or that have no rates of their own."""
    for index, each in enumerate(plan_ids):
        plan = ground.plans.get(each)
        if plan is None:
            said = f"This hotel has no rate plan {each}."
            yield FieldProblem(f"{at}/{index}", "unknown_rate_plan", said)
        elif each in plan_ids[:index]:
            yield FieldProblem(f"{at}/{index}", "named_twice", "This rate plan is named twice.")
        elif plan.is_retired:
            yield FieldProblem(f"{at}/{index}", "rate_plan_retired", f"The plan {plan.code} is retired.")
        elif roots_alone and plan.is_derived:
            said = f"The plan {plan.code} is derived and has no rates of its own; price its root."
            yield FieldProblem(f"{at}/{index}", "rate_plan_derived", said)


def currency_problems(ground: Ground, currency: str) -> Iterator[FieldProblem]:
    """Yield that prices are not in the hotel's currency."""
    if currency != ground.business.currency:
        said = f"This hotel sells in {ground.business.currency}, these prices are in {currency}."
        yield FieldProblem("/currency", "currency_differs", said)


def too_many(dates: int, at: str) -> Iterator[FieldProblem]:
    """Yield that a change means more dates than one may."""
    if dates > MOST_DATES:
        said = f"These are {dates:,} dates, counted by plan and room type; one change may put {MOST_DATES:,}."
        yield FieldProblem(at, "too_many_dates", said)


def told_overlap(ground: Ground, overlap: Overlap, names: tuple[str, str], thing: str, at: str) -> FieldProblem:
    """Return the problem that two parts of a change mean the same date; `names` say which two."""
    first, others = ground.bounds.first_of(overlap.bits), overlap.bits.bit_count() - 1
    more = f" and on {others} more" if others else ""
    said = (
        f"{names[1]} overlaps {names[0]}: {thing}, on {first}{more}. Give one of them other dates or days of the week."
    )
    return FieldProblem(f"{at}/{overlap.later}", "seasons_overlap", said)


def require_possible(problems: Iterable[FieldProblem]) -> None:
    """Raise `PricesNotPossible` naming every problem there is, 100 at most."""
    found = tuple(problems)[:MOST_PROBLEMS]
    if found:
        raise PricesNotPossible(found)


def extent(spreads: Iterable[Spread]) -> tuple[date, date]:
    """Return the first date that some spreads mean, and the first after the last."""
    seen = list(spreads)
    return min(min(each.starts) for each in seen), max(max(each.ends) for each in seen)


async def tell(
    tx: Transaction,
    actor: Actor,
    business_id: BusinessId,
    what: str,
    *,
    plan_ids: Iterable[int] | None = None,
    type_ids: Iterable[int] | None = None,
    dates: tuple[date, date] | None = None,
) -> None:
    """Put on record that prices changed, so that what was known of them is read anew; None is every one."""
    data = {
        "what": what,
        "rate_plan_ids": None if plan_ids is None else [RatePlanId(each) for each in sorted(set(plan_ids))],
        "room_type_ids": None if type_ids is None else [RoomTypeId(each) for each in sorted(set(type_ids))],
        "starts_on": dates[0] if dates else None,
        "ends_on": dates[1] if dates else None,
    }
    await record_events(tx, actor.omd_id, actor.label, "rates.changed", [(business_id, data)])
