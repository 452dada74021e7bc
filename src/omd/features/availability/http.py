"""Availability over HTTP: of one hotel, and of a whole destination."""

from datetime import date, datetime
from itertools import groupby
from operator import attrgetter
from typing import Annotated, Any

import msgspec
from litestar import Controller, Request, Response, Router, delete, get, put
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import JSONBody, QueryParameter
from litestar.status_codes import HTTP_200_OK

from omd.db import Database, Transaction
from omd.features.availability import commands, queries
from omd.features.availability.errors import arrival_in_the_past, beyond_horizon
from omd.features.availability.model import (
    HouseNight,
    NightAvailability,
    TotalAvailability,
    TypeAvailability,
    sum_of_hotel,
)
from omd.infra.http import (
    COMMON_PROBLEMS,
    ActorDep,
    Answer,
    ClockDep,
    DatabaseDep,
    PageSize,
    PathId,
    Writer,
    json_answer,
    next_link,
)
from omd.kernel.actor import Actor
from omd.kernel.dates import StayDates, parse_interval, parse_stay
from omd.kernel.errors import NotAllowed, NotFound
from omd.kernel.ids import BusinessId, RoomTypeId

Arrival = Annotated[date, QueryParameter(description="The first night, YYYY-MM-DD.")]
Departure = Annotated[date, QueryParameter(description="The day of departure, not a night.")]
Adults = Annotated[int, QueryParameter(ge=1, le=500, description="Adults in the party.")]
Children = Annotated[int, QueryParameter(ge=0, le=500, description="Children in the party.")]
StartsOn = Annotated[date, QueryParameter(description="The first night, YYYY-MM-DD.")]
EndsOn = Annotated[date, QueryParameter(description="The first date after the last night.")]


class RoomTypeAnswer(msgspec.Struct, frozen=True, omit_defaults=True):
    """One room type over the stay: the least of its nights. `nights` only when asked for."""

    room_type_id: int
    code: str
    name: str
    quantity: int
    max_adults: int
    max_children: int
    max_occupancy: int
    available: int
    sellable: int
    nights: tuple[NightAvailability, ...] = ()


class BusinessAnswer(msgspec.Struct, frozen=True):
    """What one hotel has for the stay: every room type that takes the party, those without rooms included."""

    business_id: int
    arrival: date
    departure: date
    room_types: tuple[RoomTypeAnswer, ...]


class MemberAnswer(msgspec.Struct, frozen=True):
    """What one hotel of the destination has for the stay: nothing where its business date has passed the arrival.

    `sellable` is the sum over its room types, but no more than its house-wide limit leaves to all of them together.
    """

    business_id: int
    code: str
    name: str
    business_date: date
    available: int
    sellable: int
    room_types: tuple[RoomTypeAnswer, ...]


class DestinationAnswer(msgspec.Struct, frozen=True):
    """What the hotels of a destination that take the party have for the stay.

    `available` and `sellable` are the sums over the whole destination, whichever page of `businesses` this is.
    """

    omd_id: int
    arrival: date
    departure: date
    available: int
    sellable: int
    businesses: tuple[MemberAnswer, ...]


