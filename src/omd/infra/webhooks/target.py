"""Sending to an address that somebody else chose: where to is checked, how long and how much is bounded."""

import asyncio
import ssl
import time
from collections.abc import Iterable
from functools import cache

import httpcore2
import httpx2
import msgspec

from omd.infra.webhooks.addresses import (
    AddressRefused,
    NotResolved,
    Resolve,
    checked,
    is_loopback,
    is_public,
    literal_address,
)
from omd.infra.webhooks.errors import UrlNotPossible
from omd.infra.webhooks.names import Names

CONNECT_SECONDS = 5.0
WHOLE_SECONDS = 15.0
MOST_BYTES = 64 * 1024
"""How much of an answer is read; what comes after it is not waited for."""

_AGENT = b"OMD-Webhooks/1"
_PORTS = {"https": 443, "http": 80}
_GONE = 410
_TOO_BUSY = (429, 503)


class Outcome(msgspec.Struct, frozen=True):
    """What came of an attempt: a status, or why there is none; how long it took, how much was read.

    `retry_after` is what a target that has too much to do said of when to come again, as it said it.
    """

    status: int | None
    error: str | None
    milliseconds: int
    bytes_read: int = 0
    retry_after: str | None = None

    @property
    def delivered(self) -> bool:
        """Say whether the target took it: any answer 2xx, whole or cut off."""
        return self.error is None and self.status is not None and 200 <= self.status < 300

    @property
    def gone(self) -> bool:
        """Say whether the target wants nothing any more (410, as the Standard Webhooks have it)."""
        return self.status == _GONE


class _CheckedNetwork(httpcore2.AsyncNetworkBackend):
    """Connects to the very address it checked: a name that stands for another one a moment later leads nowhere."""

    def __init__(self, find: Resolve, *, to_loopback: bool) -> None:
        self._find = find
        self._to_loopback = to_loopback
        self._network = httpcore2.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the library's signature
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        """Connect to the first address of the host that answers; raise `AddressRefused` or `NotResolved`."""
        refused: Exception = NotResolved(host)
        async with asyncio.timeout(timeout):
            for address in checked(await self._find(host, port), to_loopback=self._to_loopback):
                try:
                    return await self._network.connect_tcp(address, port, timeout, local_address, socket_options)
                except httpcore2.ConnectError as error:
                    refused = error
        raise refused


class Sender:
    """Posts to targets. Redirects are not followed, proxies of the environment not asked, connections not kept.

    `to_loopback` lets it send to this machine, without TLS too: for development alone.
    """

    def __init__(
        self,
        *,
        to_loopback: bool = False,
        find: Resolve | None = None,
        tls: ssl.SSLContext | None = None,
        connect_seconds: float = CONNECT_SECONDS,
        whole_seconds: float = WHOLE_SECONDS,
    ) -> None:
        self.to_loopback = to_loopback
        self._network = _CheckedNetwork(find or Names(), to_loopback=to_loopback)
        self._tls = tls or _tls_of_this_machine()
        self._connect_seconds = connect_seconds
        self._whole_seconds = whole_seconds

    async def post(self, url: str, body: bytes, headers: dict[str, str]) -> Outcome:
        """Post and return what came of it; a target can answer what it likes, and nothing of it raises."""
        began = time.monotonic()
        status, read, error, again = None, 0, None, None
        try:
            target = target_of(url, to_loopback=self.to_loopback)
            async with asyncio.timeout(self._whole_seconds):
                status, read, again = await self._exchange(target, body, headers)
        except UrlNotPossible:
            error = "refused_address"
        except AddressRefused:
            error = "refused_address"
        except NotResolved:
            error = "not_resolved"
        except (TimeoutError, httpcore2.TimeoutException):
            error = "timeout"
        except httpcore2.ConnectError as refused:
            error = (
                "tls_failed" if isinstance(refused.__cause__ or refused.__context__, ssl.SSLError) else "no_connection"
            )
        except (httpcore2.NetworkError, httpcore2.ProtocolError, OSError):
            error = "broken_answer"
        return Outcome(status, error, round((time.monotonic() - began) * 1000), read, again)

    async def _exchange(
        self, target: httpcore2.URL, body: bytes, headers: dict[str, str]
    ) -> tuple[int, int, str | None]:
        sent = [
            (b"host", _host_of(target)),
            (b"user-agent", _AGENT),
            (b"content-type", b"application/json"),
            (b"content-length", str(len(body)).encode()),
            (b"accept-encoding", b"identity"),
            (b"connection", b"close"),
            *((name.encode(), value.encode()) for name, value in headers.items()),
        ]
        patience = {"connect": self._connect_seconds, "read": self._whole_seconds, "write": self._whole_seconds}
        read = 0
        async with (
            httpcore2.AsyncConnectionPool(self._tls, network_backend=self._network) as connections,
            connections.stream(
                "POST",
                target,
                headers=sent,
                content=body,
                extensions={"timeout": {**patience, "pool": self._whole_seconds}},
            ) as answer,
        ):
            async for part in answer.aiter_stream():
                read += len(part)
                if read >= MOST_BYTES:
                    break
            again = _header(answer.headers, b"retry-after") if answer.status in _TOO_BUSY else None
            return answer.status, min(read, MOST_BYTES), again


@cache
def _tls_of_this_machine() -> ssl.SSLContext:
    # Reading the authorities takes 20 ms, and they are the same for every sender of the process.
    return ssl.create_default_context()


def target_of(url: str, *, to_loopback: bool) -> httpcore2.URL:
    """Return where a URL leads; raise `UrlNotPossible` for one that webhooks are not sent to, whatever its host is."""
    said = "Give the https:// address of a public server, without a login and without a fragment."
    try:
        parsed = httpx2.URL(url)
        host, port = parsed.host, parsed.port
    except (httpx2.InvalidURL, ValueError, UnicodeError):
        raise UrlNotPossible(said) from None
    if parsed.scheme not in _PORTS or not host or parsed.userinfo or parsed.fragment:
        raise UrlNotPossible(said)
    if port is not None and not 0 < port < 65_536:
        raise UrlNotPossible(said)
    require_host(host, scheme=parsed.scheme, to_loopback=to_loopback)
    return httpcore2.URL(
        scheme=parsed.raw_scheme, host=parsed.raw_host, port=port or _PORTS[parsed.scheme], target=parsed.raw_path
    )


def require_host(host: str, *, scheme: str, to_loopback: bool) -> None:
    """Raise `UrlNotPossible` for a host that is an address nobody outside may be sent to, or a plain http one."""
    address = literal_address(host)
    own = host == "localhost" if address is None else is_loopback(address)
    if scheme != "https" and not (own and to_loopback):
        raise UrlNotPossible("Give an https:// address: what is told is for its owner alone.")
    if address is not None and not is_public(address) and not (own and to_loopback):
        raise UrlNotPossible(f"{host} is no public address. Give one that everybody reaches.")


def _header(headers: Iterable[tuple[bytes, bytes]], name: bytes) -> str | None:
    """Return the first value of a header; letters that no header has are replaced."""
    return next((value.decode("ascii", "replace") for key, value in headers if key.lower() == name), None)


def _host_of(target: httpcore2.URL) -> bytes:
    host = b"[" + target.host + b"]" if b":" in target.host else target.host
    return host if target.port in (None, _PORTS[target.scheme.decode()]) else b"%s:%d" % (host, target.port)
