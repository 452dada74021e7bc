"""Booking offers: several rooms at once, charged just what was shown, or refused by name and as a whole."""

from datetime import timedelta
from decimal import Decimal

import pytest

from factories.offers import add_plan, offer_of, renewed
from omd.db import Database
from omd.features.reservations.bookings.upkeep import purge_offers
from omd.kernel.clock import FixedClock
from support.bookings import OfferDesk, amounts, sealed, sums
from support.front_desk import Desk, contents, pointers, problem_of
from support.worlds import NOW, World


@pytest.fixture
async def offers(desk: Desk) -> OfferDesk:
    """The desk that books offers."""
    return await OfferDesk.at(desk)


async def test_several_rooms_are_booked_at_what_they_were_shown(offers: OfferDesk) -> None:
    family = offers.offer("double", "2027-03-10", "2027-03-12", children=[7])
    alone = offers.offer("single", "2027-03-11", "2027-03-12", adults=1, base=Decimal("150.00"))
    answer = await offers.book(family, alone)
    assert answer.status_code == 201, answer.text
    booking = answer.json()
    assert answer.headers["Location"] == f"/api/v1{offers.path}/{booking['id']}"
    # 2 x (200 + 30) + 2 x 14 city tax, and 150 + 7.
    assert Decimal(booking["total"]) == Decimal("645.00")
    first, second = booking["stays"]
    assert amounts(first["price"]) == [
        ("2027-03-10", "base", Decimal("200.00")),
        ("2027-03-10", "children", Decimal("30.00")),
        ("2027-03-11", "base", Decimal("200.00")),
        ("2027-03-11", "children", Decimal("30.00")),
    ]
    assert sums(first["price"]) == [family.gross, family.on_top, family.owed, family.total]
    assert first["price"]["plan"]["code"] == "FLEX"
    assert first["price"]["children"] == [7]
    assert [each["price"]["nights_without_price"] for each in (first, second)] == [[], []]
    for each, offer in ((first, family), (second, alone)):
        stay = await offers.desk.stay(each["stay"]["id"])
        assert (Decimal(stay["price"]["amount"]), stay["price"]["currency"]) == (offer.total, "RON")
        assert (stay["adults"], stay["children"]) == (offer.adults, len(offer.children))
        assert await offers.price(stay["id"]) == each["price"]
    again = await offers.desk.send("GET", f"{offers.path}/{booking['id']}")
    assert again.json() == booking


async def test_what_was_shown_is_charged_though_prices_and_the_plan_changed_since(offers: OfferDesk) -> None:
    desk, hotel = offers.desk, offers.desk.hotel
    offer = offers.offer("double", "2027-03-10", "2027-03-12")
    season = {
        "name": "dearer",
        "rate_plan_ids": [offers.plan.id],
        "room_type_ids": [hotel.types["double"].id],
        "dates": [{"starts_on": "2027-03-01", "ends_on": "2027-03-31"}],
        "amounts": ["999.00"],
    }
    put = await desk.send("PUT", f"/businesses/{hotel.id}/rates", {"currency": "RON", "seasons": [season]})
    assert put.status_code == 200, put.text
    retired = await desk.send("POST", f"/businesses/{hotel.id}/rate-plans/{offers.plan.id}/retire")
    assert retired.is_success, retired.text
    booking = await offers.booked(offer)
    assert Decimal(booking["total"]) == offer.total


async def test_one_room_that_is_gone_refuses_the_whole_booking(offers: OfferDesk) -> None:
    desk = offers.desk
    for _ in range(2):
        await desk.booked("twin", "2027-03-10", "2027-03-11")
    before = await contents(desk.connection)
    free, gone = offers.offer("double", "2027-03-10", "2027-03-12"), offers.offer("twin", "2027-03-10", "2027-03-12")
    said = problem_of(await offers.book(free, gone), 409, "sold_out")
    assert (said["data"]["offer"], said["data"]["nights"]) == (1, ["2027-03-10"])
    assert await contents(desk.connection) == before
    assert await desk.connection.fetchval("select count(*) from used_offers") == 0
    # The offer that was free still is.
    await offers.booked(free)


async def test_a_refusal_points_into_the_offer_that_it_is_about(offers: OfferDesk) -> None:
    desk = offers.desk
    room = desk.hotel.rooms["101"]
    await desk.booked("double", "2027-03-10", "2027-03-12", room="101", room_locked=True)
    wanted = [offers.offer("double", "2027-03-10", "2027-03-12") for _ in range(2)]
    guests = [{"last_name": "Ionescu"}]
    body = {
        "offers": [
            {"offer": sealed(wanted[0]), "guests": guests},
            {"offer": sealed(wanted[1]), "guests": guests, "room_id": room},
        ]
    }
    said = problem_of(await desk.send("POST", offers.path, body), 409, "room_not_free")
    assert pointers(said) == ["/offers/1/room_id"]


