"""What a stay was sold at stands: every command leaves it, an explicit re-price replaces it, its guest reads it."""

from decimal import Decimal
from typing import Any

import asyncpg
import pytest

from factories.offers import renewed
from omd.kernel.clock import FixedClock
from support.bookings import OfferDesk, amounts, sums
from support.front_desk import Desk, Json, pointers, problem_of
from support.passes import guest_headers

ARRIVAL, DEPARTURE = "2027-03-01", "2027-03-04"
KEPT = {"nights_without_price", "charges_without_night", "differs", "version"}
"""What of a price tells of the stay as it is now."""


@pytest.fixture
async def offers(desk: Desk) -> OfferDesk:
    """The desk that books offers."""
    return await OfferDesk.at(desk)


def lines(price: Json) -> Json:
    """Return a price without what it tells of the stay as it is now."""
    return {name: value for name, value in price.items() if name not in KEPT}


CHANGES: dict[str, Any] = {
    "shorter": {"departure": "2027-03-03"},
    "longer": {"departure": "2027-03-06"},
    "later": {"arrival": "2027-03-02", "departure": "2027-03-05"},
    "another type": {"room_type_id": "twin"},
    "another party": {"adults": 1},
    "another room": {"room": "103"},
    "guests": {"guests": [{"last_name": "Marin"}]},
    "words": {"note": "by the lift", "external_reference": "X-1"},
}


@pytest.mark.parametrize("change", CHANGES)
async def test_a_change_leaves_the_price(offers: OfferDesk, change: str) -> None:
    stay = await offers.sold("double", ARRIVAL, DEPARTURE)
    before = await offers.price(stay)
    wanted = dict(CHANGES[change])
    if "room_type_id" in wanted:
        wanted["room_type_id"] = offers.desk.hotel.types[wanted["room_type_id"]].id
    changed = await offers.desk.amended(stay, **wanted)
    after = await offers.price(stay)
    assert lines(after) == lines(before)
    assert Decimal(changed["price"]["amount"]) == Decimal(before["total"])
    assert after["version"] == changed["version"] == before["version"] + 1


@pytest.mark.parametrize("steps", [["cancel"], ["no-show"], ["check-in", "undo-check-in"], ["check-in", "check-out"]])
async def test_a_step_leaves_the_price(offers: OfferDesk, steps: list[str]) -> None:
    stay = await offers.sold("double", ARRIVAL, DEPARTURE)
    before = await offers.price(stay)
    for step in steps:
        await offers.desk.stepped(stay, step)
    assert lines(await offers.price(stay)) == lines(before)


async def test_repacking_leaves_the_price(offers: OfferDesk) -> None:
    """Two stays share no room of the twins until one moves; the third one's nights fit only then."""
    stays = [
        await offers.sold("twin", "2027-03-10", "2027-03-12"),
        await offers.sold("twin", "2027-03-12", "2027-03-14"),
        await offers.sold("twin", "2027-03-11", "2027-03-13"),
    ]
    before = [lines(await offers.price(each)) for each in stays]
    await offers.desk.amended(stays[2], departure="2027-03-12")
    await offers.sold("twin", "2027-03-12", "2027-03-14")
    assert [lines(await offers.price(each)) for each in stays] == before


async def test_nights_and_charges_that_have_come_apart_are_named(offers: OfferDesk) -> None:
    stay = await offers.sold("double", "2027-03-10", "2027-03-12")
    await offers.desk.amended(stay, arrival="2027-03-11", departure="2027-03-14")
    price = await offers.price(stay)
    assert price["nights_without_price"] == ["2027-03-12", "2027-03-13"]
    assert price["charges_without_night"] == ["2027-03-10"]


async def test_a_party_and_a_type_that_have_come_apart_are_named(offers: OfferDesk) -> None:
    stay = await offers.sold("double", "2027-03-10", "2027-03-12", children=[4])
    assert (await offers.price(stay))["differs"] == []
    told = []
    for change in ({"adults": 1}, {"children": 0}, {"room_type_id": offers.desk.hotel.types["twin"].id}):
        await offers.desk.amended(stay, **change)
        told.append((await offers.price(stay))["differs"])
    assert told == [["adults"], ["adults", "children"], ["adults", "children", "room_type"]]
    offer = offers.offer("twin", "2027-03-10", "2027-03-12", adults=1)
    assert (await offers.reprice(stay, offer)).json()["differs"] == []


async def test_a_price_from_an_offer_is_not_set_by_hand(offers: OfferDesk) -> None:
    stay = await offers.sold("double", ARRIVAL, DEPARTURE)
    for price in ({"amount": "1.00"}, None):
        problem_of(await offers.desk.amend(stay, price=price), 409, "priced_by_offer")
    total = (await offers.price(stay))["total"]
    # The same amount again is no change.
    await offers.desk.amended(stay, price={"amount": total})


