"""Worked examples of the price rule, one a rule."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from msgspec.structs import replace

from omd.features.rates.pricing import (
    HOTEL,
    Bracket,
    FamilyOffer,
    FreeNights,
    NightRate,
    Occupancy,
    Payers,
    Priced,
    Rounding,
    Supplement,
    what_would_work,
)
from omd.features.rates.pricing.restrictions import restrictions_of
from omd.features.rates.pricing.rounding import MODES
from omd.kernel.dates import StayDates
from support.pricing_world import (
    DOUBLE,
    FLEX,
    FRIDAY,
    RATE,
    SATURDAY,
    THURSDAY,
    answer,
    codes,
    every_night,
    priced,
    stay,
)

PERSON = replace(FLEX, code="BOARD", basis="person")
WEEKLY = NightRate(amounts=(Decimal("420.00"), Decimal("560.00")), unit_nights=7, season=1)


def total(answered: Priced) -> str:
    nights, on_top = [line.amount for line in answered.nights], [line.amount for line in answered.supplements]
    assert answered.total == sum(nights + on_top)
    return str(answered.total)


def test_a_room_costs_what_it_says_for_so_many_adults() -> None:
    assert total(priced(answer(stay(THURSDAY, 2, 1)))) == "200.00"
    assert total(priced(answer(stay(THURSDAY, 2, 2)))) == "240.00"


def test_a_price_by_person_is_paid_by_each_adult() -> None:
    assert total(priced(answer(stay(THURSDAY, 2, 2), PERSON))) == "480.00"


def test_a_child_makes_the_price_by_person_that_of_two_but_pays_its_own() -> None:
    """One adult and a child share the double: the adult pays as one of two, the child by its age."""
    assert total(priced(answer(stay(THURSDAY, 1, 1, 5), PERSON))) == "140.00"


def test_adults_above_the_standard_are_extra_and_children_pay_by_age() -> None:
    night = priced(answer(stay(THURSDAY, 1, 3, 5))).nights[0]
    assert (night.base, night.extra_adults, night.amount) == (Decimal(120), Decimal(50), Decimal(190))
    assert [(line.bracket, line.count, line.amount) for line in night.children] == [(Bracket(3, 7), 1, Decimal(20))]


@pytest.mark.parametrize(("age", "price"), [(0, "120.00"), (2, "120.00"), (3, "140.00"), (6, "140.00"), (13, "150.00")])
def test_the_first_year_of_a_bracket_is_in_it_and_the_last_is_not(age: int, price: str) -> None:
    assert total(priced(answer(stay(THURSDAY, 1, 2, age)))) == price


def test_who_is_grown_pays_as_an_adult() -> None:
    assert priced(answer(stay(THURSDAY, 1, 2, 18))).nights[0].extra_adults == Decimal(50)
    assert codes(answer(stay(THURSDAY, 1, 2, 18), replace(FLEX, grown_children="refused"))) == ["child_is_adult"]


def test_full_payers_are_the_oldest_children() -> None:
    """A single adult with three children fills up the standard of two with the oldest of them."""
    paid = priced(answer(stay(THURSDAY, 1, 1, 4, 12, 8), replace(PERSON, full_payers=True)))
    assert paid.payers == Payers(2, (4, 8), 0)
    assert total(paid) == "290.00"


def test_where_few_children_fit_more_of_the_party_pay_in_full() -> None:
    """Of four guests two may be children, so two pay in full although the standard is three."""
    room = Occupancy(room_type="FAM", standard=3, max_guests=4, max_children=2)
    rates = every_night(replace(RATE, amounts=(Decimal(100), Decimal(120), Decimal(130))))
    paid = priced(answer(stay(THURSDAY, 1, 1, 5, 6, 9), replace(PERSON, full_payers=True), room, rates))
    assert paid.payers == Payers(2, (5, 6), 0)
    assert total(paid) == "300.00"


def test_the_youngest_stays_free_where_enough_children_come() -> None:
    family = replace(FLEX, family=FamilyOffer(max_age=10, min_count=2, free=1))
    assert priced(answer(stay(THURSDAY, 1, 2, 5, 8), family)).payers == Payers(2, (8,), 1)
    assert priced(answer(stay(THURSDAY, 1, 2, 5), family)).payers == Payers(2, (5,), 0)
    assert priced(answer(stay(THURSDAY, 1, 2, 5, 11), family)).payers == Payers(2, (5, 11), 0)


def test_a_free_child_still_makes_the_price_by_person_that_of_two() -> None:
    family = replace(PERSON, family=FamilyOffer(max_age=10, min_count=1, free=1))
    assert total(priced(answer(stay(THURSDAY, 1, 1, 5), family))) == "120.00"


@pytest.mark.parametrize(
    ("nights", "pattern", "free"),
    [
        (6, None, []),
        (7, None, [6]),
        (15, None, [14]),
        (6, "PPPPPPF", []),
        (13, "PPPPPPF", [6]),
        (15, "PPPPPPF", [6, 13]),
        (7, "FPPPPPP", [0]),
    ],
)
def test_seven_nights_for_six(nights: int, pattern: str | None, free: list[int]) -> None:
    paid = priced(answer(stay(THURSDAY, nights), replace(FLEX, free_nights=FreeNights(7, 1, pattern))))
    assert [number for number, line in enumerate(paid.nights) if line.free] == free
    assert paid.total == 120 * (nights - len(free))


def test_a_week_sold_as_one_has_no_free_night() -> None:
    """Ten nights are a week and three nights charged together; only a night on its own can be free."""
    terms = replace(FLEX, free_nights=FreeNights(7, 1))
    assert not any(line.free for line in priced(answer(stay(THURSDAY, 10), terms, rates=every_night(WEEKLY))).nights)
    alone = priced(answer(stay(THURSDAY, 8), terms, rates=every_night(WEEKLY)))
    assert [number for number, line in enumerate(alone.nights) if line.free] == [7]


def test_a_week_begins_anew_with_a_season() -> None:
    """Of eight nights one is in the first season and seven in the second, so the first is on its own."""
    rates = {**every_night(replace(WEEKLY, season=2)), THURSDAY: WEEKLY}
    terms = replace(FLEX, free_nights=FreeNights(8, 8))
    paid = priced(answer(stay(THURSDAY, 8), terms, rates=rates))
    assert [number for number, line in enumerate(paid.nights) if line.free] == [0]


def test_a_weekly_price_counts_by_sevenths() -> None:
    assert total(priced(answer(stay(THURSDAY, 7), rates=every_night(WEEKLY)))) == "560.00"
    assert total(priced(answer(stay(THURSDAY, 10), rates=every_night(WEEKLY)))) == "800.00"


@pytest.mark.parametrize(
    ("mode", "whole", "nights"),
    [
        ("half_up", "42.86", ["14.29", "14.29", "14.28"]),
        ("half_even", "42.86", ["14.29", "14.29", "14.28"]),
        ("down", "42.85", ["14.29", "14.28", "14.28"]),
        ("up", "42.86", ["14.29", "14.29", "14.28"]),
    ],
)
def test_three_sevenths_of_a_hundred_are_shared_to_the_cent(mode: str, whole: str, nights: list[str]) -> None:
    """100 / 7 = 14.2857...; three of them are 42.857..."""
    rate = NightRate(amounts=(Decimal(100),), unit_nights=7)
    chosen = next(each for each in MODES if each == mode)
    paid = priced(answer(stay(THURSDAY, 3, 1), rates=every_night(rate), rounding=Rounding(chosen)))
    assert (total(paid), [str(line.amount) for line in paid.nights]) == (whole, nights)


@pytest.mark.parametrize(
    ("charge", "on_top"),
    [
        ("night", ["10.00", "10.00", "10.00"]),
        ("person_night", ["30.00", "30.00", "30.00"]),
        ("stay", ["10.00"]),
        ("person_stay", ["30.00"]),
        ("once", ["10.00"]),
    ],
)
def test_what_a_supplement_is_charged_by(charge: str, on_top: list[str]) -> None:
    """Two adults and a child pay, three nights."""
    extra = Supplement(code="X", charge="night", amount=Decimal("10.00"))
    terms = replace(FLEX, supplements=(replace(extra, charge=charge),))
    assert [str(line.amount) for line in priced(answer(stay(THURSDAY, 3, 2, 5), terms)).supplements] == on_top


def test_a_supplement_of_the_stay_is_paid_for_the_part_it_covers() -> None:
    """A stay of three nights, two of them in the period: two thirds of 10.00."""
    cleaning = Supplement(code="CLEAN", charge="stay", amount=Decimal("10.00"), until=SATURDAY)
    assert total(priced(answer(stay(THURSDAY, 3), replace(FLEX, supplements=(cleaning,))))) == "366.67"


def test_a_supplement_has_its_days_and_its_room_types() -> None:
    weekend = Supplement(code="WE", charge="night", amount=Decimal("15.00"), weekdays=frozenset({4, 5}))
    elsewhere = Supplement(code="SEA", charge="night", amount=Decimal("99.00"), room_types=("SEA",))
    paid = priced(answer(stay(THURSDAY, 4), replace(FLEX, supplements=(weekend, elsewhere))))
    assert [(line.code, line.date) for line in paid.supplements] == [("WE", FRIDAY), ("WE", SATURDAY)]


def test_what_is_charged_once_is_so_across_its_periods() -> None:
    early = Supplement(code="POOL", charge="once", amount=Decimal("9.90"), until=FRIDAY)
    late = replace(early, since=FRIDAY, until=None, amount=Decimal("12.00"))
    for supplements in ((early, late), (late, early)):
        paid = priced(answer(stay(THURSDAY, 3), replace(FLEX, supplements=supplements)))
        assert [(line.date, line.amount) for line in paid.supplements] == [(THURSDAY, Decimal("9.90"))]


def test_a_free_night_has_no_supplement_of_the_night() -> None:
    terms = replace(
        FLEX,
        free_nights=FreeNights(3, 1),
        supplements=(
            Supplement(code="TAX", charge="person_night", amount=Decimal(5)),
            Supplement(code="CLEAN", charge="stay", amount=Decimal(40)),
        ),
    )
    paid = priced(answer(stay(THURSDAY, 3), terms))
    on_top = sorted((line.code, int(line.amount)) for line in paid.supplements)
    assert on_top == [("CLEAN", 40), ("TAX", 10), ("TAX", 10)]


def test_a_discount_may_bring_a_stay_to_nothing_and_no_further() -> None:
    free = Supplement(code="GIFT", charge="night", amount=Decimal(-120))
    assert total(priced(answer(stay(THURSDAY, 2), replace(FLEX, supplements=(free,))))) == "0.00"
    dearer = replace(free, amount=Decimal("-120.01"))
    assert codes(answer(stay(THURSDAY, 2), replace(FLEX, supplements=(dearer,)))) == ["below_zero"]


def test_a_price_below_zero_is_refused_by_its_night() -> None:
    rates = {**every_night(), FRIDAY: replace(RATE, amounts=(Decimal(-1), Decimal(-1)))}
    assert codes(answer(stay(THURSDAY, 2), rates=rates)) == ["below_zero"]
    cheap_child = {**every_night(), FRIDAY: replace(RATE, children=(Decimal(-1), Decimal(0), Decimal(0)))}
    assert codes(answer(stay(THURSDAY, 2, 2, 1), rates=cheap_child)) == ["below_zero"]
    assert total(priced(answer(stay(THURSDAY, 2, 2, 5), rates=cheap_child))) == "260.00"


def test_a_free_price_is_a_price() -> None:
    rate = replace(RATE, amounts=(Decimal(0), Decimal(0)))
    assert total(priced(answer(stay(THURSDAY, 2), rates=every_night(rate)))) == "0"


def test_the_nearest_dates_come_first() -> None:
    """Friday is closed: the days around it work, the same length first, none before the day of booking."""
    restrictions = {FRIDAY: restrictions_of(HOTEL, closed=True)}
    asked = stay(THURSDAY, 2, booked_on=THURSDAY - timedelta(days=1))
    assert codes(answer(asked, restrictions=restrictions)) == ["closed"]
    found = [
        (suggestion.dates, suggestion.priced.total)
        for suggestion in what_would_work(asked, FLEX, DOUBLE, every_night(), restrictions, within=2)
    ]
    assert found[0] == (StayDates(THURSDAY, FRIDAY), Decimal("120.00"))
    assert (StayDates(SATURDAY, SATURDAY + timedelta(days=2)), Decimal("240.00")) in found
    assert all(dates.arrival >= asked.booked_on for dates, _ in found)
    assert all(not dates.arrival <= FRIDAY < dates.departure for dates, _ in found)


def test_a_minimum_stay_is_met_by_a_longer_one() -> None:
    restrictions = {
        THURSDAY + timedelta(days=each): restrictions_of(HOTEL, min_stay_arrival=3) for each in range(-9, 9)
    }
    found = list(what_would_work(stay(THURSDAY, 2), FLEX, DOUBLE, every_night(), restrictions, within=1))
    assert [suggestion.dates.nights for suggestion in found] == [3, 3, 4]
    assert found[0].dates == StayDates(THURSDAY, date(2027, 3, 14))
