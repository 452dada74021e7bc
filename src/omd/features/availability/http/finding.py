"""Finds the answer to a search: in the windows where they know it, otherwise in the database."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from operator import attrgetter

import msgspec

from omd.db import Database
from omd.features.availability import queries
from omd.features.availability.errors import arrival_in_the_past, beyond_horizon
from omd.features.availability.http.answers import (
    BusinessAnswer,
    DestinationAnswer,
    MemberAnswer,
    member_answer,
    room_type_answer,
)
from omd.features.availability.model import NightAvailability, TotalAvailability, TypeAvailability
from omd.features.availability.windows import HeldWindow, Windows
from omd.kernel.actor import Actor
from omd.kernel.dates import StayDates
from omd.kernel.errors import DatabaseUnavailable
from omd.kernel.ids import BusinessId

_encode = msgspec.json.Encoder().encode


class Search(msgspec.Struct, frozen=True):
    """A stay that is looked for, with its party, at an instant; `is_fresh` where only the database will do."""

    stay: StayDates
    adults: int
    children: int
    now: datetime
    is_fresh: bool


class Asking(msgspec.Struct, frozen=True):
    """Who searches, when, and what finds the answer: one thing to hand over, as each costs the framework its time."""

    finder: "Finder"
    actor: Actor
    now: datetime


class Found(msgspec.Struct, frozen=True):
    """An answer as it is sent; `age` in seconds, `source` as Cache-Status has it (RFC 9211)."""

    body: bytes
    etag: str
    age: int = 0
    source: str = "fwd=miss"


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

    def __init__(self, database: Database, windows: Windows) -> None:
        self._database = database
        self._windows = windows

    async def of_hotel(self, actor: Actor, hotel: BusinessId, search: Search, *, with_nights: bool) -> Found:
        """Return what one hotel has; raise `ArrivalInThePast`, `BeyondHorizon` or `DatabaseUnavailable`.

        `with_nights` is for who goes on by the hotel's events, and so must not begin behind them.
        """
        found = await self._windows_for(actor, (hotel,), search, is_fresh=search.is_fresh or with_nights)
        if found is not None:
            return self._hotel_in(found[0], search)
        try:
            answer = await self._hotel_read(actor, hotel, search, with_nights=with_nights)
        except DatabaseUnavailable:
            known = None if with_nights else self._windows.last_known((hotel,), search.stay, search.now)
            if known is None:
                raise
            return self._hotel_in(known[0], search)
        return _read(_encode(answer), search)

    async def of_destination(self, actor: Actor, page: Sequence[BusinessId], search: Search) -> Found:
        """Return what the hotels of a page have, summed up over all; raises what `of_hotel` does."""
        found = await self._windows_for(actor, actor.business_ids, search, is_fresh=search.is_fresh)
        if found is not None:
            return self._destination_in(actor, found, page, search)
        try:
            answer = await self._destination_read(actor, page, search)
        except DatabaseUnavailable:
            known = self._windows.last_known(actor.business_ids, search.stay, search.now)
            if known is None:
                raise
            return self._destination_in(actor, known, page, search)
        return _read(_encode(answer), search)

    async def _windows_for(
        self, actor: Actor, hotels: Sequence[BusinessId], search: Search, *, is_fresh: bool
    ) -> list[HeldWindow] | None:
        if is_fresh or not hotels:
            return None
        return await self._windows.look(actor.omd_id, hotels, search.stay, search.now)

    def _hotel_in(self, held: HeldWindow, search: Search) -> Found:
        def make() -> Found:
            types = held.window.find(search.stay, adults=search.adults, children=search.children)
            return _hit(_encode(_business_answer(held.window.business_id, search.stay, types)))

        found = held.answer(("hotel", search.stay, search.adults, search.children), make)
        return self._aged(found)

    def _destination_in(
        self, actor: Actor, found: Sequence[HeldWindow], page: Sequence[BusinessId], search: Search
    ) -> Found:
        stay, key = search.stay, ("member", search.stay, search.adults, search.children)
        members = [each.answer(key, lambda each=each: _member_in(each, search)) for each in found]  # type: ignore[misc]
        shown = members
        if len(page) != len(found):
            on_page = set(page)
            shown = [member for each, member in zip(found, members, strict=True) if each.window.business_id in on_page]
        answer = _EncodedDestination(
            actor.omd_id,
            stay.arrival,
            stay.departure,
            sum(each.available for each in members),
            sum(each.sellable for each in members),
            [each.answer for each in shown if each.answer is not None],
        )
        return self._aged(_hit(_encode(answer)))

    def _aged(self, found: Found) -> Found:
        age = self._windows.age
        return found if age == found.age else msgspec.structs.replace(found, age=age)

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
    if not types:
        return _Member(None, 0, 0)
    answer: MemberAnswer = member_answer(types)
    return _Member(msgspec.Raw(_encode(answer)), answer.available, answer.sellable)


def _hit(body: bytes) -> Found:
    return Found(body, _tag(body), source="hit")


def _read(body: bytes, search: Search) -> Found:
    return Found(body, _tag(body), source="fwd=request" if search.is_fresh else "fwd=miss")


def _tag(body: bytes) -> str:
    """Return the entity tag of an answer: of what it says, so that it is the same from wherever it comes."""
    return f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'
