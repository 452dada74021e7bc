"""A room is locked for a reason, which is told wherever the lock stands in the way."""

from support.front_desk import Desk, contents, problem_of
from support.planner_screen import bars_of, read_planner

FIRST, LAST = "2027-03-10", "2027-03-12"
WHY = "promised to the guest's mother"


async def test_a_lock_says_why_since_when_and_by_whom_until_it_is_opened(desk: Desk) -> None:
    stay = await desk.booked("twin", FIRST, LAST, room="301")
    assert stay["room_locked"] is False
    assert stay["room_lock"] is None

    locked = await desk.amended(stay["id"], room_locked=True, room_lock_reason=WHY)
    lock = locked["room_lock"]
    assert (locked["room_locked"], lock["reason"], lock["by"]) == (True, WHY, stay["booked_by"])
    assert lock["at"] is not None

    other = await desk.amended(stay["id"], note="late", room_locked=True)
    assert other["room_lock"] == lock, "what is said of something else leaves the reason"
    changed = await desk.amended(stay["id"], room_lock_reason="near the lift")
    assert changed["room_lock"]["reason"] == "near the lift"

    opened = await desk.amended(stay["id"], room_locked=False)
    assert (opened["room_locked"], opened["room_lock"]) == (False, None)
    assert (await desk.stay(stay["id"]))["room_lock"] is None


async def test_a_stay_is_booked_with_its_lock(desk: Desk) -> None:
    booked = await desk.booked("twin", FIRST, LAST, room="301", room_locked=True, room_lock_reason=WHY)
    assert booked["room_lock"]["reason"] == WHY
    assert (await desk.stay(booked["id"]))["room_lock"] == booked["room_lock"]
    silent = await desk.booked("twin", FIRST, LAST, room="302", room_locked=True)
    assert (silent["room_lock"]["reason"], silent["room_lock"]["by"]) == (None, silent["booked_by"])


async def test_a_reason_without_a_lock_is_refused(desk: Desk) -> None:
    stay = await desk.booked("twin", FIRST, LAST, room="301")
    before = await contents(desk.connection)
    answers = [
        await desk.amend(stay["id"], room_lock_reason=WHY),
        await desk.amend(stay["id"], room_locked=False, room_lock_reason=WHY),
        await desk.book("twin", FIRST, LAST, room_lock_reason=WHY),
    ]
    for answer in answers:
        problem = problem_of(answer, 422, "invalid_input")
        assert [(each["pointer"], each["code"]) for each in problem["problems"]] == [
            ("/room_lock_reason", "room_not_locked")
        ]
    assert await contents(desk.connection) == before


async def test_a_planner_says_why_a_room_is_locked(desk: Desk) -> None:
    stay = await desk.booked("twin", FIRST, LAST, room="301", room_locked=True, room_lock_reason=WHY)
    plain = await desk.booked("twin", FIRST, LAST, room="302")
    answer = await desk.send("GET", f"/businesses/{desk.hotel.id}/planner?from={FIRST}&days=7")
    locks = {bar.code: bar.lock for bar in bars_of(read_planner(answer.content))}
    assert locks == {stay["code"]: WHY, plain["code"]: None}


async def test_who_finds_no_room_is_told_why_others_do_not_give_way(desk: Desk) -> None:
    await desk.booked("twin", FIRST, LAST, room="301", room_locked=True, room_lock_reason=WHY)
    await desk.booked("twin", LAST, "2027-03-14", room="302", room_locked=True, room_lock_reason=WHY)
    refused = problem_of(await desk.book("twin", FIRST, "2027-03-14"), 409, "no_room_throughout")
    assert WHY in refused["detail"]
    assert {each["lock_reason"] for each in refused["data"]["obstacles"]} == {WHY}


async def test_maintenance_and_moves_name_the_reason(desk: Desk) -> None:
    kept = await desk.booked("twin", FIRST, LAST, room="301", room_locked=True, room_lock_reason=WHY)
    other = await desk.booked("twin", FIRST, LAST, room="302")
    refused = problem_of(await desk.maintain("301", FIRST, LAST), 409, "stays_in_the_way")
    assert WHY in refused["detail"]
    assert [each["room_lock_reason"] for each in refused["data"]["stays"]] == [WHY]
    asked = await desk.send("POST", f"/reservations/{other['id']}/move", {"room_id": desk.hotel.rooms["301"]})
    told = problem_of(asked, 409, "room_not_free")
    assert WHY in told["detail"]
    assert kept["code"] in told["detail"]


async def test_a_plan_and_the_question_for_a_room_name_the_reason(desk: Desk) -> None:
    kept = await desk.booked("twin", FIRST, LAST, room="301", room_locked=True, room_lock_reason=WHY)
    answer = await desk.send("GET", f"/reservations/{kept['id']}/rooms/{desk.hotel.rooms['302']}")
    said = f"Stay {kept['code']} may not be given another room: its room is locked ({WHY})."
    assert answer.json()["said"] == said
    body = {"scope": "stay", "reservation_id": kept["id"]}
    refused = await desk.send("POST", f"/businesses/{desk.hotel.id}/assignment-plans", body)
    assert WHY in problem_of(refused, 409, "nothing_to_assign")["detail"]
