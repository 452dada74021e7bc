"""A load generator small enough not to be what is measured: raw HTTP/1.1 over kept connections.

One request is under way on a connection at a time. Answers must carry a Content-Length, as the API's do.
"""

import asyncio
import gc
import random
import re
import time
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import cast

import msgspec

from bench.model import BenchFailed, Latency, percentiles

NextRequest = Callable[[], bytes]
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_HEAD_END = b"\r\n\r\n"
_NOT_MODIFIED = b"304"
"""A status that never has a body (RFC 9110, 15.4.5)."""

_PATIENCE_SECONDS = 60.0
_KEPT_REFUSALS = 3


class Address(msgspec.Struct, frozen=True):
    """Where the API listens."""

    host: str
    port: int


class Run(msgspec.Struct, frozen=True):
    """One run: `statuses` counts all answers, those of the warm-up too; `latency` only the measured ones."""

    latency: Latency
    statuses: dict[int, int]
    measured_statuses: dict[int, int]
    refusals: list[str]
    seconds: float


class Connection(asyncio.Protocol):
    """One kept connection."""

    def __init__(self, on_answer: "Callable[[Connection, int, bytes], None]", failed: asyncio.Future[None]) -> None:
        self.began = 0.0
        self._on_answer = on_answer
        self._failed = failed
        self._received = b""
        self._closing = False
        self._transport: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        # The transports of uvloop are no subclasses of asyncio's.
        self._transport = cast("asyncio.WriteTransport", transport)

    def send(self, request: bytes, began: float) -> None:
        """Send a request whose latency counts from `began`."""
        assert self._transport is not None
        self.began = began
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        """Take in a piece of an answer; when it is whole, report it."""
        if self._received:
            data = self._received + data
        head_end = data.find(_HEAD_END)
        if head_end < 0:
            self._received = data
            return
        length = _LENGTH.search(data, 0, head_end)
        has_body = data[9:12] != _NOT_MODIFIED
        if length is None and has_body:
            self._fail(f"An answer without Content-Length: {data[:200]!r}")
            return
        if length is not None and has_body and len(data) < head_end + 4 + int(length[1]):
            self._received = data
            return
        self._received = b""
        self._on_answer(self, int(data[9:12]), data[head_end + 4 :])

    def connection_lost(self, exc: Exception | None) -> None:
        """Fail the run, unless we are closing."""
        if not self._closing:
            self._fail(f"The API closed a connection: {exc or 'no error'}")

    def close(self) -> None:
        """Close the connection."""
        self._closing = True
        if self._transport is not None:
            self._transport.close()

    def _fail(self, sentence: str) -> None:
        if not self._failed.done():
            self._failed.set_exception(BenchFailed(sentence))


class Load:
    """A run under way: what came back, and when it is over."""

    def __init__(self, *, warm_up: float, seconds: float) -> None:
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.count_from = time.perf_counter() + warm_up
        self.until = self.count_from + seconds
        self._latencies: list[float] = []
        self._statuses: Counter[int] = Counter()
        self._measured: Counter[int] = Counter()
        self._refusals: list[str] = []
        self._seconds = seconds

    def note(self, status: int, body: bytes, latency: float, *, measured: bool) -> None:
        """Note one answer."""
        self._statuses[status] += 1
        if measured:
            self._measured[status] += 1
            self._latencies.append(latency * 1000)
        if status >= 300 and len(self._refusals) < _KEPT_REFUSALS:
            self._refusals.append(body.decode("utf-8", "replace")[:300])

    async def wait(self) -> Run:
        """Wait until every request is answered and return what the run gave."""
        gc.collect()
        gc.disable()
        try:
            await asyncio.wait_for(self.done, self.until - time.perf_counter() + _PATIENCE_SECONDS)
        except TimeoutError as error:
            raise BenchFailed(f"Requests stayed unanswered for {_PATIENCE_SECONDS:.0f} seconds.") from error
        finally:
            gc.enable()
        return Run(
            percentiles(self._latencies, self._seconds),
            dict(self._statuses),
            dict(self._measured),
            self._refusals,
            self._seconds,
        )


