"""Rooms out of order and out of service through HTTP: what happens to the stays in them, and when they come back."""

from datetime import UTC, datetime

import asyncpg
import pytest

from omd.kernel.clock import FixedClock
from support.front_desk import Desk, contents, problem_of, rooms_of
from support.roles import enter_context
from support.worlds import system_actor


async def status_of(desk: Desk, room: str, night: str) -> str:
    """Return the one word for a room and night."""
    word: str = await desk.connection.fetchval(
        "select status from room_night_statuses where room_id = $1 and date = $2::text::date",
        *(desk.hotel.rooms[room], night),
    )
    return word


async def test_a_room_out_of_order_is_not_sold(desk: Desk) -> None:
    started = await desk.maintained("301", "2027-03-10", "2027-03-12")
    assert started["stays"] == []
    assert started["interval"]["room_number"] == "301"
    assert started["interval"]["created_by"].startswith("token:")
    assert await desk.free("twin", "2027-03-09", "2027-03-10", "2027-03-11", "2027-03-12") == [2, 1, 1, 2]
    assert await status_of(desk, "301", "2027-03-11") == "out_of_order"
    assert rooms_of(await desk.booked("twin", "2027-03-09", "2027-03-12")) == ["302"] * 3
    problem_of(await desk.book("twin", "2027-03-11", "2027-03-13"), 409, "sold_out")
    problem_of(await desk.book("twin", "2027-03-11", "2027-03-13", room="301"), 409, "sold_out")


async def test_stays_in_the_room_are_moved(desk: Desk) -> None:
    hit = await desk.booked("double", "2027-03-09", "2027-03-11", room="101")
    also = await desk.booked("double", "2027-03-11", "2027-03-14", room="101")
    past = await desk.booked("double", "2027-03-20", "2027-03-22", room="101")
    started = await desk.maintained("101", "2027-03-10", "2027-03-13")
    became = {stay["code"]: stay for stay in started["stays"]}
    assert {stay["became"] for stay in became.values()} == {"moved"}
    assert set(became) == {hit["code"], also["code"]}
    for stay in (hit, also):
        now = await desk.stay(stay["id"])
        assert "101" not in rooms_of(now)
        assert {night["room_id"] for night in now["nights"]} == {became[stay["code"]]["room_id"]}
    assert rooms_of(await desk.stay(past["id"])) == ["101"] * 2


async def test_what_cannot_move_is_named_and_nothing_happens(desk: Desk) -> None:
    movable = await desk.booked("twin", "2027-03-10", "2027-03-11", room="301")
    locked = await desk.booked("twin", "2027-03-11", "2027-03-13", room="301", room_locked=True)
    before = await contents(desk.connection)
    refused = problem_of(await desk.maintain("301", "2027-03-10", "2027-03-13"), 409, "stays_in_the_way")
    assert [stay["code"] for stay in refused["data"]["stays"]] == [locked["code"]]
    assert locked["code"] in refused["detail"]
    assert movable["code"] not in refused["detail"]
    assert await contents(desk.connection) == before


async def test_a_full_house_is_named_too(desk: Desk) -> None:
    stuck = await desk.booked("twin", "2027-03-10", "2027-03-12", room="301")
    await desk.booked("twin", "2027-03-11", "2027-03-12", room="302")
    before = await contents(desk.connection)
    refused = problem_of(await desk.maintain("301", "2027-03-11", "2027-03-13"), 409, "stays_in_the_way")
    assert [stay["code"] for stay in refused["data"]["stays"]] == [stuck["code"]]
    assert await contents(desk.connection) == before


async def test_stays_are_left_alone_when_asked(desk: Desk) -> None:
    stay = await desk.booked("twin", "2027-03-10", "2027-03-12", room="301")
    before = await contents(desk.connection)
    refused = problem_of(
        await desk.maintain("301", "2027-03-10", "2027-03-13", move_stays=False), 409, "stays_in_the_way"
    )
    assert [each["reservation_id"] for each in refused["data"]["stays"]] == [stay["id"]]
    assert await contents(desk.connection) == before


