"""A database that has lost events which were told: a copy of it is put back, as a standby is promoted without them."""

import asyncio
import subprocess
from pathlib import Path

from features.test_live_outages import book
from omd.db.embedded import EmbeddedPostgres
from omd.infra.events import Tail
from support.outages import application, database_of
from support.served_app import client_of
from support.streams import listening
from support.worlds import World


def keep_copy(server: EmbeddedPostgres, copy: Path) -> None:
    """Keep the database as it is now, its owner and all."""
    server.stop()
    subprocess.run(["cp", "-a", server.data_dir / "cluster", copy], check=True)
    server.start()


def put_back(server: EmbeddedPostgres, copy: Path) -> None:
    """Put the database back to what was kept: what was committed since is lost."""
    server.stop()
    (server.data_dir / "cluster").rename(server.data_dir / "lost")
    copy.rename(server.data_dir / "cluster")
    server.start()


async def test_who_was_told_what_is_lost_is_let_go_and_fetches_anew(
    world_and_server: tuple[World, EmbeddedPostgres], tmp_path: Path
) -> None:
    """Positions 3 and 4 are given twice: who went on after 4 would miss two stays, and show two that are not there."""
    world, server = world_and_server
    grand = f"/api/v1/businesses/{world.grand.id}"
    copy = server.data_dir / "copy"
    async with application(server, tmp_path, None, world) as (app, tokens), client_of(app) as client:
        headers = tokens.of("grand")
        async with listening(app, f"{grand}/events", headers) as stream:
            for number in (0, 1):
                await book(client, world, headers, number)
            await stream.until(2)
            await asyncio.to_thread(keep_copy, server, copy)
            for number in (2, 3):
                await book(client, world, headers, number)
            assert [each.id for each in await stream.until(4)] == [1, 2, 3, 4], "a restart loses nothing"
            assert not stream.ended
            await asyncio.to_thread(put_back, server, copy)
            again = [await book(client, world, headers, number) for number in (4, 5)]
            await stream.until_ended()
        assert [each.id for each in stream.told] == [1, 2, 3, 4]
        async with listening(app, f"{grand}/events", {**headers, "Last-Event-ID": "4"}) as refused:
            assert refused.status == 422
            assert b"unknown_position" in refused.body
        async with listening(app, f"{grand}/events", headers) as anew:
            last = await book(client, world, headers, 6)
            told = await anew.until(5)
            assert [each.data["aggregate_id"] for each in told if each.id > 4] == [last]
        answer = await client.get(f"{grand}/reservations", headers=headers)
        assert {each["id"] for each in answer.json()} >= {*again, last}
        for night in range(1, 9):
            search = f"{grand}/availability?arrival=2027-03-{night:02d}&departure=2027-03-{night + 1:02d}"
            kept = await client.get(search, headers=headers)
            assert kept.content == (await client.get(f"{search}&fresh=true", headers=headers)).content


async def test_a_tail_tells_a_restart_from_a_loss(
    world_and_server: tuple[World, EmbeddedPostgres], tmp_path: Path
) -> None:
    """Also where the new events have passed the position of the lost ones before it looks again."""
    world, server = world_and_server
    copy = server.data_dir / "copy"
    lost: list[str] = []
    async with application(server, tmp_path, None, world) as (app, tokens), client_of(app) as client:
        headers = tokens.of("grand")
        events = database_of(server, "omd_relay", 1)
        await events.open()
        tail = Tail(events)
        tail.on_loss(lambda: lost.append("lost"))
        await tail.step()
        await book(client, world, headers, 0)
        await followed(tail, 1)
        await asyncio.to_thread(keep_copy, server, copy)
        await book(client, world, headers, 1)
        await followed(tail, 2)
        assert lost == []
        await asyncio.to_thread(put_back, server, copy)
        other = Tail(events)
        for number in (2, 3):
            await book(client, world, headers, number)
        while other.position != 3:
            other = Tail(events)
            await other.step()
        assert (tail.position, lost) == (2, [])
        await tail.step()
        assert (tail.position, lost) == (3, ["lost"])
        assert [tail.was_lost(position) for position in (1, 3, 4)] == [True, True, False]
        await events.close()


async def followed(tail: Tail, position: int) -> None:
    """Let a tail follow until it has read a position."""
    async with asyncio.timeout(60):
        while tail.position != position:
            await tail.step()
