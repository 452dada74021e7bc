"""A rate plan's terms, as a hotel states them, in the form that prices are made from."""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from omd.features.rates import pricing
from omd.features.rates.model import WEEKDAYS, Basis, Conditions, Supplement, Terms, Weekday

_NUMBERS = {name: number for number, name in enumerate(WEEKDAYS)}


def plan_terms(code: str, basis: Basis, brackets: Iterable[tuple[int, int]], terms: Terms) -> pricing.PlanTerms:
    """Return what the price engine is handed of a plan; `brackets` are the ages `[from, until)` of its root."""
    family, free = terms.family, terms.free_nights
    return pricing.PlanTerms(
        code=code,
        basis=basis,
        brackets=tuple(pricing.Bracket(*ages) for ages in brackets),
        adult_from=terms.adult_from,
        grown_children=terms.grown_children,
        full_payers=terms.full_payers,
        family=None if family is None else pricing.FamilyOffer(family.max_age, family.min_count, family.free),
        free_nights=None if free is None else pricing.FreeNights(free.required, free.free, free.pattern),
        conditions=_conditions(terms.conditions),
        supplements=tuple(_supplement(each) for each in terms.supplements),
        through_departure=terms.through_departure,
    )


def _conditions(asked: Conditions) -> pricing.Conditions:
    return pricing.Conditions(
        children=asked.children,
        min_child_age=asked.min_child_age,
        max_child_age=asked.max_child_age,
        min_adults=asked.min_adults,
        max_adults=asked.max_adults,
        min_children=asked.min_children,
        max_children=asked.max_children,
        min_nights=asked.min_nights,
        max_nights=asked.max_nights,
        arrival_weekdays=_weekdays(asked.arrival_weekdays),
        departure_weekdays=_weekdays(asked.departure_weekdays),
        min_advance=asked.min_advance,
        max_advance=asked.max_advance,
    )


def _supplement(each: Supplement) -> pricing.Supplement:
    return pricing.Supplement(
        code=each.code,
        charge=each.charge,
        amount=Decimal(each.amount),
        since=each.since,
        until=each.until,
        weekdays=_weekdays(each.weekdays),
        kind=each.kind,
    )


def _weekdays(names: Sequence[Weekday]) -> pricing.Weekdays | None:
    return frozenset(_NUMBERS[name] for name in names) or None
