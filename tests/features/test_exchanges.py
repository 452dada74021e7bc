"""Rooms exchanged by hand, and chains of stays each of which goes where another leaves: all at once, or none."""

import asyncio

import msgspec
import pytest

from support.assigning import rooms_now, take, wish
from support.front_desk import Desk, Json, contents, problem_of
from support.rights import widen_keys

TODAY, FIRST, LAST = "2027-03-01", "2027-03-04", "2027-03-06"


def by_hand(desk: Desk, *moves: tuple[Json, str], **more: object) -> Json:
    """Return the body of a plan by hand, each stay into the room with that number."""
    named = [{"reservation_id": stay["id"], "room_id": desk.hotel.rooms[room]} for stay, room in moves]
    return {"scope": "by_hand", "moves": named, **more}


async def planned(desk: Desk, *moves: tuple[Json, str]) -> Json:
    answer = await desk.send("POST", f"/businesses/{desk.hotel.id}/assignment-plans", by_hand(desk, *moves))
    assert answer.status_code == 201, answer.text
    plan: Json = answer.json()
    return plan


async def refused(desk: Desk, *moves: tuple[Json, str]) -> Json:
    """Ask for an exchange that cannot be; return what keeps each stay out, by its code: reason and words."""
    before = await contents(desk.connection)
    answer = await desk.send("POST", f"/businesses/{desk.hotel.id}/assignment-plans", by_hand(desk, *moves))
    problem = problem_of(answer, 409, "rooms_not_exchangeable")
    assert await contents(desk.connection) == before
    return {each["code"]: (each["reason"], each["said"]) for each in problem["data"]["changes"]}


async def test_two_stays_exchange_their_rooms_and_have_them_back(desk: Desk) -> None:
    one, two = (
        await desk.booked("double", FIRST, LAST, room="101"),
        await desk.booked("double", FIRST, LAST, room="102"),
    )

    plan = await planned(desk, (one, "102"), (two, "101"))
    assert (plan["scope"], plan["status"], plan["starts_on"]) == ("by_hand", "proposed", FIRST)
    assert [(each["code"], each["to_room"], each["breaks"]) for each in plan["stays"]] == sorted(
        [(one["code"], "102", []), (two["code"], "101", [])]
    )
    assert plan["cost"] - plan["cost_now"] == 6, "two stays move, and nothing else is charged"
    assert await rooms_now(desk, (one, two)) == [["101"] * 2, ["102"] * 2]

    assert (await take(desk, plan, "apply"))["status"] == "applied"
    assert await rooms_now(desk, (one, two)) == [["102"] * 2, ["101"] * 2]
    data = await desk.connection.fetchval(
        "select data::text from events where aggregate_id = $1 order by seq desc limit 1", one["id"]
    )
    assert msgspec.json.decode(data)["cause"] == "swapped"

    assert (await take(desk, plan, "undo"))["status"] == "undone"
    assert await rooms_now(desk, (one, two)) == [["101"] * 2, ["102"] * 2]


async def test_a_chain_goes_where_the_one_before_leaves_whatever_their_nights(desk: Desk) -> None:
    one = await desk.booked("double", FIRST, "2027-03-08", room="101")
    two = await desk.booked("double", "2027-03-05", LAST, room="102")
    three = await desk.booked("double", "2027-03-06", "2027-03-09", room="102")
    await desk.booked("double", FIRST, LAST, room="104")

    plan = await planned(desk, (one, "102"), (two, "103"), (three, "101"))
    await take(desk, plan, "apply")
    rooms = [rooms[0] for rooms in await rooms_now(desk, (one, two, three))]
    assert rooms == ["102", "103", "101"]


async def test_whoever_cannot_go_is_named_with_the_reason_and_nobody_goes(desk: Desk) -> None:
    one = await desk.booked("double", TODAY, LAST, room="101")
    locked = await desk.booked("double", FIRST, LAST, room="102", room_locked=True, room_lock_reason="a promise")
    await desk.stepped(one["id"], "check-in")
    free = await desk.booked("double", FIRST, LAST, room="103")
    other = await desk.booked("double", FIRST, LAST, room="104")
    await desk.maintained("105", FIRST, LAST)

    told = await refused(desk, (one, "103"), (locked, "101"), (free, "201"), (other, "105"))
    assert {code: reason for code, (reason, _) in told.items()} == {
        one["code"]: "not_movable",
        locked["code"]: "not_movable",
        free["code"]: "room_refused",
        other["code"]: "room_taken",
    }
    assert "in_house" in told[one["code"]][1]
    assert "its room is locked (a promise)" in told[locked["code"]][1]
    assert "it is of another room type" in told[free["code"]][1]
    held = await refused(desk, (free, "102"), (other, "101"))
    assert locked["code"] in held[free["code"]][1]
    assert "a promise" in held[free["code"]][1]
    assert one["code"] in held[other["code"]][1]
    both = await refused(desk, (free, "104"))
    assert other["code"] in both[free["code"]][1]


async def test_two_stays_do_not_go_into_one_room(desk: Desk) -> None:
    one, two = (
        await desk.booked("double", FIRST, LAST, room="101"),
        await desk.booked("double", FIRST, LAST, room="102"),
    )
    told = await refused(desk, (one, "103"), (two, "103"))
    assert set(told) == {two["code"]}
    assert one["code"] in told[two["code"]][1]


