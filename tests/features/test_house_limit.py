"""The house-wide overbooking limit through HTTP: what all types together may sell, and what follows of it."""

import random
from datetime import date, timedelta

import pytest

from support.front_desk import Desk, contents, pointers, problem_of, rooms_of

DAY = timedelta(days=1)
ROOMS = 10
"""What the hotel has: 5 double, 3 single, 2 twin."""


async def sellable(desk: Desk, arrival: str, departure: str) -> dict[str, int]:
    """Return what can be sold of each type."""
    return {code: each["sellable"] for code, each in (await desk.availability(arrival, departure)).items()}


async def test_a_hotel_that_sets_none_has_no_row(desk: Desk) -> None:
    await desk.booked("double", "2027-03-10", "2027-03-12")
    assert await desk.house_nights("2027-03-01", "2027-04-01") == []
    assert await desk.connection.fetchval("select count(*) from house_availability") == 0
    assert not await desk.connection.fetchval("select bool_or(house_limited) from room_type_availability")


async def test_a_limit_stands_on_its_nights_over_all_types(desk: Desk) -> None:
    for code in ("double", "single", "twin"):
        await desk.overbook(code, "2027-03-01", "2027-04-01", 5)
    await desk.booked("double", "2027-03-09", "2027-03-12")
    assert await desk.limit_house("2027-03-10", "2027-03-12", -7) == 2
    night = {"physical": ROOMS, "out_of_order": 0, "held": 0, "sold": 1, "overbooking": -7, "forced": 0, "sellable": 2}
    assert await desk.house_nights("2027-03-01", "2027-04-01") == [
        {**night, "date": "2027-03-10"},
        {**night, "date": "2027-03-11"},
    ]
    assert await sellable(desk, "2027-03-11", "2027-03-13") == {"double": 2, "single": 2, "twin": 2, "apartment": 0}
    assert (await sellable(desk, "2027-03-12", "2027-03-13"))["double"] == 10
    told = (await desk.availability("2027-03-11", "2027-03-13", nights="true"))["single"]["nights"]
    assert [(each["house_sellable"], each["sellable"]) for each in told] == [(2, 2), (None, 8)]
    event = await desk.connection.fetchval("select data::text from events where type = 'business.overbooking_set'")
    assert '"rooms": -7' in event


async def test_the_sums_of_a_hotel_and_its_destination_keep_to_the_limit_of_the_house(desk: Desk) -> None:
    """All types share the one place that is left: nobody is told of more, on one page or on several."""
    path = f"/omds/{desk.hotel.omd_id}/availability?arrival=2027-03-10&departure=2027-03-12"
    before = (await desk.send("GET", path, party="alpha")).json()
    await desk.limit_house("2027-03-11", "2027-03-12", 1 - ROOMS)
    whole = (await desk.send("GET", path, party="alpha")).json()
    [grand] = [each for each in whole["businesses"] if each["business_id"] == desk.hotel.id]
    assert (grand["available"], grand["sellable"]) == (ROOMS, 1)
    assert [each["sellable"] for each in grand["room_types"] if each["quantity"]] == [1, 1, 1]
    sums = (before["available"], before["sellable"] - ROOMS + 1)
    assert (whole["available"], whole["sellable"]) == sums
    page = (await desk.send("GET", f"{path}&limit=1", party="alpha")).json()
    assert len(page["businesses"]) < len(whole["businesses"])
    assert (page["available"], page["sellable"]) == sums


async def test_the_house_refuses_what_its_types_would_sell(desk: Desk) -> None:
    await desk.limit_house("2027-03-10", "2027-03-12", 2 - ROOMS)
    first = await desk.booked("double", "2027-03-10", "2027-03-12")
    await desk.booked("single", "2027-03-11", "2027-03-13")
    before = await contents(desk.connection)
    refused = problem_of(await desk.book("twin", "2027-03-10", "2027-03-13"), 409, "sold_out")
    assert refused["data"] == {"nights": ["2027-03-11"], "limit": "house"}
    assert "house-wide limit" in refused["detail"]
    assert await sellable(desk, "2027-03-10", "2027-03-13") == {"double": 0, "single": 0, "twin": 0, "apartment": 0}
    assert (await desk.availability("2027-03-10", "2027-03-13"))["twin"]["available"] == 2
    assert await contents(desk.connection) == before
    await desk.stepped(first["id"], "cancel")
    assert rooms_of(await desk.booked("twin", "2027-03-10", "2027-03-13")) == ["301"] * 3


