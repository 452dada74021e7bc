"""A guest's own stay: opened by code and surname, read, cancelled, and nothing else, whatever is tried."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from omd.kernel.clock import FixedClock
from support.front_desk import Desk, problem_of
from support.parties import Tokens
from support.persons import Persons
from support.worlds import World

PASS = "/api/v1/own-stay/pass"
STAY = "/api/v1/own-stay"


async def show(client: httpx.AsyncClient, world: World, code: str, surname: str) -> httpx.Response:
    """Show a code and a surname at the destination `alpha`."""
    return await client.post(PASS, json={"omd_id": world.alpha.id, "code": code, "surname": surname})


async def headers_of(client: httpx.AsyncClient, world: World, stay: dict[str, Any]) -> dict[str, str]:
    """Return what the stay's guest sends along."""
    answer = await show(client, world, stay["code"], stay["guests"][0]["last_name"])
    assert answer.status_code == 200, answer.text
    return {"Authorization": f"Bearer {answer.json()['token']}"}


async def test_a_guest_reads_their_stay_and_nothing_that_the_hotel_keeps(
    desk: Desk, client: httpx.AsyncClient, world: World
) -> None:
    booked = await desk.booked("twin", "2027-03-10", "2027-03-13", guests=[{"last_name": "Șerban-Popa"}], note="VIP")
    opened = await show(client, world, booked["code"].lower(), "serban popa")
    assert opened.status_code == 200, opened.text
    stay = opened.json()["stay"]
    assert stay == (await client.get(STAY, headers=await headers_of(client, world, booked))).json()
    assert (stay["code"], stay["business_name"], stay["room_type_name"]) == (booked["code"], "Grand", "Twin")
    assert (stay["arrival"], stay["departure"], stay["status"]) == ("2027-03-10", "2027-03-13", "confirmed")
    assert stay["actions"] == [{"action": "cancel", "allowed": True}]
    assert "VIP" not in opened.text
    assert booked["id"] not in opened.text
    assert opened.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("code", "surname"),
    [("right", "Ionescu"), ("ZZZZZZZZ", "Popescu"), ("right", "---"), ("", "Popescu"), ("other", "Popescu")],
)
async def test_a_wrong_code_or_surname_gets_the_same_answer(
    desk: Desk, client: httpx.AsyncClient, world: World, code: str, surname: str
) -> None:
    booked = await desk.booked("twin", "2027-03-10", "2027-03-13", guests=[{"last_name": "Popescu"}])
    other = await desk.booked("twin", "2027-03-10", "2027-03-13", guests=[{"last_name": "Marin"}])
    shown = {"right": booked["code"], "other": other["code"], "": "-"}.get(code, code)
    told = problem_of(await show(client, world, shown, surname), 401, "stay_not_recognised")
    nobody = problem_of(await show(client, world, "00000000", "Nobody"), 401, "stay_not_recognised")
    assert told["detail"] == nobody["detail"]


async def test_a_stay_of_another_destination_is_not_opened(desk: Desk, client: httpx.AsyncClient, world: World) -> None:
    booked = await desk.booked("twin", "2027-03-10", "2027-03-13", guests=[{"last_name": "Popescu"}])
    answer = await client.post(PASS, json={"omd_id": world.beta.id, "code": booked["code"], "surname": "Popescu"})
    problem_of(answer, 401, "stay_not_recognised")


async def test_tries_are_slowed_down_for_a_stay_that_exists_and_one_that_does_not(
    desk: Desk, client: httpx.AsyncClient, world: World
) -> None:
    booked = await desk.booked("twin", "2027-03-10", "2027-03-13", guests=[{"last_name": "Popescu"}])
    for code in (booked["code"], "00000000"):
        for _ in range(5):
            problem_of(await show(client, world, code, "Wrong"), 401, "stay_not_recognised")
        slowed = await show(client, world, code, "Wrong")
        problem_of(slowed, 429, "too_many_attempts")
        assert int(slowed.headers["retry-after"]) >= 1
    problem_of(await show(client, world, booked["code"], "Popescu"), 429, "too_many_attempts")


