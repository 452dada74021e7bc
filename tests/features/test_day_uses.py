"""Rooms for a part of a day: booked, entered, paid and left without a night, and never with somebody else in them."""

from decimal import Decimal

import asyncpg
import pytest

from omd.kernel.clock import FixedClock
from support.bookings import OfferDesk
from support.day_uses import DAY, at, body, refused, used
from support.front_desk import Desk, Json, contents, pointers, problem_of, rooms_of
from support.nightly import FIRST, Night, counts_of
from support.persons import Persons
from support.planner_screen import read_planner
from support.roles import acting_as
from support.worlds import system_actor


async def test_a_room_is_used_by_day_without_a_night(desk: Desk, clock: FixedClock) -> None:
    stay = await used(desk, "10:00", "14:00", room="301")
    assert (stay["arrival"], stay["departure"], stay["status"], stay["nights"]) == (DAY, DAY, "confirmed", [])
    assert stay["day_use"] == {
        "room_id": desk.hotel.rooms["301"],
        "room_number": "301",
        "starts_at": "2027-03-10T08:00:00Z",
        "ends_at": "2027-03-10T12:00:00Z",
    }
    assert await desk.stay(stay["id"]) == stay
    assert await desk.free("twin", DAY) == [2], "a night is sold as before"
    at(clock, 10)
    (listed,) = (await desk.send("GET", f"/businesses/{desk.hotel.id}/arrivals")).json()
    assert (listed["required_action"], listed["room_numbers"], listed["nights"]) == ("check_in", ["301"], 0)
    assert listed["day_use"] == {"starts_at": "2027-03-10T08:00:00Z", "ends_at": "2027-03-10T12:00:00Z"}
    planner = read_planner((await desk.send("GET", f"/businesses/{desk.hotel.id}/planner")).content)
    assert [(each.code, each.room) for each in planner.day_uses] == [(stay["code"], desk.hotel.rooms["301"])]
    assert (await desk.stepped(stay["id"], "check-in"))["status"] == "in_house"
    (leaving,) = (await desk.send("GET", f"/businesses/{desk.hotel.id}/departures")).json()
    assert leaving["required_action"] == "check_out"
    gone = await desk.stepped(stay["id"], "check-out")
    assert (gone["status"], gone["departure"]) == ("checked_out", DAY)
    assert {each["code"] for each in gone["actions"] if each["action"] in ("undo_check_out", "move")} == {
        "day_use",
        "stay_is_closed",
    }
    await used(desk, "12:00", "14:00", room="301")


async def test_no_two_have_a_room_at_once(desk: Desk) -> None:
    await used(desk, "10:00", "14:00", room="301")
    for since, until in (("10:00", "14:00"), ("13:59", "15:00"), ("09:00", "10:01"), ("11:00", "12:00")):
        assert pointers(await refused(desk, since, until, room="301")) == ["/room_id"]
    await used(desk, "14:00", "15:00", room="301")
    other = await used(desk, "10:00", "14:00")
    assert other["day_use"]["room_number"] == "302"
    assert pointers(await refused(desk, "10:00", "14:00")) == ["/from_time"]
    await desk.stepped(other["id"], "cancel", {"reason": "ill"})
    assert (await used(desk, "10:00", "14:00"))["day_use"]["room_number"] == "302"