async def test_a_type_that_is_short_itself_says_so(desk: Desk) -> None:
    await desk.limit_house("2027-03-10", "2027-03-12", 5)
    for _ in range(2):
        await desk.booked("twin", "2027-03-10", "2027-03-11")
    refused = problem_of(await desk.book("twin", "2027-03-10", "2027-03-12"), 409, "sold_out")
    assert refused["data"] == {"nights": ["2027-03-10"], "limit": "room_type"}


async def test_types_overbooked_within_the_house(desk: Desk) -> None:
    """A double more than there are is sold for a single that stands empty, and no stay more than there are rooms."""
    await desk.overbook("twin", "2027-03-10", "2027-03-11", ROOMS)
    await desk.limit_house("2027-03-10", "2027-03-11", 0)
    for _ in range(ROOMS):
        await desk.booked("twin", "2027-03-10", "2027-03-11")
    refused = problem_of(await desk.book("single", "2027-03-10", "2027-03-11"), 409, "sold_out")
    assert refused["data"]["limit"] == "house"
    assert (await sellable(desk, "2027-03-10", "2027-03-11"))["single"] == 0


async def test_a_named_override_sells_above_the_house(desk: Desk) -> None:
    await desk.limit_house("2027-03-10", "2027-03-12", 1 - ROOMS)
    await desk.booked("double", "2027-03-10", "2027-03-11")
    forced = await desk.booked("double", "2027-03-10", "2027-03-12", override_reason="the owner's cousin")
    assert [(each["sold"], each["forced"]) for each in await desk.house_nights("2027-03-10", "2027-03-12")] == [
        (2, 1),
        (1, 0),
    ]
    assert await desk.connection.fetchval("select sum(forced) from room_type_availability") == 0
    said = await desk.connection.fetchval(
        "select data ->> 'forced_nights' from events where aggregate_id = $1 and type = 'reservation.booked'",
        forced["id"],
    )
    assert said == '["2027-03-10"]'
    problem_of(await desk.book("single", "2027-03-10", "2027-03-11"), 409, "sold_out")
    await desk.stepped(forced["id"], "cancel")
    assert [each["forced"] for each in await desk.house_nights("2027-03-10", "2027-03-12")] == [0, 0]


async def test_an_override_goes_above_type_and_house_at_once(desk: Desk) -> None:
    await desk.limit_house("2027-03-10", "2027-03-11", 2 - ROOMS)
    for _ in range(2):
        await desk.booked("twin", "2027-03-10", "2027-03-11")
    booked = await desk.booked("twin", "2027-03-10", "2027-03-11", override_reason="promised")
    assert rooms_of(booked) == [None]
    assert await desk.connection.fetchval("select sum(forced) from room_type_availability") == 1
    assert [each["forced"] for each in await desk.house_nights("2027-03-10", "2027-03-11")] == [1]


@pytest.mark.parametrize("limited", [("type",), ("house",), ("type", "house")])
async def test_an_override_holds_while_other_stays_move(desk: Desk, limited: tuple[str, ...]) -> None:
    """No single room is free at first: the stay is tried by override, room is made, and it is tried again."""
    await desk.booked("twin", "2027-03-10", "2027-03-11", room="301")
    await desk.booked("twin", "2027-03-11", "2027-03-12", room="302")
    if "type" in limited:
        await desk.overbook("twin", "2027-03-10", "2027-03-12", -1)
    if "house" in limited:
        await desk.limit_house("2027-03-10", "2027-03-12", 1 - ROOMS)
    problem_of(await desk.book("twin", "2027-03-10", "2027-03-12"), 409, "sold_out")
    booked = await desk.booked("twin", "2027-03-10", "2027-03-12", override_reason="a wedding")
    assert len(set(rooms_of(booked))) == 1
    assert await desk.connection.fetchval("select sum(forced) from room_type_availability") == 2 * ("type" in limited)


