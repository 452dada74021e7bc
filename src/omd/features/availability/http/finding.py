"""Finds the answer to a search: in the windows where they know it, otherwise in the database."""

from collections.abc import Collection, Sequence
from datetime import datetime
from functools import partial
from itertools import groupby
from operator import attrgetter

import msgspec

from omd.db import Database, DatabaseContact
from omd.features.availability import queries
from omd.features.availability.errors import arrival_in_the_past, beyond_horizon, memory_alone
from omd.features.availability.http.answers import (
    BusinessAnswer,
    DestinationAnswer,
    MemberAnswer,
    member_answer,
    room_type_answer,
)
from omd.features.availability.model import NightAvailability, TotalAvailability, TypeAvailability
from omd.features.availability.windows import HeldWindow, LastKnown, Looked, Window, Windows
from omd.infra.http import FILLED, HIT, MISS, PARTIAL, REQUESTED, Found
from omd.kernel.actor import Actor
from omd.kernel.dates import StayDates
from omd.kernel.errors import DatabaseUnavailable
from omd.kernel.ids import BusinessId

_encode = msgspec.json.Encoder().encode


class Search(msgspec.Struct, frozen=True):
    """A stay that is looked for, with its party, at an instant.

    `is_fresh` where only the database will do, `from_memory_alone` where it could not be asked who searches.
    """

    stay: StayDates
    adults: int
    children: int
    now: datetime
    is_fresh: bool
    from_memory_alone: bool = False


class Asking(msgspec.Struct, frozen=True):
    """Who searches, when, and what finds the answer: one thing to hand over, as each costs the framework its time."""

    finder: "Finder"
    actor: Actor
    now: datetime
    from_memory_alone: bool = False


class _Member(msgspec.Struct, frozen=True):
    """What one hotel has, encoded, with what the destination sums up of it; nothing where no type takes the party."""

    answer: msgspec.Raw | None
    available: int
    sellable: int


class _EncodedDestination(msgspec.Struct, frozen=True):
    """A `DestinationAnswer` whose hotels are encoded already."""

    omd_id: int
    arrival: object
    departure: object
    available: int
    sellable: int
    businesses: list[msgspec.Raw]


