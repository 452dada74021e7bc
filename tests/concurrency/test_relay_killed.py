"""A relay killed by SIGKILL at every word it says to PostgreSQL, under bookings: no gap, no repeat, nothing lost."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest

from omd.infra.events import Relay
from support.databases import opened
from support.load import Load
from support.parties import Tokens
from support.servers import Servers
from support.worlds import Connection, World

WORDS = 16
"""Messages of a relay: to connect, to prepare, and of two whole steps."""

PATIENCE_SECONDS = 60.0


class Between:
    """Stands between a relay and PostgreSQL, and calls `on_last` before or after the last word that is passed on."""

    def __init__(self, server: Path, words: int, *, passed_on: bool) -> None:
        self.killed = asyncio.Event()
        self.kill: Callable[[], None] = lambda: None
        self._server = server
        self._words = words
        self._passed_on = passed_on

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass on what one connection says, both ways."""
        from_server, to_server = await asyncio.open_unix_connection(self._server)
        back = asyncio.create_task(_pump(from_server, writer))
        with suppress(ConnectionError):
            while word := await reader.read(65_536):
                self._words -= 1
                if self._words == 0:
                    if self._passed_on:
                        to_server.write(word)
                        await to_server.drain()
                    self.kill()
                    self.killed.set()
                    break
                to_server.write(word)
                await to_server.drain()
        to_server.close()
        await back
        writer.close()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while word := await reader.read(65_536):
            writer.write(word)
            await writer.drain()


@asynccontextmanager
async def relay_killed_at(
    servers: Servers, database_name: str, folder: Path, words: int, *, passed_on: bool
) -> AsyncIterator[Between]:
    """Run a relay in a process of its own, which is killed at one of its words."""
    between = Between(Path(servers.postgres_socket_dir) / ".s.PGSQL.5432", words, passed_on=passed_on)
    listening = await asyncio.start_unix_server(between.serve, folder / ".s.PGSQL.5432")
    dsn = f"postgresql://omd_relay@/{database_name}?host={quote(str(folder), safe='')}&port=5432"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "support.relaying", dsn),
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
        stderr=asyncio.subprocess.DEVNULL,
    )
    between.kill = process.kill
    try:
        yield between
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        listening.close()
        (folder / ".s.PGSQL.5432").unlink(missing_ok=True)


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
                relay_killed_at(servers, database_name, tmp_path, words, passed_on=passed_on) as relay,
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
