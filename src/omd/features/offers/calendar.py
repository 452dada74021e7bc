"""What any stay within some nights costs a party by the cheapest plan of each type: as a quote says, found at once.

A destination's search asks hundreds of plans and types at once. Most stays cost the sum of their nights, so a party's
nights are summed up once, and a stay is what lies between two of the sums; taxes likewise. Where that does not hold,
and where somebody asks why not, the quote itself is asked.
"""

from array import array
from bisect import bisect_right
from collections.abc import Collection, Iterator, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import accumulate

import msgspec

from omd.features.offers.basis import OfferBasis, Sale, SoldType
from omd.features.offers.model import Offer
from omd.features.offers.quote import (
    MOST_CHARGED,
    Ground,
    LocalTaxes,
    OfferQuestion,
    Supply,
    lodgers_of,
    offer_sale,
    why_not_on_sale,
)
from omd.features.offers.taxing import OnTop, Sums, between
from omd.features.rates import (
    Nightly,
    Party,
    PlanTerms,
    Reason,
    Source,
    StayQuestion,
    TaxRule,
    charge_party,
    check_conditions,
    check_restrictions,
    price_nightly,
)
from omd.kernel.dates import StayDates
from omd.kernel.ids import OmdId

MOST_TURNED_AWAY = 100
"""Parties and types of a calendar whose refusals are remembered: some hundred bytes each."""

_DAY = timedelta(days=1)
_MOST_CENTS = int(MOST_CHARGED * 100)


class Guests(msgspec.Struct, frozen=True):
    """Who looks for one room: a party, and where it resides (ISO 3166-1 alpha-2)."""

    party: Party
    country: str | None = None


class Kinship:
    """Which guests a hotel charges and taxes alike: its plans and rules look at some ages and countries only."""

    def __init__(self, basis: OfferBasis, rules: Collection[TaxRule]) -> None:
        self._ages = sorted({0, *(age for each in basis.plans for age in _told_apart(each.terms))} | set(_taxed(rules)))
        self._countries = {each for rule in rules for each in (*rule.spares_countries, *rule.only_countries)}

    def like(self, guests: Guests) -> Guests:
        """Return the guests that stand for all who are charged and taxed as these are, the children in their order."""
        ages = tuple([self._ages[bisect_right(self._ages, age) - 1] for age in guests.party.children])
        country = guests.country if guests.country in self._countries else None
        if ages == guests.party.children and country == guests.country:
            return guests
        return Guests(Party(guests.party.adults, ages), country)


def _told_apart(terms: PlanTerms) -> Iterator[int]:
    """Yield the ages from which on a plan may charge, count or take a child in another way."""
    for bracket in terms.brackets:
        yield from (bracket.from_age, bracket.until_age)
    asked = terms.conditions
    family = None if terms.family is None else terms.family.max_age
    yield from (age for age in (terms.adult_from, asked.min_child_age, asked.max_child_age, family) if age is not None)


def _taxed(rules: Collection[TaxRule]) -> Iterator[int]:
    for rule in rules:
        if rule.min_age is not None:
            yield rule.min_age
        if rule.max_age is not None:
            yield rule.max_age + 1


class Price(msgspec.Struct, frozen=True):
    """What a stay costs by one plan and type: `total` = `gross` + `on_top`."""

    sale: Sale
    gross: Decimal
    on_top: Decimal

    @property
    def total(self) -> Decimal:
        """What the guest pays."""
        return self.gross + self.on_top


class Calendar:
    """What a hotel sells on some nights, prepared for questions on the day on which it works."""

    def __init__(self, basis: OfferBasis, taxes: LocalTaxes, booked_on: date) -> None:
        self.basis = basis
        self.taxes = taxes
        self.booked_on = booked_on
        self.nights = tuple(basis.nights.dates())
        self.dates = tuple(
            SoldDates(each, self.nights) if next(why_not_on_sale(each.plan, booked_on), None) is None else None
            for each in basis.sales
        )
        """Of each of the basis's sales, None for what is not on sale on that day."""

        self.sold = tuple(each for each in self.dates if each is not None)

    def of(self, guests: Guests) -> "PartyCalendar":
        """Return what its nights cost a party."""
        return PartyCalendar(self, guests)


