"""Where a request comes from, by which scheme, and under which id: trusted proxies are believed."""

import random
import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

import msgspec

Network = IPv4Network | IPv6Network
Address = IPv4Address | IPv6Address

_ARRIVAL = "omd_arrival"
_REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")
_WITH_PORT = re.compile(r"\[([0-9A-Fa-f:.]+)\](?::\d+)?|(\d+\.\d+\.\d+\.\d+):\d+")
_numbers = random.Random()  # noqa: S311
"""For request ids, which are no secret: asking the system for randomness costs more than all else here."""

_NEIGHBOURS_V6 = 64
"""Bits of an IPv6 address that name a customer's network: whoever has one has all the addresses behind it."""


class Arrival(msgspec.Struct, frozen=True):
    """The client's address as far as it is known, the scheme it used, and the request's id."""

    address: str
    scheme: str
    request_id: str

    @property
    def neighbourhood(self) -> str:
        """Return what the address shares with those its owner can take as well; empty when it is not known."""
        return _neighbourhood(self.address)


NOWHERE = Arrival("", "http", "")
"""Stands for a request that did not come through the gate."""


def arrival_of(scope: object) -> Arrival:
    """Return what the gate noted of the request with this ASGI scope."""
    noted = scope.get(_ARRIVAL) if isinstance(scope, dict) else None
    return noted if isinstance(noted, Arrival) else NOWHERE


def note_arrival(
    scope: dict[str, object],
    *,
    peer: str,
    scheme: str,
    forwarded_for: Sequence[bytes],
    forwarded_proto: Sequence[bytes],
    request_id: bytes | None,
    trusted: tuple[Network, ...],
) -> Arrival:
    """Work out an arrival and keep it in the scope.

    `peer` is who holds the connection. When that is a trusted proxy, the client is the rightmost address of
    X-Forwarded-For that is not itself a trusted proxy: what stands left of it anybody may have written.
    """
    address = plain_address(peer)
    if trusted and is_trusted(address, trusted):
        address = _client(address, forwarded_for, trusted)
        told = forwarded_proto[-1].rpartition(b",")[2].strip().lower() if forwarded_proto else b""
        if told in (b"http", b"https"):
            scheme = told.decode()
    else:
        request_id = None
    if request_id is None or _REQUEST_ID.fullmatch(request_id) is None:
        identifier = f"{_numbers.getrandbits(64):016x}"
    else:
        identifier = request_id.decode()
    arrival = Arrival(address, scheme, identifier)
    scope[_ARRIVAL] = arrival
    return arrival


def parse_networks(text: str) -> tuple[Network, ...]:
    """Return the networks of a list by commas, such as `10.0.0.0/8, ::1`; raise `ValueError` for what is none."""
    return tuple(ip_network(part.strip()) for part in text.split(",") if part.strip())


def _client(peer: str, forwarded_for: Iterable[bytes], trusted: tuple[Network, ...]) -> str:
    client = peer
    for told in reversed(b",".join(forwarded_for).split(b",")):
        address = plain_address(told.decode("latin-1").strip())
        if not address:
            # A hop that names no address ends the trail: what stands left of it nobody vouches for.
            break
        client = address
        if not is_trusted(address, trusted):
            break
    return client


@lru_cache(maxsize=10_000)
def plain_address(text: str) -> str:
    """Return an address in its one spelling, without port or brackets; empty when the text is none."""
    match = _WITH_PORT.fullmatch(text)
    try:
        found: Address = ip_address((match[1] or match[2]) if match else text.partition("%")[0])
    except ValueError:
        return ""
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return str(mapped or found)


@lru_cache(maxsize=10_000)
def is_trusted(address: str, networks: tuple[Network, ...]) -> bool:
    """Say whether the address lies in one of the networks."""
    if not address:
        return False
    found = ip_address(address)
    return any(found.version == network.version and found in network for network in networks)


@lru_cache(maxsize=10_000)
def _neighbourhood(address: str) -> str:
    if ":" not in address:
        return address
    return str(ip_network((address, _NEIGHBOURS_V6), strict=False))