async def test_an_override_leaves_stays_without_a_room_until_it_comes_back(desk: Desk) -> None:
    stays = [await desk.booked("twin", "2027-03-10", "2027-03-12", room=room) for room in ("301", "302")]
    started = await desk.maintained("301", "2027-03-10", "2027-03-13", override_reason="the ceiling came down")
    assert [(each["code"], each["became"], each["room_id"]) for each in started["stays"]] == [
        (stays[0]["code"], "unassigned", None)
    ]
    assert rooms_of(await desk.stay(stays[0]["id"])) == [None, None]
    assert await desk.connection.fetchval("select sum(forced) from room_type_availability") == 2
    said = await desk.connection.fetchval("select data::text from events where type = 'room.maintenance_started'")
    assert "the ceiling came down" in said
    refused = problem_of(await desk.book("twin", "2027-03-11", "2027-03-12"), 409, "sold_out")
    assert refused["data"]["nights"] == ["2027-03-11"]
    assert (await desk.end_maintenance(started["interval"]["id"])).status_code == 204
    assert rooms_of(await desk.stay(stays[0]["id"])) == ["301", "301"]
    assert await desk.connection.fetchval("select sum(forced) from room_type_availability") == 0


async def test_the_guest_in_the_room_is_stuck_and_an_override_takes_only_what_lies_ahead(
    desk: Desk, clock: FixedClock
) -> None:
    guest = await desk.booked("twin", "2027-03-01", "2027-03-04", room="301")
    await desk.stepped(guest["id"], "check-in")
    clock.set(datetime(2027, 3, 2, 12, 0, tzinfo=UTC))
    refused = problem_of(await desk.maintain("301", "2027-03-02", "2027-03-05"), 409, "stays_in_the_way")
    assert [stay["status"] for stay in refused["data"]["stays"]] == ["in_house"]
    await desk.maintained("301", "2027-03-02", "2027-03-05", override_reason="flooded")
    assert rooms_of(await desk.stay(guest["id"])) == ["301", None, None]
    moved = await desk.amended(guest["id"], room="302")
    assert rooms_of(moved) == ["301", "302", "302"]


async def test_an_override_leaves_the_guest_the_room_on_the_nights_around_the_interval(
    desk: Desk, clock: FixedClock
) -> None:
    guest = await desk.booked("twin", "2027-03-01", "2027-03-06", room="301")
    await desk.stepped(guest["id"], "check-in")
    clock.set(datetime(2027, 3, 2, 12, 0, tzinfo=UTC))
    await desk.maintained("301", "2027-03-03", "2027-03-05", override_reason="flooded")
    assert rooms_of(await desk.stay(guest["id"])) == ["301", "301", None, None, "301"]
    problem_of(await desk.book("twin", "2027-03-02", "2027-03-03", room="301"), 409, "room_not_free")
    assert rooms_of(await desk.booked("twin", "2027-03-02", "2027-03-03")) == ["302"]
    refused = problem_of(await desk.book("twin", "2027-03-02", "2027-03-03"), 409, "sold_out")
    assert refused["data"]["nights"] == ["2027-03-02"]
    assert rooms_of(await desk.stay(guest["id"])) == ["301", "301", None, None, "301"]


async def test_an_override_that_needs_none_forces_nothing(desk: Desk) -> None:
    await desk.booked("twin", "2027-03-10", "2027-03-12", room="301")
    started = await desk.maintained("301", "2027-03-10", "2027-03-13", override_reason="to be sure")
    assert [stay["became"] for stay in started["stays"]] == ["moved"]
    assert await desk.connection.fetchval("select sum(forced) from room_type_availability") == 0