class NewOverbooking(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How many rooms above those there are may be sold on `[starts_on, ends_on)`; below zero keeps rooms back."""

    starts_on: date
    ends_on: date
    rooms: Annotated[int, msgspec.Meta(ge=-10_000, le=10_000)]


class OverbookingSet(msgspec.Struct, frozen=True):
    """How many nights the limit was set on."""

    nights: int


class HouseOverbooking(msgspec.Struct, frozen=True):
    """The nights on which a hotel has a house-wide overbooking limit, with its counters; no night without one."""

    business_id: int
    nights: tuple[HouseNight, ...]


def _room_type(found: TypeAvailability, nights: tuple[NightAvailability, ...] = ()) -> RoomTypeAnswer:
    return RoomTypeAnswer(
        found.room_type_id,
        found.code,
        found.name,
        found.quantity,
        found.max_adults,
        found.max_children,
        found.max_occupancy,
        found.available,
        found.sellable,
        nights,
    )


def _member(found: list[TypeAvailability]) -> MemberAnswer:
    """Return one hotel's part of the answer from its room types, at least one."""
    total = sum_of_hotel(found)
    return MemberAnswer(
        found[0].business_id,
        found[0].business_code,
        found[0].business_name,
        found[0].business_date,
        total.available,
        total.sellable,
        tuple(_room_type(each) for each in found),
    )


async def _require_to_come(
    database: Database, actor: Actor, hotel: BusinessId, stay: StayDates, found: list[TypeAvailability], now: datetime
) -> None:
    """Raise `ArrivalInThePast` where a booking would: one hotel has one business date to compare with."""
    if found:
        business_date = found[0].business_date
    else:
        async with database.reading(actor) as tx:
            read = await queries.find_business_date(tx, actor.omd_id, hotel, now)
        assert read is not None, "the actor sees the hotel"
        business_date = read
    if stay.arrival < business_date:
        raise arrival_in_the_past(stay.arrival, business_date, prefix="?")


async def _require_open(database: Database, actor: Actor, stay: StayDates, found: list[TypeAvailability]) -> None:
    """Raise `BeyondHorizon` when a night has no counters: nothing there is not the same as nothing free."""
    if found and all(each.nights_counted == stay.nights for each in found):
        return
    async with database.reading(actor) as tx:
        horizon = await queries.find_horizon(tx, actor.omd_id)
    if horizon is None or stay.arrival < horizon.starts_on or stay.departure > horizon.ends_on:
        raise beyond_horizon(stay, horizon, prefix="?")


class BusinessAvailability(Controller):
    """What one hotel has."""

    path = "/businesses/{business_id:int}"
    tags = ("Availability",)

    @get(
        "/availability",
        operation_id="getBusinessAvailability",
        summary="What a hotel has for a stay",
        responses=COMMON_PROBLEMS,
    )
    async def read(
        self,
        business_id: PathId,
        arrival: Arrival,
        departure: Departure,
        actor: ActorDep,
        database: DatabaseDep,
        clock: ClockDep,
        adults: Adults = 1,
        children: Children = 0,
        nights: Annotated[bool, QueryParameter(description="Add the counters of every night.")] = False,
    ) -> BusinessAnswer:
        """Answer from the counters: every room type that takes the party, with what is free on all its nights."""
        stay = parse_stay(arrival, departure, prefix="?")
        hotel = actor.sees(business_id)
        now = clock.now()
        found = await queries.find_type_availability(
            database, actor, [hotel], stay, adults=adults, children=children, now=now
        )
        await _require_to_come(database, actor, hotel, stay, found, now)
        await _require_open(database, actor, stay, found)
        by_night: dict[int, list[NightAvailability]] = {}
        if nights:
            async with database.reading(actor) as tx:
                for night in await queries.find_night_availability(tx, actor.omd_id, hotel, stay):
                    by_night.setdefault(night.room_type_id, []).append(night)
        types = tuple(_room_type(each, tuple(by_night.get(each.room_type_id, ()))) for each in found)
        return BusinessAnswer(business_id, arrival, departure, types)

    @put(
        "/room-types/{room_type_id:int}/overbooking",
        operation_id="setOverbooking",
        summary="Set the overbooking limit of a room type",
        responses={
            200: ResponseSpec(OverbookingSet, description="The limit stands.", generate_examples=False),
            **COMMON_PROBLEMS,
        },
    )
    async def set_overbooking(
        self,
        business_id: PathId,
        room_type_id: PathId,
        data: JSONBody[NewOverbooking],
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        clock: ClockDep,
    ) -> Response[bytes]:
        """Let a type sell more rooms than there are on some nights, on purpose and on the record."""
        parse_interval(data.starts_on, data.ends_on)
        hotel = actor.serves(business_id)

        async def work(tx: Transaction) -> Answer:
            nights = await commands.set_overbooking(
                tx,
                actor,
                hotel,
                RoomTypeId(room_type_id),
                starts_on=data.starts_on,
                ends_on=data.ends_on,
                rooms=data.rooms,
                now=clock.now(),
            )
            return json_answer(OverbookingSet(nights))

        return await Writer(request, database, actor).run(work)


class HouseWideLimit(Controller):
    """How many rooms a hotel may sell above those of all its types together."""

    path = "/businesses/{business_id:int}/overbooking"
    tags = ("Availability",)

    @get(operation_id="getHouseOverbooking", summary="Read the house-wide overbooking limit", responses=COMMON_PROBLEMS)
    async def read(
        self, business_id: PathId, starts_on: StartsOn, ends_on: EndsOn, actor: ActorDep, database: DatabaseDep
    ) -> HouseOverbooking:
        """Read the limit and what stands against it, on the nights that have one."""
        dates = parse_interval(starts_on, ends_on, at="?ends_on")
        hotel = actor.sees(business_id)
        async with database.reading(actor) as tx:
            nights = await queries.list_house_nights(
                tx, actor.omd_id, hotel, starts_on=dates.arrival, ends_on=dates.departure
            )
        return HouseOverbooking(business_id, tuple(nights))

    @put(
        operation_id="setHouseOverbooking",
        summary="Set the house-wide overbooking limit",
        responses={
            200: ResponseSpec(OverbookingSet, description="The limit stands.", generate_examples=False),
            **COMMON_PROBLEMS,
        },
    )
    async def set_limit(
        self,
        business_id: PathId,
        data: JSONBody[NewOverbooking],
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        clock: ClockDep,
    ) -> Response[bytes]:
        """Limit what all types together may sell on some nights, beside the limits of the types."""
        dates = parse_interval(data.starts_on, data.ends_on)
        hotel = actor.serves(business_id)

        async def work(tx: Transaction) -> Answer:
            nights = await commands.set_house_overbooking(
                *(tx, actor, hotel),
                starts_on=dates.arrival,
                ends_on=dates.departure,
                rooms=data.rooms,
                now=clock.now(),
            )
            return json_answer(OverbookingSet(nights))

        return await Writer(request, database, actor).run(work)

    @delete(
        operation_id="removeHouseOverbooking",
        summary="Lift the house-wide overbooking limit",
        status_code=HTTP_200_OK,
        responses={
            200: ResponseSpec(OverbookingSet, description="On how many nights it stood.", generate_examples=False),
            **COMMON_PROBLEMS,
        },
    )
    async def remove(
        self,
        business_id: PathId,
        starts_on: StartsOn,
        ends_on: EndsOn,
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        clock: ClockDep,
    ) -> Response[bytes]:
        """Lift the limit from some nights; those of the types go on."""
        dates = parse_interval(starts_on, ends_on, at="?ends_on")
        hotel = actor.serves(business_id)

        async def work(tx: Transaction) -> Answer:
            nights = await commands.remove_house_overbooking(
                tx, actor, hotel, starts_on=dates.arrival, ends_on=dates.departure, now=clock.now()
            )
            return json_answer(OverbookingSet(nights))

        return await Writer(request, database, actor).run(work)


class DestinationAvailability(Controller):
    """What a whole destination has."""

    path = "/omds/{omd_id:int}"
    tags = ("Availability",)

    @get(
        "/availability",
        operation_id="getDestinationAvailability",
        summary="What a destination has for a stay",
        responses=COMMON_PROBLEMS,
    )
    async def read(
        self,
        omd_id: PathId,
        arrival: Arrival,
        departure: Departure,
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        clock: ClockDep,
        adults: Adults = 1,
        children: Children = 0,
        after: Annotated[int, QueryParameter(ge=0, le=2**31 - 1, description="The cursor of the page before.")] = 0,
        limit: PageSize = 200,
    ) -> Response[DestinationAnswer]:
        """Answer from the counters for every member hotel: one question to the database, two where it has pages.

        The members work on their own business dates: one that has passed the arrival has nothing, the others answer.
        """
        stay = parse_stay(arrival, departure, prefix="?")
        if omd_id != actor.omd_id:
            raise NotFound(f"There is no destination {omd_id}.")
        if actor.scope == "hotel":
            raise NotAllowed("A hotel's token sees its own hotel; the destination's token sees all of it.")
        now = clock.now()
        seen = sorted(each for each in actor.business_ids if each > after)
        page, more = seen[:limit], len(seen) > limit
        found = await queries.find_type_availability(
            database, actor, page, stay, adults=adults, children=children, now=now
        )
        await _require_open(database, actor, stay, found)
        answers = tuple(_member(list(types)) for _, types in groupby(found, key=attrgetter("business_id")))
        if len(page) == len(actor.business_ids):
            total = TotalAvailability(sum(each.available for each in answers), sum(each.sellable for each in answers))
        else:
            total = await queries.find_total_availability(
                database, actor, actor.business_ids, stay, adults=adults, children=children, now=now
            )
        answer = DestinationAnswer(omd_id, arrival, departure, total.available, total.sellable, answers)
        return Response(answer, headers=next_link(request, str(page[-1]) if more else None))


router = Router(path="", route_handlers=[BusinessAvailability, HouseWideLimit, DestinationAvailability])
