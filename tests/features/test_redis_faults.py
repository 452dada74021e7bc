"""Redis flushed, filled with garbage, killed and brought back under load: nobody is refused, nothing is lost."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from redis.asyncio import Redis

from omd.db import Database
from omd.features.availability import check_supply
from omd.features.reservations import check_demand
from omd.infra.embedded_redis import EmbeddedRedis
from omd.kernel.clock import FixedClock
from support.load import Load
from support.parties import Tokens
from support.persons import Persons
from support.relayed import last_position, relayed
from support.served_app import served
from support.servers import Servers
from support.worlds import NOW, Connection, World, system_actor

STAY = "arrival=2027-03-05&departure=2027-03-08"
ROUNDS = 20


async def _flushed(redis: Redis) -> None:
    await redis.flushall()


async def _noise(redis: Redis) -> None:
    """Write noise over whatever is there: windows, sessions, limits, attempts, figures, locks."""
    for key in await redis.keys("*"):
        await redis.set(key, random.randbytes(200))


async def _of_another_kind(redis: Redis) -> None:
    for key in await redis.keys("*"):
        async with redis.pipeline() as pipe:
            # Together, or somebody makes it anew in between.
            pipe.delete(key)
            pipe.lpush(key.decode("utf-8", "replace") if isinstance(key, bytes) else key, "a")
            await pipe.execute()


async def _cut_short(redis: Redis) -> None:
    for key in await redis.keys("*"):
        if await redis.type(key) == b"string":
            await redis.setrange(key, 5, b"\x00\xff\x00")


FAULTS: dict[str, Callable[[Redis], Awaitable[None]]] = {
    "flushed": _flushed,
    "filled with noise": _noise,
    "filled with values of another kind": _of_another_kind,
    "changed in the middle": _cut_short,
}


@pytest.mark.parametrize("fault", [*FAULTS, "killed"])
async def test_bookings_and_searches_go_on(
    db: Database,
    maintenance_db: Database,
    servers: Servers,
    database_name: str,
    clock: FixedClock,
    tokens: Tokens,
    world: World,
    owner_connection: Connection,
    persons: Persons,
    tmp_path: Path,
    fault: str,
) -> None:
    hotel, destination = f"/api/v1/businesses/{world.grand.id}", f"/api/v1/omds/{world.alpha.id}"
    searches = {
        "key": (f"{hotel}/availability?{STAY}", tokens.of("grand")),
        "omd_key": (f"{destination}/availability?{STAY}", tokens.of("alpha")),
        "receptionist": (f"{hotel}/availability?{STAY}", await persons.headers("ana", ("receptionist", world.grand))),
    }
    with EmbeddedRedis(tmp_path / "redis") as server:
        async with (
            relayed(servers, database_name) as events,
            served(db, clock, server.url, events=events) as client,
        ):
            load = Load(client, world, tokens.of("grand"))
            async with load.going_on(searches):
                for _ in range(ROUNDS if fault in FAULTS else 2):
                    await load.until(booked=2, **{f"{name}_true": 2 for name in searches})
                    if fault in FAULTS:
                        async with Redis.from_url(server.url) as redis:
                            await FAULTS[fault](redis)
                    else:
                        await asyncio.to_thread(server.kill)
                        await load.until(booked=10, **{f"{name}_true": 10 for name in searches})
                        await asyncio.to_thread(server.start)
            await last_position(owner_connection)
            for path, headers in searches.values():
                kept = (await client.get(f"{path}&fresh=true", headers=headers)).content
                async with asyncio.timeout(60):
                    while (await client.get(path, headers=headers)).content != kept:
                        pass
    assert load.counts["refused"] == 0
    await load.assert_kept(owner_connection)
    async with maintenance_db.reading(system_actor(world.alpha)) as tx:
        verdicts = [*await check_supply(tx, world.alpha.id), *await check_demand(tx, world.alpha.id, now=NOW)]
    assert [verdict for verdict in verdicts if verdict.breaches] == []
