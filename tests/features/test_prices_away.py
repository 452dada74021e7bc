"""PostgreSQL away: what a destination costs and offers go on for a while from what was known last, marked as such."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import asyncpg
import httpx
import msgspec
import pytest

from omd.db.embedded import EmbeddedPostgres
from omd.infra.embedded_redis import EmbeddedRedis
from omd.kernel.clock import FixedClock
from support.front_desk import GUESTS, problem_of
from support.load import STALE
from support.outages import application, assert_clean
from support.persons import Headers, Persons
from support.revenue import RevenueDesk
from support.served_app import client_of
from support.worlds import NOW, World

Away = tuple[World, EmbeddedPostgres]
DATES = {"arrival": "2027-03-05", "departure": "2027-03-08"}
ASKED = {**DATES, "rooms": [{"adults": 2}]}


class Shop(msgspec.Struct):
    """A hotel with prices, and who asks for them."""

    desk: RevenueDesk
    administrator: Headers
    key: Headers

    @property
    def client(self) -> httpx.AsyncClient:
        """The client of the application."""
        return self.desk.client

    async def destination(self, headers: Headers, **more: str) -> httpx.Response:
        """Ask what the destination costs."""
        path = f"/api/v1/omds/{self.desk.world.alpha.id}/offers"
        return await self.client.get(path, params={**DATES, **more}, headers=headers)

    async def offers(self, headers: Headers, **more: object) -> httpx.Response:
        """Ask the hotel for offers."""
        return await self.desk.send("POST", "/offers", {**ASKED, **more}, headers=headers)


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[EmbeddedRedis]:
    """A Redis of the test's own."""
    with EmbeddedRedis(tmp_path / "redis") as server:
        yield server


@asynccontextmanager
async def opened(away: Away, folder: Path, redis: EmbeddedRedis) -> AsyncIterator[Shop]:
    """The application on the server that will go away, twins sold at 100, and who asks."""
    world, server = away
    connection = await asyncpg.connect(server.dsn(user="postgres"))
    persons = Persons(connection, FixedClock(NOW))
    manager = await persons.headers("mara", ("manager", world.grand))
    administrator = await persons.headers("alma", ("omd_administrator", world.alpha))
    async with application(server, folder, redis.url, world) as (app, tokens), client_of(app) as client:
        shop = Shop(RevenueDesk(client, world, connection, manager), administrator, tokens.of("grand"))
        flex = await shop.desk.plan("FLEX")
        await shop.desk.priced(shop.desk.season(flex, "twin", "2027-03-01", "2027-06-01", "90.00", "100.00"))
        await connection.close()
        yield shop


async def until_stale(ask: Callable[[], Awaitable[httpx.Response]]) -> httpx.Response:
    """Ask until the answer is what was known last; until then none is refused."""
    async with asyncio.timeout(60):
        while True:
            answer: httpx.Response = await ask()
            assert answer.status_code == 200, answer.text
            if STALE in answer.headers.get("Cache-Status", ""):
                return answer


async def test_priced_searches_and_offers_go_on_while_postgresql_is_away(
    world_and_server: Away, tmp_path: Path, redis: EmbeddedRedis
) -> None:
    world, server = world_and_server
    async with opened(world_and_server, tmp_path, redis) as shop:
        desk, mine = shop.desk, shop.desk.headers
        kept = await shop.destination(shop.administrator, fresh="true")
        async with asyncio.timeout(60):
            while (await shop.destination(shop.administrator)).headers["Cache-Status"] != "omd; hit":
                pass
        (made,) = (await shop.offers(mine)).json()["rooms"]
        assert (await shop.offers(shop.key)).status_code == 200
        await asyncio.to_thread(server.kill)

        known = await until_stale(lambda: shop.destination(shop.administrator))
        assert known.content == kept.content
        assert int(known.headers["Age"]) >= 1
        problem_of(await shop.destination(shop.administrator, fresh="true"), 503, "database_unavailable")
        problem_of(
            await shop.destination(shop.administrator, arrival="2027-05-01", departure="2027-05-02"),
            *(503, "database_unavailable"),
        )
        for headers in (mine, shop.key):
            answer = await until_stale(partial(shop.offers, headers))
            (room,) = answer.json()["rooms"]
            assert (
                [each["total"] for each in room["offers"]] == [each["total"] for each in made["offers"]] == ["300.00"]
            )
            until = datetime.fromisoformat(answer.json()["valid_until"])
            assert until == NOW + timedelta(minutes=15) - timedelta(seconds=int(answer.headers["Age"]))
        full = await until_stale(lambda: shop.offers(mine, rooms=[{"adults": 3}]))
        assert full.json()["rooms"][0]["instead"] is not None
        problem_of(await shop.offers(mine, agency="valley"), 503, "database_unavailable")
        unproven = {name: value for name, value in mine.items() if name != "X-CSRF-Token"}
        assert (await shop.offers(unproven)).status_code == 403
        other = f"/api/v1/businesses/{world.lodge.id}/offers"
        problem_of(await shop.client.post(other, json=ASKED, headers=shop.key), 404, "not_found")

        await asyncio.to_thread(server.start)
        async with asyncio.timeout(60):
            body = {"offers": [{"offer": room["offers"][0]["offer"], "guests": GUESTS}]}
            while (booked := await desk.send("POST", "/bookings", body)).status_code == 503:
                pass
        assert (booked.status_code, booked.json()["total"]) == (201, "300.00"), booked.text
    await assert_clean(server, world)
