"""Offers night by night, so that what some nights came to in one stay can be said of them in another.

Most stays cost the sum of their nights: what a night is charged and taxed then depends on the party, and on whether
taxes that are charged once, or for so many nights, still hold there. Such nights are remembered as they were first
priced, and offers put together of them are those that pricing the stay anew would give.
"""

from bisect import bisect_right
from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Generic, Protocol, TypeVar

import msgspec

from omd.features.offers.basis import OfferBasis, Sale
from omd.features.offers.calendar import SoldDates
from omd.features.offers.model import Offer, OfferedCharge
from omd.features.offers.quote import (
    MOST_CHARGED,
    Ground,
    OfferQuestion,
    RefusedSale,
    RoomQuote,
    offer_sale,
    stay_taxes,
)
from omd.features.rates import OF_STAYS, Party, StayQuestion, TaxLine, TaxRule, price_nightly
from omd.kernel.dates import StayDates
from omd.kernel.turns import Work

MOST_BYTES = 256 * 1024
"""What the nights of a party may take before no more are remembered."""


class OfferNight(msgspec.Struct, frozen=True):
    """What one night of an offer is charged and taxed."""

    date: date
    charges: tuple[OfferedCharge, ...]
    taxes: tuple[TaxLine, ...]

    @property
    def said(self) -> tuple[object, ...]:
        """All that it says but its date, so that nights of which this is the same are told alike."""
        return (
            tuple([(each.part, each.code, each.count, each.amount) for each in self.charges]),
            tuple(
                [(each.rule_id, each.code, each.name, each.placement, each.base, each.amount) for each in self.taxes]
            ),
        )


def nights_of(offer: Offer) -> Iterator[OfferNight]:
    """Yield the nights of an offer, which together hold all its charges and taxes in their order."""
    charges: dict[date, list[OfferedCharge]] = {
        night: [] for night in StayDates(offer.arrival, offer.departure).dates()
    }
    taxes: dict[date, list[TaxLine]] = {night: [] for night in charges}
    for charge in offer.charges:
        charges[charge.date].append(charge)
    for tax in offer.taxes:
        taxes[tax.date].append(tax)
    return (OfferNight(night, tuple(charges[night]), tuple(taxes[night])) for night in charges)


class OfNight(Protocol):
    """What is known of a night, whatever its date: its sums in the currency's hundredths, as an offer has them."""

    @property
    def gross(self) -> int:
        """All charges."""

    @property
    def on_top(self) -> int:
        """The taxes that come on top."""

    @property
    def owed(self) -> int:
        """The taxes that the hotel pays beside the bill."""

    @property
    def bytes_held(self) -> int:
        """How many bytes of memory it takes, about."""


N = TypeVar("N", bound=OfNight)


class NightsOffer(msgspec.Struct, Generic[N], frozen=True):
    """A sale that is offered, as nights and their sums: `gross`, `on_top`, `owed` and `total` as an offer has them."""

    sale: Sale
    nights: Sequence[N]
    gross: Decimal
    on_top: Decimal
    owed: Decimal
    total: Decimal

    @property
    def room_type_id(self) -> int:
        """The type that is offered."""
        return self.sale.room_type.id


def offer_in_nights(sale: Sale, nights: Sequence[N]) -> NightsOffer[N]:
    """Return the nights of a stay with what they sum up to."""
    gross = on_top = owed = 0
    for night in nights:
        gross += night.gross
        on_top += night.on_top
        owed += night.owed
    return NightsOffer(sale, nights, _in_units(gross), _in_units(on_top), _in_units(owed), _in_units(gross + on_top))


