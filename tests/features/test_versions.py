"""Optimistic concurrency by ETag and If-Match, and the list of stays, page by page."""

import asyncio
from typing import Any

import httpx
import pytest

from support.front_desk import Desk, contents, pointers, problem_of


async def note(desk: Desk, stay: str, text: str, if_match: str) -> httpx.Response:
    """Change the note of a stay as it was read."""
    return await desk.send("PATCH", f"/reservations/{stay}", {"note": text}, If_Match=if_match)


async def test_who_read_an_old_version_is_told(desk: Desk) -> None:
    booked = await desk.booked("twin", "2027-03-10", "2027-03-12")
    first = await note(desk, booked["id"], "first", '"1"')
    assert (first.status_code, first.headers["ETag"]) == (200, '"2"')
    before = await contents(desk.connection)
    refused = problem_of(await note(desk, booked["id"], "second", '"1"'), 409, "stale_version")
    assert refused["data"]["current_version"] == 2
    assert refused["data"]["current"] == first.json()
    told = {key: refused["data"]["changes"][0][key] for key in ("version", "type", "by", "fields")}
    assert told == {
        "version": 2,
        "type": "reservation.amended",
        "by": first.json()["booked_by"],
        "fields": ["note"],
    }
    assert "reservation.amended" in refused["detail"]
    assert await contents(desk.connection) == before
    assert (await note(desk, booked["id"], "second", '"2"')).headers["ETag"] == '"3"'


async def test_of_two_who_read_the_same_one_wins(desk: Desk) -> None:
    booked = await desk.booked("twin", "2027-03-10", "2027-03-12")
    answers = await asyncio.gather(*(note(desk, booked["id"], str(n), '"1"') for n in range(8)))
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 7
    assert (await desk.stay(booked["id"]))["version"] == 2


@pytest.mark.parametrize("if_match", ["*", '"7", "1"', ' "1" ', '"1","7"'])
async def test_what_matches(desk: Desk, if_match: str) -> None:
    booked = await desk.booked("twin", "2027-03-10", "2027-03-12")
    assert (await note(desk, booked["id"], "x", if_match)).status_code == 200


@pytest.mark.parametrize("if_match", ['"7"', '"01"', 'W/"1"', '""'])
async def test_what_does_not_match(desk: Desk, if_match: str) -> None:
    booked = await desk.booked("twin", "2027-03-10", "2027-03-12")
    problem_of(await note(desk, booked["id"], "x", if_match), 409, "stale_version")


@pytest.mark.parametrize("if_match", ["1", '"1', "one", '"1"; "2"x', ","])
async def test_what_is_no_entity_tag(desk: Desk, if_match: str) -> None:
    booked = await desk.booked("twin", "2027-03-10", "2027-03-12")
    assert pointers(problem_of(await note(desk, booked["id"], "x", if_match), 422, "invalid_input")) == ["If-Match"]


async def test_every_step_keeps_to_the_version(desk: Desk) -> None:
    booked = await desk.booked("twin", "2027-03-01", "2027-03-03")
    other = await desk.booked("twin", "2027-03-01", "2027-03-03")
    before = await contents(desk.connection)
    for step in ("check-in", "cancel", "no-show"):
        answer = await desk.send("POST", f"/reservations/{booked['id']}/{step}", If_Match='"9"')
        problem_of(answer, 409, "stale_version")
    assert await contents(desk.connection) == before
    for step, version in (("check-in", 1), ("undo-check-in", 2), ("check-in", 3), ("check-out", 4)):
        answer = await desk.send("POST", f"/reservations/{booked['id']}/{step}", If_Match=f'"{version}"')
        assert (answer.status_code, answer.headers["ETag"]) == (200, f'"{version + 1}"')
    assert (await desk.send("POST", f"/reservations/{other['id']}/cancel", If_Match='"1"')).status_code == 200


async def listed(desk: Desk, query: str = "") -> list[dict[str, Any]]:
    """Return every stay of the list, following its links."""
    path = f"/businesses/{desk.hotel.id}/reservations?{query}"
    found: list[dict[str, Any]] = []
    while path:
        answer = await desk.send("GET", path)
        assert answer.status_code == 200, answer.text
        found += answer.json()
        path = answer.links["next"]["url"].removeprefix("/api/v1") if "next" in answer.links else ""
    return found


async def test_the_list_is_whole_in_order_and_without_doubles(desk: Desk) -> None:
    arrivals = ["2027-03-12", "2027-03-10", "2027-03-10", "2027-03-11", "2027-03-10", "2027-03-14", "2027-03-12"]
    booked = [await desk.booked("double", arrival, "2027-03-16") for arrival in arrivals[:5]]
    booked += [await desk.booked("single", arrival, "2027-03-16") for arrival in arrivals[5:]]
    expected = sorted((stay["arrival"], stay["id"]) for stay in booked)
    for limit in (1, 2, 3, 7, 100):
        assert [(stay["arrival"], stay["id"]) for stay in await listed(desk, f"limit={limit}")] == expected
    one = (await listed(desk))[0]
    assert one["guest_name"] == "Ana Popescu"
    assert (len(one["room_numbers"]), one["unassigned_nights"]) == (1, 0)


async def test_the_list_is_narrowed(desk: Desk) -> None:
    early = await desk.booked("twin", "2027-03-01", "2027-03-04")
    late = await desk.booked("twin", "2027-03-10", "2027-03-12")
    gone = await desk.booked("twin", "2027-03-10", "2027-03-12")
    await desk.stepped(early["id"], "check-in")
    await desk.stepped(gone["id"], "cancel")

    async def ids(query: str) -> set[str]:
        return {stay["id"] for stay in await listed(desk, query)}

    assert await ids("status=in_house") == {early["id"]}
    assert await ids("status=in_house&status=cancelled&limit=1") == {early["id"], gone["id"]}
    assert await ids(f"code={late['code']}") == {late["id"]}
    assert await ids("code=NOSUCH") == set()
    assert await ids("since=2027-03-03&until=2027-03-10") == {early["id"]}
    assert await ids("since=2027-03-04") == {late["id"], gone["id"]}
    assert await ids("since=2027-03-11&status=confirmed") == {late["id"]}
    assert await ids("until=2027-03-01") == set()


async def test_nobody_else_lists_or_reads_a_stay(desk: Desk) -> None:
    booked = await desk.booked("twin", "2027-03-10", "2027-03-12")
    for party, refusal in (
        ("lodge", (404, "not_found")),
        ("harbour", (404, "not_found")),
        ("alpha", (403, "not_allowed")),
    ):
        said = set()
        for stay in (booked["id"], "00000000-0000-0000-0000-000000000001"):
            answer = await desk.send("GET", f"/reservations/{stay}", party=party)
            said.add(problem_of(answer, *refusal)["detail"].replace(stay, "N"))
        assert len(said) == 1
    path = f"/businesses/{desk.hotel.id}/reservations"
    for party, status, code in (
        ("lodge", 404, "not_found"),
        ("harbour", 404, "not_found"),
        ("alpha", 403, "not_allowed"),
    ):
        problem_of(await desk.send("GET", path, party=party), status, code)