async def test_ending_gives_the_nights_back(desk: Desk) -> None:
    started = await desk.maintained("301", "2027-03-10", "2027-03-13")
    assert (await desk.end_maintenance(started["interval"]["id"])).status_code == 204
    assert await desk.free("twin", "2027-03-10", "2027-03-12") == [2, 2]
    assert rooms_of(await desk.booked("twin", "2027-03-10", "2027-03-13", room="301")) == ["301"] * 3
    problem_of(await desk.end_maintenance(started["interval"]["id"]), 404, "not_found")


async def test_ending_early_keeps_the_nights_that_are_spent(desk: Desk, clock: FixedClock) -> None:
    started = await desk.maintained("301", "2027-03-01", "2027-03-06")
    clock.set(datetime(2027, 3, 3, 12, 0, tzinfo=UTC))
    assert (await desk.end_maintenance(started["interval"]["id"])).status_code == 204
    assert await status_of(desk, "301", "2027-03-02") == "out_of_order"
    assert await status_of(desk, "301", "2027-03-03") == "available"
    kept = (await desk.send("GET", f"/businesses/{desk.hotel.id}/maintenance")).json()
    assert [(each["id"], each["starts_on"], each["ends_on"]) for each in kept] == [
        (started["interval"]["id"], "2027-03-01", "2027-03-03")
    ]


async def test_ending_what_is_over_changes_nothing(desk: Desk, clock: FixedClock) -> None:
    started = await desk.maintained("301", "2027-03-01", "2027-03-03")
    clock.set(datetime(2027, 3, 3, 12, 0, tzinfo=UTC))
    before = await contents(desk.connection)
    for _ in range(2):
        assert (await desk.end_maintenance(started["interval"]["id"])).status_code == 204
    assert await contents(desk.connection) == before
    assert await status_of(desk, "301", "2027-03-02") == "out_of_order"


@pytest.mark.parametrize("kind", ["out_of_order", "out_of_service"])
async def test_the_maintenance_of_a_room_retired_since_stays_on_record(
    desk: Desk, clock: FixedClock, kind: str
) -> None:
    started = await desk.maintained("301", "2027-03-01", "2027-03-05", kind=kind)
    clock.set(datetime(2027, 3, 5, 12, 0, tzinfo=UTC))
    async with desk.connection.transaction():
        await enter_context(desk.connection, system_actor(desk.world.alpha))
        await desk.connection.execute(
            "select close_room($1, $2, $3, '2027-03-05')",
            *(desk.world.alpha.id, desk.hotel.id, desk.hotel.rooms["301"]),
        )
    before = await contents(desk.connection)
    assert (await desk.end_maintenance(started["interval"]["id"])).status_code == 204
    assert await contents(desk.connection) == before
    assert await status_of(desk, "301", "2027-03-04") == kind


async def test_ending_early_keeps_nights_that_are_archived(desk: Desk, clock: FixedClock) -> None:
    """The first nights of a long repair have left the horizon; the interval still says when it began."""
    started = await desk.maintained("301", "2027-03-01", "2027-04-10")
    clock.set(datetime(2027, 4, 5, 12, 0, tzinfo=UTC))
    async with desk.connection.transaction():
        await enter_context(desk.connection, system_actor(desk.world.alpha))
        await desk.connection.execute("select detach_availability_before($1, '2027-04-01')", desk.world.alpha.id)
    assert (await desk.end_maintenance(started["interval"]["id"])).status_code == 204
    kept = (await desk.send("GET", f"/businesses/{desk.hotel.id}/maintenance")).json()
    assert [(each["starts_on"], each["ends_on"]) for each in kept] == [("2027-03-01", "2027-04-05")]
    assert await status_of(desk, "301", "2027-04-04") == "out_of_order"
    assert await status_of(desk, "301", "2027-04-05") == "available"


