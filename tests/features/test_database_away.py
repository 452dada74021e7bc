"""PostgreSQL away: searches of the next nights are answered from what was known last, marked stale, for a while."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import msgspec
import pytest

from omd.db import Database, DatabaseContact
from omd.db.embedded import EmbeddedPostgres
from omd.features.identity import PrincipalResolver
from omd.features.identity.renewing import PATIENCE_SECONDS
from omd.infra.embedded_redis import EmbeddedRedis
from omd.kernel.clock import FixedClock
from support.auditing import ClockFrom
from support.front_desk import problem_of
from support.load import STALE, Load
from support.outages import application, assert_clean, held
from support.parties import Tokens, make_tokens
from support.persons import Headers, Persons
from support.served_app import client_of
from support.worlds import NOW, Connection, World

STAY = "arrival=2027-03-05&departure=2027-03-08"
Away = tuple[World, EmbeddedPostgres]


class Crowd(msgspec.Struct):
    """Everybody who searches: a path and the headers of each, by name."""

    world: World
    tokens: Tokens
    receptionist: Headers
    administrator: Headers

    @property
    def hotel(self) -> str:
        """Return a search of one hotel."""
        return f"/api/v1/businesses/{self.world.grand.id}/availability?{STAY}"

    @property
    def destination(self) -> str:
        """Return a search of a destination."""
        return f"/api/v1/omds/{self.world.alpha.id}/availability?{STAY}"

    @property
    def searches(self) -> dict[str, tuple[str, Headers]]:
        """Return the searches of everybody."""
        return {
            "key": (self.hotel, self.tokens.of("grand")),
            "omd_key": (self.destination, self.tokens.of("alpha")),
            "receptionist": (self.hotel, self.receptionist),
            "administrator": (self.destination, self.administrator),
        }


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[EmbeddedRedis]:
    """A Redis of the test's own."""
    with EmbeddedRedis(tmp_path / "redis") as server:
        yield server


@asynccontextmanager
async def opened(
    away: Away, folder: Path, redis: EmbeddedRedis, **more: Any
) -> AsyncIterator[tuple[httpx.AsyncClient, Crowd]]:
    """The application on the server that will go away, and everybody who searches."""
    world, server = away
    connection = await asyncpg.connect(server.dsn(user="postgres"))
    persons = Persons(connection, FixedClock(NOW))
    receptionist = await persons.headers("ana", ("receptionist", world.grand))
    administrator = await persons.headers("alma", ("omd_administrator", world.alpha))
    await connection.close()
    async with application(server, folder, redis.url, world, **more) as (app, tokens), client_of(app) as client:
        yield client, Crowd(world, tokens, receptionist, administrator)


async def assert_refused_meanwhile(client: httpx.AsyncClient, crowd: Crowd) -> None:
    """Assert that whatever is not a search of the next nights by somebody known is 503, and when to come again."""
    hotel, key = crowd.world.grand.id, crowd.tokens.of("grand")
    unknown = crowd.tokens.grand[:-3] + "abc"
    for path, headers in (
        (f"{crowd.hotel}&fresh=true", key),
        (crowd.hotel, {**key, "Cache-Control": "no-cache"}),
        (f"{crowd.hotel}&nights=true", key),
        (f"/api/v1/businesses/{hotel}/availability?arrival=2027-06-01&departure=2027-06-02", key),
        (f"/api/v1/businesses/{hotel}", key),
        (f"/api/v1/businesses/{hotel}/reservations", crowd.receptionist),
        (crowd.hotel, {"Authorization": f"Bearer {unknown}"}),
        (crowd.hotel, {"Cookie": crowd.receptionist["Cookie"][:-3] + "abc"}),
    ):
        answer = await client.get(path, headers=headers)
        problem_of(answer, 503, "database_unavailable")
        assert int(answer.headers["Retry-After"]) > 0
    other = f"/api/v1/businesses/{crowd.world.lodge.id}/availability?{STAY}"
    problem_of(await client.get(other, headers=key), 404, "not_found")


