"""Rate plans: added, changed, retired."""

from collections.abc import Callable, Iterator
from datetime import date, datetime
from decimal import Decimal

import msgspec
from msgspec import UNSET

from omd.db import Transaction
from omd.features.inventory import get_business
from omd.features.rates import queries
from omd.features.rates.commands.ground import require_possible, tell
from omd.features.rates.errors import RatePlanRetired
from omd.features.rates.model import (
    NewRatePlan,
    PolicyId,
    PolicyKind,
    RatePlan,
    RatePlanChange,
    RatePlanId,
    StatedTerms,
    Terms,
    carried_over,
)
from omd.features.rates.queries import Hotel
from omd.kernel.actor import Actor
from omd.kernel.clock import Clock
from omd.kernel.errors import FieldProblem, NotFound
from omd.kernel.ids import BusinessId


async def create_plan(
    tx: Transaction, actor: Actor, business_id: BusinessId, wanted: NewRatePlan, *, now: datetime
) -> RatePlan:
    """Add a rate plan, a root one or one derived from another; all that is wrong with it is named at once.

    Raises `RatePlanTooDeep`, `RatePlanRetired` for its parent, `RateCodeTaken`.
    """
    await queries.lock_rates(tx, business_id)
    hotel = Hotel(actor.omd_id, business_id)
    parent = await _parent(tx, hotel, wanted.derivation.parent_plan_id if wanted.derivation else None)
    plan = RatePlan(
        id=RatePlanId(0),
        code=wanted.code,
        name=wanted.name.strip(),
        meals=wanted.meals,
        basis=wanted.basis or (parent.basis if parent else "room"),
        guarantee=wanted.guarantee,
        cancellation_policy_id=_policy_id(wanted.cancellation_policy_id),
        no_show_policy_id=_policy_id(wanted.no_show_policy_id),
        terms=wanted.terms if wanted.derivation else _whole(wanted.terms),
        brackets=wanted.brackets,
        derivation=wanted.derivation,
        sold_from=wanted.sold_from,
        sold_until=wanted.sold_until,
        retired_at=None,
        version=1,
    )
    await _require_sound(tx, hotel, plan, parent)
    added = await queries.add_plan(tx, hotel, plan, now)
    await tell(tx, actor, business_id, "plan", plan_ids=[added])
    return await get_plan(tx, hotel, added)


async def change_plan(
    tx: Transaction,
    actor: Actor,
    business_id: BusinessId,
    plan_id: int,
    wanted: RatePlanChange,
    *,
    expected: Callable[[int], None],
    clock: Clock,
) -> RatePlan:
    """Change what is said of a plan; `expected` is called with its version and raises when another was read.

    Raises `RatePlanCycle`, `RatePlanTooDeep`, `RatePlanHasRates` where it is to be derived, or its brackets stand
    behind prices of nights to come, and `RatePlanRetired`. A change of nothing leaves the version. Prices of children
    on past nights go over to the new brackets that hold the same ages, or some of them; what none holds is taken away.
    """
    await queries.lock_rates(tx, business_id)
    hotel = Hotel(actor.omd_id, business_id)
    before = await get_plan(tx, hotel, plan_id)
    expected(before.version)
    if before.retired_at is not None:
        raise RatePlanRetired(f"The plan {before.code} is retired, and stays as it was sold.")
    changes = {name: value for name, value in msgspec.structs.asdict(wanted).items() if value is not UNSET}
    if isinstance(changes.get("name"), str):
        changes["name"] = changes["name"].strip()
    plan: RatePlan = msgspec.structs.replace(before, **changes)
    if plan.derivation is None:
        plan = msgspec.structs.replace(plan, terms=_whole(plan.terms))
    parent = await _parent(tx, hotel, plan.derivation.parent_plan_id if plan.derivation else None)
    await _require_sound(tx, hotel, plan, parent)
    if plan == before:
        return before
    if plan.brackets == before.brackets:
        await queries.change_plan(tx, hotel, plan, with_brackets=False)
    else:
        past = await queries.take_past_children(tx, hotel, plan.id, await _business_date(tx, hotel, clock))
        await queries.change_plan(tx, hotel, plan, with_brackets=True)
        for each in past:
            carried = carried_over(each.children, before.brackets, plan.brackets)
            if carried:
                await queries.put_past_children(tx, hotel, plan.id, msgspec.structs.replace(each, children=carried))
    await tell(tx, actor, business_id, "plan", plan_ids=[plan.id])
    return await get_plan(tx, hotel, plan_id)


async def retire_plan(
    tx: Transaction,
    actor: Actor,
    business_id: BusinessId,
    plan_id: int,
    *,
    expected: Callable[[int], None],
    now: datetime,
) -> RatePlan:
    """Take a plan off sale for good, its prices stay; raise `RatePlanHasDerived` while others hang on it."""
    await queries.lock_rates(tx, business_id)
    hotel = Hotel(actor.omd_id, business_id)
    plan = await get_plan(tx, hotel, plan_id)
    expected(plan.version)
    if plan.retired_at is not None:
        return plan
    await queries.retire_plan(tx, hotel, plan.id, now)
    await tell(tx, actor, business_id, "plan", plan_ids=[plan.id])
    return await get_plan(tx, hotel, plan_id)


