"""What was found in rooms, and what was taken from minibars, over HTTP."""

from http import HTTPStatus
from typing import Annotated, Any

from litestar import Controller, Request, Response, Router, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import JSONBody, QueryParameter

from omd.db import Transaction
from omd.features.housekeeping.found import commands, queries
from omd.features.housekeeping.found.model import (
    FoundItem,
    FoundItemEnd,
    FoundStatus,
    MinibarPosted,
    MinibarUse,
    NewFoundItem,
)
from omd.features.housekeeping.queries import House
from omd.infra.http import (
    COMMON_PROBLEMS,
    ActorDep,
    Answer,
    ClockDep,
    DatabaseDep,
    IdempotencyKey,
    IfMatch,
    PageSize,
    PathId,
    PathUuid,
    Writer,
    etag,
    json_answer,
    require_version,
)

_ITEM = ResponseSpec(FoundItem, description="The thing; its version is the ETag.", generate_examples=False)
_POSTED = ResponseSpec(MinibarPosted, description="What was charged.", generate_examples=False)


class FoundInRooms(Controller):
    """Things that guests left, and what they took."""

    path = "/businesses/{business_id:int}"
    tags = ("Housekeeping tasks",)

    @get("/found-items", operation_id="listFoundItems", summary="List what was found", responses=COMMON_PROBLEMS)
    async def items(
        self,
        business_id: PathId,
        actor: ActorDep,
        database: DatabaseDep,
        status: Annotated[
            FoundStatus, QueryParameter(description="What became of them; `kept` is still here.")
        ] = "kept",
        limit: PageSize = 100,
    ) -> list[FoundItem]:
        """List the things that were found, the newest first."""
        house = House(actor, actor.reads(business_id))
        async with database.reading(actor) as tx:
            return await queries.list_items(tx, house, status, limit)

    @post(
        "/found-items",
        operation_id="reportFoundItem",
        summary="Say what was found",
        responses={201: _ITEM, **COMMON_PROBLEMS},
    )
    async def report(
        self,
        business_id: PathId,
        data: JSONBody[NewFoundItem],
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        clock: ClockDep,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Put on record what was found in a room; its `id` is yours, and told again it is the same."""
        del idempotency_key
        house = House(actor, actor.serves(business_id))

        async def work(tx: Transaction) -> Answer:
            return _item(await commands.report(tx, house, data, now=clock.now()), HTTPStatus.CREATED)

        return await Writer(request, database, actor).run(work)

    @post(
        "/found-items/{item_id:uuid}/end",
        operation_id="endFoundItem",
        summary="Say what became of a thing",
        status_code=HTTPStatus.OK,
        responses={200: _ITEM, **COMMON_PROBLEMS},
    )
    async def end(
        self,
        business_id: PathId,
        item_id: PathUuid,
        data: JSONBody[FoundItemEnd],
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        clock: ClockDep,
        if_match: IfMatch = None,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Say that a thing was returned or discarded."""
        del idempotency_key
        house = House(actor, actor.serves(business_id))

        def as_read(version: int) -> None:
            require_version(if_match, version)

        async def work(tx: Transaction) -> Answer:
            return _item(await commands.end(tx, house, item_id, data, expected=as_read, now=clock.now()))

        return await Writer(request, database, actor).run(work)

    @post(
        "/rooms/{room_id:int}/minibar",
        operation_id="chargeMinibar",
        summary="Charge what was taken from a minibar",
        responses={201: _POSTED, **COMMON_PROBLEMS},
    )
    async def minibar(
        self,
        business_id: PathId,
        room_id: PathId,
        data: JSONBody[MinibarUse],
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        clock: ClockDep,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Charge it to who is in the room, on the folio that their stay says; told again it is charged once."""
        del idempotency_key
        house = House(actor, actor.serves(business_id))

        async def work(tx: Transaction) -> Answer:
            posted = await commands.charge_minibar(tx, house, room_id, data, now=clock.now())
            return json_answer(posted, status=HTTPStatus.CREATED)

        return await Writer(request, database, actor).run(work)


def _item(item: FoundItem, status: int = HTTPStatus.OK) -> Answer:
    return json_answer(item, status=status, headers={"ETag": etag(item.version)})


router = Router(path="", route_handlers=[FoundInRooms])
