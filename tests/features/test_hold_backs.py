"""Rooms held back through HTTP: off sale, while occupancy says what is true, and what happens to the stays in them."""

from datetime import UTC, date, datetime
from functools import partial

import pytest

from omd.db import Database
from omd.features.availability.horizon import open_horizon
from omd.kernel.clock import FixedClock
from omd.kernel.ids import OmdId
from support.front_desk import Desk, Json, contents, pointers, problem_of, rooms_of

FIRST, LAST = "2027-03-10", "2027-03-12"


async def counters(desk: Desk, type_code: str, night: str) -> Json:
    """Return the counters of a type on a night."""
    after = date.fromordinal(date.fromisoformat(night).toordinal() + 1).isoformat()
    path = f"/businesses/{desk.hotel.id}/availability?arrival={night}&departure={after}&nights=true"
    types = (await desk.send("GET", path)).json()["room_types"]
    found: Json = next(each for each in types if each["code"] == type_code)["nights"][0]
    return found


async def test_rooms_of_a_type_are_off_sale_and_the_house_is_as_large_as_it_was(desk: Desk) -> None:
    placed = await desk.held_back(FIRST, LAST, type_code="twin", rooms=1, kind="staff", reason="the cook sleeps here")
    held = placed["hold_back"]
    assert (held["rooms"], held["kind"], held["reason"], held["room_id"]) == (1, "staff", "the cook sleeps here", None)
    assert held["created_by"].startswith("token:")
    assert (placed["forced_nights"], placed["stays"]) == ([], [])
    night = await counters(desk, "twin", FIRST)
    assert (night["physical"], night["out_of_order"], night["held"], night["sellable"]) == (2, 0, 1, 1)
    assert await desk.free("twin", "2027-03-09", FIRST, "2027-03-11", LAST) == [2, 1, 1, 2]
    await desk.booked("twin", FIRST, LAST)
    refused = problem_of(await desk.book("twin", "2027-03-11", "2027-03-13"), 409, "sold_out")
    assert refused["data"]["nights"] == ["2027-03-11"]


async def test_where_more_is_sold_than_would_be_left_the_nights_are_named(desk: Desk) -> None:
    await desk.booked("twin", "2027-03-11", LAST)
    await desk.booked("twin", "2027-03-11", LAST)
    before = await contents(desk.connection)
    refused = problem_of(await desk.hold_back(FIRST, LAST, type_code="twin"), 409, "sold_nights_uncovered")
    assert refused["data"]["nights"] == [{"date": "2027-03-11", "sold": 2, "left": 1}]
    assert "2027-03-11 (2 sold, 1 left)" in refused["detail"]
    assert await contents(desk.connection) == before


async def test_an_override_holds_back_what_is_sold_and_is_forced_for_just_the_excess(desk: Desk) -> None:
    stays = [await desk.booked("twin", "2027-03-11", LAST) for _ in range(2)]
    placed = await desk.held_back(FIRST, LAST, type_code="twin", override_reason="the owner insists")
    assert placed["forced_nights"] == ["2027-03-11"]
    assert await desk.connection.fetchval("select sum(forced) from room_type_availability") == 1
    assert [rooms_of(await desk.stay(stay["id"])) != [None] for stay in stays] == [True, True]
    said = await desk.connection.fetchval("select data::text from events where type = 'hold_back.placed'")
    assert "the owner insists" in said
    await desk.stepped(stays[0]["id"], "cancel")
    assert await desk.connection.fetchval("select sum(forced) from room_type_availability") == 0


async def test_no_more_rooms_are_held_back_than_there_are(desk: Desk) -> None:
    await desk.held_back(FIRST, LAST, type_code="twin")
    refused = problem_of(
        await desk.hold_back("2027-03-11", "2027-03-13", type_code="twin", rooms=2, override_reason="all of them"),
        *(409, "held_beyond_rooms"),
    )
    assert refused["data"]["rooms"] == 1
    await desk.held_back("2027-03-11", "2027-03-13", type_code="twin", rooms=1)


