"""The overbooking limit through HTTP: set, lowered, below zero, and whose it is."""

import random

import pytest

from support.front_desk import Desk, contents, problem_of, rooms_of


async def sums(desk: Desk, type_code: str) -> tuple[int, int]:
    """Return overbooking and forced of a type, summed over all nights."""
    row = await desk.connection.fetchrow(
        "select sum(overbooking)::int o, sum(forced)::int f from room_type_availability where room_type_id = $1",
        desk.hotel.types[type_code].id,
    )
    assert row is not None
    return row["o"], row["f"]


async def test_a_limit_stands_on_its_nights_only(desk: Desk) -> None:
    await desk.overbook("twin", "2027-03-10", "2027-03-12", 3)
    assert await sums(desk, "twin") == (6, 0)
    counted = (await desk.availability("2027-03-10", "2027-03-12"))["twin"]
    assert (counted["available"], counted["sellable"]) == (2, 5)
    assert (await desk.availability("2027-03-11", "2027-03-13"))["twin"]["sellable"] == 2
    event = await desk.connection.fetchval("select data::text from events where type = 'room_type.overbooking_set'")
    assert '"rooms": 3' in event


async def test_a_lowered_limit_keeps_what_is_sold_as_forced(desk: Desk) -> None:
    await desk.overbook("twin", "2027-03-10", "2027-03-12", 2)
    stays = [await desk.booked("twin", "2027-03-10", "2027-03-12") for _ in range(4)]
    await desk.overbook("twin", "2027-03-10", "2027-03-12", 0)
    assert await sums(desk, "twin") == (0, 4)
    problem_of(await desk.book("twin", "2027-03-10", "2027-03-11"), 409, "sold_out")
    await desk.stepped(stays[0]["id"], "cancel")
    assert await sums(desk, "twin") == (0, 2)
    await desk.overbook("twin", "2027-03-10", "2027-03-12", 5)
    assert await sums(desk, "twin") == (10, 0)


async def test_a_limit_below_zero_keeps_rooms_back(desk: Desk) -> None:
    await desk.overbook("double", "2027-03-10", "2027-03-12", -4)
    assert (await desk.availability("2027-03-10", "2027-03-11"))["double"]["sellable"] == 1
    assert rooms_of(await desk.booked("double", "2027-03-10", "2027-03-11")) == ["101"]
    problem_of(await desk.book("double", "2027-03-10", "2027-03-11"), 409, "sold_out")
    assert rooms_of(await desk.booked("double", "2027-03-10", "2027-03-11", override_reason="the owner")) != [None]


async def test_a_type_without_rooms_may_be_overbooked_on_purpose(desk: Desk) -> None:
    await desk.overbook("apartment", "2027-03-10", "2027-03-11", 1)
    assert rooms_of(await desk.booked("apartment", "2027-03-10", "2027-03-11")) == [None]
    problem_of(await desk.book("apartment", "2027-03-10", "2027-03-11"), 409, "sold_out")


async def test_nobody_else_sets_a_limit(desk: Desk) -> None:
    before = await contents(desk.connection)
    body = {"starts_on": "2027-03-10", "ends_on": "2027-03-12", "rooms": 1}
    twin = desk.hotel.types["twin"].id
    path = f"/businesses/{desk.hotel.id}/room-types/{twin}/overbooking"
    for party, status, code in (
        ("lodge", 404, "not_found"),
        ("harbour", 404, "not_found"),
        ("alpha", 403, "not_allowed"),
    ):
        problem_of(await desk.send("PUT", path, body, party=party), status, code)
    for hotel, party in ((desk.world.lodge, "lodge"), (desk.world.harbour, "harbour")):
        said = set()
        for type_id in (twin, 2**31 - 1):
            answer = await desk.send(
                "PUT", f"/businesses/{hotel.id}/room-types/{type_id}/overbooking", body, party=party
            )
            said.add(problem_of(answer, 404, "not_found")["detail"].replace(str(type_id), "N"))
        assert len(said) == 1
    assert await contents(desk.connection) == before


@pytest.mark.parametrize("rooms", [-5, -7, -10_000])
async def test_a_limit_that_keeps_every_room_back_hinders_no_repair(desk: Desk, rooms: int) -> None:
    """Nothing is sold, so nothing is uncovered, however far below zero the limit lies."""
    await desk.overbook("double", "2027-03-10", "2027-03-12", rooms)
    assert (await sums(desk, "double"))[1] == 0
    started = [await desk.maintained(f"10{number}", "2027-03-10", "2027-03-12") for number in range(1, 6)]
    assert (await desk.availability("2027-03-10", "2027-03-11"))["double"]["sellable"] == 0
    for each in started:
        assert (await desk.end_maintenance(each["interval"]["id"])).status_code == 204
    problem_of(await desk.book("double", "2027-03-10", "2027-03-11"), 409, "sold_out")
    booked = await desk.booked("double", "2027-03-10", "2027-03-11", override_reason="the mayor")
    assert await sums(desk, "double") == (2 * rooms, 1)
    await desk.stepped(booked["id"], "cancel")
    await desk.overbook("double", "2027-03-10", "2027-03-12", 0)
    assert (await desk.availability("2027-03-10", "2027-03-12"))["double"]["sellable"] == 5


async def test_what_is_sold_beside_rooms_kept_back_stays_covered(desk: Desk) -> None:
    await desk.overbook("double", "2027-03-10", "2027-03-11", -4)
    await desk.booked("double", "2027-03-10", "2027-03-11", room="101")
    problem_of(await desk.maintain("105", "2027-03-10", "2027-03-11"), 409, "sold_nights_uncovered")
    await desk.maintained("105", "2027-03-10", "2027-03-11", override_reason="no water")
    assert (await sums(desk, "double"))[1] == 1


@pytest.mark.parametrize("seed", range(3))
async def test_with_any_limit_what_is_sellable_is_what_can_be_booked(desk: Desk, seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(12):
        await desk.overbook("double", "2027-03-10", "2027-03-11", limit := chance.randint(-9, 4))
        rooms = chance.sample(range(1, 6), chance.randint(0, 5))
        out = [(await desk.maintained(f"10{number}", "2027-03-10", "2027-03-11"))["interval"]["id"] for number in rooms]
        offered = (await desk.availability("2027-03-10", "2027-03-11"))["double"]["sellable"]
        assert offered == max(0, 5 - len(out) + limit)
        stays = [await desk.booked("double", "2027-03-10", "2027-03-11") for _ in range(offered)]
        problem_of(await desk.book("double", "2027-03-10", "2027-03-11"), 409, "sold_out")
        for stay in stays:
            await desk.stepped(stay["id"], "cancel")
        for interval in out:
            assert (await desk.end_maintenance(interval)).status_code == 204
        assert await sums(desk, "double") == (limit, 0)