@asynccontextmanager
async def connected(
    address: Address, count: int, on_answer: Callable[[Connection, int, bytes], None], failed: asyncio.Future[None]
) -> AsyncIterator[list[Connection]]:
    """Yield `count` open connections; close them at the end."""
    loop = asyncio.get_running_loop()
    connections = [Connection(on_answer, failed) for _ in range(count)]
    try:
        for connection in connections:
            await loop.create_connection(lambda each=connection: each, address.host, address.port)  # type: ignore[misc]
        yield connections
    finally:
        for connection in connections:
            connection.close()


async def closed_loop(
    address: Address, next_request: NextRequest, *, connections: int, seconds: float, warm_up: float
) -> Run:
    """Keep `connections` requests under way for `seconds`, each sent as soon as the one before is answered."""
    load = Load(warm_up=warm_up, seconds=seconds)
    left = connections

    def answered(connection: Connection, status: int, body: bytes) -> None:
        nonlocal left
        now = time.perf_counter()
        load.note(status, body, now - connection.began, measured=load.count_from <= now < load.until)
        if now < load.until:
            connection.send(next_request(), now)
            return
        left -= 1
        if left == 0 and not load.done.done():
            load.done.set_result(None)

    async with connected(address, connections, answered, load.done) as opened:
        for connection in opened:
            connection.send(next_request(), time.perf_counter())
        return await load.wait()


async def open_loop(
    address: Address, next_request: NextRequest, *, rate: float, connections: int, seconds: float, warm_up: float
) -> Run:
    """Send `rate` requests a second at random moments (Poisson), however long the answers take.

    Latency counts from the moment a request was due, so that a stall is charged to every request it delays.
    """
    load = Load(warm_up=warm_up, seconds=seconds)
    # The longest idle goes first: the API closes a connection that is silent for ten seconds.
    idle: deque[Connection] = deque()
    waiting: deque[float] = deque()
    chance = random.Random(int(rate * 1000))
    under_way = 0

    def answered(connection: Connection, status: int, body: bytes) -> None:
        nonlocal under_way
        now, due = time.perf_counter(), connection.began
        load.note(status, body, now - due, measured=load.count_from <= due < load.until)
        if waiting:
            connection.send(next_request(), waiting.popleft())
            return
        idle.append(connection)
        under_way -= 1
        if under_way == 0 and now >= load.until and not load.done.done():
            load.done.set_result(None)

    async def send_on_time() -> None:
        nonlocal under_way
        due = time.perf_counter()
        while due < load.until:
            ahead = due - time.perf_counter()
            if ahead > 0:
                await asyncio.sleep(ahead)
            if idle:
                under_way += 1
                idle.popleft().send(next_request(), due)
            else:
                waiting.append(due)
            due += chance.expovariate(rate)
        # The last answer may have come before the end: then nobody else says that the run is over.
        await asyncio.sleep(max(0.0, load.until - time.perf_counter()))
        if under_way == 0 and not load.done.done():
            load.done.set_result(None)

    async with connected(address, connections, answered, load.done) as opened:
        idle.extend(opened)
        sender = asyncio.create_task(send_on_time())
        try:
            return await load.wait()
        finally:
            sender.cancel()


async def at_once(address: Address, rounds: list[bytes], *, connections: int) -> list[list[tuple[int, bytes]]]:
    """Send each round's request on all connections at once and wait for every answer; return them by round."""
    results: list[list[tuple[int, bytes]]] = []
    failed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    finished = asyncio.Event()
    answers: list[tuple[int, bytes]] = []

    def answered(_connection: Connection, status: int, body: bytes) -> None:
        answers.append((status, body))
        if len(answers) == connections:
            finished.set()

    def give_up(_failed: asyncio.Future[None]) -> None:
        finished.set()

    failed.add_done_callback(give_up)
    async with connected(address, connections, answered, failed) as opened:
        for request in rounds:
            answers.clear()
            finished.clear()
            now = time.perf_counter()
            for connection in opened:
                connection.send(request, now)
            await asyncio.wait_for(finished.wait(), _PATIENCE_SECONDS)
            if failed.done():
                failed.result()
            results.append(list(answers))
    failed.cancel()
    return results
