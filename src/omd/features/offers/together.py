"""Whether all rooms of a request can be had at once, what is short where they cannot, and what would work instead.

Each room's offers stand for themselves: of a type with three rooms left, five are offered three times too often.
"""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import TypeAlias

import msgspec

from omd.features.offers.basis import Sale
from omd.features.offers.instead import DAYS_AROUND, MOST_DATES, Effort, may_begin_and_end, offered
from omd.features.offers.model import Offer
from omd.features.offers.quote import Ground, OfferQuestion, OfferT, RoomQuote, Supply
from omd.features.rates import Party, StayQuestion, near_dates
from omd.kernel.dates import StayDates
from omd.kernel.turns import Work

Costs: TypeAlias = Mapping[int, Decimal]
"""What a room costs in each type that it can be of."""

Cheapest: TypeAlias = dict[int, OfferT]
"""The cheapest offer of each type."""


class Arrangement(msgspec.Struct, frozen=True):
    """The type that each room gets, the room counted from 0; and for each that gets none, the types that are used up.

    `stuck` names for every such room the types that it, and whoever makes way for it, can be of: all are given away.
    """

    placed: dict[int, int]
    stuck: dict[int, frozenset[int]]


class Shortage(msgspec.Struct, frozen=True):
    """So many rooms can only be of these types, of which so many are left; without types, by the limit of the house."""

    room_type_ids: tuple[int, ...]
    rooms: int
    available: int


class Together(msgspec.Struct, frozen=True):
    """How many rooms of those asked for can be had at once, at most, and what is short of those that are offered."""

    rooms: int
    at_most: int
    short: tuple[Shortage, ...]

    @property
    def possible(self) -> bool:
        """Whether all can be had."""
        return self.at_most == self.rooms


class PartyStay(msgspec.Struct, frozen=True):
    """A stay of the whole party: an offer for each room, in the order asked for, the cheapest that go together."""

    offers: tuple[Offer, ...]

    @property
    def total(self) -> Decimal:
        """What all cost together."""
        return sum((each.total for each in self.offers), Decimal(0))


class PartyInstead(msgspec.Struct, frozen=True):
    """What the whole party could have: on other dates, the nearest first; in types and plans not asked for."""

    dates: tuple[PartyStay, ...]
    types: tuple[PartyStay, ...]


def arrange(rooms: Sequence[Costs], left: Mapping[int, int]) -> Arrangement:
    """Give as many rooms as can be a type of which one is left, at the least total for those that get one.

    Exact: each room comes in along the cheapest chain of rooms that make way for one another (successive shortest
    paths; Ahuja, Magnanti and Orlin, Network Flows, 1993, 9.7). Where no chain ends at a type with one left, the types
    it reaches are fewer than the rooms that can only be of them (Hall), and stay so.
    """
    placed: dict[int, int] = {}
    stuck: dict[int, frozenset[int]] = {}
    for room in range(len(rooms)):
        ways = _ways(room, rooms, placed)
        given = list(placed.values())
        ends = [kind for kind in ways if given.count(kind) < left.get(kind, 0)]
        if not ends:
            stuck[room] = frozenset(ways)
            continue
        kind = min(ends, key=lambda each: ways[each][0])
        while (mover := ways[kind][1]) != room:
            placed[mover], kind = kind, placed[mover]
        placed[room] = kind
    return Arrangement(placed, stuck)


def _ways(room: int, rooms: Sequence[Costs], placed: Mapping[int, int]) -> dict[int, tuple[Decimal, int]]:
    """Return the types that a room can reach by others making way: what the cheapest chain adds, and who takes it."""
    ways = {kind: (cost, room) for kind, cost in rooms[room].items()}
    changed = True
    while changed:
        changed = False
        for mover, has in placed.items():
            if has not in ways:
                continue
            spared = ways[has][0] - rooms[mover][has]
            for kind, cost in rooms[mover].items():
                if kind not in ways or spared + cost < ways[kind][0]:
                    ways[kind] = (spared + cost, mover)
                    changed = True
    return ways