async def get_plan(tx: Transaction, hotel: Hotel, plan_id: int) -> RatePlan:
    """Return a plan of the hotel, or raise `NotFound`."""
    plan = await queries.find_plan(tx, hotel, plan_id)
    if plan is None:
        raise NotFound(f"This hotel has no rate plan {plan_id}.")
    return plan


async def _business_date(tx: Transaction, hotel: Hotel, clock: Clock) -> date:
    business = await get_business(tx, hotel.omd_id, hotel.business_id)
    assert business is not None, "it has a plan"
    return business.date_now(clock)


async def _parent(tx: Transaction, hotel: Hotel, parent_id: int | None) -> RatePlan | None:
    return None if parent_id is None else await queries.find_plan(tx, hotel, parent_id)


async def _require_sound(tx: Transaction, hotel: Hotel, plan: RatePlan, parent: RatePlan | None) -> None:
    problems = [*_problems(plan, parent), *_problems_of_terms(plan.terms.over(Terms()))]
    named: tuple[tuple[PolicyKind, int | None], ...] = (
        ("cancellation", plan.cancellation_policy_id),
        ("no_show", plan.no_show_policy_id),
    )
    for kind, policy_id in named:
        policy = None if policy_id is None else await queries.find_policy(tx, hotel, policy_id)
        if policy_id is not None and (policy is None or policy.kind != kind):
            said = f"This hotel has no {kind.replace('_', '-')} policy {policy_id}."
            problems.append(FieldProblem(f"/{kind}_policy_id", "unknown_policy", said))
    require_possible(problems)


def _problems(plan: RatePlan, parent: RatePlan | None) -> Iterator[FieldProblem]:
    if plan.sold_from and plan.sold_until and plan.sold_until <= plan.sold_from:
        said = "The end must be at least one day after the start."
        yield FieldProblem("/sold_until", "end_not_after_start", said)
    youngest = 0
    for index, bracket in enumerate(plan.brackets):
        at = f"/brackets/{index}"
        if bracket.until_age <= bracket.from_age:
            yield FieldProblem(f"{at}/until_age", "no_age", "The bracket holds no age: its end lies above its start.")
        if bracket.from_age < youngest:
            said = f"The bracket begins at {bracket.from_age}, below {youngest}, where the one before it ends."
            yield FieldProblem(f"{at}/from_age", "brackets_overlap", said)
        youngest = max(youngest, bracket.until_age)
    if plan.derivation is None:
        return
    at = "/derivation"
    if parent is None:
        said = f"This hotel has no rate plan {plan.derivation.parent_plan_id}."
        yield FieldProblem(f"{at}/parent_plan_id", "unknown_rate_plan", said)
    elif parent.basis != plan.basis:
        said = f"The parent {parent.code} prices by the {parent.basis}; a plan derived from it does too."
        yield FieldProblem("/basis", "basis_of_parent", said)
    if plan.brackets:
        yield FieldProblem("/brackets", "brackets_of_parent", "A derived plan has the brackets of its parent.")
    if Decimal(plan.derivation.step) <= 0:
        yield FieldProblem(f"{at}/step", "step_not_positive", "Round to a step above zero, such as 0.01 or 5.")


def _problems_of_terms(terms: Terms) -> Iterator[FieldProblem]:
    at = "/terms"
    for index, each in enumerate(terms.supplements):
        if each.amount.startswith("-"):
            said = f"The supplement {each.code} lies below zero; a discount is a derived plan."
            yield FieldProblem(f"{at}/supplements/{index}/amount", "negative_price", said)
        if each.since and each.until and each.until <= each.since:
            said = f"The supplement {each.code} covers no date: its end lies after its start."
            yield FieldProblem(f"{at}/supplements/{index}/until", "end_not_after_start", said)
        if any(each.code == other.code for other in terms.supplements[:index]):
            said = f"The supplement {each.code} is named twice."
            yield FieldProblem(f"{at}/supplements/{index}/code", "named_twice", said)
    offer = terms.free_nights
    if offer is not None and offer.free > offer.required:
        said = f"{offer.free} of {offer.required} nights cannot be free."
        yield FieldProblem(f"{at}/free_nights/free", "least_above_most", said)
    pattern = None if offer is None else offer.pattern
    if offer and pattern and (len(pattern) != offer.required or pattern.count("F") != offer.free):
        said = f"The pattern is to have {offer.required} letters, of which {offer.free} are F."
        yield FieldProblem(f"{at}/free_nights/pattern", "pattern_differs", said)
    if terms.family is not None and terms.family.free > terms.family.min_count:
        said = "More children would be free than there have to be."
        yield FieldProblem(f"{at}/family/free", "least_above_most", said)
    asked = terms.conditions
    limits = {
        "max_child_age": (asked.min_child_age, asked.max_child_age),
        "max_adults": (asked.min_adults, asked.max_adults),
        "max_children": (asked.min_children, asked.max_children),
        "max_nights": (asked.min_nights, asked.max_nights),
        "max_advance": (asked.min_advance, asked.max_advance),
    }
    for name, (low, high) in limits.items():
        if low is not None and high is not None and low > high:
            yield FieldProblem(f"{at}/conditions/{name}", "least_above_most", f"At least {low} and at most {high}.")


def _whole(terms: StatedTerms) -> StatedTerms:
    """Return the terms of a root plan, which has nobody to follow in what it leaves out."""
    return StatedTerms(**msgspec.structs.asdict(terms.over(Terms())))


def _policy_id(given: int | None) -> PolicyId | None:
    return None if given is None else PolicyId(given)
