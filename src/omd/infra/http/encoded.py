"""An answer that is bytes already: sent as it is, past what the framework does to make one."""

from collections.abc import Mapping

from litestar.types import Receive, Scope, Send


class EncodedAnswer:
    """An ASGI application that answers one request with JSON, or without a body where the status has none."""

    __slots__ = ("_body", "_headers", "_status")

    def __init__(self, status: int, headers: Mapping[str, str], body: bytes = b"") -> None:
        self._status = status
        self._headers = [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()]
        self._body = body
        if body:
            self._headers.append((b"content-type", b"application/json"))
            self._headers.append((b"content-length", b"%d" % len(body)))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - ASGI's signature
        """Send the answer."""
        await send({"type": "http.response.start", "status": self._status, "headers": self._headers})
        await send({"type": "http.response.body", "body": self._body, "more_body": False})