async def test_a_re_price_replaces_the_price_and_the_audit_keeps_what_it_was(offers: OfferDesk) -> None:
    desk = offers.desk
    stay = await offers.sold("double", "2027-03-10", "2027-03-12")
    await desk.amended(stay, departure="2027-03-13")
    offer = offers.offer("double", "2027-03-10", "2027-03-13", base=Decimal("175.50"))
    said = problem_of(await offers.reprice(stay, offer, if_match='"1"'), 409, "stale_version")
    assert said["data"]["current_version"] == 2
    answer = await offers.reprice(stay, offer, if_match='"2"')
    assert answer.status_code == 200, answer.text
    assert answer.headers["ETag"] == '"3"'
    price = answer.json()
    assert price == await offers.price(stay)
    assert sums(price) == [offer.gross, offer.on_top, offer.owed, offer.total]
    assert amounts(price) == [(f"2027-03-{day}", "base", Decimal("175.50")) for day in (10, 11, 12)]
    assert (price["nights_without_price"], price["charges_without_night"]) == ([], [])
    assert price["booking_id"] is not None
    kept = await desk.stay(stay)
    assert (Decimal(kept["price"]["amount"]), kept["version"]) == (offer.total, 3)
    assert await desk.connection.fetchval(
        "select data -> 'was' ->> 'amount' from events where type = 'reservation.repriced' and aggregate_id = $1", stay
    ) == str(Decimal("428.00"))
    former = await desk.connection.fetchval(
        "select before::text from audit_log where thing = 'reservation_charges' and action = 'delete' and row_key = $1",
        stay,
    )
    assert former.count("200") == 2


async def test_a_stay_without_an_offer_can_be_priced_by_one(offers: OfferDesk) -> None:
    stay = (await offers.desk.booked("double", ARRIVAL, DEPARTURE, adults=2, price={"amount": "90.00"}))["id"]
    problem_of(await offers.desk.send("GET", f"/reservations/{stay}/price"), 404, "not_found")
    offer = offers.offer("double", ARRIVAL, DEPARTURE)
    assert (await offers.reprice(stay, offer)).status_code == 200
    price = await offers.price(stay)
    assert (price["booking_id"], Decimal(price["total"])) == (None, offer.total)


async def test_an_offer_for_something_else_prices_no_stay(offers: OfferDesk) -> None:
    stay = await offers.sold("double", "2027-03-10", "2027-03-12")
    other = offers.offer("twin", "2027-03-11", "2027-03-13", children=[4], agency="tui")
    said = problem_of(await offers.reprice(stay, other), 409, "offer_does_not_fit")
    assert len(said["problems"]) == 5
    fits = offers.offer("double", "2027-03-10", "2027-03-12")
    assert (await offers.reprice(stay, fits)).status_code == 200
    assert pointers(problem_of(await offers.reprice(stay, fits), 409, "offer_used")) == ["/offer"]
    problem_of(await offers.book(fits), 409, "offer_used")
    await offers.desk.stepped(stay, "cancel")
    problem_of(await offers.reprice(stay, renewed(fits)), 409, "action_refused")


async def test_a_guest_reads_what_was_shown_and_not_what_is_owed_beside_it(
    offers: OfferDesk, clock: FixedClock
) -> None:
    desk = offers.desk
    stay = await desk.stay(await offers.sold("double", "2027-03-10", "2027-03-12"))
    await offers.sold("double", "2027-03-10", "2027-03-12", base=Decimal("999.00"))
    headers = guest_headers(desk.hotel, stay["code"], clock)
    own = (await desk.client.get("/api/v1/own-stay", headers=headers)).json()
    assert amounts(own["breakdown"]) == [(f"2027-03-{day}", "base", Decimal("200.00")) for day in (10, 11)]
    assert {each["placement"] for each in own["breakdown"]["taxes"]} == {"included", "on_top"}
    assert Decimal(own["breakdown"]["total"]) == Decimal(own["price"]["amount"])
    given = await desk.booked("double", "2027-03-20", "2027-03-22")
    plain = await desk.client.get("/api/v1/own-stay", headers=guest_headers(desk.hotel, given["code"], clock))
    assert plain.json()["breakdown"] is None


WRONG = {
    "a line changed": "update reservation_charges set amount = amount + 1",
    "a line gone": "delete from reservation_charges where date = '2027-03-10'",
    "a tax gone": "delete from reservation_taxes where placement = 'on_top'",
    "a tax more": "insert into reservation_taxes select omd_id, business_id, reservation_id, date, 99, rule_id, code, "
    "name, placement, base, amount from reservation_taxes limit 1",
    "another total": "update reservation_prices set gross = gross + 1, total = total + 1",
    "total unlike its parts": "update reservation_prices set total = total + 1",
    "the amount of the stay": "update reservations set amount = amount + 1",
    "the currency of the stay": "update reservations set currency = 'EUR'",
    "another currency": "update reservation_prices set currency = 'EUR'",
}


@pytest.mark.parametrize("statement", WRONG.values(), ids=WRONG.keys())
async def test_the_database_holds_a_price_together_whoever_writes(offers: OfferDesk, statement: str) -> None:
    await offers.sold("double", "2027-03-10", "2027-03-12")
    with pytest.raises(asyncpg.PostgresError) as refused:
        await offers.desk.connection.execute(statement)
    assert refused.value.sqlstate in ("OMD01", "23514")
