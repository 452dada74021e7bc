"""A disk that fills up in the middle of bookings: what was acknowledged is kept, and with room it goes on."""

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from omd.db.embedded import EmbeddedPostgres
from omd.db.migrator import Migrator
from omd.entrypoints.servers_kept import kept_running
from omd.infra.embedded_redis import EmbeddedRedis
from support.disks import fill, make_room, small_disk_at
from support.load import Load
from support.outages import application, assert_clean
from support.served_app import client_of
from support.worlds import build_world

SETTINGS = {"shared_buffers": "32MB", "max_connections": "40", "max_wal_size": "64MB", "min_wal_size": "32MB"}
MEGABYTES = 700

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a disk")


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A small disk of the test's own."""
    with small_disk_at(tmp_path / "disk", MEGABYTES) as disk:
        yield disk


@needs_root
async def test_a_disk_that_fills_under_load_loses_nothing_and_goes_on_with_room(disk: Path, tmp_path: Path) -> None:
    with (
        EmbeddedRedis(tmp_path / "redis") as redis,
        EmbeddedPostgres(disk / "postgres", settings=SETTINGS, sync_initdb=False) as server,
        kept_running([server]),
    ):
        await Migrator(server.dsn(user="postgres")).migrate()
        connection = await asyncpg.connect(server.dsn(user="postgres"))
        world = await build_world(connection)
        await connection.close()
        async with application(server, tmp_path, redis.url, world) as (app, tokens), client_of(app) as client:
            hotel = tokens.of("grand")
            path = f"/api/v1/businesses/{world.grand.id}/availability?arrival=2027-03-05&departure=2027-03-08"
            load = Load(client, world, hotel)
            async with load.going_on({"search": (path, hotel)}):
                for _ in range(2):
                    await load.until(booked=20, search_true=20)
                    # Bookings go on into the last bytes, and some of what is free again after a failure.
                    refused = asyncio.create_task(load.until(refused=50))
                    while not refused.done():
                        await asyncio.to_thread(fill, disk)
                        await load.until(attempted=1)
                    await load.until(search_answered=5)
                    await asyncio.to_thread(make_room, disk)
        connection = await asyncpg.connect(server.dsn(user="postgres"))
        await load.assert_kept(connection)
        await connection.close()
        await assert_clean(server, world)
