"""Offers over HTTP: of one hotel, to be booked, and what a whole destination costs."""

import asyncio
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import TypeAlias

import msgspec
from litestar import Controller, Router, post
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import JSONBody
from litestar.status_codes import HTTP_200_OK
from litestar.types import ASGIApp
from msgspec.structs import replace

from omd.db import Database
from omd.features.availability import arrival_in_the_past, beyond_horizon, memory_alone, within
from omd.features.offers.calendar import Guests
from omd.features.offers.ground import HotelGround, ground_of
from omd.features.offers.http.answers import offers_answer, room_answer, together_answer, unknown_plans
from omd.features.offers.http.destination import DestinationOffers, Pricing
from omd.features.offers.http.payloads import MOST_ROOM_NIGHTS, OffersAnswer, OffersAsked
from omd.features.offers.http.searching import PricedFinder
from omd.features.offers.http.told import RoomTold
from omd.features.offers.instead import Effort, around, looking_instead
from omd.features.offers.nights import PartyNights, quoting_nights
from omd.features.offers.queries import read_offer_ground
from omd.features.offers.quote import OfferQuestion
from omd.features.offers.together import all_together, looking_together
from omd.features.offers.told import ToldNight, tell_night
from omd.features.offers.windows import Remembering, Sold
from omd.features.rates import Party
from omd.infra.http import (
    COMMON_PROBLEMS,
    AcceptLanguage,
    ActorDep,
    ClockDep,
    DatabaseDep,
    KeyringDep,
    PathId,
    languages_of,
)
from omd.kernel.actor import Actor
from omd.kernel.dates import StayDates, parse_stay
from omd.kernel.errors import DatabaseUnavailable, FieldProblem, InvalidInput, NotFound
from omd.kernel.ids import BusinessId, OmdId
from omd.kernel.turns import in_turns

__all__ = ["PricedFinder", "Pricing", "Recollection", "router"]

NIGHTS_A_TURN = 250
"""Nights that are priced before others have their turn: some milliseconds."""


class Recollection(msgspec.Struct, frozen=True):
    """What finds what is remembered; `from_memory_alone` where it could not be asked who wants offers."""

    remembering: Remembering
    from_memory_alone: bool = False


RecollectionDep: TypeAlias = NamedDependency[Recollection]
_MADE = {
    200: ResponseSpec(OffersAnswer, description="What is offered, and why the rest is not.", generate_examples=False)
}


class Offers(Controller):
    """What a hotel offers."""

    path = "/businesses/{business_id:int}/offers"
    tags = ("Offers",)

    @post(
        operation_id="makeOffers",
        summary="Make offers for a stay",
        status_code=HTTP_200_OK,
        responses={**_MADE, **COMMON_PROBLEMS},
    )
    async def make(
        self,
        business_id: PathId,
        data: JSONBody[OffersAsked],
        actor: ActorDep,
        database: DatabaseDep,
        recollection: RecollectionDep,
        clock: ClockDep,
        keyring: KeyringDep,
        accept_language: AcceptLanguage = None,
    ) -> ASGIApp:
        """Price every room type by every plan for each room, and say all reasons of what cannot be had.

        Nothing is kept and nothing is held: an offer is sealed, and can be booked as it stands for 15 minutes, for as
        long as there is room. Where nothing is offered for a room, `instead` says what would work. A stay within the
        next 30 nights is priced from memory that follows what happens within a quarter of a second.

        While the database is away, memory answers for two minutes at most what it knew last, marked in `Age` and
        `Cache-Status` as searches are. Such offers are those of that instant, and valid for 15 minutes from then on.
        """
        hotel = actor.sees(business_id)
        stay = parse_stay(data.arrival, data.departure)
        _require_few(stay, len(data.rooms))
        question = _question(data, actor.omd_id, stay, clock.now())
        source = _Source(database, recollection, actor, hotel, question)
        known, age = await source.known(stay)
        question = replace(question, now=question.now - timedelta(seconds=age))
        _require_possible(known, question, data)
        quotes = await in_turns(
            quoting_nights(known.ground, question, tell_night, source.nights_of(known)), most=NIGHTS_A_TURN
        )
        together = all_together(known.ground.supply, question, quotes)
        wider = known
        is_short = not all(each.offers for each in quotes) or (together is not None and not together.possible)
        if is_short and not age:
            wider, _ = await source.known(around(stay))
        # Of a party once, however many rooms it is asked for; all of them, and the whole party, by one effort.
        refused = {each.party: each for each in quotes if not each.offers}
        effort, searches = Effort(), len(refused) + 1
        instead = {
            party: await in_turns(
                looking_instead(wider.ground, question, each, effort.part(searches - at)), most=NIGHTS_A_TURN
            )
            for at, (party, each) in enumerate(refused.items())
        }
        rooms: list[RoomTold] = []
        for each in quotes:
            if rooms:
                await asyncio.sleep(0)
            rooms.append(room_answer(known, question, each, instead.get(each.party), keyring))
        told = None
        if together is not None:
            party = None
            if not together.possible:
                party = await in_turns(looking_together(wider.ground, question, effort), most=NIGHTS_A_TURN)
            told = together_answer(together, party)
        languages = languages_of(data.language, accept_language)
        return offers_answer(known, question, tuple(rooms), languages, told, age=age)


