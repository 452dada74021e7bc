"""Availability through HTTP agrees with what is booked, and with the count over the room rows."""

import random
from datetime import UTC, date, datetime, timedelta

import pytest

from omd.db import Database
from omd.features.availability.queries import count_rooms_by_row
from omd.kernel.clock import FixedClock
from support.front_desk import Desk, pointers, problem_of
from support.worlds import hotel_actor

DAY = timedelta(days=1)


async def test_every_type_is_listed_those_without_rooms_too(desk: Desk) -> None:
    found = await desk.availability("2027-03-10", "2027-03-11")
    assert {code: (each["quantity"], each["available"], each["sellable"]) for code, each in found.items()} == {
        "double": (5, 5, 5),
        "single": (3, 3, 3),
        "twin": (2, 2, 2),
        "apartment": (0, 0, 0),
    }
    assert all("nights" not in each for each in found.values())


async def test_a_stay_has_the_least_of_its_nights(desk: Desk) -> None:
    await desk.booked("double", "2027-03-11", "2027-03-12")
    await desk.booked("double", "2027-03-13", "2027-03-14")
    await desk.booked("double", "2027-03-13", "2027-03-15")
    assert (await desk.availability("2027-03-10", "2027-03-11"))["double"]["available"] == 5
    assert (await desk.availability("2027-03-10", "2027-03-13"))["double"]["available"] == 4
    assert (await desk.availability("2027-03-10", "2027-03-14"))["double"]["available"] == 3
    assert (await desk.availability("2027-03-14", "2027-03-20"))["double"]["available"] == 4


async def test_a_year_is_one_question(desk: Desk) -> None:
    await desk.booked("double", "2027-12-31", "2028-01-01")
    found = await desk.availability("2027-03-10", "2028-03-10")
    assert found["double"]["available"] == 4


@pytest.mark.parametrize(
    ("adults", "children", "codes"),
    [
        (1, 0, {"double", "single", "twin", "apartment"}),
        (2, 0, {"double", "twin", "apartment"}),
        (2, 1, {"double", "apartment"}),
        (1, 1, {"double", "twin", "apartment"}),
        (3, 0, {"apartment"}),
        (4, 2, {"apartment"}),
        (4, 3, set()),
        (5, 0, set()),
    ],
)
async def test_only_types_that_take_the_party(desk: Desk, adults: int, children: int, codes: set[str]) -> None:
    assert set(await desk.availability("2027-03-10", "2027-03-11", adults=adults, children=children)) == codes


async def test_the_nights_tell_what_the_numbers_are_made_of(desk: Desk) -> None:
    await desk.overbook("double", "2027-03-10", "2027-03-11", 2)
    await desk.booked("double", "2027-03-10", "2027-03-12")
    await desk.maintained("105", "2027-03-11", "2027-03-12")
    nights = (await desk.availability("2027-03-10", "2027-03-12", nights="true"))["double"]["nights"]
    double = desk.hotel.types["double"].id
    common = {"room_type_id": double, "physical": 5, "held": 0, "sold": 1, "forced": 0, "house_sellable": None}
    assert nights == [
        {**common, "date": "2027-03-10", "out_of_order": 0, "overbooking": 2, "sellable": 6},
        {**common, "date": "2027-03-11", "out_of_order": 1, "overbooking": 0, "sellable": 3},
    ]


async def test_a_destination_sees_every_member(desk: Desk) -> None:
    await desk.booked("double", "2027-03-10", "2027-03-12")
    answer = await desk.send(
        "GET",
        f"/omds/{desk.world.alpha.id}/availability?arrival=2027-03-10&departure=2027-03-12&adults=2",
        party="alpha",
    )
    assert answer.status_code == 200, answer.text
    found = answer.json()
    members = {member["code"]: member for member in found["businesses"]}
    assert set(members) == {"grand", "lodge"}
    assert {each["code"]: each["available"] for each in members["grand"]["room_types"]} == {
        "double": 4,
        "twin": 2,
        "apartment": 0,
    }
    assert {each["code"]: each["available"] for each in members["lodge"]["room_types"]} == {"double": 2}
    assert (members["grand"]["available"], members["lodge"]["available"], found["available"]) == (6, 2, 8)
    assert (found["sellable"], found["omd_id"]) == (8, desk.world.alpha.id)


async def test_a_destination_is_read_a_page_at_a_time_and_totals_are_of_all_of_it(desk: Desk) -> None:
    await desk.overbook("double", "2027-03-10", "2027-03-12", 2)
    path = f"/omds/{desk.world.alpha.id}/availability?arrival=2027-03-10&departure=2027-03-12&limit=1"
    whole = (await desk.send("GET", path.removesuffix("&limit=1"), party="alpha")).json()
    assert (whole["available"], whole["sellable"]) == (14, 16)
    seen = []
    while path:
        answer = await desk.send("GET", path, party="alpha")
        found = answer.json()
        assert (found["available"], found["sellable"]) == (14, 16)
        seen += found["businesses"]
        path = answer.links["next"]["url"].removeprefix("/api/v1") if "next" in answer.links else ""
    assert seen == whole["businesses"]
    assert [member["code"] for member in seen] == ["grand", "lodge"]