async def test_a_house_wide_limit_is_asked_too(desk: Desk) -> None:
    await desk.limit_house(FIRST, LAST, -6)
    for _ in range(3):
        await desk.booked("double", FIRST, LAST)
    [left] = {night["sellable"] for night in await desk.house_nights(FIRST, LAST)}
    assert 0 < left < 3
    refused = problem_of(
        await desk.hold_back(FIRST, LAST, type_code="single", rooms=left + 1), *(409, "sold_nights_uncovered")
    )
    assert [night["date"] for night in refused["data"]["nights"]] == [FIRST, "2027-03-11"]
    assert "house-wide limit" in refused["detail"]
    await desk.held_back(FIRST, LAST, type_code="single", rooms=left)
    assert [night["held"] for night in await desk.house_nights(FIRST, LAST)] == [left, left]


async def test_a_certain_room_is_given_to_nobody(desk: Desk) -> None:
    placed = await desk.held_back(FIRST, LAST, room="301")
    assert (placed["hold_back"]["room_number"], placed["hold_back"]["rooms"]) == ("301", 1)
    assert rooms_of(await desk.booked("twin", "2027-03-09", "2027-03-13")) == ["302"] * 4
    stay = await desk.booked("twin", "2027-03-13", "2027-03-14", room="301")
    problem_of(await desk.amend(stay["id"], arrival="2027-03-11"), 409, "sold_out")
    word = await desk.connection.fetchval(
        "select status from room_night_statuses where room_id = $1 and date = '2027-03-11'", desk.hotel.rooms["301"]
    )
    assert word == "held_back"


async def test_a_stay_is_not_put_into_a_room_that_is_held_back_and_hears_why(desk: Desk) -> None:
    await desk.held_back(FIRST, LAST, room="301")
    problem_of(await desk.book("twin", FIRST, LAST, room="301"), 409, "room_not_free")
    stay = await desk.booked("twin", FIRST, LAST)
    moved = await desk.step(stay["id"], "move", {"room_id": desk.hotel.rooms["301"]})
    problem_of(moved, 409, "room_not_free")


async def test_assignment_gives_the_room_to_nobody_even_while_it_is_out_of_order_besides(desk: Desk) -> None:
    stay = await desk.booked("twin", FIRST, LAST, room="302")
    await desk.held_back("2027-03-08", "2027-03-20", room="301")
    await desk.maintained("301", "2027-03-09", "2027-03-11")
    path = f"/reservations/{stay['id']}/rooms/{desk.hotel.rooms['301']}"
    told = (await desk.send("GET", path)).json()
    assert told["possible"] is False
    assert {each["code"] for each in told["refusals"]} == {"taken"}
    wanted = {"scope": "stay", "reservation_id": stay["id"]}
    plan = await desk.send("POST", f"/businesses/{desk.hotel.id}/assignment-plans", wanted)
    assert [each["to_room"] for each in plan.json()["stays"]] == ["302"]


async def test_a_stay_that_fits_nowhere_for_a_hold_back_is_told_of_it(desk: Desk) -> None:
    """Each twin is free on one of two nights: a stay of both would have to be split."""
    await desk.held_back(FIRST, "2027-03-11", room="301", reason="the owner's birthday")
    await desk.held_back("2027-03-11", LAST, room="302", reason="the owner's hangover")
    refused = problem_of(await desk.book("twin", FIRST, LAST), 409, "no_room_throughout")
    assert {(each["what"], each["name"]) for each in refused["data"]["obstacles"]} <= {
        ("held_back", "the owner's birthday"),
        ("held_back", "the owner's hangover"),
    }
    assert refused["data"]["obstacles"]
    assert "is held back (the owner's" in refused["detail"]
    assert [part["room_number"] for part in refused["data"]["split_stay"]] == ["302", "301"]


