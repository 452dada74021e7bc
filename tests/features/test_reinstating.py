"""Ways back into a stay's life: an undone check-out, a reinstated stay, and what stands in their way."""

import asyncio
from datetime import UTC, datetime

import pytest

from omd.kernel.clock import FixedClock
from support.front_desk import Desk, Json, contents, pointers, problem_of, rooms_of
from support.persons import Persons


def at(clock: FixedClock, day: int) -> None:
    """Put the clock to noon (UTC) of a day of March 2027."""
    clock.set(datetime(2027, 3, day, 12, 0, tzinfo=UTC))


async def left(desk: Desk, clock: FixedClock, day: int, **more: object) -> Json:
    """Return a stay from 10 to 13 March whose guest left on a day."""
    booked = await desk.booked("twin", "2027-03-10", "2027-03-13", **more)
    at(clock, 10)
    await desk.stepped(booked["id"], "check-in")
    at(clock, day)
    return await desk.stepped(booked["id"], "check-out")


@pytest.mark.parametrize("day", [11, 12, 13])
async def test_an_undone_check_out_leaves_no_trace_in_the_stay(desk: Desk, clock: FixedClock, day: int) -> None:
    booked = await desk.booked("twin", "2027-03-10", "2027-03-13")
    at(clock, 10)
    before = await desk.stepped(booked["id"], "check-in")
    at(clock, day)
    await desk.stepped(booked["id"], "check-out")
    back = await desk.stepped(booked["id"], "undo-check-out")
    same = ("status", "arrival", "departure", "nights", "checked_in_at", "checked_out_at", "guests")
    assert {name: back[name] for name in same} == {name: before[name] for name in same}
    assert (await desk.stepped(booked["id"], "check-out"))["status"] == "checked_out"


async def test_who_left_on_the_day_of_arrival_comes_back_for_all_nights(desk: Desk, clock: FixedClock) -> None:
    gone = await left(desk, clock, 10)
    assert gone["nights"] == []
    back = await desk.stepped(gone["id"], "undo-check-out")
    assert (back["departure"], len(back["nights"])) == ("2027-03-13", 3)


async def test_an_overdue_guest_who_left_today_comes_back(desk: Desk, clock: FixedClock) -> None:
    gone = await left(desk, clock, 15)
    assert gone["departure"] == "2027-03-13"
    assert (await desk.stepped(gone["id"], "undo-check-out"))["status"] == "in_house"


async def test_nights_sold_meanwhile_are_not_held_again(desk: Desk, clock: FixedClock) -> None:
    gone = await left(desk, clock, 11)
    for _ in range(2):
        await desk.booked("twin", "2027-03-12", "2027-03-13")
    before = await contents(desk.connection)
    refused = problem_of(await desk.step(gone["id"], "undo-check-out"), 409, "sold_out")
    assert refused["data"]["nights"] == ["2027-03-12"]
    assert await contents(desk.connection) == before
    shorter = await desk.stepped(gone["id"], "undo-check-out", {"departure": "2027-03-12"})
    assert [night["date"] for night in shorter["nights"]] == ["2027-03-10", "2027-03-11"]
    assert len(set(rooms_of(shorter))) == 1


async def test_by_name_the_nights_are_held_above_the_limit(desk: Desk, clock: FixedClock) -> None:
    gone = await left(desk, clock, 11)
    for _ in range(2):
        await desk.booked("twin", "2027-03-12", "2027-03-13")
    back = await desk.stepped(gone["id"], "undo-check-out", {"override_reason": "our mistake"})
    assert rooms_of(back)[:2] == [rooms_of(gone)[0]] * 2
    assert rooms_of(back)[2] is None


@pytest.mark.parametrize("departure", ["2027-03-10", "2027-03-09", "2027-03-11"])
async def test_a_departure_before_the_one_that_was_is_none(desk: Desk, clock: FixedClock, departure: str) -> None:
    gone = await left(desk, clock, 12)
    before = await contents(desk.connection)
    answer = await desk.step(gone["id"], "undo-check-out", {"departure": departure})
    assert pointers(problem_of(answer, 422, "invalid_input")) == ["/departure"]
    assert await contents(desk.connection) == before


@pytest.mark.parametrize("step", ["cancel", "no-show"])
async def test_a_stay_is_reinstated_where_there_is_room(desk: Desk, clock: FixedClock, step: str) -> None:
    booked = await desk.booked("twin", "2027-03-10", "2027-03-13", room="302", room_locked=True)
    at(clock, 10)
    await desk.stepped(booked["id"], step)
    back = await desk.stepped(booked["id"], "reinstate", {"room_id": desk.hotel.rooms["302"]})
    assert (back["status"], back["cancelled_at"], back["cancellation_reason"]) == ("confirmed", None, None)
    assert rooms_of(back) == ["302"] * 3
    assert await desk.free("twin", "2027-03-10", "2027-03-12") == [1, 1]


