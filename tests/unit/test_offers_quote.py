"""What a hotel of two types and three plans offers a party, and why not the rest."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from omd.features.offers import Supply, quote
from omd.features.offers.calendar import Calendar, Guests
from omd.features.rates import HOTEL, Party, Reason, Source, TaxRule, explain
from omd.kernel.dates import StayDates
from omd.kernel.ids import OmdId
from support.offers_world import (
    DOUBLE,
    NIGHTS,
    NOW,
    THURSDAY,
    TRIPLE,
    asked,
    basis,
    derived,
    free,
    ground,
    only,
    plan,
    rates,
    reasons,
    restriction,
    totals,
)

FRIDAY = THURSDAY + timedelta(days=1)
FLEX = plan(1, "FLEX", brackets=[[0, 3], [3, 12]])
SAVER = derived(2, "SAVER", 1, inherits=["min_stay_through"])
PRICES = [
    *rates(1, DOUBLE, 100.0, 120.5, extra_adult=50.0, children=[0.0, 20.0]),
    *rates(1, TRIPLE, None, 180.0, extra_adult=60.0, children=[None, 30.0]),
]
HOUSE = basis([FLEX, SAVER], PRICES)


def test_a_derived_plan_costs_its_parents_price_through_its_factor() -> None:
    assert totals(ground(HOUSE), asked()) == {
        ("SAVER", DOUBLE): Decimal("216.90"),
        ("FLEX", DOUBLE): Decimal("241.00"),
        ("SAVER", TRIPLE): Decimal("324.00"),
        ("FLEX", TRIPLE): Decimal("360.00"),
    }


def test_offers_stand_from_the_cheapest_on_and_last_for_fifteen_minutes() -> None:
    offers = only(quote(ground(HOUSE), asked())).offers
    assert [each.total for each in offers] == sorted(each.total for each in offers)
    assert {each.expires_at - each.made_at for each in offers} == {timedelta(minutes=15)}


def test_an_offer_says_night_by_night_what_it_is_made_of() -> None:
    (offer,) = only(quote(ground(HOUSE), asked(Party(3, (5,)), rate_plan_ids=frozenset({1})))).offers
    first_night = [each for each in offer.charges if each.date == THURSDAY]
    assert [(each.part, each.code, each.count, str(each.amount)) for each in first_night] == [
        ("base", "", 2, "180.00"),
        ("extra_adults", "", 1, "60.00"),
        ("children", "3-12", 1, "30.00"),
    ]
    assert (offer.room_type_id, str(offer.total), offer.children) == (TRIPLE, "540.00", (5,))


def test_supplements_and_taxes_are_told_apart_and_sum_up() -> None:
    cleaning = {"code": "CLEAN", "name": "Cleaning", "charge": "once", "amount": "30.00"}
    board = {"code": "HB", "name": "Half board", "charge": "person_night", "amount": "25.00"}
    of = basis([plan(1, "FLEX", terms={"supplements": [cleaning, board]}, room_types=[DOUBLE])], PRICES)
    vat = TaxRule(1, "destination", "VAT", "VAT", "percent", "included", Decimal(11), date(2027, 1, 1), kinds=["room"])
    city = TaxRule(2, "locality", "CITY", "City", "person_night", "on_top", Decimal("7.5"), date(2027, 1, 1))
    (offer,) = only(quote(ground(of, None, vat, city), asked())).offers
    on_top = [(each.code, each.count, str(each.amount)) for each in offer.charges if each.part == "supplement"]
    assert on_top == [("HB", 2, "50.00"), ("CLEAN", 1, "30.00"), ("HB", 2, "50.00")]
    assert (offer.gross, offer.on_top, offer.total) == (Decimal("371.00"), Decimal("30.00"), Decimal("401.00"))
    # 120.50 of a room hold 11.94 of 11 percent; the supplements are not of the rule's kind.
    assert [str(each.amount) for each in offer.taxes if each.code == "VAT"] == ["11.94", "11.94"]


def test_every_reason_is_told_sold_out_nights_among_them() -> None:
    refused = only(quote(ground(HOUSE, free(DBL=[FRIDAY])), asked(Party(3), room_type_ids=frozenset({DOUBLE})))).refused
    assert refused[0].reasons == (
        Reason("too_many_adults", Source("room_type", "DBL"), limit=2, actual=3),
        Reason("sold_out", Source("room_type", "DBL"), FRIDAY),
    )
    assert explain(refused[0].reasons[1]) == "Friday 12 March 2027 is sold out (room type DBL)."


def test_400_guests_are_refused_by_name() -> None:
    refused = only(quote(ground(HOUSE), asked(Party(400)))).refused
    said = {explain(reason) for each in refused for reason in each.reasons}
    assert "The room takes 4 guests at most, the party has 400 (room type DBL)." in said
    assert not only(quote(ground(HOUSE), asked(Party(400)))).offers


@pytest.mark.parametrize(("amount", "is_offered"), [(4_999_999_999.99, True), (9_999_999_999.99, False)])
def test_what_no_bill_can_hold_is_refused_by_name(amount: float, is_offered: bool) -> None:
    on = ground(basis([plan(1, "FLEX", room_types=[DOUBLE])], rates(1, DOUBLE, amount, amount)))
    question = asked(nights=2)
    cheapest = Calendar(on.basis, on.taxes, NOW.date()).of(Guests(Party(2))).cheapest(question.dates, OmdId(1), NOW)
    assert (len(only(quote(on, question)).offers), len(cheapest)) == (is_offered, is_offered)
    assert reasons(on, question) == ({} if is_offered else {("FLEX", DOUBLE): ["above_most"]})


def test_a_house_that_is_full_sells_no_type() -> None:
    supply = Supply(free().rooms, {THURSDAY: 0, FRIDAY: 2})
    assert reasons(ground(HOUSE, supply), asked()).keys() == {
        *(("FLEX", DOUBLE), ("FLEX", TRIPLE), ("SAVER", DOUBLE), ("SAVER", TRIPLE))
    }
    (said,) = only(quote(ground(HOUSE, supply), asked())).refused[0].reasons
    assert said == Reason("sold_out", HOTEL, THURSDAY)
    assert supply.least(DOUBLE, StayDates(FRIDAY, FRIDAY + timedelta(days=2))) == 2


def test_a_night_without_counters_is_sold_out() -> None:
    assert set(reasons(ground(HOUSE, Supply({})), asked())[("FLEX", DOUBLE)]) == {"sold_out"}


def test_a_child_older_than_every_bracket_has_no_price() -> None:
    assert reasons(ground(HOUSE), asked(Party(2, (13,))))[("FLEX", DOUBLE)] == ["no_bracket_for_child"]


def test_a_plan_is_sold_from_its_first_day_to_the_day_before_its_last() -> None:
    def codes(**window: str) -> object:
        of = basis([plan(1, "FLEX", room_types=[DOUBLE], **window)], PRICES)
        return reasons(ground(of), asked()).get(("FLEX", DOUBLE))

    # It is the first of March at the hotel.
    assert codes(sold_from="2027-03-01", sold_until="2027-03-02") is None
    assert codes(sold_from="2027-03-02") == ["not_sold_yet"]
    assert codes(sold_until="2027-03-01") == ["not_sold_any_more"]


def test_the_day_is_that_of_the_hotels_clock() -> None:
    assert HOUSE.date_at(datetime(2027, 3, 1, 22, 30, tzinfo=UTC)) == date(2027, 3, 2)


def test_restrictions_of_every_level_hold_and_a_derived_plan_takes_over_what_it_inherits() -> None:
    said = [
        restriction(FRIDAY, 1, min_stay_through=3, closed_to_departure=True),
        restriction(THURSDAY, None, TRIPLE, closed_to_arrival=True),
        restriction(FRIDAY + timedelta(days=1), closed_to_departure=True),
        restriction(FRIDAY, 99, closed=True),
    ]
    of = basis([FLEX, SAVER, derived(3, "LAST", 2, inherits=["min_stay_through"])], PRICES, said)
    by_plan = {
        (each.sale.plan.offered.code, each.sale.room_type.id): {(r.code, r.source) for r in each.reasons}
        for each in only(quote(ground(of), asked())).refused
    }
    everybody = ("closed_to_departure", HOTEL)
    assert by_plan[("FLEX", DOUBLE)] == {("min_stay_through", Source("plan", "FLEX")), everybody}
    from_parent = ("min_stay_through", Source("parent_plan", "FLEX"))
    assert by_plan[("SAVER", DOUBLE)] == by_plan[("LAST", DOUBLE)] == {from_parent, everybody}
    assert by_plan[("SAVER", TRIPLE)] == {
        from_parent,
        everybody,
        ("closed_to_arrival", Source("room_type", "TRP")),
    }


def test_a_derived_plan_does_not_inherit_what_it_did_not_choose() -> None:
    of = basis([FLEX, SAVER], PRICES, [restriction(THURSDAY, 1, closed=True)])
    assert set(reasons(ground(of), asked())) == {("FLEX", DOUBLE), ("FLEX", TRIPLE)}


def test_rooms_for_the_same_party_cost_the_same_and_are_offers_of_their_own() -> None:
    quotes = quote(ground(HOUSE), asked(Party(2), Party(1), Party(2)))
    assert [each.party for each in quotes] == [Party(2), Party(1), Party(2)]
    first, again = quotes[0].offers, quotes[2].offers
    assert [each.total for each in first] == [each.total for each in again]
    ids = [offer.id for each in quotes for offer in each.offers]
    assert len(set(ids)) == len(ids)


def test_a_stay_up_to_the_last_night_of_the_basis_is_priced() -> None:
    last = NIGHTS.departure - timedelta(days=1)
    assert totals(ground(HOUSE), asked(arrival=last, nights=1))[("FLEX", DOUBLE)] == Decimal("120.50")
