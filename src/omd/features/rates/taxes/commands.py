"""What may be done to localities and to the rules of taxes."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from omd.db import Transaction
from omd.features.rates.taxes import queries
from omd.features.rates.taxes.errors import begun
from omd.features.rates.taxes.model import OF_STAYS, KeptRule, Locality, TaxPlace, TaxRule
from omd.kernel.actor import Actor
from omd.kernel.errors import FieldProblem, InvalidInput, NotFound
from omd.kernel.ids import BusinessId

Expected = Callable[[int], None]
"""Raises `StaleVersion` for a version that is not the one the caller read."""


async def add_locality(tx: Transaction, actor: Actor, *, code: str, name: str) -> Locality:
    """Add a locality to the actor's destination; raise `LocalityTaken` for a code another one has."""
    return await queries.add_locality(tx, actor.omd_id, code=code, name=name)


async def rename_locality(
    tx: Transaction, actor: Actor, locality_id: int, name: str, *, expected: Expected
) -> Locality:
    """Give a locality another name; raise `NotFound` or `StaleVersion`."""
    standing = await queries.lock_locality(tx, actor.omd_id, locality_id)
    if standing is None:
        raise NotFound(f"There is no locality {locality_id}.")
    expected(standing.version)
    if standing.name == name:
        return standing
    return await queries.rename_locality(tx, actor.omd_id, locality_id, name)


async def set_locality(
    tx: Transaction, actor: Actor, business_id: BusinessId, locality_id: int | None
) -> Locality | None:
    """Say in which locality a hotel lies, None for none; raise `InvalidInput` for one that is not there."""
    if locality_id is None:
        await queries.take_hotel_out_of_locality(tx, actor.omd_id, business_id)
        return None
    locality = await queries.find_locality(tx, actor.omd_id, locality_id)
    if locality is None:
        raise _unknown_locality()
    await queries.put_hotel_into_locality(tx, actor.omd_id, business_id, locality_id)
    return locality


async def add_tax_rule(tx: Transaction, place: TaxPlace, rule: TaxRule, locality_id: int | None) -> KeptRule:
    """Add a rule to a hotel, or to a destination or one of its localities.

    One that begins in the past changes no bill that was made. Raises `InvalidInput`, `TaxRulesOverlap` or
    `TooManyTaxRules`.
    """
    require_sound(rule)
    if locality_id is not None and await queries.find_locality(tx, place.omd_id, locality_id) is None:
        raise _unknown_locality()
    rule_id = await queries.add_tax_rule(tx, place, locality_id, rule)
    return await _rule(tx, place, rule_id)


async def change_tax_rule(
    tx: Transaction, place: TaxPlace, rule_id: int, change: Mapping[str, Any], *, expected: Expected, now: datetime
) -> KeptRule:
    """Change terms of a rule: any of one that has not begun, of others the end alone, to today or later.

    Raises `NotFound`, `StaleVersion`, `InvalidInput`, `TaxRuleBegun` or `TaxRulesOverlap`. What changes nothing leaves
    the version.
    """
    standing = await _rule(tx, place, rule_id)
    expected(standing.version)
    wanted = msgspec.structs.replace(standing, **change)
    if wanted == standing:
        return standing
    require_sound(wanted)
    today = await queries.find_latest_date(tx, place, now) or now.date()
    if standing.since > today:
        await queries.change_tax_rule(tx, place.omd_id, rule_id, wanted)
        return await _rule(tx, place, rule_id)
    ends = [each for each in (standing.until, wanted.until) if each is not None]
    if msgspec.structs.replace(wanted, until=standing.until) != standing or min(ends) < today:
        raise begun(standing.code)
    await queries.end_tax_rule(tx, place.omd_id, rule_id, wanted.until)
    return await _rule(tx, place, rule_id)


async def delete_tax_rule(
    tx: Transaction, place: TaxPlace, rule_id: int, *, expected: Expected, now: datetime
) -> KeptRule:
    """Take a rule away that has not begun, and return it; raise `NotFound`, `StaleVersion` or `TaxRuleBegun`."""
    standing = await _rule(tx, place, rule_id)
    expected(standing.version)
    today = await queries.find_latest_date(tx, place, now) or now.date()
    if standing.since <= today:
        raise begun(standing.code)
    await queries.delete_tax_rule(tx, place.omd_id, rule_id)
    return standing


def require_sound(rule: TaxRule, *, at: str = "") -> None:
    """Raise `InvalidInput` naming every term of a rule that does not go with the others; `at` leads to the rule."""
    told: list[tuple[str, str, str]] = []
    if rule.until is not None and rule.until <= rule.since:
        told.append(("until", "end_not_after_start", "A rule ends at least one day after it begins."))
    if rule.is_percentage and rule.value > 100:
        told.append(("value", "more_than_all", "A percentage is at most 100."))
    if rule.kinds and not rule.is_percentage:
        told.append(("kinds", "not_of_charges", "Only a percentage is of charges of some kind."))
    if rule.min_age is not None and rule.max_age is not None and rule.min_age > rule.max_age:
        told.append(("max_age", "below_min_age", "The oldest who pay are not younger than the youngest."))
    if rule.max_nights is not None and rule.basis in OF_STAYS:
        told.append(("max_nights", "charged_once", "What is charged once a stay is of no number of nights."))
    if set(rule.spares_countries) & set(rule.only_countries):
        told.append(("only_countries", "spared_too", "A country that is spared is not among those that pay."))
    if told:
        problems = tuple(FieldProblem(f"{at}/{field}", code, said) for field, code, said in told)
        raise InvalidInput(f"{told[0][2]} Nothing was changed.", problems=problems)


def require_all_sound(rules: Sequence[TaxRule], *, at: str) -> None:
    """Raise `InvalidInput` for a rule that does not go with itself, or with one of its code before it in the list."""
    for number, rule in enumerate(rules):
        require_sound(rule, at=f"{at}/{number}")
        if any(each.code == rule.code and _meet(each, rule) for each in rules[:number]):
            said = "Two rules of one code never hold on the same day."
            raise InvalidInput(said, problems=(FieldProblem(f"{at}/{number}/since", "holds_already", said),))


def _meet(one: TaxRule, other: TaxRule) -> bool:
    return (one.until is None or other.since < one.until) and (other.until is None or one.since < other.until)


async def _rule(tx: Transaction, place: TaxPlace, rule_id: int) -> KeptRule:
    found = await queries.lock_tax_rule(tx, place, rule_id)
    if found is None:
        raise NotFound(f"There is no tax rule {rule_id}.")
    return found


def _unknown_locality() -> InvalidInput:
    said = "There is no such locality in this destination."
    return InvalidInput(said, problems=(FieldProblem("/locality_id", "unknown_locality", said),))
