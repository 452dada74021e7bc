"""Devices that were away from the network: what they say is put in its place, once, and no conflict is dropped."""

import asyncio
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from omd.db import Database
from omd.kernel.clock import FixedClock
from support.front_desk import Desk, Json, pointers, problem_of
from support.persons import Persons
from support.racing import held_up, until_waiting
from support.tasks import TaskFloor, command, minutes
from support.worlds import NOW, Connection

DAY = timedelta(days=1)
APPLIED = ("applied", None)


@pytest.fixture
async def floor(desk: Desk, db: Database, persons: Persons) -> TaskFloor:
    """The rooms of `grand`, and who works in them."""
    return await TaskFloor.of(desk, db, persons)


async def test_what_was_done_without_a_network_is_put_in_its_place(floor: TaskFloor, clock: FixedClock) -> None:
    task = await floor.added("101")
    clock.set(NOW + minutes(60))
    said = [command(1, task, "start", NOW + minutes(5)), command(2, task, "done", NOW + minutes(30))]
    assert await floor.tell(clock.now(), *said) == [APPLIED, APPLIED]
    now = await floor.get(task)
    assert (now["status"], now["worked_seconds"], now["ended_at"]) == ("done", 25 * 60, "2027-03-01T09:30:00Z")
    assert now["attendant_id"] == floor.attendants["ana"]
    assert await floor.condition("101") == ("clean", "cleaned")
    assert (await floor.read("101"))["changed_at"] == "2027-03-01T09:30:00Z"


async def test_a_command_that_comes_again_is_the_same(floor: TaskFloor, clock: FixedClock) -> None:
    task = await floor.added("101")
    clock.set(NOW + minutes(60))
    said = command(1, task, "done", NOW + minutes(5))
    assert await floor.tell(clock.now(), said, said) == [APPLIED, APPLIED]
    version = (await floor.get(task))["version"]
    clock.set(NOW + minutes(90))
    assert await floor.tell(clock.now(), said) == [APPLIED]
    assert (await floor.get(task))["version"] == version
    other = await floor.try_tell(clock.now(), command(2, task, "start", NOW), {**said, "action": "refuse"})
    assert pointers(problem_of(other, 422, "command_id_reused")) == ["/commands/1/id"]
    assert (await floor.get(task))["version"] == version, "nothing of it was kept"
    assert await floor.tell(clock.now(), command(2, task, "start", NOW)) == [("merged", "superseded")]


async def test_done_stands_before_a_start_that_came_late(floor: TaskFloor, clock: FixedClock) -> None:
    task = await floor.added("101")
    clock.set(NOW + minutes(30))
    await floor.work(task, "done")
    clock.set(NOW + minutes(60))
    said = [command(1, task, "start", NOW + minutes(10)), command(2, task, "start", NOW + minutes(40))]
    assert await floor.tell(clock.now(), *said) == [("merged", "superseded")] * 2
    now = await floor.get(task)
    assert (now["status"], now["worked_seconds"]) == ("done", 20 * 60), "its minutes are known now"
    assert await floor.tell(clock.now(), command(3, task, "done", NOW + minutes(45))) == [("already", None)]


async def test_an_inspection_stands_before_an_earlier_done_that_came_late(floor: TaskFloor, clock: FixedClock) -> None:
    task = await floor.added("101")
    clock.set(NOW + minutes(60))
    passed = command(1, task, "pass", NOW + minutes(50))
    assert await floor.tell(clock.now(), passed, by="manager", supervised=True) == [APPLIED]
    done = command(2, task, "done", NOW + minutes(40))
    assert await floor.tell(clock.now(), done) == [("merged", "superseded")]
    assert (await floor.get(task))["status"] == "inspected"
    assert await floor.condition("101") == ("inspected", "inspected")
    forbidden = await floor.try_tell(clock.now(), command(3, task, "pass", NOW))
    problem_of(forbidden, 422, "invalid_input")
    problem_of(await floor.try_tell(clock.now(), passed, supervised=True), 403, "not_allowed")