@pytest.mark.parametrize(
    ("arrival", "departure", "since", "until", "free"),
    [
        ("2027-03-09", "2027-03-11", "12:00", "14:00", False),
        ("2027-03-08", "2027-03-10", "10:59", "14:00", False),
        ("2027-03-08", "2027-03-10", "11:00", "14:00", True),
        ("2027-03-10", "2027-03-12", "12:00", "15:01", False),
        ("2027-03-10", "2027-03-12", "12:00", "15:00", True),
        ("2027-03-11", "2027-03-12", "00:00", "23:59", True),
    ],
    ids=["stays over the day", "leaves later", "has left", "arrives before", "arrives after", "another day"],
)
async def test_nobody_has_a_room_while_a_guest_is_in_it(
    desk: Desk, arrival: str, departure: str, since: str, until: str, *, free: bool
) -> None:
    """Whoever comes second is refused, the stay or the day use."""
    night = await desk.booked("twin", arrival, departure, room="301")
    if free:
        await used(desk, since, until, room="301")
    else:
        await refused(desk, since, until, room="301")
    await desk.stepped(night["id"], "cancel", {"reason": "other way round"})
    if free:
        await desk.booked("twin", arrival, departure, room="301")
        return
    by_day = await used(desk, since, until, room="301")
    before = await contents(desk.connection)
    problem_of(await desk.book("twin", arrival, departure, room="301"), 409, "room_not_free")
    assert await contents(desk.connection) == before
    assert set(rooms_of(await desk.booked("twin", arrival, departure))) == {"302"}
    moves = await desk.booked("twin", "2027-03-20", "2027-03-22", room="301")
    moved = await desk.amend(moves["id"], arrival=arrival, departure=departure, room="301")
    assert problem_of(moved, 409, "room_not_free")
    await desk.stepped(by_day["id"], "cancel", {"reason": "ill"})
    await desk.booked("twin", arrival, departure, room="301")


async def test_a_stay_is_not_prolonged_over_a_day_use(desk: Desk) -> None:
    night = await desk.booked("twin", "2027-03-08", DAY, room="301", room_locked=True)
    by_day = await used(desk, "12:00", "14:00", room="301")
    told = problem_of(await desk.amend(night["id"], departure="2027-03-11"), 409, "room_not_free")
    assert told["data"]["code"] == by_day["code"]


async def test_a_hotels_hours_say_when_days_and_nights_meet(desk: Desk, persons: Persons) -> None:
    path = f"/businesses/{desk.hotel.id}/stay-settings"
    assert (await desk.send("GET", path)).json() == {
        "check_in_from": "15:00",
        "check_out_until": "11:00",
        "late_from": "18:00",
    }
    headers = await persons.headers("marta", ("manager", desk.hotel))
    hours = {"check_in_from": "18:00", "check_out_until": "08:00", "late_from": "18:00"}
    put = await desk.client.put(f"/api/v1{path}", json=hours, headers=headers)
    assert (put.status_code, put.json()) == (200, hours)
    assert (await desk.send("GET", path)).json() == hours
    crossed = await desk.client.put(f"/api/v1{path}", json={"check_out_until": "15:01"}, headers=headers)
    assert pointers(problem_of(crossed, 422, "invalid_input")) == ["/check_out_until"]
    await desk.booked("twin", "2027-03-08", DAY, room="301")
    await desk.booked("twin", DAY, "2027-03-11", room="301")
    await used(desk, "08:00", "18:00", room="301")


async def test_a_hotel_says_after_when_an_arrival_is_late(desk: Desk, persons: Persons, clock: FixedClock) -> None:
    """Whoever looks at the list or the planner sees it at once, though no stay changed."""
    stay = await desk.booked("twin", DAY, "2027-03-11")
    path = f"/reservations/{stay['id']}/estimated-arrival"
    assert (await desk.send("PUT", path, {"estimated_arrival": "19:30"})).status_code == 200
    at(clock, 10)
    headers = await persons.headers("marta", ("manager", desk.hotel))

    async def late() -> list[bool]:
        listed = (await desk.send("GET", f"/businesses/{desk.hotel.id}/arrivals")).json()
        planner = read_planner((await desk.send("GET", f"/businesses/{desk.hotel.id}/planner")).content)
        told = (await desk.send("GET", f"/reservations/{stay['id']}/preparations")).json()
        return [listed[0]["arrives_late"], bool(planner.bars.flags[0] & 16), told["arrives_late"]]

    assert await late() == [True] * 3
    for hour, is_late in (("20:00", False), ("19:29", True)):
        url = f"/api/v1/businesses/{desk.hotel.id}/stay-settings"
        assert (await desk.client.put(url, json={"late_from": hour}, headers=headers)).status_code == 200
        assert await late() == [is_late] * 3


