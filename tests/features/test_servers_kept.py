"""The embedded servers of a program: killed, or ended by a full disk, they are there again by themselves."""

import asyncio
from pathlib import Path

import asyncpg
import pytest
from redis.asyncio import Redis
from redis.exceptions import RedisError

from omd.db.embedded import EmbeddedPostgres
from omd.entrypoints.databases import services
from omd.entrypoints.servers_kept import kept_running
from omd.entrypoints.settings import load_settings
from omd.infra.embedded_redis import EmbeddedRedis
from support.disks import fill, make_room, small_disk_at

SETTINGS = {"shared_buffers": "16MB", "max_connections": "20", "max_locks_per_transaction": "64"}
PATIENCE_SECONDS = 120.0


async def asked(dsn: str, question: str) -> object:
    """Return the answer of a server, however often it takes to ask."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            try:
                connection = await asyncpg.connect(dsn)
                try:
                    return await connection.fetchval(question)
                finally:
                    await connection.close()
            except (asyncpg.PostgresError, OSError):
                await asyncio.sleep(0.05)


async def test_what_is_killed_is_there_again(tmp_path: Path) -> None:
    settings = load_settings({"OMD_HOME": str(tmp_path)})
    with services(settings, with_redis=True, shared=False) as available:
        assert available.redis_url is not None
        await asked(available.owner_dsn, "create table notes as select 'kept' as words")
        for _ in range(2):
            await asyncio.to_thread(EmbeddedPostgres(tmp_path / "postgres").kill)
            assert await asked(available.owner_dsn, "select words from notes") == "kept"
            await asyncio.to_thread(EmbeddedRedis(tmp_path / "redis").kill)
            async with Redis.from_url(available.redis_url) as redis, asyncio.timeout(PATIENCE_SECONDS):
                while not await _answers(redis):
                    pass
    assert not EmbeddedPostgres(tmp_path / "postgres").is_running()
    assert not EmbeddedRedis(tmp_path / "redis").is_running()


async def _answers(redis: Redis) -> bool:
    try:
        return bool(await redis.ping())
    except RedisError:
        await asyncio.sleep(0.05)
        return False


async def test_a_server_that_a_full_disk_keeps_from_starting_starts_with_room(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with small_disk_at(tmp_path / "disk", 340) as disk:
        server = EmbeddedPostgres(disk / "pg", settings=SETTINGS, sync_initdb=False)
        with server, kept_running([server]):
            dsn = server.dsn(user="postgres")
            await asked(dsn, "create table notes as select 'kept' as words")
            fill(disk)
            await asyncio.to_thread(server.kill)
            async with asyncio.timeout(PATIENCE_SECONDS):
                said = ""
                while "embedded_server_does_not_start" not in said:
                    fill(disk)
                    await asyncio.sleep(0.05)
                    said += "".join(capfd.readouterr())
            make_room(disk)
            assert await asked(dsn, "select words from notes") == "kept"
