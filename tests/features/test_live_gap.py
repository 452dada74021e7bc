"""Between asking for a stream and listening to it nothing is lost, however long that takes."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest

from omd.db import Database
from omd.entrypoints.api.live import LiveStreams, Renderer
from omd.entrypoints.api.live.render import GUESTS
from omd.entrypoints.api.live.stream import Wanted
from omd.infra.events import Channel, Channels, Relay, Tail
from omd.kernel.actor import Actor
from support.front_desk import Desk
from support.relayed import last_position
from support.worlds import World, hotel_actor


class Follower:
    """A process that streams, whose tail reads when the test says so."""

    def __init__(self, db: Database, events: Database, world: World) -> None:
        self.tail = Tail(events)
        render = Renderer(db)
        self._streams = LiveStreams(db, self.tail, Channels(self.tail, render), render, most_of_caller=9)
        self._actor = hotel_actor(world.grand)
        self._channel = Channel(world.grand.omd_id, world.grand.id, GUESTS)

    async def recheck(self) -> Actor:
        """Say that the caller may still listen."""
        return self._actor

    def open(self, after: int | None) -> AsyncIterator[bytes]:
        """Ask for a stream."""
        return self._streams.open(Wanted(self._channel, after, self._actor, self.recheck, self._channel.business_id))


@pytest.fixture
async def streaming(db: Database, events: Database, world: World) -> Follower:
    """A process that has read everything up to now."""
    follower = Follower(db, events, world)
    await follower.tail.step()
    return follower


async def heard(desk: Desk, events: Database, follower: Follower) -> int:
    """Book a stay, and let the process read of it; return its position."""
    await desk.booked("double", "2027-03-10", "2027-03-12")
    relay = Relay(events)
    async with asyncio.timeout(60):
        while not (await relay.step()).given:
            pass
    position = await last_position(desk.connection)
    await follower.tail.step()
    assert follower.tail.position == position
    return position


def parsed(frame: bytes) -> dict[str, Any]:
    """Return the fields of a server-sent event."""
    return dict(line.split(": ", 1) for line in frame.decode().strip().splitlines())


async def test_what_happens_before_the_stream_is_listened_to_is_told(
    desk: Desk, events: Database, streaming: Follower
) -> None:
    before = streaming.tail.position
    stream = streaming.open(before)
    position = await heard(desk, events, streaming)
    async with asyncio.timeout(30):
        assert parsed(await anext(stream))["event"] == "ready"
        told = parsed(await anext(stream))
    assert (told["id"], told["event"]) == (str(position), "reservation.booked")
    assert msgspec.json.decode(told["data"])["position"] == position


async def test_a_new_stream_begins_where_it_listens_from(desk: Desk, events: Database, streaming: Follower) -> None:
    stream = streaming.open(None)
    position = await heard(desk, events, streaming)
    async with asyncio.timeout(30):
        assert parsed(await anext(stream))["id"] == str(position)
