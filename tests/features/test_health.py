"""Health, readiness, and what a caller hears while the database or Redis is away."""

from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest

from omd.db import Database
from omd.entrypoints.constraint_errors import CONSTRAINT_ERRORS
from omd.kernel.clock import FixedClock
from support.front_desk import problem_of
from support.served_app import served
from support.worlds import Connection

SOMEBODY = {"Authorization": "Bearer omd_abcdefgh_" + "x" * 43}


@pytest.fixture
async def without_database(tmp_path: Path, clock: FixedClock, redis_url: str) -> AsyncIterator[httpx.AsyncClient]:
    """The application on a database at whose address nobody listens."""
    dsn = f"postgresql://omd_app@/omd?host={quote(str(tmp_path), safe='')}"
    async with served(Database(dsn, role="omd_app", constraint_errors=CONSTRAINT_ERRORS), clock, redis_url) as client:
        yield client


async def test_all_is_well(client: httpx.AsyncClient) -> None:
    assert (await client.get("/health")).json() == {"status": "alive"}
    ready = await client.get("/ready")
    assert (ready.status_code, ready.json()) == (200, {"ready": True, "database": "up", "redis": "up"})


async def test_without_redis_it_serves_on(db: Database, clock: FixedClock, tmp_path: Path) -> None:
    async with served(db, clock, f"unix://{quote(str(tmp_path / 'gone.sock'))}") as client:
        ready = await client.get("/ready")
        assert (ready.status_code, ready.json()) == (200, {"ready": True, "database": "up", "redis": "away"})
    async with served(db, clock, None) as client:
        assert (await client.get("/ready")).json() == {"ready": True, "database": "up", "redis": "not configured"}


async def test_without_the_database_it_is_alive_but_not_ready(without_database: httpx.AsyncClient) -> None:
    assert (await without_database.get("/health")).status_code == 200
    ready = await without_database.get("/ready")
    assert (ready.status_code, ready.json()) == (503, {"ready": False, "database": "away", "redis": "up"})


async def test_without_the_database_every_answer_says_when_to_try_again(without_database: httpx.AsyncClient) -> None:
    for method, path in (
        ("GET", "/api/v1/businesses/1/rooms"),
        ("POST", "/api/v1/businesses/1/reservations"),
        ("GET", "/api/v1/businesses/1/availability?arrival=2027-03-10&departure=2027-03-11"),
    ):
        stay = {"room_type_id": 1, "arrival": "2027-03-10", "departure": "2027-03-11", "guests": [{"last_name": "P"}]}
        body = stay if method == "POST" else None
        answer = await without_database.request(method, path, headers=SOMEBODY, json=body)
        problem_of(answer, 503, "database_unavailable")
        assert int(answer.headers["Retry-After"]) > 0


async def test_a_schema_that_is_behind_is_not_ready(client: httpx.AsyncClient, owner_connection: Connection) -> None:
    await owner_connection.execute("delete from schema_migrations")
    ready = await client.get("/ready")
    assert (ready.status_code, ready.json()["ready"]) == (503, False)
    assert "omd db migrate" in ready.json()["database"]
