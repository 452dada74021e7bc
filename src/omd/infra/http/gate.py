"""The outermost layer of the HTTP API: whom it answers, under which id, and the headers that every answer carries."""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, ClassVar

import msgspec
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send
from structlog.contextvars import bound_contextvars

from omd.infra.http.arrival import Arrival, Network, note_arrival
from omd.infra.http.problems import PROBLEM_JSON, document_of, problem_headers
from omd.infra.http.refusals import note_refusal
from omd.kernel.errors import NotFound, OmdError

MAX_HEADER_BYTES = 32_768
MAX_HEADERS = 100
BODY_SECONDS = 20.0
"""How long a whole body may take: each request that is let in holds one of the places that a worker has."""

_EXTRA = "omd_answer_headers"

Header = tuple[bytes, bytes]

_ALWAYS: tuple[Header, ...] = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cross-origin-embedder-policy", b"require-corp"),
    (b"x-frame-options", b"DENY"),
    # Without one the HTTP server names itself.
    (b"server", b"omd"),
)
_TRANSPORT = (b"strict-transport-security", b"max-age=31536000")
_DATA_POLICY = b"default-src 'none'; frame-ancestors 'none'"
_PAGE_POLICY = (
    b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    b"connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
"""No script or style but this server's own files: nothing inline, nothing evaluated."""


class HeadersTooLarge(OmdError):
    """The headers of the request are too many, or too long."""

    code = "headers_too_large"
    status = 431
    title = "The headers are too large"


class BodyTooSlow(OmdError):
    """The body of the request did not arrive in time."""

    code = "body_too_slow"
    status = 408
    title = "The body did not arrive in time"


class BodyNotWhole(OmdError):
    """The client hung up before it had sent the whole body."""

    code = "body_not_whole"
    status = 400
    title = "The body did not arrive whole"


class HostNotServed(OmdError):
    """The request names a host that this server does not answer for."""

    code = "host_not_served"
    status = 421
    title = "This host is not served here"


class GatePolicy(msgspec.Struct, frozen=True):
    """Whom the gate believes and answers.

    `trusted_proxies` are believed what they say of the client; `allowed_hosts` are the names that are answered for,
    `*.example.org` every name below, none at all every name; answers below `cacheable` may be kept by caches.
    """

    trusted_proxies: tuple[Network, ...] = ()
    allowed_hosts: tuple[str, ...] = ()
    cacheable: tuple[str, ...] = ()

    def serves(self, host: bytes) -> bool:
        """Say whether the value of a Host header names a host that is answered for."""
        name = host.decode("latin-1").lower()
        name = name.partition("]")[0] + "]" if name.startswith("[") else name.partition(":")[0]
        return any(
            name == each or (each.startswith("*.") and name.endswith(each[1:]) and name != each[1:])
            for each in self.allowed_hosts
        )


class Gate:
    """An ASGI application around another one."""

    _KEPT: ClassVar[frozenset[bytes]] = frozenset({b"host", b"x-forwarded-for", b"x-forwarded-proto", b"x-request-id"})

    def __init__(self, app: ASGIApp, policy: GatePolicy) -> None:
        self._app = app
        self._policy = policy

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Note where the request comes from, and pass it on, or refuse it here."""
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        values: dict[bytes, list[bytes]] = {name: [] for name in self._KEPT}
        size = count = 0
        for name, value in scope["headers"]:
            size += len(name) + len(value)
            count += 1
            if name in values:
                values[name].append(value)
        client = scope.get("client")
        arrival = note_arrival(
            scope,  # type: ignore[arg-type]  # a dictionary, whatever its keys are typed to be
            peer=client[0] if client else "",
            scheme=scope["scheme"],
            forwarded_for=values[b"x-forwarded-for"],
            forwarded_proto=values[b"x-forwarded-proto"],
            request_id=values[b"x-request-id"][-1] if values[b"x-request-id"] else None,
            trusted=self._policy.trusted_proxies,
        )
        extra: list[Header] = []
        scope[_EXTRA] = extra  # type: ignore[literal-required]  # a key of ours
        answering = asyncio.Event()
        dressed = self._dressing(send, arrival, scope["path"], extra, answering)
        with bound_contextvars(request_id=arrival.request_id):
            refusal = self._refusal(scope["path"], values[b"host"], size, count)
            if refusal is None:
                await self._app(scope, _in_time(receive, answering), dressed)
            else:
                note_refusal(refusal.code, refusal.status, scope)
                await send_refusal(refusal, dressed)

    def _refusal(self, path: str, hosts: list[bytes], size: int, count: int) -> OmdError | None:
        if "\0" in path:
            return NotFound("There is nothing at a path that holds a NUL.")
        if size > MAX_HEADER_BYTES or count > MAX_HEADERS:
            return HeadersTooLarge(
                f"A request has at most {MAX_HEADERS} headers, {MAX_HEADER_BYTES:,} bytes together. Send fewer."
            )
        if self._policy.allowed_hosts and not (len(hosts) == 1 and self._policy.serves(hosts[0])):
            return HostNotServed("The Host header names no host of this server. Use the address you were given.")
        return None

    def _dressing(
        self, send: Send, arrival: Arrival, path: str, extra: list[Header], answering: asyncio.Event
    ) -> Callable[[Message], Awaitable[None]]:
        """Return what sends an answer with the headers that every answer carries, unless it has its own of a name."""
        policy = self._policy

        async def dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                answering.set()
                headers = list(message["headers"])
                given = {name.lower(): value for name, value in headers}
                is_page = given.get(b"content-type", b"").startswith(b"text/html")
                wanted = [
                    *_ALWAYS,
                    (b"content-security-policy", _PAGE_POLICY if is_page else _DATA_POLICY),
                    (b"x-request-id", arrival.request_id.encode()),
                ]
                if not path.startswith(policy.cacheable or ("\0",)):
                    wanted.append((b"cache-control", b"no-store"))
                if arrival.scheme == "https":
                    wanted.append(_TRANSPORT)
                headers += [each for each in wanted if each[0] not in given]
                headers += extra
                message["headers"] = headers
            await send(message)

        return dressed


def add_answer_header(scope: MutableMapping[str, Any] | Any, name: str, value: str) -> None:
    """Give the answer to the request with this ASGI scope one more header, whatever the answer will be."""
    extra: list[Header] | None = scope.get(_EXTRA)
    if extra is not None:
        extra.append((name.lower().encode(), value.encode("latin-1")))


def _in_time(receive: Receive, answering: asyncio.Event) -> Receive:
    """Return what receives the request, and raises `BodyTooSlow` or `BodyNotWhole` for a body that does not come.

    Who answers already has what it needs of the body: it listens for the client to leave.
    """
    deadline: float | None = None
    is_whole = False

    async def punctual() -> Any:
        nonlocal deadline, is_whole
        if is_whole or answering.is_set():
            return await receive()
        if deadline is None:
            deadline = asyncio.get_running_loop().time() + BODY_SECONDS
        try:
            async with asyncio.timeout_at(deadline):
                message = await receive()
        except TimeoutError:
            said = f"The whole body must arrive within {BODY_SECONDS:.0f} seconds. Nothing was done; send it again."
            raise BodyTooSlow(said) from None
        if message["type"] == "http.disconnect":
            raise BodyNotWhole("The connection ended before the body did. Nothing was done; send it again.")
        is_whole = not message.get("more_body", False)
        return message

    return punctual


async def send_refusal(refusal: OmdError, send: Callable[[Message], Awaitable[None]]) -> None:
    """Answer with a refusal, without the framework."""
    body = msgspec.json.encode(document_of(refusal))
    headers = [(b"content-type", PROBLEM_JSON.encode()), (b"content-length", str(len(body)).encode())]
    headers += [(name.lower().encode(), value.encode("latin-1")) for name, value in problem_headers(refusal).items()]
    await send({"type": "http.response.start", "status": refusal.status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})
