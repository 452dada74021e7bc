"""A guest in the house stays longer: in the same room where that goes, never without what was held already."""

from datetime import UTC, date, datetime

import pytest

from omd.db import Database
from omd.features.inventory.importing.queries import close_room
from omd.kernel.clock import FixedClock
from omd.kernel.ids import OmdId
from support.front_desk import Desk, contents, pointers, problem_of, rooms_of
from support.worlds import system_actor


def at(clock: FixedClock, day: int) -> None:
    """Put the clock to noon (UTC) of a day of March 2027."""
    clock.set(datetime(2027, 3, day, 12, 0, tzinfo=UTC))


async def checked_in(desk: Desk, arrival: str, departure: str, room: str, *, room_locked: bool = False) -> str:
    """Book a twin and check the guest in; return the id of the stay."""
    booked = await desk.booked("twin", arrival, departure, room=room, room_locked=room_locked)
    await desk.stepped(booked["id"], "check-in")
    identifier: str = booked["id"]
    return identifier


async def retired(db: Database, desk: Desk, room: str, day: int) -> None:
    """Take a room out of the inventory from a day of March 2027 on, as an import does."""
    async with db.transaction(system_actor(desk.world.alpha)) as tx:
        place = (desk.hotel.id, desk.hotel.rooms[room], date(2027, 3, day))
        await close_room(tx, OmdId(desk.world.alpha.id), place)


async def full_house(desk: Desk, arrival: str, departure: str) -> None:
    """Sell both twins for these nights, to guests who cannot all be elsewhere."""
    for _ in range(2):
        await desk.booked("twin", arrival, departure)


@pytest.mark.parametrize("room_locked", [False, True])
@pytest.mark.parametrize("how", ["override", "limit"])
async def test_into_a_full_house_the_added_nights_are_held_without_a_room(
    desk: Desk, clock: FixedClock, how: str, *, room_locked: bool
) -> None:
    guest = await checked_in(desk, "2027-03-01", "2027-03-03", "301", room_locked=room_locked)
    await full_house(desk, "2027-03-03", "2027-03-05")
    at(clock, 2)
    more = {"override_reason": "promised by the manager"} if how == "override" else {}
    if how == "limit":
        problem_of(await desk.amend(guest, departure="2027-03-05"), 409, "sold_out")
        await desk.overbook("twin", "2027-03-03", "2027-03-05", 1)
    amended = await desk.amended(guest, departure="2027-03-05", **more)
    assert rooms_of(amended) == ["301", "301", None, None]
    listed = await desk.send("GET", f"/businesses/{desk.hotel.id}/reservations?status=in_house")
    assert [each["unassigned_nights"] for each in listed.json()] == [2]


async def test_the_own_room_is_kept_on_the_nights_it_is_free(desk: Desk, clock: FixedClock) -> None:
    guest = await checked_in(desk, "2027-03-01", "2027-03-03", "301")
    await full_house(desk, "2027-03-05", "2027-03-06")
    at(clock, 2)
    amended = await desk.amended(guest, departure="2027-03-08", override_reason="promised by the manager")
    rooms = rooms_of(amended)
    assert rooms[:5] == ["301", "301", "301", "301", None]
    assert None not in rooms[5:]


async def test_a_room_that_becomes_free_goes_to_who_stays_on(desk: Desk, clock: FixedClock) -> None:
    guest = await checked_in(desk, "2027-03-01", "2027-03-03", "301")
    others = [await desk.booked("twin", "2027-03-03", "2027-03-05") for _ in range(2)]
    at(clock, 2)
    await desk.amended(guest, departure="2027-03-05", override_reason="promised by the manager")
    await desk.stepped(others[1]["id"], "cancel")
    assert rooms_of(await desk.stay(guest))[:2] == ["301", "301"]
    assert None not in rooms_of(await desk.stay(guest))


