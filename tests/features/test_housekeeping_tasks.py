"""Tasks of rooms: who does what, what it makes of the room, what is refused, and two who meet at one task."""

import asyncio
from collections.abc import Sequence

import httpx
import pytest

from omd.db import Database
from omd.kernel.clock import FixedClock
from support.front_desk import Desk, Json, pointers, problem_of
from support.persons import Persons
from support.racing import held_up, until_waiting
from support.tasks import TaskFloor, minutes
from support.worlds import NOW, Connection

LOCK = "select from housekeeping_tasks where id = $1 for update"


Asked = tuple[str, str, Json, str]
"""Method, path, body, and who asks."""


async def at_once(floor: TaskFloor, connection: Connection, task: Json, asked: Sequence[Asked]) -> list[httpx.Response]:
    """Ask for several things at once, which all stand at a task before any goes on; return answers by status."""
    shown = [await floor.come_in(who) for *_, who in asked]
    async with held_up(connection, LOCK, task["id"]):
        racing = [
            asyncio.create_task(floor.desk.client.request(method, f"/api/v1{path}", headers=headers, json=body))
            for (method, path, body, _), headers in zip(asked, shown, strict=True)
        ]
        await until_waiting(connection, len(racing))
    return sorted(await asyncio.gather(*racing), key=lambda answer: answer.status_code)


@pytest.fixture
async def floor(desk: Desk, db: Database, persons: Persons) -> TaskFloor:
    """The rooms of `grand`, and who works in them."""
    return await TaskFloor.of(desk, db, persons)


async def test_work_is_measured_and_makes_the_room_clean(floor: TaskFloor, clock: FixedClock) -> None:
    task = await floor.added("101")
    assert (task["status"], task["credits"], task["attendant_id"]) == ("open", 60, None)
    started = await floor.work(task, "start")
    assert (started["status"], started["attendant_id"]) == ("in_progress", floor.attendants["ana"])
    clock.set(NOW + minutes(20))
    assert (await floor.work(task, "pause"))["worked_seconds"] == 20 * 60
    clock.set(NOW + minutes(50))
    await floor.work(task, "start")
    clock.set(NOW + minutes(60))
    done = await floor.work(task, "done")
    assert (done["status"], done["worked_seconds"], done["allowed"]) == ("done", 30 * 60, ["pass", "fail"])
    assert await floor.condition("101") == ("clean", "cleaned")
    passed = await floor.inspected(task)
    assert (passed["status"], passed["worked_seconds"]) == ("inspected", 30 * 60)
    assert await floor.condition("101") == ("inspected", "inspected")
    await floor.assert_replays()


async def test_work_that_fails_its_inspection_is_done_again(floor: TaskFloor, clock: FixedClock) -> None:
    task = await floor.added("101")
    await floor.work(task, "done")
    clock.set(NOW + minutes(5))
    failed = await floor.inspected(task, passed=False, reason="dust")
    assert (failed["status"], failed["reason"]) == ("open", "dust")
    assert await floor.condition("101") == ("dirty", "set_by_hand")
    clock.set(NOW + minutes(9))
    await floor.work(task, "done")
    assert await floor.condition("101") == ("clean", "cleaned")
    assert [each["reason"] for each in await floor.history("101")][:2] == [None, "dust"]


@pytest.mark.parametrize(
    ("action", "status"), [("refuse", "refused"), ("do_not_disturb", "do_not_disturb"), ("decline", "declined")]
)
async def test_a_room_that_was_not_to_be_entered_stays_as_it_was(floor: TaskFloor, action: str, status: str) -> None:
    task = await floor.added("101", "stayover")
    told = await floor.work(task, action, reason="at noon")
    assert (told["status"], told["reason"]) == (status, "at noon")
    assert await floor.condition("101") == ("dirty", "room_added")
    assert (await floor.work(task, "start"))["status"] == "in_progress", "later they may be let in"