async def test_stays_in_a_room_that_is_held_back_are_moved(desk: Desk) -> None:
    stay = await desk.booked("double", "2027-03-09", "2027-03-11", room="101")
    placed = await desk.held_back(FIRST, "2027-03-13", room="101")
    assert [(each["code"], each["became"]) for each in placed["stays"]] == [(stay["code"], "moved")]
    assert "101" not in rooms_of(await desk.stay(stay["id"]))


async def test_stays_that_cannot_move_are_named_and_nothing_happens(desk: Desk) -> None:
    locked = await desk.booked("twin", FIRST, LAST, room="301", room_locked=True)
    before = await contents(desk.connection)
    refused = problem_of(await desk.hold_back(FIRST, LAST, room="301"), 409, "stays_in_the_way")
    assert [each["code"] for each in refused["data"]["stays"]] == [locked["code"]]
    assert await contents(desk.connection) == before


async def test_an_overridden_stay_waits_until_the_room_comes_back(desk: Desk) -> None:
    stays = [await desk.booked("twin", FIRST, LAST, room=room) for room in ("301", "302")]
    placed = await desk.held_back(FIRST, LAST, room="301", override_reason="it is his house")
    assert placed["forced_nights"] == [FIRST, "2027-03-11"]
    assert [(each["code"], each["became"]) for each in placed["stays"]] == [(stays[0]["code"], "unassigned")]
    assert rooms_of(await desk.stay(stays[0]["id"])) == [None, None]
    assert (await desk.end_hold_back(placed["hold_back"]["id"])).status_code == 204
    assert rooms_of(await desk.stay(stays[0]["id"])) == ["301", "301"]
    assert await desk.connection.fetchval("select sum(forced) from room_type_availability") == 0


async def test_overbooking_sells_a_night_without_a_room_where_the_rest_is_held_back(desk: Desk) -> None:
    await desk.held_back(FIRST, LAST, room="301")
    await desk.overbook("twin", FIRST, LAST, 1)
    assert rooms_of(await desk.booked("twin", FIRST, LAST)) == ["302", "302"]
    assert rooms_of(await desk.booked("twin", FIRST, LAST)) == [None, None]
    problem_of(await desk.book("twin", FIRST, LAST), 409, "sold_out")


async def test_a_room_that_breaks_while_it_is_held_back_is_off_sale_once(desk: Desk) -> None:
    await desk.held_back(FIRST, "2027-03-14", room="301")
    started = await desk.maintained("301", "2027-03-11", "2027-03-13")
    nights = [await counters(desk, "twin", night) for night in (FIRST, "2027-03-11", "2027-03-13")]
    assert [(night["out_of_order"], night["held"], night["sellable"]) for night in nights] == [
        (0, 1, 1),
        (1, 0, 1),
        (0, 1, 1),
    ]
    refused = problem_of(await desk.book("twin", FIRST, LAST, room="301"), 409, "room_not_free")
    assert refused["problems"]
    assert (await desk.end_maintenance(started["interval"]["id"])).status_code == 204
    night = await counters(desk, "twin", "2027-03-11")
    assert (night["out_of_order"], night["held"], night["sellable"]) == (0, 1, 1)


async def test_a_room_out_of_order_is_held_back_without_forcing_anything(desk: Desk) -> None:
    await desk.maintained("301", FIRST, LAST)
    await desk.booked("twin", FIRST, LAST)
    placed = await desk.held_back(FIRST, LAST, room="301", override_reason="to be sure")
    assert placed["forced_nights"] == []
    assert await desk.connection.fetchval("select sum(forced) from room_type_availability") == 0
    night = await counters(desk, "twin", FIRST)
    assert (night["out_of_order"], night["held"]) == (1, 0)


async def test_a_room_is_held_back_once_a_night(desk: Desk) -> None:
    placed = await desk.held_back(FIRST, LAST, room="301")
    refused = problem_of(await desk.hold_back("2027-03-11", "2027-03-13", room="301"), 409, "hold_back_overlaps")
    assert refused["data"]["hold_back_id"] == placed["hold_back"]["id"]
    await desk.held_back(LAST, "2027-03-14", room="301")


