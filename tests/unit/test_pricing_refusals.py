"""A stay that is not sold says every reason, with who set it and when."""

from datetime import date, timedelta
from decimal import Decimal
from typing import get_args

import pytest
from msgspec.structs import replace

from omd.features.rates.pricing import (
    HOTEL,
    UNRESTRICTED,
    Conditions,
    NightRate,
    Occupancy,
    Reason,
    Restrictions,
    Source,
    explain,
    inherited,
    merge,
    restrictions_of,
)
from omd.features.rates.pricing.reasons import SENTENCES, Code
from support.pricing_world import (
    DOUBLE,
    FLEX,
    FRIDAY,
    SATURDAY,
    THURSDAY,
    answer,
    codes,
    every_night,
    priced,
    reasons,
    stay,
)

PLAN = Source("plan", "FLEX")
SUNDAY = SATURDAY + timedelta(days=1)


def test_friday_needs_three_nights_by_stay_through_but_not_by_arrival() -> None:
    """Thursday to Saturday, two nights, where Friday says three: the worked example of Beds24."""
    by_arrival = {FRIDAY: restrictions_of(PLAN, min_stay_arrival=3)}
    assert priced(answer(stay(THURSDAY, 2), restrictions=by_arrival)).total == Decimal("240.00")
    through = {FRIDAY: restrictions_of(PLAN, min_stay_through=3)}
    refused = reasons(answer(stay(THURSDAY, 2), restrictions=through))
    assert refused == (Reason("min_stay_through", PLAN, FRIDAY, 3, 2),)
    assert explain(refused[0]) == "Friday 12 March 2027 needs 3 nights, the stay has 2 (plan FLEX)."
    assert codes(answer(stay(FRIDAY, 2), restrictions=by_arrival)) == ["min_stay_arrival"]
    assert priced(answer(stay(THURSDAY, 3), restrictions=through)).total == Decimal("360.00")


@pytest.mark.parametrize(("field", "nights"), [("max_stay_through", 3), ("min_stay_through", 1)])
def test_stay_through_ends_with_the_last_night_unless_the_plan_counts_the_departure(field: str, nights: int) -> None:
    through = {SATURDAY: restrictions_of(PLAN, **{field: 2})}
    asked = stay(SATURDAY - timedelta(days=nights), nights)
    assert priced(answer(asked, restrictions=through)).total == 120 * nights
    assert codes(answer(asked, replace(FLEX, through_departure=True), restrictions=through)) == [field]


def test_closed_to_departure_is_looked_at_on_the_day_of_departure() -> None:
    closed = {SATURDAY: restrictions_of(PLAN, closed_to_departure=True)}
    assert reasons(answer(stay(THURSDAY, 2), restrictions=closed)) == (Reason("closed_to_departure", PLAN, SATURDAY),)
    assert priced(answer(stay(THURSDAY, 3), restrictions=closed)).total == Decimal("360.00")
    assert priced(answer(stay(THURSDAY, 1), restrictions=closed)).total == Decimal("120.00")


def test_closed_to_arrival_is_looked_at_on_the_day_of_arrival() -> None:
    closed = {FRIDAY: restrictions_of(PLAN, closed_to_arrival=True)}
    assert codes(answer(stay(FRIDAY, 2), restrictions=closed)) == ["closed_to_arrival"]
    assert priced(answer(stay(THURSDAY, 2), restrictions=closed)).total == Decimal("240.00")


def test_a_closed_departure_day_is_no_closed_night() -> None:
    closed = {SATURDAY: restrictions_of(HOTEL, closed=True)}
    assert priced(answer(stay(THURSDAY, 2), restrictions=closed)).total == Decimal("240.00")
    assert codes(answer(stay(THURSDAY, 3), restrictions=closed)) == ["closed"]


@pytest.mark.parametrize(
    ("least", "most", "refused"), [(10, 10, []), (11, 99, ["min_advance"]), (0, 9, ["max_advance"])]
)
def test_advance_is_counted_from_the_booking_to_the_arrival(least: int, most: int, refused: list[str]) -> None:
    """Booked on 1 March for 11 March: ten days ahead. Other dates of the stay have no say."""
    said = {THURSDAY: restrictions_of(HOTEL, min_advance=least, max_advance=most)}
    conditions = replace(FLEX, conditions=Conditions(min_advance=least, max_advance=most))
    for answered in (answer(stay(THURSDAY, 2), restrictions=said), answer(stay(THURSDAY, 2), conditions)):
        assert (codes(answered) if refused else priced(answered).total) == (refused or Decimal("240.00"))
    assert priced(answer(stay(THURSDAY - timedelta(days=1), 2), restrictions=said)).total == Decimal("240.00")


