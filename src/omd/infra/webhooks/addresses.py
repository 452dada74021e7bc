"""Which addresses the server may be sent to by somebody else: public ones, and no others.

Refused is what IANA's registries of special-purpose addresses (RFC 6890) do not call globally reachable, multicast, and
what carries an IPv4 address inside an IPv6 one (RFC 4291, 3056, 4380, 6052): a way around the other refusals.
"""

import ipaddress
from collections.abc import Awaitable, Callable

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve = Callable[[str, int], Awaitable[list[str]]]

_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
_CARRIERS = tuple(
    ipaddress.IPv6Network(each)
    for each in (
        "2001::/32",  # Teredo
        "2002::/16",  # 6to4
    )
)
_PROTOCOLS = ipaddress.IPv4Network("192.0.0.0/24")
"""For protocols, metadata of clouds among them; older Pythons take most of it for public."""

_OF_CLOUDS = frozenset({ipaddress.IPv4Address("168.63.129.16")})
"""Public by its number, and yet a machine's own cloud: Azure answers there with what configures the machine."""


class AddressRefused(Exception):
    """The host stands for an address that nobody outside may send the server to."""


class NotResolved(Exception):
    """The name of the host stands for no address."""


def is_public(address: Address) -> bool:
    """Say whether an address is one that everybody reaches."""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return is_public(address.ipv4_mapped)
        if address not in _GLOBAL_UNICAST or any(address in each for each in _CARRIERS):
            return False
    elif address in _PROTOCOLS or address in _OF_CLOUDS:
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def is_loopback(address: Address) -> bool:
    """Say whether an address is this machine's own."""
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return (mapped or address).is_loopback


def literal_address(host: str) -> Address | None:
    """Return the address that a host of a URL spells out, None for a name."""
    try:
        return ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return None


def checked(addresses: list[str], *, to_loopback: bool) -> list[str]:
    """Return the addresses if all of them may be sent to; raise `AddressRefused` if one may not.

    One that may not spoils the others: who mixes them means to have the wrong one chosen.
    """
    for text in addresses:
        address = literal_address(text.partition("%")[0])
        if address is None or not (is_public(address) or (to_loopback and is_loopback(address))):
            raise AddressRefused(text)
    return addresses