async def test_a_change_of_dates_meets_the_limit(desk: Desk) -> None:
    await desk.limit_house("2027-03-10", "2027-03-11", 1 - ROOMS)
    await desk.booked("double", "2027-03-10", "2027-03-11")
    other = await desk.booked("single", "2027-03-11", "2027-03-12")
    before = await contents(desk.connection)
    refused = problem_of(await desk.amend(other["id"], arrival="2027-03-10"), 409, "sold_out")
    assert refused["data"] == {"nights": ["2027-03-10"], "limit": "house"}
    assert await contents(desk.connection) == before
    await desk.amended(other["id"], arrival="2027-03-10", override_reason="a wedding")
    assert [(each["sold"], each["forced"]) for each in await desk.house_nights("2027-03-10", "2027-03-11")] == [(2, 1)]


async def test_a_stay_changes_its_type_under_a_full_house(desk: Desk) -> None:
    await desk.limit_house("2027-03-10", "2027-03-12", 1 - ROOMS)
    stay = await desk.booked("single", "2027-03-10", "2027-03-12")
    moved = await desk.amended(stay["id"], room_type_id=desk.hotel.types["double"].id)
    assert set(rooms_of(moved)) <= set(desk.hotel.types["double"].rooms)
    assert [each["sold"] for each in await desk.house_nights("2027-03-10", "2027-03-12")] == [1, 1]


async def test_a_lowered_limit_keeps_what_is_sold_as_forced(desk: Desk) -> None:
    await desk.limit_house("2027-03-10", "2027-03-12", 0)
    stays = [await desk.booked("double", "2027-03-10", "2027-03-12") for _ in range(3)]
    await desk.limit_house("2027-03-10", "2027-03-12", 1 - ROOMS)
    assert [each["forced"] for each in await desk.house_nights("2027-03-10", "2027-03-12")] == [2, 2]
    await desk.stepped(stays[0]["id"], "cancel")
    assert [each["forced"] for each in await desk.house_nights("2027-03-10", "2027-03-12")] == [1, 1]
    await desk.limit_house("2027-03-11", "2027-03-12", 0)
    assert [each["forced"] for each in await desk.house_nights("2027-03-10", "2027-03-12")] == [1, 0]


async def test_a_room_out_of_order_is_missed_by_the_house(desk: Desk) -> None:
    await desk.limit_house("2027-03-10", "2027-03-12", 1 - ROOMS)
    await desk.booked("double", "2027-03-10", "2027-03-11", room="101")
    before = await contents(desk.connection)
    refused = problem_of(await desk.maintain("201", "2027-03-10", "2027-03-12"), 409, "sold_nights_uncovered")
    assert "house-wide limit" in refused["detail"]
    assert await contents(desk.connection) == before
    started = await desk.maintained("201", "2027-03-10", "2027-03-12", override_reason="the ceiling came down")
    assert [(each["out_of_order"], each["forced"]) for each in await desk.house_nights("2027-03-10", "2027-03-12")] == [
        (1, 1),
        (1, 0),
    ]
    assert (await desk.end_maintenance(started["interval"]["id"])).status_code == 204
    assert [each["forced"] for each in await desk.house_nights("2027-03-10", "2027-03-12")] == [0, 0]


async def test_a_limit_that_keeps_every_room_back_hinders_no_repair(desk: Desk) -> None:
    await desk.limit_house("2027-03-10", "2027-03-12", -3 * ROOMS)
    assert [each["forced"] for each in await desk.house_nights("2027-03-10", "2027-03-12")] == [0, 0]
    for room in ("101", "201", "301", "302"):
        await desk.maintained(room, "2027-03-10", "2027-03-12")
    problem_of(await desk.book("double", "2027-03-10", "2027-03-11"), 409, "sold_out")
    await desk.booked("double", "2027-03-10", "2027-03-11", override_reason="the mayor")
    assert [each["forced"] for each in await desk.house_nights("2027-03-10", "2027-03-12")] == [1, 0]


async def test_a_limit_is_lifted(desk: Desk) -> None:
    await desk.limit_house("2027-03-10", "2027-03-13", -ROOMS)
    path = f"/businesses/{desk.hotel.id}/overbooking?starts_on=2027-03-11&ends_on=2027-05-01"
    answers = [await desk.send("DELETE", path) for _ in range(2)]
    assert [(each.status_code, each.json()) for each in answers] == [(200, {"nights": 2}), (200, {"nights": 0})]
    assert [each["date"] for each in await desk.house_nights("2027-03-01", "2027-04-01")] == ["2027-03-10"]
    assert (
        await desk.connection.fetchval("select count(*) from events where type = 'business.overbooking_removed'") == 1
    )
    await desk.booked("double", "2027-03-11", "2027-03-13")
    problem_of(await desk.book("double", "2027-03-10", "2027-03-11"), 409, "sold_out")


