"""Hold-backs over HTTP: rooms kept off sale for a reason that is no defect."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any

from litestar import Controller, Request, Response, delete, get, patch, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import JSONBody, QueryParameter
from litestar.status_codes import HTTP_201_CREATED, HTTP_204_NO_CONTENT

from omd.db import Transaction
from omd.features.availability import HoldBack, find_hold_back, list_hold_backs
from omd.features.reservations import commands
from omd.features.reservations.commands.hold_backs import ChangedHoldBack, HeldBack, NewHoldBack
from omd.infra.http import (
    COMMON_PROBLEMS,
    ActorDep,
    Answer,
    ClockDep,
    DatabaseDep,
    IdempotencyKey,
    PageSize,
    PathId,
    Writer,
    json_answer,
    next_link,
)
from omd.kernel.errors import NotFound


class BusinessHoldBacks(Controller):
    """Rooms that a hotel keeps off sale, and what that does to the stays in them."""

    path = "/businesses/{business_id:int}/hold-backs"
    tags = ("Hold-backs",)

    @post(
        operation_id="placeHoldBack",
        summary="Hold rooms back",
        responses={
            201: ResponseSpec(HeldBack, description="The hold-back and what it hit.", generate_examples=False),
            **COMMON_PROBLEMS,
        },
    )
    async def place(
        self,
        business_id: PathId,
        data: JSONBody[NewHoldBack],
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        clock: ClockDep,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Keep rooms of a type, or a certain room, off sale; where more is sold than is left it is refused by night."""
        del idempotency_key
        hotel = actor.serves(business_id)

        async def work(tx: Transaction) -> Answer:
            placed = await commands.place_hold_back(tx, actor, hotel, data, now=clock.now())
            return json_answer(placed, status=HTTP_201_CREATED)

        return await Writer(request, database, actor).run(work)

    @get(operation_id="listHoldBacks", summary="List hold-backs", responses=COMMON_PROBLEMS)
    async def list_page(
        self,
        business_id: PathId,
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        ends_after: Annotated[date | None, QueryParameter(description="Only those that end after this date.")] = None,
        after: Annotated[int, QueryParameter(ge=0, le=2**31 - 1, description="The cursor of the page before.")] = 0,
        limit: PageSize = 100,
    ) -> Response[Sequence[HoldBack]]:
        """List a hotel's hold-backs by id, a page at a time."""
        hotel = actor.reads(business_id)
        async with database.reading(actor) as tx:
            found = await list_hold_backs(
                *(tx, actor.omd_id, hotel), ends_after=ends_after or date.min, after_id=after, page_size=limit + 1
            )
        page, more = found[:limit], len(found) > limit
        return Response(page, headers=next_link(request, str(page[-1].id) if more else None))

    @get("/{hold_back_id:int}", operation_id="getHoldBack", summary="Read a hold-back", responses=COMMON_PROBLEMS)
    async def read(self, business_id: PathId, hold_back_id: PathId, actor: ActorDep, database: DatabaseDep) -> HoldBack:
        """Read one hold-back."""
        hotel = actor.reads(business_id)
        async with database.reading(actor) as tx:
            found = await find_hold_back(tx, actor.omd_id, hotel, hold_back_id)
        if found is None:
            raise NotFound(f"There is no hold-back {hold_back_id}.")
        return found

    @patch(
        "/{hold_back_id:int}",
        operation_id="changeHoldBack",
        summary="Change a hold-back",
        responses={
            200: ResponseSpec(HeldBack, description="The hold-back and what it hit.", generate_examples=False),
            **COMMON_PROBLEMS,
        },
    )
    async def change(
        self,
        business_id: PathId,
        hold_back_id: PathId,
        data: JSONBody[ChangedHoldBack],
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        clock: ClockDep,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Give a hold-back other nights, rooms, kind or reason; nights that are over stay as they were."""
        del idempotency_key
        hotel = actor.serves(business_id)

        async def work(tx: Transaction) -> Answer:
            return json_answer(await commands.amend_hold_back(tx, actor, hotel, hold_back_id, data, now=clock.now()))

        return await Writer(request, database, actor).run(work)

    @delete(
        "/{hold_back_id:int}",
        operation_id="endHoldBack",
        summary="End a hold-back",
        status_code=HTTP_204_NO_CONTENT,
        responses=COMMON_PROBLEMS,
    )
    async def end(
        self, business_id: PathId, hold_back_id: PathId, actor: ActorDep, database: DatabaseDep, clock: ClockDep
    ) -> None:
        """End a hold-back: the nights from the business date on can be sold again."""
        hotel = actor.serves(business_id)

        async def work(tx: Transaction) -> None:
            await commands.end_hold_back(tx, actor, hotel, hold_back_id, now=clock.now())

        await database.write(actor, work)
