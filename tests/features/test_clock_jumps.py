"""The clock of the machine jumps, a day forward and back: of PostgreSQL, of Redis, and of the server's processes."""

import asyncio
import os
import socket
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import date, timedelta
from pathlib import Path

import asyncpg
import httpx
import pytest

from omd.db.embedded import EmbeddedPostgres
from omd.db.migrator import Migrator
from omd.infra.embedded_redis import EmbeddedRedis
from omd.infra.keyring import Keyring
from omd.infra.limits import Level, Limiter, Quota
from omd.kernel.clock import FixedClock
from support.front_desk import assert_books_balance
from support.machine_clock import MachineClock
from support.outages import assert_clean, database_of
from support.parties import Tokens, make_tokens
from support.persons import Headers, Persons
from support.worlds import NOW, TODAY, Connection, World, build_world

SETTINGS = {"shared_buffers": "64MB", "max_connections": "60"}
PATIENCE_SECONDS = 60.0
A_DAY = timedelta(days=1)


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MachineClock:
    """The clock of every process that the test starts; it stands at `NOW` and goes on."""
    clock = MachineClock(tmp_path)
    clock.set(NOW)
    for name, value in clock.variables.items():
        monkeypatch.setenv(name, value)
    return clock


@pytest.fixture
def redis(machine: MachineClock, tmp_path: Path) -> Iterator[EmbeddedRedis]:
    """A Redis on that clock."""
    with EmbeddedRedis(tmp_path / "redis") as server:
        yield server


@asynccontextmanager
async def serving(server: EmbeddedPostgres, redis: EmbeddedRedis, folder: Path) -> AsyncIterator[httpx.AsyncClient]:
    """The program itself, with its workers, on servers that are on that clock too."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("OMD_")},
        "OMD_HOME": str(folder),
        "OMD_DATABASE_URL": server.dsn(user="postgres"),
        "OMD_REDIS_URL": redis.url,
        "OMD_SECRET_KEYS": Keyring.make_key(),
        "OMD_PORT": str(port),
        "OMD_WORKERS": "1",
        "OMD_RATE_LIMITS": "off",
    }
    omd = Path(sys.executable).with_name("omd")
    with (folder / "log").open("wb") as log:
        child = await asyncio.create_subprocess_exec(omd, "serve", env=environment, stdout=log, stderr=log)
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
            async with asyncio.timeout(PATIENCE_SECONDS):
                while not await _is_ready(client):
                    assert child.returncode is None, (folder / "log").read_text()
            yield client
    finally:
        child.terminate()
        await child.wait()


async def _is_ready(client: httpx.AsyncClient) -> bool:
    try:
        return (await client.get("/ready")).status_code == 200
    except httpx.TransportError:
        await asyncio.sleep(0.05)
        return False


class Visitor:
    """Whoever works with the server: books, sees it passed on, and searches."""

    def __init__(self, client: httpx.AsyncClient, connection: Connection, world: World, headers: Headers) -> None:
        self._client = client
        self._connection = connection
        self._world = world
        self._headers = headers

    async def works(self) -> None:
        """Assert that a booking is taken, has its place in the order of events, and is in what searches answer."""
        grand = f"/api/v1/businesses/{self._world.grand.id}"
        body = {
            "room_type_id": self._world.grand.types["double"].id,
            "arrival": str(TODAY + timedelta(days=4)),
            "departure": str(TODAY + timedelta(days=5)),
            "guests": [{"last_name": "Popescu"}],
        }
        booked = await self._client.post(f"{grand}/reservations", json=body, headers=self._headers)
        assert booked.status_code == 201, booked.text
        place = "select position from events where aggregate_id = $1"
        search = f"{grand}/availability?arrival={body['arrival']}&departure={body['departure']}"
        kept = await self._client.get(f"{search}&fresh=true", headers=self._headers)
        async with asyncio.timeout(PATIENCE_SECONDS):
            while await self._connection.fetchval(place, booked.json()["id"]) is None:
                pass
            while True:
                answer = await self._client.get(search, headers=self._headers)
                if (answer.content, answer.headers["Cache-Status"], answer.headers["Age"]) == (
                    kept.content,
                    "omd; hit",
                    "0",
                ):
                    break

    async def business_date(self, alpha: Headers) -> date:
        """Return the day on which the hotel works, as a search says."""
        search = f"/api/v1/omds/{self._world.alpha.id}/availability?arrival=2027-03-10&departure=2027-03-11"
        answer = await self._client.get(search, headers=alpha)
        members = {each["business_id"]: each["business_date"] for each in answer.json()["businesses"]}
        return date.fromisoformat(members[self._world.grand.id])

    async def status_of(self, headers: Headers, hotel: int) -> int:
        """Return what somebody is answered."""
        return (await self._client.get(f"/api/v1/businesses/{hotel}", headers=headers)).status_code


async def test_the_server_goes_on_through_a_day_forward_and_back(
    machine: MachineClock, redis: EmbeddedRedis, tmp_path: Path
) -> None:
    with EmbeddedPostgres(tmp_path / "postgres", settings=SETTINGS, sync_initdb=False) as server:
        await Migrator(server.dsn(user="postgres")).migrate()
        connection = await asyncpg.connect(server.dsn(user="postgres"))
        world = await build_world(connection)
        tokens, ana = await _let_in(server, connection, world)
        async with serving(server, redis, tmp_path) as client:
            visitor = Visitor(client, connection, world, tokens.of("grand"))
            expected = {0: (200, 200), 1: (401, 401)}
            for ahead in (0, 1, 0, 1):
                machine.set(NOW + ahead * A_DAY)
                await visitor.works()
                assert await visitor.business_date(tokens.of("alpha")) == TODAY + timedelta(days=ahead)
                ends = (
                    await visitor.status_of(ana, world.grand.id),
                    await visitor.status_of(tokens.of("lodge"), world.lodge.id),
                )
                assert ends == expected[ahead], "a session of 12 hours, and a key that ends in as many"
        await assert_books_balance(connection)
        await connection.close()
        await assert_clean(server, world)


async def _let_in(server: EmbeddedPostgres, connection: Connection, world: World) -> tuple[Tokens, Headers]:
    maintenance = database_of(server, "omd_maintenance", 1)
    await maintenance.open()
    tokens = await make_tokens(maintenance, world)
    await maintenance.close()
    await connection.execute(
        "update access_tokens set expires_at = $2 where prefix = $1", tokens.lodge[4:12], NOW + timedelta(hours=12)
    )
    ana = await Persons(connection, FixedClock(NOW)).headers("ana", ("receptionist", world.grand))
    return tokens, ana


async def test_limits_shut_nobody_out_for_longer_than_a_window(machine: MachineClock, redis: EmbeddedRedis) -> None:
    """Redis tells the time by which they are counted, and that time jumps."""
    level = Level("key", "key:1", Quota(5, 4))

    async def let_in() -> int:
        """Return how many are let in before one is refused; a limiter of its own remembers no refusal."""
        limiter, count = Limiter.at(redis.url), 0
        try:
            while (refused := (await limiter.take([level])).refused_by) is None:
                count += 1
            assert 0 < refused.wait <= 4_000_000
            assert limiter.is_shared
        finally:
            await limiter.close()
        return count

    assert await let_in() >= 5
    machine.set(NOW + A_DAY)
    assert await let_in() >= 5, "all was given back in that day"
    machine.set(NOW)
    assert await let_in() <= 1, "used up until a time that is a day ahead counts as used up now"
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not await let_in():
            pass