def test_how_far_ahead_is_said_in_days() -> None:
    soon, late = Reason("min_advance", HOTEL, THURSDAY, 3, 1), Reason("max_advance", HOTEL, THURSDAY, 1, 9)
    assert explain(soon) == "It must be booked 3 days ahead, the arrival is in 1 day (hotel)."
    assert explain(late) == "It may be booked 1 day ahead at most, the arrival is in 9 days (hotel)."


@pytest.mark.parametrize(("nights", "broken", "kept"), [(2, "min_stay_arrival", HOTEL), (6, "max_stay_through", PLAN)])
def test_a_minimum_above_a_maximum_names_who_set_either(nights: int, broken: str, kept: Source) -> None:
    """Whoever is told that two nights are too few would ask for five, and be told that these are too many."""
    said = merge(restrictions_of(PLAN, min_stay_arrival=5), restrictions_of(HOTEL, max_stay_through=3))
    found = reasons(answer(stay(FRIDAY, nights), restrictions={FRIDAY: said}))
    assert [each.code for each in found] == (
        [broken, "least_above_most"] if nights == 2 else ["least_above_most", broken]
    )
    (told,) = (each for each in found if each.code == "least_above_most")
    assert told == Reason("least_above_most", kept, FRIDAY, 5, 3)
    named = "hotel" if kept == HOTEL else "plan FLEX"
    assert explain(told) == f"No stay fits Friday 12 March 2027: at least 5 and at most 3 are asked for ({named})."


def test_who_does_not_arrive_on_a_date_is_bound_by_what_holds_through_it() -> None:
    said = merge(
        restrictions_of(PLAN, min_stay_arrival=9, min_stay_through=3), restrictions_of(HOTEL, max_stay_through=2)
    )
    found = reasons(answer(stay(THURSDAY, 2), restrictions={FRIDAY: said}))
    assert [(each.code, each.limit, each.actual) for each in found] == [
        ("min_stay_through", 3, 2),
        ("least_above_most", 3, 2),
    ]
    fitting = merge(restrictions_of(PLAN, min_stay_through=2), restrictions_of(HOTEL, max_stay_through=2))
    assert priced(answer(stay(THURSDAY, 2), restrictions={FRIDAY: fitting})).total == Decimal("240.00")


def test_all_reasons_are_given_at_once() -> None:
    restrictions = {
        THURSDAY: restrictions_of(HOTEL, closed_to_arrival=True, min_stay_arrival=5),
        FRIDAY: restrictions_of(Source("room_type", "DBL"), closed=True),
        SATURDAY: restrictions_of(PLAN, closed_to_departure=True),
    }
    rates = every_night()
    del rates[FRIDAY]
    answered = answer(stay(THURSDAY, 2, booked_on=THURSDAY), rates=rates, restrictions=restrictions)
    assert reasons(answered) == (
        Reason("closed_to_arrival", HOTEL, THURSDAY),
        Reason("min_stay_arrival", HOTEL, THURSDAY, 5, 2),
        Reason("closed", Source("room_type", "DBL"), FRIDAY),
        Reason("closed_to_departure", PLAN, SATURDAY),
        Reason("not_priced", PLAN, FRIDAY),
    )


def test_400_guests_are_one_reason_and_not_one_a_night() -> None:
    assert reasons(answer(stay(THURSDAY, 7, 400))) == (
        Reason("too_many_guests", Source("room_type", "DBL"), limit=4, actual=400),
    )
    assert codes(answer(stay(THURSDAY, 7, 200, *[5] * 200))) == ["too_many_guests"]


def test_a_party_that_is_too_small() -> None:
    family = Occupancy(room_type="FAM", min_guests=3, standard=4, max_guests=6)
    assert codes(answer(stay(THURSDAY, 1, 2), occupancy=family)) == ["too_few_guests"]
    assert codes(answer(stay(THURSDAY, 1, 0, 5))) == ["too_few_adults"]


def test_more_children_than_the_room_takes() -> None:
    room = replace(DOUBLE, max_children=1)
    assert codes(answer(stay(THURSDAY, 1, 2, 5, 6), occupancy=room)) == ["too_many_children"]
    assert priced(answer(stay(THURSDAY, 1, 2, 5), occupancy=room)).total == Decimal("140.00")


