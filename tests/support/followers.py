"""One process that follows the events by hand: nothing happens in it but when the test says so."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from redis.asyncio import Redis

from omd.db import Database, DatabaseContact
from omd.features.availability import TypeAvailability, Windows, find_type_availability
from omd.features.offers import Prices, Remembering
from omd.infra.events import Relay, Tail, Watch
from omd.infra.events.queries import find_head
from omd.infra.redis_circuit import RedisCircuit
from omd.kernel.clock import Clock
from omd.kernel.dates import StayDates
from support.worlds import Hotel, hotel_actor

A_DAY = 86_400.0
"""So long ago may be what the test let it learn last: how slow the machine is plays no part."""


class Follower:
    """Windows as a process of the API has them, told of events by `catch_up` alone."""

    def __init__(
        self,
        database: Database,
        events: Database,
        clock: Clock,
        redis_url: str,
        *,
        most_behind_seconds: float = A_DAY,
        most_waiting_seconds: float = A_DAY,
        contact: DatabaseContact | None = None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._events = events
        self.redis = Redis.from_url(redis_url)
        self._relay = Relay(events)
        self._tail = Tail(events)
        self._watch = Watch(events, self._tail, most_waiting_seconds=most_waiting_seconds)
        circuit = RedisCircuit(rest_seconds=0)
        circuit.connect(self.redis)
        more: Any = {"most_behind_seconds": most_behind_seconds, "contact": contact}
        self.windows = Windows(database, circuit, self._tail, self._watch, clock, **more)
        self.prices = Prices(database, circuit, self._tail, self._watch, clock, **more)
        self.remembering = Remembering(self.windows, self.prices)

    @property
    def true_at(self) -> float:
        """Return up to when it knows what happened, by the monotonic clock."""
        return self._watch.true_at

    async def close(self) -> None:
        """Let go of Redis."""
        await self.windows.close()
        await self.prices.close()
        await self.redis.aclose()

    async def catch_up(self) -> None:
        """Learn of everything that has happened."""
        async with asyncio.timeout(60):
            # What other tests have open on the same server may keep an event waiting.
            while not (await self._relay.step()).is_leader or await self._waiting():
                pass
        await self.hear()

    async def _waiting(self) -> bool:
        async with self._events.reading(None) as tx:
            return (await find_head(tx)).waiting_seconds > 0

    async def hear(self) -> None:
        """Learn of everything that has its position."""
        await self._tail.step()
        await self._tail.step()
        await self._watch.look()

    async def remembered(self, hotel: Hotel, stay: StayDates) -> list[TypeAvailability] | None:
        """Return what a search of one adult finds in the window, None where it does not look there."""
        found = await self.windows.look(hotel.omd_id, [hotel.id], stay, self._clock.now())
        return None if found is None else found.windows[0].window.find(stay, adults=1, children=0)

    async def kept(self, hotel: Hotel, stay: StayDates) -> list[TypeAvailability]:
        """Return what the database gives for the same search."""
        actor, now = hotel_actor(hotel), self._clock.now()
        return await find_type_availability(self._database, actor, [hotel.id], stay, adults=1, children=0, now=now)

    async def keys(self) -> list[bytes]:
        """Return the keys of windows in Redis."""
        return await self._keys("window*[0-9]")

    async def price_keys(self) -> list[bytes]:
        """Return the keys of windows of prices in Redis."""
        return await self._keys("prices*[0-9]")

    async def _keys(self, pattern: str) -> list[bytes]:
        return [key for key in await self.redis.keys(pattern) if isinstance(key, bytes)]


@asynccontextmanager
async def following(
    database: Database, events: Database, clock: Clock, redis_url: str, **more: Any
) -> AsyncIterator[Follower]:
    """Yield a process that has heard of everything up to now."""
    follower = Follower(database, events, clock, redis_url, **more)
    try:
        await follower.catch_up()
        yield follower
    finally:
        await follower.close()