def all_together(supply: Supply, question: OfferQuestion, quotes: Sequence[RoomQuote[OfferT]]) -> Together | None:
    """Return whether the rooms that were quoted can be had at once; None where one alone was asked for."""
    if len(quotes) == 1:
        return None
    offers = [_by_type(each.offers) for each in quotes]
    made, left = _arranged(supply, question.dates, offers)
    by_types: dict[frozenset[int], int] = {}
    for kinds in made.stuck.values():
        by_types[kinds] = by_types.get(kinds, 0) + 1
    short = [
        Shortage(tuple(sorted(kinds)), more + sum(left[kind] for kind in kinds), sum(left[kind] for kind in kinds))
        for kinds, more in by_types.items()
        if kinds
    ]
    most = _house_left(supply, question.dates, len(quotes))
    if most < len(quotes):
        short.append(Shortage((), len(quotes), most))
    return Together(len(quotes), min(len(made.placed), most), tuple(short))


def looking_together(ground: Ground, question: OfferQuestion, effort: Effort) -> Work[PartyInstead]:
    """Return what the whole party could have at once; the basis holds `around` the dates asked for.

    Other dates are of what was asked for, other types and plans of what was not.
    """
    meant = [sale for sale in ground.basis.sales if question.means(sale)]
    dates = yield from _on_other_dates(ground, question, meant, effort)
    asked_for = len(ground.basis.sales) * question.dates.nights * len(set(question.parties))
    if len(meant) == len(ground.basis.sales) or not effort.takes(asked_for):
        return PartyInstead(dates, ())
    stay = yield from _party_stay(ground, question, ground.basis.sales, question.dates)
    return PartyInstead(dates, () if stay is None else (stay,))


def _on_other_dates(
    ground: Ground, question: OfferQuestion, meant: Sequence[Sale], effort: Effort
) -> Work[tuple[PartyStay, ...]]:
    booked_on = ground.basis.date_at(question.now)
    found: list[PartyStay] = []
    parties = len(set(question.parties))
    for dates in near_dates(StayQuestion(question.dates, question.parties[0], booked_on), DAYS_AROUND):
        if not ground.basis.covers(dates):
            continue
        left = {kind: ground.supply.least(kind, dates) for kind in {sale.room_type.id for sale in meant}}
        yield (1 + len(left)) * dates.nights
        wanted = len(question.parties)
        if sum(left.values()) < wanted or _house_left(ground.supply, dates, wanted) < wanted:
            continue
        free = [sale for sale in meant if left[sale.room_type.id] > 0]
        if not effort.takes(len(free) * dates.nights * parties):
            break
        stay = yield from _party_stay(ground, question, free, dates)
        if stay is not None:
            found.append(stay)
            if len(found) == MOST_DATES:
                break
    return tuple(found)


def _party_stay(
    ground: Ground, question: OfferQuestion, sales: Sequence[Sale], dates: StayDates
) -> Work[PartyStay | None]:
    """Return the cheapest offers that go together on dates, or None where no offers of these sales do."""
    booked_on = ground.basis.date_at(question.now)
    by_party: dict[Party, Cheapest[Offer]] = {}
    for party in question.parties:
        if party not in by_party:
            asked = StayQuestion(dates, party, booked_on)
            may = [sale for sale in sales if may_begin_and_end(sale, asked)]
            yield (1 + len(may)) * dates.nights
            by_party[party] = _by_type(offered(ground, question, may, party, dates))
            if not by_party[party]:
                return None
    offers = [by_party[party] for party in question.parties]
    made, _ = _arranged(ground.supply, dates, offers)
    if made.stuck or _house_left(ground.supply, dates, len(offers)) < len(offers):
        return None
    return PartyStay(tuple(each[made.placed[room]] for room, each in enumerate(offers)))


def _arranged(
    supply: Supply, dates: StayDates, offers: Sequence[Cheapest[OfferT]]
) -> tuple[Arrangement, dict[int, int]]:
    """Return the types that the rooms get, and how many of each were left."""
    left = {kind: supply.least(kind, dates) for kind in {kind for each in offers for kind in each}}
    return arrange([{kind: offer.total for kind, offer in each.items()} for each in offers], left), left


def _by_type(offers: Iterable[OfferT]) -> Cheapest[OfferT]:
    cheapest: Cheapest[OfferT] = {}
    for offer in offers:
        known = cheapest.get(offer.room_type_id)
        if known is None or offer.total < known.total:
            cheapest[offer.room_type_id] = offer
    return cheapest


def _house_left(supply: Supply, dates: StayDates, wanted: int) -> int:
    """Return how many of the rooms wanted the house as a whole may sell for all the nights."""
    return min([wanted, *(max(0, supply.house.get(night, wanted)) for night in dates.dates())])
