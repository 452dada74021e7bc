"""Destinations, hotels, room types and rooms over HTTP."""

from typing import Annotated, Any

import msgspec
from litestar import Controller, Request, Response, Router, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import JSONBody, QueryParameter
from litestar.status_codes import HTTP_201_CREATED

from omd.db import Transaction
from omd.features.identity import Omd, get_omd
from omd.features.inventory import commands, queries
from omd.features.inventory.model import Business, Room, RoomType
from omd.infra.http import (
    COMMON_PROBLEMS,
    NO_NUL,
    ActorDep,
    Answer,
    DatabaseDep,
    IdempotencyKey,
    PageSize,
    PathId,
    Writer,
    json_answer,
    next_link,
)
from omd.kernel.actor import Actor
from omd.kernel.errors import NotAllowed, NotFound
from omd.kernel.ids import OmdId

After = Annotated[int, QueryParameter(ge=0, le=2**31 - 1, description="The cursor of the page before.")]


def _text(*, pattern: str, example: str) -> msgspec.Meta:
    return msgspec.Meta(pattern=pattern, max_length=200, extra_json_schema={"examples": [example]})


class NewBusiness(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A hotel to add: IANA time zone, ISO 4217 currency. Its rooms come in by `omd import inventory`."""

    code: Annotated[str, _text(pattern="^[A-Za-z0-9._/-]{1,40}$", example="grand")]
    name: Annotated[str, _text(pattern=r"^[^\x00]*[^\s\x00][^\x00]*$", example="Grand Hotel")]
    time_zone: Annotated[str, _text(pattern="^[A-Za-z0-9._+/-]+$", example="Europe/Bucharest")]
    currency: Annotated[str, _text(pattern="^[A-Z]{3}$", example="RON")]


_ADDED = {201: ResponseSpec(Business, description="The hotel is there, without rooms yet.", generate_examples=False)}


class Destinations(Controller):
    """A destination and its members."""

    path = "/omds/{omd_id:int}"
    tags = ("Inventory",)

    @get(operation_id="getOmd", summary="Read a destination", responses=COMMON_PROBLEMS)
    async def read(self, omd_id: PathId, actor: ActorDep, database: DatabaseDep) -> Omd:
        """Read the destination you belong to."""
        _require_own(actor, omd_id)
        async with database.reading(actor) as tx:
            omd = await get_omd(tx, OmdId(omd_id))
        if omd is None:
            raise NotFound(f"There is no destination {omd_id}.")
        return omd

    @get("/businesses", operation_id="listBusinesses", summary="List a destination's hotels", responses=COMMON_PROBLEMS)
    async def list_members(
        self,
        omd_id: PathId,
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        after: After = 0,
        limit: PageSize = 100,
    ) -> Response[list[Business]]:
        """List the member hotels you see, by id, a page at a time."""
        _require_own(actor, omd_id)
        async with database.reading(actor) as tx:
            found = await queries.list_businesses(tx, actor.omd_id, after, limit + 1)
        page, more = found[:limit], len(found) > limit
        return Response(page, headers=next_link(request, str(page[-1].id) if more else None))

    @post(
        "/businesses",
        operation_id="createBusiness",
        summary="Add a hotel to a destination",
        responses={**_ADDED, **COMMON_PROBLEMS},
    )
    async def add_member(
        self,
        omd_id: PathId,
        data: JSONBody[NewBusiness],
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Add a hotel. Every server knows it within a second; invite its first owner then, and import its rooms."""
        del idempotency_key
        _require_own(actor, omd_id)
        if not actor.administers_omd:
            raise NotAllowed("This is for whoever administers the destination.")

        async def work(tx: Transaction) -> Answer:
            business = await commands.add_business(
                *(tx, actor),
                code=data.code,
                name=data.name.strip(),
                time_zone=data.time_zone,
                currency=data.currency,
            )
            return json_answer(business, status=HTTP_201_CREATED)

        return await Writer(request, database, actor).run(work)


class Hotels(Controller):
    """A hotel, what it sells, and its rooms."""

    path = "/businesses/{business_id:int}"
    tags = ("Inventory",)

    @get(operation_id="getBusiness", summary="Read a hotel", responses=COMMON_PROBLEMS)
    async def read(self, business_id: PathId, actor: ActorDep, database: DatabaseDep) -> Business:
        """Read a hotel."""
        hotel = actor.sees(business_id)
        async with database.reading(actor) as tx:
            business = await queries.get_business(tx, actor.omd_id, hotel)
        if business is None:
            raise NotFound(f"There is no hotel {business_id}.")
        return business

    @get("/room-types", operation_id="listRoomTypes", summary="List a hotel's room types", responses=COMMON_PROBLEMS)
    async def list_types(self, business_id: PathId, actor: ActorDep, database: DatabaseDep) -> list[RoomType]:
        """List every room type of a hotel, with the number of its rooms."""
        hotel = actor.sees(business_id)
        async with database.reading(actor) as tx:
            return await queries.list_room_types(tx, actor.omd_id, hotel)

    @get("/rooms", operation_id="listRooms", summary="List a hotel's rooms", responses=COMMON_PROBLEMS)
    async def list_rooms(
        self,
        business_id: PathId,
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        after: Annotated[
            str, QueryParameter(max_length=40, pattern=NO_NUL, description="The cursor of the page before.")
        ] = "",
        limit: PageSize = 100,
    ) -> Response[list[Room]]:
        """List a hotel's rooms in use by number, a page at a time."""
        hotel = actor.sees(business_id)
        async with database.reading(actor) as tx:
            found = await queries.list_rooms(tx, actor.omd_id, hotel, after, limit + 1)
        page, more = found[:limit], len(found) > limit
        return Response(page, headers=next_link(request, page[-1].number if more else None))


def _require_own(actor: Actor, omd_id: int) -> None:
    if omd_id != actor.omd_id:
        raise NotFound(f"There is no destination {omd_id}.")


router = Router(path="", route_handlers=[Destinations, Hotels])