async def test_a_room_used_by_day_is_not_held_back_and_the_other_way_round(desk: Desk) -> None:
    by_day = {"date": FIRST, "from_time": "10:00", "until_time": "14:00", "guests": [{"last_name": "Rus"}]}
    use = partial(desk.send, "POST", f"/businesses/{desk.hotel.id}/day-uses")
    twin = desk.hotel.types["twin"].id
    await desk.held_back(FIRST, LAST, room="301")
    problem_of(await use({"room_type_id": twin, "room_id": desk.hotel.rooms["301"], **by_day}), *(409, "room_not_free"))
    assert (await use({"room_type_id": twin, **by_day})).json()["day_use"]["room_number"] == "302"
    problem_of(await desk.hold_back(FIRST, LAST, room="302"), 409, "room_not_free")


async def test_a_hold_back_gets_other_terms(desk: Desk) -> None:
    placed = (await desk.held_back(FIRST, LAST, type_code="double", rooms=2))["hold_back"]
    answer = await desk.change_hold_back(
        placed["id"], starts_on="2027-03-11", ends_on="2027-03-13", rooms=3, kind="other", reason="a wedding"
    )
    assert answer.status_code == 200, answer.text
    changed = answer.json()["hold_back"]
    assert (changed["rooms"], changed["kind"], changed["reason"]) == (3, "other", "a wedding")
    assert await desk.free("double", FIRST, "2027-03-11", LAST, "2027-03-13") == [5, 2, 2, 5]
    for _ in range(2):
        await desk.booked("double", "2027-03-13", "2027-03-14")
        await desk.booked("double", "2027-03-11", "2027-03-12")
    before = await contents(desk.connection)
    refused = problem_of(await desk.change_hold_back(placed["id"], rooms=4), 409, "sold_nights_uncovered")
    assert refused["data"]["nights"] == [{"date": "2027-03-11", "sold": 2, "left": 1}]
    assert await contents(desk.connection) == before
    longer = await desk.change_hold_back(placed["id"], ends_on="2027-03-14")
    assert longer.status_code == 200, longer.text
    problem_of(await desk.change_hold_back(placed["id"], rooms=6, override_reason="x"), 409, "held_beyond_rooms")


async def test_a_certain_room_is_held_back_longer_or_shorter(desk: Desk) -> None:
    placed = (await desk.held_back(FIRST, "2027-03-13", room="301"))["hold_back"]
    stay = await desk.booked("twin", "2027-03-13", "2027-03-15", room="301")
    longer = await desk.change_hold_back(placed["id"], ends_on="2027-03-14")
    assert [(each["code"], each["became"]) for each in longer.json()["stays"]] == [(stay["code"], "moved")]
    shorter = await desk.change_hold_back(placed["id"], starts_on="2027-03-11", ends_on="2027-03-12")
    assert shorter.status_code == 200, shorter.text
    assert rooms_of(await desk.booked("twin", FIRST, "2027-03-11", room="301")) == ["301"]
    assert rooms_of(await desk.booked("twin", LAST, "2027-03-13", room="301")) == ["301"]


async def test_what_is_over_stays_as_it_was(desk: Desk, clock: FixedClock) -> None:
    placed = (await desk.held_back("2027-03-02", "2027-03-08", type_code="twin"))["hold_back"]
    clock.set(datetime(2027, 3, 4, 12, 0, tzinfo=UTC))
    problem_of(await desk.change_hold_back(placed["id"], rooms=2), 409, "hold_back_begun")
    problem_of(await desk.change_hold_back(placed["id"], starts_on="2027-03-05"), 409, "hold_back_begun")
    refused = problem_of(await desk.change_hold_back(placed["id"], ends_on="2027-03-03"), 422, "invalid_input")
    assert pointers(refused) == ["/ends_on"]
    assert (await desk.end_hold_back(placed["id"])).status_code == 204
    kept = (await desk.send("GET", f"/businesses/{desk.hotel.id}/hold-backs/{placed['id']}")).json()
    assert (kept["starts_on"], kept["ends_on"]) == ("2027-03-02", "2027-03-04")
    assert await desk.free("twin", "2027-03-04", "2027-03-07") == [2, 2]
    held = await desk.connection.fetchval("select sum(held) from room_type_availability")
    assert held == 2
    problem_of(await desk.change_hold_back(placed["id"], ends_on="2027-03-09"), 409, "hold_back_begun")
    assert (await desk.end_hold_back(placed["id"])).status_code == 204