def _require_few(stay: StayDates, rooms: int) -> None:
    asked = stay.nights * rooms
    if asked > MOST_ROOM_NIGHTS:
        said = (
            f"{rooms} rooms for {stay.nights} nights are {asked} nights; one request may ask for {MOST_ROOM_NIGHTS}. "
            "Ask for fewer rooms at once."
        )
        raise InvalidInput(said, problems=(FieldProblem("/rooms", "too_many_nights", said),))


def _question(data: OffersAsked, omd_id: OmdId, stay: StayDates, now: datetime) -> OfferQuestion:
    return OfferQuestion(
        omd_id=omd_id,
        dates=stay,
        parties=tuple(Party(each.adults, tuple(sorted(each.child_ages))) for each in data.rooms),
        now=now,
        country=data.country,
        agency=data.agency,
        rate_plan_ids=frozenset(data.rate_plan_ids),
        room_type_ids=frozenset(data.room_type_ids),
    )


class _Source:
    """Where what a question is about is known from."""

    def __init__(
        self, database: Database, recollection: Recollection, actor: Actor, hotel: BusinessId, question: OfferQuestion
    ) -> None:
        self._database = database
        self._recollection = recollection
        self._actor = actor
        self._hotel = hotel
        self._question = question
        self._sold: Sold | None = None

    async def known(self, nights: StayDates) -> tuple[HotelGround, int]:
        """Return what is known of nights around those asked for, and for how many seconds nobody knows better.

        That is what is remembered of them, else what the database has, and while that is away what was known last of
        the stay. Raises `NotFound` and `DatabaseUnavailable`. Quotas are not remembered: a question with an agency
        goes to the database.
        """
        remembering, alone = self._recollection.remembering, self._recollection.from_memory_alone
        where = (self._actor.omd_id, (self._hotel,), self._question.dates, self._question.now)
        self._sold = None
        if self._question.agency is not None:
            if alone:
                raise memory_alone()
            return await self._read(nights), 0
        last = await remembering.known_first(*where, from_memory_alone=alone)
        if last is None:
            try:
                recalled = await remembering.look(*where)
                if recalled is not None and recalled.hotels and recalled.hotels[0].covers(nights):
                    self._sold = recalled.hotels[0].sold
                    return recalled.hotels[0].ground(), 0
                if nights == self._question.dates:
                    paged = await remembering.pages.look(
                        self._database, self._actor.omd_id, self._hotel, nights, self._question.now
                    )
                    if paged is not None:
                        self._sold = paged.sold
                        return paged.ground, 0
                return await self._read(nights), 0
            except DatabaseUnavailable:
                last = await remembering.last_known(*where)
                if last is None:
                    raise
        self._sold = last.hotels[0].sold
        return last.hotels[0].ground(), last.age

    async def _read(self, nights: StayDates) -> HotelGround:
        agency = self._question.agency
        found = await read_offer_ground(self._database, self._actor, [self._hotel], nights, agency)
        if not found:
            raise NotFound(f"There is no hotel {self._hotel}.")
        return ground_of(found[0], nights, agency)

    def nights_of(self, known: HotelGround) -> Callable[[Party], PartyNights[ToldNight]]:
        """Return what tells the nights that a party was offered before by what is known: none where that was read."""
        sold = self._sold
        if sold is None:
            return lambda _: PartyNights[ToldNight].of_one_quote(known.ground.basis)
        return lambda party: self._recollection.remembering.nights.of(sold, Guests(party, self._question.country))


def _require_possible(known: HotelGround, question: OfferQuestion, data: OffersAsked) -> None:
    """Raise `InvalidInput` for what is not there, `ArrivalInThePast` and `BeyondHorizon`."""
    problems = tuple(_unknown(known, data))
    if problems:
        raise InvalidInput(f"{problems[0].detail} Leave it out to ask for all.", problems=problems)
    booked_on = known.ground.basis.date_at(question.now)
    if question.dates.arrival < booked_on:
        raise arrival_in_the_past(question.dates.arrival, booked_on)
    if not within(question.dates, known.horizon):
        raise beyond_horizon(question.dates, known.horizon)


def _unknown(known: HotelGround, data: OffersAsked) -> Iterator[FieldProblem]:
    yield from unknown_plans(known.ground.basis, data.rate_plan_ids)
    types = {each.id for each in known.ground.basis.room_types}
    for at, each in enumerate(data.room_type_ids):
        if each not in types:
            yield FieldProblem(f"/room_type_ids/{at}", "unknown_room_type", f"This hotel has no room type {each}.")


router = Router(path="", route_handlers=[Offers, DestinationOffers])
