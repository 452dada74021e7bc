"""The life of a stay: every step that is allowed, every step that is refused with its reason, and what it frees."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from omd.kernel.clock import FixedClock
from support.front_desk import Desk, contents, problem_of, rooms_of

STEPS = {
    "confirm": "confirm",
    "check_in": "check-in",
    "undo_check_in": "undo-check-in",
    "check_out": "check-out",
    "undo_check_out": "undo-check-out",
    "cancel": "cancel",
    "mark_no_show": "no-show",
    "reinstate": "reinstate",
}

OF_A_HOLD = ("amend", "move", "confirm", "extend_hold")
CLOSED: dict[str, str | None] = {
    **dict.fromkeys(("amend", "move"), "stay_is_closed"),
    **dict.fromkeys(("extend_hold", *STEPS), "wrong_status"),
}

# Status, the day it is asked on, and what each step says then: None is allowed, a word the reason it is not.
# The stay is 10 to 13 March.
# A tentative one is held until 9 March, 18:00 UTC.
RULES: list[tuple[str, int, dict[str, str | None]]] = [
    ("tentative", 9, {**dict.fromkeys(STEPS, "wrong_status"), **dict.fromkeys(OF_A_HOLD, None), "cancel": None}),
    (
        "tentative",
        10,
        {**dict.fromkeys(STEPS, "wrong_status"), **dict.fromkeys(OF_A_HOLD, "hold_expired"), "cancel": None},
    ),
    (
        "confirmed",
        9,
        {
            "amend": None,
            "move": None,
            "confirm": "wrong_status",
            "extend_hold": "wrong_status",
            "check_in": "before_arrival",
            "undo_check_in": "wrong_status",
            "check_out": "wrong_status",
            "undo_check_out": "wrong_status",
            "reinstate": "wrong_status",
            "cancel": None,
            "mark_no_show": "before_arrival",
        },
    ),
    (
        "confirmed",
        10,
        {
            "amend": None,
            "move": None,
            "check_in": None,
            "undo_check_in": "wrong_status",
            "check_out": "wrong_status",
            "undo_check_out": "wrong_status",
            "reinstate": "wrong_status",
            "cancel": None,
            "mark_no_show": None,
        },
    ),
    ("confirmed", 12, {"check_in": None, "mark_no_show": None, "cancel": None}),
    ("confirmed", 13, {"move": "no_night_left", "check_in": "after_departure", "mark_no_show": None, "cancel": None}),
    (
        "in_house",
        10,
        {
            "amend": None,
            "move": None,
            "check_in": "wrong_status",
            "undo_check_in": None,
            "check_out": None,
            "undo_check_out": "wrong_status",
            "reinstate": "wrong_status",
            "cancel": "wrong_status",
            "mark_no_show": "wrong_status",
        },
    ),
    ("in_house", 14, {"check_out": None, "amend": None, "move": "no_night_left", "cancel": "wrong_status"}),
    ("checked_out", 10, {**CLOSED, "undo_check_out": None}),
    ("checked_out", 11, {**CLOSED, "undo_check_out": "day_of_departure_over"}),
    ("cancelled", 12, {**CLOSED, "reinstate": None}),
    ("cancelled", 13, {**CLOSED, "reinstate": "after_departure"}),
    ("no_show", 12, {**CLOSED, "reinstate": None}),
    ("no_show", 13, {**CLOSED, "reinstate": "after_departure"}),
]


def at(clock: FixedClock, day: int) -> None:
    """Put the clock to noon (UTC) of a day of March 2027."""
    clock.set(datetime(2027, 3, day, 12, 0, tzinfo=UTC))


async def stay_in(desk: Desk, clock: FixedClock, status: str) -> str:
    """Bring a stay from 10 to 13 March into a status; return its id."""
    held = {"hold_until": "2027-03-09T18:00:00Z"} if status == "tentative" else {}
    booked = await desk.booked("twin", "2027-03-10", "2027-03-13", **held)
    identifier: str = booked["id"]
    at(clock, 10)
    steps = {
        "tentative": [],
        "confirmed": [],
        "in_house": ["check-in"],
        "checked_out": ["check-in", "check-out"],
        "cancelled": ["cancel"],
        "no_show": ["no-show"],
    }
    for step in steps[status]:
        await desk.stepped(identifier, step)
    return identifier


@pytest.mark.parametrize(("status", "day", "says"), RULES, ids=[f"{rule[0]}-{rule[1]}" for rule in RULES])
async def test_the_list_of_actions_and_the_actions_tell_the_same(
    desk: Desk, clock: FixedClock, status: str, day: int, says: dict[str, str | None]
) -> None:
    stay = await stay_in(desk, clock, status)
    at(clock, day)
    listed = {rule["action"]: rule for rule in (await desk.stay(stay))["actions"]}
    assert set(listed) == {"amend", "move", "extend_hold", *STEPS}
    for action, reason in says.items():
        assert listed[action]["allowed"] is (reason is None)
        assert listed[action].get("code") == reason
        assert bool(listed[action].get("reason")) is (reason is not None)
    before = await contents(desk.connection)
    for action, reason in says.items():
        if reason is not None and action in STEPS:
            refused = problem_of(await desk.step(stay, STEPS[action]), 409, "action_refused")
            assert refused["data"] == {"action": action, "reason_code": reason, "status": status}
            assert refused["detail"] == listed[action]["reason"]
    assert await contents(desk.connection) == before


@pytest.mark.parametrize(
    ("start", "step", "day", "end", "event"),
    [
        ("tentative", "confirm", 9, "confirmed", "reservation.confirmed"),
        ("tentative", "cancel", 9, "cancelled", "reservation.cancelled"),
        ("tentative", "cancel", 10, "cancelled", "reservation.cancelled"),
        ("confirmed", "check-in", 10, "in_house", "reservation.checked_in"),
        ("confirmed", "check-in", 12, "in_house", "reservation.checked_in"),
        ("confirmed", "cancel", 9, "cancelled", "reservation.cancelled"),
        ("confirmed", "cancel", 14, "cancelled", "reservation.cancelled"),
        ("confirmed", "no-show", 10, "no_show", "reservation.no_show_marked"),
        ("in_house", "check-out", 13, "checked_out", "reservation.checked_out"),
        ("in_house", "check-out", 15, "checked_out", "reservation.checked_out"),
        ("in_house", "undo-check-in", 10, "confirmed", "reservation.check_in_undone"),
        ("checked_out", "undo-check-out", 10, "in_house", "reservation.check_out_undone"),
        ("cancelled", "reinstate", 10, "confirmed", "reservation.reinstated"),
        ("no_show", "reinstate", 10, "confirmed", "reservation.reinstated"),
    ],
)
async def test_every_edge(desk: Desk, clock: FixedClock, start: str, step: str, day: int, end: str, event: str) -> None:
    stay = await stay_in(desk, clock, start)
    version = (await desk.stay(stay))["version"]
    at(clock, day)
    after = await desk.stepped(stay, step)
    assert (after["status"], after["version"]) == (end, version + 1)
    told = {name: value for name, value in after.items() if name != "fees"}
    assert await desk.stay(stay) == told
    instants = ("checked_in_at", "checked_out_at", "cancelled_at", "no_show_at")
    assert {name: after[name] is not None for name in instants} == {
        "checked_in_at": end in ("in_house", "checked_out"),
        "checked_out_at": end == "checked_out",
        "cancelled_at": end == "cancelled",
        "no_show_at": end == "no_show",
    }
    held = {"cancelled": 0, "no_show": 0}.get(end, 3)
    assert len(after["nights"]) == held
    last = await desk.connection.fetchrow("select type, actor, data::text from events order by seq desc limit 1")
    assert last is not None
    assert last["type"] == event
    assert last["actor"] == after["booked_by"]
    assert "infinity" not in last["data"]


async def test_a_cancelled_stay_frees_its_nights_and_keeps_its_reason(desk: Desk) -> None:
    booked = await desk.booked("twin", "2027-03-10", "2027-03-12")
    cancelled = await desk.stepped(booked["id"], "cancel", {"reason": "Zbor anulat — „sorry”"})
    assert cancelled["cancellation_reason"] == "Zbor anulat — „sorry”"
    assert (cancelled["arrival"], cancelled["departure"]) == ("2027-03-10", "2027-03-12")
    assert await desk.free("twin", "2027-03-10", "2027-03-11") == [2, 2]


async def test_an_early_departure_returns_the_nights_left(desk: Desk, clock: FixedClock) -> None:
    stay = await stay_in(desk, clock, "in_house")
    at(clock, 11)
    gone = await desk.stepped(stay, "check-out")
    assert gone["departure"] == "2027-03-11"
    assert [night["date"] for night in gone["nights"]] == ["2027-03-10"]
    assert await desk.free("twin", "2027-03-11", "2027-03-12") == [2, 2]


async def test_who_leaves_on_the_day_of_arrival_gives_tonight_back(desk: Desk, clock: FixedClock) -> None:
    stay = await stay_in(desk, clock, "in_house")
    room = (await desk.stay(stay))["nights"][0]
    gone = await desk.stepped(stay, "check-out")
    assert (gone["arrival"], gone["departure"], gone["nights"]) == ("2027-03-10", "2027-03-10", [])
    assert await desk.stay(stay) == gone
    assert await desk.free("twin", "2027-03-10", "2027-03-11", "2027-03-12") == [2, 2, 2]
    # What was stayed is on record: the instants on the stay, the nights given back and the room in its event.
    assert gone["checked_in_at"] is not None
    assert gone["checked_out_at"] is not None
    data = await desk.connection.fetchval("select data::text from events order by seq desc limit 1")
    assert json.loads(data) == {
        "status": "checked_out",
        "departure": "2027-03-10",
        "released_from": "2027-03-10",
        "released_until": "2027-03-13",
        "room_id": room["room_id"],
    }
    listed = await desk.send("GET", f"/businesses/{desk.hotel.id}/reservations?status=checked_out")
    assert [each["id"] for each in listed.json()] == [stay]


async def test_the_room_of_who_left_today_can_go_out_of_order_today(desk: Desk, clock: FixedClock) -> None:
    stay = await stay_in(desk, clock, "in_house")
    room = rooms_of(await desk.stay(stay))[0]
    await desk.stepped(stay, "check-out")
    started = await desk.maintained(str(room), "2027-03-10", "2027-03-12")
    assert started["stays"] == []


async def test_tonight_given_back_goes_to_who_waits(desk: Desk, clock: FixedClock) -> None:
    await desk.overbook("twin", "2027-03-10", "2027-03-13", 1)
    stay = await stay_in(desk, clock, "in_house")
    await desk.booked("twin", "2027-03-10", "2027-03-13")
    waiting = await desk.booked("twin", "2027-03-10", "2027-03-13")
    room = rooms_of(await desk.stay(stay))[0]
    await desk.stepped(stay, "check-out")
    assert rooms_of(await desk.stay(waiting["id"])) == [room] * 3


async def test_a_no_show_frees_its_nights(desk: Desk, clock: FixedClock) -> None:
    await desk.overbook("twin", "2027-03-10", "2027-03-13", 1)
    stay = await stay_in(desk, clock, "confirmed")
    await desk.booked("twin", "2027-03-10", "2027-03-13")
    waiting = await desk.booked("twin", "2027-03-10", "2027-03-13")
    assert rooms_of(waiting) == [None] * 3
    await desk.stepped(stay, "no-show")
    assert None not in rooms_of(await desk.stay(waiting["id"]))


async def test_nobody_is_checked_in_without_a_room(desk: Desk, clock: FixedClock) -> None:
    await desk.overbook("twin", "2027-03-01", "2027-03-02", 1)
    for _ in range(2):
        await desk.booked("twin", "2027-03-01", "2027-03-02")
    waiting = await desk.booked("twin", "2027-03-01", "2027-03-02")
    refused = problem_of(await desk.step(waiting["id"], "check-in"), 409, "action_refused")
    assert refused["data"]["reason_code"] == "room_not_assigned"


async def test_the_day_is_the_hotels_own(desk: Desk, clock: FixedClock) -> None:
    """At 22:30 UTC of 9 March it is half past midnight of the 10th in Bucharest."""
    booked = await desk.booked("twin", "2027-03-10", "2027-03-12")
    clock.set(datetime(2027, 3, 9, 21, 59, tzinfo=UTC))
    problem_of(await desk.step(booked["id"], "check-in"), 409, "action_refused")
    clock.set(datetime(2027, 3, 9, 22, 30, tzinfo=UTC))
    assert (await desk.stepped(booked["id"], "check-in"))["status"] == "in_house"


async def test_an_undone_check_in_may_go_any_way_again(desk: Desk, clock: FixedClock) -> None:
    stay = await stay_in(desk, clock, "in_house")
    undone = await desk.stepped(stay, "undo-check-in")
    assert undone["checked_in_at"] is None
    assert (await desk.stepped(stay, "check-in"))["status"] == "in_house"
    await desk.stepped(stay, "undo-check-in")
    assert (await desk.stepped(stay, "cancel"))["status"] == "cancelled"


async def test_a_check_in_is_not_undone_after_its_day(desk: Desk, clock: FixedClock) -> None:
    stay = await stay_in(desk, clock, "in_house")
    at(clock, 11)
    refused = problem_of(await desk.step(stay, "undo-check-in"), 409, "action_refused")
    assert refused["data"]["reason_code"] == "night_spent"


@pytest.mark.parametrize("body", [None, {}, {"reason": None}])
async def test_a_reason_is_not_needed(desk: Desk, body: dict[str, Any] | None) -> None:
    booked = await desk.booked("twin", "2027-03-10", "2027-03-12")
    assert (await desk.stepped(booked["id"], "cancel", body))["cancellation_reason"] is None


async def test_a_reason_that_cannot_be_cancels_nothing(desk: Desk) -> None:
    booked = await desk.booked("twin", "2027-03-10", "2027-03-12")
    before = await contents(desk.connection)
    bodies: list[object] = [{"reason": 5}, {"why": "x"}, {"reason": "\u0000"}, [], "gone"]
    for body in bodies:
        problem_of(await desk.step(booked["id"], "cancel", body), 422, "invalid_input")
    assert await contents(desk.connection) == before


async def test_nobody_else_takes_a_step(desk: Desk) -> None:
    booked = await desk.booked("twin", "2027-03-01", "2027-03-03")
    before = await contents(desk.connection)
    for party in ("lodge", "harbour", "alpha"):
        for step in STEPS.values():
            answer = await desk.send("POST", f"/reservations/{booked['id']}/{step}", party=party)
            problem_of(answer, *(403, "not_allowed") if party == "alpha" else (404, "not_found"))
    assert await contents(desk.connection) == before
