"""Watches how long after a booking was acknowledged the cached answers still say what was before it."""

import asyncio
import time

import msgspec

from bench.http_client import Address
from bench.model import BenchFailed, percentiles
from bench.traffic import Traffic

WATCHERS = 4
"""Connections that are each asked until they show the change: enough to reach every worker."""

_PATIENCE_SECONDS = 10.0


class Staleness(msgspec.Struct, frozen=True):
    """Milliseconds from the acknowledgement of a booking until the last connection showed it."""

    p50_ms: float
    p99_ms: float
    max_ms: float
    count: int


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


async def watch_changes(address: Address, traffic: Traffic, *, seconds: float) -> Staleness:
    """Book one stay after the other, and after each ask until every connection shows it."""
    desk, *watchers = [_Asked(*await asyncio.open_connection(address.host, address.port)) for _ in range(WATCHERS + 1)]
    found: list[float] = []
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        booking, question = traffic.booking_to_watch()
        before = [(await each.ask(question)).body for each in watchers]
        if (await desk.ask(booking)).status != 201:
            continue
        began = time.perf_counter()
        await asyncio.gather(*(_until_changed(each, question, old) for each, old in zip(watchers, before, strict=True)))
        found.append((time.perf_counter() - began) * 1000)
    for each in (desk, *watchers):
        each.close()
    latency = percentiles(found, seconds)
    return Staleness(latency.p50_ms, latency.p99_ms, latency.max_ms, len(found))


async def _until_changed(watcher: _Asked, question: bytes, old: bytes) -> None:
    deadline = time.perf_counter() + _PATIENCE_SECONDS
    while (await watcher.ask(question)).body == old:
        if time.perf_counter() > deadline:
            raise BenchFailed(f"A booking was not in the cached answer {_PATIENCE_SECONDS:.0f} seconds later.")
        await asyncio.sleep(0.002)
