"""What guests left in their rooms, and what they took from the minibar."""

import asyncio

import pytest

from omd.db import Database
from omd.kernel.clock import FixedClock
from support.front_desk import Desk, Json, problem_of
from support.persons import Persons
from support.racing import held_up, until_waiting
from support.tasks import TaskFloor, minutes
from support.worlds import NOW, Connection

ID = "01960a10-5b5c-7000-8000-3f6a1c2b4d5e"


@pytest.fixture
async def floor(desk: Desk, db: Database, persons: Persons) -> TaskFloor:
    """The rooms of `grand`, and who works in them."""
    return await TaskFloor.of(desk, db, persons)


async def in_house(floor: TaskFloor, number: str) -> str:
    """Take somebody into a room; return the id of the stay."""
    stay = await floor.desk.booked("double", "2027-03-01", "2027-03-03", room=number)
    await floor.desk.stepped(stay["id"], "check-in")
    identifier: str = stay["id"]
    return identifier


async def test_the_minibar_is_charged_once_to_who_is_in_the_room(floor: TaskFloor) -> None:
    stay = await in_house(floor, "101")
    path = f"{floor.room('101')}/minibar"
    body: Json = {"id": ID, "text": "2 water", "amount": "14.00"}
    first, second = [await floor.send("POST", path, body) for _ in range(2)]
    assert (first.status_code, first.content) == (201, second.content)
    assert set(first.json()) == {"id", "room_id", "text", "amount"}, "it names nobody"
    folios = await floor.desk.send("GET", f"/reservations/{stay}/folios")
    assert [each["charged"] for each in folios.json()] == ["14.00"]
    problem_of(await floor.send("POST", path, {**body, "amount": "15.00"}), 422, "command_id_reused")
    vacant = await floor.send("POST", f"{floor.room('102')}/minibar", body)
    problem_of(vacant, 409, "room_vacant")
    nothing = await floor.send("POST", path, {**body, "id": ID.replace("5e", "6e"), "amount": "0.00"})
    problem_of(nothing, 422, "invalid_input")


async def test_a_minibar_that_is_told_of_twice_at_once_is_charged_once(
    floor: TaskFloor, owner_connection: Connection
) -> None:
    stay = await in_house(floor, "101")
    body: Json = {"id": ID, "text": "2 water", "amount": "14.00"}
    shown = await floor.come_in("ana")
    async with held_up(owner_connection, "select from reservations where id = $1 for update", stay):
        path = f"/api/v1{floor.room('101')}/minibar"
        both = [asyncio.create_task(floor.desk.client.post(path, headers=shown, json=body)) for _ in range(2)]
        await until_waiting(owner_connection, 2)
    assert [answer.status_code for answer in await asyncio.gather(*both)] == [201, 201]
    folios = await floor.desk.send("GET", f"/reservations/{stay}/folios")
    assert [each["charged"] for each in folios.json()] == ["14.00"]


async def test_what_was_found_is_kept_until_it_is_returned(floor: TaskFloor, clock: FixedClock) -> None:
    stay = await in_house(floor, "101")
    body: Json = {"id": ID, "room_id": floor.desk.hotel.rooms["101"], "description": "a watch", "place": "in the bed"}
    path = f"{floor.path}/found-items"
    first, second = [await floor.send("POST", path, body) for _ in range(2)]
    assert (first.status_code, first.content) == (201, second.content)
    assert (first.json()["status"], first.json()["reservation_id"]) == ("kept", stay)
    problem_of(await floor.send("POST", path, {**body, "description": "a ring"}), 422, "command_id_reused")
    clock.set(NOW + minutes(10))
    end = {"status": "returned", "note": "at the desk"}
    problem_of(await floor.send("POST", f"{path}/{ID}/end", end, If_Match='"7"'), 409, "stale_version")
    ended = await floor.send("POST", f"{path}/{ID}/end", end, by="receptionist", If_Match='"1"')
    assert (ended.json()["status"], ended.json()["version"], ended.headers["ETag"]) == ("returned", 2, '"2"')
    problem_of(await floor.send("POST", f"{path}/{ID}/end", end), 409, "found_item_gone")
    listed = {
        status: [each["id"] for each in (await floor.send("GET", f"{path}?status={status}")).json()]
        for status in ("kept", "returned")
    }
    assert listed == {"kept": [], "returned": [ID]}


async def test_guests_who_are_forgotten_are_forgotten_here(
    floor: TaskFloor, clock: FixedClock, owner_connection: Connection
) -> None:
    stay = await in_house(floor, "101")
    body: Json = {"id": ID, "room_id": floor.desk.hotel.rooms["101"], "description": "the diary of Ion Popescu"}
    assert (await floor.send("POST", f"{floor.path}/found-items", body)).status_code == 201
    told = await floor.desk.stepped(stay, "check-out")
    clock.set(NOW + minutes(60 * 24 * 3))
    wanted = {"code": told["code"], "last_name": told["guests"][0]["last_name"]}
    erased = await floor.send("POST", f"{floor.path}/guests/erase", wanted, by="manager")
    assert erased.status_code == 200, erased.text
    assert (await floor.send("GET", f"{floor.path}/found-items")).json()[0]["description"] == "(erased)"
    quoted = await owner_connection.fetchval("select count(*) from audit_log where after::text like '%diary%'")
    assert quoted == 0
