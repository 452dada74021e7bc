"""One party in a room: who is to be taken into a room is told who is in it yet."""

from datetime import UTC, datetime

import pytest

from omd.db import Database
from omd.features.reservations import check_demand
from omd.kernel.clock import FixedClock
from support.front_desk import Desk, Json, contents, problem_of, rooms_of
from support.worlds import system_actor


def at(clock: FixedClock, day: int) -> None:
    """Put the clock to noon (UTC) of a day of March 2027."""
    clock.set(datetime(2027, 3, day, 12, 0, tzinfo=UTC))


async def in_house(desk: Desk, clock: FixedClock, room: str, arrival: int, departure: int, kind: str = "twin") -> Json:
    """Return a stay of March 2027 whose guests have come."""
    booked = await desk.booked(kind, f"2027-03-{arrival}", f"2027-03-{departure}", room=room)
    at(clock, arrival)
    return await desk.stepped(booked["id"], "check-in")


def names(problem: Json) -> tuple[str, list[str]]:
    """Return the room and the stays that a refusal names."""
    return problem["data"]["room_number"], [each["code"] for each in problem["data"]["stays"]]


def rule(stay: Json, action: str) -> Json:
    """Return what a stay says of one step."""
    (said,) = [each for each in stay["actions"] if each["action"] == action]
    return dict(said)


@pytest.mark.parametrize("day", [12, 14], ids=["due out", "overdue"])
async def test_nobody_is_taken_into_a_room_whose_guest_has_not_left(desk: Desk, clock: FixedClock, day: int) -> None:
    there = await in_house(desk, clock, "301", 10, 12)
    waits = await desk.booked("twin", f"2027-03-{day}", f"2027-03-{day + 2}", room="301")
    at(clock, day)
    before = await contents(desk.connection)
    answer = await desk.step(waits["id"], "check-in")
    refused = problem_of(answer, 409, "room_occupied")
    assert names(refused) == ("301", [there["code"]])
    assert "Popescu" not in answer.text
    assert await contents(desk.connection) == before
    listed = (await desk.send("GET", f"/businesses/{desk.hotel.id}/arrivals")).json()
    for said in (rule(await desk.stay(waits["id"]), "check_in"), rule(listed[0], "check_in")):
        assert (said["allowed"], said["code"]) == (False, "room_occupied")
        assert said["reason"] == refused["detail"]
    await desk.stepped(there["id"], "check-out")
    assert rule(await desk.stay(waits["id"]), "check_in")["allowed"]
    assert (await desk.stepped(waits["id"], "check-in"))["status"] == "in_house"


async def test_a_check_out_is_not_undone_into_a_room_that_somebody_has(desk: Desk, clock: FixedClock) -> None:
    gone = await in_house(desk, clock, "301", 10, 12)
    came = await desk.booked("twin", "2027-03-12", "2027-03-14", room="301")
    at(clock, 12)
    await desk.stepped(gone["id"], "check-out")
    assert rule(await desk.stay(gone["id"]), "undo_check_out")["allowed"]
    await desk.stepped(came["id"], "check-in")
    said = rule(await desk.stay(gone["id"]), "undo_check_out")
    assert (said["allowed"], said["code"]) == (False, "room_occupied")
    before = await contents(desk.connection)
    refused = problem_of(await desk.step(gone["id"], "undo-check-out"), 409, "room_occupied")
    assert names(refused) == ("301", [came["code"]])
    assert await contents(desk.connection) == before


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [("POST", "/move", {"room_id": "301"}), ("PATCH", "", {"room_id": "301"}), ("PATCH", "", {"departure": 14})],
    ids=["moved", "amended", "stays longer"],
)
async def test_a_guest_in_the_house_goes_into_no_room_that_somebody_is_in(
    desk: Desk, clock: FixedClock, method: str, path: str, body: Json
) -> None:
    """The guest of 301 has not left, whose night is free; who sleeps in 302 is to have it tonight."""
    there = await in_house(desk, clock, "301", 10, 12)
    moves = await in_house(desk, clock, "302", 11, 12 if "departure" in body else 14)
    at(clock, 12)
    if "departure" in body:
        # Its own room is sold from tonight on, so that the added nights are in the other one.
        await desk.booked("twin", "2027-03-12", "2027-03-14", room="302", room_locked=True)
        wanted: Json = {"departure": "2027-03-14", "override_reason": "no other hotel in town"}
    else:
        wanted = {"room_id": desk.hotel.rooms["301"]}
    before = await contents(desk.connection)
    answer = await desk.send(method, f"/reservations/{moves['id']}{path}", wanted)
    assert names(problem_of(answer, 409, "room_occupied")) == ("301", [there["code"]])
    assert await contents(desk.connection) == before
    await desk.stepped(there["id"], "check-out")
    assert (await desk.send(method, f"/reservations/{moves['id']}{path}", wanted)).status_code == 200