async def test_a_room_is_what_its_task_is_in_whichever_order_that_was_told(floor: TaskFloor, clock: FixedClock) -> None:
    first, second = await floor.added("101"), await floor.added("102")
    clock.set(NOW + minutes(60))
    for task, order in ((first, (("done", 20), ("pass", 10))), (second, (("pass", 10), ("done", 20)))):
        for action, minute in order:
            at = 10 * minute + (task is second)
            said = command(at, task, action, NOW + minutes(minute))
            await floor.tell(clock.now(), said, by="manager", supervised=True)
        assert (await floor.get(task))["status"] == "inspected"
        assert (await floor.condition(task["room_number"]))[0] == "inspected"


async def test_a_room_that_was_left_since_is_not_clean(floor: TaskFloor, clock: FixedClock) -> None:
    task = await floor.added("101")
    stay = await floor.desk.booked("double", "2027-03-01", "2027-03-03", room="101")
    await floor.desk.stepped(stay["id"], "check-in")
    clock.set(NOW + minutes(60))
    await floor.desk.stepped(stay["id"], "check-out")
    clock.set(NOW + minutes(90))
    said = [command(1, task, "start", NOW + minutes(5)), command(2, task, "done", NOW + minutes(30))]
    assert await floor.tell(clock.now(), *said) == [APPLIED, ("merged", "room_changed_since")]
    now = await floor.get(task)
    assert (now["status"], now["worked_seconds"]) == ("done", 25 * 60)
    assert (await floor.condition("101"))[0] == "dirty"


async def test_a_phone_that_returns_after_two_days(floor: TaskFloor, clock: FixedClock) -> None:
    stay = await floor.desk.booked("double", "2027-03-01", "2027-03-09", room="101")
    await floor.desk.stepped(stay["id"], "check-in")
    clock.set(NOW + DAY)
    await floor.turn(clock.now())
    await floor.plan()
    (task,) = await floor.tasks()
    clock.set(NOW + 3 * DAY)
    await floor.turn(clock.now())
    at = NOW + DAY
    said = [command(1, task, "start", at + minutes(10)), command(2, task, "done", at + minutes(25))]
    assert await floor.tell(clock.now(), *said) == [APPLIED, ("merged", "room_changed_since")]
    now = await floor.get(task)
    assert (now["status"], now["worked_seconds"], now["business_date"]) == ("done", 15 * 60, "2027-03-02")
    assert (await floor.condition("101"))[0] == "dirty", "somebody slept in it since"
    clock.set(NOW + 9 * DAY)
    other = await floor.added("102")
    assert await floor.tell(clock.now(), command(3, other, "done", NOW)) == [("conflict", "too_old")]
    assert (await floor.get(other))["status"] == "open"


async def test_a_clock_that_is_wrong_is_put_right(floor: TaskFloor, clock: FixedClock) -> None:
    first, second = await floor.added("101"), await floor.added("102")
    clock.set(NOW + minutes(60))
    behind = timedelta(days=-3000)
    said = command(1, first, "done", NOW + minutes(20) + behind)
    assert await floor.tell(NOW + minutes(60) + behind, said) == [APPLIED]
    assert (await floor.get(first))["ended_at"] == "2027-03-01T09:20:00Z"
    ahead = command(2, second, "done", NOW + minutes(300))
    assert await floor.tell(NOW + minutes(60), ahead) == [APPLIED]
    assert (await floor.get(second))["ended_at"] == "2027-03-01T10:00:00Z", "nothing was done later than it came"
    never = command(3, second, "done", datetime.fromisoformat("0001-01-01T00:00:00+14:00"))
    problem_of(await floor.try_tell(clock.now(), never), 422, "invalid_input")


async def test_conflicts_are_listed_until_somebody_resolves_them(floor: TaskFloor, clock: FixedClock) -> None:
    anothers = await floor.given(await floor.added("101"), "ion")
    cancelled = await floor.added("102")
    await floor.send("POST", f"{floor.where(cancelled)}/cancel", {"reason": "painted"}, by="manager")
    clock.set(NOW + minutes(30))
    said = [
        command(1, anothers, "done", NOW + minutes(10)),
        command(2, cancelled, "done", NOW + minutes(11)),
    ]
    expected = [("conflict", why) for why in ("task_of_another", "task_cancelled")]
    assert await floor.tell(clock.now(), *said) == expected
    assert (await floor.get(anothers))["status"] == "open"
    assert (await floor.get(cancelled))["status"] == "done", "the room was cleaned, whatever was planned"
    listed = await floor.conflicts()
    assert [(each["because"], each["counts"], each["room_number"]) for each in listed] == [
        ("task_of_another", False, "101"),
        ("task_cancelled", True, "102"),
    ]
    for each, counts in zip(listed, (True, True), strict=True):
        path = f"{floor.path}/housekeeping-conflicts/{each['id']}/resolve"
        body: Json = {"counts": counts, "resolution": "asked them"}
        assert (await floor.send("POST", path, body, by="manager")).status_code == 200
        problem_of(await floor.send("POST", path, body, by="manager"), 409, "no_conflict")
    assert (await floor.get(anothers))["status"] == "done"
    assert await floor.condition("101") == ("clean", "cleaned")
    assert await floor.conflicts() == []
    assert await floor.tell(clock.now(), *said) == expected, "what came of them is told again"