async def test_what_a_task_does_not_allow_is_refused_with_what_it_does(floor: TaskFloor) -> None:
    task = await floor.added("101")
    told = problem_of(await floor.try_work(task, "pause"), 409, "task_action_refused")["data"]
    assert told["allowed"] == ["start", "done", "refuse", "do_not_disturb", "decline", "cancel"]
    assert told["task"] == await floor.get(task)
    early = await floor.send("POST", f"{floor.where(task)}/inspection", {"passed": True}, by="manager")
    problem_of(early, 409, "task_action_refused")
    cancel = {"reason": "painted"}
    cancelled = await floor.send("POST", f"{floor.where(task)}/cancel", cancel, by="manager")
    assert cancelled.json()["status"] == "cancelled"
    assert problem_of(await floor.try_work(task, "done"), 409, "task_action_refused")["data"]["allowed"] == []
    problem_of(await floor.give(cancelled.json(), "ion"), 409, "task_action_refused")


async def test_the_work_of_another_is_left_to_them(floor: TaskFloor) -> None:
    task = await floor.given(await floor.added("101"), "ion")
    told = problem_of(await floor.try_work(task, "start"), 409, "task_of_another")
    assert told["data"]["task"]["attendant_name"] == task["attendant_name"]
    assert (await floor.work(task, "start", by="ion"))["status"] == "in_progress"
    assert [each["id"] for each in await floor.tasks("?mine=true", by="ion")] == [task["id"]]
    assert await floor.tasks("?mine=true", by="ana") == []
    assert len(await floor.tasks(by="ana")) == 1


async def test_of_two_who_give_a_task_the_second_is_told(floor: TaskFloor, owner_connection: Connection) -> None:
    task = await floor.added("101")
    bodies = [{"attendant_id": floor.attendants[who], "seen_version": task["version"]} for who in ("ana", "ion")]
    asked = [("PUT", f"{floor.where(task)}/assignment", body, "manager") for body in bodies]
    answers = await at_once(floor, owner_connection, task, asked)
    assert [answer.status_code for answer in answers] == [200, 409]
    told = problem_of(answers[1], 409, "stale_version")["data"]
    assert told["task"] == answers[0].json(), "the task as the first left it"
    assert told["current_version"] == task["version"] + 1


async def test_of_two_who_start_a_task_one_has_it(floor: TaskFloor, owner_connection: Connection) -> None:
    task = await floor.added("101")
    asked = [("POST", f"{floor.where(task)}/work", {"action": "start"}, who) for who in ("ana", "ion")]
    answers = await at_once(floor, owner_connection, task, asked)
    assert [answer.status_code for answer in answers] == [200, 409]
    problem_of(answers[1], 409, "task_of_another")


async def test_who_read_it_last_works_on_it(floor: TaskFloor) -> None:
    task = await floor.added("101")
    body = {"action": "start"}
    first = await floor.send("POST", f"{floor.where(task)}/work", body, If_Match='"1"')
    assert (first.status_code, first.headers["ETag"]) == (200, f'"{first.json()["version"]}"')
    stale = await floor.send("POST", f"{floor.where(task)}/work", {"action": "done"}, If_Match='"1"')
    assert problem_of(stale, 409, "stale_version")["data"]["task"] == await floor.get(task)


async def test_a_request_that_is_sent_again_is_done_once(floor: TaskFloor) -> None:
    task = await floor.added("101")
    path, body = f"{floor.where(task)}/work", {"action": "done"}
    first, second = [await floor.send("POST", path, body, Idempotency_Key="phone-1") for _ in range(2)]
    assert (first.status_code, first.content) == (200, second.content)


async def test_a_room_has_one_task_of_a_kind_and_many_others(floor: TaskFloor, world_other: int) -> None:
    await floor.added("101", "linen")
    body: Json = {"room_id": floor.desk.hotel.rooms["101"], "kind": "linen"}
    path = f"{floor.path}/housekeeping-tasks"
    problem_of(await floor.send("POST", path, body, by="manager"), 409, "task_exists")
    others = [await floor.added("101", "other", notes=f"lamp {each}") for each in range(2)]
    assert [each["round"] for each in others] == [1, 2]
    await floor.work(others[0], "done")
    assert (await floor.condition("101"))[0] == "dirty", "what was done was no cleaning"
    body = {"room_id": world_other, "kind": "linen"}
    problem_of(await floor.send("POST", path, body, by="manager"), 404, "not_found")