async def test_an_offer_is_booked_once(offers: OfferDesk) -> None:
    offer, other = (offers.offer("double", "2027-03-10", "2027-03-12") for _ in range(2))
    await offers.booked(offer)
    said = problem_of(await offers.book(other, offer), 409, "offer_used")
    assert pointers(said) == ["/offers/1/offer"]
    said = problem_of(await offers.book(other, other), 422, "invalid_input")
    assert [each["code"] for each in said["problems"]] == ["offer_twice"]
    await offers.booked(other)


async def test_a_retried_booking_gets_the_answer_of_the_first(offers: OfferDesk) -> None:
    offer = sealed(offers.offer("double", "2027-03-10", "2027-03-12"))
    first = await offers.book(offer, idempotency_key="one")
    again = await offers.book(offer, idempotency_key="one")
    assert (first.status_code, first.content) == (again.status_code, again.content)
    assert first.status_code == 201


async def test_an_offer_expires_after_fifteen_minutes(offers: OfferDesk, clock: FixedClock) -> None:
    offer = offers.offer("double", "2027-03-10", "2027-03-12")
    clock.set(NOW + timedelta(minutes=15))
    said = problem_of(await offers.book(offer), 409, "offer_expired")
    assert pointers(said) == ["/offers/0/offer"]
    clock.set(NOW + timedelta(minutes=15) - timedelta(microseconds=1))
    await offers.booked(offer)


async def test_what_is_no_offer_of_the_hotel_is_none(offers: OfferDesk, world: World) -> None:
    desk = offers.desk
    good = sealed(offers.offer("double", "2027-03-10", "2027-03-12"))
    middle = len(good) // 2
    changed = good[:middle] + ("A" if good[middle] != "A" else "B") + good[middle + 1 :]
    plan = await add_plan(desk.connection, world.lodge)
    day = NOW.date()
    elsewhere = sealed(offer_of(world.lodge, plan, "double", day, day + timedelta(days=1)))
    said = problem_of(await offers.book(good, changed, elsewhere, "nonsense"), 422, "offer_unreadable")
    assert pointers(said) == ["/offers/1/offer", "/offers/2/offer", "/offers/3/offer"]
    for party in ("harbour", "beta"):
        refused = await offers.book(good, party=party)
        assert refused.status_code in (403, 404), refused.text
    # Their own hotel, and our offer.
    body = {"offers": [{"offer": good, "guests": [{"last_name": "Strain"}]}]}
    theirs = await desk.send("POST", f"/businesses/{world.harbour.id}/bookings", body, party="harbour")
    problem_of(theirs, 422, "offer_unreadable")


async def test_offers_of_two_agencies_are_no_booking(offers: OfferDesk) -> None:
    offer = offers.offer("double", "2027-03-10", "2027-03-12", agency="tui")
    said = problem_of(await offers.book(offer, renewed(offer, agency=None)), 422, "invalid_input")
    assert [each["code"] for each in said["problems"]] == ["other_agency"]


async def test_a_booking_is_read_by_its_hotel_alone(offers: OfferDesk, world: World) -> None:
    desk = offers.desk
    booking = await offers.booked(offers.offer("double", "2027-03-10", "2027-03-12"))
    stay = booking["stays"][0]["stay"]["id"]
    for party in ("lodge", "harbour", "alpha", "beta"):
        for path in (f"{offers.path}/{booking['id']}", f"/reservations/{stay}/price"):
            assert (await desk.send("GET", path, party=party)).status_code in (403, 404)
    theirs = f"/businesses/{world.lodge.id}/bookings/{booking['id']}"
    problem_of(await desk.send("GET", theirs, party="lodge"), 404, "not_found")


async def test_the_audit_keeps_the_booking_and_its_price(offers: OfferDesk) -> None:
    booking = await offers.booked(offers.offer("double", "2027-03-10", "2027-03-12"))
    stay = booking["stays"][0]["stay"]["id"]
    things = await offers.desk.connection.fetch(
        "select thing, action from audit_log where row_key = any ($1) order by 1", [stay, booking["id"]]
    )
    assert {(each["thing"], each["action"]) for each in things} >= {
        ("bookings", "insert"),
        ("reservation_prices", "insert"),
        ("reservation_charges", "insert"),
        ("reservation_taxes", "insert"),
    }


async def test_a_used_offer_is_remembered_for_longer_than_it_is_good(
    offers: OfferDesk, maintenance_db: Database, clock: FixedClock
) -> None:
    offer = offers.offer("double", "2027-03-10", "2027-03-12")
    stay = (await offers.booked(offer))["stays"][0]["stay"]["id"]
    assert await purge_offers(maintenance_db, now=clock.now() + timedelta(hours=24)) == 0
    problem_of(await offers.book(offer), 409, "offer_used")
    assert await purge_offers(maintenance_db, now=clock.now() + timedelta(hours=24, seconds=1)) == 1
    assert (await offers.price(stay))["offer_id"] == str(offer.id)
    clock.set(NOW + timedelta(hours=24))
    problem_of(await offers.book(offer), 409, "offer_expired")
