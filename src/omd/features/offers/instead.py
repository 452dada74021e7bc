"""What would work instead, where nothing is offered for a room: other dates, other types, or two types in turn."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from itertools import chain, islice

import msgspec
from msgspec.structs import replace

from omd.features.offers.basis import Sale
from omd.features.offers.model import Offer
from omd.features.offers.quote import Ground, OfferQuestion, OfferT, RoomQuote, offer_sale
from omd.features.rates import (
    PARTY_REASONS,
    Party,
    Reason,
    StayQuestion,
    check_conditions,
    check_restrictions,
    near_dates,
)
from omd.kernel.dates import StayDates
from omd.kernel.turns import Work, at_once

DAYS_AROUND = 7
"""How far arrival and departure are moved at most, in days."""

MOST_DATES = 3
MOST_SPLITS = 3
CHANGES_TRIED = 7
MOST_NIGHTS = 8_000
"""How many nights are priced at most to say what would work instead, of one request with all its rooms.

Where all is closed, looking on is no help; and whoever asks next does not wait for it.
"""


class Effort:
    """How many nights may be priced yet: of a whole request, or of a part of it, which takes them off the whole."""

    def __init__(self, nights: int = MOST_NIGHTS, whole: "Effort | None" = None) -> None:
        self._left = nights
        self._whole = whole

    def part(self, parts: int) -> "Effort":
        """Return the next of so many parts that are yet to come; what it leaves is the others'."""
        return Effort(self._left // parts, self)

    def takes(self, nights: int) -> bool:
        """Say whether any nights are left, and take so many of them; what is begun is done, though it takes more."""
        if self._left <= 0 or (self._whole is not None and not self._whole.takes(nights)):
            return False
        self._left -= nights
        return True


class SplitStay(msgspec.Struct, frozen=True):
    """A stay by one plan in two types, one after the other; `first.departure` is when the room is changed."""

    first: Offer
    second: Offer

    @property
    def total(self) -> Decimal:
        """What both cost together."""
        return self.first.total + self.second.total


class Instead(msgspec.Struct, frozen=True):
    """What a party could have: on other dates, the nearest first; in other types or plans; in two types in turn."""

    dates: tuple[Offer, ...]
    types: tuple[Offer, ...]
    splits: tuple[SplitStay, ...]


def around(stay: StayDates) -> StayDates:
    """Return the nights that must be known to say what would work instead of a stay."""
    days = timedelta(days=DAYS_AROUND)
    return StayDates(stay.arrival - days, stay.departure + days)


def what_works_instead(ground: Ground, question: OfferQuestion, refused: RoomQuote[OfferT]) -> Instead:
    """Do as `looking_instead` for the one party of a request, all of it at once."""
    return at_once(looking_instead(ground, question, refused, Effort()))


def looking_instead(
    ground: Ground, question: OfferQuestion, refused: RoomQuote[OfferT], effort: Effort
) -> Work[Instead]:
    """Return what could be had by the party of a quote without offers; the basis holds `around` the dates asked for.

    Other dates are of what was asked for, other types and plans of what was not. A stay is split only where both types
    would sell all of it by the plan but for nights that are sold out, or whose quota is, so that no restriction is got
    round. Of the effort half is for types, half of what they leave for dates, and the rest for splits.
    """
    party = refused.party
    known = {_key(sale): sale for sale in ground.basis.sales}
    # What was quoted may have been read before: a plan that retired since works on no dates.
    still = (each for each in refused.refused if _key(each.sale) in known)
    refused = replace(refused, refused=tuple(replace(each, sale=known[_key(each.sale)]) for each in still))
    curable = [each.sale for each in refused.refused if not any(said.code in PARTY_REASONS for said in each.reasons)]
    others = [sale for sale in ground.basis.sales if not question.means(sale)]
    types = yield from _cheapest_by_type(ground, question, others, party, effort.part(2))
    dates = yield from _cheapest_by_dates(ground, question, curable, party, effort.part(2))
    return Instead(dates, types, (yield from _splits(ground, question, refused, effort)))


def _key(sale: Sale) -> tuple[int, int]:
    return sale.room_type.id, sale.plan.offered.id


def _cheapest_by_dates(
    ground: Ground, question: OfferQuestion, sales: list[Sale], party: Party, effort: Effort
) -> Work[tuple[Offer, ...]]:
    booked_on = ground.basis.date_at(question.now)
    found: list[Offer] = []
    for dates in near_dates(StayQuestion(question.dates, party, booked_on), DAYS_AROUND):
        if not ground.basis.covers(dates):
            continue
        asked = StayQuestion(dates, party, booked_on)
        may = [sale for sale in sales if may_begin_and_end(sale, asked)]
        types = {sale.room_type.id for sale in may}
        open_types = {each for each in types if ground.supply.least(each, dates) > 0}
        free = [sale for sale in may if sale.room_type.id in open_types]
        if not effort.takes(len(free) * dates.nights):
            break
        # Looking for what is free takes its time too.
        yield (1 + len(free)) * dates.nights
        found += _cheapest(offered(ground, question, free, party, dates))
        if len(found) == MOST_DATES:
            break
    return tuple(found)


def may_begin_and_end(sale: Sale, asked: StayQuestion) -> bool:
    """Say whether the first and the last night have a price and nothing forbids the arrival and the departure.

    Most dates fall by that where stays begin on one day of the week, or a season has not begun: no effort is spent.
    """
    for night in (asked.dates.arrival, asked.dates.departure - timedelta(days=1)):
        said = sale.restrictions.get(night)
        if night not in sale.rates or (said is not None and said.closed is not None):
            return False
    forbidding = chain(
        check_conditions(asked, sale.plan.terms),
        check_restrictions(asked, (), sale.restrictions, through_departure=False),
    )
    return next(forbidding, None) is None


def _cheapest_by_type(
    ground: Ground, question: OfferQuestion, sales: list[Sale], party: Party, effort: Effort
) -> Work[tuple[Offer, ...]]:
    by_type: dict[int, Offer] = {}
    for sale in sales:
        if not effort.takes(question.dates.nights):
            break
        yield question.dates.nights
        for offer in offered(ground, question, [sale], party, question.dates):
            known = by_type.get(offer.room_type_id)
            if known is None or offer.total < known.total:
                by_type[offer.room_type_id] = offer
    return tuple(sorted(by_type.values(), key=lambda each: each.total))


def _splits(
    ground: Ground, question: OfferQuestion, refused: RoomQuote[OfferT], effort: Effort
) -> Work[tuple[SplitStay, ...]]:
    """Return the cheapest ways to split the stay, each plan's best one."""
    by_plan: dict[int, list[Sale]] = {}
    for each in refused.refused:
        if _only_sold_out(each.reasons):
            by_plan.setdefault(each.sale.plan.offered.id, []).append(each.sale)
    best: list[SplitStay] = []
    for sales in by_plan.values():
        found: list[SplitStay] = []
        for first in sales:
            found += _splits_from(ground, question, first, sales, refused.party, effort)
            yield len(sales) * CHANGES_TRIED * question.dates.nights
        best += sorted(found, key=lambda each: each.total)[:1]
    return tuple(sorted(best, key=lambda each: each.total)[:MOST_SPLITS])


def _splits_from(
    ground: Ground, question: OfferQuestion, first: Sale, sales: list[Sale], party: Party, effort: Effort
) -> Iterator[SplitStay]:
    """Yield a split for every other type that is free after the first, the change as late as that one allows."""
    free = _free_from_arrival(ground, first, question.dates)
    for second in sales:
        if second is not first:
            changes = range(free, max(0, free - CHANGES_TRIED), -1)
            tried = (
                _split_after(ground, question, (first, second), party, nights)
                for nights in changes
                if effort.takes(question.dates.nights)
            )
            yield from islice((each for each in tried if each is not None), 1)


def _split_after(
    ground: Ground, question: OfferQuestion, sales: tuple[Sale, Sale], party: Party, nights: int
) -> SplitStay | None:
    stay = question.dates
    change = stay.arrival + timedelta(days=nights)
    rest = StayDates(change, stay.departure)
    if not ground.supply.least(sales[1].room_type.id, rest):
        return None
    first = offer_sale(ground, question, sales[0], party, StayDates(stay.arrival, change))
    second = offer_sale(ground, question, sales[1], party, rest)
    return SplitStay(first, second) if isinstance(first, Offer) and isinstance(second, Offer) else None


def _free_from_arrival(ground: Ground, sale: Sale, stay: StayDates) -> int:
    """Return how many nights from the arrival on a type is free; not all of them, or it would be sold."""
    nights = 0
    for night in stay.dates():
        if not ground.supply.least(sale.room_type.id, StayDates(night, night + timedelta(days=1))):
            break
        nights += 1
    return nights


def _only_sold_out(reasons: tuple[Reason, ...]) -> bool:
    return all(reason.source.level == "agency" or _is_of_type(reason) for reason in reasons)


def _is_of_type(reason: Reason) -> bool:
    return reason.code == "sold_out" and reason.source.level == "room_type"


def offered(
    ground: Ground, question: OfferQuestion, sales: list[Sale], party: Party, dates: StayDates
) -> Iterator[Offer]:
    """Yield an offer for every sale that the party can have on dates within the basis."""
    for sale in sales:
        outcome = offer_sale(ground, question, sale, party, dates)
        if isinstance(outcome, Offer):
            yield outcome


def _cheapest(offers: Iterator[Offer]) -> list[Offer]:
    cheapest = min(offers, key=lambda each: each.total, default=None)
    return [] if cheapest is None else [cheapest]
