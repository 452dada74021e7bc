"""PostgreSQL killed by SIGKILL in the middle of bookings: what was acknowledged is there, and nothing twice."""

import asyncio
from datetime import timedelta
from http import HTTPStatus
from typing import Any

import asyncpg
import httpx
import msgspec

from omd.db import Database
from omd.db.embedded import EmbeddedPostgres
from omd.entrypoints.constraint_errors import CONSTRAINT_ERRORS
from omd.features.availability import check_supply
from omd.features.reservations import check_demand
from omd.kernel.clock import FixedClock
from support.parties import make_tokens
from support.served_app import served
from support.worlds import NOW, TODAY, World, system_actor

GUESTS = 200
KILLS_AT = (20, 90, 150)
"""Acknowledged bookings at which the server is killed."""

NIGHTS = 100
PATIENCE_SECONDS = 120.0


class Crashing(msgspec.Struct):
    """A server that is killed as soon as enough bookings are acknowledged, and started again."""

    server: EmbeddedPostgres
    acknowledged: dict[str, dict[str, Any]]
    reached: asyncio.Queue[int]
    refused_for_now: int = 0

    def acknowledge(self, key: str, answer: dict[str, Any]) -> None:
        """Note an answer, and tell when enough of them are there."""
        self.acknowledged[key] = answer
        if len(self.acknowledged) in KILLS_AT:
            self.reached.put_nowait(len(self.acknowledged))

    async def kill_and_start(self) -> None:
        """Kill the postmaster and all its children, each time a number of bookings is reached."""
        for _ in KILLS_AT:
            await self.reached.get()
            await asyncio.to_thread(self.server.kill)
            assert not self.server.is_running()
            await asyncio.to_thread(self.server.start)


async def book_until_answered(
    client: httpx.AsyncClient, crash: Crashing, path: str, key: str, body: object, headers: dict[str, str]
) -> None:
    """Send one booking again and again under its key until it is answered; note the first answer."""
    while True:
        answer = await client.post(path, json=body, headers={**headers, "Idempotency-Key": key})
        if answer.status_code == HTTPStatus.CREATED:
            crash.acknowledge(key, answer.json())
            return
        assert answer.status_code == HTTPStatus.SERVICE_UNAVAILABLE, answer.text
        assert int(answer.headers["Retry-After"]) > 0
        crash.refused_for_now += 1
        await asyncio.sleep(0)


async def test_what_was_acknowledged_survives_a_kill(world_and_server: tuple[World, EmbeddedPostgres]) -> None:
    """200 guests want the 200 nights there are in two twins, each of them once."""
    world, server = world_and_server
    maintenance = Database(
        server.dsn(user="omd_maintenance"), role="omd_maintenance", constraint_errors=CONSTRAINT_ERRORS, pool_size=2
    )
    requests = Database(server.dsn(user="omd_app"), role="omd_app", constraint_errors=CONSTRAINT_ERRORS, pool_size=20)
    await maintenance.open()
    await requests.open()
    try:
        headers = (await make_tokens(maintenance, world)).of("grand")
        path = f"/api/v1/businesses/{world.grand.id}/reservations"
        bodies = {f"guest-{number}": _body(world, number) for number in range(GUESTS)}
        crash = Crashing(server, {}, asyncio.Queue())
        async with served(requests, FixedClock(NOW), None) as client:
            async with asyncio.timeout(PATIENCE_SECONDS), asyncio.TaskGroup() as group:
                group.create_task(crash.kill_and_start())
                for key, body in bodies.items():
                    group.create_task(book_until_answered(client, crash, path, key, body, headers))
            assert crash.refused_for_now > 0
            for key, body in bodies.items():
                again = await client.post(path, json=body, headers={**headers, "Idempotency-Key": key})
                assert (again.status_code, again.json()) == (HTTPStatus.CREATED, crash.acknowledged[key])
        await _assert_each_is_there_once(server, crash)
        async with maintenance.reading(system_actor(world.alpha)) as tx:
            verdicts = [
                *await check_supply(tx, world.alpha.id),
                *await check_demand(tx, world.alpha.id, now=NOW),
            ]
        assert [verdict for verdict in verdicts if verdict.breaches] == []
    finally:
        await requests.close()
        await maintenance.close()


def _body(world: World, number: int) -> dict[str, object]:
    arrival = TODAY + timedelta(days=number % NIGHTS)
    return {
        "room_type_id": world.grand.types["twin"].id,
        "arrival": str(arrival),
        "departure": str(arrival + timedelta(days=1)),
        "guests": [{"last_name": f"Guest {number}"}],
        "external_reference": f"guest-{number}",
    }


async def _assert_each_is_there_once(server: EmbeddedPostgres, crash: Crashing) -> None:
    connection = await asyncpg.connect(server.dsn(user="postgres"))
    try:
        rows = await connection.fetch("select id::text, external_reference from reservations")
        nights = await connection.fetchval("select count(*) from reservation_nights where room_id is not null")
    finally:
        await connection.close()
    assert len(rows) == nights == GUESTS
    assert {row["external_reference"]: row["id"] for row in rows} == {
        key: answer["id"] for key, answer in crash.acknowledged.items()
    }
