"""Server-sent events, read from the real application as a browser reads them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

import httpx
import msgspec
from litestar import Litestar

PATIENCE_SECONDS = 60.0
_EVENT_STREAM = b"text/event-stream"


class Told(msgspec.Struct, frozen=True):
    """One event of a stream."""

    id: int
    type: str
    data: dict[str, Any]


class Listener:
    """A stream that is open: its status, and what it tells."""

    def __init__(self) -> None:
        self.status = 0
        self.body = b""
        self.ended = False
        self._came = asyncio.Condition()
        self._told: list[Told] = []
        self._taken = 0

    @property
    def told(self) -> list[Told]:
        """Everything the stream has told, `ready` aside."""
        return [each for each in self._told if each.type != "ready"]

    @property
    def began_at(self) -> int:
        """The position of `ready`."""
        return next(each.id for each in self._told if each.type == "ready")

    async def take(self, message: dict[str, Any]) -> None:
        """Take a message of the application."""
        async with self._came:
            if message["type"] == "http.response.start":
                self.status = message["status"]
            else:
                self.body += message.get("body", b"")
                self._read()
            self._came.notify_all()

    async def end(self) -> None:
        """Note that the application has ended the stream."""
        async with self._came:
            self.ended = True
            self._came.notify_all()

    async def until(self, position: int) -> list[Told]:
        """Wait until the stream has told of a position, or of one after it; return everything it told."""
        async with self._came, asyncio.timeout(PATIENCE_SECONDS):
            await self._came.wait_for(lambda: self.ended or any(each.id >= position for each in self._told))
        return self.told

    async def until_ready(self) -> None:
        """Wait for the first event, or for a refusal."""
        async with self._came, asyncio.timeout(PATIENCE_SECONDS):
            await self._came.wait_for(lambda: self.ended or bool(self._told))

    async def until_ended(self) -> None:
        """Wait until the application has ended the stream."""
        async with self._came, asyncio.timeout(PATIENCE_SECONDS):
            await self._came.wait_for(lambda: self.ended)

    def _read(self) -> None:
        if self.status != httpx.codes.OK:
            return
        *whole, self.body = self.body.split(b"\n\n")
        for block in whole:
            fields = dict(line.split(b": ", 1) for line in block.split(b"\n") if not line.startswith(b":"))
            if fields:
                data = msgspec.json.decode(fields[b"data"])
                self._told.append(Told(int(fields[b"id"]), fields[b"event"].decode(), data))


@asynccontextmanager
async def listening(app: Litestar, path: str, headers: dict[str, str]) -> AsyncIterator[Listener]:
    """Open a stream and wait for its first event or its refusal; hang up at the end of the block."""
    listener, hung_up, asked = Listener(), asyncio.Event(), False
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": "GET",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "scheme": "http",
        "headers": [(b"host", b"testserver"), *((k.lower().encode(), v.encode()) for k, v in headers.items())],
        "client": ("127.0.0.1", 1234),
        "server": ("testserver", 80),
    }

    async def receive() -> dict[str, Any]:
        nonlocal asked
        if not asked:
            asked = True
            return {"type": "http.request", "body": b"", "more_body": False}
        await hung_up.wait()
        return {"type": "http.disconnect"}

    async def tell(message: dict[str, Any]) -> None:
        await listener.take(message)
        if message["type"] == "http.response.body" and not message.get("more_body", False):
            # After its whole answer an application is told that the client has gone.
            hung_up.set()

    async def serve() -> None:
        try:
            await cast("Any", app)(scope, receive, tell)
        finally:
            await listener.end()

    serving = asyncio.create_task(serve())
    try:
        await listener.until_ready()
        yield listener
    finally:
        hung_up.set()
        async with asyncio.timeout(PATIENCE_SECONDS):
            await serving


def hanging_up(app: Litestar) -> Any:
    """Return the application as seen by a client that reads the first event of a stream and hangs up."""

    async def cut(scope: Any, receive: Any, send: Any) -> None:
        hung_up, is_stream = asyncio.Event(), False

        async def hear() -> Any:
            if hung_up.is_set():
                return {"type": "http.disconnect"}
            heard, gone = asyncio.ensure_future(receive()), asyncio.ensure_future(hung_up.wait())
            await asyncio.wait({heard, gone}, return_when=asyncio.FIRST_COMPLETED)
            if heard.done():
                gone.cancel()
                return heard.result()
            heard.cancel()
            return {"type": "http.disconnect"}

        async def tell(message: Any) -> None:
            nonlocal is_stream
            if message["type"] == "http.response.start":
                is_stream = any(k == b"content-type" and v.startswith(_EVENT_STREAM) for k, v in message["headers"])
            elif is_stream and not hung_up.is_set():
                hung_up.set()
                message = {**message, "more_body": False}
            elif hung_up.is_set():
                return
            await send(message)

        await cast("Any", app)(scope, hear, tell)

    return cut
