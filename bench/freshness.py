"""Watches how long after a change was acknowledged the cached answers still say what was before it."""

import asyncio
import time
from collections.abc import Callable

import msgspec

from bench.http_client import Address
from bench.model import BenchFailed, percentiles

WATCHERS = 4
"""Connections that are each asked until they show the change: enough to reach every worker."""

_PATIENCE_SECONDS = 10.0


class Staleness(msgspec.Struct, frozen=True):
    """Milliseconds until the last connection showed a change, from its acknowledgement on, and until that came."""

    p50_ms: float
    p99_ms: float
    max_ms: float
    count: int
    change_p50_ms: float
    change_max_ms: float


class _Answer(msgspec.Struct, frozen=True):
    status: int
    tag: str
    body: bytes


class _Asked:
    """A kept connection on which one question is asked at a time."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def ask(self, request: bytes) -> _Answer:
        """Send a request and return what is answered."""
        self._writer.write(request)
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:])}
        body = await self._reader.readexactly(int(headers.get("content-length", "0")))
        return _Answer(int(head[0].split(" ")[1]), headers.get("etag", ""), body)

    def close(self) -> None:
        """Hang up."""
        self._writer.close()


Change = tuple[bytes, bytes]
"""A request that changes something, and one whose answer shows it."""


async def watch_changes(
    address: Address, next_change: Callable[[], Change], *, seconds: float, taken: int = 201
) -> Staleness:
    """Make one change after the other, and after each that is `taken` ask until every connection shows it."""
    desk, *watchers = [_Asked(*await asyncio.open_connection(address.host, address.port)) for _ in range(WATCHERS + 1)]
    found: list[float] = []
    took: list[float] = []
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        change, question = next_change()
        before = [(await each.ask(question)).body for each in watchers]
        asked_at = time.perf_counter()
        if (await desk.ask(change)).status != taken:
            continue
        began = time.perf_counter()
        took.append((began - asked_at) * 1000)
        await asyncio.gather(*(_until_changed(each, question, old) for each, old in zip(watchers, before, strict=True)))
        found.append((time.perf_counter() - began) * 1000)
    for each in (desk, *watchers):
        each.close()
    latency = percentiles(found, seconds)
    change_took = percentiles(took, seconds)
    return Staleness(latency.p50_ms, latency.p99_ms, latency.max_ms, len(found), change_took.p50_ms, change_took.max_ms)


async def _until_changed(watcher: _Asked, question: bytes, old: bytes) -> None:
    deadline = time.perf_counter() + _PATIENCE_SECONDS
    while (await watcher.ask(question)).body == old:
        if time.perf_counter() > deadline:
            raise BenchFailed(f"A change was not in the cached answer {_PATIENCE_SECONDS:.0f} seconds later.")
        await asyncio.sleep(0.002)
