"""The nights of offers as they go over the wire: what was said of one once is said again as it stands."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import TypeAlias

import msgspec

from omd.features.offers.model import ON_TOP, ChargePart
from omd.features.offers.nights import NightsOffer, OfferNight, PartyNights, quoting_nights
from omd.features.offers.quote import Ground, OfferQuestion, RoomQuote
from omd.features.offers.sealing import PackedNight, pack_night
from omd.features.rates import TaxLine
from omd.kernel.turns import at_once

DATED = b'{"date":"%b"'
"""How everything that is said of a night begins."""

_encode = msgspec.json.Encoder().encode
_SOME_DAY = date(2000, 1, 1)
_CENTS = 100


class PartAnswer(msgspec.Struct, frozen=True):
    """What of a night's amount is for what: `code` are the ages of children; `count` persons are in it."""

    part: ChargePart
    code: str
    count: int
    amount: Decimal


class NightAnswer(msgspec.Struct, frozen=True):
    """What the room costs on one night, supplements aside, and what that is made of."""

    date: date
    amount: Decimal
    parts: tuple[PartAnswer, ...]


class SupplementAnswer(msgspec.Struct, frozen=True):
    """What a supplement adds on one night, and as what it is taxed: `supplement`, or `meals`."""

    date: date
    code: str
    kind: ChargePart
    count: int
    amount: Decimal


class TaxAnswer(msgspec.Struct, frozen=True):
    """What a tax comes to on one night, of a base: an amount, or a number of persons, rooms or stays."""

    date: date
    code: str
    name: str
    base: Decimal
    amount: Decimal


class ToldNight(msgspec.Struct, frozen=True):
    """A night of an offer in hundredths, and as it goes over the wire: what comes after its date, as JSON."""

    gross: int
    on_top: int
    owed: int
    room: tuple[bytes]
    supplements: tuple[bytes, ...]
    taxes_included: tuple[bytes, ...]
    taxes_on_top: tuple[bytes, ...]
    packed: PackedNight

    @property
    def bytes_held(self) -> int:
        """How many bytes of memory it takes, about."""
        texts = (*self.room, *self.supplements, *self.taxes_included, *self.taxes_on_top)
        return 600 + sum(len(each) + 40 for each in (*texts, self.packed.rules, self.packed.amounts))


def tell_night(night: OfferNight) -> ToldNight:
    """Return a night as it is told, whatever its date."""
    amounts = {"included": Decimal(0), "on_top": Decimal(0), "owed": Decimal(0)}
    for tax in night.taxes:
        amounts[tax.placement] += tax.amount
    return ToldNight(
        gross=_cents(sum((each.amount for each in night.charges), Decimal(0))),
        on_top=_cents(amounts["on_top"]),
        owed=_cents(amounts["owed"]),
        room=(_undated(_room(night)),),
        supplements=tuple(
            _undated(SupplementAnswer(_SOME_DAY, each.code, each.part, each.count, each.amount))
            for each in night.charges
            if each.part in ON_TOP
        ),
        taxes_included=_taxes(night.taxes, "included"),
        taxes_on_top=_taxes(night.taxes, "on_top"),
        packed=pack_night(night),
    )


QuoteTold: TypeAlias = RoomQuote[NightsOffer[ToldNight]]
"""What a room can be, as it is told."""


def quote_told(ground: Ground, question: OfferQuestion) -> QuoteTold:
    """Return the quote of a question for one room, the stay being within the basis."""
    nights = PartyNights[ToldNight].of_one_quote(ground.basis)
    (only,) = at_once(quoting_nights(ground, question, tell_night, lambda _: nights))
    return only


def _room(night: OfferNight) -> NightAnswer:
    parts = tuple(
        PartAnswer(each.part, each.code, each.count, each.amount) for each in night.charges if each.part not in ON_TOP
    )
    first, *others = (each.amount for each in parts)
    return NightAnswer(_SOME_DAY, sum(others, first), parts)


def _taxes(taxes: Sequence[TaxLine], placement: str) -> tuple[bytes, ...]:
    return tuple(
        _undated(TaxAnswer(_SOME_DAY, each.code, each.name, each.base, each.amount))
        for each in taxes
        if each.placement == placement
    )


def _undated(said: NightAnswer | SupplementAnswer | TaxAnswer) -> bytes:
    """Return what follows the date, which each of these begins with."""
    return _encode(said)[len(DATED % b"2000-01-01") :]


def _cents(amount: Decimal) -> int:
    return int(amount * _CENTS)