@pytest.mark.parametrize("how", ["killed", "stopped"])
async def test_known_callers_search_on_while_postgresql_is_away_under_load(
    world_and_server: Away, tmp_path: Path, redis: EmbeddedRedis, how: str
) -> None:
    world, server = world_and_server
    async with opened(world_and_server, tmp_path, redis) as (client, crowd):
        load = Load(client, world, crowd.tokens.of("grand"))
        names = list(crowd.searches)
        async with load.going_on(crowd.searches):
            for _ in range(2):
                await load.until(booked=10, **{f"{name}_true": 10 for name in names})
                await asyncio.to_thread(server.kill if how == "killed" else server.stop)
                await load.until(refused=10, **{f"{name}_stale": 25 for name in names})
                await assert_refused_meanwhile(client, crowd)
                await asyncio.to_thread(server.start)
        for path, headers in crowd.searches.values():
            kept = await client.get(f"{path}&fresh=true", headers=headers)
            async with asyncio.timeout(60):
                while (answer := await client.get(path, headers=headers)).content != kept.content:
                    pass
            assert STALE not in answer.headers["Cache-Status"]
    connection = await asyncpg.connect(server.dsn(user="postgres"))
    await load.assert_kept(connection)
    await connection.close()
    await assert_clean(server, world)


async def test_a_database_that_hangs_keeps_no_search_waiting(
    world_and_server: Away, tmp_path: Path, redis: EmbeddedRedis
) -> None:
    """Nothing is refused by a server that is only held: each question waits half a minute for its answer."""
    world, server = world_and_server
    async with opened(world_and_server, tmp_path, redis) as (client, crowd):
        for path, headers in crowd.searches.values():
            assert (await client.get(path, headers=headers)).status_code == 200
        with held(server):
            for path, headers in crowd.searches.values():
                # Two hundred answers, each after its half minute, would be longer than the test may take.
                async with asyncio.timeout(60):
                    stale = 0
                    while stale < 50:
                        answer = await client.get(path, headers=headers)
                        assert answer.status_code == 200
                        stale += STALE in answer.headers["Cache-Status"]
        path, headers = crowd.searches["key"]
        async with asyncio.timeout(60):
            while STALE in (await client.get(path, headers=headers)).headers["Cache-Status"]:
                pass
    await assert_clean(server, world)


async def test_a_database_that_is_slow_and_answers_others_is_waited_for(
    world_and_server: Away, tmp_path: Path, redis: EmbeddedRedis
) -> None:
    """Nobody may be let in as they were known, for the database answers; nor is it away."""
    world, server = world_and_server
    async with opened(world_and_server, tmp_path, redis, clock=ClockFrom(NOW)) as (client, crowd):
        path, headers = crowd.searches["key"]
        assert (await client.get(path, headers=headers)).status_code == 200
        owner = await asyncpg.connect(server.dsn(user="postgres"))
        async with owner.transaction():
            await owner.execute("lock table access_tokens in access exclusive mode")
            asked: list[asyncio.Task[httpx.Response]] = []
            for _ in range(3):
                until = time.monotonic() + PATIENCE_SECONDS
                asked.append(asyncio.create_task(client.get(path, headers=headers)))
                while time.monotonic() < until:
                    other = await client.get(f"{crowd.hotel}&fresh=true", headers=crowd.receptionist)
                    assert other.status_code == 200, other.text
        await owner.close()
        answers = await asyncio.gather(*asked)
        assert {each.status_code for each in answers} == {200}, [each.text[:200] for each in answers]
    await assert_clean(server, world)


async def test_what_may_not_be_stale_is_refused_where_the_setting_says_so(
    world_and_server: Away, tmp_path: Path, redis: EmbeddedRedis
) -> None:
    _, server = world_and_server
    async with opened(world_and_server, tmp_path, redis, stale_seconds=0) as (client, crowd):
        for path, headers in crowd.searches.values():
            assert (await client.get(path, headers=headers)).status_code == 200
        await asyncio.to_thread(server.kill)
        for path, headers in crowd.searches.values():
            async with asyncio.timeout(60):
                while (answer := await client.get(path, headers=headers)).status_code == 200:
                    assert STALE not in answer.headers["Cache-Status"]
            problem_of(answer, 503, "database_unavailable")


