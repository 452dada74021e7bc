"""Destinations, hotels, room types and rooms through HTTP."""

from support.front_desk import Desk, problem_of
from support.worlds import HORIZON_ENDS_ON


async def pages(desk: Desk, path: str, *, party: str) -> list[list[dict[str, object]]]:
    """Follow the links to the last page."""
    found = []
    while path:
        answer = await desk.send("GET", path, party=party)
        assert answer.status_code == 200, answer.text
        found.append(answer.json())
        path = answer.links["next"]["url"].removeprefix("/api/v1") if "next" in answer.links else ""
    return found


async def test_a_destination_and_its_members(desk: Desk) -> None:
    alpha = desk.world.alpha
    for party in ("alpha", "grand"):
        read = await desk.send("GET", f"/omds/{alpha.id}", party=party)
        assert read.json() == {"id": alpha.id, "code": "alpha", "name": "Alpha"}
    members = await pages(desk, f"/omds/{alpha.id}/businesses?limit=1", party="alpha")
    assert [[member["code"] for member in page] for page in members] == [["grand"], ["lodge"]]
    own = await pages(desk, f"/omds/{alpha.id}/businesses", party="grand")
    assert [[member["code"] for member in page] for page in own] == [["grand"]]


async def test_a_hotel(desk: Desk) -> None:
    for party in ("grand", "alpha"):
        read = await desk.send("GET", f"/businesses/{desk.hotel.id}", party=party)
        assert read.json() == {
            "omd_id": desk.world.alpha.id,
            "id": desk.hotel.id,
            "code": "grand",
            "name": "Grand",
            "time_zone": "Europe/Bucharest",
            "currency": "RON",
            "business_date": None,
        }


async def test_its_room_types(desk: Desk) -> None:
    read = await desk.send("GET", f"/businesses/{desk.hotel.id}/room-types")
    assert {each["code"]: (each["quantity"], each["max_adults"], each["max_occupancy"]) for each in read.json()} == {
        "double": (5, 2, 3),
        "single": (3, 1, 1),
        "twin": (2, 2, 2),
        "apartment": (0, 4, 6),
    }


async def test_its_rooms_page_by_page(desk: Desk) -> None:
    found = await pages(desk, f"/businesses/{desk.hotel.id}/rooms?limit=3", party="grand")
    assert [len(page) for page in found] == [3, 3, 3, 1]
    numbers = [room["number"] for page in found for room in page]
    assert numbers == ["101", "102", "103", "104", "105", "201", "202", "203", "301", "302"]
    assert found[0][0] == {
        "omd_id": desk.world.alpha.id,
        "business_id": desk.hotel.id,
        "id": desk.hotel.rooms["101"],
        "room_type_id": desk.hotel.types["double"].id,
        "number": "101",
        "floor": 1,
        "features": [],
    }


async def test_a_full_last_page_has_no_next(desk: Desk) -> None:
    found = await pages(desk, f"/businesses/{desk.hotel.id}/rooms?limit=5", party="grand")
    assert [len(page) for page in found] == [5, 5]


async def test_what_is_another_tenants_is_not_there(desk: Desk) -> None:
    said = set()
    for party in ("harbour", "lodge"):
        for thing in ("", "/room-types", "/rooms", "/rooms?limit=1&after=101"):
            for hotel in (desk.hotel.id, 2**31 - 1):
                answer = await desk.send("GET", f"/businesses/{hotel}{thing}", party=party)
                said.add(problem_of(answer, 404, "not_found")["detail"].replace(str(hotel), "N"))
    assert said == {"There is no hotel N."}
    said.clear()
    for omd in (desk.world.alpha.id, 2**31 - 1):
        for thing in ("", "/businesses"):
            answer = await desk.send("GET", f"/omds/{omd}{thing}", party="harbour")
            said.add(problem_of(answer, 404, "not_found")["detail"].replace(str(omd), "N"))
    assert said == {"There is no destination N."}


async def test_the_horizon_is_what_the_refusal_says(desk: Desk) -> None:
    last = HORIZON_ENDS_ON.isoformat()
    assert (await desk.availability("2028-03-31", last))["double"]["available"] == 5
    await desk.booked("double", "2028-03-31", last)
