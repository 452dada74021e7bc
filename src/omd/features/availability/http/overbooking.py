"""Overbooking limits over HTTP: of a room type, and of a whole hotel."""

from datetime import date
from typing import Annotated, Any

import msgspec
from litestar import Controller, Request, Response, delete, get, put
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import JSONBody, QueryParameter
from litestar.status_codes import HTTP_200_OK

from omd.db import Transaction
from omd.features.availability import commands, queries
from omd.features.availability.model import HouseNight
from omd.infra.http import COMMON_PROBLEMS, ActorDep, Answer, ClockDep, DatabaseDep, PathId, Writer, json_answer
from omd.kernel.dates import parse_interval
from omd.kernel.ids import RoomTypeId

StartsOn = Annotated[date, QueryParameter(description="The first night, YYYY-MM-DD.")]
EndsOn = Annotated[date, QueryParameter(description="The first date after the last night.")]


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


class TypeLimit(Controller):
    """How many rooms above those of one type may be sold."""

    path = "/businesses/{business_id:int}"
    tags = ("Availability",)

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
