"""A small hotel to price stays in: one plan, one room type, the same price every night unless said otherwise."""

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal

from omd.features.rates.pricing import (
    CENTS,
    Bracket,
    NightRate,
    Occupancy,
    Party,
    PlanTerms,
    Priced,
    Reason,
    Refused,
    Restrictions,
    Rounding,
    StayQuestion,
    price_stay,
)
from omd.kernel.dates import StayDates

THURSDAY = date(2027, 3, 11)
FRIDAY = date(2027, 3, 12)
SATURDAY = date(2027, 3, 13)
BOOKED_ON = date(2027, 3, 1)

DOUBLE = Occupancy(room_type="DBL", min_guests=1, standard=2, max_guests=4)
BRACKETS = (Bracket(0, 3), Bracket(3, 7), Bracket(7, 14))
FLEX = PlanTerms(code="FLEX", basis="room", brackets=BRACKETS)
RATE = NightRate(
    amounts=(Decimal("100.00"), Decimal("120.00")),
    extra_adult=Decimal("50.00"),
    children=(Decimal("0.00"), Decimal("20.00"), Decimal("30.00")),
    season=1,
)


def stay(arrival: date, nights: int, adults: int = 2, *children: int, booked_on: date = BOOKED_ON) -> StayQuestion:
    dates = StayDates(arrival, arrival + timedelta(days=nights))
    return StayQuestion(dates, Party(adults, children), booked_on)


def every_night(rate: NightRate = RATE, since: date = BOOKED_ON, nights: int = 90) -> dict[date, NightRate]:
    return {since + timedelta(days=number): rate for number in range(nights)}


def answer(
    question: StayQuestion,
    terms: PlanTerms = FLEX,
    occupancy: Occupancy = DOUBLE,
    rates: Mapping[date, NightRate] | None = None,
    restrictions: Mapping[date, Restrictions] | None = None,
    rounding: Rounding = CENTS,
) -> Priced | Refused:
    return price_stay(
        question, terms, occupancy, every_night() if rates is None else rates, restrictions or {}, rounding
    )


def priced(answered: Priced | Refused) -> Priced:
    assert isinstance(answered, Priced), answered
    return answered


def reasons(answered: Priced | Refused) -> tuple[Reason, ...]:
    assert isinstance(answered, Refused), answered
    return answered.reasons


def codes(answered: Priced | Refused) -> list[str]:
    return [reason.code for reason in reasons(answered)]
