"""Changing a stay: dates, type, room, party, guests, price, words; before arrival and with the guest in the house."""

from datetime import UTC, datetime

import pytest

from omd.kernel.clock import FixedClock
from support.front_desk import Desk, contents, pointers, problem_of, rooms_of


def at(clock: FixedClock, day: int) -> None:
    """Put the clock to noon (UTC) of a day of March 2027."""
    clock.set(datetime(2027, 3, day, 12, 0, tzinfo=UTC))


@pytest.mark.parametrize(
    ("change", "nights"),
    [
        ({"departure": "2027-03-30"}, 18),
        ({"departure": "2027-03-13"}, 1),
        ({"arrival": "2027-03-10"}, 5),
        ({"arrival": "2027-03-14"}, 1),
        ({"arrival": "2027-03-20", "departure": "2027-03-22"}, 2),
        ({"arrival": "2027-03-13", "departure": "2027-03-17"}, 4),
        ({"arrival": "2027-03-28", "departure": "2027-04-03"}, 6),
        ({"arrival": "2027-03-01", "departure": "2027-03-02"}, 1),
    ],
)
async def test_the_dates_change(desk: Desk, change: dict[str, str], nights: int) -> None:
    booked = await desk.booked("twin", "2027-03-12", "2027-03-15", room="302")
    amended = await desk.amended(booked["id"], **change)
    assert (amended["arrival"], amended["departure"]) == (
        change.get("arrival", "2027-03-12"),
        change.get("departure", "2027-03-15"),
    )
    assert rooms_of(amended) == ["302"] * nights
    assert amended["version"] == 2
    assert await desk.stay(booked["id"]) == amended
    sold = await desk.connection.fetchval("select sum(sold) from room_type_availability")
    assert sold == nights


async def test_what_is_given_back_is_free_at_once(desk: Desk) -> None:
    booked = await desk.booked("twin", "2027-03-12", "2027-03-15")
    assert await desk.free("twin", "2027-03-11", "2027-03-12", "2027-03-14", "2027-03-15") == [2, 1, 1, 2]
    await desk.amended(booked["id"], arrival="2027-03-14", departure="2027-03-16")
    assert await desk.free("twin", "2027-03-11", "2027-03-12", "2027-03-14", "2027-03-15") == [2, 2, 1, 1]


async def test_a_longer_stay_takes_another_room_when_its_own_is_promised(desk: Desk) -> None:
    booked = await desk.booked("twin", "2027-03-10", "2027-03-12", room="301")
    await desk.booked("twin", "2027-03-12", "2027-03-14", room="301", room_locked=True)
    amended = await desk.amended(booked["id"], departure="2027-03-14")
    assert rooms_of(amended) == ["302"] * 4


async def test_a_longer_stay_makes_others_move(desk: Desk) -> None:
    booked = await desk.booked("twin", "2027-03-10", "2027-03-12", room="301")
    locked = await desk.booked("twin", "2027-03-10", "2027-03-12", room="302", room_locked=True)
    other = await desk.booked("twin", "2027-03-12", "2027-03-14", room="301")
    amended = await desk.amended(booked["id"], departure="2027-03-14")
    assert rooms_of(amended) == ["301"] * 4
    assert rooms_of(await desk.stay(locked["id"])) == ["302"] * 2
    assert rooms_of(await desk.stay(other["id"])) == ["302"] * 2


async def test_a_change_that_finds_no_room_leaves_everything(desk: Desk) -> None:
    booked = await desk.booked("twin", "2027-03-10", "2027-03-12")
    for _ in range(2):
        await desk.booked("twin", "2027-03-13", "2027-03-14")
    before = await contents(desk.connection)
    refused = problem_of(await desk.amend(booked["id"], departure="2027-03-15", note="x"), 409, "sold_out")
    assert refused["data"]["nights"] == ["2027-03-13"]
    assert await contents(desk.connection) == before