async def test_who_comes_a_day_late_holds_the_nights_that_are_left(desk: Desk, clock: FixedClock) -> None:
    booked = await desk.booked("twin", "2027-03-10", "2027-03-13")
    at(clock, 10)
    await desk.stepped(booked["id"], "no-show")
    at(clock, 11)
    back = await desk.stepped(booked["id"], "reinstate")
    assert (back["arrival"], len(back["nights"])) == ("2027-03-11", 2)
    assert (await desk.stepped(booked["id"], "check-in"))["status"] == "in_house"


async def test_a_stay_is_not_reinstated_where_its_nights_are_sold(desk: Desk) -> None:
    booked = await desk.booked("twin", "2027-03-10", "2027-03-12")
    await desk.stepped(booked["id"], "cancel")
    for _ in range(2):
        await desk.booked("twin", "2027-03-11", "2027-03-12")
    before = await contents(desk.connection)
    refused = problem_of(await desk.step(booked["id"], "reinstate"), 409, "sold_out")
    assert refused["data"] == {"nights": ["2027-03-11"], "limit": "room_type"}
    assert await contents(desk.connection) == before
    await desk.stepped(booked["id"], "reinstate", {"override_reason": "a promise"})


async def test_the_last_room_is_reinstated_or_booked_once(desk: Desk) -> None:
    gone = [await desk.booked("twin", "2027-03-10", "2027-03-12") for _ in range(2)]
    for stay in gone:
        await desk.stepped(stay["id"], "cancel")
    await desk.booked("twin", "2027-03-10", "2027-03-12")
    answers = await asyncio.gather(
        *(desk.step(stay["id"], "reinstate") for stay in gone),
        *(desk.book("twin", "2027-03-10", "2027-03-12") for _ in range(3)),
    )
    assert sorted(answer.status_code >= 400 for answer in answers) == [False] + [True] * 4
    assert {answer.json()["code"] for answer in answers if answer.status_code >= 400} <= {"sold_out"}
    assert await desk.free("twin", "2027-03-10", "2027-03-11") == [0, 0]


async def test_of_two_who_reinstate_one_does(desk: Desk) -> None:
    booked = await desk.booked("twin", "2027-03-10", "2027-03-12")
    await desk.stepped(booked["id"], "cancel")
    answers = await asyncio.gather(*(desk.step(booked["id"], "reinstate") for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]


async def test_what_cannot_be_asked(desk: Desk) -> None:
    booked = await desk.booked("twin", "2027-03-10", "2027-03-12")
    await desk.stepped(booked["id"], "cancel")
    before = await contents(desk.connection)
    bodies: list[object] = [{"room_id": 0}, {"override_reason": " "}, {"room": 1}, [], {"room_id": None, "x": 1}]
    for body in bodies:
        problem_of(await desk.step(booked["id"], "reinstate", body), 422, "invalid_input")
    single = {"room_id": desk.hotel.rooms["101"]}
    problem_of(await desk.step(booked["id"], "reinstate", single), 422, "room_unknown")
    assert await contents(desk.connection) == before


async def test_a_kept_answer_of_who_came_too_late_forgets_the_guest(desk: Desk, persons: Persons) -> None:
    booked = await desk.booked("twin", "2027-03-10", "2027-03-12")
    await desk.amended(booked["id"], note="first")
    headers = {"If_Match": '"1"', "Idempotency_Key": "late"}
    late = await desk.send("PATCH", f"/reservations/{booked['id']}", {"note": "x"}, **headers)
    assert problem_of(late, 409, "stale_version")["data"]["current"]["guests"][0]["last_name"] == "Popescu"
    await desk.stepped(booked["id"], "cancel")
    sought = {"code": booked["code"], "last_name": "Popescu"}
    owner = await persons.headers("olga", ("owner", desk.hotel))
    path = f"/api/v1/businesses/{desk.hotel.id}/guests/erase"
    erased = await desk.client.post(path, json=sought, headers=owner)
    assert erased.status_code == 200, erased.text
    kept = await desk.connection.fetchval("select convert_from(body, 'UTF8') from idempotency_keys where key = 'late'")
    assert "(erased)" in kept
    assert "Popescu" not in kept
