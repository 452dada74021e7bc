"""Rooms proposed, applied at once, undone at once: through HTTP, with real bookings."""

import asyncio

import pytest

from support.assigning import give_features, propose, rooms_now, take, wish
from support.front_desk import Desk, Json, contents, problem_of, rooms_of
from support.rights import widen_keys

FIRST, LAST = "2027-03-04", "2027-03-06"


async def two_with_a_wish(desk: Desk) -> tuple[Json, Json]:
    """Two stays in rooms 101 and 102, of which the first wishes what only 102 has."""
    await give_features(desk, r102="balcony")
    first = await desk.booked("double", FIRST, LAST, room="101")
    second = await desk.booked("double", FIRST, LAST, room="102")
    await desk.amended(first["id"], room_locked=False)
    await desk.amended(second["id"], room_locked=False)
    await wish(desk, first, {"kind": "feature", "value": "balcony", "importance": 3})
    return first, second


async def test_a_plan_is_proposed_with_reasons_applied_at_once_and_undone_at_once(desk: Desk) -> None:
    first, second = await two_with_a_wish(desk)

    plan = await propose(desk)

    assert (plan["status"], plan["proven"], plan["bound"]) == ("proposed", True, plan["cost"])
    assert plan["cost"] < plan["cost_now"]
    by_code = {stay["code"]: stay for stay in plan["stays"]}
    mine = by_code[first["code"]]
    assert (mine["from_room"], mine["to_room"], mine["moves"]) == ("101", "102", True)
    assert by_code[second["code"]]["moves"] is True
    assert any("fulfils less of the wishes" in beaten["said"] for beaten in mine["beats"])
    assert await rooms_now(desk, (first, second)) == [["101"] * 2, ["102"] * 2], "nothing is moved by proposing"

    applied = await take(desk, plan, "apply")
    assert applied["status"] == "applied"
    moved = await rooms_now(desk, (first, second))
    assert moved[0] == ["102"] * 2
    assert moved[1][0] not in ("102", None)

    undone = await take(desk, plan, "undo")
    assert undone["status"] == "undone"
    assert await rooms_now(desk, (first, second)) == [["101"] * 2, ["102"] * 2]
    for step in ("apply", "undo"):
        answer = await desk.send("POST", f"/businesses/{desk.hotel.id}/assignment-plans/{plan['id']}/{step}")
        assert problem_of(answer, 409, "assignment_plan_not_open")["data"]["status"] == "undone"


async def test_what_changed_since_is_named_and_nothing_is_moved(desk: Desk) -> None:
    first, second = await two_with_a_wish(desk)
    plan = await propose(desk)
    await desk.amended(second["id"], room_locked=True)
    before = await contents(desk.connection)

    refused = problem_of(
        await desk.send("POST", f"/businesses/{desk.hotel.id}/assignment-plans/{plan['id']}/apply"),
        409,
        "assignment_plan_outdated",
    )

    told = {change["code"]: change["reason"] for change in refused["data"]["changes"]}
    assert told == {second["code"]: "not_movable", first["code"]: "room_taken"}
    assert await contents(desk.connection) == before


async def test_guests_in_house_and_locked_rooms_stay_where_they_are(desk: Desk) -> None:
    await give_features(desk, r102="balcony")
    here = await desk.booked("double", "2027-03-01", LAST, room="102")
    await desk.stepped(here["id"], "check-in")
    locked = await desk.booked("double", FIRST, LAST, room="103", room_locked=True)
    coming = await desk.booked("double", FIRST, LAST)
    await wish(desk, coming, {"kind": "feature", "value": "balcony", "importance": 3})
    await wish(desk, locked, {"kind": "feature", "value": "balcony", "importance": 3})

    plan = await propose(desk, scope="horizon", days=7)

    assert [stay["code"] for stay in plan["stays"]] == [coming["code"]]
    assert plan["stays"][0]["to_room"] not in ("102", "103")


async def test_a_room_without_what_a_stay_needs_is_not_given(desk: Desk) -> None:
    await give_features(desk, r104="step_free")
    stay = await desk.booked("double", FIRST, LAST)
    await wish(desk, stay, {"kind": "feature", "value": "step_free", "required": True})

    plan = await propose(desk, scope="stay", reservation_id=stay["id"], starts_on=None)

    assert [(each["from_room"], each["to_room"]) for each in plan["stays"]] == [(rooms_of(stay)[0], "104")]


async def ask(desk: Desk, stay: Json, room: str) -> Json:
    answer = await desk.send("GET", f"/reservations/{stay['id']}/rooms/{desk.hotel.rooms[room]}")
    assert answer.status_code == 200, answer.text
    told: Json = answer.json()
    return told


async def test_why_a_stay_cannot_have_a_room_is_said_in_a_sentence(desk: Desk) -> None:
    first, second = await two_with_a_wish(desk)
    await wish(desk, second, {"kind": "feature", "value": "bath", "required": True})

    held = await ask(desk, first, "102")
    assert (held["possible"], held["in_the_way"]) == (False, [second["code"]])
    assert held["said"] == f"Room 102 is held by {second['code']}, which would have to move first."
    lacking = await ask(desk, second, "103")
    assert lacking["said"] == f"Stay {second['code']} cannot have room 103: it has no bath, which the stay needs."
    assert [refusal["code"] for refusal in lacking["refusals"]] == ["feature_missing"]
    other = await ask(desk, second, "201")
    assert other["refusals"][0]["code"] == "other_type"
    own = await ask(desk, first, "101")
    assert (own["possible"], own["said"]) == (True, f"Stay {first['code']} has room 101.")
    free = await ask(desk, first, "103")
    assert free["possible"] is True
    assert free["said"].startswith(f"Stay {first['code']} can have room 103.")
    await desk.stepped((here := await desk.booked("single", "2027-03-01", LAST))["id"], "check-in")
    assert "it is in_house" in (await ask(desk, here, "201"))["said"]


