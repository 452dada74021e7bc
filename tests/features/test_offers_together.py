"""Several rooms asked for at once: each has its offers, and the answer says whether all can be had."""

import pytest

from support.front_desk import Json
from support.revenue import RevenueDesk
from support.worlds import Connection

TWO = {"adults": 2}
THREE = {"adults": 2, "child_ages": [5]}


@pytest.fixture
async def desk(revenue: RevenueDesk) -> RevenueDesk:
    """A house with 5 doubles (3 guests at most, 120 a night) and 2 twins (2 guests, 100), of one plan."""
    plan = await revenue.plan("FLEX", brackets=[{"from_age": 0, "until_age": 12}])
    for types, amounts in (("double", ["90.00", "120.00"]), ("twin", ["80.00", "100.00"])):
        await revenue.priced(
            {**revenue.season(plan, types, "2027-05-01", "2027-06-01", *amounts), "children": ["20.00"]}
        )
    return revenue


async def ask(desk: RevenueDesk, rooms: list[Json], **more: object) -> Json:
    """Ask for rooms from 10 to 12 May."""
    body = {"arrival": "2027-05-10", "departure": "2027-05-12", "rooms": rooms, **more}
    answer = await desk.send("POST", "/offers", body)
    assert answer.status_code == 200, answer.text
    said: Json = answer.json()
    return said


async def close(connection: Connection, desk: RevenueDesk, kind: str, rooms: int, since: str, until: str) -> None:
    """Take rooms of a type off sale on some nights."""
    await connection.execute(
        "update room_type_availability set overbooking = -$4::int where omd_id = $1 and business_id = $2 "
        "and room_type_id = $3 and date >= $5::text::date and date < $6::text::date",
        *(desk.hotel.omd_id, desk.hotel.id, desk.hotel.types[kind].id, rooms, since, until),
    )


async def test_rooms_that_go_together_are_said_to(desk: RevenueDesk) -> None:
    for rooms in ([TWO] * 7, [THREE] * 5 + [TWO] * 2):
        assert (await ask(desk, rooms))["together"] == {"possible": True, "at_most": 7, "short": [], "instead": None}
    assert (await ask(desk, [TWO]))["together"] is None


async def test_more_rooms_than_are_left_are_offered_each_and_not_together(desk: RevenueDesk) -> None:
    said = await ask(desk, [THREE] * 6 + [TWO])
    assert all(room["offers"] for room in said["rooms"])
    together = said["together"]
    double = desk.hotel.types["double"].id
    assert (together["possible"], together["at_most"]) == (False, 6)
    assert together["short"] == [{"room_type_ids": [double], "rooms": 6, "available": 5}]
    assert together["instead"] == {"dates": [], "room_types": []}


async def test_what_the_whole_party_could_have_is_told(desk: RevenueDesk, owner_connection: Connection) -> None:
    double, twin = desk.hotel.types["double"].id, desk.hotel.types["twin"].id
    await close(owner_connection, desk, "double", 2, "2027-05-11", "2027-05-12")
    together = (await ask(desk, [TWO] * 5, room_type_ids=[double]))["together"]
    assert together["short"] == [{"room_type_ids": [double], "rooms": 5, "available": 3}]
    first = together["instead"]["dates"][0]
    assert {(each["arrival"], each["departure"]) for each in first["rooms"]} == {("2027-05-10", "2027-05-11")}
    assert ([each["room_type_id"] for each in first["rooms"]], first["total"]) == ([double] * 5, "600.00")
    (mixed,) = together["instead"]["room_types"]
    assert sorted(each["room_type_id"] for each in mixed["rooms"]) == sorted([twin] * 2 + [double] * 3)
    assert mixed["total"] == "1120.00"


async def test_rooms_that_are_offered_nothing_are_no_shortage(desk: RevenueDesk) -> None:
    said = await ask(desk, [TWO, {"adults": 9}])
    assert said["rooms"][1]["refused"]
    nothing: Json = {"dates": [], "room_types": []}
    assert said["together"] == {"possible": False, "at_most": 1, "short": [], "instead": nothing}