async def test_an_override_sells_the_change_above_the_limit_on_the_record(desk: Desk) -> None:
    booked = await desk.booked("twin", "2027-03-10", "2027-03-12")
    for _ in range(2):
        await desk.booked("twin", "2027-03-12", "2027-03-13")
    amended = await desk.amended(booked["id"], departure="2027-03-13", override_reason="promised by the manager")
    assert amended["departure"] == "2027-03-13"
    said = await desk.connection.fetchval("select data::text from events where type = 'reservation.amended'")
    assert "promised by the manager" in said
    assert await desk.connection.fetchval("select sum(forced) from room_type_availability") == 1


async def test_the_type_changes(desk: Desk) -> None:
    booked = await desk.booked("twin", "2027-03-10", "2027-03-12", adults=2)
    double = desk.hotel.types["double"]
    amended = await desk.amended(booked["id"], room_type_id=double.id)
    assert amended["room_type_id"] == double.id
    assert {night["room_type_id"] for night in amended["nights"]} == {double.id}
    assert rooms_of(amended)[0] in double.rooms
    assert await desk.free("twin", "2027-03-10") == [2]
    assert await desk.free("double", "2027-03-10") == [4]


async def test_the_type_changes_into_a_room_asked_for(desk: Desk) -> None:
    booked = await desk.booked("twin", "2027-03-10", "2027-03-12")
    amended = await desk.amended(booked["id"], room_type_id=desk.hotel.types["double"].id, room="105")
    assert rooms_of(amended) == ["105", "105"]


async def test_a_locked_stay_changes_its_type_and_stays_locked(desk: Desk) -> None:
    booked = await desk.booked("twin", "2027-03-10", "2027-03-12", room="301", room_locked=True)
    amended = await desk.amended(booked["id"], room_type_id=desk.hotel.types["double"].id)
    assert amended["room_locked"] is True
    assert rooms_of(amended)[0] in desk.hotel.types["double"].rooms


async def test_a_type_too_small_for_the_party_is_refused(desk: Desk) -> None:
    booked = await desk.booked("double", "2027-03-10", "2027-03-12", adults=2)
    answer = await desk.amend(booked["id"], room_type_id=desk.hotel.types["single"].id)
    assert pointers(problem_of(answer, 422, "too_many_guests")) == ["/adults"]
    changed = await desk.amended(booked["id"], room_type_id=desk.hotel.types["single"].id, adults=1)
    assert changed["adults"] == 1


async def test_the_room_changes(desk: Desk) -> None:
    booked = await desk.booked("double", "2027-03-10", "2027-03-12", room="101")
    await desk.booked("double", "2027-03-11", "2027-03-13", room="102")
    assert rooms_of(await desk.amended(booked["id"], room="105")) == ["105", "105"]
    before = await contents(desk.connection)
    problem_of(await desk.amend(booked["id"], room="102"), 409, "room_not_free")
    problem_of(await desk.amend(booked["id"], room="201"), 422, "room_unknown")
    problem_of(await desk.amend(booked["id"], room_id=desk.world.harbour.rooms["101"]), 422, "room_unknown")
    assert await contents(desk.connection) == before


async def test_a_locked_stay_keeps_its_room_or_is_refused(desk: Desk) -> None:
    booked = await desk.booked("twin", "2027-03-10", "2027-03-12", room="301", room_locked=True)
    await desk.booked("twin", "2027-03-12", "2027-03-13", room="301", room_locked=True)
    problem_of(await desk.amend(booked["id"], departure="2027-03-13"), 409, "no_room_throughout")
    unlocked = await desk.amended(booked["id"], departure="2027-03-13", room_locked=False)
    assert rooms_of(unlocked) == ["302"] * 3


