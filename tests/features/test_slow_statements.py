"""The log of slow statements: which, how long, for whom and by which plan; never what was asked for."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from io import StringIO
from typing import Any

import asyncpg
import httpx
import pytest

from omd.db import Database
from omd.db.slow import plan_without_values, without_constants
from omd.entrypoints.constraint_errors import CONSTRAINT_ERRORS
from omd.kernel.clock import FixedClock
from support.logs import lines, logged
from support.parties import Tokens
from support.served_app import served
from support.servers import Servers
from support.worlds import Connection, World

MARK = "Sesame4711"
ODD = [
    "O'Sesame4711",
    "Sesame4711\\",
    "E'Sesame4711'",
    '"Sesame4711"',
    "' or 'Sesame4711",
    "Sesame4711\n' --",
    "Sesame",
]


@asynccontextmanager
async def slow_from(
    seconds: float | None, servers: Servers, database_name: str, clock: FixedClock, redis_url: str
) -> AsyncIterator[httpx.AsyncClient]:
    dsn = servers.dsn(user="omd_app", database=database_name)
    database = Database(dsn, role="omd_app", constraint_errors=CONSTRAINT_ERRORS, slow_seconds=seconds)
    async with served(database, clock, redis_url) as client:
        yield client


def stay(world: World) -> dict[str, Any]:
    return {
        "room_type_id": world.grand.types["double"].id,
        "arrival": "2027-03-10",
        "departure": "2027-03-12",
        "guests": [{"first_name": MARK, "last_name": MARK}],
        "note": MARK,
    }


async def until(written: StringIO, event: str, statement: str) -> dict[str, Any]:
    """Wait until this is logged of the statement."""
    async with asyncio.timeout(20):
        while True:
            found = [each for each in lines(written, event) if each["statement"] == statement]
            if found:
                return found[0]
            await asyncio.sleep(0.01)


async def test_a_slow_statement_is_logged_with_its_plan_and_no_value(
    servers: Servers, database_name: str, clock: FixedClock, redis_url: str, tokens: Tokens, world: World
) -> None:
    hotel = f"/api/v1/businesses/{world.grand.id}"
    # The framework configures logging when an application is made; the product does so afterwards.
    async with slow_from(0.0, servers, database_name, clock, redis_url) as client:
        with logged() as written:
            booked = await client.post(f"{hotel}/reservations", headers=tokens.of("grand"), json=stay(world))
            assert booked.status_code == 201
            book = await until(written, "slow_statement", "reservations.book_reservation")
            # One plan is asked for at a time, so that the next request may find another being asked for.
            for _ in range(100):
                await client.get(f"{hotel}/rooms", headers=tokens.of("grand"))
                if any(each["statement"] == "inventory.list_rooms" for each in lines(written, "slow_statement_plan")):
                    break
            planned = await until(written, "slow_statement_plan", "inventory.list_rooms")
    assert (book["omd_id"], book["scope"], book["level"]) == (world.alpha.id, "hotel", "warning")
    assert book["source"].startswith("omd.features.reservations/")
    assert book["duration_ms"] > 0
    assert book["request_id"] == booked.headers["x-request-id"]
    assert planned["plan"]["Node Type"]
    assert planned["request_id"] != book["request_id"]
    assert MARK not in written.getvalue()
    plans = [each["statement"] for each in lines(written, "slow_statement_plan")]
    assert len(plans) == len(set(plans)), "one plan a minute for each name"
    assert lines(written, "slow_statement_without_plan") == []


@pytest.mark.parametrize("seconds", [None, 600.0])
async def test_what_is_quick_is_not_logged(
    seconds: float | None,
    servers: Servers,
    database_name: str,
    clock: FixedClock,
    redis_url: str,
    tokens: Tokens,
    world: World,
) -> None:
    # The framework configures logging when an application is made; the product does so afterwards.
    async with slow_from(seconds, servers, database_name, clock, redis_url) as client:
        with logged() as written:
            answer = await client.get(f"/api/v1/businesses/{world.grand.id}/rooms", headers=tokens.of("grand"))
            assert answer.status_code == 200
    assert "slow_statement" not in written.getvalue()


@pytest.mark.parametrize("name", ODD)
async def test_no_constant_of_a_plan_is_left(owner_connection: Connection, world: World, name: str) -> None:
    """What PostgreSQL itself writes of a parameter, and the twin: without being cut it would be there."""
    plan = await explained(
        owner_connection,
        "select 1 from reservation_guests where last_name = $1 and first_name > $2 and omd_id = 4711",
        name,
        f"{name} again",
    )
    assert "Sesame" in plan
    assert "4711" in plan
    told = json.dumps(plan_without_values(plan))
    assert "Sesame" not in told
    assert "4711" not in told
    assert "last_name" in told


async def explained(connection: Connection, statement: str, *values: object) -> str:
    async with connection.transaction():
        await connection.execute("set local plan_cache_mode = force_custom_plan")
        plan: str = await connection.fetchval(f"explain (format json) {statement}", *values)
    return plan


@pytest.mark.parametrize(
    ("condition", "told"),
    [
        ("(omd_id = 42)", "(omd_id = ?)"),
        ("((date >= '2027-03-10'::date) AND (x1 < $2))", "((date >= ?::date) AND (x1 < $2))"),
        ("(business_id = ANY ('{1,2}'::integer[]))", "(business_id = ANY (?::integer[]))"),
        ("(price > 12.50) OR (price < -3) OR (price = 1e+20)", "(price > ?) OR (price < ?) OR (price = ?)"),
        ("(name ~ E'a\\\\b''c'::text)", "(name ~ ?::text)"),
        ('("Odd 7""col" = 7)', '("Odd 7""col" = ?)'),
        ("(omd_id = (InitPlan 1).col1) OR (hashed SubPlan 12)", "(omd_id = (InitPlan 1).col1) OR (hashed SubPlan 12)"),
        ("(rooms_1.number = reservation_nights.room)", "(rooms_1.number = reservation_nights.room)"),
    ],
)
def test_constants_are_cut_out_and_names_stay(condition: str, told: str) -> None:
    assert without_constants(condition) == told


async def test_a_plan_that_cannot_be_made_costs_nothing(
    servers: Servers, database_name: str, clock: FixedClock, redis_url: str, tokens: Tokens, world: World
) -> None:
    """A statement that fails is slow too; its plan fails as it did, and the log says so without its values."""
    # The framework configures logging when an application is made; the product does so afterwards.
    async with slow_from(0.0, servers, database_name, clock, redis_url) as client:
        with logged() as written:
            connection = await asyncpg.connect(servers.dsn(user="postgres", database=database_name))
            await connection.execute("alter table individual_rooms rename to individual_rooms_mislaid")
            await connection.close()
            answer = await client.get(f"/api/v1/businesses/{world.grand.id}/rooms", headers=tokens.of("grand"))
            assert answer.status_code == 500
            for _ in range(100):
                await client.get(f"/api/v1/businesses/{world.grand.id}/rooms", headers=tokens.of("grand"))
                if lines(written, "slow_statement_without_plan"):
                    break
            told = await until(written, "slow_statement_without_plan", "inventory.list_rooms")
    assert told["error"] == "UndefinedTableError"