async def test_an_interval_only_ends_earlier(desk: Desk) -> None:
    interval = (await desk.maintained("301", "2027-03-10", "2027-03-13"))["interval"]["id"]
    before = await contents(desk.connection)
    for change in ("ends_on = ends_on + 1", "starts_on = starts_on + 1", "kind = 'out_of_service'"):
        with pytest.raises(asyncpg.PostgresError) as refused:
            await desk.connection.execute(f"update maintenance_intervals set {change} where id = $1", interval)
        assert getattr(refused.value, "constraint_name", None) == "maintenance_intervals_only_end_earlier"
    assert await contents(desk.connection) == before


async def test_a_room_out_of_service_is_still_sold_but_last(desk: Desk) -> None:
    stay = await desk.booked("twin", "2027-03-11", "2027-03-12", room="301")
    started = await desk.maintained("301", "2027-03-10", "2027-03-13", kind="out_of_service")
    assert [(each["code"], each["became"]) for each in started["stays"]] == [(stay["code"], "stays")]
    assert rooms_of(await desk.stay(stay["id"])) == ["301"]
    assert await desk.free("twin", "2027-03-10", "2027-03-11") == [2, 1]
    assert await status_of(desk, "301", "2027-03-10") == "out_of_service"
    assert rooms_of(await desk.booked("twin", "2027-03-10", "2027-03-11")) == ["302"]
    assert rooms_of(await desk.booked("twin", "2027-03-10", "2027-03-11")) == ["301"]
    assert await status_of(desk, "301", "2027-03-10") == "reserved"
    problem_of(await desk.book("twin", "2027-03-10", "2027-03-11"), 409, "sold_out")
    assert (await desk.end_maintenance(started["interval"]["id"])).status_code == 204


async def test_maintenance_does_not_overlap(desk: Desk) -> None:
    await desk.maintained("101", "2027-03-10", "2027-03-13")
    before = await contents(desk.connection)
    for kind in ("out_of_order", "out_of_service"):
        for dates in (("2027-03-12", "2027-03-14"), ("2027-03-08", "2027-03-11"), ("2027-03-01", "2027-03-30")):
            problem_of(await desk.maintain("101", *dates, kind=kind), 409, "maintenance_overlaps")
    assert await contents(desk.connection) == before
    await desk.maintained("101", "2027-03-13", "2027-03-15", kind="out_of_service")
    await desk.maintained("102", "2027-03-10", "2027-03-13")


async def test_maintenance_does_not_overlap_where_stays_would_move(desk: Desk) -> None:
    await desk.maintained("101", "2027-03-10", "2027-03-13")
    stay = await desk.booked("double", "2027-03-13", "2027-03-15", room="101")
    before = await contents(desk.connection)
    answer = await desk.maintain("101", "2027-03-12", "2027-03-15", override_reason="more paint")
    problem_of(answer, 409, "maintenance_overlaps")
    problem_of(await desk.maintain("101", "2027-03-12", "2027-03-15"), 409, "maintenance_overlaps")
    assert await contents(desk.connection) == before
    assert rooms_of(await desk.stay(stay["id"])) == ["101"] * 2


async def test_the_list_is_paged_and_narrowed(desk: Desk) -> None:
    for number in range(1, 6):
        await desk.maintained(f"10{number}", f"2027-03-1{number}", f"2027-03-1{number + 1}")
    path = f"/businesses/{desk.hotel.id}/maintenance?limit=2"
    seen = []
    while path:
        answer = await desk.send("GET", path)
        assert len(answer.json()) <= 2
        seen += [each["room_number"] for each in answer.json()]
        path = answer.links["next"]["url"].removeprefix("/api/v1") if "next" in answer.links else ""
    assert seen == ["101", "102", "103", "104", "105"]
    later = await desk.send("GET", f"/businesses/{desk.hotel.id}/maintenance?ends_after=2027-03-14")
    assert [each["room_number"] for each in later.json()] == ["104", "105"]


