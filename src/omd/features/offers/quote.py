"""Quotes: every plan and type of a hotel for a party, as a priced offer or with every reason why not.

Pure: what is sold, what is free and which taxes hold are handed in, so that it does not matter where they were kept.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Generic, Protocol, TypeVar
from uuid import UUID, uuid4

import msgspec
from msgspec.structs import replace

from omd.features.offers.basis import OfferBasis, Sale, SoldPlan, SoldType
from omd.features.offers.model import VALID_FOR, Offer, OfferedCharge
from omd.features.rates import (
    HOTEL,
    Lodger,
    NightLine,
    Party,
    Priced,
    Reason,
    Source,
    StayQuestion,
    StayTaxes,
    SupplementLine,
    TaxedCharge,
    TaxRule,
    price_stay,
)
from omd.kernel.dates import StayDates
from omd.kernel.ids import OmdId
from omd.kernel.turns import Work, at_once

MOST_CHARGED = Decimal("9999999999.99")
"""What a stay can be charged at most: all that the database holds of an amount."""

_CENT = Decimal("0.01")
_OF_PERSONS = frozenset({"person_night", "person_stay"})


class Offered(Protocol):
    """What there is to say of any offer, however it is kept."""

    @property
    def room_type_id(self) -> int:
        """The type that is offered."""

    @property
    def total(self) -> Decimal:
        """What the guest pays."""


OfferT = TypeVar("OfferT", bound=Offered)


class Quota(msgspec.Struct, frozen=True):
    """How many rooms of a type an agency may sell on a night, and how many it has sold."""

    rooms: int
    sold: int

    @property
    def left(self) -> int:
        """How many it may sell yet."""
        return self.rooms - self.sold


class AgencyQuotas(msgspec.Struct, frozen=True):
    """The quotas of the agency that asks, by room type and night; on a night without one it sells what there is."""

    agency: str
    nights: Mapping[int, Mapping[date, Quota]]

    def of(self, room_type_id: int, stay: StayDates) -> Iterator[tuple[date, Quota]]:
        """Yield the nights of a stay that have a quota."""
        nights = self.nights.get(room_type_id, {})
        return ((night, nights[night]) for night in stay.dates() if night in nights)


class Supply(msgspec.Struct, frozen=True):
    """How many rooms may be sold by room type and night, and by night where the whole house has a limit.

    A night that is not there has none: it is not open, or the type has no counters on it. Whoever asks for an agency
    is bound by its `quotas` besides.
    """

    rooms: Mapping[int, Mapping[date, int]]
    house: Mapping[date, int] = {}
    quotas: AgencyQuotas | None = None

    def least(self, room_type_id: int, stay: StayDates) -> int:
        """Return how many rooms of a type may be sold for all of a stay."""
        return self._least(room_type_id, stay, tuple(stay.dates()))

    def least_of(self, room_types: Sequence[SoldType], stay: StayDates) -> list[int]:
        """Return that of several types, in their order."""
        dates = tuple(stay.dates())
        return [self._least(each.id, stay, dates) for each in room_types]

    def _least(self, room_type_id: int, stay: StayDates, dates: Sequence[date]) -> int:
        nights = self.rooms.get(room_type_id, {})
        least = min([nights.get(night, 0) for night in dates])
        if least < 1:
            return 0
        if self.house:
            least = min(least, *(self.house.get(night, least) for night in dates))
        if self.quotas is not None:
            least = min([least, *(quota.left for _, quota in self.quotas.of(room_type_id, stay))])
        return max(0, least)

    def why_not(self, room_type: SoldType, stay: StayDates) -> Iterator[Reason]:
        """Yield the nights of a stay that are sold out, by the type or by the house, or of which the quota is sold."""
        nights = self.rooms.get(room_type.id, {})
        for night in stay.dates():
            if nights.get(night, 0) < 1:
                yield Reason("sold_out", Source("room_type", room_type.code), night)
            elif self.house.get(night, 1) < 1:
                yield Reason("sold_out", HOTEL, night)
        if self.quotas is not None:
            source = Source("agency", self.quotas.agency)
            for night, quota in self.quotas.of(room_type.id, stay):
                if quota.left < 1:
                    yield Reason("quota_full", source, night, quota.rooms, quota.sold)


class LocalTaxes(msgspec.Struct, frozen=True):
    """The rules that hold where a hotel lies, on the nights of its basis."""

    locality_id: int | None
    rules: tuple[TaxRule, ...]


class Ground(msgspec.Struct, frozen=True):
    """All that the quotes of a hotel are made from."""

    basis: OfferBasis
    supply: Supply
    taxes: LocalTaxes


class OfferQuestion(msgspec.Struct, frozen=True):
    """For whom, and for when: a party for each room. Without plans or room types all are meant.

    `country` (ISO 3166-1 alpha-2) is where the guests reside, `agency` who asks for them. `booked_on` is the day a stay
    that there is already was booked; a new one is booked now.
    """

    omd_id: OmdId
    dates: StayDates
    parties: tuple[Party, ...]
    now: datetime
    country: str | None = None
    agency: str | None = None
    rate_plan_ids: frozenset[int] = frozenset()
    room_type_ids: frozenset[int] = frozenset()
    booked_on: date | None = None

    def means(self, sale: Sale) -> bool:
        """Say whether a sale is asked for."""
        return (not self.rate_plan_ids or sale.plan.offered.id in self.rate_plan_ids) and (
            not self.room_type_ids or sale.room_type.id in self.room_type_ids
        )


class RefusedSale(msgspec.Struct, frozen=True):
    """A type and plan that a party cannot have, and every reason; there is at least one."""

    sale: Sale
    reasons: tuple[Reason, ...]


class RoomQuote(msgspec.Struct, Generic[OfferT], frozen=True):
    """What one room of a request can be, the cheapest first, and what it cannot."""

    party: Party
    offers: tuple[OfferT, ...]
    refused: tuple[RefusedSale, ...]


def quote(ground: Ground, question: OfferQuestion) -> tuple[RoomQuote[Offer], ...]:
    """Return a quote for each room, the stay being within the basis; no two offers have one id."""
    return at_once(quoting(ground, question))


def quoting(ground: Ground, question: OfferQuestion) -> Work[tuple[RoomQuote[Offer], ...]]:
    """Do as `quote` in parts, yielding the nights that each prices."""
    found: dict[Party, RoomQuote[Offer]] = {}
    quotes: list[RoomQuote[Offer]] = []
    for party in question.parties:
        known = found.get(party)
        if known is None:
            known = found[party] = yield from _quoting_room(ground, question, party)
            quotes.append(known)
        else:
            again = tuple(replace(each, id=_new_id()) for each in known.offers)
            quotes.append(replace(known, offers=again))
    return tuple(quotes)


def offer_sale(
    ground: Ground,
    question: OfferQuestion,
    sale: Sale,
    party: Party,
    dates: StayDates,
    taxes: Callable[[], StayTaxes] | None = None,
) -> Offer | tuple[Reason, ...]:
    """Return a type by a plan for a party on dates within the basis: an offer, or every reason why not.

    `taxes` gives those of the party on these dates, for who asks of many sales.
    """
    booked_on = question.booked_on or ground.basis.date_at(question.now)
    reasons = [*why_not_on_sale(sale.plan, booked_on), *ground.supply.why_not(sale.room_type, dates)]
    asked = StayQuestion(dates, party, booked_on)
    priced = price_stay(asked, sale.plan.terms, sale.room_type.occupancy, sale.rates, sale.restrictions)
    if not isinstance(priced, Priced):
        return (*priced.reasons, *reasons)
    if reasons:
        return tuple(reasons)
    offer = _offer(
        ground, question, sale, asked, priced, taxes() if taxes else stay_taxes(ground, question, party, dates)
    )
    if offer.total > MOST_CHARGED:
        return (Reason("above_most", Source("plan", sale.plan.offered.code)),)
    return offer


def stay_taxes(ground: Ground, question: OfferQuestion, party: Party, dates: StayDates) -> StayTaxes:
    """Return the taxes that a party owes on dates, whatever it is charged."""
    return StayTaxes(ground.taxes.rules, dates, lodgers_of(party, question.country))


def _quoting_room(ground: Ground, question: OfferQuestion, party: Party) -> Work[RoomQuote[Offer]]:
    offers: list[Offer] = []
    refused: list[RefusedSale] = []
    taxes = cache(lambda: stay_taxes(ground, question, party, question.dates))
    for sale in ground.basis.sales:
        if question.means(sale):
            outcome = offer_sale(ground, question, sale, party, question.dates, taxes)
            if isinstance(outcome, Offer):
                offers.append(outcome)
            else:
                refused.append(RefusedSale(sale, outcome))
            yield question.dates.nights
    offers.sort(key=lambda each: each.total)
    return RoomQuote(party, tuple(offers), tuple(refused))


def why_not_on_sale(plan: SoldPlan, booked_on: date) -> Iterator[Reason]:
    """Yield that a plan is not sold yet, or any more, to who books on a day."""
    source = Source("plan", plan.offered.code)
    if plan.sold_from is not None and booked_on < plan.sold_from:
        yield Reason("not_sold_yet", source, plan.sold_from)
    if plan.sold_until is not None and plan.sold_until <= booked_on:
        yield Reason("not_sold_any_more", source, plan.sold_until)


def lodgers_of(party: Party, country: str | None) -> list[Lodger]:
    """Return whom taxes are charged for; adults are not asked for their age."""
    return [
        *(Lodger(None, country) for _ in range(party.adults)),
        *(Lodger(age, country) for age in party.children),
    ]


def _offer(
    ground: Ground, question: OfferQuestion, sale: Sale, asked: StayQuestion, priced: Priced, taxes: StayTaxes
) -> Offer:
    # One charge a night for the room: what it is made of is taxed alike.
    taxable = [
        *(TaxedCharge(night.date, "room", night.amount) for night in priced.nights),
        *(TaxedCharge(each.date, each.kind, each.amount) for each in priced.supplements),
    ]
    taxed = taxes.reckon(taxable)
    return Offer(
        id=_new_id(),
        omd_id=question.omd_id,
        business_id=ground.basis.business_id,
        room_type_id=sale.room_type.id,
        plan=sale.plan.offered,
        arrival=asked.dates.arrival,
        departure=asked.dates.departure,
        adults=asked.party.adults,
        children=asked.party.children,
        country=question.country,
        agency=question.agency,
        locality_id=ground.taxes.locality_id,
        currency=ground.basis.currency,
        charges=_charges(sale, priced),
        taxes=taxed.lines,
        gross=_cents(taxed.gross),
        on_top=_cents(taxed.on_top),
        owed=_cents(taxed.owed),
        total=_cents(taxed.total),
        made_at=question.now,
        expires_at=question.now + VALID_FOR,
    )


def _charges(sale: Sale, priced: Priced) -> tuple[OfferedCharge, ...]:
    """Return what the stay is charged, night by night, the supplements of a night after its room."""
    payers = priced.payers
    extra = max(0, payers.adults - sale.room_type.occupancy.standard)
    by_night: dict[date, list[SupplementLine]] = {}
    for line in priced.supplements:
        by_night.setdefault(line.date, []).append(line)
    charges: list[OfferedCharge] = []
    for night in priced.nights:
        charges += _of_room(night, payers.adults - extra, extra)
        for line in by_night.get(night.date, ()):
            count = payers.persons if line.charge in _OF_PERSONS else 1
            charges.append(OfferedCharge(night.date, line.kind, line.code, count, _cents(line.amount)))
    return tuple(charges)


def _of_room(night: NightLine, in_base: int, extra: int) -> Sequence[OfferedCharge]:
    charges = [OfferedCharge(night.date, "base", "", in_base, _cents(night.base))]
    if extra:
        charges.append(OfferedCharge(night.date, "extra_adults", "", extra, _cents(night.extra_adults)))
    for line in night.children:
        ages = f"{line.bracket.from_age}-{line.bracket.until_age}"
        charges.append(OfferedCharge(night.date, "children", ages, line.count, _cents(line.amount)))
    return charges


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(_CENT)


def _new_id() -> UUID:
    return uuid4()