def test_a_child_older_than_every_bracket() -> None:
    """Brackets end at 14 and adults begin at 18: a child of 15 has no price, and nobody guesses one."""
    refused = reasons(answer(stay(THURSDAY, 3, 2, 15)))
    assert refused == (Reason("no_bracket_for_child", PLAN, actual=15),)
    assert explain(refused[0]) == "There is no price for a child of 15 (plan FLEX)."


def test_what_has_no_price_is_named_by_night() -> None:
    bare = NightRate(amounts=(Decimal(100), None))
    rates = {**every_night(), FRIDAY: bare}
    assert codes(answer(stay(THURSDAY, 2, 2), rates=rates)) == ["not_priced_for_so_many"]
    assert priced(answer(stay(THURSDAY, 2, 1), rates=rates)).total == 200
    answered = answer(stay(THURSDAY, 2, 3, 5), rates=rates)
    assert codes(answered) == ["not_priced_for_so_many", "no_price_for_extra_adult", "no_price_for_child"]
    assert {reason.on for reason in reasons(answered)} == {FRIDAY}


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        (Conditions(children=False), ["no_children"]),
        (Conditions(min_child_age=6), ["child_too_young"]),
        (Conditions(max_child_age=5), ["child_too_old"]),
        (Conditions(min_child_age=5, max_child_age=6), []),
        (Conditions(min_adults=3), ["too_few_adults"]),
        (Conditions(max_adults=1), ["too_many_adults"]),
        (Conditions(min_children=2), ["too_few_children"]),
        (Conditions(max_children=0), ["too_many_children"]),
        (Conditions(min_nights=3), ["min_nights"]),
        (Conditions(max_nights=1), ["max_nights"]),
        (Conditions(arrival_weekdays=frozenset({5})), ["arrival_weekday"]),
        (Conditions(departure_weekdays=frozenset({3})), ["departure_weekday"]),
        (Conditions(arrival_weekdays=frozenset({3}), departure_weekdays=frozenset({5})), []),
    ],
)
def test_what_a_plan_asks_of_everybody(conditions: Conditions, expected: list[str]) -> None:
    """Two adults and a child of five from Thursday to Saturday."""
    answered = answer(stay(THURSDAY, 2, 2, 5), replace(FLEX, conditions=conditions))
    assert (codes(answered) if expected else priced(answered).total) == (expected or Decimal("280.00"))


def test_the_most_restrictive_wins_and_keeps_its_source() -> None:
    hotel = restrictions_of(HOTEL, min_stay_through=2, max_stay_through=7, closed_to_arrival=True)
    plan = restrictions_of(PLAN, min_stay_through=3, max_stay_through=9, closed_to_arrival=True)
    merged = merge(hotel, plan)
    assert merged.min_stay_through is not None
    assert merged.max_stay_through is not None
    assert (merged.min_stay_through.value, merged.min_stay_through.source) == (3, PLAN)
    assert (merged.max_stay_through.value, merged.max_stay_through.source) == (7, HOTEL)
    assert merged.closed_to_arrival == HOTEL
    assert merge() == UNRESTRICTED


def test_what_says_nothing_restricts_nothing() -> None:
    assert restrictions_of(PLAN, closed=False, min_stay_through=None) == UNRESTRICTED
    with pytest.raises(TypeError):
        restrictions_of(PLAN, minimum=3)


def test_a_child_plan_inherits_the_fields_it_chose() -> None:
    parent = merge(
        restrictions_of(PLAN, closed=True, min_stay_through=3),
        restrictions_of(Source("parent_plan", "BASE"), max_stay_through=9),
    )
    taken = inherited(parent, {"min_stay_through", "max_stay_through"})
    assert taken == merge(
        restrictions_of(Source("parent_plan", "FLEX"), min_stay_through=3),
        restrictions_of(Source("parent_plan", "BASE"), max_stay_through=9),
    )
    assert inherited(parent, set()) == UNRESTRICTED
    assert inherited(parent, {"closed"}) == Restrictions(closed=Source("parent_plan", "FLEX"))


@pytest.mark.parametrize("code", get_args(Code))
def test_every_reason_has_its_sentence(code: Code) -> None:
    said = explain(Reason(code, Source("plan_type", "FLEX for DBL"), date(2027, 3, 12), 1, 2))
    assert said.endswith("(plan FLEX for DBL).")
    assert "None" not in said
    assert "{" not in said
    assert SENTENCES.keys() == set(get_args(Code))
