"""What would work instead: the nearest dates and lengths that the same plan and type do sell."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta

import msgspec
from msgspec.structs import replace

from omd.features.rates.pricing.model import NightRate, Occupancy, PlanTerms, Priced, StayQuestion
from omd.features.rates.pricing.price import price_stay
from omd.features.rates.pricing.restrictions import Restrictions
from omd.features.rates.pricing.rounding import CENTS, Rounding
from omd.kernel.dates import MAX_NIGHTS, StayDates


class Suggestion(msgspec.Struct, frozen=True):
    """Other dates for the same party, and what they cost."""

    dates: StayDates
    priced: Priced


def what_would_work(
    question: StayQuestion,
    terms: PlanTerms,
    occupancy: Occupancy,
    rates: Mapping[date, NightRate],
    restrictions: Mapping[date, Restrictions],
    rounding: Rounding = CENTS,
    *,
    within: int = 14,
) -> Iterator[Suggestion]:
    """Yield stays near the one asked for that are sold, the nearest first, the dates asked for left out.

    Nearest is the fewest days by which arrival and departure differ in all, then the same length, then the longer,
    then the later; neither differs by more than `within` days and no arrival is before the day of booking. `rates`
    and `restrictions` must hold the dates around; who also knows what is free takes the first that is.
    """
    for dates in near_dates(question, within):
        priced = price_stay(replace(question, dates=dates), terms, occupancy, rates, restrictions, rounding)
        if isinstance(priced, Priced):
            yield Suggestion(dates, priced)


def near_dates(question: StayQuestion, within: int) -> Iterator[StayDates]:
    """Yield the dates near those asked for, in the order of `what_would_work`, whether they are sold or not."""
    asked = question.dates
    shifts = range(-within, within + 1)
    # By how many days the arrival and the departure are moved.
    moves = [(first, last) for first in shifts for last in shifts if (first, last) != (0, 0)]
    moves.sort(key=lambda move: (abs(move[0]) + abs(move[1]), move[0] != move[1], move[0] - move[1], -move[0]))
    for first, last in moves:
        dates = StayDates(asked.arrival + timedelta(days=first), asked.departure + timedelta(days=last))
        if dates.arrival >= question.booked_on and 1 <= dates.nights <= MAX_NIGHTS:
            yield dates
