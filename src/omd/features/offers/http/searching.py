"""Finds what a destination's hotels cost: remembered where it is, read where it is not."""

import asyncio
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

import msgspec

from omd.db import Database
from omd.features.availability import beyond_horizon, within
from omd.features.inventory import list_businesses
from omd.features.offers.basis import SoldType
from omd.features.offers.calendar import Calendar, Guests, PartyCalendar, Price, why_not
from omd.features.offers.ground import HotelGround, ground_of
from omd.features.offers.http.answers import reason_answer
from omd.features.offers.http.payloads import ReasonAnswer
from omd.features.offers.queries import read_offer_ground
from omd.features.offers.quote import OfferQuestion
from omd.features.offers.windows import Remembered, Remembering
from omd.infra.http import FILLED, HIT, MISS, PARTIAL, REQUESTED, Found
from omd.kernel.actor import Actor
from omd.kernel.dates import StayDates
from omd.kernel.errors import DatabaseUnavailable
from omd.kernel.ids import BusinessId

_encode = msgspec.json.Encoder().encode
MOST_MEMBERS = 100_000
"""Hotels of a destination: more than any has."""


class CheapestAnswer(msgspec.Struct, frozen=True, omit_defaults=True):
    """A room type at the least it costs for the stay, by which plan; or why it is not to be had.

    `available` is how many of it may be sold for all of the stay. `total` = `gross` + `on_top`.
    """

    room_type_id: int
    code: str
    name: str
    available: int
    rate_plan_id: int | None = None
    rate_plan: str | None = None
    meals: str | None = None
    gross: Decimal | None = None
    on_top: Decimal | None = None
    total: Decimal | None = None
    reasons: tuple[ReasonAnswer, ...] = ()


class PricedMemberAnswer(msgspec.Struct, frozen=True):
    """What one hotel has for the stay, in its currency; nothing where its business date has passed the arrival."""

    business_id: int
    code: str
    name: str
    business_date: date
    currency: str
    room_types: tuple[CheapestAnswer, ...]


class PricedDestinationAnswer(msgspec.Struct, frozen=True):
    """What the hotels of a destination cost a party in one room."""

    omd_id: int
    arrival: date
    departure: date
    adults: int
    child_ages: tuple[int, ...]
    businesses: tuple[PricedMemberAnswer, ...]


class _EncodedDestination(msgspec.Struct, frozen=True):
    """A `PricedDestinationAnswer` whose hotels are encoded already."""

    omd_id: int
    arrival: date
    departure: date
    adults: int
    child_ages: tuple[int, ...]
    businesses: list[msgspec.Raw]


class PricedSearch(msgspec.Struct, frozen=True):
    """A stay that is looked for, by whom, at an instant.

    `is_fresh` where only the database will do, `from_memory_alone` where it could not be asked who searches.
    """

    stay: StayDates
    guests: Guests
    now: datetime
    is_fresh: bool
    from_memory_alone: bool = False


class PricedFinder:
    """Answers priced searches for whoever was let in."""

    def __init__(self, database: Database, remembering: Remembering) -> None:
        self._database = database
        self.remembering = remembering

    async def of_destination(self, actor: Actor, page: Sequence[BusinessId], search: PricedSearch) -> Found:
        """Return what the hotels of a page cost; raise `BeyondHorizon` or `DatabaseUnavailable`.

        While the database is away that is what was known last, marked as such.
        """
        where = (actor.omd_id, page, search.stay, search.now)
        if search.is_fresh or not page:
            return await self._found(actor, page, search)
        last = await self.remembering.known_first(*where, from_memory_alone=search.from_memory_alone)
        if last is None:
            try:
                return await self._found(actor, page, search)
            except DatabaseUnavailable:
                last = await self.remembering.last_known(*where)
                if last is None:
                    raise
        members = {each.free.window.business_id: await _recalled(actor, each, search) for each in last.hotels}
        return _found_of(actor, members, page, search).stale(last.age)

    async def _found(self, actor: Actor, page: Sequence[BusinessId], search: PricedSearch) -> Found:
        members: dict[BusinessId, msgspec.Raw] = {}
        beyond, source = page, REQUESTED if search.is_fresh else MISS
        if page and not search.is_fresh:
            recalled = await self.remembering.look(actor.omd_id, page, search.stay, search.now)
            if recalled is not None:
                for each in recalled.hotels:
                    members[each.free.window.business_id] = await _recalled(actor, each, search)
                beyond = recalled.beyond
                source = PARTIAL if beyond else FILLED if recalled.is_new else HIT
        if beyond:
            members |= await self._read(actor, beyond, search)
        found = _found_of(actor, members, page, search, source)
        return found.told(self.remembering.age, source) if members and source in (HIT, FILLED, PARTIAL) else found

    async def _read(
        self, actor: Actor, hotels: Sequence[BusinessId], search: PricedSearch
    ) -> dict[BusinessId, msgspec.Raw]:
        stay = search.stay
        async with self._database.reading(actor) as tx:
            named = {each.id: each for each in await list_businesses(tx, actor.omd_id, 0, MOST_MEMBERS)}
        members: dict[BusinessId, msgspec.Raw] = {}
        for row in await read_offer_ground(self._database, actor, hotels, stay):
            hotel, known = named.get(row.business_id), ground_of(row, stay)
            if hotel is None:
                continue
            basis, taxes = known.ground.basis, known.ground.taxes
            today, types = basis.date_at(search.now), tuple[CheapestAnswer, ...]()
            if today <= stay.arrival:
                if not within(stay, known.horizon):
                    raise beyond_horizon(stay, known.horizon, prefix="?")
                calendar = Calendar(basis, taxes, today).of(search.guests)
                types = _types(actor, known, calendar, calendar.cheapest(stay, actor.omd_id, search.now), search)
            answer = PricedMemberAnswer(hotel.id, hotel.code, hotel.name, today, basis.currency, types)
            members[hotel.id] = msgspec.Raw(_encode(answer))
            await asyncio.sleep(0)
        return members