async def test_party_guests_price_and_words_change(desk: Desk) -> None:
    booked = await desk.booked("double", "2027-03-10", "2027-03-12", price={"amount": "100"}, note="old")
    guests = [{"last_name": "Ionescu", "first_name": "Dan"}, {"last_name": "李"}]
    amended = await desk.amended(
        booked["id"],
        adults=2,
        children=1,
        guests=guests,
        price={"amount": "120.50", "currency": "EUR"},
        note="new",
        external_reference="X-1",
        room_locked=True,
    )
    assert (amended["adults"], amended["children"], amended["guests"]) == (2, 1, guests)
    assert amended["price"] == {"amount": "120.50", "currency": "EUR"}
    assert (amended["note"], amended["external_reference"], amended["room_locked"]) == ("new", "X-1", True)
    assert rooms_of(amended) == rooms_of(booked)
    kept = await desk.amended(booked["id"], price={"amount": "99"})
    assert kept["price"] == {"amount": "99.00", "currency": "EUR"}
    cleared = await desk.amended(booked["id"], price=None, note=None, external_reference=None)
    assert (cleared["price"], cleared["note"], cleared["external_reference"]) == (None, None, None)
    assert cleared["guests"] == guests


@pytest.mark.parametrize("change", [{}, {"override_reason": "for nothing"}])
async def test_a_change_of_nothing_changes_nothing(desk: Desk, change: dict[str, str]) -> None:
    booked = await desk.booked("double", "2027-03-10", "2027-03-12")
    before = await contents(desk.connection)
    assert await desk.amended(booked["id"], **change) == booked
    assert await contents(desk.connection) == before


async def test_a_stay_given_up_goes_to_who_waits(desk: Desk) -> None:
    await desk.overbook("twin", "2027-03-10", "2027-03-12", 1)
    first = await desk.booked("twin", "2027-03-10", "2027-03-12")
    await desk.booked("twin", "2027-03-10", "2027-03-12")
    waiting = await desk.booked("twin", "2027-03-10", "2027-03-12")
    await desk.amended(first["id"], arrival="2027-03-20", departure="2027-03-22")
    assert rooms_of(await desk.stay(waiting["id"])) == rooms_of(first)


async def checked_in(desk: Desk, arrival: str, departure: str, room: str) -> str:
    """Book a twin and check the guest in; return the id of the stay."""
    booked = await desk.booked("twin", arrival, departure, room=room)
    await desk.stepped(booked["id"], "check-in")
    identifier: str = booked["id"]
    return identifier


async def test_an_in_house_stay_is_extended_in_its_own_room(desk: Desk, clock: FixedClock) -> None:
    guest = await checked_in(desk, "2027-03-01", "2027-03-03", "301")
    at(clock, 2)
    amended = await desk.amended(guest, departure="2027-03-05")
    assert rooms_of(amended) == ["301"] * 4
    assert amended["nights"][0]["date"] == "2027-03-01"
    assert await desk.free("twin", "2027-03-04", "2027-03-05") == [1, 2]


async def test_an_extension_moves_who_was_to_have_the_room(desk: Desk, clock: FixedClock) -> None:
    guest = await checked_in(desk, "2027-03-01", "2027-03-03", "301")
    next_guest = await desk.booked("twin", "2027-03-03", "2027-03-05", room="301")
    at(clock, 2)
    assert rooms_of(await desk.amended(guest, departure="2027-03-05")) == ["301"] * 4
    assert rooms_of(await desk.stay(next_guest["id"])) == ["302"] * 2


async def test_an_extension_on_the_day_of_departure_moves_todays_arrival(desk: Desk, clock: FixedClock) -> None:
    guest = await checked_in(desk, "2027-03-01", "2027-03-03", "301")
    arrives = await desk.booked("twin", "2027-03-03", "2027-03-05", room="301")
    at(clock, 3)
    assert rooms_of(await desk.amended(guest, departure="2027-03-04")) == ["301"] * 3
    assert rooms_of(await desk.stay(arrives["id"])) == ["302"] * 2


async def test_an_extension_is_refused_by_who_may_not_move(desk: Desk, clock: FixedClock) -> None:
    guest = await checked_in(desk, "2027-03-01", "2027-03-03", "301")
    fixed = await desk.booked("twin", "2027-03-03", "2027-03-05", room="301", room_locked=True)
    at(clock, 2)
    before = await contents(desk.connection)
    refused = problem_of(await desk.amend(guest, departure="2027-03-05"), 409, "no_room_throughout")
    assert [each["name"] for each in refused["data"]["obstacles"]] == [fixed["code"]]
    assert [(part["room_number"], part["arrival"]) for part in refused["data"]["split_stay"]] == [("302", "2027-03-03")]
    assert await contents(desk.connection) == before
    moved = await desk.amended(guest, departure="2027-03-05", room="302")
    assert rooms_of(moved) == ["301", "302", "302", "302"]


