"""The plan of a date: what stays ask for, and what becomes of it as they change."""

import asyncio
from datetime import timedelta

import pytest

from omd.db import Database
from omd.entrypoints.housekeeping_plans import planned_for
from omd.features.housekeeping import House, plan_by_itself
from omd.infra.events import Event
from omd.kernel.clock import FixedClock
from support.front_desk import Desk, problem_of
from support.persons import Persons
from support.racing import held_up, until_waiting
from support.tasks import TaskFloor, minutes
from support.worlds import NOW, Connection, hotel_actor

DAY = timedelta(days=1)


@pytest.fixture
async def floor(desk: Desk, db: Database, persons: Persons) -> TaskFloor:
    """The rooms of `grand`, and who works in them."""
    return await TaskFloor.of(desk, db, persons)


async def in_house(floor: TaskFloor, number: str, departure: str) -> str:
    """Take somebody into a double room from the first of March on; return the id of the stay."""
    stay = await floor.desk.booked("double", "2027-03-01", departure, room=number)
    await floor.desk.stepped(stay["id"], "check-in")
    identifier: str = stay["id"]
    return identifier


async def test_a_date_is_planned_from_its_stays(floor: TaskFloor, clock: FixedClock) -> None:
    leaves = await in_house(floor, "101", "2027-03-02")
    await in_house(floor, "102", "2027-03-05")
    clock.set(NOW + DAY)
    await floor.desk.booked("double", "2027-03-02", "2027-03-04", room="103")
    await floor.desk.booked("double", "2027-03-02", "2027-03-04", room="104")
    await floor.desk.booked("double", "2027-03-02", "2027-03-04", room="101")
    await floor.set("104", "inspected")
    await floor.turn(clock.now())
    assert await floor.plan() == {"business_date": "2027-03-02", "added": 3, "renewed": 0, "withdrawn": 0}
    wanted = {("101", "departure", "open"), ("102", "stayover", "open"), ("103", "arrival", "open")}
    assert await floor.planned() == wanted
    assert await floor.plan() == {"business_date": "2027-03-02", "added": 0, "renewed": 0, "withdrawn": 0}
    await floor.desk.stepped(leaves, "check-out")
    assert (await floor.plan())["added"] == 0
    assert await floor.planned() == wanted


async def test_service_and_linen_come_every_so_many_nights(floor: TaskFloor, clock: FixedClock) -> None:
    await floor.configure(service_every=2, linen_every=4)
    await in_house(floor, "101", "2027-03-09")
    kinds = []
    for days in range(1, 8):
        clock.set(NOW + days * DAY)
        await floor.turn(clock.now())
        await floor.plan()
        kinds.append([each["kind"] for each in await floor.tasks()])
    assert kinds == [[], ["stayover"], [], ["linen"], [], ["stayover"], []]


async def test_what_no_longer_applies_is_taken_back_and_comes_again(floor: TaskFloor, clock: FixedClock) -> None:
    stay = await in_house(floor, "101", "2027-03-02")
    clock.set(NOW + DAY)
    await floor.plan()
    clock.set(NOW + DAY + minutes(10))
    await floor.desk.amended(stay, departure="2027-03-04", price={"amount": "0.00"})
    assert await floor.plan() == {"business_date": "2027-03-02", "added": 1, "renewed": 0, "withdrawn": 1}
    assert await floor.planned() == {("101", "departure", "cancelled"), ("101", "stayover", "open")}
    await floor.desk.stepped(stay, "check-out")
    assert await floor.plan() == {"business_date": "2027-03-02", "added": 0, "renewed": 1, "withdrawn": 1}
    assert await floor.planned() == {("101", "departure", "open"), ("101", "stayover", "cancelled")}
    (task,) = [each for each in await floor.tasks() if each["status"] == "open"]
    clock.set(NOW + DAY + minutes(20))
    assert (await floor.work(task, "done"))["status"] == "done"


async def test_what_was_begun_or_cancelled_by_hand_stays(floor: TaskFloor, clock: FixedClock) -> None:
    begun, cancelled = [await in_house(floor, number, "2027-03-05") for number in ("101", "102")]
    clock.set(NOW + DAY)
    await floor.plan()
    first, second = await floor.tasks()
    await floor.work(first, "start")
    await floor.send("POST", f"{floor.where(second)}/cancel", {"reason": "they asked"}, by="manager")
    assert (await floor.plan())["added"] == 0
    for stay in (begun, cancelled):
        await floor.desk.stepped(stay, "check-out")
    await floor.plan()
    assert await floor.planned() == {
        *(("101", "stayover", "in_progress"), ("102", "stayover", "cancelled")),
        *(("101", "departure", "open"), ("102", "departure", "open")),
    }


