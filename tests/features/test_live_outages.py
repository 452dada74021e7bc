"""Open streams while what they lean on is away: nothing is lost, nothing is told twice."""

import asyncio
from http import HTTPStatus
from pathlib import Path

import httpx
import pytest

from omd.db.embedded import EmbeddedPostgres
from omd.infra.embedded_redis import EmbeddedRedis
from support.outages import application
from support.served_app import client_of
from support.streams import listening
from support.worlds import World

STAYS = 12


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
