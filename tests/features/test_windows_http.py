"""Searches answered from windows, as callers see them: the same answers, to the same callers, cheap to ask again."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from redis.asyncio import Redis

from omd.db import Database
from omd.infra.embedded_redis import EmbeddedRedis
from omd.kernel.clock import FixedClock
from support.front_desk import Desk, problem_of
from support.parties import Tokens
from support.relayed import last_position, relayed
from support.served_app import served
from support.servers import Servers
from support.worlds import Connection, World

STAY = "arrival=2027-03-05&departure=2027-03-08"
HIT = "omd; hit"


def of_hotel(world: World, more: str = "") -> str:
    return f"/businesses/{world.grand.id}/availability?{STAY}{more}"


def of_destination(world: World, more: str = "") -> str:
    return f"/omds/{world.alpha.id}/availability?{STAY}{more}"


async def test_who_has_the_answer_is_told_that_it_stands(live: Desk, world: World) -> None:
    for path, party in ((of_hotel(world), "grand"), (of_destination(world), "alpha")):
        first = await live.send("GET", path, party=party)
        assert first.headers["Cache-Control"] == "private, no-cache"
        assert first.headers["Age"] == "0"
        tag = first.headers["ETag"]
        for known in (tag, f"W/{tag}", f'"other", {tag}', "*"):
            again = await live.send("GET", path, party=party, If_None_Match=known)
            assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", tag)
        changed = await live.send("GET", path, party=party, If_None_Match='"other"')
        assert (changed.status_code, changed.content) == (200, first.content)


async def test_a_booking_is_another_answer_with_another_tag(live: Desk, world: World) -> None:
    first = await live.send("GET", of_hotel(world))
    await live.booked("twin", "2027-03-05", "2027-03-06")
    fresh = await live.send("GET", of_hotel(world, "&fresh=true"), If_None_Match=first.headers["ETag"])
    assert (fresh.status_code, fresh.headers["Cache-Status"]) == (200, "omd; fwd=request")
    no_cache = await live.send("GET", of_hotel(world), Cache_Control="max-age=0, No-Cache")
    assert (no_cache.content, no_cache.headers["Cache-Status"]) == (fresh.content, "omd; fwd=request")
    await last_position(live.connection)
    async with asyncio.timeout(60):
        while (await live.send("GET", of_hotel(world))).content != fresh.content:
            pass


@pytest.mark.parametrize(
    "more", ["&adults=2", "&adults=2&children=1", "&adults=7", "&adults=500&children=500", "&children=0"]
)
async def test_every_party_is_answered_as_by_the_database(live: Desk, world: World, more: str) -> None:
    for path, party in ((of_hotel(world, more), "grand"), (of_destination(world, more), "alpha")):
        remembered = await live.send("GET", path, party=party)
        kept = await live.send("GET", f"{path}&fresh=true", party=party)
        assert (remembered.status_code, remembered.content) == (200, kept.content)


async def test_every_page_is_answered_as_by_the_database(live: Desk, world: World) -> None:
    for more in ("&limit=1", f"&limit=1&after={world.grand.id}", f"&after={world.lodge.id}"):
        remembered = await live.send("GET", of_destination(world, more), party="alpha")
        kept = await live.send("GET", of_destination(world, f"{more}&fresh=true"), party="alpha")
        assert remembered.content == kept.content
        assert ("Link" in remembered.headers) == ("Link" in kept.headers) == (more == "&limit=1")


async def test_nobody_is_answered_from_what_others_asked(live: Desk, world: World) -> None:
    assert (await live.send("GET", of_hotel(world))).status_code == 200
    assert (await live.send("GET", of_destination(world), party="alpha")).status_code == 200
    for party in ("harbour", "lodge", "beta"):
        problem_of(await live.send("GET", of_hotel(world), party=party), 404, "not_found")
    for party in ("harbour", "beta"):
        problem_of(await live.send("GET", of_destination(world), party=party), 404, "not_found")
    problem_of(await live.send("GET", of_destination(world), party="lodge"), 403, "not_allowed")
    unknown = await live.client.get(f"/api/v1{of_hotel(world)}")
    problem_of(unknown, 401, "not_authenticated")


async def test_with_nights_the_database_is_asked(live: Desk, world: World) -> None:
    """A screen goes on from there by events: it must not begin behind them."""
    await live.send("GET", of_hotel(world))
    assert (await live.send("GET", of_hotel(world, "&nights=true"))).headers["Cache-Status"] == "omd; fwd=miss"


@pytest.fixture
async def redis_server(tmp_path: Path) -> AsyncIterator[EmbeddedRedis]:
    """A Redis of the test's own."""
    with EmbeddedRedis(tmp_path / "redis") as server:
        yield server


async def test_redis_flushed_filled_with_garbage_and_killed_under_load(
    db: Database,
    servers: Servers,
    database_name: str,
    clock: FixedClock,
    redis_server: EmbeddedRedis,
    tokens: Tokens,
    world: World,
    owner_connection: Connection,
) -> None:
    """Bookings keep throwing windows away, so that they are looked for again, while all goes wrong with Redis."""
    statuses: set[int] = set()

    async with (
        relayed(servers, database_name) as events,
        served(db, clock, redis_server.url, events=events) as client,
    ):
        desk = Desk(client, tokens, world, owner_connection)

        async def keep_searching(until: asyncio.Event) -> None:
            while not until.is_set():
                answers: list[httpx.Response] = await asyncio.gather(
                    *(desk.send("GET", of_hotel(world)) for _ in range(5)),
                    desk.send("GET", of_destination(world), party="alpha"),
                )
                statuses.update(each.status_code for each in answers)

        async def book_and_look() -> None:
            stay = await desk.booked("double", "2027-03-05", "2027-03-06")
            await desk.stepped(stay["id"], "cancel")
            await last_position(owner_connection)
            kept = (await desk.send("GET", of_hotel(world, "&fresh=true"))).content
            async with asyncio.timeout(60):
                while (await desk.send("GET", of_hotel(world))).content != kept:
                    pass

        done = asyncio.Event()
        searching = asyncio.create_task(keep_searching(done))
        async with Redis.from_url(redis_server.url) as redis:
            await book_and_look()
            await redis.flushall()
            await book_and_look()
            for key in await redis.keys("window*"):
                await redis.set(key, b"\x00garbage" * 50)
            await book_and_look()
        await asyncio.to_thread(redis_server.kill)
        await book_and_look()
        await asyncio.to_thread(redis_server.start)
        await book_and_look()
        done.set()
        await searching
    assert statuses == {200}
