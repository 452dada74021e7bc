"""A relay killed by SIGKILL at every word it says to PostgreSQL, under bookings: no gap, no repeat, nothing lost."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx
import pytest

from omd.infra.events import Relay
from support.databases import opened
from support.killing import killed_at
from support.load import Load
from support.parties import Tokens
from support.servers import Servers
from support.worlds import Connection, World

WORDS = 16
"""Messages of a relay: to connect, to prepare, and of two whole steps."""

PATIENCE_SECONDS = 60.0


@pytest.mark.parametrize("passed_on", [False, True])
async def test_a_relay_killed_at_any_word_leaves_the_next_one_a_clean_place(
    servers: Servers,
    database_name: str,
    client: httpx.AsyncClient,
    tokens: Tokens,
    world: World,
    owner_connection: Connection,
    prove: Callable[[], Awaitable[None]],
    tmp_path: Path,
    *,
    passed_on: bool,
) -> None:
    load = Load(client, world, tokens.of("grand"), desks=1)
    async with load.going_on():
        for words in range(1, WORDS + 1):
            await load.until(booked=2)
            async with (
                asyncio.timeout(PATIENCE_SECONDS),
                killed_at(
                    *(servers, database_name, tmp_path, words, "support.relaying"),
                    role="omd_relay",
                    passed_on=passed_on,
                ) as relay,
            ):
                await relay.killed.wait()
    await load.assert_kept(owner_connection)
    async with opened(servers, database_name, "omd_relay") as database, asyncio.timeout(PATIENCE_SECONDS):
        successor = Relay(database)
        while await owner_connection.fetchval("select count(*) from events where position is null"):
            await successor.step()
    rows = await owner_connection.fetch(
        "select position, aggregate_id, aggregate_version from events order by position"
    )
    assert [row["position"] for row in rows] == list(range(1, len(rows) + 1))
    assert await owner_connection.fetchval("select last_position from event_positions") == len(rows)
    latest: dict[str, int] = {}
    for row in rows:
        assert row["aggregate_version"] > latest.get(row["aggregate_id"], 0), "in the order in which they happened"
        latest[row["aggregate_id"]] = row["aggregate_version"]
    await prove()
