"""The audit: who did what to which row, when, from where, with before and after; read by whom it concerns."""

from typing import Any

import msgspec
import pytest

from omd.db import Database
from omd.features.identity import create_token
from omd.features.reservations import NewReservation, book
from omd.kernel.actor import Actor
from support.front_desk import Desk, problem_of
from support.rights import widen_keys
from support.roles import acting_as
from support.worlds import NOW, Connection, World, hotel_actor, system_actor

Json = dict[str, Any]


@pytest.fixture(autouse=True)
def owners(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every key of this file has the rights of an owner, or of a destination's administrator."""
    widen_keys(monkeypatch)


async def audit(desk: Desk, query: str = "", *, party: str = "grand") -> list[Json]:
    """Return a page of the hotel's audit."""
    answer = await desk.send("GET", f"/businesses/{desk.hotel.id}/audit{query}", party=party)
    assert answer.status_code == 200, answer.text
    entries: list[Json] = answer.json()
    return entries


async def test_a_booking_is_three_entries_however_long(desk: Desk) -> None:
    stay = await desk.booked("double", "2027-05-01", "2027-05-11", room="101")
    entries = await audit(desk, f"?row_key={stay['id']}")
    assert sorted(entry["thing"] for entry in entries) == ["reservation_guests", "reservation_nights", "reservations"]
    by_thing = {entry["thing"]: entry for entry in entries}
    assert {entry["action"] for entry in entries} == {"insert"}
    assert {entry["actor"] for entry in entries} == {stay["booked_by"]}
    assert {entry["before"] for entry in entries} == {None}
    assert by_thing["reservations"]["after"]["arrival"] == "2027-05-01"
    assert by_thing["reservation_guests"]["after"]["last_name"] == "Popescu"
    room, double = desk.hotel.rooms["101"], desk.hotel.types["double"].id
    assert by_thing["reservation_nights"]["after"]["nights"] == [
        {"from": "2027-05-01", "until": "2027-05-11", "room_type_id": double, "room_id": room}
    ]


async def test_a_change_says_what_it_changed_and_nothing_else(desk: Desk) -> None:
    stay = await desk.booked("double", "2027-05-01", "2027-05-03")
    await desk.amended(stay["id"], note="late", adults=2)
    (entry,) = await audit(desk, f"?row_key={stay['id']}&action=update&thing=reservations")
    assert (entry["before"], entry["after"]) == ({"adults": 1, "note": None}, {"adults": 2, "note": "late"})
    await desk.amended(stay["id"], note="late")
    assert len(await audit(desk, f"?row_key={stay['id']}&action=update&thing=reservations")) == 1


async def test_a_refused_booking_leaves_nothing(desk: Desk) -> None:
    before = await audit(desk)
    refused = await desk.book("double", "2027-05-03", "2027-05-01")
    assert refused.status_code == 422
    assert await audit(desk) == before


async def test_filters_and_pages_give_every_entry_once(desk: Desk) -> None:
    for day in range(1, 6):
        await desk.booked("double", f"2027-05-0{day}", f"2027-05-0{day + 1}")
    whole = await audit(desk, "?limit=500")
    found: list[Json] = []
    path: str | None = f"/businesses/{desk.hotel.id}/audit?limit=4"
    while path is not None:
        answer = await desk.send("GET", path)
        assert len(answer.json()) <= 4
        found += answer.json()
        link = answer.headers.get("Link")
        path = None if link is None else link[1:].split(">")[0].removeprefix("/api/v1")
    assert found == whole
    assert [entry["at"] for entry in whole] == sorted((entry["at"] for entry in whole), reverse=True)
    assert len(await audit(desk, "?thing=reservations")) == 5
    by = whole[0]["actor"]
    assert len(await audit(desk, f"?by_actor={by}&thing=reservation_nights")) == 5
    assert await audit(desk, "?by_actor=nobody") == []
    at = whole[0]["at"].replace("+", "%2B")
    assert await audit(desk, f"?until={at}&limit=500") == [each for each in whole if each["at"] < whole[0]["at"]]
    assert await audit(desk, "?since=2100-01-01T00:00:00Z") == []
    problem_of(await desk.send("GET", f"/businesses/{desk.hotel.id}/audit?after=now"), 422, "invalid_input")


async def test_limits_that_somebody_sets_are_on_record_and_counting_is_not(desk: Desk) -> None:
    await desk.overbook("double", "2027-05-01", "2027-05-03", 2)
    await desk.limit_house("2027-05-01", "2027-05-02", 1)
    await desk.booked("double", "2027-05-01", "2027-05-03")
    limits = await audit(desk, "?thing=room_type_availability")
    assert [entry["after"] for entry in limits] == [{"overbooking": 2}] * 2
    (house,) = await audit(desk, "?thing=house_availability")
    assert (house["action"], house["after"]["overbooking"]) == ("insert", 1)


async def test_no_secret_of_a_key_is_quoted(
    desk: Desk, maintenance_db: Database, owner_connection: Connection, world: World
) -> None:
    async with maintenance_db.transaction(system_actor(world.alpha)) as tx:
        made = await create_token(tx, omd_id=world.alpha.id, business_id=world.grand.id, name="secretive")
    (entry,) = [each for each in await audit(desk, "?thing=access_tokens") if each["after"]["name"] == "secretive"]
    assert (entry["after"]["token_hash"], entry["after"]["prefix"]) == ("changed", made.prefix)
    stored = await owner_connection.fetchval(
        "select encode(token_hash, 'hex') from access_tokens where prefix = $1", made.prefix
    )
    quoted = await owner_connection.fetchval("select string_agg(concat(before, after), ' ') from audit_log")
    assert stored not in quoted
    assert made.token not in quoted


async def test_where_from_and_by_which_request_is_on_record(
    db: Database, owner_connection: Connection, world: World
) -> None:
    actor = msgspec.structs.replace(
        hotel_actor(world.grand), address="192.0.2.7", request_id="request-1", user_id=42, label="user:42"
    )
    wanted = msgspec.convert(
        {
            "room_type_id": world.grand.types["double"].id,
            "arrival": "2027-05-01",
            "departure": "2027-05-02",
            "guests": [{"last_name": "Ionescu"}],
        },
        NewReservation,
    )
    await db.write(actor, lambda tx: book(tx, actor, world.grand.id, wanted, now=NOW))
    rows = await owner_connection.fetch(
        "select distinct actor, user_id, address, request_id from audit_log where thing like 'reservation%'"
    )
    assert [tuple(row) for row in rows] == [("user:42", 42, "192.0.2.7", "request-1")]


async def test_a_destination_reads_what_was_done_to_itself_and_never_to_a_guest(desk: Desk, world: World) -> None:
    await desk.booked("double", "2027-05-01", "2027-05-03")
    answer = await desk.send("GET", f"/omds/{world.alpha.id}/audit", party="alpha")
    assert answer.status_code == 200, answer.text
    assert {entry["business_id"] for entry in answer.json()} == {None}
    assert "access_tokens" in {entry["thing"] for entry in answer.json()}
    problem_of(await desk.send("GET", f"/businesses/{desk.hotel.id}/audit", party="alpha"), 403, "not_allowed")
    problem_of(await desk.send("GET", f"/omds/{world.beta.id}/audit", party="alpha"), 404, "not_found")
    problem_of(await desk.send("GET", f"/omds/{world.alpha.id}/audit"), 403, "not_allowed")


@pytest.mark.parametrize("stranger", ["harbour", "lodge"])
async def test_another_hotel_reads_nothing(desk: Desk, stranger: str) -> None:
    stay = await desk.booked("double", "2027-05-01", "2027-05-03")
    there = await desk.send("GET", f"/businesses/{desk.hotel.id}/audit", party=stranger)
    nowhere = await desk.send("GET", "/businesses/2147483647/audit", party=stranger)
    assert there.text == nowhere.text.replace("2147483647", str(desk.hotel.id))
    problem_of(there, 404, "not_found")
    problem_of(await desk.send("GET", f"/reservations/{stay['id']}/changes", party=stranger), 404, "not_found")


async def test_who_administers_a_hotel_without_reading_its_guests_sees_no_guest(
    desk: Desk, owner_connection: Connection, world: World
) -> None:
    """A destination that invites a hotel's owners administers there; what tells of guests stays closed to it."""
    await desk.booked("double", "2027-05-01", "2027-05-03")
    inviting = Actor(
        world.alpha.id,
        "omd",
        (world.grand.id, world.lodge.id),
        (),
        "user:1",
        admin_business_ids=(world.grand.id, world.lodge.id),
    )
    async with acting_as(owner_connection, "omd_app", inviting):
        things = {row[0] for row in await owner_connection.fetch("select distinct thing from audit_log")}
    assert "room_types" in things
    assert {thing for thing in things if thing.startswith("reservation")} == set()


async def test_the_changes_of_a_stay_are_told_field_by_field(desk: Desk) -> None:
    stay = await desk.booked("double", "2027-05-01", "2027-05-03", room="101")
    await desk.amended(
        stay["id"],
        departure="2027-05-04",
        room="102",
        guests=[{"first_name": "Ana", "last_name": "Pop"}, {"last_name": "Pop"}],
    )
    await desk.stepped(stay["id"], "cancel", {"reason": "ill"})
    answer = await desk.send("GET", f"/reservations/{stay['id']}/changes")
    assert answer.status_code == 200, answer.text
    changes: list[Json] = answer.json()
    told = [(each["of"], each["guest"], each["field"], each["before"], each["after"]) for each in changes]
    assert ("reservation", None, "departure", None, "2027-05-03") in told
    assert ("reservation", None, "departure", "2027-05-03", "2027-05-04") in told
    assert ("guest", 1, "last_name", "Popescu", "Pop") in told
    assert ("guest", 2, "last_name", None, "Pop") in told
    assert ("guest", 1, "first_name", None, "Ana") in told
    assert [each for each in told if each[:3] == ("guest", 1, "first_name")] == [
        ("guest", 1, "first_name", None, "Ana")
    ]
    assert ("reservation", None, "status", "confirmed", "cancelled") in told
    assert ("reservation", None, "cancellation_reason", None, "ill") in told
    nights = [each for each in changes if each["of"] == "nights"]
    double, rooms = desk.hotel.types["double"].id, desk.hotel.rooms
    first = [{"from": "2027-05-01", "until": "2027-05-03", "room_type_id": double, "room_id": rooms["101"]}]
    second = [{"from": "2027-05-01", "until": "2027-05-04", "room_type_id": double, "room_id": rooms["102"]}]
    assert [(each["before"], each["after"]) for each in nights] == [(None, first), (first, second), (second, None)]
    assert {each["by"] for each in changes} == {stay["booked_by"]}


async def test_the_feed_of_a_stay_is_paged_by_whole_changes(desk: Desk) -> None:
    stay = await desk.booked("double", "2027-05-01", "2027-05-03")
    for number in range(6):
        await desk.amended(stay["id"], note=f"note {number}", guests=[{"last_name": f"Pop {number}"}])
    whole = (await desk.send("GET", f"/reservations/{stay['id']}/changes")).json()
    found: list[Json] = []
    path: str | None = f"/reservations/{stay['id']}/changes?limit=2"
    pages = 0
    while path is not None:
        answer = await desk.send("GET", path)
        found += answer.json()
        pages += 1
        link = answer.headers.get("Link")
        path = None if link is None else link[1:].split(">")[0].removeprefix("/api/v1")
    assert found == whole
    assert pages == 7
