"""A process that stands still inside a transaction: PostgreSQL ends it, and what it held is free for the others."""

import asyncio

import pytest

from omd.db import Database, database
from omd.infra.events import Relay, queries
from omd.kernel.errors import DatabaseUnavailable
from support.databases import opened
from support.servers import Servers

PATIENCE_SECONDS = 60.0


async def led_by(relay: Relay) -> None:
    while not (await relay.step()).is_leader:
        continue


async def test_a_leader_that_stands_still_loses_the_lead(
    servers: Servers, database_name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with (
        opened(servers, database_name, "omd_relay") as still,
        opened(servers, database_name, "omd_relay") as other,
    ):
        relay = Relay(other)
        with monkeypatch.context() as patched:
            patched.setitem(database._LEFT_ALONE, "omd_relay", "100ms")
            with pytest.raises(DatabaseUnavailable):
                await _stand_still(still, relay)


async def _stand_still(still: Database, other: Relay) -> None:
    async with still.transaction(None) as tx:
        assert (await queries.give_positions(tx, most=1)).is_leader
        async with asyncio.timeout(PATIENCE_SECONDS):
            await led_by(other)
