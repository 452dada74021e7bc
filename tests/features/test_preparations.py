"""What a desk prepares for: when the guests will arrive, and what they asked for."""

from datetime import timedelta

import pytest

from omd.kernel.clock import FixedClock
from support.dumps import dumped, found_in
from support.front_desk import Desk, Json, assert_books_balance, problem_of
from support.planner_screen import read_planner
from support.rights import widen_keys
from support.servers import Servers
from support.worlds import NOW

LATE = 16
"""The flag of the planner."""


async def prepared(desk: Desk, stay: Json) -> Json:
    """Read what to prepare for."""
    answer = await desk.send("GET", f"/reservations/{stay['id']}/preparations")
    assert answer.status_code == 200, answer.text
    told: Json = answer.json()
    return told


async def expect(desk: Desk, stay: Json, at: str | None) -> Json:
    """Say when the guests will arrive."""
    answer = await desk.send("PUT", f"/reservations/{stay['id']}/estimated-arrival", {"estimated_arrival": at})
    assert answer.status_code == 200, answer.text
    told: Json = answer.json()
    return told


async def flags(desk: Desk) -> int:
    """Return the flags of the one bar of the planner."""
    drawn = await desk.send("GET", f"/businesses/{desk.hotel.id}/planner?days=7")
    (of_the_bar,) = read_planner(drawn.content).bars.flags
    return of_the_bar


@pytest.mark.parametrize(
    ("at", "late"), [("14:00", False), ("18:00", False), ("18:01", True), ("01:30", True), ("05:00", False)]
)
async def test_who_comes_after_the_hour_is_marked_in_list_and_planner(desk: Desk, at: str, late: bool) -> None:
    stay = await desk.booked("double", "2027-03-01", "2027-03-03")
    told = await expect(desk, stay, at)
    assert (told["estimated_arrival"], told["arrives_late"], told["version"]) == (at, late, 2)
    (arriving,) = (await desk.send("GET", f"/businesses/{desk.hotel.id}/arrivals")).json()
    assert (arriving["estimated_arrival"], arriving["arrives_late"]) == (at, late)
    assert bool(await flags(desk) & LATE) is late
    await desk.stepped(stay["id"], "check-in")
    assert not await flags(desk) & LATE, "who is here does not come late"
    again = await expect(desk, stay, at)
    assert again["version"] == 3, "the same once more changes nothing"
    assert (await expect(desk, stay, None))["arrives_late"] is False
    await assert_books_balance(desk.connection)


async def test_requests_are_open_until_somebody_saw_to_them(desk: Desk, clock: FixedClock) -> None:
    stay = await desk.booked("double", "2027-03-01", "2027-03-03")
    path = f"/reservations/{stay['id']}/requests"
    cot = (await desk.send("POST", path, {"kind": "baby_cot"})).json()
    words = (await desk.send("POST", path, {"text": "A quiet room, please"}, If_Match='"2"')).json()
    (arriving,) = (await desk.send("GET", f"/businesses/{desk.hotel.id}/arrivals")).json()
    assert arriving["open_requests"] == ["baby_cot", "A quiet room, please"]
    done = (await desk.send("PATCH", f"{path}/{cot['id']}", {"done": True})).json()
    assert (done["done_by"], done["done_at"] is not None) == (stay["booked_by"], True)
    clock.set(NOW + timedelta(hours=1))
    again = (await desk.send("PATCH", f"{path}/{cot['id']}", {"done": True})).json()
    assert again == done, "who did it first did it"
    (arriving,) = (await desk.send("GET", f"/businesses/{desk.hotel.id}/arrivals")).json()
    assert arriving["open_requests"] == ["A quiet room, please"]
    told = await prepared(desk, stay)
    assert [each["id"] for each in told["requests"]] == [cot["id"], words["id"]]
    reopened = (await desk.send("PATCH", f"{path}/{cot['id']}", {"done": False})).json()
    assert (reopened["done_at"], reopened["done_by"]) == (None, None)
    await assert_books_balance(desk.connection)


async def test_what_says_nothing_or_comes_too_late_is_refused(desk: Desk) -> None:
    stay = await desk.booked("double", "2027-03-01", "2027-03-03")
    path = f"/reservations/{stay['id']}"
    for body in ({}, {"text": " "}, {"kind": "Baby Cot"}, {"kind": None, "text": None}):
        problem_of(await desk.send("POST", f"{path}/requests", body), 422, "invalid_input")
    for at in ("24:00", "7:00", "18:00:00", "late", 18):
        problem_of(await desk.send("PUT", f"{path}/estimated-arrival", {"estimated_arrival": at}), 422, "invalid_input")
    stale = {"If_Match": '"7"'}
    problem_of(
        await desk.send("PUT", f"{path}/estimated-arrival", {"estimated_arrival": "20:00"}, **stale),
        409,
        "stale_version",
    )
    problem_of(await desk.send("POST", f"{path}/requests", {"kind": "cot"}, **stale), 409, "stale_version")
    unknown = "00000000-0000-7000-8000-000000000001"
    problem_of(await desk.send("PATCH", f"{path}/requests/{unknown}", {"done": True}), 404, "not_found")
    assert (await prepared(desk, stay))["version"] == 1


@pytest.mark.parametrize("stranger", ["harbour", "lodge", "alpha"])
async def test_strangers_prepare_nothing(desk: Desk, stranger: str) -> None:
    stay = await desk.booked("double", "2027-03-01", "2027-03-03")
    asked = (await desk.send("POST", f"/reservations/{stay['id']}/requests", {"text": "Secretmark"})).json()
    path = f"/reservations/{stay['id']}"
    for method, more, body in (
        ("GET", "preparations", None),
        ("PUT", "estimated-arrival", {"estimated_arrival": "20:00"}),
        ("POST", "requests", {"kind": "cot"}),
        ("PATCH", f"requests/{asked['id']}", {"done": True}),
    ):
        answer = await desk.send(method, f"{path}/{more}", body, party=stranger)
        assert answer.status_code in (403, 404)
        assert "Secretmark" not in answer.text
    told = await prepared(desk, stay)
    assert (told["version"], told["estimated_arrival"], len(told["requests"])) == (2, None, 1)


async def test_an_erasure_forgets_what_was_asked_for(
    desk: Desk, servers: Servers, database_name: str, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    widen_keys(monkeypatch)
    guest = {"last_name": "Zoelastmark", "email": "zoe@example.com"}
    stay = await desk.booked("double", "2027-03-01", "2027-03-03", guests=[guest])
    body = {"kind": "cot", "text": "wishmark"}
    await desk.send("POST", f"/reservations/{stay['id']}/requests", body, Idempotency_Key="wish")
    sought = {"email": "zoe@example.com"}
    held = await desk.send("POST", f"/businesses/{desk.hotel.id}/guests/export", sought)
    assert held.json()["reservations"][0]["requests"][0]["text"] == "wishmark"
    clock.set(NOW + timedelta(days=4))
    erased = await desk.send("POST", f"/businesses/{desk.hotel.id}/guests/erase", sought)
    assert erased.status_code == 200, erased.text
    assert found_in(dumped(servers, database_name), ["wishmark"]) == []
    (left,) = (await prepared(desk, stay))["requests"]
    assert (left["kind"], left["text"]) == ("cot", "(erased)")