async def test_an_override_takes_another_room_for_the_added_nights_alone(desk: Desk, clock: FixedClock) -> None:
    guest = await checked_in(desk, "2027-03-01", "2027-03-03", "301")
    fixed = await desk.booked("twin", "2027-03-03", "2027-03-05", room="301", room_locked=True)
    at(clock, 2)
    refused = problem_of(await desk.amend(guest, departure="2027-03-05"), 409, "no_room_throughout")
    assert [each["name"] for each in refused["data"]["obstacles"]] == [fixed["code"]]
    amended = await desk.amended(guest, departure="2027-03-05", override_reason="agreed with the guest")
    assert rooms_of(amended) == ["301", "301", "302", "302"]


async def test_a_locked_room_is_left_by_override_only(desk: Desk, clock: FixedClock) -> None:
    guest = await checked_in(desk, "2027-03-01", "2027-03-03", "301", room_locked=True)
    fixed = await desk.booked("twin", "2027-03-03", "2027-03-05", room="301", room_locked=True)
    await desk.overbook("twin", "2027-03-03", "2027-03-05", 1)
    await desk.booked("twin", "2027-03-04", "2027-03-05", room="302")
    at(clock, 2)
    before = await contents(desk.connection)
    refused = problem_of(await desk.amend(guest, departure="2027-03-05"), 409, "no_room_throughout")
    assert [each["name"] for each in refused["data"]["obstacles"]] == [fixed["code"]]
    assert await contents(desk.connection) == before
    amended = await desk.amended(guest, departure="2027-03-05", override_reason="agreed with the guest")
    assert rooms_of(amended) == ["301", "301", "302", None]


async def test_a_guest_who_is_to_change_rooms_stays_on_in_the_last_one(desk: Desk, clock: FixedClock) -> None:
    guest = await checked_in(desk, "2027-03-01", "2027-03-03", "301")
    await desk.booked("twin", "2027-03-03", "2027-03-05", room="301", room_locked=True)
    at(clock, 2)
    await desk.amended(guest, departure="2027-03-05", override_reason="agreed with the guest")
    assert rooms_of(await desk.amended(guest, departure="2027-03-06")) == ["301", "301", "302", "302", "302"]
    assert rooms_of(await desk.amended(guest, departure="2027-03-04")) == ["301", "301", "302"]


async def test_a_locked_stay_before_its_arrival_keeps_what_it_holds(desk: Desk) -> None:
    booked = await desk.booked("twin", "2027-03-10", "2027-03-12", room="301", room_locked=True)
    await full_house(desk, "2027-03-12", "2027-03-14")
    amended = await desk.amended(booked["id"], departure="2027-03-14", override_reason="promised by the manager")
    assert rooms_of(amended) == ["301", "301", None, None]
    again = {"room": "301", "override_reason": "promised by the manager"}
    problem_of(await desk.amend(booked["id"], **again), 409, "room_not_free")


async def test_the_room_can_be_named_for_nights_that_have_none(desk: Desk, clock: FixedClock) -> None:
    guest = await checked_in(desk, "2027-03-01", "2027-03-03", "301")
    moved_on = await desk.booked("twin", "2027-03-03", "2027-03-05", room="301", room_locked=True)
    other = await desk.booked("twin", "2027-03-03", "2027-03-05", room="302", room_locked=True)
    at(clock, 2)
    await desk.amended(guest, departure="2027-03-05", override_reason="promised by the manager")
    await desk.amended(moved_on["id"], arrival="2027-03-20", departure="2027-03-22")
    assert rooms_of(await desk.stay(guest)) == ["301"] * 4
    assert rooms_of(await desk.stay(other["id"])) == ["302"] * 2


@pytest.mark.parametrize("room_locked", [False, True])
@pytest.mark.parametrize("today", [2, 3])
async def test_a_guest_stays_in_a_room_until_it_retires_and_then_moves(
    desk: Desk, clock: FixedClock, maintenance_db: Database, *, today: int, room_locked: bool
) -> None:
    guest = await checked_in(desk, "2027-03-01", "2027-03-03", "301", room_locked=room_locked)
    at(clock, today)
    await retired(maintenance_db, desk, "301", 4)
    rooms = rooms_of(await desk.amended(guest, departure="2027-03-06"))
    assert rooms == ["301", "301", "301", "302", "302"]


