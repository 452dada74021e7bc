"""What a process of the API knows by following the events: live streams, and what hotels have and cost."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from typing import Any

from omd.db import Database, DatabaseContact
from omd.entrypoints.api.live import LiveStreams, Renderer
from omd.features.availability import Windows
from omd.features.offers import Prices, Remembering
from omd.infra.events import Channels, Tail, Watch
from omd.infra.redis_circuit import RedisCircuit
from omd.kernel.clock import Clock
from omd.kernel.errors import OmdError


class Follower:
    """Follows the events for its listeners; without `events`, the database as their reader sees it, nobody does."""

    def __init__(
        self,
        database: Database,
        events: Database | None,
        circuit: RedisCircuit,
        clock: Clock,
        *,
        streams_of_caller: int,
        streams_end: int | None,
        contact: DatabaseContact,
    ) -> None:
        self._events = events
        self._streams_end = streams_end
        self._tail = Tail(events or database)
        self._watch = None if events is None else Watch(events, self._tail)
        render = Renderer(database)
        self._channels = Channels(self._tail, render)
        self.live = LiveStreams(database, self._tail, self._channels, render, most_of_caller=streams_of_caller)
        self.windows = Windows(database, circuit, self._tail, self._watch, clock, contact=contact)
        self._prices = Prices(database, circuit, self._tail, self._watch, clock, contact=contact)
        self.remembering = Remembering(self.windows, self._prices, contact)

    @asynccontextmanager
    async def following(self, beside: Callable[[], Coroutine[Any, Any, None]]) -> AsyncIterator[None]:
        """Follow the events for as long as the block lasts, with `beside` under way; then let every listener go."""
        events, watch, stopping = self._events, self._watch, asyncio.Event()
        if events is None or watch is None:
            yield
            return
        if self._streams_end is not None:
            asyncio.get_running_loop().add_signal_handler(self._streams_end, stopping.set)
        opened_here = not events.is_open
        if opened_here:
            await events.open()
        with suppress(OmdError):
            # Where it is away, the tail waits for it.
            await self._tail.step()
            await self._tail.step()
            await watch.look()
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._tail.run(stopping))
                tasks.create_task(watch.run(stopping))
                tasks.create_task(self._channels.beat(stopping))
                besides = tasks.create_task(beside())
                try:
                    yield
                finally:
                    stopping.set()
                    besides.cancel()
        finally:
            await self.windows.close()
            await self._prices.close()
            if opened_here:
                await events.close()
