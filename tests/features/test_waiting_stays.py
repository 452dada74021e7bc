"""Stays that wait for a room: who asks for one on their behalf, what that may cost, and which nights get one."""

import asyncio
import sys
from datetime import date

import pytest

from support.front_desk import Desk, Json, problem_of, rooms_of
from support.racing import PATIENCE_SECONDS


async def waiting_single(desk: Desk) -> tuple[str, str, str]:
    """Return a stay, one that holds the last night somebody waits for, and who waits: two locked stays lie between."""
    await desk.overbook("single", "2027-03-11", "2027-03-12", 3)
    await desk.booked("single", "2027-03-10", "2027-03-12", room="201", room_locked=True)
    await desk.booked("single", "2027-03-12", "2027-03-14", room="202", room_locked=True)
    long = await desk.booked("single", "2027-03-10", "2027-03-14", room="203")
    short = await desk.booked("single", "2027-03-11", "2027-03-12", room="202")
    waiting = await desk.booked("single", "2027-03-10", "2027-03-14")
    assert None in rooms_of(waiting)
    return long["id"], short["id"], waiting["id"]


async def test_a_note_is_changed_while_somebody_sells_the_nights(desk: Desk) -> None:
    """It locks no night, and nobody who waits is asked after: nothing was given back."""
    long, _, _ = await waiting_single(desk)
    async with asyncio.timeout(PATIENCE_SECONDS), desk.connection.transaction():
        await desk.connection.execute("select from room_type_availability for update")
        amended = await desk.amended(long, note="late arrival")
    assert amended["note"] == "late arrival"