async def test_where_nothing_is_left_after_the_retirement_the_room_is_named(
    desk: Desk, clock: FixedClock, maintenance_db: Database
) -> None:
    guest = await checked_in(desk, "2027-03-01", "2027-03-03", "301")
    fixed = await desk.booked("twin", "2027-03-05", "2027-03-07", room="302", room_locked=True)
    at(clock, 2)
    await retired(maintenance_db, desk, "301", 4)
    before = await contents(desk.connection)
    refused = problem_of(await desk.amend(guest, departure="2027-03-06"), 409, "sold_out")
    assert refused["data"]["nights"] == ["2027-03-05"]
    assert await contents(desk.connection) == before
    amended = await desk.amended(guest, departure="2027-03-06", override_reason="the new wing opens late")
    assert rooms_of(amended) == ["301", "301", "301", "302", None]
    assert rooms_of(await desk.stay(fixed["id"])) == ["302"] * 2


async def test_a_room_that_retires_later_is_sold_until_then_and_named_as_what_stands_in_the_way(
    desk: Desk, maintenance_db: Database
) -> None:
    await retired(maintenance_db, desk, "301", 14)
    until_then = await desk.booked("twin", "2027-03-10", "2027-03-12", room="301")
    assert rooms_of(until_then) == ["301", "301"]
    fixed = await desk.booked("twin", "2027-03-12", "2027-03-13", room="302", room_locked=True)
    refused = problem_of(await desk.book("twin", "2027-03-12", "2027-03-15"), 409, "no_room_throughout")
    said = {each["what"]: each for each in refused["data"]["obstacles"]}
    assert said["stay"]["name"] == fixed["code"] if "stay" in said else said["retirement"]["room_number"] == "301"
    assert [(part["room_number"], part["arrival"], part["departure"]) for part in refused["data"]["split_stay"]] == [
        ("301", "2027-03-12", "2027-03-14"),
        ("302", "2027-03-14", "2027-03-15"),
    ]
    problem_of(await desk.book("twin", "2027-03-12", "2027-03-15", room="301"), 409, "room_not_free")
    problem_of(await desk.book("twin", "2027-03-14", "2027-03-15", room="301"), 422, "room_unknown")


async def test_a_guest_whose_room_is_retired_is_refused_when_no_other_is_left(
    desk: Desk, clock: FixedClock, maintenance_db: Database
) -> None:
    guest = await checked_in(desk, "2027-03-01", "2027-03-03", "301")
    await desk.booked("twin", "2027-03-04", "2027-03-05", room="302")
    at(clock, 3)
    await retired(maintenance_db, desk, "301", 3)
    before = await contents(desk.connection)
    refused = problem_of(await desk.amend(guest, departure="2027-03-05"), 409, "sold_out")
    assert refused["data"]["nights"] == ["2027-03-04"]
    problem_of(await desk.amend(guest, departure="2027-03-04", room="301"), 422, "room_unknown")
    assert await contents(desk.connection) == before


@pytest.mark.parametrize("today", [3, 4])
async def test_on_the_day_of_departure_there_is_no_night_to_move(desk: Desk, clock: FixedClock, *, today: int) -> None:
    guest = await checked_in(desk, "2027-03-01", "2027-03-03", "301")
    at(clock, today)
    before = await contents(desk.connection)
    refused = problem_of(await desk.amend(guest, room="302"), 409, "in_house_stay_fixed")
    assert pointers(refused) == ["/room_id"]
    assert await contents(desk.connection) == before
    assert rooms_of(await desk.amended(guest, room="301")) == ["301", "301"]
    moved = await desk.amended(guest, room="302", departure="2027-03-05")
    assert rooms_of(moved) == ["301", "301", "302", "302"]
