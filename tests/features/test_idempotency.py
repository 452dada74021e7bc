"""A request sent again with its Idempotency-Key gets the answer of the first, and nothing is done twice."""

import asyncio

import httpx
import pytest

from omd.db import Database
from omd.features.identity import create_token
from support.front_desk import Desk, Json, contents, problem_of
from support.worlds import system_actor

KEY = "attempt-1"


async def book(desk: Desk, body: Json, *, key: str = KEY, party: str = "grand") -> httpx.Response:
    """Ask for a stay by name of the attempt."""
    return await desk.send("POST", f"/businesses/{desk.hotel.id}/reservations", body, party=party, Idempotency_Key=key)


def same(one: httpx.Response, other: httpx.Response) -> bool:
    """Say whether two answers are the same to the byte."""
    named = ("Content-Type", "ETag", "Location", "Retry-After")
    heads = [{name: answer.headers.get(name) for name in named} for answer in (one, other)]
    return (one.status_code, one.content, heads[0]) == (other.status_code, other.content, heads[1])


async def test_the_same_request_again_gets_the_same_answer(desk: Desk) -> None:
    body = desk.body("twin", "2027-03-10", "2027-03-12")
    first = await book(desk, body)
    assert first.status_code == 201
    await desk.stepped(first.json()["id"], "cancel")
    assert same(await book(desk, body), first)
    assert await desk.connection.fetchval("select count(*) from reservations") == 1


async def test_a_refusal_is_remembered_too(desk: Desk) -> None:
    stays = [await desk.booked("twin", "2027-03-10", "2027-03-12") for _ in range(2)]
    body = desk.body("twin", "2027-03-10", "2027-03-12")
    refused = await book(desk, body)
    problem_of(refused, 409, "sold_out")
    await desk.stepped(stays[0]["id"], "cancel")
    assert same(await book(desk, body), refused)
    assert (await book(desk, body, key="attempt-2")).status_code == 201


async def test_a_refused_attempt_leaves_nothing_but_its_answer(desk: Desk) -> None:
    await desk.booked("twin", "2027-03-10", "2027-03-12", room="301", room_locked=True)
    await desk.booked("twin", "2027-03-12", "2027-03-14", room="302", room_locked=True)
    before = await contents(desk.connection)
    body = desk.body("twin", "2027-03-09", "2027-03-13", room="301")
    problem_of(await book(desk, body), 409, "room_not_free")
    assert await contents(desk.connection) == before


async def test_a_key_belongs_to_its_request(desk: Desk) -> None:
    body = desk.body("twin", "2027-03-10", "2027-03-12")
    first = await book(desk, body)
    for other in ({**body, "adults": 2}, {**body, "departure": "2027-03-13"}):
        problem_of(await book(desk, other), 422, "idempotency_key_reused")
    path = f"/reservations/{first.json()['id']}/cancel"
    problem_of(await desk.send("POST", path, Idempotency_Key=KEY), 422, "idempotency_key_reused")
    assert await desk.connection.fetchval("select count(*) from reservations") == 1


@pytest.mark.parametrize("last_room", [False, True])
async def test_twins_at_once_book_once(desk: Desk, last_room: bool) -> None:
    if last_room:
        await desk.booked("twin", "2027-03-10", "2027-03-12")
    body = desk.body("twin", "2027-03-10", "2027-03-12")
    answers = await asyncio.gather(*(book(desk, body) for _ in range(8)))
    assert answers[0].status_code == 201
    assert all(same(answer, answers[0]) for answer in answers)
    assert await desk.connection.fetchval("select count(*) from reservations") == 1 + last_room


async def test_the_key_of_another_actor_is_another_key(desk: Desk, maintenance_db: Database) -> None:
    body = desk.body("twin", "2027-03-10", "2027-03-12")
    first = await book(desk, body)
    async with maintenance_db.transaction(system_actor(desk.world.alpha)) as tx:
        colleague = await create_token(tx, omd_id=desk.world.alpha.id, business_id=desk.hotel.id, name="colleague")
    second = await desk.client.post(
        f"/api/v1/businesses/{desk.hotel.id}/reservations",
        json=body,
        headers={"Authorization": f"Bearer {colleague.token}", "Idempotency-Key": KEY},
    )
    assert second.status_code == 201
    assert second.json()["id"] != first.json()["id"]
    harbour = desk.world.harbour
    theirs = await desk.send(
        "POST",
        f"/businesses/{harbour.id}/reservations",
        {**body, "room_type_id": harbour.types["double"].id},
        party="harbour",
        Idempotency_Key=KEY,
    )
    assert theirs.status_code == 201


async def test_a_key_older_than_a_day_is_free_again(desk: Desk) -> None:
    body = desk.body("twin", "2027-03-10", "2027-03-12")
    first = await book(desk, body)
    await desk.connection.execute("update idempotency_keys set created_at = now() - interval '23 hours 59 minutes'")
    assert same(await book(desk, body), first)
    await desk.connection.execute("update idempotency_keys set created_at = now() - interval '24 hours 1 minute'")
    again = await book(desk, {**body, "adults": 2})
    assert again.status_code == 201
    assert again.json()["id"] != first.json()["id"]
    assert same(await book(desk, {**body, "adults": 2}), again)


async def test_changes_and_steps_take_keys_too(desk: Desk) -> None:
    booked = await desk.booked("twin", "2027-03-10", "2027-03-12")
    path = f"/reservations/{booked['id']}"
    changes = [await desk.send("PATCH", path, {"note": "x"}, Idempotency_Key="a", If_Match='"1"') for _ in range(2)]
    assert changes[0].status_code == 200
    assert same(*changes)
    cancels = [await desk.send("POST", f"{path}/cancel", {"reason": "y"}, Idempotency_Key="b") for _ in range(2)]
    assert cancels[0].status_code == 200
    assert same(*cancels)
    refusals = [await desk.send("POST", f"{path}/cancel", Idempotency_Key="c") for _ in range(2)]
    problem_of(refusals[0], 409, "action_refused")
    assert same(*refusals)
    assert (await desk.stay(booked["id"]))["version"] == 3


async def test_maintenance_takes_a_key(desk: Desk) -> None:
    body = {
        "room_id": desk.hotel.rooms["301"],
        "kind": "out_of_order",
        "starts_on": "2027-03-10",
        "ends_on": "2027-03-12",
        "reason": "paint",
    }
    path = f"/businesses/{desk.hotel.id}/maintenance"
    answers = [await desk.send("POST", path, body, Idempotency_Key="m") for _ in range(2)]
    assert answers[0].status_code == 201
    assert same(*answers)


async def test_without_a_key_every_request_is_a_new_one(desk: Desk) -> None:
    for _ in range(2):
        await desk.booked("twin", "2027-03-10", "2027-03-12")
    assert await desk.connection.fetchval("select count(*) from idempotency_keys") == 0
