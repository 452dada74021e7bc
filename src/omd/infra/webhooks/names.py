"""Looking names up, so that one that is never answered holds up whoever asks for it and nobody else.

The system's own way (`getaddrinfo`) blocks a thread, and of those a process has four: four names of one tenant whose
server does not answer would keep every other name waiting. Here the name servers are asked by messages alone.
"""

import asyncio
import socket
import time
from collections.abc import Sequence

import dns.asyncresolver
import dns.exception
import dns.nameserver
import dns.resolver
from dns.rdatatype import AAAA, A, RdataType

from omd.infra.webhooks.addresses import NotResolved, literal_address

ANSWER_SECONDS = 4.0
"""For all name servers of the machine together; less than what an attempt has to connect."""

ONE_ANSWER_SECONDS = 1.5
FAILED_SECONDS = 10.0
"""How long a name that was not answered, or is none, is not asked for again."""

SETTINGS_SECONDS = 60.0
"""How often the machine's name servers are read anew."""

MOST_REMEMBERED = 10_000
MOST_ADDRESSES = 8

NameServer = tuple[str, int]


class Names:
    """Finds the addresses of names at the name servers of `/etc/resolv.conf`, or at those given by address and port.

    What is asked for by several at once is asked once. The machine's `/etc/hosts` is not read, `localhost` aside.
    """

    def __init__(
        self,
        servers: Sequence[NameServer] | None = None,
        *,
        answer_seconds: float = ANSWER_SECONDS,
        failed_seconds: float = FAILED_SECONDS,
    ) -> None:
        self._servers = servers
        self._answer_seconds = answer_seconds
        self._failed_seconds = failed_seconds
        self._resolver: dns.asyncresolver.Resolver | None = None
        self._read_at = 0.0
        self._asked: dict[str, asyncio.Task[list[str]]] = {}
        self._failed: dict[str, float] = {}

    async def __call__(self, host: str, port: int) -> list[str]:  # noqa: ARG002 - what `Resolve` has
        """Return the addresses of a host, in the order in which to try them; raise `NotResolved`."""
        spelled = _spelled(host)
        if spelled is not None:
            return spelled
        name = host.lower().rstrip(".")
        if self._failed.get(name, 0.0) > time.monotonic():
            raise NotResolved(host)
        asked = self._asked.get(name)
        if asked is None:
            asked = self._asked[name] = asyncio.create_task(self._ask(name))
            asked.add_done_callback(lambda task: self._ended(name, task))
        # Whoever gives up waiting leaves the others what they wait for.
        return await asyncio.shield(asked)

    async def _ask(self, name: str) -> list[str]:
        try:
            resolver = self._asking()
        except (dns.exception.DNSException, OSError) as error:
            raise NotResolved(name) from error
        both = await asyncio.gather(*(_addresses(resolver, name, kind) for kind in (A, AAAA)))
        found = [address for each in both for address in each][:MOST_ADDRESSES]
        if not found:
            raise NotResolved(name)
        return found

    def _ended(self, name: str, task: asyncio.Task[list[str]]) -> None:
        del self._asked[name]
        self._failed.pop(name, None)
        if not task.cancelled() and task.exception() is not None:
            while len(self._failed) >= MOST_REMEMBERED:
                del self._failed[next(iter(self._failed))]
            self._failed[name] = time.monotonic() + self._failed_seconds

    def _asking(self) -> dns.asyncresolver.Resolver:
        now = time.monotonic()
        if self._resolver is None or (self._servers is None and now - self._read_at > SETTINGS_SECONDS):
            resolver = dns.asyncresolver.Resolver(configure=self._servers is None)
            if self._servers is not None:
                resolver.nameservers = [dns.nameserver.Do53Nameserver(*each) for each in self._servers]
            resolver.lifetime = self._answer_seconds
            resolver.timeout = min(ONE_ANSWER_SECONDS, self._answer_seconds)
            self._resolver, self._read_at = resolver, now
        return self._resolver


async def _addresses(resolver: dns.asyncresolver.Resolver, name: str, kind: RdataType) -> list[str]:
    """Return the addresses of one kind; none where nobody says any."""
    try:
        answer = await resolver.resolve(f"{name}.", kind, raise_on_no_answer=False)
    except (dns.exception.DNSException, UnicodeError, OSError):
        return []
    return [each.to_text() for each in answer]


def _spelled(host: str) -> list[str] | None:
    """Return the addresses of a host that says them itself, in any of the ways that programs read; None for a name."""
    address = literal_address(host)
    if address is not None:
        return [str(address)]
    name = host.lower().rstrip(".")
    if name == "localhost" or name.endswith(".localhost"):
        # By RFC 6761, 6.3, whatever a name server would say.
        return ["127.0.0.1", "::1"]
    try:
        return [socket.inet_ntoa(socket.inet_aton(name))]
    except (OSError, UnicodeError):
        return None