async def test_a_limit_that_has_left_the_horizon_stays_on_record(desk: Desk) -> None:
    await desk.limit_house("2027-01-01", "2027-01-03", 1)
    # What the upkeep does with a quarter that is over: its counters leave, the rows of the house stay.
    await desk.connection.execute("update availability_horizons set starts_on = '2027-02-01'")
    before = await desk.house_nights("2027-01-01", "2027-02-10")
    assert [each["overbooking"] for each in before] == [1, 1]
    path = f"/businesses/{desk.hotel.id}/overbooking"
    refused = await desk.send("DELETE", f"{path}?starts_on=2027-01-01&ends_on=2027-02-10")
    assert pointers(problem_of(refused, 422, "beyond_horizon")) == ["?starts_on"]
    refused = await desk.send("DELETE", f"{path}?starts_on=2027-03-01&ends_on=9999-12-31")
    assert pointers(problem_of(refused, 422, "beyond_horizon")) == ["?ends_on"]
    assert await desk.house_nights("2027-01-01", "2027-02-10") == before


async def test_a_limit_set_twice_by_one_key_is_set_once(desk: Desk) -> None:
    path = f"/businesses/{desk.hotel.id}/overbooking"
    body = {"starts_on": "2027-03-10", "ends_on": "2027-03-12", "rooms": 1}
    answers = [await desk.send("PUT", path, body, Idempotency_Key="limit-1") for _ in range(2)]
    assert [each.json() for each in answers] == [{"nights": 2}] * 2
    assert await desk.connection.fetchval("select count(*) from events where type = 'business.overbooking_set'") == 1
    lifted = [
        await desk.send("DELETE", f"{path}?starts_on={day}&ends_on=2027-03-12", Idempotency_Key="lift-1")
        for day in ("2027-03-11", "2027-03-11", "2027-03-10")
    ]
    assert [each.json() for each in lifted[:2]] == [{"nights": 1}] * 2
    problem_of(lifted[2], 422, "idempotency_key_reused")


@pytest.mark.parametrize(
    ("body", "code", "at"),
    [
        ({"starts_on": "2027-03-10", "ends_on": "2027-03-10", "rooms": 1}, "invalid_input", ["/ends_on"]),
        ({"starts_on": "2027-03-10", "ends_on": "2030-03-10", "rooms": 1}, "beyond_horizon", ["/ends_on"]),
        ({"starts_on": "2026-03-10", "ends_on": "2027-03-10", "rooms": 1}, "beyond_horizon", ["/starts_on"]),
        ({"starts_on": "2027-03-10", "ends_on": "2027-03-11", "rooms": 10_001}, "invalid_input", ["/rooms"]),
        ({"starts_on": "2027-03-10", "ends_on": "2027-03-11"}, "invalid_input", ["/rooms"]),
    ],
)
async def test_what_makes_no_limit(desk: Desk, body: dict[str, object], code: str, at: list[str]) -> None:
    answer = await desk.send("PUT", f"/businesses/{desk.hotel.id}/overbooking", body)
    assert pointers(problem_of(answer, 422, code)) == at


async def test_an_interval_without_a_night_is_named_in_the_query(desk: Desk) -> None:
    for method in ("GET", "DELETE"):
        path = f"/businesses/{desk.hotel.id}/overbooking?starts_on=2027-03-10&ends_on=2027-03-10"
        assert pointers(problem_of(await desk.send(method, path), 422, "invalid_input")) == ["?ends_on"]


async def test_an_interval_without_a_night_has_one_code(desk: Desk) -> None:
    """Whatever the interval is for: a limit of the house, one of a type, or maintenance."""
    limit = {"starts_on": "2027-03-10", "ends_on": "2027-03-10", "rooms": 1}
    room_type = desk.hotel.types["twin"].id
    answers = [
        await desk.send("PUT", f"/businesses/{desk.hotel.id}/overbooking", limit),
        await desk.send("PUT", f"/businesses/{desk.hotel.id}/room-types/{room_type}/overbooking", limit),
        await desk.maintain("101", "2027-03-10", "2027-03-10"),
    ]
    told = [problem_of(answer, 422, "invalid_input")["problems"] for answer in answers]
    said = "The end must be at least one day after the start."
    assert told == [[{"pointer": "/ends_on", "code": "end_not_after_start", "detail": said}]] * 3