@pytest.mark.parametrize(
    ("since", "until", "more", "code", "where"),
    [
        ("14:00", "14:00", {}, "invalid_input", ["/until_time"]),
        ("14:00", "10:00", {}, "invalid_input", ["/until_time"]),
        ("24:00", "25:00", {}, "invalid_input", ["/from_time", "/until_time"]),
        ("03:30", "04:10", {"day": "2027-03-28"}, "invalid_input", ["/until_time"]),
        ("10:00", "14:00", {"adults": 9}, "too_many_guests", ["/adults"]),
        ("10:00", "14:00", {"day": "2031-03-10"}, "beyond_horizon", ["/date"]),
    ],
    ids=["no time", "backwards", "no hours", "skipped by the clock", "too many", "not open"],
)
async def test_what_is_no_day_use_is_refused(
    desk: Desk, since: str, until: str, more: Json, code: str, where: list[str]
) -> None:
    assert pointers(await refused(desk, since, until, code, **more)) == where


async def test_a_day_use_keeps_its_room_and_time_and_changes_its_guests(desk: Desk, clock: FixedClock) -> None:
    stay = await used(desk, "10:00", "14:00", room="301")
    for change in ({"departure": "2027-03-12"}, {"room_id": desk.hotel.rooms["302"]}, {"arrival": "2027-03-11"}):
        told = problem_of(await desk.amend(stay["id"], **change), 409, "action_refused")
        assert told["data"]["reason_code"] == "day_use"
    told = problem_of(await desk.step(stay["id"], "move", {"room_id": desk.hotel.rooms["302"]}), 409, "action_refused")
    assert told["data"]["reason_code"] == "day_use"
    changed = await desk.amended(stay["id"], guests=[{"last_name": "Rus"}], note="a quiet room")
    assert (changed["guests"][0]["last_name"], changed["day_use"]) == ("Rus", stay["day_use"])
    early = problem_of(await desk.step(stay["id"], "check-in"), 409, "action_refused")
    assert early["data"]["reason_code"] == "before_arrival"
    at(clock, 11)
    late = problem_of(await desk.step(stay["id"], "check-in"), 409, "action_refused")
    assert late["data"]["reason_code"] == "after_departure"
    assert (await desk.stepped(stay["id"], "no-show"))["status"] == "no_show"
    told = problem_of(await desk.step(stay["id"], "reinstate"), 409, "action_refused")
    assert told["data"]["reason_code"] == "day_use"


async def test_who_has_the_room_by_day_is_in_it(desk: Desk, clock: FixedClock) -> None:
    overdue = await desk.booked("twin", "2027-03-08", DAY, room="301")
    stay = await used(desk, "11:00", "15:00", room="301")
    arrives = await desk.booked("twin", DAY, "2027-03-11", room="301")
    at(clock, 8)
    await desk.stepped(overdue["id"], "check-in")
    at(clock, 10)
    for step, there in ((stay, overdue), (arrives, stay)):
        told = problem_of(await desk.step(step["id"], "check-in"), 409, "room_occupied")
        assert [each["code"] for each in told["data"]["stays"]] == [there["code"]]
        said = next(each for each in (await desk.stay(step["id"]))["actions"] if each["action"] == "check_in")
        assert said["code"] == "room_occupied"
        await desk.stepped(there["id"], "check-out")
        if step is stay:
            await desk.stepped(step["id"], "check-in")
    await desk.stepped(arrives["id"], "check-in")


async def test_a_room_out_of_order_and_a_day_use_exclude_each_other(desk: Desk) -> None:
    stay = await used(desk, "10:00", "14:00", room="301")
    interval = {
        "room_id": desk.hotel.rooms["301"],
        "kind": "out_of_order",
        "starts_on": "2027-03-09",
        "ends_on": "2027-03-11",
        "reason": "a burst pipe",
    }
    path = f"/businesses/{desk.hotel.id}/maintenance"
    told = problem_of(await desk.send("POST", path, interval), 409, "room_not_free")
    assert told["data"]["code"] == stay["code"]
    await desk.stepped(stay["id"], "cancel", {"reason": "the pipe"})
    assert (await desk.send("POST", path, interval)).status_code == 201
    await refused(desk, "10:00", "14:00", room="301")


async def test_a_room_that_is_wanted_by_day_is_not_retired(desk: Desk) -> None:
    await used(desk, "10:00", "14:00", room="301")
    retire = f"update individual_rooms set retired_on = '2027-03-10' where id = {desk.hotel.rooms['301']}"
    async with acting_as(desk.connection, "omd_maintenance", system_actor(desk.world.alpha)) as maintenance:
        await maintenance.execute("set constraints all immediate")
        await maintenance.execute(retire.replace("03-10", "03-11"))
        with pytest.raises(asyncpg.PostgresError, match="room 301 is used by day on 2027-03-10"):
            await maintenance.execute(retire)


