"""Registration forms in a series: each its number for good, without a gap, whoever prints at once."""

import asyncio

import pytest

from support.front_desk import Desk, Json, problem_of
from support.papers import pages_of
from support.racing import held_up, until_waiting
from support.rights import widen_keys
from support.worlds import Connection

RULES: Json = {"rules": [{"fields": [{"field": "last_name"}]}]}
STAYS = 6
NUMBERS_LOCK = "select pg_advisory_xact_lock(1870212714, $1)"


@pytest.fixture(autouse=True)
def owners(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every key of this file has the rights of its hotel's owner: a key by itself reads no document."""
    widen_keys(monkeypatch)


async def number_in(desk: Desk, series: str | None) -> None:
    """Say in which series the forms are numbered."""
    answer = await desk.send("PUT", f"/businesses/{desk.hotel.id}/registration-rules", {**RULES, "series": series})
    assert answer.status_code == 200, answer.text
    assert answer.json()["series"] == series
    read = await desk.send("GET", f"/businesses/{desk.hotel.id}/registration-rules")
    assert read.json() == answer.json()


async def booked(desk: Desk, *names: str) -> Json:
    guests = [{"last_name": each} for each in names]
    return await desk.booked("double", "2027-03-01", "2027-03-04", guests=guests)


async def numbers(desk: Desk, stay: Json) -> list[str]:
    """Draw up the forms of a stay; return their numbers."""
    answer = await desk.send("GET", f"/reservations/{stay['id']}/registration-forms")
    assert answer.status_code == 200, answer.text
    return [each["number"] for each in answer.json()["forms"]]


async def test_forms_get_the_next_numbers_when_they_are_first_drawn_up(desk: Desk) -> None:
    one, two = await booked(desk, "Pop", "Rus"), await booked(desk, "Marin")
    assert await numbers(desk, one) == [f"{one['code']}/1", f"{one['code']}/2"]
    await number_in(desk, "FA")
    assert await numbers(desk, two) == ["FA 000001"]
    assert await numbers(desk, one) == ["FA 000002", "FA 000003"]
    assert await numbers(desk, two) == ["FA 000001"], "drawn up again it keeps its number"
    more = {"guests": [{"last_name": "Marin", "first_name": "Ion"}, {"last_name": "Luca"}]}
    assert (await desk.amend(two["id"], **more)).status_code == 200
    assert await numbers(desk, two) == ["FA 000001", "FA 000004"]
    printed = await desk.send("GET", f"/reservations/{two['id']}/registration-forms/pdf")
    assert "FA 000004" in "".join(pages_of(printed.content))
    await number_in(desk, "FB")
    three = await booked(desk, "Stan")
    assert (await numbers(desk, three), await numbers(desk, one)) == (["FB 000001"], ["FA 000002", "FA 000003"])
    await number_in(desk, None)
    assert await numbers(desk, one) == ["FA 000002", "FA 000003"]
    again = await booked(desk, "Dan")
    assert await numbers(desk, again) == [f"{again['code']}/1"]
    await number_in(desk, "FA")
    assert await numbers(desk, again) == ["FA 000005"]


async def test_who_prints_at_once_leaves_no_gap(desk: Desk, owner_connection: Connection) -> None:
    await number_in(desk, "FA")
    stays = [await desk.booked("double", "2027-03-01", "2027-03-02") for _ in range(5)]
    async with held_up(desk.connection, NUMBERS_LOCK, desk.hotel.id):
        race = [asyncio.create_task(numbers(desk, stays[at % 5])) for at in range(STAYS)]
        await until_waiting(owner_connection, STAYS)
    given = [each for (each,) in await asyncio.gather(*race)]
    assert sorted(set(given)) == [f"FA {number:06}" for number in range(1, 6)]
    assert given[0] == given[5], "two who print one form print one number"


async def test_every_hotel_counts_by_itself_and_a_series_is_a_short_code(desk: Desk) -> None:
    rules = f"/businesses/{desk.world.lodge.id}/registration-rules"
    assert (await desk.send("PUT", rules, {**RULES, "series": "FA"}, party="lodge")).status_code == 200
    await number_in(desk, "FA")
    assert await numbers(desk, await booked(desk, "Pop")) == ["FA 000001"]
    body = {
        "room_type_id": desk.world.lodge.types["double"].id,
        "arrival": "2027-03-01",
        "departure": "2027-03-02",
        "guests": [{"last_name": "Neighbour"}],
    }
    path = f"/businesses/{desk.world.lodge.id}/reservations"
    stay = (await desk.send("POST", path, body, party="lodge")).json()
    forms = f"/reservations/{stay['id']}/registration-forms"
    problem_of(await desk.send("GET", forms), 404, "not_found")
    told = (await desk.send("GET", forms, party="lodge")).json()
    assert [each["number"] for each in told["forms"]] == ["FA 000001"]
    for wrong in ("fa", "", "F A", "ABCDEFGHIJK", "FA\n"):
        body = {**RULES, "series": wrong}
        problem_of(await desk.send("PUT", rules, body, party="lodge"), 422, "invalid_input")
