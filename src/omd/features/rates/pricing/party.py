"""Who of a party pays what: is it let in, who counts as an adult, who stays free."""

from collections.abc import Iterator

from omd.features.rates.pricing.model import Conditions, FamilyOffer, Occupancy, Party, Payers, PlanTerms
from omd.features.rates.pricing.reasons import Code, Reason, Source


def charge_party(party: Party, terms: PlanTerms, occupancy: Occupancy) -> tuple[Payers, list[Reason]]:
    """Return how the party is charged, and every reason why the room type or the plan does not take it."""
    plan = Source("plan", terms.code)
    grown = [age for age in party.children if terms.adult_from is not None and age >= terms.adult_from]
    reasons = list(_guests(party, occupancy))
    if terms.grown_children == "refused":
        reasons += [Reason("child_is_adult", plan, limit=terms.adult_from, actual=age) for age in grown]
    else:
        children = tuple(age for age in party.children if age not in grown)
        party = Party(party.adults + len(grown), children)
    reasons += _conditions(party, terms.conditions, plan)
    adults, young = _full_payers(party, terms, occupancy)
    if adults < 1:
        reasons.append(Reason("too_few_adults", plan, limit=1, actual=adults))
    most = occupancy.max_children
    if most is not None and len(young) > most:
        source = Source("room_type", occupancy.room_type)
        reasons.append(Reason("too_many_children", source, limit=most, actual=len(young)))
    free = _free_children(young, terms.family)
    return Payers(adults, tuple(young[free:]), free), reasons


def _guests(party: Party, occupancy: Occupancy) -> Iterator[Reason]:
    guests = party.adults + len(party.children)
    source = Source("room_type", occupancy.room_type)
    if guests < occupancy.min_guests:
        yield Reason("too_few_guests", source, limit=occupancy.min_guests, actual=guests)
    if guests > occupancy.max_guests:
        yield Reason("too_many_guests", source, limit=occupancy.max_guests, actual=guests)
    if occupancy.max_adults is not None and party.adults > occupancy.max_adults:
        yield Reason("too_many_adults", source, limit=occupancy.max_adults, actual=party.adults)


def _conditions(party: Party, conditions: Conditions, plan: Source) -> Iterator[Reason]:
    count = len(party.children)
    if count and not conditions.children:
        yield Reason("no_children", plan, limit=0, actual=count)
    for age in party.children:
        if conditions.min_child_age is not None and age < conditions.min_child_age:
            yield Reason("child_too_young", plan, limit=conditions.min_child_age, actual=age)
        if conditions.max_child_age is not None and age >= conditions.max_child_age:
            yield Reason("child_too_old", plan, limit=conditions.max_child_age, actual=age)
    least: tuple[tuple[Code, int | None, int], ...] = (
        ("too_few_adults", conditions.min_adults, party.adults),
        ("too_few_children", conditions.min_children, count),
    )
    most: tuple[tuple[Code, int | None, int], ...] = (
        ("too_many_adults", conditions.max_adults, party.adults),
        ("too_many_children", conditions.max_children, count),
    )
    yield from (
        Reason(code, plan, limit=limit, actual=has) for code, limit, has in least if limit is not None and has < limit
    )
    yield from (
        Reason(code, plan, limit=limit, actual=has) for code, limit, has in most if limit is not None and has > limit
    )


def _full_payers(party: Party, terms: PlanTerms, occupancy: Occupancy) -> tuple[int, list[int]]:
    """Return the adults and the ages of the children, youngest first, after the oldest children fill up the adults."""
    young = sorted(party.children)
    if not terms.full_payers:
        return party.adults, young
    payers = occupancy.standard
    if occupancy.max_children is not None:
        payers = min(payers, occupancy.max_guests - occupancy.max_children)
    moved = min(len(young), max(0, payers - party.adults))
    return party.adults + moved, young[: len(young) - moved]


def _free_children(young: list[int], family: FamilyOffer | None) -> int:
    """Return how many of the children, the youngest first, stay free."""
    if family is None:
        return 0
    under = sum(age < family.max_age for age in young)
    return min(family.free, under) if under >= family.min_count else 0