@pytest.fixture
def world_other(desk: Desk) -> int:
    """A room of another hotel of the same destination."""
    return desk.world.lodge.rooms["101"]


async def test_tasks_are_given_to_who_works_here(floor: TaskFloor, owner_connection: Connection) -> None:
    task = await floor.added("101")
    names = await floor.send("GET", f"{floor.path}/housekeeping-attendants")
    assert {each["attendant_id"] for each in names.json()} >= set(floor.attendants.values())
    assert all(set(each) == {"attendant_id", "name", "role"} for each in names.json())
    body = {"attendant_id": 2**31 - 1, "seen_version": task["version"]}
    answer = await floor.send("PUT", f"{floor.where(task)}/assignment", body, by="manager")
    problem_of(answer, 409, "attendant_unknown")
    await owner_connection.execute(
        "update memberships set ended_at = now(), ended_by = 'test' where id = $1", floor.attendants["ion"]
    )
    problem_of(await floor.give(task, "ion"), 409, "attendant_unknown")


async def test_the_desk_hurries_a_room(floor: TaskFloor) -> None:
    path = f"{floor.room('101')}/rush"
    (made,) = (await floor.send("POST", path, {}, by="receptionist")).json()
    assert (made["kind"], made["rush"], made["is_planned"]) == ("arrival", True, False)
    await floor.added("102", "linen", rush=False)
    assert [each["room_number"] for each in await floor.tasks()] == ["101", "102"]
    (calm,) = (await floor.send("POST", path, {"rush": False}, by="receptionist")).json()
    assert (calm["id"], calm["rush"]) == (made["id"], False)
    await floor.work(made, "done")
    problem_of(await floor.send("POST", path, {}, by="receptionist"), 409, "nothing_to_rush")
    await floor.desk.maintained("103", "2027-03-01", "2027-03-03")
    refused = await floor.send("POST", f"{floor.room('103')}/rush", {}, by="receptionist")
    problem_of(refused, 409, "nothing_to_rush")


async def test_an_inspection_is_asked_for_and_ends_by_what_is_found(floor: TaskFloor, clock: FixedClock) -> None:
    await floor.configure(inspects=["deep_clean"])
    task = await floor.added("101")
    await floor.work(task, "done")
    (inspection,) = [each for each in await floor.tasks() if each["kind"] == "inspection"]
    assert (inspection["inspects_id"], inspection["credits"]) == (task["id"], 5)
    problem_of(await floor.try_work(inspection, "done", by="manager"), 409, "task_action_refused")
    clock.set(NOW + minutes(10))
    await floor.inspected(task, passed=False, reason="dust")
    assert (await floor.get(inspection))["status"] == "done"
    clock.set(NOW + minutes(20))
    await floor.work(task, "done")
    again = [each for each in await floor.tasks() if each["kind"] == "inspection"]
    assert sorted((each["round"], each["status"]) for each in again) == [(1, "done"), (2, "open")]


async def test_work_that_was_begun_goes_on_in_a_room_that_is_out_of_order(floor: TaskFloor) -> None:
    task = await floor.added("101")
    await floor.work(task, "start")
    await floor.desk.maintained("101", "2027-03-01", "2027-03-03")
    await floor.plan()
    assert (await floor.work(task, "done"))["status"] == "done"
    assert await floor.condition("101") == ("clean", "cleaned")


async def test_what_tasks_count_is_as_the_hotel_says(floor: TaskFloor) -> None:
    double = floor.desk.hotel.types["double"].id
    rules = [
        {"kind": "linen", "credits": 22, "room_type_id": None},
        {"kind": "linen", "credits": 33, "room_type_id": double},
    ]
    assert (await floor.configure(credits=rules))["credits"] == rules
    assert (await floor.added("101", "linen"))["credits"] == 33
    assert (await floor.added("201", "linen"))["credits"] == 22
    bad = {"credits": [{"kind": "linen", "credits": 1, "room_type_id": 2**31 - 1}]}
    answer = await floor.send("PUT", f"{floor.path}/housekeeping-task-settings", bad, by="manager")
    assert pointers(problem_of(answer, 422, "invalid_input")) == ["/credits/0/room_type_id"]
