"""Another room from a night on, and guests who walk in."""

import asyncio
from datetime import UTC, datetime

import httpx
import pytest

from omd.kernel.clock import FixedClock
from support.front_desk import GUESTS, Desk, Json, contents, pointers, problem_of, rooms_of


def at(clock: FixedClock, day: int) -> None:
    """Put the clock to noon (UTC) of a day of March 2027."""
    clock.set(datetime(2027, 3, day, 12, 0, tzinfo=UTC))


async def ask_to_move(desk: Desk, stay: Json, room: str, since: str | None = None) -> httpx.Response:
    """Ask for another room, from a night on where one is given."""
    body = {"room_id": desk.hotel.rooms[room]} | ({} if since is None else {"since": since})
    return await desk.step(stay["id"], "move", body)


async def moved(desk: Desk, stay: Json, room: str, since: str | None = None) -> Json:
    """Move a stay that may be."""
    answer = await ask_to_move(desk, stay, room, since)
    assert answer.status_code == 200, answer.text
    told: Json = answer.json()
    return told


async def test_a_stay_moves_from_a_night_on(desk: Desk) -> None:
    stay = await desk.booked("double", "2027-03-10", "2027-03-13", room="101", price={"amount": "300"})
    after = await moved(desk, stay, "104", "2027-03-12")
    assert rooms_of(after) == ["101", "101", "104"]
    assert (after["version"], after["price"], after["room_type_id"]) == (2, stay["price"], stay["room_type_id"])
    whole = await moved(desk, stay, "102")
    assert rooms_of(whole) == ["102"] * 3
    told = await desk.connection.fetchval("select data::text from events order by seq desc limit 1")
    assert '"cause": "moved"' in told


async def test_a_guest_in_the_house_keeps_what_was_spent(desk: Desk, clock: FixedClock) -> None:
    stay = await desk.booked("double", "2027-03-10", "2027-03-13", room="101")
    at(clock, 10)
    await desk.stepped(stay["id"], "check-in")
    at(clock, 11)
    refused = await ask_to_move(desk, stay, "104", "2027-03-10")
    assert pointers(problem_of(refused, 422, "invalid_input")) == ["/since"]
    assert rooms_of(await moved(desk, stay, "104")) == ["101", "104", "104"]
    assert (await desk.stay(stay["id"]))["status"] == "in_house"


async def test_nobody_moves_into_a_room_that_is_held(desk: Desk) -> None:
    stay = await desk.booked("twin", "2027-03-10", "2027-03-13", room="301")
    other = await desk.booked("twin", "2027-03-12", "2027-03-14", room="302")
    before = await contents(desk.connection)
    refused = problem_of(await ask_to_move(desk, stay, "302", "2027-03-11"), 409, "room_not_free")
    assert refused["data"]["stays"] == [
        {"id": other["id"], "code": other["code"], "status": "confirmed", "room_lock_reason": None}
    ]
    assert other["code"] in refused["detail"]
    assert await contents(desk.connection) == before


async def test_nobody_moves_into_a_room_out_of_order(desk: Desk) -> None:
    stay = await desk.booked("twin", "2027-03-10", "2027-03-13", room="301")
    await desk.maintained("302", "2027-03-12", "2027-03-13")
    refused = problem_of(await ask_to_move(desk, stay, "302"), 409, "room_not_free")
    assert refused["data"] == {"stays": []}


@pytest.mark.parametrize("since", ["2027-03-09", "2027-03-13", "2027-03-14"])
async def test_a_night_that_is_none_of_the_stay(desk: Desk, since: str) -> None:
    stay = await desk.booked("twin", "2027-03-10", "2027-03-13", room="301")
    problem_of(await ask_to_move(desk, stay, "302", since), 422, "invalid_input")


async def test_a_room_that_is_not_there_is_none_to_move_to(desk: Desk) -> None:
    stay = await desk.booked("twin", "2027-03-10", "2027-03-13")
    for room in (2147483647, desk.world.lodge.rooms["101"], desk.world.harbour.rooms["101"]):
        problem_of(await desk.step(stay["id"], "move", {"room_id": room}), 422, "room_unknown")
    problem_of(await desk.step(stay["id"], "move", {}), 422, "invalid_input")