async def test_a_room_that_is_left_twice_is_cleaned_twice(floor: TaskFloor, clock: FixedClock) -> None:
    first = await in_house(floor, "101", "2027-03-02")
    clock.set(NOW + DAY)
    await floor.desk.stepped(first, "check-out")
    await floor.plan()
    (task,) = await floor.tasks()
    await floor.work(task, "done")
    clock.set(NOW + DAY + minutes(30))
    second = await floor.desk.booked("double", "2027-03-02", "2027-03-03", room="101")
    await floor.desk.stepped(second["id"], "check-in")
    await floor.desk.stepped(second["id"], "check-out")
    await floor.plan()
    assert [(each["kind"], each["round"], each["status"]) for each in await floor.tasks()] == [
        ("departure", 1, "done"),
        ("departure", 2, "open"),
    ]


async def test_who_moves_leaves_a_room_to_be_cleaned(floor: TaskFloor, clock: FixedClock) -> None:
    stay = await in_house(floor, "101", "2027-03-05")
    clock.set(NOW + DAY)
    await floor.plan()
    await floor.desk.stepped(stay, "move", {"room_id": floor.desk.hotel.rooms["102"]})
    await floor.plan()
    assert ("101", "departure", "open") in await floor.planned()
    assert ("101", "stayover", "cancelled") in await floor.planned()


async def test_nothing_is_planned_in_a_room_out_of_order_that_is_empty(floor: TaskFloor, clock: FixedClock) -> None:
    stay = await in_house(floor, "101", "2027-03-02")
    clock.set(NOW + DAY)
    await floor.desk.stepped(stay, "check-out")
    await floor.plan()
    interval = (await floor.desk.maintained("101", "2027-03-02", "2027-03-04"))["interval"]["id"]
    assert (await floor.plan())["withdrawn"] == 1
    clock.set(NOW + DAY + minutes(10))
    await floor.desk.end_maintenance(interval)
    assert (await floor.plan())["renewed"] == 1


async def test_a_week_ahead_is_planned_by_what_is_known_and_no_more(floor: TaskFloor) -> None:
    await in_house(floor, "101", "2027-03-04")
    assert (await floor.plan(on="2027-03-02"))["added"] == 1
    assert (await floor.plan(on="2027-03-04"))["added"] == 1
    assert await floor.planned("?on=2027-03-04") == {("101", "departure", "open")}
    for on in ("2027-02-28", "2027-03-09"):
        answer = await floor.send("POST", f"{floor.path}/housekeeping-plans", {"on": on}, by="manager")
        problem_of(answer, 409, "plan_too_far")


async def test_a_date_plans_itself_where_the_hotel_says_so(floor: TaskFloor, db: Database, clock: FixedClock) -> None:
    house = House(hotel_actor(floor.desk.hotel), floor.desk.hotel.id)
    await in_house(floor, "101", "2027-03-05")
    clock.set(NOW + DAY)
    assert not await plan_by_itself(db, house, now=clock.now())
    assert await floor.tasks() == []
    await floor.configure(planned_daily=True)
    assert await plan_by_itself(db, house, now=clock.now())
    assert await floor.planned() == {("101", "stayover", "open")}
    await floor.configure(planned_daily=False)
    assert await plan_by_itself(db, house, now=clock.now()), "a date that has a plan is kept in step"


@pytest.mark.parametrize(
    ("kind", "data", "plans"),
    [
        ("reservation.checked_out", "{}", True),
        ("reservation.room_assigned", "{}", True),
        ("night_audit.succeeded", "{}", True),
        ("reservation.booked", '{"arrival": "2027-03-01", "departure": "2027-03-12"}', True),
        ("reservation.booked", '{"arrival": "2027-03-10", "departure": "2027-03-12"}', False),
        ("room.maintenance_started", '{"starts_on": "2027-03-01", "ends_on": "2027-03-12"}', True),
        ("room.condition_changed", '{"room_id": 1, "condition": "clean", "cause": "cleaned"}', True),
        ("room.condition_changed", '{"room_id": 1, "condition": "dirty", "cause": "night_audit"}', False),
        ("housekeeping_task.changed", "{}", False),
    ],
)
def test_what_changes_the_tasks_of_today_causes_a_plan(kind: str, data: str, *, plans: bool) -> None:
    job = planned_for(Event(9, 1, 2, "reservation", "x", 2, kind, "user:7", NOW, NOW, data))
    assert (job is not None) is plans
    assert job is None or job.key == "plan_housekeeping/business:2/event:9"


async def test_two_who_plan_a_date_at_once_plan_it_once(
    floor: TaskFloor, clock: FixedClock, owner_connection: Connection
) -> None:
    await in_house(floor, "101", "2027-03-05")
    clock.set(NOW + DAY)
    shown = await floor.come_in("manager")
    async with held_up(owner_connection, "lock table housekeeping_plans in share row exclusive mode"):
        path = f"/api/v1{floor.path}/housekeeping-plans"
        both = [asyncio.create_task(floor.desk.client.post(path, headers=shown, json={})) for _ in range(2)]
        await until_waiting(owner_connection, 2)
    assert sorted(answer.json()["added"] for answer in await asyncio.gather(*both)) == [0, 1]
    assert await floor.planned() == {("101", "stayover", "open")}
