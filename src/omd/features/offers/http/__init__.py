"""Offers over HTTP: of one hotel, to be booked, and what a whole destination costs."""

import asyncio
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import TypeAlias

from litestar import Controller, Router, post
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import JSONBody
from litestar.status_codes import HTTP_200_OK
from litestar.types import ASGIApp

from omd.db import Database
from omd.features.availability import arrival_in_the_past, beyond_horizon, within
from omd.features.offers.calendar import Guests
from omd.features.offers.ground import HotelGround, ground_of
from omd.features.offers.http.answers import offers_answer, room_answer, together_answer, unknown_plans
from omd.features.offers.http.destination import DestinationOffers, Pricing
from omd.features.offers.http.payloads import MOST_ROOM_NIGHTS, OffersAnswer, OffersAsked
from omd.features.offers.http.searching import PricedFinder
from omd.features.offers.http.told import RoomTold
from omd.features.offers.instead import around, looking_instead
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
from omd.kernel.errors import FieldProblem, InvalidInput, NotFound
from omd.kernel.ids import BusinessId, OmdId
from omd.kernel.turns import in_turns

__all__ = ["PricedFinder", "Pricing", "router"]

NIGHTS_A_TURN = 250
"""Nights that are priced before others have their turn: some milliseconds."""

RememberingDep: TypeAlias = NamedDependency[Remembering]
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
        remembering: RememberingDep,
        clock: ClockDep,
        keyring: KeyringDep,
        accept_language: AcceptLanguage = None,
    ) -> ASGIApp:
        """Price every room type by every plan for each room, and say all reasons of what cannot be had.

        Nothing is kept and nothing is held: an offer is sealed, and can be booked as it stands for 15 minutes, for as
        long as there is room. Where nothing is offered for a room, `instead` says what would work. A stay within the
        next 30 nights is priced from memory that follows what happens within a quarter of a second.
        """
        hotel = actor.sees(business_id)
        stay = parse_stay(data.arrival, data.departure)
        _require_few(stay, len(data.rooms))
        question = _question(data, actor.omd_id, stay, clock.now())
        source = _Source(database, remembering, actor, hotel, question)
        known = await source.known(stay)
        _require_possible(known, question, data)
        quotes = await in_turns(
            quoting_nights(known.ground, question, tell_night, source.nights_of(known)), most=NIGHTS_A_TURN
        )
        together = all_together(known.ground.supply, question, quotes)
        wider = known
        if not all(each.offers for each in quotes) or (together is not None and not together.possible):
            wider = await source.known(around(stay))
        # Of a party once, however many rooms it is asked for.
        instead = {
            each.party: await in_turns(looking_instead(wider.ground, question, each), most=NIGHTS_A_TURN)
            for each in {each.party: each for each in quotes if not each.offers}.values()
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
                party = await in_turns(looking_together(wider.ground, question), most=NIGHTS_A_TURN)
            told = together_answer(together, party)
        return offers_answer(known, question, tuple(rooms), languages_of(data.language, accept_language), told)


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
        self, database: Database, remembering: Remembering, actor: Actor, hotel: BusinessId, question: OfferQuestion
    ) -> None:
        self._database = database
        self._remembering = remembering
        self._actor = actor
        self._hotel = hotel
        self._question = question
        self._sold: Sold | None = None

    async def known(self, nights: StayDates) -> HotelGround:
        """Return what is remembered of nights around those asked for, else what the database has; raise `NotFound`.

        Quotas are not remembered: a question with an agency goes to the database.
        """
        question, hotel = self._question, self._hotel
        self._sold = None
        if question.agency is None:
            recalled = await self._remembering.look(self._actor.omd_id, (hotel,), question.dates, question.now)
            if recalled is not None and recalled.hotels and recalled.hotels[0].covers(nights):
                self._sold = recalled.hotels[0].sold
                return recalled.hotels[0].ground()
        found = await read_offer_ground(self._database, self._actor, [hotel], nights, question.agency)
        if not found:
            raise NotFound(f"There is no hotel {hotel}.")
        return ground_of(found[0], nights, question.agency)

    def nights_of(self, known: HotelGround) -> Callable[[Party], PartyNights[ToldNight]]:
        """Return what tells the nights that a party was offered before by what is known: none where that was read."""
        sold = self._sold
        if sold is None:
            return lambda _: PartyNights[ToldNight].of_one_quote(known.ground.basis)
        return lambda party: self._remembering.nights.of(sold, Guests(party, self._question.country))


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
