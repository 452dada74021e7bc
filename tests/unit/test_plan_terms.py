"""Whatever terms a plan can be kept with, the price engine takes them as they were said."""

from datetime import date
from decimal import Decimal
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from omd.features.rates import (
    Bracket,
    Conditions,
    FamilyOffer,
    FreeNights,
    PlanTerms,
    Priced,
    Refused,
    Supplement,
    Terms,
    plan_terms,
)
from omd.features.rates.model import WEEKDAYS
from support.pricing_world import THURSDAY, answer, stay

WHOLE: dict[str, Any] = {
    "adult_from": 16,
    "grown_children": "refused",
    "full_payers": True,
    "through_departure": True,
    "family": {"max_age": 6, "min_count": 2, "free": 1},
    "free_nights": {"required": 7, "free": 1, "pattern": "PPPPPPF"},
    "conditions": {
        "children": False,
        "min_child_age": 1,
        "max_child_age": 15,
        "min_adults": 2,
        "max_adults": 4,
        "min_children": 3,
        "max_children": 5,
        "min_nights": 6,
        "max_nights": 8,
        "arrival_weekdays": ["mon", "sun"],
        "departure_weekdays": ["fri"],
        "min_advance": 9,
        "max_advance": 90,
    },
    "supplements": [
        {
            "code": "HB",
            "name": "Half board",
            "charge": "person_night",
            "amount": "25.50",
            "since": "2027-05-01",
            "until": "2027-06-01",
            "weekdays": ["sat"],
            "kind": "meals",
        }
    ],
}


def read(terms: dict[str, Any]) -> PlanTerms:
    """Return the terms of a plan as the engine gets them."""
    return plan_terms("FLEX", "person", [(0, 6), (6, 15)], msgspec.convert(terms, Terms))


def test_every_term_gets_to_the_engine() -> None:
    assert read(WHOLE) == PlanTerms(
        code="FLEX",
        basis="person",
        brackets=(Bracket(0, 6), Bracket(6, 15)),
        adult_from=16,
        grown_children="refused",
        full_payers=True,
        family=FamilyOffer(max_age=6, min_count=2, free=1),
        free_nights=FreeNights(required=7, free=1, pattern="PPPPPPF"),
        conditions=Conditions(
            children=False,
            min_child_age=1,
            max_child_age=15,
            min_adults=2,
            max_adults=4,
            min_children=3,
            max_children=5,
            min_nights=6,
            max_nights=8,
            arrival_weekdays=frozenset({0, 6}),
            departure_weekdays=frozenset({4}),
            min_advance=9,
            max_advance=90,
        ),
        supplements=(
            Supplement(
                code="HB",
                charge="person_night",
                amount=Decimal("25.50"),
                since=date(2027, 5, 1),
                until=date(2027, 6, 1),
                weekdays=frozenset({5}),
                kind="meals",
            ),
        ),
        through_departure=True,
    )


def test_nothing_said_is_nothing_asked_for() -> None:
    assert read({}) == PlanTerms(code="FLEX", basis="person", brackets=(Bracket(0, 6), Bracket(6, 15)))


NUMBERS = st.none() | st.integers(1, 15)
DAYS = st.lists(st.sampled_from(WEEKDAYS), max_size=7)


@settings(deadline=None)
@given(
    st.fixed_dictionaries(
        {},
        optional={
            "adult_from": NUMBERS,
            "grown_children": st.sampled_from(["adults", "refused"]),
            "full_payers": st.booleans(),
            "family": st.fixed_dictionaries({name: st.integers(1, 9) for name in ("max_age", "min_count", "free")}),
            "free_nights": st.fixed_dictionaries(
                {"required": st.integers(1, 9), "free": st.integers(1, 9)},
                optional={"pattern": st.text("PF", min_size=1, max_size=9)},
            ),
            "conditions": st.fixed_dictionaries(
                {}, optional={"min_nights": NUMBERS, "max_child_age": NUMBERS, "arrival_weekdays": DAYS}
            ),
            "supplements": st.lists(
                st.fixed_dictionaries(
                    {
                        "code": st.just("HB"),
                        "name": st.just("Half board"),
                        "charge": st.sampled_from(["night", "person_night", "stay", "person_stay", "once"]),
                        "amount": st.sampled_from(["0", "0.5", "25.50", "9999999999.99"]),
                        "weekdays": DAYS,
                    }
                ),
                max_size=2,
            ),
        },
    ),
    st.integers(1, 9),
    st.lists(st.integers(0, 17), max_size=3),
)
def test_the_engine_answers_by_any_terms_that_can_be_kept(terms: dict[str, Any], nights: int, ages: list[int]) -> None:
    assert isinstance(answer(stay(THURSDAY, nights, 2, *ages), read(terms)), Priced | Refused)