async def test_nobody_else_sets_or_lifts_a_limit(desk: Desk) -> None:
    await desk.limit_house("2027-03-10", "2027-03-12", 1)
    before = await contents(desk.connection)
    path = f"/businesses/{desk.hotel.id}/overbooking"
    body = {"starts_on": "2027-03-10", "ends_on": "2027-03-12", "rooms": 9}
    query = "?starts_on=2027-03-10&ends_on=2027-03-12"
    for party, status, code in (
        ("lodge", 404, "not_found"),
        ("harbour", 404, "not_found"),
        ("alpha", 403, "not_allowed"),
    ):
        problem_of(await desk.send("PUT", path, body, party=party), status, code)
        problem_of(await desk.send("DELETE", path + query, party=party), status, code)
    for party in ("lodge", "harbour"):
        problem_of(await desk.send("GET", path + query, party=party), 404, "not_found")
    seen = await desk.send("GET", path + query, party="alpha")
    assert [each["overbooking"] for each in seen.json()["nights"]] == [1, 1]
    assert await contents(desk.connection) == before


async def do_something(desk: Desk, chance: random.Random, stays: list[str], outages: list[int]) -> None:
    """Book, change, end, limit, lift, take out or give back; a refusal is a fine answer too."""
    arrival = date(2027, 3, 10) + DAY * chance.randrange(5)
    dates = (arrival.isoformat(), (arrival + DAY * chance.randint(1, 4)).isoformat())
    named = {"override_reason": "chance"} if chance.random() < 0.15 else {}
    what = chance.choice(["book"] * 6 + ["cancel", "amend", "maintain", "end", "limit", "type limit", "lift"])
    path = f"/businesses/{desk.hotel.id}/overbooking"
    if what == "book":
        answer = await desk.book(chance.choice(["double", "single", "twin"]), *dates, **named)
        stays += [answer.json()["id"]] if answer.status_code == 201 else []
    elif what == "cancel" and stays:
        answer = await desk.step(stays.pop(chance.randrange(len(stays))), "cancel")
    elif what == "amend" and stays:
        answer = await desk.amend(chance.choice(stays), arrival=dates[0], departure=dates[1], **named)
    elif what == "maintain":
        answer = await desk.maintain(chance.choice(sorted(desk.hotel.rooms)), *dates, **named)
        outages += [answer.json()["interval"]["id"]] if answer.status_code == 201 else []
    elif what == "end" and outages:
        answer = await desk.end_maintenance(outages.pop(chance.randrange(len(outages))))
    elif what == "limit":
        body = {"starts_on": dates[0], "ends_on": dates[1], "rooms": chance.randint(-12, 3)}
        answer = await desk.send("PUT", path, body)
    elif what == "type limit":
        await desk.overbook(chance.choice(["double", "single", "twin"]), *dates, chance.randint(-7, 3))
        return
    elif what == "lift":
        answer = await desk.send("DELETE", f"{path}?starts_on={dates[0]}&ends_on={dates[1]}")
    else:
        return
    assert answer.status_code in (200, 201, 204, 409), answer.text


@pytest.mark.parametrize("seed", range(4))
async def test_whatever_is_done_what_is_sellable_is_what_can_be_booked(desk: Desk, seed: int) -> None:
    """The books are balanced at the end of every test; here each type and night is asked and then tried."""
    chance = random.Random(seed)
    stays: list[str] = []
    outages: list[int] = []
    refusals = set()
    for _ in range(60):
        await do_something(desk, chance, stays, outages)
    await desk.limit_house("2027-03-17", "2027-03-19", chance.randint(-12, -8))
    for night in (date(2027, 3, 9) + DAY * n for n in range(10)):
        dates = (night.isoformat(), (night + DAY).isoformat())
        for code in ("double", "single", "twin"):
            offered = (await sellable(desk, *dates))[code]
            answer = await desk.book(code, *dates)
            if offered:
                assert answer.status_code == 201, answer.text
            else:
                refusals.add(problem_of(answer, 409, "sold_out")["data"]["limit"])
    assert "house" in refusals
