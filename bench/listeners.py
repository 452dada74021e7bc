"""Listeners of live streams: raw connections that note how old an event is when it arrives."""

import asyncio
import re
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import cast

from bench.http_client import Address
from bench.model import BenchFailed

_OCCURRED = re.compile(rb'"occurred_at":"([^"]+)"')
_READY = b"event: ready"
_OPENING_AT_ONCE = 100


class Listener(asyncio.Protocol):
    """One stream; `ages_ms` are those of its events on arrival, from the start of the request that caused them.

    Only those caused after `count_from` count, in seconds of the system's clock.
    """

    def __init__(self, request: bytes, ready: "asyncio.Future[None]") -> None:
        self.ages_ms: list[float] = []
        self.count_from = 0.0
        self._request = request
        self.ready = ready
        self._tail = b""
        self._transport: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the stream."""
        # The transports of uvloop are no subclasses of asyncio's.
        self._transport = cast("asyncio.WriteTransport", transport)
        self._transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        """Note the age of every event in a piece of the stream."""
        now = time.time()
        data = self._tail + data
        if not self.ready.done():
            if _READY not in data:
                self._tail = data
                return
            self.ready.set_result(None)
        last = 0
        for match in _OCCURRED.finditer(data):
            began = datetime.fromisoformat(match[1].decode()).timestamp()
            if began >= self.count_from:
                self.ages_ms.append((now - began) * 1000)
            last = match.end()
        # What may be the beginning of another event.
        self._tail = data[last:][-80:]

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell who still waits that there will be nothing."""
        if not self.ready.done():
            self.ready.set_exception(BenchFailed(f"A stream was refused: {self._tail[:300]!r} {exc or ''}"))

    def close(self) -> None:
        """Hang up."""
        if self._transport is not None:
            self._transport.close()


@asynccontextmanager
async def listening(address: Address, requests: Sequence[bytes]) -> AsyncIterator[list[Listener]]:
    """Yield a listener a request, each of which has had its first event; hang up at the end."""
    loop = asyncio.get_running_loop()
    listeners: list[Listener] = []
    try:
        for start in range(0, len(requests), _OPENING_AT_ONCE):
            waiting = []
            for request in requests[start : start + _OPENING_AT_ONCE]:
                listener = Listener(request, loop.create_future())
                listeners.append(listener)
                waiting.append(listener.ready)
                await loop.create_connection(lambda each=listener: each, address.host, address.port)  # type: ignore[misc]  # the default is ours
            async with asyncio.timeout(60):
                await asyncio.gather(*waiting)
        yield listeners
    finally:
        for listener in listeners:
            listener.close()
