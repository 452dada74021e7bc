"""A server that is told by webhooks: a real one, on this machine, which answers as the test wants."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import msgspec

GIGABYTE = 1 << 30
_PIECE = b"x" * 65_536


class Received(msgspec.Struct, frozen=True):
    """A request that came in."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def message(self) -> Any:
        """Return the body as JSON."""
        return msgspec.json.decode(self.body)

    @property
    def about(self) -> str:
        """Return the stay, or whatever it is about."""
        return str(self.message["data"].get("aggregate_id"))


Answer = int | str
"""A status; or `hang`, `huge` (a gigabyte after 200), `redirect:` with where to, `retry:503:` with when, `garbage`."""


class WebhookTarget:
    """What came in, and what is answered: `answer` decides for each request."""

    def __init__(self) -> None:
        self.received: list[Received] = []
        self.answer: Callable[[Received], Answer] = lambda _received: 204
        self.port = 0
        self.bytes_sent = 0
        self.open = 0
        self.most_open = 0
        self.came = asyncio.Condition()
        self.release = asyncio.Event()

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.port}/hook"

    async def until(self, count: int) -> None:
        """Wait until so many requests have come in."""
        async with self.came, asyncio.timeout(60):
            await self.came.wait_for(lambda: len(self.received) >= count)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one connection."""
        self.open += 1
        self.most_open = max(self.most_open, self.open)
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError):
                await self._answer(await self._read(reader), writer)
        finally:
            self.open -= 1
            writer.close()

    async def _read(self, reader: asyncio.StreamReader) -> Received:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        first, *lines = head.strip().split("\r\n")
        headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
        received = Received(first.split(" ")[1], headers, await reader.readexactly(int(headers["content-length"])))
        async with self.came:
            self.received.append(received)
            self.came.notify_all()
        return received

    async def _answer(self, received: Received, writer: asyncio.StreamWriter) -> None:
        answer = self.answer(received)
        if answer == "hang":
            await self.release.wait()
        elif answer == "huge":
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % GIGABYTE)
            while self.bytes_sent < GIGABYTE:
                writer.write(_PIECE)
                await writer.drain()
                self.bytes_sent += len(_PIECE)
        elif answer == "garbage":
            writer.write(b"\x00\x01\x02 what?\r\n\r\n")
        elif isinstance(answer, str) and answer.startswith("retry:"):
            _, status, when = answer.split(":", 2)
            head = f"HTTP/1.1 {status} x\r\nRetry-After: {when}\r\nContent-Length: 0\r\n\r\n"
            writer.write(head.encode())
        elif isinstance(answer, str):
            where = answer.removeprefix("redirect:").encode()
            writer.write(b"HTTP/1.1 302 Found\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n" % where)
        else:
            writer.write(b"HTTP/1.1 %d x\r\nContent-Length: 0\r\n\r\n" % answer)
        await writer.drain()


@asynccontextmanager
async def target_open(tls: ssl.SSLContext | None = None, *, port: int = 0) -> AsyncIterator[WebhookTarget]:
    """Open a target for the block, on any free port where none is given."""
    target = WebhookTarget()
    server = await asyncio.start_server(target.serve, "127.0.0.1", port, ssl=tls)
    target.port = server.sockets[0].getsockname()[1]
    try:
        yield target
    finally:
        target.release.set()
        server.close()
        await server.wait_closed()