async def test_a_stay_is_moved_only_as_it_was_read(desk: Desk) -> None:
    one, two = (
        await desk.booked("double", FIRST, LAST, room="101"),
        await desk.booked("double", FIRST, LAST, room="102"),
    )
    body = by_hand(desk, (one, "102"), (two, "101"))
    for move, stay in zip(body["moves"], (one, two), strict=True):
        move["version"] = stay["version"]
    path = f"/businesses/{desk.hotel.id}/assignment-plans"
    plan = (await desk.send("POST", path, body)).json()
    await desk.amended(two["id"], note="a late arrival")

    stale = problem_of(await desk.send("POST", path, body), 409, "rooms_not_exchangeable")
    assert [(each["code"], each["reason"]) for each in stale["data"]["changes"]] == [(two["code"], "changed")]
    outdated = problem_of(await desk.send("POST", f"{path}/{plan['id']}/apply"), 409, "assignment_plan_outdated")
    assert [(each["code"], each["reason"]) for each in outdated["data"]["changes"]] == [(two["code"], "changed")]
    assert await rooms_now(desk, (one, two)) == [["101"] * 2, ["102"] * 2]


async def test_rules_are_shown_before_and_overridden_by_name_only(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    widen_keys(monkeypatch)
    one, two = (
        await desk.booked("double", FIRST, LAST, room="101"),
        await desk.booked("double", FIRST, LAST, room="102"),
    )
    await desk.maintained("102", FIRST, LAST, kind="out_of_service")
    await wish(desk, two, {"kind": "feature", "value": "bath", "required": True})
    plan = await planned(desk, (one, "102"), (two, "101"))
    path = f"/businesses/{desk.hotel.id}/assignment-plans/{plan['id']}"
    breaks = {each["code"]: [rule["rule"] for rule in each["breaks"]] for each in plan["stays"]}
    assert breaks == {one["code"]: ["out_of_service"], two["code"]: ["feature_missing"]}

    plain = problem_of(await desk.send("POST", f"{path}/apply"), 409, "room_rules_broken")
    assert {each["code"]: each["rule"] for each in plain["data"]["broken"]} == {
        one["code"]: "out_of_service",
        two["code"]: "feature_missing",
    }
    half = {"overrides": ["feature_missing"], "override_reason": "they agreed"}
    some = problem_of(await desk.send("POST", f"{path}/apply-against-rules", half), 409, "room_rules_broken")
    assert some["data"]["not_overridden"] == ["out_of_service"]
    assert await rooms_now(desk, (one, two)) == [["101"] * 2, ["102"] * 2]

    both = {"overrides": ["feature_missing", "out_of_service"], "override_reason": "they agreed"}
    done = await desk.send("POST", f"{path}/apply-against-rules", both)
    assert done.status_code == 200, done.text
    assert (done.json()["overrides"], done.json()["override_reason"]) == (both["overrides"], "they agreed")
    assert await rooms_now(desk, (one, two)) == [["102"] * 2, ["101"] * 2]
    data = await desk.connection.fetchval(
        "select data::text from events where aggregate_id = $1 order by seq desc limit 1", two["id"]
    )
    assert msgspec.json.decode(data)["overrides"] == ["feature_missing"]


@pytest.mark.parametrize("repetition", range(3))
async def test_of_two_exchanges_that_share_a_stay_one_is_made(desk: Desk, repetition: int) -> None:
    one, two, three = [await desk.booked("double", FIRST, LAST, room=room) for room in ("101", "102", "103")]
    plans = [await planned(desk, (one, "102"), (two, "101")), await planned(desk, (two, "103"), (three, "102"))]
    path = f"/businesses/{desk.hotel.id}/assignment-plans"

    answers = await asyncio.gather(*(desk.send("POST", f"{path}/{plan['id']}/apply") for plan in plans))

    assert sorted(answer.status_code for answer in answers) == [200, 409], repetition
    lost = next(answer for answer in answers if answer.status_code == 409)
    assert two["code"] in {
        each["code"] for each in problem_of(lost, 409, "assignment_plan_outdated")["data"]["changes"]
    }
    rooms = [rooms[0] for rooms in await rooms_now(desk, (one, two, three))]
    assert rooms == (["102", "101", "103"] if answers[0].status_code == 200 else ["101", "103", "102"])


async def test_what_the_hotel_does_not_have_is_named_by_its_place(desk: Desk) -> None:
    stay = await desk.booked("double", FIRST, LAST, room="101")
    move = {"reservation_id": stay["id"], "room_id": desk.hotel.rooms["102"]}
    strange = {"reservation_id": "00000000-0000-7000-8000-000000000000", "room_id": 999_999}
    path = f"/businesses/{desk.hotel.id}/assignment-plans"
    asked = {"scope": "by_hand", "moves": [move, move, strange]}
    problem = problem_of(await desk.send("POST", path, asked), 422, "invalid_input")
    assert [(each["pointer"], each["code"]) for each in problem["problems"]] == [
        ("/moves/1/reservation_id", "named_twice"),
        ("/moves/2/reservation_id", "reservation_unknown"),
        ("/moves/2/room_id", "room_unknown"),
    ]
    for body in (
        {"scope": "by_hand"},
        {"scope": "by_hand", "moves": [move], "starts_on": FIRST},
        {"scope": "arrivals", "moves": [move]},
    ):
        problem = problem_of(await desk.send("POST", path, body), 422, "invalid_input")
        assert [each["pointer"] for each in problem["problems"]] == ["/moves"]