async def test_a_guest_cancels_once_and_who_waits_gets_the_room(
    desk: Desk, client: httpx.AsyncClient, world: World
) -> None:
    await desk.overbook("twin", "2027-03-10", "2027-03-13", 1)
    stays = [await desk.booked("twin", "2027-03-10", "2027-03-13") for _ in range(3)]
    assert [None in [night["room_id"] for night in stay["nights"]] for stay in stays] == [False, False, True]
    guest = await headers_of(client, world, stays[0])
    cancelled = await client.post(f"{STAY}/cancel", json={"reason": "Ill"}, headers={**guest, "If-Match": '"1"'})
    assert cancelled.status_code == 200, cancelled.text
    assert cancelled.json()["status"] == "cancelled"
    assert cancelled.json()["actions"][0]["code"] == "wrong_status"
    assert None not in [night["room_id"] for night in (await desk.stay(stays[2]["id"]))["nights"]]
    problem_of(await client.post(f"{STAY}/cancel", headers=guest), 409, "action_refused")
    seen = await desk.stay(stays[0]["id"])
    assert (seen["status"], seen["cancellation_reason"], seen["nights"]) == ("cancelled", "Ill", [])
    kept = await desk.connection.fetchval(
        "select actor from events where aggregate_id = $1 and type = 'reservation.cancelled'", stays[0]["id"]
    )
    assert kept == f"guest:{stays[0]['code']}"


async def test_a_repeated_cancellation_gets_the_answer_of_the_first(
    desk: Desk, client: httpx.AsyncClient, world: World
) -> None:
    booked = await desk.booked("twin", "2027-03-10", "2027-03-13")
    guest = {**await headers_of(client, world, booked), "Idempotency-Key": "once"}
    first = await client.post(f"{STAY}/cancel", headers=guest)
    again = await client.post(f"{STAY}/cancel", headers=guest)
    assert (first.status_code, first.content) == (200, again.content)


async def test_a_guest_in_the_house_does_not_cancel(desk: Desk, client: httpx.AsyncClient, world: World) -> None:
    booked = await desk.booked("twin", "2027-03-01", "2027-03-03")
    await desk.stepped(booked["id"], "check-in")
    guest = await headers_of(client, world, booked)
    refused = problem_of(await client.post(f"{STAY}/cancel", headers=guest), 409, "action_refused")
    assert refused["data"]["reason_code"] == "wrong_status"


async def test_a_pass_ends_and_a_changed_one_opens_nothing(
    desk: Desk, client: httpx.AsyncClient, world: World, clock: FixedClock
) -> None:
    booked = await desk.booked("twin", "2027-03-10", "2027-03-13")
    guest = await headers_of(client, world, booked)
    token = guest["Authorization"]
    flipped = token[:20] + ("A" if token[20] != "A" else "B") + token[21:]
    for changed in (token[:-2], flipped, "Bearer guest_", token + "é"):
        answer = await client.get(STAY, headers={b"Authorization": changed.encode()})
        problem_of(answer, 401, "not_authenticated")
    clock.set(clock.now() + timedelta(minutes=30))
    problem_of(await client.get(STAY, headers=guest), 401, "not_authenticated")


async def test_a_forgotten_guest_is_not_let_in_by_the_word_that_stands_for_them(
    desk: Desk, client: httpx.AsyncClient, world: World, persons: Persons
) -> None:
    booked = await desk.booked("twin", "2027-03-10", "2027-03-13", guests=[{"last_name": "Popescu"}])
    await desk.stepped(booked["id"], "cancel")
    owner = await persons.headers("olga", ("owner", world.grand))
    sought = {"last_name": "Popescu", "code": booked["code"]}
    erased = await client.post(f"/api/v1/businesses/{world.grand.id}/guests/erase", json=sought, headers=owner)
    assert erased.status_code == 200, erased.text
    assert (await desk.stay(booked["id"]))["guests"][0]["last_name"] == "(erased)"
    for surname in ("erased", "(erased)", "Popescu"):
        problem_of(await show(client, world, booked["code"], surname), 401, "stay_not_recognised")


async def test_a_guest_reaches_no_other_operation_and_nobody_else_reaches_theirs(
    desk: Desk, client: httpx.AsyncClient, world: World, tokens: Tokens
) -> None:
    booked = await desk.booked("twin", "2027-03-10", "2027-03-13")
    guest = await headers_of(client, world, booked)
    for path in (
        f"/api/v1/reservations/{booked['id']}",
        f"/api/v1/businesses/{world.grand.id}/reservations",
        f"/api/v1/businesses/{world.grand.id}",
        f"/api/v1/omds/{world.alpha.id}",
    ):
        problem_of(await client.get(path, headers=guest), 403, "not_allowed")
    problem_of(await client.get(STAY, headers=tokens.of("grand")), 403, "not_allowed")
    problem_of(await client.get(STAY), 401, "not_authenticated")
