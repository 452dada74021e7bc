"""What taxes on a stay come to: the four towns of the issue, dates, ages, caps, and that every bill adds up."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from omd.features.rates.taxes import Charge, Lodger, Taxed, TaxRule, reckon
from omd.kernel.dates import StayDates

FRIDAY = date(2027, 3, 12)
SINCE = date(2020, 1, 1)
COUPLE = (Lodger(), Lodger())


def rule(number: int = 1, **terms: Any) -> TaxRule:
    whole = {"basis": "person_night", "placement": "on_top", "value": "1", "since": SINCE, **terms}
    whole["value"] = Decimal(whole["value"])
    return TaxRule(**{"id": number, "level": "hotel", "code": f"T{number}", "name": f"Tax {number}", **whole})


def nights(*amounts: str, kind: Any = "room") -> tuple[Charge, ...]:
    return tuple(Charge(FRIDAY + timedelta(days=at), kind, Decimal(amount)) for at, amount in enumerate(amounts))


def stay(count: int) -> StayDates:
    return StayDates(FRIDAY, FRIDAY + timedelta(days=count))


VAT = rule(90, basis="percent", placement="included", value="11", kinds=["room", "meals"])


def amounts(taxed: Taxed) -> list[tuple[str, str]]:
    return [(line.code, str(line.amount)) for line in taxed.lines]


def test_brasov_seven_and_five_lei_a_person_and_night() -> None:
    rules = [rule(1, value="7"), rule(2, value="5")]
    taxed = reckon(rules, stay(2), nights("400", "400"), COUPLE)
    assert amounts(taxed) == [("T1", "14.00"), ("T2", "10.00")] * 2
    assert (taxed.gross, taxed.on_top, taxed.total) == (Decimal(800), Decimal(48), Decimal(848))


def test_sibiu_two_percent_of_the_price_the_guest_is_shown() -> None:
    taxed = reckon([VAT, rule(1, basis="percent", value="2")], stay(1), nights("333.00"), COUPLE)
    assert amounts(taxed) == [("T1", "6.66"), ("T90", "33.00")]
    assert (taxed.net, taxed.total) == (Decimal("300.00"), Decimal("339.66"))


def test_bucharest_ten_lei_a_person_and_night() -> None:
    taxed = reckon([rule(1, value="10")], stay(3), nights("1", "1", "1"), (*COUPLE, Lodger(age=20)))
    assert taxed.on_top == Decimal(90)


def test_one_percent_of_net_revenue_is_owed_and_not_on_the_bill() -> None:
    owed = rule(1, basis="percent_of_net", placement="owed", value="1", kinds=["room"])
    taxed = reckon([VAT, owed], stay(1), nights("222"), COUPLE)
    assert amounts(taxed) == [("T1", "2.00"), ("T90", "22.00")]
    assert (taxed.owed, taxed.total) == (Decimal(2), Decimal(222))


def test_a_rate_that_changes_in_the_middle_is_that_of_each_night() -> None:
    change = FRIDAY + timedelta(days=1)
    old, new = rule(1, value="7", until=change), rule(2, value="9", since=change)
    assert amounts(reckon([old, new], stay(2), nights("1", "1"), (Lodger(),))) == [("T1", "7.00"), ("T2", "9.00")]


@pytest.mark.parametrize(
    ("terms", "lodgers", "payers"),
    [
        ({"min_age": 18}, (Lodger(), Lodger(age=17), Lodger(age=18)), 2),
        ({"max_age": 65}, (Lodger(age=66), Lodger(age=65)), 1),
        ({"spares_countries": ["RO"]}, (Lodger(country="RO"), Lodger(country="DE"), Lodger()), 2),
        ({"only_countries": ["DE"]}, (Lodger(country="RO"), Lodger(country="DE"), Lodger()), 1),
    ],
)
def test_who_is_spared(terms: dict[str, Any], lodgers: tuple[Lodger, ...], payers: int) -> None:
    assert reckon([rule(1, **terms)], stay(1), nights("9"), lodgers).on_top == payers


def test_nights_beyond_the_cap_are_spared() -> None:
    assert reckon([rule(1, max_nights=2)], stay(5), nights(*["9"] * 5), (Lodger(),)).on_top == 2


def test_once_a_stay_on_the_day_of_arrival_by_person_or_not() -> None:
    rules = [rule(1, basis="stay", value="20"), rule(2, basis="person_stay", value="3"), rule(3, basis="room_night")]
    taxed = reckon(rules, stay(2), nights("9", "9"), COUPLE)
    assert amounts(taxed) == [("T1", "20.00"), ("T2", "6.00"), ("T3", "1.00"), ("T3", "1.00")]


def test_what_is_included_as_an_amount_comes_out_of_the_room_before_the_percentage() -> None:
    rules = [VAT, rule(1, placement="included", value="5.50")]
    taxed = reckon(rules, stay(1), nights("122"), COUPLE)
    assert amounts(taxed) == [("T1", "11.00"), ("T90", "11.00")]
    assert (taxed.net, taxed.total) == (Decimal(100), Decimal(122))


def test_vat_by_kind_of_charge() -> None:
    drinks = rule(2, basis="percent", placement="included", value="21", kinds=["supplement"])
    charges = (*nights("111"), *nights("121", kind="supplement"))
    taxed = reckon([VAT, drinks], stay(1), charges, COUPLE)
    assert amounts(taxed) == [("T2", "21.00"), ("T90", "11.00")]
    assert taxed.net == Decimal(200)


def test_of_one_code_the_narrowest_that_holds_on_the_night_is_charged() -> None:
    change = FRIDAY + timedelta(days=1)
    rules = [
        rule(1, code="CITY", level="destination", value="1"),
        rule(2, code="CITY", level="locality", value="2"),
        rule(3, code="CITY", level="hotel", value="3", since=change),
    ]
    assert amounts(reckon(rules, stay(2), nights("1", "1"), (Lodger(),))) == [("CITY", "2.00"), ("CITY", "3.00")]
    tried = rule(4, id=None, code="CITY", level="hotel", value="4")
    assert amounts(reckon([*rules, tried], stay(2), nights("1", "1"), (Lodger(),))) == [("CITY", "4.00")] * 2


def test_a_hotel_frees_itself_by_a_rule_of_nothing() -> None:
    freed = rule(2, code=VAT.code, level="hotel", basis="percent", placement="included", value="0")
    taxed = reckon([msgspec.structs.replace(VAT, level="destination"), freed], stay(1), nights("111"), COUPLE)
    assert (taxed.lines, taxed.net) == ((), Decimal(111))


def test_what_depends_on_nobody_is_charged_whoever_stays() -> None:
    """VAT is due on a room whose lodgers are not named yet; what spares some is not due where all are spared."""
    rules = [VAT, rule(1, basis="percent", value="10", min_age=18), rule(2, basis="room_night"), rule(3)]
    assert amounts(reckon(rules, stay(1), nights("111"), ())) == [("T2", "1.00"), ("T90", "11.00")]
    assert amounts(reckon(rules, stay(1), nights("111"), (Lodger(age=9),))) == [
        ("T2", "1.00"),
        ("T3", "1.00"),
        ("T90", "11.00"),
    ]


def test_an_included_amount_is_owed_for_a_night_that_is_free_too() -> None:
    taxed = reckon([rule(1, placement="included", value="7")], stay(2), nights("100", "0"), COUPLE)
    assert (taxed.net, taxed.included, taxed.total) == (Decimal(72), Decimal(28), Decimal(100))


def test_a_charge_outside_of_the_stay_is_no_charge_without_taxes() -> None:
    with pytest.raises(ValueError, match="of a night of the stay"):
        reckon([VAT], stay(1), nights("111", "111"), COUPLE)


MONEY = st.decimals(min_value=0, max_value=9999, places=2)
RULES = st.lists(
    st.builds(
        rule,
        st.integers(1, 99),
        basis=st.sampled_from(["percent", "percent_of_net", "person_night", "room_night", "person_stay", "stay"]),
        placement=st.sampled_from(["included", "on_top", "owed"]),
        value=st.decimals(min_value=0, max_value=30, places=3),
        kinds=st.sampled_from([[], ["room"], ["supplement"]]),
        max_nights=st.sampled_from([None, 1, 3]),
        min_age=st.sampled_from([None, 12]),
    ),
    max_size=6,
)


@given(RULES, st.lists(MONEY, min_size=1, max_size=9), st.lists(MONEY, max_size=3), st.integers(1, 4))
def test_every_bill_adds_up_to_the_cent(rules: list[TaxRule], rooms: list[Any], more: list[Any], guests: int) -> None:
    charges = (*nights(*map(str, rooms)), *nights(*map(str, more), kind="supplement"))
    within = tuple(each for each in charges if each.date < FRIDAY + timedelta(days=len(rooms)))
    taxed = reckon(rules, stay(len(rooms)), within, (Lodger(),) * guests)
    assert taxed.gross == sum(each.amount for each in within) == taxed.net + taxed.included
    assert taxed.total == taxed.gross + taxed.on_top
    for placement, told in (("included", taxed.included), ("on_top", taxed.on_top), ("owed", taxed.owed)):
        assert told == sum((line.amount for line in taxed.lines if line.placement == placement), Decimal(0))
    assert all(line.amount == line.amount.quantize(Decimal("0.01")) for line in taxed.lines)


@given(RULES, st.lists(MONEY, min_size=1, max_size=9))
def test_the_order_of_the_rules_says_nothing(rules: list[TaxRule], rooms: list[Any]) -> None:
    named = {each.id: each for each in rules}
    charges = nights(*map(str, rooms))
    forth = reckon([*named.values()], stay(len(rooms)), charges, COUPLE)
    assert reckon([*named.values()][::-1], stay(len(rooms)), charges, COUPLE) == forth
