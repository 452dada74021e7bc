"""The condition of rooms: what stays and nights make of it, what people say it is, and what a check-in asks of it."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from omd.db import Database
from omd.kernel.clock import FixedClock
from support.front_desk import Desk, problem_of, rooms_of
from support.persons import Persons
from support.racing import held_up, until_waiting
from support.rooms import Floor
from support.worlds import NOW, Connection

DAY = timedelta(days=1)
NEVER_LOOKED = ("dirty", "room_added")


@pytest.fixture
async def floor(desk: Desk, db: Database, persons: Persons) -> AsyncIterator[Floor]:
    """The rooms of `grand`; afterwards each is what its history ends in."""
    floor = await Floor.at(desk, db, persons)
    yield floor
    await floor.assert_replays()


async def in_house(floor: Floor, number: str, departure: str = "2027-03-03", type_code: str = "double") -> str:
    """Take somebody into a room from the first of March on; return the id of the stay."""
    stay = await floor.desk.booked(type_code, "2027-03-01", departure, room=number)
    await floor.desk.stepped(stay["id"], "check-in")
    identifier: str = stay["id"]
    return identifier


async def test_a_room_is_dirty_until_somebody_says_otherwise(floor: Floor) -> None:
    assert await floor.condition("101") == NEVER_LOOKED
    assert await floor.set("101", "clean") | {
        "condition": "clean",
        "cause": "cleaned",
        "version": 2,
    } == await floor.read("101")
    await floor.set("101", "inspected")
    await floor.set("101", "pickup", reason="crumbs")
    assert await floor.causes("101") == [("clean", "cleaned"), ("inspected", "inspected"), ("pickup", "set_by_hand")]
    assert (await floor.history("101"))[0]["reason"] == "crumbs"
    again = await floor.set("101", "pickup")
    assert (again["version"], again["reason"]) == (4, "crumbs"), "what a room is already is no change"


async def test_who_leaves_leaves_a_dirty_room(floor: Floor) -> None:
    for number in ("101", "102"):
        await floor.set(number, "clean")
    stay = await in_house(floor, "101")
    assert await floor.condition("101") == ("clean", "cleaned"), "a guest who came has not made it dirty yet"
    await floor.turn(NOW + DAY)
    assert await floor.condition("101") == ("dirty", "night_audit")
    await floor.set("101", "clean")
    await floor.desk.stepped(stay, "check-out")
    # By the desk's clock it is the day of arrival still: nobody has slept in it.
    assert await floor.condition("101") == ("pickup", "check_out")
    assert (await floor.read("101"))["reservation_id"] == stay


async def test_who_slept_in_it_leaves_it_dirty(floor: Floor, clock: FixedClock) -> None:
    await floor.set("101", "inspected")
    stay = await in_house(floor, "101", "2027-03-02")
    clock.set(NOW + DAY)
    await floor.desk.stepped(stay, "check-out")
    assert await floor.causes("101") == [("inspected", "inspected"), ("dirty", "check_out")]
    await floor.desk.stepped(stay, "undo-check-out", {"departure": "2027-03-03"})
    assert await floor.condition("101") == ("inspected", "check_out_undone")
    await floor.desk.stepped(stay, "check-out")
    await floor.set("101", "clean")
    await floor.desk.stepped(stay, "undo-check-out", {"departure": "2027-03-03"})
    assert await floor.condition("101") == ("clean", "cleaned"), "somebody saw to it since"


async def test_a_room_that_was_used_by_day_is_to_be_picked_up(floor: Floor) -> None:
    desk = floor.desk
    for number in ("102", "103"):
        await floor.set(number, "inspected")
    hours = {"date": "2027-03-01", "from_time": "11:30", "until_time": "14:30"}
    used = {"room_type_id": desk.hotel.types["double"].id, "guests": [{"last_name": "Zi"}], **hours}
    body = {**used, "room_id": desk.hotel.rooms["102"]}
    made = await desk.send("POST", f"{floor.path}/day-uses", body)
    assert made.status_code == 201, made.text
    assert [each["departure"] for each in (await floor.rack("102"))["arriving"]] == ["2027-03-01"]
    await desk.stepped(made.json()["id"], "check-in")
    assert (await floor.rack("102"))["occupancy"] == "occupied"
    await floor.turn(NOW)
    assert await floor.condition("102") == ("inspected", "inspected"), "nobody has slept in it"
    await desk.stepped(made.json()["id"], "check-out")
    assert await floor.condition("102") == ("pickup", "check_out")


async def test_an_undone_check_in_leaves_the_room_as_it_was(floor: Floor) -> None:
    await floor.set("101", "clean")
    stay = await in_house(floor, "101")
    await floor.desk.stepped(stay, "undo-check-in")
    assert await floor.causes("101") == [("clean", "cleaned")]
    assert (await floor.rack("101"))["occupancy"] == "vacant"


@pytest.mark.parametrize(("to", "type_code"), [("102", "double"), ("301", "twin")])
async def test_who_moves_leaves_a_dirty_room_behind(floor: Floor, to: str, type_code: str) -> None:
    for number in ("101", to):
        await floor.set(number, "clean")
    stay = await in_house(floor, "101")
    body: dict[str, object] = {"room_id": floor.desk.hotel.rooms[to]}
    if type_code != "double":
        body |= {"price": "keep"}
    moved = await floor.desk.stepped(stay, "move", body)
    assert rooms_of(moved) == [to, to]
    assert await floor.condition("101") == ("dirty", "room_left")
    assert await floor.condition(to) == ("clean", "cleaned")
    await floor.desk.stepped(stay, "check-out")
    assert await floor.condition(to) == ("pickup", "check_out")
    assert len(await floor.causes("101")) == 2


async def test_a_room_that_is_to_be_moved_into_later_is_left_by_the_night(floor: Floor, clock: FixedClock) -> None:
    for number in ("101", "102"):
        await floor.set(number, "clean")
    stay = await in_house(floor, "101", "2027-03-04")
    later = {"room_id": floor.desk.hotel.rooms["102"], "since": "2027-03-02"}
    await floor.desk.stepped(stay, "move", later)
    assert await floor.condition("101") == ("clean", "cleaned"), "the guest is in it tonight"
    clock.set(NOW + DAY)
    assert await floor.turn(clock.now()) == 10
    assert await floor.condition("101") == ("dirty", "night_audit")
    assert await floor.condition("102") == ("clean", "cleaned")
    await floor.desk.stepped(stay, "check-out")
    assert await floor.condition("102") == ("dirty", "check_out")


async def test_the_night_is_reckoned_with_once_a_date(floor: Floor, clock: FixedClock) -> None:
    await in_house(floor, "101", "2027-03-05")
    clock.set(NOW + DAY)
    await floor.set("101", "clean")
    assert await floor.turn(clock.now()) == 10
    await floor.set("101", "clean")
    assert await floor.turn(clock.now()) == 0
    assert await floor.condition("101") == ("clean", "cleaned")


async def test_a_date_that_is_opened_by_hand_reckons_with_its_night(floor: Floor, owner_connection: Connection) -> None:
    desk = floor.desk
    await owner_connection.execute("update businesses set business_date = '2027-03-01' where id = $1", desk.hotel.id)
    await floor.set("101", "clean")
    await in_house(floor, "101", "2027-03-05")
    async with owner_connection.transaction():
        await owner_connection.execute(
            "select set_config('omd.omd_id', $1, true), set_config('omd.staff_business_ids', $2, true), "
            "set_config('omd.business_ids', $2, true), set_config('omd.reader_business_ids', $2, true)",
            *(str(desk.hotel.omd_id), f"{{{desk.hotel.id}}}"),
        )
        await owner_connection.execute(
            "select set_business_date($1, $2, '2027-03-02')", desk.hotel.omd_id, desk.hotel.id
        )
    assert await floor.condition("101") == ("dirty", "night_audit")


async def test_vacancy_makes_of_a_room_what_the_hotel_says(floor: Floor, clock: FixedClock) -> None:
    await floor.ask(vacant_days=3)
    for number in ("101", "102", "103"):
        await floor.set(number, "inspected")
    await in_house(floor, "103", "2027-03-09")
    for days in (1, 2):
        clock.set(NOW + days * DAY)
        await floor.turn(clock.now())
    await floor.set("102", "clean")
    clock.set(NOW + 3 * DAY)
    await floor.turn(clock.now())
    assert await floor.condition("101") == ("pickup", "vacant_long")
    assert await floor.condition("102") == ("clean", "cleaned"), "it was seen to the day before"
    assert await floor.condition("103") == ("dirty", "night_audit")
    assert await floor.condition("104") == NEVER_LOOKED, "a dirty room does not get better by being vacant"


async def test_after_maintenance_a_room_is_what_the_hotel_says(floor: Floor, clock: FixedClock) -> None:
    for number in ("101", "102", "103", "104"):
        await floor.set(number, "clean")
    by_hand = (await floor.desk.maintained("101", "2027-03-01", "2027-03-05"))["interval"]["id"]
    await floor.desk.end_maintenance(by_hand)
    assert await floor.condition("101") == ("clean", "cleaned"), "as the hotel has said nothing"
    await floor.ask(after_maintenance="dirty")
    by_hand = (await floor.desk.maintained("101", "2027-03-01", "2027-03-05"))["interval"]["id"]
    await floor.desk.maintained("102", "2027-03-01", "2027-03-02")
    not_begun = (await floor.desk.maintained("103", "2027-03-03", "2027-03-05"))["interval"]["id"]
    assert (await floor.rack("101"))["maintenance"] == "out_of_order"
    for interval in (by_hand, not_begun):
        assert (await floor.desk.end_maintenance(interval)).status_code == 204
    clock.set(NOW + DAY)
    await floor.turn(clock.now())
    assert [await floor.condition(number) for number in ("101", "102", "103", "104")] == [
        *[("dirty", "maintenance_ended")] * 2,
        *[("clean", "cleaned")] * 2,
    ]


async def test_who_read_it_last_changes_it(floor: Floor) -> None:
    path = f"{floor.room('101')}/condition"
    first = await floor.send("PUT", path, {"condition": "clean"}, If_Match='"1"')
    assert (first.status_code, first.headers["ETag"]) == (200, '"2"')
    stale = await floor.send("PUT", path, {"condition": "inspected"}, If_Match='"1"')
    assert problem_of(stale, 409, "stale_version")["data"] == {"current_version": 2}
    seen = await floor.send("PUT", f"{floor.room('101')}/seen", {"occupancy": "vacant"}, If_Match='"1"')
    problem_of(seen, 409, "stale_version")


async def test_two_who_set_one_room_do_not_write_over_each_other(floor: Floor, owner_connection: Connection) -> None:
    path, room = f"{floor.room('101')}/condition", floor.desk.hotel.rooms["101"]
    lock = "select from room_conditions where room_id = $1 for update"
    async with held_up(owner_connection, lock, room):
        both = [
            asyncio.create_task(floor.desk.send("PUT", path, {"condition": each}, If_Match='"1"'))
            for each in ("clean", "pickup")
        ]
        await until_waiting(owner_connection, 2)
    answers = await asyncio.gather(*both)
    assert sorted(each.status_code for each in answers) == [200, 409]
    assert len(await floor.causes("101")) == 1


async def test_a_retried_request_changes_a_room_once(floor: Floor) -> None:
    path = f"{floor.room('101')}/condition"
    body = {"condition": "clean", "reason": "twice"}
    first, second = [await floor.send("PUT", path, body, Idempotency_Key="phone-1") for _ in range(2)]
    assert (first.status_code, first.content) == (200, second.content)
    assert len(await floor.causes("101")) == 1


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("condition", {"condition": "spotless"}),
        ("condition", {"condition": "clean", "reason": " "}),
        ("seen", {"occupancy": "vacant", "persons": 1}),
        ("seen", {"occupancy": "occupied", "persons": 0}),
        ("seen", {"occupancy": "asleep"}),
    ],
)
async def test_what_a_room_cannot_be_is_refused(floor: Floor, path: str, body: dict[str, object]) -> None:
    problem_of(await floor.send("PUT", f"{floor.room('101')}/{path}", body), 422, "invalid_input")
    assert await floor.condition("101") == NEVER_LOOKED


async def test_a_room_of_another_hotel_is_not_there(floor: Floor) -> None:
    foreign = floor.desk.world.harbour.rooms["101"]
    for method, path, body in (
        ("GET", "condition", None),
        ("GET", "condition/changes", None),
        ("PUT", "condition", {"condition": "clean"}),
        ("PUT", "seen", {"occupancy": "vacant"}),
    ):
        answer = await floor.send(method, f"{floor.path}/rooms/{foreign}/{path}", body)
        problem_of(answer, 404, "not_found")


async def test_a_check_in_waits_for_the_room_where_the_hotel_says_so(floor: Floor) -> None:
    desk = floor.desk
    stay = await desk.booked("double", "2027-03-01", "2027-03-03", room="101")
    await floor.ask(check_in_needs="inspected")
    await floor.set("101", "clean")
    refused = problem_of(await desk.step(stay["id"], "check-in"), 409, "room_not_ready")
    room = desk.hotel.rooms["101"]
    assert refused["data"] == {"room_id": room, "room_number": "101", "condition": "clean", "needs": "inspected"}
    listed = {each["action"]: each for each in (await desk.stay(stay["id"]))["actions"]}["check_in"]
    assert listed == {
        "action": "check_in",
        "allowed": False,
        "code": "room_not_ready",
        "reason": refused["detail"],
    }
    await floor.set("101", "inspected")
    assert {"action": "check_in", "allowed": True} in (await desk.stay(stay["id"]))["actions"]
    await desk.stepped(stay["id"], "check-in")


async def test_who_walks_in_waits_for_the_room_too(floor: Floor) -> None:
    desk = floor.desk
    await floor.ask(check_in_needs="clean")
    guest = {"room_type_id": desk.hotel.types["twin"].id, "departure": "2027-03-02", "guests": [{"last_name": "Rus"}]}
    here = {**guest, "room_id": desk.hotel.rooms["302"]}
    problem_of(await desk.send("POST", f"{floor.path}/walk-ins", here), 409, "room_not_ready")
    assert await desk.free("twin", "2027-03-01") == [2]
    await floor.set("302", "clean")
    assert (await desk.send("POST", f"{floor.path}/walk-ins", here)).status_code == 201


async def test_a_room_that_is_not_ready_is_entered_for_a_reason_and_with_the_right(floor: Floor) -> None:
    desk = floor.desk
    stay = await desk.booked("double", "2027-03-01", "2027-03-03", room="101")
    await floor.ask(check_in_needs="clean")
    path, reason = f"/reservations/{stay['id']}/check-in-unready", {"reason": "they wait in the bar"}
    problem_of(await desk.send("POST", path, reason), 403, "not_allowed")
    problem_of(await floor.send("POST", path, {}, by="manager"), 422, "invalid_input")
    taken_in = await floor.send("POST", path, reason, by="manager")
    assert (taken_in.status_code, taken_in.json()["status"]) == (200, "in_house")
    (last, *_) = await floor.history("101")
    assert (last["condition"], last["cause"], last["reason"]) == ("dirty", "check_in", "they wait in the bar")
    assert last["reservation_id"] == stay["id"]


async def test_a_check_in_and_a_housekeeper_take_turns_at_a_room(floor: Floor, owner_connection: Connection) -> None:
    """Whoever has the room first is looked at: no guest comes into a room that was said to be dirty a moment before."""
    desk, room = floor.desk, floor.desk.hotel.rooms["101"]
    stay = await desk.booked("double", "2027-03-01", "2027-03-03", room="101")
    await floor.ask(check_in_needs="clean")
    await floor.set("101", "clean")
    lock = "select from room_conditions where room_id = $1 for update"
    async with held_up(owner_connection, lock, room):
        soiling = asyncio.create_task(desk.send("PUT", f"{floor.room('101')}/condition", {"condition": "dirty"}))
        await until_waiting(owner_connection)
        entering = asyncio.create_task(desk.step(stay["id"], "check-in"))
        await until_waiting(owner_connection, 2)
    assert (await soiling).status_code == 200
    problem_of(await entering, 409, "room_not_ready")
