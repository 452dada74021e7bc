"""Whose room it is now: a day use gets one that is empty, keeps it until it is over, and is not entered after that."""

import pytest

from omd.kernel.clock import FixedClock
from support.day_uses import DAY, at, refused, used
from support.front_desk import GUESTS, Desk, pointers, problem_of, rooms_of


@pytest.mark.parametrize(("arrival", "departure"), [("2027-03-08", "2027-03-09"), (DAY, "2027-03-11")])
async def test_a_day_use_of_today_gets_a_room_that_nobody_is_in(
    desk: Desk, clock: FixedClock, arrival: str, departure: str
) -> None:
    """Guests who should have left, and who came early, are in theirs."""
    night = await desk.booked("twin", arrival, departure, room="301")
    at(clock, int(arrival[-2:]))
    await desk.stepped(night["id"], "check-in")
    at(clock, 10)
    assert (await used(desk, "12:00", "14:00"))["day_use"]["room_number"] == "302"
    assert pointers(await refused(desk, "12:00", "14:00")) == ["/from_time"]
    assert (await used(desk, "12:00", "14:00", room="301"))["day_use"]["room_number"] == "301"


async def test_a_guest_for_the_night_waits_until_the_day_use_is_over(desk: Desk, clock: FixedClock) -> None:
    stay = await used(desk, "11:00", "15:00", room="301")
    night = await desk.booked("twin", DAY, "2027-03-11", room="301")
    at(clock, 10, 7)
    told = problem_of(await desk.step(night["id"], "check-in"), 409, "room_wanted_by_day")
    assert told["data"] == {
        "room_id": desk.hotel.rooms["301"],
        "room_number": "301",
        "stays": [{"id": stay["id"], "code": stay["code"]}],
        "from_time": "11:00",
        "until_time": "15:00",
    }
    at(clock, 10, 13)
    await desk.stepped(night["id"], "check-in")


async def test_a_walk_in_gets_another_room_than_one_used_by_day(desk: Desk, clock: FixedClock) -> None:
    stay = await used(desk, "11:00", "15:00", room="301")
    at(clock, 10, 8)
    path = f"/businesses/{desk.hotel.id}/walk-ins"
    asked = {"room_type_id": desk.hotel.types["twin"].id, "departure": "2027-03-11", "guests": GUESTS}
    named = await desk.send("POST", path, {**asked, "room_id": desk.hotel.rooms["301"]})
    problem_of(named, 409, "room_wanted_by_day")
    taken = await desk.send("POST", path, asked)
    assert taken.status_code == 201, taken.text
    assert set(rooms_of(taken.json())) == {"302"}
    problem_of(await desk.send("POST", path, asked), 409, "room_wanted_by_day")
    await desk.stepped(stay["id"], "check-in")


async def test_a_guest_in_the_house_is_not_moved_into_a_room_used_by_day(desk: Desk, clock: FixedClock) -> None:
    stay = await used(desk, "11:00", "15:00", room="301")
    guest = await desk.booked("twin", "2027-03-09", "2027-03-12", room="302")
    at(clock, 9)
    await desk.stepped(guest["id"], "check-in")
    at(clock, 10, 9)
    move = {"room_id": desk.hotel.rooms["301"], "since": DAY}
    problem_of(await desk.step(guest["id"], "move", move), 409, "room_wanted_by_day")
    await desk.stepped(stay["id"], "cancel", {"reason": "ill"})
    await desk.stepped(guest["id"], "move", move)


async def test_a_check_out_of_the_morning_is_undone_before_the_day_use(desk: Desk, clock: FixedClock) -> None:
    guest = await desk.booked("twin", "2027-03-09", DAY, room="301")
    await used(desk, "12:00", "14:00", room="301")
    at(clock, 9)
    await desk.stepped(guest["id"], "check-in")
    at(clock, 10, 7)
    await desk.stepped(guest["id"], "check-out")
    assert (await desk.stepped(guest["id"], "undo-check-out"))["status"] == "in_house"


async def test_a_time_that_is_over_is_neither_booked_nor_entered(desk: Desk, clock: FixedClock) -> None:
    stay = await used(desk, "11:00", "15:00", room="301")
    at(clock, 10, 12)
    (listed,) = (await desk.send("GET", f"/businesses/{desk.hotel.id}/arrivals")).json()
    assert [each["allowed"] for each in listed["actions"] if each["action"] == "check_in"] == [True]
    at(clock, 10, 13)
    assert pointers(await refused(desk, "14:00", "15:00", "invalid_input", room="302")) == ["/until_time"]
    told = problem_of(await desk.step(stay["id"], "check-in"), 409, "action_refused")
    assert told["data"]["reason_code"] == "day_use_over"
    (listed,) = (await desk.send("GET", f"/businesses/{desk.hotel.id}/arrivals")).json()
    for shown in (listed, await desk.stay(stay["id"])):
        assert [each["code"] for each in shown["actions"] if each["action"] == "check_in"] == ["day_use_over"]
    await desk.stepped(stay["id"], "no-show")