async def test_who_waits_is_never_worth_the_exact_search(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process for every waiting stay would hold up the cancellation, and with it every sale of the type."""
    _, short, _ = await waiting_single(desk)
    monkeypatch.setattr(sys, "executable", "/there/is/no/python/to/start")
    assert (await desk.stepped(short, "cancel"))["status"] == "cancelled"


async def free_rooms(desk: Desk, *nights: str) -> list[int]:
    """Return how many twins have nobody in them, counted from the rooms themselves."""
    return [
        await desk.connection.fetchval(
            "select count(*) from individual_rooms i join room_availability a on a.room_id = i.id "
            "where i.room_type_id = $1 and a.date = $2 and a.available",
            *(desk.hotel.types["twin"].id, date.fromisoformat(night)),
        )
        for night in nights
    ]


async def full_night(desk: Desk, night: str, departure: str) -> list[Json]:
    """Sell both twins on a night that one more may be sold for."""
    await desk.overbook("twin", night, departure, 1)
    return [await desk.booked("twin", night, departure, room=room) for room in ("301", "302")]


async def test_a_full_night_costs_a_new_stay_no_other_night(desk: Desk) -> None:
    await full_night(desk, "2027-03-12", "2027-03-13")
    stay = await desk.booked("twin", "2027-03-10", "2027-03-15")
    first, before, full, *after = rooms_of(stay)
    assert first == before is not None
    assert full is None
    assert after == [first, first]
    assert stay == await desk.stay(stay["id"])
    for night in ("2027-03-10", "2027-03-13"):
        assert await free_rooms(desk, night) == (await desk.free("twin", night))[:1] == [1]
    problem_of(await desk.step(stay["id"], "check-in"), 409, "action_refused")


async def test_who_waits_for_one_night_gets_one_room_throughout_when_it_becomes_free(desk: Desk) -> None:
    others = await full_night(desk, "2027-03-12", "2027-03-13")
    stay = await desk.booked("twin", "2027-03-10", "2027-03-15")
    held = rooms_of(stay)[0]
    other = next(each for each in others if rooms_of(each) != [held])
    await desk.stepped(other["id"], "cancel")
    rooms = rooms_of(await desk.stay(stay["id"]))
    assert None not in rooms
    assert len(set(rooms)) == 1


async def test_who_waits_for_two_nights_gets_the_one_that_becomes_free(desk: Desk) -> None:
    others = await full_night(desk, "2027-03-10", "2027-03-11")
    await full_night(desk, "2027-03-11", "2027-03-12")
    stay = await desk.booked("twin", "2027-03-10", "2027-03-12")
    assert rooms_of(stay) == [None, None]
    await desk.stepped(others[0]["id"], "cancel")
    assert rooms_of(await desk.stay(stay["id"])) == ["301", None]


async def test_a_longer_stay_keeps_its_room_beside_a_full_night(desk: Desk) -> None:
    stay = await desk.booked("twin", "2027-03-10", "2027-03-14", room="301")
    await full_night(desk, "2027-03-14", "2027-03-15")
    assert rooms_of(await desk.amended(stay["id"], departure="2027-03-15")) == ["301"] * 4 + [None]
    assert rooms_of(await desk.amended(stay["id"], departure="2027-03-16")) == ["301"] * 4 + [None, "301"]
    assert rooms_of(await desk.amended(stay["id"], arrival="2027-03-09")) == ["301"] * 5 + [None, "301"]


async def test_a_guest_who_goes_back_to_arriving_keeps_the_nights_held(desk: Desk) -> None:
    stay = await desk.booked("twin", "2027-03-01", "2027-03-03", room="301")
    await desk.stepped(stay["id"], "check-in")
    await full_night(desk, "2027-03-03", "2027-03-04")
    longer = rooms_of(await desk.amended(stay["id"], departure="2027-03-05"))
    assert longer[:3] == ["301", "301", None]
    await desk.stepped(stay["id"], "undo-check-in")
    assert rooms_of(await desk.amended(stay["id"], departure="2027-03-06"))[:4] == longer


async def apart(desk: Desk) -> None:
    """Let two locked stays keep the free nights of the twins apart."""
    await desk.booked("twin", "2027-03-10", "2027-03-12", room="301", room_locked=True)
    await desk.booked("twin", "2027-03-12", "2027-03-14", room="302", room_locked=True)


async def test_a_booking_goes_the_way_out_that_its_refusal_names(desk: Desk) -> None:
    await apart(desk)
    refused = problem_of(await desk.book("twin", "2027-03-10", "2027-03-14"), 409, "no_room_throughout")
    assert "override_reason holds the nights all the same" in refused["detail"]
    booked = await desk.booked("twin", "2027-03-10", "2027-03-14", override_reason="agreed with the guest")
    assert rooms_of(booked) == ["302", "302", "301", "301"]
    assert booked["actions"] == (await desk.stay(booked["id"]))["actions"]


@pytest.mark.parametrize("room_locked", [False, True])
async def test_a_change_goes_the_way_out_that_its_refusal_names(desk: Desk, *, room_locked: bool) -> None:
    await apart(desk)
    stay = await desk.booked("twin", "2027-03-10", "2027-03-12", room_locked=room_locked)
    for change in ({"departure": "2027-03-14"}, {"arrival": "2027-03-11", "departure": "2027-03-13"}):
        refused = problem_of(await desk.amend(stay["id"], **change), 409, "no_room_throughout")
        assert "override_reason holds the nights all the same" in refused["detail"]
    changed = await desk.amended(
        stay["id"], arrival="2027-03-11", departure="2027-03-13", override_reason="agreed with the guest"
    )
    assert rooms_of(changed) == ["302", "301"]
    assert await desk.connection.fetchval("select sum(forced) from room_type_availability") == 0


async def test_an_override_moves_others_before_it_splits(desk: Desk) -> None:
    await desk.booked("twin", "2027-03-10", "2027-03-12", room="301")
    other = await desk.booked("twin", "2027-03-12", "2027-03-14", room="302")
    stay = await desk.booked("twin", "2027-03-10", "2027-03-14", override_reason="to be sure")
    assert rooms_of(stay) == ["302"] * 4
    assert rooms_of(await desk.stay(other["id"])) == ["301"] * 2
