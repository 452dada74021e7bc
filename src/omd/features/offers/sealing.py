"""Seals offers, so that what was shown can be booked without being kept: nobody can read, change or make one.

AES-256-GCM under the platform's keyring, which bounds an offer to its use; the text is MessagePack, night by night and
without names, since it goes back and forth in every booking. A long one is compressed.
"""

import base64
import binascii
import zlib
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Protocol, TypeAlias
from uuid import UUID

import msgspec
from msgspec.structs import astuple

from omd.features.offers.errors import OfferExpired, OfferUnreadable
from omd.features.offers.model import ChargePart, Offer, OfferedCharge, OfferedPlan
from omd.features.offers.nights import OfferNight, nights_of
from omd.features.rates import Placement, TaxLine
from omd.infra.keyring import Keyring, SecretUnreadable
from omd.kernel.actor import Actor
from omd.kernel.ids import BusinessId, OmdId

MOST_CHARACTERS = 100_000
"""How long a sealed offer can be at most.

A week has some 850; a year in one room in which every night has other prices, with an extra adult, children of four
brackets, two supplements and three taxes, some 20,000. Nine of the longest go into one body of the API.
"""

_CONTEXT = "offer"
_AS_IT_IS, _COMPRESSED = b"\x00", b"\x01"
_LONG = 1_000
"""Bytes from which on compressing pays."""

_MOST_BYTES = 1_000_000
_DAY = timedelta(days=1)
_Charge: TypeAlias = tuple[ChargePart, str, int, Decimal]
_Rule: TypeAlias = tuple[int | None, str, str, Placement]
_Plan: TypeAlias = tuple[int, int, str, str, str, str, int | None, int | None]
_Night: TypeAlias = tuple[int, tuple[_Charge, ...], tuple[tuple[Decimal, Decimal], ...]]


class PackedNight(msgspec.Struct, frozen=True):
    """A night of an offer as it is sealed: the rules that tax it, and what it comes to by them."""

    rules: bytes
    amounts: bytes


class Head(msgspec.Struct, frozen=True, array_like=True):
    """What all offers of one answer have in common, the rooms of one party."""

    omd_id: OmdId
    business_id: BusinessId
    arrival: date
    departure: date
    adults: int
    children: tuple[int, ...]
    country: str | None
    agency: str | None
    locality_id: int | None
    currency: str
    made_at: datetime
    expires_at: datetime


class _Sealed(msgspec.Struct, frozen=True, array_like=True):
    id: UUID
    head: Head
    room_type_id: int
    plan: _Plan
    gross: Decimal
    on_top: Decimal
    owed: Decimal
    total: Decimal
    rules: tuple[tuple[_Rule, ...], ...]
    nights: tuple[_Night, ...]


class _Packed(msgspec.Struct, frozen=True, array_like=True):
    """A `_Sealed` of which parts are encoded already."""

    id: UUID
    head: msgspec.Raw
    room_type_id: int
    plan: _Plan
    gross: Decimal
    on_top: Decimal
    owed: Decimal
    total: Decimal
    rules: list[msgspec.Raw]
    nights: list[msgspec.Raw]


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(_Sealed).decode


class Summed(Protocol):
    """What an offer sums up to, and what of."""

    @property
    def room_type_id(self) -> int:
        """The type that is offered."""

    @property
    def gross(self) -> Decimal:
        """All charges."""

    @property
    def on_top(self) -> Decimal:
        """The taxes that come on top."""

    @property
    def owed(self) -> Decimal:
        """The taxes that the hotel pays beside the bill."""

    @property
    def total(self) -> Decimal:
        """What the guest pays."""


