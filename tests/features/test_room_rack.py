"""The room rack, the one status of a room on any date, and what front office and housekeeping disagree about."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from omd.db import Database
from omd.kernel.clock import FixedClock
from support.front_desk import Desk, problem_of
from support.persons import Persons
from support.rooms import Floor
from support.worlds import NOW

DAY = timedelta(days=1)


@pytest.fixture
async def floor(desk: Desk, db: Database, persons: Persons) -> AsyncIterator[Floor]:
    """The rooms of `grand`; afterwards each is what its history ends in."""
    floor = await Floor.at(desk, db, persons)
    yield floor
    await floor.assert_replays()


async def test_the_rack_shows_every_room_and_names_nobody_to_housekeeping(floor: Floor) -> None:
    desk = floor.desk
    staying = await desk.booked("double", "2027-03-01", "2027-03-03", room="101", adults=2, children=1)
    await desk.stepped(staying["id"], "check-in")
    coming = await desk.booked("double", "2027-03-01", "2027-03-02", room="102")
    await floor.set("103", "inspected")
    await desk.maintained("104", "2027-03-01", "2027-03-05")
    answer = await floor.send("GET", f"{floor.path}/room-rack")
    assert [each["number"] for each in answer.json()] == sorted(desk.hotel.rooms)
    assert "Popescu" not in answer.text
    assert staying["code"] not in answer.text
    occupied = await floor.rack("101")
    assert (occupied["occupancy"], occupied["persons"], occupied["status"]) == ("occupied", 3, "occupied")
    assert occupied["in_house"] == {"arrival": "2027-03-01", "departure": "2027-03-03", "adults": 2, "children": 1}
    vacant = await floor.rack("102")
    assert (vacant["occupancy"], vacant["status"], vacant["in_house"]) == ("vacant", "dirty", None)
    assert [each["departure"] for each in vacant["arriving"]] == ["2027-03-02"]
    assert (await floor.rack("103"))["status"] == "clean"
    closed = await floor.rack("104")
    assert (closed["status"], closed["maintenance_ends_on"]) == ("out_of_order", "2027-03-05")
    named = await floor.rack("102", with_stays=True)
    assert [(each["code"], each["guest_name"]) for each in named["arriving"]] == [(coming["code"], "Ana Popescu")]
    problem_of(await floor.send("GET", f"{floor.path}/room-rack/stays"), 403, "not_allowed")


async def test_a_room_has_one_status_on_any_date(floor: Floor, clock: FixedClock) -> None:
    desk = floor.desk
    await floor.set("101", "clean")
    await floor.set("102", "clean")
    stay = await desk.booked("double", "2027-03-01", "2027-03-02", room="101")
    await desk.stepped(stay["id"], "check-in")
    await desk.booked("double", "2027-03-04", "2027-03-06", room="103")
    await desk.maintained("104", "2027-03-02", "2027-03-03")
    clock.set(NOW + DAY)
    await desk.stepped(stay["id"], "check-out")
    await floor.set("102", "dirty")
    rooms = ("101", "102", "103", "104")
    by_date = {date: await floor.statuses(date) for date in ("2027-03-01", "2027-03-02", "2027-03-04")}
    assert {date: [told[room] for room in rooms] for date, told in by_date.items()} == {
        "2027-03-01": ["occupied", "clean", "dirty", "dirty"],
        "2027-03-02": ["dirty", "dirty", "dirty", "out_of_order"],
        "2027-03-04": ["dirty", "dirty", "occupied", "dirty"],
    }


async def test_what_housekeeping_sees_otherwise_is_a_worklist(floor: Floor) -> None:
    desk = floor.desk
    for number in ("101", "102", "103"):
        stay = await desk.booked("double", "2027-03-01", "2027-03-03", room=number, adults=2)
        await desk.stepped(stay["id"], "check-in")
    assert await floor.discrepancies() == {}
    await floor.see("101", "occupied", persons=2)
    await floor.see("102", "occupied", persons=3)
    await floor.see("103", "vacant")
    await floor.see("104", "occupied")
    await floor.see("105", "vacant")
    assert await floor.discrepancies() == {"102": "person", "103": "skip", "104": "sleep"}
    resolve = f"{floor.room('104')}/discrepancy/resolve"
    problem_of(await floor.send("POST", resolve, {"reason": "a cat"}), 403, "not_allowed")
    resolved = await desk.send("POST", resolve, {"reason": "a cat"})
    assert (resolved.status_code, resolved.json()["seen_occupancy"]) == (200, None)
    problem_of(await desk.send("POST", resolve, {"reason": "a cat"}), 409, "no_discrepancy")
    problem_of(
        await desk.send("POST", f"{floor.room('105')}/discrepancy/resolve", {"reason": "x"}), 409, "no_discrepancy"
    )
    assert await floor.discrepancies() == {"102": "person", "103": "skip"}
    (last, before, *_) = await floor.history("104")
    assert (last["cause"], last["reason"], before["cause"]) == ("discrepancy_resolved", "a cat", "seen")


async def test_what_was_seen_counts_until_somebody_moves_or_the_date_does(floor: Floor, clock: FixedClock) -> None:
    desk = floor.desk
    stay = await desk.booked("double", "2027-03-01", "2027-03-04", room="101")
    await floor.see("101", "vacant")
    await desk.stepped(stay["id"], "check-in")
    assert (await floor.discrepancies(), (await floor.read("101"))["seen_occupancy"]) == ({}, None)
    await floor.see("101", "vacant")
    await floor.see("102", "occupied")
    assert await floor.discrepancies() == {"101": "skip", "102": "sleep"}
    clock.set(NOW + DAY)
    await floor.turn(clock.now())
    assert await floor.discrepancies() == {}
    await floor.see("101", "vacant")
    await desk.stepped(stay["id"], "check-out")
    assert await floor.discrepancies() == {}


@pytest.mark.parametrize(
    "path", ["room-rack", "room-discrepancies", "room-statuses?on=2027-03-01", "housekeeping-settings"]
)
async def test_rooms_of_another_hotel_are_not_read(floor: Floor, path: str) -> None:
    foreign = floor.desk.world.harbour.id
    problem_of(await floor.send("GET", f"/businesses/{foreign}/{path}"), 404, "not_found")