async def test_who_was_ended_before_is_not_let_in_while_it_is_away(
    world_and_server: Away, tmp_path: Path, redis: EmbeddedRedis
) -> None:
    """A key, a session and a role that ended while the database was there stay ended, whatever Redis still has."""
    world, server = world_and_server
    async with opened(world_and_server, tmp_path, redis) as (client, crowd):
        for path, headers in crowd.searches.values():
            assert (await client.get(path, headers=headers)).status_code == 200
        connection = await asyncpg.connect(server.dsn(user="postgres"))
        key = crowd.tokens.grand[4:12]
        await connection.execute("update access_tokens set revoked_at = $2 where prefix = $1", key, NOW)
        ended = "update memberships set ended_at = $1, ended_by = 'test' where business_id = $2"
        await connection.execute(ended, NOW, world.grand.id)
        await connection.close()
        for name in ("key", "receptionist"):
            path, headers = crowd.searches[name]
            async with asyncio.timeout(60):
                while (await client.get(path, headers=headers)).status_code == 200:
                    pass
        await asyncio.to_thread(server.kill)
        for name in ("key", "receptionist"):
            path, headers = crowd.searches[name]
            for _ in range(20):
                assert (await client.get(path, headers=headers)).status_code in (401, 403, 503)
        for name in ("omd_key", "administrator"):
            path, headers = crowd.searches[name]
            assert STALE in (await _stale(client, path, headers)).headers["Cache-Status"]


async def _stale(client: httpx.AsyncClient, path: str, headers: Headers) -> httpx.Response:
    """Ask until the database is taken to be away; return the answer."""
    async with asyncio.timeout(60):
        while STALE not in (answer := await client.get(path, headers=headers)).headers.get("Cache-Status", ""):
            assert answer.status_code == 200, answer.text
    return answer


class Answered(msgspec.Struct):
    """A pool that was last answered at an instant of the monotonic clock."""

    answered_at: float


async def made(maintenance_db: Database, world: World) -> str:
    return (await make_tokens(maintenance_db, world)).grand


async def test_who_was_not_asked_for_within_a_second_of_the_last_answer_is_not_known(
    db: Database, maintenance_db: Database, clock: FixedClock, world: World
) -> None:
    """Between, somebody may have ended them, and everybody else would know."""
    token, pool = await made(maintenance_db, world), Answered(0)
    resolver = PrincipalResolver(db, clock=clock, contact=DatabaseContact([pool]))
    before = time.monotonic()
    principal = await resolver.resolve(token)
    after = time.monotonic()
    for answered_at, known in ((before, principal), (before + 1, principal), (after + 1.001, None)):
        pool.answered_at = answered_at
        assert resolver.known_lately(token) is known
    pool.answered_at = before - 121
    assert resolver.known_lately(token) is None, "too long ago"
    pool.answered_at = before
    assert resolver.known_lately(f"{token[:-3]}abc") is None
    assert PrincipalResolver(db, clock=clock).known_lately(token) is None


async def test_who_rests_is_asked_for_all_the_same(
    db: Database, maintenance_db: Database, owner_connection: Connection, clock: FixedClock, world: World
) -> None:
    token, pool = await made(maintenance_db, world), Answered(time.monotonic())
    resolver = PrincipalResolver(db, clock=clock, contact=DatabaseContact([pool]))
    await resolver.resolve(token)
    keeping = asyncio.create_task(resolver.keep())
    clock.set(NOW + timedelta(minutes=4))
    assert resolver.known_lately(token) is not None
    await owner_connection.execute("update access_tokens set revoked_at = $1", NOW)
    async with asyncio.timeout(60):
        while resolver.known_lately(token) is not None:
            await owner_connection.execute("select")
    keeping.cancel()
    await asyncio.wait({keeping})


async def test_a_key_that_expires_meanwhile_is_not_let_in(
    db: Database, maintenance_db: Database, owner_connection: Connection, clock: FixedClock, world: World
) -> None:
    token = await made(maintenance_db, world)
    await owner_connection.execute("update access_tokens set expires_at = $1", NOW + timedelta(minutes=1))
    resolver = PrincipalResolver(db, clock=clock, contact=DatabaseContact([Answered(time.monotonic())]))
    await resolver.resolve(token)
    assert resolver.known_lately(token) is not None
    clock.set(NOW + timedelta(minutes=1))
    assert resolver.known_lately(token) is None