async def test_nothing_to_assign_is_said(desk: Desk) -> None:
    answer = await desk.send("POST", f"/businesses/{desk.hotel.id}/assignment-plans", {"scope": "arrivals"})
    problem_of(answer, 409, "nothing_to_assign")
    assert (await desk.send("GET", f"/businesses/{desk.hotel.id}/assignment-plans")).json() == []


async def test_one_of_two_who_apply_a_plan_moves_the_stays(desk: Desk) -> None:
    first, _ = await two_with_a_wish(desk)
    plan = await propose(desk)

    answers = await asyncio.gather(
        *(desk.send("POST", f"/businesses/{desk.hotel.id}/assignment-plans/{plan['id']}/apply") for _ in range(6))
    )

    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 5
    assert rooms_of(await desk.stay(first["id"])) == ["102"] * 2


async def test_whoever_books_meanwhile_never_shares_a_room_with_a_plan(desk: Desk) -> None:
    """Bookings and check-ins race with plans that are applied and undone; the books balance at the end."""
    stays = [await desk.booked("double", FIRST, LAST) for _ in range(3)]
    for stay, feature in zip(stays, ("balcony", "bath", "quiet"), strict=True):
        await wish(desk, stay, {"kind": "feature", "value": feature})
    await give_features(desk, r101="quiet", r102="balcony", r103="bath")
    plan = await propose(desk)

    await asyncio.gather(
        desk.send("POST", f"/businesses/{desk.hotel.id}/assignment-plans/{plan['id']}/apply"),
        *(desk.book("double", FIRST, LAST) for _ in range(3)),
        *(desk.amend(stay["id"], room_locked=True) for stay in stays[:1]),
    )
    await desk.send("POST", f"/businesses/{desk.hotel.id}/assignment-plans/{plan['id']}/undo")

    rooms = [room for (room, *_) in await rooms_now(desk, stays)]
    assert len(set(rooms)) == 3


async def test_weights_are_the_hotels_own(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    widen_keys(monkeypatch)
    path = f"/businesses/{desk.hotel.id}/assignment-weights"
    usual = (await desk.send("GET", path)).json()
    refused = problem_of(await desk.send("PUT", path, {**usual, "wish": 10_001}), 422, "invalid_input")
    assert [problem["pointer"] for problem in refused["problems"]] == ["/wish"]
    assert (await desk.send("PUT", path, {**usual, "wish": 0})).json()["wish"] == 0
    await two_with_a_wish(desk)

    plan = await propose(desk)

    assert not any(stay["moves"] for stay in plan["stays"]), "what weighs nothing moves nobody"


@pytest.mark.parametrize(
    ("wished", "said"),
    [
        ({"kind": "floor", "value": "high"}, "not_of_its_kind"),
        ({"kind": "room", "value": "999999"}, "not_of_its_kind"),
        ({"kind": "floor", "value": "2", "required": True}, "not_of_its_kind"),
    ],
)
async def test_a_wish_that_no_room_can_fulfil_is_refused_by_name(desk: Desk, wished: Json, said: str) -> None:
    stay = await desk.booked("double", FIRST, LAST)

    answer = await desk.send("PUT", f"/reservations/{stay['id']}/room-wishes", {"wishes": [wished]})

    problem = problem_of(answer, 422, "invalid_input")
    assert [(each["pointer"], each["code"]) for each in problem["problems"]] == [("/wishes/0/value", said)]


async def test_the_same_key_proposes_one_plan(desk: Desk) -> None:
    await two_with_a_wish(desk)
    path = f"/businesses/{desk.hotel.id}/assignment-plans"
    body = {"scope": "arrivals", "starts_on": FIRST}

    answers = [await desk.send("POST", path, body, Idempotency_Key="once") for _ in range(2)]

    assert answers[0].json() == answers[1].json()
    listed = (await desk.send("GET", path)).json()
    assert [plan["id"] for plan in listed] == [answers[0].json()["id"]]
    assert (
        await desk.send("GET", f"/businesses/{desk.hotel.id}/assignment-plans/{listed[0]['id']}")
    ).json() == answers[0].json()


async def test_plans_are_listed_page_by_page_the_newest_first(desk: Desk) -> None:
    await two_with_a_wish(desk)
    made = [(await propose(desk))["id"] for _ in range(3)]
    path: str | None = f"/businesses/{desk.hotel.id}/assignment-plans?limit=2"
    told: list[str] = []
    while path is not None:
        answer = await desk.send("GET", path)
        assert answer.status_code == 200, answer.text
        told += [plan["id"] for plan in answer.json()]
        following = answer.links.get("next", {}).get("url")
        path = None if following is None else following.removeprefix("/api/v1")
    assert told == made[::-1]
