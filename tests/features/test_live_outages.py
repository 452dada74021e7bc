"""Open streams while what they lean on is away: nothing is lost, nothing is told twice."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from pathlib import Path

import httpx
import pytest
from litestar import Litestar

from omd.db import Database
from omd.db.embedded import EmbeddedPostgres
from omd.entrypoints.api.app import AppServices, create_app
from omd.entrypoints.constraint_errors import CONSTRAINT_ERRORS
from omd.infra.embedded_redis import EmbeddedRedis
from omd.infra.events import Relay
from omd.infra.mail import FileMailer
from omd.kernel.clock import FixedClock
from support.parties import Tokens, make_tokens
from support.served_app import KEYRING, PLENTY, client_of
from support.streams import listening
from support.worlds import NOW, World

STAYS = 12


@asynccontextmanager
async def application(
    server: EmbeddedPostgres, folder: Path, redis_url: str | None, world: World
) -> AsyncIterator[tuple[Litestar, Tokens]]:
    """The application on a server that may go away, a relay at work beside it."""

    def database(role: str, size: int) -> Database:
        dsn = server.dsn(user=role)
        return Database(dsn, role=role, constraint_errors=CONSTRAINT_ERRORS, pool_size=size)  # type: ignore[arg-type]

    requests, events, maintenance = database("omd_app", 5), database("omd_relay", 2), database("omd_maintenance", 1)
    for each in (requests, events, maintenance):
        await each.open()
    stopping = asyncio.Event()
    relaying = asyncio.create_task(Relay(events).run(stopping))
    clock = FixedClock(NOW)
    try:
        tokens = await make_tokens(maintenance, world)
        mailer = FileMailer(folder, sender="omd@example.com", clock=clock)
        yield (
            create_app(
                AppServices(
                    database=requests,
                    events=events,
                    clock=clock,
                    keyring=KEYRING,
                    mailer=mailer,
                    redis_url=redis_url,
                    quotas=PLENTY,
                )
            ),
            tokens,
        )
    finally:
        stopping.set()
        await relaying
        for each in (requests, events, maintenance):
            await each.close()


async def book(client: httpx.AsyncClient, world: World, headers: dict[str, str], number: int) -> str:
    """Book a stay, however often it is refused for now; return its id."""
    hotel = world.grand
    body = {
        "room_type_id": hotel.types["double"].id,
        "arrival": f"2027-03-{1 + number:02d}",
        "departure": f"2027-03-{2 + number:02d}",
        "guests": [{"last_name": "Popescu"}],
    }
    path = f"/api/v1/businesses/{hotel.id}/reservations"
    async with asyncio.timeout(60):
        while True:
            answer = await client.post(path, json=body, headers={**headers, "Idempotency-Key": f"stay-{number}"})
            if answer.status_code == HTTPStatus.CREATED:
                booked: str = answer.json()["id"]
                return booked
            assert answer.status_code == HTTPStatus.SERVICE_UNAVAILABLE, answer.text
            assert int(answer.headers["Retry-After"]) > 0


async def test_postgresql_is_killed_twice_under_an_open_stream(
    world_and_server: tuple[World, EmbeddedPostgres], tmp_path: Path
) -> None:
    world, server = world_and_server
    path = f"/api/v1/businesses/{world.grand.id}/events"
    async with application(server, tmp_path, None, world) as (app, tokens), client_of(app) as client:
        headers = tokens.of("grand")
        async with listening(app, path, headers) as stream:
            booked = []
            for number in range(STAYS):
                if number in (4, 8):
                    await asyncio.to_thread(server.kill)
                    booking = asyncio.create_task(book(client, world, headers, number))
                    await asyncio.to_thread(server.start)
                    booked.append(await booking)
                else:
                    booked.append(await book(client, world, headers, number))
            told = await stream.until(STAYS)
            assert [each.data["aggregate_id"] for each in told] == booked
            assert [each.id for each in told] == list(range(1, STAYS + 1))
            assert not stream.ended


@pytest.mark.parametrize("how", ["killed", "never there"])
async def test_streams_need_no_redis(
    world_and_server: tuple[World, EmbeddedPostgres], tmp_path: Path, how: str
) -> None:
    world, server = world_and_server
    path = f"/api/v1/businesses/{world.grand.id}/events"
    with EmbeddedRedis(tmp_path / "redis") as redis:
        url = redis.url if how == "killed" else f"unix://{tmp_path}/gone.sock"
        async with application(server, tmp_path, url, world) as (app, tokens), client_of(app) as client:
            headers = tokens.of("grand")
            async with listening(app, path, headers) as stream:
                booked = [await book(client, world, headers, 0)]
                await asyncio.to_thread(redis.stop)
                booked.append(await book(client, world, headers, 1))
                told = await stream.until(2)
    assert [each.data["aggregate_id"] for each in told] == booked
