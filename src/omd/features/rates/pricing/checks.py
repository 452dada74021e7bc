"""What forbids a stay by its dates: the plan's conditions and the restrictions of each date."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from omd.features.rates.pricing.model import PlanTerms, StayQuestion
from omd.features.rates.pricing.reasons import Code, Reason, Source
from omd.features.rates.pricing.restrictions import Bound, Restrictions


def check_conditions(question: StayQuestion, terms: PlanTerms) -> Iterator[Reason]:
    """Yield what the plan says against the length, the weekdays and the advance of the stay."""
    dates, conditions = question.dates, terms.conditions
    plan = Source("plan", terms.code)
    nights, advance = dates.nights, (dates.arrival - question.booked_on).days
    bounds: tuple[tuple[Code, int | None, Code, int | None, int], ...] = (
        ("min_nights", conditions.min_nights, "max_nights", conditions.max_nights, nights),
        ("min_advance", conditions.min_advance, "max_advance", conditions.max_advance, advance),
    )
    for too_little, least, too_much, most, has in bounds:
        if least is not None and has < least:
            yield Reason(too_little, plan, limit=least, actual=has)
        if most is not None and has > most:
            yield Reason(too_much, plan, limit=most, actual=has)
    if conditions.arrival_weekdays is not None and dates.arrival.weekday() not in conditions.arrival_weekdays:
        yield Reason("arrival_weekday", plan, dates.arrival)
    if conditions.departure_weekdays is not None and dates.departure.weekday() not in conditions.departure_weekdays:
        yield Reason("departure_weekday", plan, dates.departure)


def check_restrictions(
    question: StayQuestion,
    nights: Sequence[date],
    restrictions: Mapping[date, Restrictions],
    *,
    through_departure: bool,
) -> Iterator[Reason]:
    """Yield what the restrictions of the arrival, of each night and of the departure day say against the stay."""
    dates = question.dates
    first, last = restrictions.get(dates.arrival), restrictions.get(dates.departure)
    if first is not None:
        yield from _arrival(first, question)
        if nights:
            yield from _contradicting(*_bounds_of_stay(first), dates.arrival, len(nights))
    for night in nights:
        said = restrictions.get(night)
        if said is not None:
            if said.closed is not None:
                yield Reason("closed", said.closed, night)
            if said.min_stay_through is not None or said.max_stay_through is not None:
                yield from _through(said, night, len(nights))
                if night != dates.arrival:
                    yield from _contradicting(said.min_stay_through, said.max_stay_through, night, len(nights))
    if last is not None:
        if last.closed_to_departure is not None:
            yield Reason("closed_to_departure", last.closed_to_departure, dates.departure)
        if through_departure:
            yield from _through(last, dates.departure, len(nights))


def _arrival(said: Restrictions, question: StayQuestion) -> Iterator[Reason]:
    arrival, nights = question.dates.arrival, question.dates.nights
    if said.closed_to_arrival is not None:
        yield Reason("closed_to_arrival", said.closed_to_arrival, arrival)
    yield from _least("min_stay_arrival", said.min_stay_arrival, arrival, nights)
    yield from _most("max_stay_arrival", said.max_stay_arrival, arrival, nights)
    if said.min_advance is not None or said.max_advance is not None:
        advance = (arrival - question.booked_on).days
        yield from _least("min_advance", said.min_advance, arrival, advance)
        yield from _most("max_advance", said.max_advance, arrival, advance)
        yield from _contradicting(said.min_advance, said.max_advance, arrival, advance)


def _through(said: Restrictions, day: date, nights: int) -> Iterator[Reason]:
    yield from _least("min_stay_through", said.min_stay_through, day, nights)
    yield from _most("max_stay_through", said.max_stay_through, day, nights)


def _bounds_of_stay(said: Restrictions) -> tuple[Bound | None, Bound | None]:
    """Return the largest minimum and the smallest maximum of the nights of a stay that arrives on a date."""
    least = [each for each in (said.min_stay_arrival, said.min_stay_through) if each is not None]
    most = [each for each in (said.max_stay_arrival, said.max_stay_through) if each is not None]
    return (
        max(least, key=lambda each: each.value, default=None),
        min(most, key=lambda each: each.value, default=None),
    )


def _contradicting(least: Bound | None, most: Bound | None, day: date, has: int) -> Iterator[Reason]:
    """Yield that no stay fits a date, and who set the bound that this one keeps: it breaks the other anyway."""
    if least is not None and most is not None and least.value > most.value:
        kept = most if has < least.value else least
        yield Reason("least_above_most", kept.source, day, least.value, most.value)


def _least(code: Code, bound: Bound | None, day: date, has: int) -> Iterator[Reason]:
    if bound is not None and has < bound.value:
        yield Reason(code, bound.source, day, bound.value, has)


def _most(code: Code, bound: Bound | None, day: date, has: int) -> Iterator[Reason]:
    if bound is not None and has > bound.value:
        yield Reason(code, bound.source, day, bound.value, has)