async def test_it_has_no_night_to_be_offered_or_to_owe(desk: Desk, clock: FixedClock) -> None:
    """What is asked of every stay is answered of one without a night, too."""
    stay = await used(desk, "10:00", "14:00", price={"amount": "109.00"})
    at_stay = f"/reservations/{stay['id']}"
    told = problem_of(await desk.send("POST", f"{at_stay}/offers", {}), 409, "action_refused")
    assert told["data"]["reason_code"] == "day_use"
    assert (await desk.send("GET", f"{at_stay}/fees")).status_code == 404, "no offer sold it under a policy"
    assert (await desk.send("GET", f"{at_stay}/preparations")).status_code == 200
    linked = await desk.send("POST", f"{at_stay}/guest-profiles", {})
    profile = linked.json()["guests"][0]["profile_id"]
    history = await desk.send("GET", f"/businesses/{desk.hotel.id}/guest-profiles/{profile}/stays")
    assert history.json()["nights"] == 0
    listed = await desk.send("GET", f"/businesses/{desk.hotel.id}/reservations?code={stay['code']}")
    assert [each["id"] for each in listed.json()] == [stay["id"]]
    at(clock, 10)
    dashboard = (await desk.send("GET", f"/businesses/{desk.hotel.id}/dashboard")).json()
    assert (dashboard["arrivals"]["expected"], dashboard["tonight"]["stays"]) == (1, 0)


async def test_it_is_charged_once_and_counted_apart(desk: Desk, persons: Persons, clock: FixedClock) -> None:
    night = Night(await OfferDesk.at(desk), persons, clock)
    await night.audited()
    headers = await persons.headers("olivia", ("owner", desk.hotel))
    tax = {"code": "VAT", "name": "VAT", "basis": "percent", "placement": "included", "value": "9", "kinds": ["room"]}
    rules = f"/api/v1/businesses/{desk.hotel.id}/tax-rules"
    made = await desk.client.post(rules, json={**tax, "since": "2027-01-01"}, headers=headers)
    assert made.status_code == 201, made.text
    price = {"amount": "109.00"}
    stay = await used(desk, "10:00", "14:00", day=str(FIRST), price=price)
    await desk.stepped(stay["id"], "check-in")
    uncharged = problem_of(await desk.step(stay["id"], "check-out"), 409, "nights_not_charged")
    assert str(FIRST) in str(uncharged["data"])
    blocked = problem_of(await night.start(FIRST), 409, "night_audit_blocked")
    assert [each["refused"] for each in blocked["data"]["decisions"]] == ["day_use_not_extended"]
    for _ in range(2):
        charged = await night.cashier.send("POST", f"/reservations/{stay['id']}/nights/charges", {})
        assert charged.status_code == 201
        (folio,) = charged.json()
        assert folio["balance"] == "109.00"
    problem_of(await desk.step(stay["id"], "check-out"), 409, "balance_open")
    await night.cashier.settle(stay["id"])
    await desk.stepped(stay["id"], "check-out")
    shown = await night.closed(FIRST)
    assert counts_of(shown)["arrivals"] == {"no_shows": 0}
    twin = (await night.statistics(FIRST))[desk.hotel.types["twin"].id]
    assert (twin["day_uses"], twin["arrivals"], twin["departures"], twin["sold"], twin["occupied"]) == (1, 0, 0, 0, 0)
    assert Decimal(twin["day_use_revenue"]) == Decimal(twin["room_revenue"]) == Decimal("100.00")


@pytest.mark.parametrize("party", ["lodge", "alpha", "beta"])
async def test_nobody_else_books_a_room_by_day(desk: Desk, party: str) -> None:
    path = f"/businesses/{desk.hotel.id}/day-uses"
    answer = await desk.send("POST", path, body(desk, "10:00", "14:00"), party=party)
    assert answer.status_code in (403, 404), answer.text
    assert await desk.connection.fetchval("select count(*) from day_uses") == 0
