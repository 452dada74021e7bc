"""Maintenance over HTTP: rooms out of order or out of service, and what that does to the stays in them."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any, Literal

from litestar import Controller, Request, Response, delete, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import JSONBody, QueryParameter
from litestar.status_codes import HTTP_201_CREATED, HTTP_204_NO_CONTENT

from omd.db import Transaction
from omd.features.availability import MaintenanceInterval, list_maintenance
from omd.features.reservations import commands
from omd.features.reservations.commands.clearing import MaintenancePreview
from omd.features.reservations.commands.maintenance import MaintenanceStarted, NewMaintenance
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


class BusinessMaintenance(Controller):
    """Rooms out of order or out of service, and what that does to the stays in them."""

    path = "/businesses/{business_id:int}/maintenance"
    tags = ("Maintenance",)

    @post(
        operation_id="startMaintenance",
        summary="Take a room out of order or out of service",
        responses={
            201: ResponseSpec(
                MaintenanceStarted, description="The interval and every stay it hit.", generate_examples=False
            ),
            **COMMON_PROBLEMS,
        },
    )
    async def start(
        self,
        business_id: PathId,
        data: JSONBody[NewMaintenance],
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        clock: ClockDep,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Take a room out for some nights; stays that hold it are moved, or named in the refusal."""
        del idempotency_key
        hotel = actor.serves(business_id)

        async def work(tx: Transaction) -> Answer:
            started = await commands.start_maintenance(tx, actor, hotel, data, now=clock.now())
            return json_answer(started, status=HTTP_201_CREATED)

        return await Writer(request, database, actor).run(work)

    @get(operation_id="listMaintenance", summary="List maintenance intervals", responses=COMMON_PROBLEMS)
    async def list_page(
        self,
        business_id: PathId,
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        ends_after: Annotated[
            date | None, QueryParameter(description="Only intervals that end after this date.")
        ] = None,
        after: Annotated[int, QueryParameter(ge=0, le=2**31 - 1, description="The cursor of the page before.")] = 0,
        limit: PageSize = 100,
    ) -> Response[Sequence[MaintenanceInterval]]:
        """List a hotel's maintenance intervals by id, a page at a time."""
        hotel = actor.sees(business_id)
        async with database.reading(actor) as tx:
            found = await list_maintenance(
                tx,
                actor.omd_id,
                hotel,
                ends_after=ends_after or date.min,
                after_id=after,
                page_size=limit + 1,
            )
        page, more = found[:limit], len(found) > limit
        return Response(page, headers=next_link(request, str(page[-1].id) if more else None))

    @delete(
        "/{interval_id:int}",
        operation_id="endMaintenance",
        summary="Give a room back",
        status_code=HTTP_204_NO_CONTENT,
        responses=COMMON_PROBLEMS,
    )
    async def end(
        self,
        business_id: PathId,
        interval_id: PathId,
        actor: ActorDep,
        database: DatabaseDep,
        clock: ClockDep,
    ) -> None:
        """End an interval: the nights from the business date on can be sold again."""
        hotel = actor.serves(business_id)

        async def work(tx: Transaction) -> None:
            await commands.end_maintenance(tx, actor, hotel, interval_id, now=clock.now())

        await database.write(actor, work)


class MaintenanceOfRoom(Controller):
    """What taking one room away would do."""

    path = "/businesses/{business_id:int}/rooms/{room_id:int}/maintenance-preview"
    tags = ("Maintenance",)

    @get(
        operation_id="previewMaintenance",
        summary="Ask which stays a room would send elsewhere",
        responses=COMMON_PROBLEMS,
    )
    async def preview(
        self,
        business_id: PathId,
        room_id: PathId,
        starts_on: Annotated[date, QueryParameter(description="The first night.")],
        ends_on: Annotated[date, QueryParameter(description="The day it comes back.")],
        actor: ActorDep,
        database: DatabaseDep,
        clock: ClockDep,
        kind: Annotated[
            Literal["out_of_order", "out_of_service"], QueryParameter(description="Whether it is still sold.")
        ] = "out_of_order",
    ) -> MaintenancePreview:
        """List the stays that hold a room on some nights, and few moves that would clear it; nothing is changed.

        Send the moves on when the room is taken out: all, or those that you decide on.
        """
        hotel = actor.serves(business_id)
        async with database.reading(actor) as tx:
            return await commands.preview_maintenance(
                tx, actor, hotel, room_id, kind, starts_on, ends_on, now=clock.now()
            )
