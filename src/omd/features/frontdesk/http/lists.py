"""The lists a receptionist works from, and the day in figures."""

from datetime import date
from typing import Annotated, Any

from litestar import Controller, Request, get
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import QueryParameter
from litestar.types import ASGIApp

from omd.db import Database
from omd.features.frontdesk import queries
from omd.features.frontdesk.model import Dashboard, DeskStay
from omd.features.frontdesk.queries import Hotel, Page
from omd.features.frontdesk.reading import Listing, read_dashboard, read_list
from omd.infra.http import (
    COMMON_PROBLEMS,
    NO_NUL,
    ActorDep,
    ClockDep,
    DatabaseDep,
    PageSize,
    PathId,
    compressed_answer,
    next_link,
    parse_date_cursor,
)
from omd.kernel.actor import Actor
from omd.kernel.clock import Clock

OnDate = Annotated[date | None, QueryParameter(name="date", description="Another date than the business date.")]
After = Annotated[
    str | None, QueryParameter(max_length=60, pattern=NO_NUL, description="The cursor of the page before.")
]
_PAGE = {200: ResponseSpec(list[DeskStay], description="A page of stays.", generate_examples=False), **COMMON_PROBLEMS}


class DeskLists(Controller):
    """Who comes, who goes, who is here."""

    path = "/businesses/{business_id:int}"
    tags = ("Front desk",)

    @get("/arrivals", operation_id="listArrivals", summary="List who arrives", responses=_PAGE)
    async def arrivals(
        self,
        business_id: PathId,
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        clock: ClockDep,
        on: OnDate = None,
        after: After = None,
        limit: PageSize = 100,
    ) -> ASGIApp:
        """List the stays that arrive on a date, each with what it waits for and which steps it allows.

        Those who came are among them, and those who did not. The list of the business date also has the stays that
        were to arrive before and are neither here nor given up. By arrival, a page at a time.
        """
        hotel = Hotel(actor.omd_id, actor.reads(business_id))
        stays = await _page(queries.list_arrivals, hotel, on, after, limit, actor, database, clock)
        return await _answer(request, stays, limit, [each.arrival for each in stays])

    @get("/departures", operation_id="listDepartures", summary="List who leaves", responses=_PAGE)
    async def departures(
        self,
        business_id: PathId,
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        clock: ClockDep,
        on: OnDate = None,
        after: After = None,
        limit: PageSize = 100,
    ) -> ASGIApp:
        """List the stays that leave on a date: who is to leave, and who has left.

        The list of the business date also has who should have left before; that of a later date who is yet to come.
        By departure, a page at a time.
        """
        hotel = Hotel(actor.omd_id, actor.reads(business_id))
        stays = await _page(queries.list_departures, hotel, on, after, limit, actor, database, clock)
        return await _answer(request, stays, limit, [each.departure for each in stays])

    @get("/in-house", operation_id="listInHouse", summary="List who is in the house", responses=_PAGE)
    async def in_house(
        self,
        business_id: PathId,
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        clock: ClockDep,
        on: OnDate = None,
        after: After = None,
        limit: PageSize = 100,
    ) -> ASGIApp:
        """List the stays whose guests are in the house now; of another date, those that hold its night.

        By departure, a page at a time.
        """
        hotel = Hotel(actor.omd_id, actor.reads(business_id))
        stays = await _page(queries.list_in_house, hotel, on, after, limit, actor, database, clock)
        return await _answer(request, stays, limit, [each.departure for each in stays])

    @get("/dashboard", operation_id="getDashboard", summary="A day of a hotel in figures", responses=COMMON_PROBLEMS)
    async def dashboard(
        self, business_id: PathId, actor: ActorDep, database: DatabaseDep, clock: ClockDep, on: OnDate = None
    ) -> Dashboard:
        """Count who arrives, leaves and sleeps here, what is sold and left by type, and what the night is sold for.

        `in_house` and what is overdue are of now, whatever the date.
        """
        hotel = Hotel(actor.omd_id, actor.reads(business_id))
        async with database.reading(actor) as tx:
            return await read_dashboard(tx, hotel, on, clock.now())


async def _page(
    listing: Listing,
    hotel: Hotel,
    on: date | None,
    after: str | None,
    limit: int,
    actor: Actor,
    database: Database,
    clock: Clock,
) -> list[DeskStay]:
    """Return the stays of a page and, where there are more, the first of the next one."""
    page = Page(*parse_date_cursor(after), limit + 1)
    async with database.reading(actor) as tx:
        return await read_list(tx, listing, hotel, on, page, clock.now())


async def _answer(request: Request[Any, Any, Any], stays: list[DeskStay], limit: int, dates: list[date]) -> ASGIApp:
    cursor = f"{dates[limit - 1]}_{stays[limit - 1].id}" if len(stays) > limit else None
    return await compressed_answer(request, stays[:limit], next_link(request, cursor))