class PartyNights(Generic[N]):
    """The nights that were offered to one party before, of one hotel's basis."""

    def __init__(self, basis: OfferBasis, sold: Sequence[SoldDates | None], rules: Collection[TaxRule]) -> None:
        """`sold` are the dates of each of the basis's sales, None for one whose nights are not remembered."""
        self.basis = basis
        self._first = basis.nights.arrival
        self._sold = sold
        # What is charged once a stay is over after the first night, what is capped after so many.
        once = {1 for rule in rules if rule.basis in OF_STAYS}
        self._stages = sorted({0, *once, *(rule.max_nights for rule in rules if rule.max_nights is not None)})
        nothing: list[N | None] = [None] * basis.nights.nights
        self._known = [[] if dates is None else [list(nothing) for _ in self._stages] for dates in sold]
        self.told: dict[tuple[object, ...], N] = {}
        """What was told of nights, by what they say."""

        self.bytes_held = 2_000 + 8 * len(nothing) * len(self._stages) * len(sold)

    @classmethod
    def of_one_quote(cls, basis: OfferBasis) -> "PartyNights[N]":
        """Return what serves one quote of a basis that is not asked again: nothing is remembered."""
        return cls(basis, [None] * len(basis.sales), ())

    def recall(self, number: int, asked: StayQuestion) -> list[N] | None:
        """Return the nights of a stay by the basis's sale of this number; None where one is not known, or it is barred.

        What is free plays no part.
        """
        dates = self._sold[number]
        first = (asked.dates.arrival - self._first).days
        last = first + asked.dates.nights
        if dates is None or dates.forbid(asked, first, last):
            return None
        known, starts = self._known[number], self._stages
        found: list[N] = []
        for stage, begins in enumerate(starts):
            until = min(last, first + starts[stage + 1]) if stage + 1 < len(starts) else last
            for night in known[stage][first + begins : until]:
                if night is None:
                    return None
                found.append(night)
        return found

    def keep(self, number: int, asked: StayQuestion, nights: Sequence[N]) -> None:
        """Remember the nights that a stay was offered."""
        dates = self._sold[number]
        if dates is None or self.bytes_held > MOST_BYTES or not _sums_up(dates, asked):
            return
        first, known = (asked.dates.arrival - self._first).days, self._known[number]
        for at, night in enumerate(nights):
            known[bisect_right(self._stages, at) - 1][first + at] = night

    def tell(self, night: OfferNight, tell: Callable[[OfferNight], N]) -> N:
        """Return what is told of a night, the same of nights that say the same."""
        said = night.said
        known = self.told.get(said)
        if known is None:
            known = tell(night)
            if self.bytes_held <= MOST_BYTES:
                self.told[said] = known
                self.bytes_held += known.bytes_held
        return known


def _sums_up(dates: SoldDates, asked: StayQuestion) -> bool:
    sale, nights = dates.sale, tuple(asked.dates.dates())
    rates = [sale.rates.get(night) for night in nights]
    return price_nightly(asked.party, sale.plan.terms, sale.room_type.occupancy, nights, rates) is not None


def quoting_nights(
    ground: Ground,
    question: OfferQuestion,
    tell: Callable[[OfferNight], N],
    remembered: Callable[[Party], PartyNights[N]],
) -> Work[tuple[RoomQuote[NightsOffer[N]], ...]]:
    """Do as `quoting`, with offers as nights: those that are remembered of a party, others as `tell` has them."""
    found: dict[Party, RoomQuote[NightsOffer[N]]] = {}
    for party in question.parties:
        if party not in found:
            found[party] = yield from _quoting_room(ground, question, party, tell, remembered(party))
    return tuple(found[party] for party in question.parties)


def _quoting_room(
    ground: Ground,
    question: OfferQuestion,
    party: Party,
    tell: Callable[[OfferNight], N],
    nights: PartyNights[N],
) -> Work[RoomQuote[NightsOffer[N]]]:
    dates = question.dates
    asked = StayQuestion(dates, party, question.booked_on or ground.basis.date_at(question.now))
    offers: list[NightsOffer[N]] = []
    refused: list[RefusedSale] = []
    taxes = cache(lambda: stay_taxes(ground, question, party, dates))
    types = ground.basis.room_types
    free = {kind.id: least > 0 for kind, least in zip(types, ground.supply.least_of(types, dates), strict=True)}
    for number, sale in enumerate(ground.basis.sales):
        if not question.means(sale):
            continue
        known = nights.recall(number, asked) if free[sale.room_type.id] else None
        if known is not None:
            offer = offer_in_nights(sale, known)
            if offer.total <= MOST_CHARGED:
                offers.append(offer)
                continue
        outcome = offer_sale(ground, question, sale, party, dates, taxes)
        if isinstance(outcome, Offer):
            told = [nights.tell(each, tell) for each in nights_of(outcome)]
            nights.keep(number, asked, told)
            offers.append(offer_in_nights(sale, told))
        else:
            refused.append(RefusedSale(sale, outcome))
        yield dates.nights
    offers.sort(key=lambda each: each.total)
    return RoomQuote(party, tuple(offers), tuple(refused))


def _in_units(cents: int) -> Decimal:
    return Decimal(cents).scaleb(-2)