async def test_who_is_there_already_stays(desk: Desk) -> None:
    stay = await desk.booked("twin", "2027-03-10", "2027-03-13", room="301")
    before = await contents(desk.connection)
    assert await moved(desk, stay, "301", "2027-03-11") == stay
    assert await contents(desk.connection) == before


async def test_who_waits_for_a_room_is_moved_into_one(desk: Desk) -> None:
    await desk.overbook("twin", "2027-03-10", "2027-03-11", 1)
    first = await desk.booked("twin", "2027-03-10", "2027-03-11", room="301")
    await desk.booked("twin", "2027-03-10", "2027-03-11", room="302")
    waiting = await desk.booked("twin", "2027-03-10", "2027-03-11")
    problem_of(await ask_to_move(desk, waiting, "301"), 409, "room_not_free")
    await desk.stepped(first["id"], "cancel")
    assert rooms_of(await desk.stay(waiting["id"])) == ["301"]


async def test_of_two_who_want_one_room_one_gets_it(desk: Desk) -> None:
    stays = [await desk.booked("double", "2027-03-10", "2027-03-13", room=f"10{n}") for n in (1, 2, 3)]
    answers = await asyncio.gather(*(ask_to_move(desk, stay, "105", "2027-03-11") for stay in stays))
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409]


async def test_nobody_elses_stay_moves(desk: Desk) -> None:
    stay = await desk.booked("twin", "2027-03-10", "2027-03-13", room="301")
    before = await contents(desk.connection)
    body = {"room_id": desk.hotel.rooms["302"]}
    for party, status in (("lodge", 404), ("harbour", 404), ("alpha", 403)):
        answer = await desk.send("POST", f"/reservations/{stay['id']}/move", body, party=party)
        assert answer.status_code == status
    assert await contents(desk.connection) == before


async def arrive(desk: Desk, type_code: str, departure: str, **more: object) -> httpx.Response:
    """Ask for a room for a guest who stands at the desk."""
    body = {"room_type_id": desk.hotel.types[type_code].id, "departure": departure, "guests": GUESTS, **more}
    return await desk.send("POST", f"/businesses/{desk.hotel.id}/walk-ins", body)


async def test_a_guest_walks_in(desk: Desk) -> None:
    answer = await arrive(desk, "twin", "2027-03-03", price={"amount": "200"}, room_id=desk.hotel.rooms["302"])
    assert answer.status_code == 201, answer.text
    stay = answer.json()
    assert (stay["status"], stay["arrival"], rooms_of(stay)) == ("in_house", "2027-03-01", ["302", "302"])
    assert answer.headers["Location"].endswith(stay["id"])
    assert await desk.stay(stay["id"]) == stay
    told = await desk.connection.fetch("select type from events where aggregate_id = $1 order by seq", stay["id"])
    assert [each["type"] for each in told] == ["reservation.booked", "reservation.checked_in"]


async def test_who_would_have_no_room_does_not_walk_in(desk: Desk) -> None:
    await desk.overbook("twin", "2027-03-01", "2027-03-02", 1)
    for _ in range(2):
        await desk.booked("twin", "2027-03-01", "2027-03-02")
    before = await contents(desk.connection)
    refused = problem_of(await arrive(desk, "twin", "2027-03-02"), 409, "action_refused")
    assert refused["data"]["reason_code"] == "room_not_assigned"
    assert await contents(desk.connection) == before


async def test_the_last_room_is_walked_into_once(desk: Desk) -> None:
    await desk.booked("twin", "2027-03-01", "2027-03-02")
    answers = await asyncio.gather(*(arrive(desk, "twin", "2027-03-02") for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]


@pytest.mark.parametrize("departure", ["2027-03-01", "2027-02-28"])
async def test_who_leaves_before_tonight_does_not_walk_in(desk: Desk, departure: str) -> None:
    before = await contents(desk.connection)
    problem_of(await arrive(desk, "twin", departure), 422, "invalid_input")
    assert await contents(desk.connection) == before


async def test_nobody_walks_into_another_hotel(desk: Desk) -> None:
    body = {"room_type_id": desk.hotel.types["twin"].id, "departure": "2027-03-02", "guests": GUESTS}
    before = await contents(desk.connection)
    for party, status in (("lodge", 404), ("harbour", 404), ("alpha", 403)):
        answer = await desk.send("POST", f"/businesses/{desk.hotel.id}/walk-ins", body, party=party)
        assert answer.status_code == status
    assert await contents(desk.connection) == before
