"""Night audits over HTTP: by what the date advances, closing it, and what was frozen."""

from datetime import date
from http import HTTPStatus
from typing import Annotated, Any

import msgspec
from litestar import Controller, Request, Response, Router, get, post, put
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import JSONBody, PathParameter, QueryParameter
from litestar.status_codes import HTTP_200_OK

from omd.db import Transaction
from omd.features.nightaudit import commands, queries
from omd.features.nightaudit.errors import NightAuditUnderWay
from omd.features.nightaudit.model import BookedAhead, NightAudit, NightAuditShown, Preview, Settings, TypeStatistics
from omd.features.nightaudit.queries import Hotel
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
from omd.kernel.dates import MAX_NIGHTS, parse_interval
from omd.kernel.errors import NotFound, OmdError

StartsOn = Annotated[date, QueryParameter(description="The first business date.")]
EndsOn = Annotated[date, QueryParameter(description="The first business date after them.")]
AsOf = Annotated[date, QueryParameter(description="The business date that was closed.")]
OnDate = Annotated[date, PathParameter(description="The business date.")]
_SHOWN = ResponseSpec(NightAuditShown, description="The date is closed.", generate_examples=False)
_SET = ResponseSpec(Settings, description="How the date advances now.", generate_examples=False)


class NewNightAudit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The business date to close, which is the one that the hotel works on."""

    business_date: date


class Statistics(msgspec.Struct, frozen=True):
    """Closed business dates by room type; a date that is not closed has none."""

    starts_on: date
    ends_on: date
    types: list[TypeStatistics]


class OnTheBooks(msgspec.Struct, frozen=True):
    """What was booked for the dates ahead as a business date was closed; what nobody had booked is left out."""

    as_of: date
    nights: list[BookedAhead]


class NightAudits(Controller):
    """Closing business dates."""

    path = "/businesses/{business_id:int}/night-audits"
    tags = ("Night audit",)

    @get(operation_id="listNightAudits", summary="List a hotel's night audits", responses=COMMON_PROBLEMS)
    async def list_page(
        self,
        business_id: PathId,
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        after: Annotated[date | None, QueryParameter(description="The last date of the page before.")] = None,
        limit: PageSize = 100,
    ) -> Response[list[NightAudit]]:
        """List night audits, the newest first, a page at a time."""
        hotel = Hotel(actor.omd_id, actor.reads(business_id))
        async with database.reading(actor) as tx:
            found = await queries.list_audits(tx, hotel, after or date.max, limit + 1)
        cursor = str(found[limit - 1].business_date) if len(found) > limit else None
        return Response(found[:limit], headers=next_link(request, cursor))

    @get("/next", operation_id="previewNightAudit", summary="See what is ahead", responses=COMMON_PROBLEMS)
    async def preview(self, business_id: PathId, actor: ActorDep, database: DatabaseDep, clock: ClockDep) -> Preview:
        """Read what closing the business date would do now, and from when on it may be closed; nothing is changed."""
        hotel = Hotel(actor.omd_id, actor.reads(business_id))
        async with database.reading(actor) as tx:
            return await commands.preview_next(tx, actor, hotel, clock)

    @get("/{on:date}", operation_id="getNightAudit", summary="Read a night audit", responses=COMMON_PROBLEMS)
    async def read(self, business_id: PathId, on: OnDate, actor: ActorDep, database: DatabaseDep) -> NightAuditShown:
        """Read how far the audit of a business date is, what it did, and which decisions it waits for."""
        hotel = Hotel(actor.omd_id, actor.reads(business_id))
        async with database.reading(actor) as tx:
            return await commands.show_audit(tx, hotel, on)

    @post(
        operation_id="runNightAudit",
        summary="Close the business date",
        responses={201: _SHOWN, **COMMON_PROBLEMS},
    )
    async def run(
        self,
        business_id: PathId,
        data: JSONBody[NewNightAudit],
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        clock: ClockDep,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Run the night audit of the business date to its end, or go on with one that failed or whose process died.

        Each step is done once, whoever goes on with it; bookings and the desk go on meanwhile.
        """
        del idempotency_key
        hotel = Hotel(actor.omd_id, actor.serves(business_id))
        writer = Writer(request, database, actor)
        known = await writer.known()
        if known is not None:
            return known
        refused: OmdError | None = None
        try:
            await commands.run_night_audit(database, actor, hotel.business_id, data.business_date, clock)
        except NightAuditUnderWay:
            # Its answer is that of whoever runs it: kept under the key, this one would stand in its place.
            raise
        except OmdError as error:
            refused = error

        async def answer(tx: Transaction) -> Answer:
            if refused is not None:
                raise refused
            shown = await commands.show_audit(tx, hotel, data.business_date)
            return json_answer(shown, status=HTTPStatus.CREATED)

        return await writer.run(answer)