@pytest.mark.parametrize(
    ("what", "pointer"),
    [
        ({}, "/room_type_id"),
        ({"type_code": "double", "room": "301"}, "/room_id"),
        ({"room": "301", "rooms": 2}, "/rooms"),
        ({"type_code": "twin", "starts_on": "2027-02-20"}, "/starts_on"),
        ({"type_code": "twin", "ends_on": FIRST}, "/ends_on"),
        ({"type_code": "twin", "ends_on": "2037-04-01"}, "/ends_on"),
    ],
)
async def test_what_makes_no_hold_back_is_refused_by_field(desk: Desk, what: Json, pointer: str) -> None:
    terms = {"starts_on": FIRST, "ends_on": LAST, **what}
    answer = await desk.hold_back(**terms)
    assert answer.status_code == 422, answer.text
    assert pointers(answer.json()) == [pointer]


async def test_rooms_and_types_of_others_are_unknown(desk: Desk) -> None:
    path = f"/businesses/{desk.hotel.id}/hold-backs"
    terms = {"kind": "owner", "reason": "x", "starts_on": FIRST, "ends_on": LAST}
    lodge = desk.world.lodge
    room = next(iter(lodge.rooms.values()))
    problem_of(await desk.send("POST", path, {**terms, "room_id": room}), 422, "room_unknown")
    of_type = next(iter(lodge.types.values())).id
    problem_of(await desk.send("POST", path, {**terms, "room_type_id": of_type}), 422, "room_type_unknown")
    problem_of(await desk.end_hold_back(999_999), 404, "not_found")
    problem_of(await desk.change_hold_back(999_999, rooms=1), 404, "not_found")


async def test_hold_backs_are_listed(desk: Desk) -> None:
    first = await desk.held_back(FIRST, LAST, type_code="twin")
    second = await desk.held_back("2027-03-20", "2027-03-22", room="101")
    path = f"/businesses/{desk.hotel.id}/hold-backs"
    assert (await desk.send("GET", path)).json() == [first["hold_back"], second["hold_back"]]
    assert (await desk.send("GET", f"{path}?ends_after=2027-03-15")).json() == [second["hold_back"]]
    assert (await desk.send("GET", f"{path}?limit=1")).json() == [first["hold_back"]]


async def test_nights_that_are_opened_later_are_held_back_too(
    desk: Desk, maintenance_db: Database, clock: FixedClock
) -> None:
    await desk.held_back("2028-03-20", "2028-04-20", type_code="twin", rooms=1)
    await desk.held_back("2028-03-20", "2028-04-10", room="101")
    omd = OmdId(desk.hotel.omd_id)
    opened = await open_horizon(maintenance_db, omd, today=clock.now().date(), days=420)
    assert opened.quarters == (date(2028, 4, 1),)
    found = await desk.connection.fetch(
        "select held from room_type_availability "
        "where room_type_id = $1 and date >= '2028-04-18' and date < '2028-04-22' order by date",
        desk.hotel.types["twin"].id,
    )
    assert [row["held"] for row in found] == [1, 1, 0, 0]
    nights = await desk.connection.fetchval(
        "select count(*) from room_availability where room_id = $1 and held_back and not available",
        desk.hotel.rooms["101"],
    )
    assert nights == 21