async def test_an_extension_is_refused_when_the_type_is_sold_out(desk: Desk, clock: FixedClock) -> None:
    guest = await checked_in(desk, "2027-03-01", "2027-03-03", "301")
    for _ in range(2):
        await desk.booked("twin", "2027-03-03", "2027-03-05")
    at(clock, 2)
    before = await contents(desk.connection)
    refused = problem_of(await desk.amend(guest, departure="2027-03-04"), 409, "sold_out")
    assert refused["data"]["nights"] == ["2027-03-03"]
    assert await contents(desk.connection) == before


async def test_an_in_house_stay_is_shortened_and_gives_back_what_lies_ahead(desk: Desk, clock: FixedClock) -> None:
    guest = await checked_in(desk, "2027-03-01", "2027-03-06", "301")
    at(clock, 3)
    shorter = await desk.amended(guest, departure="2027-03-04")
    assert rooms_of(shorter) == ["301"] * 3
    assert await desk.free("twin", "2027-03-03", "2027-03-04") == [1, 2]
    assert len((await desk.amended(guest, departure="2027-03-03"))["nights"]) == 2
    problem_of(await desk.amend(guest, departure="2027-03-02"), 409, "in_house_stay_fixed")


async def test_an_in_house_stay_moves_from_tonight_on(desk: Desk, clock: FixedClock) -> None:
    guest = await checked_in(desk, "2027-03-01", "2027-03-04", "301")
    at(clock, 2)
    assert rooms_of(await desk.amended(guest, room="302")) == ["301", "302", "302"]
    assert await desk.free("twin", "2027-03-02") == [1]


async def test_the_arrival_and_type_of_who_is_in_the_house_are_fixed(desk: Desk, clock: FixedClock) -> None:
    guest = await checked_in(desk, "2027-03-01", "2027-03-04", "301")
    at(clock, 2)
    double = desk.hotel.types["double"].id
    answer = await desk.amend(guest, arrival="2027-03-02", room_type_id=double, departure="2027-03-03")
    assert pointers(problem_of(answer, 409, "in_house_stay_fixed")) == ["/arrival", "/room_type_id"]
    words = await desk.amended(guest, note="late breakfast", adults=2)
    assert (words["note"], words["adults"], rooms_of(words)) == ("late breakfast", 2, ["301"] * 3)


async def test_closed_stays_do_not_change(desk: Desk, clock: FixedClock) -> None:
    gone = await checked_in(desk, "2027-03-01", "2027-03-03", "301")
    cancelled = (await desk.booked("twin", "2027-03-10", "2027-03-12"))["id"]
    absent = (await desk.booked("twin", "2027-03-01", "2027-03-03"))["id"]
    await desk.stepped(cancelled, "cancel")
    await desk.stepped(absent, "no-show")
    at(clock, 3)
    await desk.stepped(gone, "check-out")
    before = await contents(desk.connection)
    for stay in (gone, cancelled, absent):
        refused = problem_of(await desk.amend(stay, note="x"), 409, "action_refused")
        assert refused["data"]["reason_code"] == "stay_is_closed"
    assert await contents(desk.connection) == before


async def test_nobody_else_changes_a_stay(desk: Desk) -> None:
    booked = await desk.booked("twin", "2027-03-10", "2027-03-12")
    before = await contents(desk.connection)
    for party in ("lodge", "harbour", "alpha"):
        answer = await desk.send("PATCH", f"/reservations/{booked['id']}", {"note": "x"}, party=party)
        problem_of(answer, *(403, "not_allowed") if party == "alpha" else (404, "not_found"))
    assert await contents(desk.connection) == before
