"""From the question to the bill, through the API alone: what is shown is booked, charged, kept, and declared."""

from decimal import Decimal

import pytest

from support.bills import Cashier
from support.front_desk import Desk, Json, problem_of
from support.parties import Tokens
from support.persons import Persons
from support.revenue import RevenueDesk
from support.worlds import World

STAY = ("2027-05-06", "2027-05-08")
GUESTS = [{"last_name": "Popescu"}]


@pytest.fixture
async def plan(revenue: RevenueDesk) -> int:
    """A plan with a season in which doubles have a price, and a child a bracket."""
    plan = await revenue.plan("FLEX", meals="breakfast", brackets=[{"from_age": 0, "until_age": 12}])
    season = revenue.season(plan, "double", "2027-05-01", "2027-06-01", "100.00", "120.00")
    await revenue.priced({**season, "children": ["20.00"]})
    return plan


async def shown(revenue: RevenueDesk, rooms: list[Json], stay: tuple[str, str] = STAY, **more: object) -> list[Json]:
    """Return the cheapest offer of each room."""
    asked = {"arrival": stay[0], "departure": stay[1], "rooms": rooms, **more}
    said = await revenue.done("POST", "/offers", asked)
    return [each["offers"][0] for each in said["rooms"]]


async def test_a_family_is_charged_what_it_was_shown_though_prices_rose(
    desk: Desk, revenue: RevenueDesk, plan: int, world: World, persons: Persons
) -> None:
    owner = await persons.headers("olga", ("owner", world.grand))
    taxes = f"/api/v1/businesses/{world.grand.id}/tax-rules"
    for rule in (
        {"code": "VAT", "name": "VAT", "basis": "percent", "placement": "included", "value": "9"},
        {
            "code": "CITY",
            "name": "City tax",
            "basis": "person_night",
            "placement": "on_top",
            "value": "7",
            "min_age": 18,
        },
    ):
        made = await desk.client.post(taxes, json={**rule, "since": "2027-04-01"}, headers=owner)
        assert made.status_code == 201, made.text
    offers = await shown(revenue, [{"adults": 2, "child_ages": [7]}, {"adults": 1}])
    assert [each["total"] for each in offers] == ["308.00", "214.00"]
    dearer = revenue.season(plan, "double", "2027-05-01", "2027-06-01", "500.00", "600.00")
    await revenue.priced({**dearer, "children": ["20.00"]})
    body = {"offers": [{"offer": each["offer"], "guests": GUESTS} for each in offers]}
    booking = await revenue.done("POST", "/bookings", body)
    assert Decimal(booking["total"]) == Decimal("522.00")
    for stay, offer in zip(booking["stays"], offers, strict=True):
        price = stay["price"]
        assert (price["offer_id"], price["total"], price["gross"]) == (offer["id"], offer["total"], offer["gross"])
        by_night: dict[str, Decimal] = {}
        for charge in price["charges"]:
            by_night[charge["date"]] = by_night.get(charge["date"], Decimal(0)) + Decimal(charge["amount"])
        assert by_night == {each["date"]: Decimal(each["amount"]) for each in offer["nights"]}
        assert {each["code"] for each in price["taxes"]} == {"VAT", "CITY"}
        kept = await desk.stay(stay["stay"]["id"])
        assert kept["price"] == {"amount": offer["total"], "currency": "RON"}
    # And what came of the taxes is declared, once the nights are spent.
    for stay in booking["stays"]:
        await desk.connection.execute("update businesses set business_date = '2027-05-06'")
        await desk.stepped(stay["stay"]["id"], "check-in")
    await desk.connection.execute("update businesses set business_date = '2027-05-08'")
    path = f"/api/v1/businesses/{world.grand.id}/tax-declarations/2027-05"
    told = (await desk.client.get(path, headers=owner)).json()
    assert {(each["code"], each["base"], each["amount"]) for each in told["taxes"] if each["code"] == "CITY"} == {
        ("CITY", "6", "42.00")
    }


async def test_dinner_is_taxed_as_a_meal_from_the_offer_to_the_ledger(
    desk: Desk, revenue: RevenueDesk, cashier: Cashier, plan: int
) -> None:
    await cashier.add_vat()
    dinner = {"code": "DINNER", "name": "Dinner", "charge": "person_night", "amount": "65.00", "kind": "meals"}
    spa = {"code": "SPA", "name": "Spa", "charge": "once", "amount": "12.10"}
    await revenue.plan("HALF", derivation={"parent_plan_id": plan}, terms={"supplements": [dinner, spa]})
    said = await revenue.done("POST", "/offers", {"arrival": STAY[0], "departure": STAY[1], "rooms": [{"adults": 2}]})
    offer = said["rooms"][0]["offers"][1]
    assert [(each["date"], each["code"], each["kind"], each["amount"]) for each in offer["supplements"]] == [
        (STAY[0], "DINNER", "meals", "130.00"),
        (STAY[0], "SPA", "supplement", "12.10"),
        ("2027-05-07", "DINNER", "meals", "130.00"),
    ]
    assert [each["amount"] for each in offer["nights"]] == ["120.00", "120.00"]
    # 250.00 of room and dinner hold 24.77 of 11 percent; 12.10 hold 2.10 of 21.
    assert [(each["code"], each["base"], each["amount"]) for each in offer["taxes_included"]] == [
        ("VAT11", "225.23", "24.77"),
        ("VAT21", "10.00", "2.10"),
        ("VAT11", "225.23", "24.77"),
    ]
    body = {"offers": [{"offer": offer["offer"], "guests": GUESTS}]}
    stay = (await revenue.done("POST", "/bookings", body))["stays"][0]
    assert {each["part"] for each in stay["price"]["charges"]} == {"base", "meals", "supplement"}
    stay_id = stay["stay"]["id"]
    await cashier.set_date(STAY[0])
    await desk.stepped(stay_id, "check-in")
    await cashier.set_date(STAY[1])
    problem_of(await desk.step(stay_id, "check-out"), 409, "nights_not_charged")
    charged = await cashier.post(f"/reservations/{stay_id}/nights/charges", {})
    assert charged.status_code == 201, charged.text
    assert await cashier.ledger() == {
        "guest_ledger": Decimal("512.10"),
        "room_revenue": Decimal("-216.22"),
        "meals_revenue": Decimal("-234.24"),
        "supplement_revenue": Decimal("-10.00"),
        "tax_payable VAT11": Decimal("-49.54"),
        "tax_payable VAT21": Decimal("-2.10"),
    }
    await cashier.paid(charged.json()[0]["id"], "512.10")
    assert (await desk.stepped(stay_id, "check-out"))["status"] == "checked_out"