async def test_nobody_else_maintains_a_room(desk: Desk) -> None:
    interval = (await desk.maintained("301", "2027-03-10", "2027-03-13"))["interval"]
    before = await contents(desk.connection)
    path = f"/businesses/{desk.hotel.id}/maintenance"
    body = {
        "room_id": desk.hotel.rooms["302"],
        "kind": "out_of_order",
        "starts_on": "2027-03-10",
        "ends_on": "2027-03-12",
        "reason": "paint",
    }
    for party in ("lodge", "harbour"):
        problem_of(await desk.send("POST", path, body, party=party), 404, "not_found")
        problem_of(await desk.send("GET", path, party=party), 404, "not_found")
        problem_of(await desk.send("DELETE", f"{path}/{interval['id']}", party=party), 404, "not_found")
        own = desk.world.lodge if party == "lodge" else desk.world.harbour
        theirs = f"/businesses/{own.id}/maintenance"
        problem_of(await desk.send("POST", theirs, body, party=party), 422, "room_unknown")
        problem_of(await desk.send("DELETE", f"{theirs}/{interval['id']}", party=party), 404, "not_found")
    problem_of(await desk.send("POST", path, body, party="alpha"), 403, "not_allowed")
    seen = await desk.send("GET", path, party="alpha")
    assert [each["id"] for each in seen.json()] == [interval["id"]]
    assert await contents(desk.connection) == before


async def test_the_answer_tells_where_the_stays_are_in_the_end(desk: Desk) -> None:
    """Room for the second stay is made by moving the first a second time."""
    first = await desk.booked("single", "2027-03-10", "2027-03-12", room="203")
    second = await desk.booked("single", "2027-03-12", "2027-03-16", room="203")
    moved = await desk.booked("single", "2027-03-11", "2027-03-15", room="201")
    await desk.booked("single", "2027-03-15", "2027-03-18", room="202", room_locked=True)
    started = await desk.maintained("203", "2027-03-10", "2027-03-20")
    told = {each["reservation_id"]: each["room_id"] for each in started["stays"]}
    assert told == {first["id"]: desk.hotel.rooms["201"], second["id"]: desk.hotel.rooms["201"]}
    for stay in (first, second):
        assert {night["room_id"] for night in (await desk.stay(stay["id"]))["nights"]} == {told[stay["id"]]}
    assert rooms_of(await desk.stay(moved["id"])) == ["202"] * 4


async def test_an_override_leaves_a_stay_that_may_move_its_room_on_the_nights_around(desk: Desk) -> None:
    stay = await desk.booked("twin", "2027-03-10", "2027-03-15", room="301")
    await desk.booked("twin", "2027-03-12", "2027-03-13", room="302")
    started = await desk.maintained("301", "2027-03-12", "2027-03-13", override_reason="a burst pipe")
    assert [each["became"] for each in started["stays"]] == ["unassigned"]
    assert rooms_of(await desk.stay(stay["id"])) == ["301", "301", None, "301", "301"]
    assert (await desk.end_maintenance(started["interval"]["id"])).status_code == 204
    assert rooms_of(await desk.stay(stay["id"])) == ["301"] * 5


async def test_stays_that_lose_a_room_share_what_is_left_of_the_others(desk: Desk) -> None:
    """Two leave room 301, and 302 has one night free: each of their nights that can have a room has one."""
    first = await desk.booked("twin", "2027-03-10", "2027-03-12", room="301")
    second = await desk.booked("twin", "2027-03-12", "2027-03-15", room="301")
    await desk.booked("twin", "2027-03-11", "2027-03-12", room="302")
    await desk.booked("twin", "2027-03-13", "2027-03-14", room="302")
    await desk.maintained("301", "2027-03-10", "2027-03-14", override_reason="a burst pipe")
    assert rooms_of(await desk.stay(first["id"])) == ["302", None]
    assert rooms_of(await desk.stay(second["id"])) == ["302", None, "302"]