class NightAuditSettings(Controller):
    """By what the business date advances."""

    path = "/businesses/{business_id:int}/night-audit-settings"
    tags = ("Night audit",)

    @get(operation_id="getNightAuditSettings", summary="Read how the date advances", responses=COMMON_PROBLEMS)
    async def read(self, business_id: PathId, actor: ActorDep, database: DatabaseDep) -> Settings:
        """Read by what the hotel's business date advances, and what its night audit decides by itself."""
        hotel = Hotel(actor.omd_id, actor.reads(business_id))
        async with database.reading(actor) as tx:
            return await commands.find_settings(tx, hotel)

    @put(
        operation_id="setNightAuditSettings",
        summary="Say how the date advances",
        responses={200: _SET, **COMMON_PROBLEMS},
        status_code=HTTP_200_OK,
    )
    async def put(
        self,
        business_id: PathId,
        data: JSONBody[Settings],
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        clock: ClockDep,
    ) -> Response[bytes]:
        """Let the business date advance by the clock or by night audits; what is left out has its usual value."""
        hotel = Hotel(actor.omd_id, actor.serves(business_id))

        async def work(tx: Transaction) -> Answer:
            return json_answer(await commands.change_settings(tx, hotel, data, clock))

        return await Writer(request, database, actor).run(work)


class FrozenFigures(Controller):
    """What closed dates were."""

    path = "/businesses/{business_id:int}"
    tags = ("Night audit",)

    @get("/statistics", operation_id="getStatistics", summary="Read closed dates in figures", responses=COMMON_PROBLEMS)
    async def statistics(
        self, business_id: PathId, starts_on: StartsOn, ends_on: EndsOn, actor: ActorDep, database: DatabaseDep
    ) -> Statistics:
        """Read what business dates [starts_on, ends_on) were when they were closed, by room type."""
        hotel = Hotel(actor.omd_id, actor.reads(business_id))
        dates = parse_interval(starts_on, ends_on, at="?ends_on", at_most=MAX_NIGHTS)
        async with database.reading(actor) as tx:
            return Statistics(starts_on, ends_on, await queries.list_statistics(tx, hotel, dates))

    @get("/on-the-books", operation_id="getOnTheBooks", summary="Read what was booked ahead", responses=COMMON_PROBLEMS)
    async def on_the_books(
        self, business_id: PathId, as_of: AsOf, actor: ActorDep, database: DatabaseDep
    ) -> OnTheBooks:
        """Read what was on the books for the dates ahead as a business date was closed, by room type."""
        hotel = Hotel(actor.omd_id, actor.reads(business_id))
        async with database.reading(actor) as tx:
            if await queries.find_audit(tx, hotel, as_of) is None:
                raise NotFound(f"There is no night audit of {as_of}.")
            return OnTheBooks(as_of, await queries.list_booked_ahead(tx, hotel, as_of))


router = Router(path="", route_handlers=[NightAudits, NightAuditSettings, FrozenFigures])