async def test_a_room_is_planned_for_tomorrow_while_somebody_is_in_it(desk: Desk, clock: FixedClock) -> None:
    await in_house(desk, clock, "301", 10, 12)
    moves = await in_house(desk, clock, "302", 11, 14)
    body = {"room_id": desk.hotel.rooms["301"], "since": "2027-03-12"}
    moved = await desk.send("POST", f"/reservations/{moves['id']}/move", body)
    assert moved.status_code == 200, moved.text
    assert rooms_of(moved.json()) == ["302", "301", "301"]
    renamed = await desk.send("PATCH", f"/reservations/{moves['id']}", {"note": "late riser"})
    assert renamed.status_code == 200


def walk_in(desk: Desk, **more: object) -> Json:
    """Return the body of a guest who stands at the desk for a twin until the 14th."""
    body = desk.body("twin", "", "2027-03-14", **more)
    del body["arrival"]
    return body


async def test_who_walks_in_gets_a_room_with_nobody_in_it(desk: Desk, clock: FixedClock) -> None:
    there = await in_house(desk, clock, "301", 10, 12)
    at(clock, 12)
    path = f"/businesses/{desk.hotel.id}/walk-ins"
    named = await desk.send("POST", path, walk_in(desk, room="301"))
    assert names(problem_of(named, 409, "room_occupied")) == ("301", [there["code"]])
    first = await desk.send("POST", path, walk_in(desk))
    assert first.status_code == 201, first.text
    assert set(rooms_of(first.json())) == {"302"}
    before = await contents(desk.connection)
    second = await desk.send("POST", path, walk_in(desk))
    assert names(problem_of(second, 409, "room_occupied")) == ("301", [there["code"]])
    assert await contents(desk.connection) == before


async def test_another_type_is_gone_on_in_where_nobody_is(desk: Desk, clock: FixedClock) -> None:
    await in_house(desk, clock, "301", 10, 12)
    single = await in_house(desk, clock, "201", 11, 14, "single")
    at(clock, 12)
    wanted = {"room_type_id": desk.hotel.types["twin"].id, "price": "keep"}
    moved = await desk.send("POST", f"/reservations/{single['id']}/move", wanted)
    assert moved.status_code == 200, moved.text
    assert rooms_of(moved.json()) == ["201", "302", "302"]


async def test_who_waits_for_a_room_waits_on_while_somebody_is_in_it(
    desk: Desk, clock: FixedClock, maintenance_db: Database
) -> None:
    """A cancellation frees the night of a room whose guest has not left: it goes through, and takes nobody in."""
    there = await in_house(desk, clock, "301", 10, 12)
    await in_house(desk, clock, "302", 10, 14)
    single = await in_house(desk, clock, "201", 11, 13, "single")
    arrives = await desk.booked("twin", "2027-03-12", "2027-03-13", room="301")
    at(clock, 12)
    wanted = {"room_type_id": desk.hotel.types["twin"].id, "price": "keep", "override_reason": "the pipes burst"}
    moved = await desk.send("POST", f"/reservations/{single['id']}/move", wanted)
    assert rooms_of(moved.json()) == ["201", None]
    await desk.stepped(arrives["id"], "cancel", {"reason": "ill"})
    assert rooms_of(await desk.stay(single["id"])) == ["201", None]
    async with maintenance_db.reading(system_actor(desk.world.alpha)) as tx:
        verdicts = await check_demand(tx, desk.world.alpha.id, now=clock.now())
    assert [verdict for verdict in verdicts if verdict.breaches] == []
    await desk.stepped(there["id"], "check-out")
    assert rooms_of(await desk.stay(single["id"])) == ["201", "301"]