class Sealer:
    """Seals the offers of one answer to one party."""

    def __init__(self, keyring: Keyring, head: Head) -> None:
        self._keyring = keyring
        self._head = msgspec.Raw(_encode(head))

    def seal(self, offer_id: UUID, plan: OfferedPlan, offer: Summed, nights: Sequence[PackedNight]) -> str:
        """Return an offer as a text for URLs and JSON."""
        rules: dict[bytes, int] = {}
        packed = [
            # An array of three, of which the first is the number of the rules.
            msgspec.Raw(b"\x93" + _encode(rules.setdefault(night.rules, len(rules))) + night.amounts)
            for night in nights
        ]
        text = _encode(
            _Packed(
                *(offer_id, self._head, offer.room_type_id, astuple(plan)),
                *(offer.gross, offer.on_top, offer.owed, offer.total),
                *([msgspec.Raw(each) for each in rules], packed),
            )
        )
        text = _AS_IT_IS + text if len(text) < _LONG else _COMPRESSED + zlib.compress(text, 1)
        return base64.urlsafe_b64encode(self._keyring.encrypt(text, _CONTEXT)).decode().rstrip("=")


def pack_night(night: OfferNight) -> PackedNight:
    """Return a night as it is sealed, whatever its date."""
    charges = [(each.part, each.code, each.count, each.amount) for each in night.charges]
    taxes = [(each.base, each.amount) for each in night.taxes]
    rules = [(each.rule_id, each.code, each.name, each.placement) for each in night.taxes]
    return PackedNight(_encode(rules), _encode(charges) + _encode(taxes))


def seal(offer: Offer, keyring: Keyring) -> str:
    """Return the offer as a text for URLs and JSON."""
    head = Head(
        *(offer.omd_id, offer.business_id, offer.arrival, offer.departure, offer.adults, offer.children),
        *(offer.country, offer.agency, offer.locality_id, offer.currency, offer.made_at, offer.expires_at),
    )
    return Sealer(keyring, head).seal(offer.id, offer.plan, offer, [pack_night(each) for each in nights_of(offer)])


def unseal(text: str, keyring: Keyring, actor: Actor, now: datetime) -> Offer:
    """Return the offer of a hotel that the actor reaches.

    Raises `OfferUnreadable` for what was not sealed here, was changed or is another tenant's, and `OfferExpired`.
    """
    if len(text) > MOST_CHARACTERS:
        raise _unreadable()
    try:
        sealed = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        offer = _offer(_decode(_unpacked(keyring.decrypt(sealed, _CONTEXT))))
    except (binascii.Error, ValueError, LookupError, SecretUnreadable, zlib.error, msgspec.DecodeError):
        raise _unreadable() from None
    if offer.omd_id != actor.omd_id or offer.business_id not in actor.business_ids:
        raise _unreadable()
    if now >= offer.expires_at:
        raise OfferExpired(f"This offer was good until {offer.expires_at:%Y-%m-%d %H:%M:%S} UTC. Ask for a new one.")
    return offer


def _unpacked(packed: bytes) -> bytes:
    form, text = packed[:1], packed[1:]
    if form == _AS_IT_IS:
        return text
    if form != _COMPRESSED:
        raise ValueError("this is how no offer is packed")
    unpacking = zlib.decompressobj()
    found = unpacking.decompress(text, _MOST_BYTES)
    if not unpacking.eof:
        raise zlib.error("what was packed is cut off, or too large")
    return found


def _offer(said: _Sealed) -> Offer:
    charges: list[OfferedCharge] = []
    taxes: list[TaxLine] = []
    for at, (number, charged, amounts) in enumerate(said.nights):
        night = said.head.arrival + at * _DAY
        charges += [OfferedCharge(night, *each) for each in charged]
        for (rule_id, code, name, placement), (base, amount) in zip(said.rules[number], amounts, strict=True):
            taxes.append(TaxLine(rule_id, code, name, placement, night, base, amount))
    head = said.head
    return Offer(
        id=said.id,
        omd_id=head.omd_id,
        business_id=head.business_id,
        room_type_id=said.room_type_id,
        plan=OfferedPlan(*said.plan),
        arrival=head.arrival,
        departure=head.departure,
        adults=head.adults,
        children=head.children,
        country=head.country,
        agency=head.agency,
        locality_id=head.locality_id,
        currency=head.currency,
        charges=tuple(charges),
        taxes=tuple(taxes),
        gross=said.gross,
        on_top=said.on_top,
        owed=said.owed,
        total=said.total,
        made_at=head.made_at,
        expires_at=head.expires_at,
    )


def _unreadable() -> OfferUnreadable:
    return OfferUnreadable("This is no offer of this hotel, or it was changed on its way. Ask for a new one.")