class Finder:
    """Answers searches for whoever was let in."""

    def __init__(self, database: Database, windows: Windows, contact: DatabaseContact | None = None) -> None:
        self._database = database
        self._windows = windows
        self._contact = contact or DatabaseContact()

    async def of_hotel(self, actor: Actor, hotel: BusinessId, search: Search, *, with_nights: bool) -> Found:
        """Return what one hotel has; raise `ArrivalInThePast`, `BeyondHorizon` or `DatabaseUnavailable`.

        `with_nights` is for who goes on by the hotel's events, and so must not begin behind them.
        """
        is_fresh = search.is_fresh or with_nights
        known = await self._known_first(actor, (hotel,), search, is_fresh=is_fresh)
        if known is not None:
            return self._hotel_in(known.windows[0], search).stale(known.age)
        try:
            looked = None if is_fresh else await self._look(actor, (hotel,), search)
            if looked is not None:
                return self._told(self._hotel_in(looked.windows[0], search), FILLED if looked.is_new else HIT)
            answer = await self._hotel_read(actor, hotel, search, with_nights=with_nights)
        except DatabaseUnavailable:
            known = None if is_fresh else await self._last_known(actor, (hotel,), search)
            if known is None:
                raise
            return self._hotel_in(known.windows[0], search).stale(known.age)
        return Found.of(_encode(answer), REQUESTED if search.is_fresh else MISS)

    async def of_destination(self, actor: Actor, page: Sequence[BusinessId], search: Search) -> Found:
        """Return what the hotels of a page have, summed up over all; raises what `of_hotel` does."""
        hotels = actor.business_ids
        known = await self._known_first(actor, hotels, search, is_fresh=search.is_fresh)
        if known is not None:
            return self._stale_destination(actor, known, page, search)
        try:
            looked = None if search.is_fresh else await self._look(actor, hotels, search)
            if looked is not None:
                members = self._members(looked.windows, search)
                source = FILLED if looked.is_new else HIT
                if looked.beyond:
                    members |= await self._members_read(actor, looked.beyond, search)
                    source = PARTIAL
                return self._told(self._destination_in(actor, members, page, search), source)
            answer = await self._destination_read(actor, page, search)
        except DatabaseUnavailable:
            known = None if search.is_fresh else await self._last_known(actor, hotels, search)
            if known is None:
                raise
            return self._stale_destination(actor, known, page, search)
        return Found.of(_encode(answer), REQUESTED if search.is_fresh else MISS)

    async def _known_first(
        self, actor: Actor, hotels: Sequence[BusinessId], search: Search, *, is_fresh: bool
    ) -> LastKnown[Window] | None:
        """Return what was known last where the database need not be waited for; None where it is to be asked.

        Raises `DatabaseUnavailable` where it must not be: who searches could not be asked either.
        """
        known = None
        if (self._contact.is_silent or search.from_memory_alone) and not is_fresh:
            known = await self._last_known(actor, hotels, search)
        if known is None and search.from_memory_alone:
            raise memory_alone()
        return known

    async def _last_known(self, actor: Actor, hotels: Sequence[BusinessId], search: Search) -> LastKnown[Window] | None:
        return await self._windows.last_known(actor.omd_id, hotels, search.stay, search.now)

    async def _look(self, actor: Actor, hotels: Sequence[BusinessId], search: Search) -> Looked[Window] | None:
        return await self._windows.look(actor.omd_id, hotels, search.stay, search.now) if hotels else None

    def _hotel_in(self, held: HeldWindow, search: Search) -> Found:
        def make() -> Found:
            types = held.window.find(search.stay, adults=search.adults, children=search.children)
            return Found.of(_encode(_business_answer(held.window.business_id, search.stay, types)), HIT)

        return held.answer(("hotel", search.stay, search.adults, search.children), make, _weight)

    def _members(self, windows: Sequence[HeldWindow], search: Search) -> "dict[BusinessId, _Member]":
        key = ("member", search.stay, search.adults, search.children)
        return {
            each.window.business_id: each.answer(key, partial(_member_in, each, search), _member_weight)
            for each in windows
        }

    async def _members_read(
        self, actor: Actor, hotels: Sequence[BusinessId], search: Search
    ) -> "dict[BusinessId, _Member]":
        """Return what the database says of hotels that their windows do not know, beside others that they do."""
        stay, party = search.stay, {"adults": search.adults, "children": search.children}
        found = await queries.find_type_availability(self._database, actor, hotels, stay, **party, now=search.now)
        if found:
            # Where nothing is there, the others have shown that the dates are open.
            await self._require_open(actor, stay, found)
        members = dict.fromkeys(hotels, _Member(None, 0, 0))
        for business_id, types in groupby(found, key=attrgetter("business_id")):
            members[business_id] = _member_of(list(types))
        return members

    def _destination_in(
        self, actor: Actor, members: "dict[BusinessId, _Member]", page: Sequence[BusinessId], search: Search
    ) -> Found:
        stay = search.stay
        on_page: Collection[BusinessId] = members.keys() if len(page) == len(members) else set(page)
        shown = [members[hotel] for hotel in actor.business_ids if hotel in on_page]
        answer = _EncodedDestination(
            actor.omd_id,
            stay.arrival,
            stay.departure,
            sum(each.available for each in members.values()),
            sum(each.sellable for each in members.values()),
            [each.answer for each in shown if each.answer is not None],
        )
        return Found.of(_encode(answer))

    def _told(self, found: Found, source: str) -> Found:
        return found.told(self._windows.age, source)

    def _stale_destination(
        self, actor: Actor, known: LastKnown[Window], page: Sequence[BusinessId], search: Search
    ) -> Found:
        return self._destination_in(actor, self._members(known.windows, search), page, search).stale(known.age)

    async def _hotel_read(
        self, actor: Actor, hotel: BusinessId, search: Search, *, with_nights: bool
    ) -> BusinessAnswer:
        stay, now = search.stay, search.now
        found = await queries.find_type_availability(
            self._database, actor, [hotel], stay, adults=search.adults, children=search.children, now=now
        )
        await self._require_to_come(actor, hotel, stay, found, now)
        await self._require_open(actor, stay, found)
        by_night: dict[int, list[NightAvailability]] = {}
        if with_nights:
            async with self._database.reading(actor) as tx:
                for night in await queries.find_night_availability(tx, actor.omd_id, hotel, stay):
                    by_night.setdefault(night.room_type_id, []).append(night)
        return _business_answer(hotel, stay, found, by_night)

    async def _destination_read(self, actor: Actor, page: Sequence[BusinessId], search: Search) -> DestinationAnswer:
        stay, party = search.stay, {"adults": search.adults, "children": search.children}
        found = await queries.find_type_availability(self._database, actor, page, stay, **party, now=search.now)
        await self._require_open(actor, stay, found)
        answers = tuple(member_answer(list(types)) for _, types in groupby(found, key=attrgetter("business_id")))
        if len(page) == len(actor.business_ids):
            total = TotalAvailability(sum(each.available for each in answers), sum(each.sellable for each in answers))
        else:
            total = await queries.find_total_availability(
                self._database, actor, actor.business_ids, stay, **party, now=search.now
            )
        return DestinationAnswer(actor.omd_id, stay.arrival, stay.departure, total.available, total.sellable, answers)

    async def _require_to_come(
        self, actor: Actor, hotel: BusinessId, stay: StayDates, found: list[TypeAvailability], now: datetime
    ) -> None:
        """Raise `ArrivalInThePast` where a booking would: one hotel has one business date to compare with."""
        if found:
            business_date = found[0].business_date
        else:
            async with self._database.reading(actor) as tx:
                read = await queries.find_business_date(tx, actor.omd_id, hotel, now)
            assert read is not None, "the actor sees the hotel"
            business_date = read
        if stay.arrival < business_date:
            raise arrival_in_the_past(stay.arrival, business_date, prefix="?")

    async def _require_open(self, actor: Actor, stay: StayDates, found: list[TypeAvailability]) -> None:
        """Raise `BeyondHorizon` when a night has no counters: nothing there is not the same as nothing free."""
        if found and all(each.nights_counted == stay.nights for each in found):
            return
        async with self._database.reading(actor) as tx:
            horizon = await queries.find_horizon(tx, actor.omd_id)
        if horizon is None or stay.arrival < horizon.starts_on or stay.departure > horizon.ends_on:
            raise beyond_horizon(stay, horizon, prefix="?")


def _business_answer(
    hotel: BusinessId,
    stay: StayDates,
    found: Sequence[TypeAvailability],
    nights: dict[int, list[NightAvailability]] | None = None,
) -> BusinessAnswer:
    by_night = nights or {}
    types = tuple(room_type_answer(each, tuple(by_night.get(each.room_type_id, ()))) for each in found)
    return BusinessAnswer(hotel, stay.arrival, stay.departure, types)


def _member_in(held: HeldWindow, search: Search) -> _Member:
    types = held.window.find(search.stay, adults=search.adults, children=search.children)
    return _member_of(types) if types else _Member(None, 0, 0)


def _member_weight(member: _Member) -> int:
    return 0 if member.answer is None else len(bytes(member.answer))


def _weight(found: Found) -> int:
    return len(found.body)


def _member_of(types: list[TypeAvailability]) -> _Member:
    answer: MemberAnswer = member_answer(types)
    return _Member(msgspec.Raw(_encode(answer)), answer.available, answer.sellable)
