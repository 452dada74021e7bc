"""Offers for a stay that there is already, through HTTP: what a re-price takes, in house too."""

import pytest

from support.front_desk import Desk, Json, problem_of
from support.parties import Tokens
from support.revenue import RevenueDesk, interval
from support.worlds import World

ARRIVAL, DEPARTURE = "2027-03-01", "2027-03-03"
"""From the day on which the hotel works."""


@pytest.fixture
async def plan(revenue: RevenueDesk) -> int:
    """A plan with a season in which doubles have a price, and a child a bracket."""
    plan = await revenue.plan("FLEX", brackets=[{"from_age": 0, "until_age": 12}])
    season = revenue.season(plan, "double", "2027-03-01", "2027-04-01", "100.00", "120.00")
    await revenue.priced({**season, "children": ["20.00"]})
    return plan


async def booked(revenue: RevenueDesk, room: Json, **more: object) -> str:
    """Book the cheapest offer for a room from the first day on; return the stay."""
    asked = {"arrival": ARRIVAL, "departure": DEPARTURE, "rooms": [room], **more}
    said = await revenue.done("POST", "/offers", asked)
    taken = [{"offer": said["rooms"][0]["offers"][0]["offer"], "guests": [{"last_name": "Popescu"}]}]
    identifier: str = (await revenue.done("POST", "/bookings", {"offers": taken}))["stays"][0]["stay"]["id"]
    return identifier


async def offered(desk: Desk, stay: str, **more: object) -> Json:
    """Ask for offers for a stay that must be made; return the answer."""
    answer = await desk.send("POST", f"/reservations/{stay}/offers", more)
    assert answer.status_code == 200, answer.text
    said: Json = answer.json()
    return said


async def test_a_stay_in_house_is_priced_anew(desk: Desk, revenue: RevenueDesk, plan: int) -> None:
    stay = await booked(revenue, {"adults": 2, "child_ages": [7]}, country="DE")
    await desk.stepped(stay, "check-in")
    await desk.connection.execute("update businesses set business_date = '2027-03-02' where id = $1", desk.hotel.id)
    changed = await desk.amended(stay, departure="2027-03-04")
    dates = {"arrival": ARRIVAL, "departure": "2027-03-04"}
    asked = {**dates, "rooms": [{"adults": 2, "child_ages": [7]}]}
    problem_of(await revenue.send("POST", "/offers", asked), 422, "arrival_in_the_past")
    said = await offered(desk, stay)
    assert (said["arrival"], said["departure"]) == (ARRIVAL, "2027-03-04")
    assert [(each["id"], each["available"]) for each in said["room_types"]] == [(desk.hotel.types["double"].id, 1)]
    (room,) = said["rooms"]
    assert (room["adults"], room["child_ages"], room["refused"], room["instead"]) == (2, [7], [], None)
    (offer,) = room["offers"]
    assert (offer["total"], [each["amount"] for each in offer["nights"]]) == ("420.00", ["140.00"] * 3)
    path = f"/reservations/{stay}/price"
    answer = await desk.send("POST", path, {"offer": offer["offer"]}, if_match=f'"{changed["version"]}"')
    assert answer.status_code == 200, answer.text
    price = answer.json()
    assert (price["total"], price["country"], price["nights_without_price"]) == ("420.00", "DE", [])
    assert (await desk.stay(stay))["price"] == {"amount": "420.00", "currency": "RON"}
    problem_of(await desk.send("POST", path, {"offer": offer["offer"]}), 409, "offer_used")


async def test_its_own_nights_are_free_to_it_whatever_is_sold(desk: Desk, revenue: RevenueDesk, plan: int) -> None:
    double = desk.hotel.types["double"].id
    quota = {"agency": "tui", "room_type_ids": [double], "dates": [interval(ARRIVAL, DEPARTURE)], "rooms": 1}
    await revenue.done("PUT", "/quotas", {"quotas": [quota]})
    stay = await booked(revenue, {"adults": 2}, agency="tui")
    for _ in range(len(desk.hotel.types["double"].rooms) - 1):
        await desk.booked("double", ARRIVAL, DEPARTURE)
    (offer,) = (await offered(desk, stay))["rooms"][0]["offers"]
    answer = await desk.send("POST", f"/reservations/{stay}/price", {"offer": offer["offer"]})
    assert (answer.status_code, answer.json()["agency"]) == (200, "tui"), answer.text


async def test_it_counts_as_booked_when_it_was_booked_and_restrictions_hold(
    desk: Desk, revenue: RevenueDesk, plan: int
) -> None:
    stay = await booked(revenue, {"adults": 2})
    await desk.connection.execute(
        "update reservations set booked_at = '2027-02-19 10:00Z' where id = $1::text::uuid", stay
    )
    early = {"rate_plan_ids": [plan], "dates": [interval(ARRIVAL, "2027-03-02")], "min_advance": 10}
    assert (await revenue.restrict(early)).status_code == 200
    assert len((await offered(desk, stay))["rooms"][0]["offers"]) == 1
    assert (await revenue.restrict({**early, "min_advance": 11})).status_code == 200
    (room,) = (await offered(desk, stay))["rooms"]
    assert room["offers"] == []
    assert [(each["code"], each["limit"], each["actual"]) for each in room["refused"][0]["reasons"]] == [
        ("min_advance", 11, 10)
    ]


async def test_ages_that_are_not_known_are_asked_for(desk: Desk, revenue: RevenueDesk, plan: int) -> None:
    stay = (await desk.booked("double", ARRIVAL, DEPARTURE, adults=2, children=1))["id"]
    path = f"/reservations/{stay}/offers"
    said = problem_of(await desk.send("POST", path, {}), 422, "invalid_input")
    assert [(each["pointer"], each["code"]) for each in said["problems"]] == [("/child_ages", "child_ages_unknown")]
    problem_of(await desk.send("POST", path, {"child_ages": [3, 4]}), 422, "invalid_input")
    (offer,) = (await offered(desk, stay, child_ages=[3], rate_plan_ids=[plan]))["rooms"][0]["offers"]
    assert (await desk.send("POST", f"/reservations/{stay}/price", {"offer": offer["offer"]})).status_code == 200
    said = problem_of(await desk.send("POST", path, {"rate_plan_ids": [plan, 999]}), 422, "invalid_input")
    assert [(each["pointer"], each["code"]) for each in said["problems"]] == [("/rate_plan_ids/1", "unknown_rate_plan")]


async def test_a_closed_stay_and_another_hotels_get_none(
    desk: Desk, revenue: RevenueDesk, plan: int, world: World, tokens: Tokens
) -> None:
    stay = await booked(revenue, {"adults": 2})
    path = f"/reservations/{stay}/offers"
    problem_of(await desk.send("POST", path, {}, party="lodge"), 404, "not_found")
    await desk.stepped(stay, "cancel")
    problem_of(await desk.send("POST", path, {}), 409, "action_refused")