class PartyCalendar:
    """What the nights of a calendar cost one party."""

    def __init__(self, calendar: Calendar, guests: Guests) -> None:
        self._calendar = calendar
        self._guests = guests
        lodgers = lodgers_of(guests.party, guests.country)
        on_top = OnTop.of(calendar.taxes.rules, calendar.nights, lodgers)
        self._summed: list[_Summed] = []
        self._asked_each: list[Sale] = []
        self._turned_away: dict[tuple[Party, int], _TurnedAway | None] = {}
        for dates in calendar.sold:
            sale = dates.sale
            nightly = None
            if on_top is not None:
                nightly = price_nightly(
                    *(guests.party, sale.plan.terms, sale.room_type.occupancy, calendar.nights, dates.rates)
                )
            if nightly is None or on_top is None:
                self._asked_each.append(sale)
            elif nightly.room.count(None) < len(nightly.room):
                self._summed.append(_Summed(dates, nightly, on_top.sums(nightly)))

    def cheapest(self, stay: StayDates, omd_id: OmdId, now: datetime) -> dict[int, Price]:
        """Return, by the id of the room type, the least that a stay within the basis costs; none for what is not sold.

        What is free plays no part.
        """
        calendar, guests = self._calendar, self._guests
        asked = StayQuestion(stay, guests.party, calendar.booked_on)
        first = (stay.arrival - calendar.basis.nights.arrival).days
        last = first + stay.nights
        found: dict[int, tuple[int, int, Sale]] = {}
        for each in self._summed:
            if each.gaps is not None and each.gaps[last] != each.gaps[first]:
                continue
            gross = each.gross[last] - each.gross[first]
            total = gross + (between(each.on_top, first, last) if each.on_top else 0)
            if total > _MOST_CENTS:
                continue
            kind = each.dates.sale.room_type.id
            if (kind not in found or total < found[kind][0]) and not each.dates.forbid(asked, first, last):
                found[kind] = (total, gross, each.dates.sale)
        prices = {
            kind: Price(sale, _in_units(gross), _in_units(total - gross))
            for kind, (total, gross, sale) in found.items()
        }
        if self._asked_each:
            self._ask_each(prices, OfferQuestion(omd_id, stay, (guests.party,), now, guests.country))
        return prices

    def why_never(self, party: Party, kind: SoldType, stay: StayDates) -> tuple[Reason, ...] | None:
        """Return the reasons for which no plan takes a party, charged as these guests are, in a type that is free.

        They are those of `why_not`; None where prices or dates have something to do with it, and that is to be asked.
        """
        key = (party, kind.id)
        if key not in self._turned_away:
            if len(self._turned_away) >= MOST_TURNED_AWAY:
                self._turned_away.clear()
            self._turned_away[key] = _turned_away(self._calendar, party, kind)
        found = self._turned_away[key]
        if found is None:
            return None
        asked = StayQuestion(stay, party, self._calendar.booked_on)
        first = (stay.arrival - self._calendar.basis.nights.arrival).days
        if any(each.forbid(asked, first, first + stay.nights) for each in found.sold):
            return None
        return found.reasons

    def _ask_each(self, prices: dict[int, Price], question: OfferQuestion) -> None:
        """Put in what is not the sum of its nights, where it is cheaper."""
        basis, stay = self._calendar.basis, question.dates
        plenty = Supply({kind.id: dict.fromkeys(stay.dates(), 1) for kind in basis.room_types})
        ground = Ground(basis, plenty, self._calendar.taxes)
        for sale in self._asked_each:
            offer = offer_sale(ground, question, sale, self._guests.party, stay)
            if isinstance(offer, Offer):
                kind, price = sale.room_type.id, Price(sale, offer.gross, offer.on_top)
                if kind not in prices or price.total < prices[kind].total:
                    prices[kind] = price