async def test_a_batch_that_comes_twice_at_once_counts_once(
    floor: TaskFloor, clock: FixedClock, owner_connection: Connection
) -> None:
    task = await floor.added("101")
    clock.set(NOW + minutes(60))
    said = [command(1, task, "start", NOW + minutes(5)), command(2, task, "done", NOW + minutes(30))]
    body = {"device": "phone-1", "sent_at": clock.now().isoformat(), "commands": said}
    shown = await floor.come_in("ana")
    async with held_up(owner_connection, "select from housekeeping_tasks where id = $1 for update", task["id"]):
        path = f"/api/v1{floor.path}/housekeeping-commands"
        both = [asyncio.create_task(floor.desk.client.post(path, headers=shown, json=body)) for _ in range(2)]
        await until_waiting(owner_connection, 2)
    first, second = await asyncio.gather(*both)
    assert (first.status_code, first.content) == (200, second.content)
    assert (await floor.get(task))["worked_seconds"] == 25 * 60
    assert await owner_connection.fetchval("select count(*) from housekeeping_commands") == 2


async def test_a_pause_that_came_again_by_another_id_is_so_already(floor: TaskFloor, clock: FixedClock) -> None:
    task = await floor.added("101")
    clock.set(NOW + minutes(60))
    said = [command(at, task, action, NOW + minutes(at)) for at, action in enumerate(("start", "pause", "pause"), 1)]
    assert await floor.tell(clock.now(), *said) == [APPLIED, APPLIED, ("already", None)]


async def test_a_task_that_nobody_has_is_named(floor: TaskFloor, clock: FixedClock) -> None:
    task = await floor.added("101")
    clock.set(NOW + minutes(30))
    unknown = "00000000-0000-7000-8000-000000000001"
    said = [command(1, task, "done", NOW), command(2, unknown, "done", NOW)]
    told = problem_of(await floor.try_tell(clock.now(), *said), 404, "not_found")
    assert pointers(told) == ["/commands/1/task_id"]
    assert (await floor.get(task))["status"] == "open", "nothing of it was kept"
    assert await floor.tell(clock.now(), said[0]) == [APPLIED]


ACTIONS = ("start", "pause", "done", "refuse", "do_not_disturb", "decline", "pass", "fail", "cancel")
SAID = st.lists(
    st.tuples(st.sampled_from(ACTIONS), st.integers(1, 200)), min_size=2, max_size=6, unique_by=lambda c: c[1]
)
STATE = ("status", "reason", "begun_at", "running_since", "worked_seconds", "ended_at")


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(said=SAID, data=st.data())
async def test_any_order_of_arrival_ends_the_same(
    said: list[tuple[str, int]], data: st.DataObject, floor: TaskFloor, clock: FixedClock, counter: list[int]
) -> None:
    # A date of its own for each example.
    start = NOW + (len(counter) + 1) * DAY
    ends = []
    for number in ("101", "102"):
        counter.append(1)
        clock.set(start)
        task = await floor.added(number)
        commands = [
            command(1000 * len(counter) + at, task, action, start + minutes(minute), reason="so")
            for at, (action, minute) in enumerate(said)
        ]
        twice = [*range(len(said)), 0, 1]
        sequence = [commands[at] for at in data.draw(st.permutations(twice))]
        clock.set(start + minutes(300))
        for each in sequence:
            await floor.tell(clock.now(), each, by="manager", supervised=True)
        now = await floor.get(task)
        ends.append(({name: now[name] for name in STATE}, (await floor.condition(number))[0]))
    assert ends[0] == ends[1], said


@pytest.fixture
def counter() -> list[int]:
    """How many tasks there were."""
    return []