def _found_of(
    actor: Actor,
    members: dict[BusinessId, msgspec.Raw],
    page: Sequence[BusinessId],
    search: PricedSearch,
    source: str = HIT,
) -> Found:
    stay, party = search.stay, search.guests.party
    answer = _EncodedDestination(
        *(actor.omd_id, stay.arrival, stay.departure, party.adults, party.children),
        [members[hotel] for hotel in page if hotel in members],
    )
    return Found.of(_encode(answer), source)


async def _recalled(actor: Actor, hotel: Remembered, search: PricedSearch) -> msgspec.Raw:
    """Return what a hotel that is remembered costs; what it was asked before, it was asked of the same prices."""
    key = ("offers", search.stay, search.guests, hotel.prices.version)
    known = hotel.free.answers.get(key)
    if known is None:
        known = hotel.free.answer(key, lambda: _member(actor, hotel, search), _weight)
        # Many hotels at once are much work: others have their turn in between.
        await asyncio.sleep(0)
    found: msgspec.Raw = known
    return found


def _member(actor: Actor, hotel: Remembered, search: PricedSearch) -> msgspec.Raw:
    stay, sold = search.stay, hotel.sold
    calendar = sold.calendar_of(search.guests)
    prices = hotel.prices.answer(
        ("prices", stay, sold.like(search.guests)),
        lambda: calendar.cheapest(stay, actor.omd_id, search.now),
        lambda found: 500 * len(found),
    )
    window = hotel.free.window
    types = _types(actor, hotel.ground(), calendar, prices, search)
    answer = PricedMemberAnswer(
        window.business_id, window.code, window.name, window.starts_on, sold.basis.currency, types
    )
    return msgspec.Raw(_encode(answer))


def _weight(answer: msgspec.Raw) -> int:
    return len(bytes(answer))


def _types(
    actor: Actor, known: HotelGround, calendar: PartyCalendar, prices: dict[int, Price], search: PricedSearch
) -> tuple[CheapestAnswer, ...]:
    ground, guests, stay = known.ground, search.guests, search.stay

    def answer(kind: SoldType, available: int) -> CheapestAnswer:
        price = prices.get(kind.id)
        if price is None:
            reasons = calendar.why_never(guests.party, kind, stay) if available else None
            if reasons is None:
                question = OfferQuestion(actor.omd_id, stay, (guests.party,), search.now, guests.country)
                reasons = why_not(ground, question, kind)
        elif available == 0:
            reasons = tuple(ground.supply.why_not(kind, stay))
        else:
            plan = price.sale.plan.offered
            return CheapestAnswer(
                *(kind.id, kind.code, kind.name, available, plan.id, plan.code, plan.meals),
                *(price.gross, price.on_top, price.total),
            )
        return CheapestAnswer(
            kind.id, kind.code, kind.name, available, reasons=tuple([reason_answer(each) for each in reasons])
        )

    types = ground.basis.room_types
    return tuple(map(answer, types, ground.supply.least_of(types, stay)))