def why_not(ground: Ground, question: OfferQuestion, kind: SoldType) -> tuple[Reason, ...]:
    """Return every reason for which no plan sells a room type to the first party of a question."""
    party, reasons = question.parties[0], dict[Reason, None]()
    for sale in ground.basis.sales:
        if sale.room_type.id == kind.id:
            outcome = offer_sale(ground, question, sale, party, question.dates)
            reasons |= dict.fromkeys(() if isinstance(outcome, Offer) else outcome)
    return tuple(reasons) or (Reason("not_priced", Source("room_type", kind.code)),)


class _TurnedAway(msgspec.Struct, frozen=True):
    """The reasons for which all that is sold of a type takes no such party, and the dates of all that."""

    reasons: tuple[Reason, ...]
    sold: tuple["SoldDates", ...]


def _turned_away(calendar: Calendar, party: Party, kind: SoldType) -> _TurnedAway | None:
    """Return why a party is taken by no plan in a type; None where one might take it, or is not on sale."""
    of_kind = [
        dates for sale, dates in zip(calendar.basis.sales, calendar.dates, strict=True) if sale.room_type.id == kind.id
    ]
    sold = tuple(each for each in of_kind if each is not None)
    said = [charge_party(party, each.sale.plan.terms, kind.occupancy)[1] for each in sold]
    if not sold or len(sold) < len(of_kind) or not all(said):
        return None
    return _TurnedAway(tuple(dict.fromkeys(reason for each in said for reason in each)), sold)


class SoldDates:
    """The rates of a sale night by night, and on which dates there is something to look at before it is sold."""

    __slots__ = ("_asks", "_said", "rates", "sale")

    def __init__(self, sale: Sale, nights: Sequence[date]) -> None:
        self.sale = sale
        self.rates = [sale.rates.get(night) for night in nights]
        asked = sale.plan.terms.conditions
        said = (
            *(asked.min_nights, asked.max_nights, asked.min_advance, asked.max_advance),
            *(asked.arrival_weekdays, asked.departure_weekdays),
        )
        self._asks = any(each is not None for each in said)
        # Of the day after the last night too, which is a departure.
        days = (*nights, nights[-1] + _DAY) if nights else ()
        self._said = (0, *accumulate(day in sale.restrictions for day in days)) if sale.restrictions else None

    def forbid(self, asked: StayQuestion, first: int, last: int) -> bool:
        """Say whether the plan's conditions or restrictions forbid the nights `[first, last)`."""
        terms = self.sale.plan.terms
        if self._asks and next(check_conditions(asked, terms), None) is not None:
            return True
        if self._said is None or self._said[last + 1] == self._said[first]:
            return False
        found = check_restrictions(
            asked, tuple(asked.dates.dates()), self.sale.restrictions, through_departure=terms.through_departure
        )
        return next(found, None) is not None


class _Summed:
    """A sale whose stays cost the sum of their nights: what all before each cost, how many have no price, if any."""

    __slots__ = ("dates", "gaps", "gross", "on_top")

    def __init__(self, dates: SoldDates, nightly: Nightly, on_top: Sums) -> None:
        self.dates = dates
        has_gaps = None in nightly.room
        self.gaps = array("H", accumulate([each is None for each in nightly.room], initial=0)) if has_gaps else None
        room = [each or 0 for each in nightly.room]
        # An array, as there is one for every plan, type and party: a fifth of what a tuple takes.
        gross = map(sum, zip(room, nightly.supplements, nightly.meals, strict=True))
        self.gross = array("q", accumulate(gross, initial=0))
        self.on_top = on_top


def _in_units(cents: int) -> Decimal:
    return Decimal(cents).scaleb(-2)