async def test_a_longer_stay_is_priced_anew_by_an_offer_for_it(desk: Desk, revenue: RevenueDesk, plan: int) -> None:
    (offer,) = await shown(revenue, [{"adults": 2}])
    body = {"offers": [{"offer": offer["offer"], "guests": GUESTS}]}
    stay = (await revenue.done("POST", "/bookings", body))["stays"][0]["stay"]["id"]
    await desk.amended(stay, departure="2027-05-09")
    (longer,) = await shown(
        revenue, [{"adults": 2}], ("2027-05-06", "2027-05-09"), room_type_ids=[revenue.hotel.types["double"].id]
    )
    answer = await desk.send("POST", f"/reservations/{stay}/price", {"offer": longer["offer"]})
    assert answer.status_code == 200, answer.text
    assert (answer.json()["total"], answer.json()["nights_without_price"]) == ("360.00", [])


async def test_an_agency_sees_its_offers_refused_when_its_quota_is_sold(
    desk: Desk, revenue: RevenueDesk, plan: int
) -> None:
    double = revenue.hotel.types["double"].id
    quota = {
        "agency": "tui",
        "room_type_ids": [double],
        "dates": [{"starts_on": STAY[0], "ends_on": STAY[1]}],
        "rooms": 1,
    }
    await revenue.done("PUT", "/quotas", {"quotas": [quota]})
    offers = await shown(revenue, [{"adults": 2}, {"adults": 2}], agency="tui", room_type_ids=[double])
    one, other = ({"offers": [{"offer": each["offer"], "guests": GUESTS}]} for each in offers)
    await revenue.done("POST", "/bookings", one)
    problem_of(await revenue.send("POST", "/bookings", other), 409, "quota_full")
    asked = {"arrival": "2027-05-05", "departure": STAY[1], "rooms": [{"adults": 2}], "room_type_ids": [double]}
    said = await revenue.done("POST", "/offers", {**asked, "agency": "tui"})
    assert [each["available"] for each in said["room_types"]] == [0]
    (room,) = said["rooms"]
    assert room["offers"] == []
    assert [
        (each["code"], each["date"], each["source"], each["limit"], each["actual"])
        for each in room["refused"][0]["reasons"]
    ] == [("quota_full", night, {"level": "agency", "name": "tui"}, 1, 1) for night in ("2027-05-06", "2027-05-07")]
    assert room["refused"][0]["reasons"][0]["sentence"] == (
        "The quota of Thursday 6 May 2027 is sold, it is 1 room (agency tui)."
    )
    # What would work instead is bound by it too: the dates whose quota is not sold.
    others = room["instead"]["dates"]
    assert others
    assert all(each["departure"] <= "2027-05-06" or each["arrival"] >= "2027-05-08" for each in others)
    # Neither another agency nor the hotel itself is bound.
    for seller in ({"agency": "booking"}, {}):
        free = await revenue.done("POST", "/offers", {**asked, **seller})
        assert (len(free["rooms"][0]["offers"]), free["room_types"][0]["available"]) == (1, 4)


async def test_what_a_quota_leaves_is_what_is_available(
    desk: Desk, revenue: RevenueDesk, plan: int, tokens: Tokens
) -> None:
    double = revenue.hotel.types["double"].id
    quota = {"agency": "tui", "room_type_ids": [double], "dates": [{"starts_on": STAY[0], "ends_on": STAY[1]}]}
    await revenue.done("PUT", "/quotas", {"quotas": [{**quota, "rooms": 3}]})
    (offer,) = await shown(revenue, [{"adults": 2}], agency="tui", room_type_ids=[double])
    await revenue.done("POST", "/bookings", {"offers": [{"offer": offer["offer"], "guests": GUESTS}]})
    asked = {"arrival": STAY[0], "departure": STAY[1], "rooms": [{"adults": 2}], "agency": "tui"}
    # The destination, which reads no stay, is told the same.
    for headers in (None, tokens.of("alpha")):
        answer = await revenue.send("POST", "/offers", asked, headers=headers)
        assert answer.status_code == 200, answer.text
        assert {each["id"]: each["available"] for each in answer.json()["room_types"]}[double] == 2
    wider = {**asked, "rooms": [{"adults": 2}] * 3, "room_type_ids": [double]}
    three = [each["offers"][0] for each in (await revenue.done("POST", "/offers", wider))["rooms"]]
    body = {"offers": [{"offer": each["offer"], "guests": GUESTS} for each in three]}
    said = problem_of(await revenue.send("POST", "/bookings", body), 409, "quota_full")
    assert (said["data"]["offer"], said["data"]["nights"]) == (2, ["2027-05-06", "2027-05-07"])