async def test_a_stay_that_can_no_longer_begin_is_refused_as_a_booking_is(desk: Desk) -> None:
    path = f"/businesses/{desk.hotel.id}/availability"
    for query in ("arrival=2027-02-28&departure=2027-03-03", "arrival=2027-02-28&departure=2027-03-01&adults=500"):
        refused = problem_of(await desk.send("GET", f"{path}?{query}"), 422, "arrival_in_the_past")
        assert pointers(refused) == ["?arrival"]
        assert "2027-03-01" in refused["detail"]
    told = problem_of(await desk.book("double", "2027-02-28", "2027-03-03"), 422, "arrival_in_the_past")
    assert pointers(told) == ["/arrival"]
    assert (await desk.availability("2027-03-01", "2027-03-02"))["double"]["sellable"] == 5


@pytest.mark.parametrize(
    "change", ["time_zone = 'Pacific/Kiritimati'", "business_date = '2027-03-02'"], ids=["clock", "by hand"]
)
async def test_a_member_whose_date_has_passed_the_arrival_has_nothing(
    desk: Desk, clock: FixedClock, change: str
) -> None:
    """At noon UTC on 1 March it is 2 March on the Line Islands already: only the others can take tonight's guest."""
    clock.set(datetime(2027, 3, 1, 12, 0, tzinfo=UTC))
    await desk.connection.execute(f"update businesses set {change} where id = $1", desk.world.lodge.id)
    path = f"/omds/{desk.world.alpha.id}/availability?arrival={{}}&departure=2027-03-05"
    answers = [(await desk.send("GET", path.format(day), party="alpha")).json() for day in ("2027-03-01", "2027-03-02")]
    said = [
        {m["code"]: (m["business_date"], m["available"], m["sellable"]) for m in each["businesses"]} for each in answers
    ]
    assert said == [
        {"grand": ("2027-03-01", 10, 10), "lodge": ("2027-03-02", 0, 0)},
        {"grand": ("2027-03-01", 10, 10), "lodge": ("2027-03-02", 4, 4)},
    ]
    assert [each["sellable"] for each in answers] == [10, 14]
    for room_type in answers[0]["businesses"][1]["room_types"]:
        assert (room_type["available"], room_type["sellable"]) == (0, 0)


async def test_a_destination_is_not_a_hotels_to_search(desk: Desk) -> None:
    path = f"/omds/{desk.world.alpha.id}/availability?arrival=2027-03-10&departure=2027-03-12"
    problem_of(await desk.send("GET", path, party="grand"), 403, "not_allowed")
    problem_of(await desk.send("GET", path, party="harbour"), 404, "not_found")


async def test_what_is_sellable_can_be_booked_and_no_more(desk: Desk) -> None:
    for _ in range((await desk.availability("2027-03-10", "2027-03-12"))["single"]["sellable"]):
        await desk.booked("single", "2027-03-10", "2027-03-12")
    assert (await desk.availability("2027-03-10", "2027-03-12"))["single"]["sellable"] == 0
    problem_of(await desk.book("single", "2027-03-10", "2027-03-12"), 409, "sold_out")


async def do_something(desk: Desk, chance: random.Random, stays: list[str], outages: list[int]) -> None:
    """Book, cancel, change, take a room out or give it back; a refusal is a fine answer too."""
    arrival = date(2027, 3, 10) + DAY * chance.randrange(8)
    departure = arrival + DAY * chance.randint(1, 5)
    dates = (arrival.isoformat(), departure.isoformat())
    what = chance.choice(["book", "book", "book", "cancel", "amend", "maintain", "end"])
    if what == "book":
        answer = await desk.book(chance.choice(["double", "single", "twin"]), *dates)
        stays += [answer.json()["id"]] if answer.status_code == 201 else []
    elif what == "cancel" and stays:
        answer = await desk.step(stays.pop(chance.randrange(len(stays))), "cancel")
    elif what == "amend" and stays:
        answer = await desk.amend(chance.choice(stays), arrival=dates[0], departure=dates[1])
    elif what == "maintain":
        kind = chance.choice(["out_of_order", "out_of_service"])
        answer = await desk.maintain(chance.choice(sorted(desk.hotel.rooms)), *dates, kind=kind)
        outages += [answer.json()["interval"]["id"]] if answer.status_code == 201 else []
    elif what == "end" and outages:
        answer = await desk.end_maintenance(outages.pop(chance.randrange(len(outages))))
    else:
        return
    assert answer.status_code in (200, 201, 204, 409), answer.text


@pytest.mark.parametrize("seed", range(3))
async def test_the_count_over_the_rooms_agrees_with_the_counters(desk: Desk, db: Database, seed: int) -> None:
    """Counted room by room; without overbooking every sold night has its room, so both must say the same."""
    chance = random.Random(seed)
    stays: list[str] = []
    outages: list[int] = []
    for _ in range(40):
        await do_something(desk, chance, stays, outages)
    assert stays
    compared = 0
    for night in (date(2027, 3, 9) + DAY * n for n in range(15)):
        fast = await desk.availability(night.isoformat(), (night + DAY).isoformat())
        async with db.reading(hotel_actor(desk.hotel)) as tx:
            counted = await count_rooms_by_row(tx, desk.hotel.id, night)
        by_name = {each.name: (each.available_count, each.total_count) for each in counted}
        assert by_name == {
            each["name"]: (each["available"], each["quantity"]) for each in fast.values() if each["quantity"]
        }
        compared += len(by_name)
    assert compared == 45


async def test_the_count_shows_another_tenant_nothing(desk: Desk, db: Database) -> None:
    for other in (desk.world.harbour, desk.world.lodge):
        async with db.reading(hotel_actor(other)) as tx:
            assert await count_rooms_by_row(tx, desk.hotel.id, date(2027, 3, 10)) == []
