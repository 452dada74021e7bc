"""The lists a receptionist works from, and the day in figures."""

from datetime import date
from typing import Annotated, Any, TypeAlias

from litestar import Controller, Request, get
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import QueryParameter
from litestar.status_codes import HTTP_200_OK
from litestar.types import ASGIApp

from omd.features.frontdesk.model import Dashboard, DeskStay, ListName
from omd.features.frontdesk.queries import Hotel, Page
from omd.features.frontdesk.remembered import AtDesk
from omd.infra.http import (
    COMMON_PROBLEMS,
    NO_NUL,
    EncodedAnswer,
    PageSize,
    PathId,
    next_link,
    packed_answer,
    parse_date_cursor,
    wanted_coding,
)

DeskDep: TypeAlias = NamedDependency[AtDesk]
OnDate = Annotated[date | None, QueryParameter(name="date", description="Another date than the business date.")]
After = Annotated[
    str | None, QueryParameter(max_length=60, pattern=NO_NUL, description="The cursor of the page before.")
]
_PAGE = {200: ResponseSpec(list[DeskStay], description="A page of stays.", generate_examples=False), **COMMON_PROBLEMS}

_DAY = {200: ResponseSpec(Dashboard, description="The day.", generate_examples=False), **COMMON_PROBLEMS}


class DeskLists(Controller):
    """Who comes, who goes, who is here."""

    path = "/businesses/{business_id:int}"
    tags = ("Front desk",)

    @get("/arrivals", operation_id="listArrivals", summary="List who arrives", responses=_PAGE)
    async def arrivals(
        self,
        business_id: PathId,
        request: Request[Any, Any, Any],
        desk: DeskDep,
        on: OnDate = None,
        after: After = None,
        limit: PageSize = 100,
    ) -> ASGIApp:
        """List the stays that arrive on a date, each with what it waits for and which steps it allows.

        Those who came are among them, and those who did not. The list of the business date also has the stays that
        were to arrive before and are neither here nor given up. By arrival, a page at a time.
        """
        return await _answer("arrivals", desk, business_id, request, on, after, limit)

    @get("/departures", operation_id="listDepartures", summary="List who leaves", responses=_PAGE)
    async def departures(
        self,
        business_id: PathId,
        request: Request[Any, Any, Any],
        desk: DeskDep,
        on: OnDate = None,
        after: After = None,
        limit: PageSize = 100,
    ) -> ASGIApp:
        """List the stays that leave on a date: who is to leave, and who has left.

        The list of the business date also has who should have left before; that of a later date who is yet to come.
        By departure, a page at a time.
        """
        return await _answer("departures", desk, business_id, request, on, after, limit)

    @get("/in-house", operation_id="listInHouse", summary="List who is in the house", responses=_PAGE)
    async def in_house(
        self,
        business_id: PathId,
        request: Request[Any, Any, Any],
        desk: DeskDep,
        on: OnDate = None,
        after: After = None,
        limit: PageSize = 100,
    ) -> ASGIApp:
        """List the stays whose guests are in the house now; of another date, those that hold its night.

        By departure, a page at a time.
        """
        return await _answer("in_house", desk, business_id, request, on, after, limit)

    @get("/dashboard", operation_id="getDashboard", summary="A day of a hotel in figures", responses=_DAY)
    async def dashboard(self, business_id: PathId, desk: DeskDep, on: OnDate = None) -> ASGIApp:
        """Count who arrives, leaves and sleeps here, what is sold and left by type, and what the night is sold for.

        `in_house` and what is overdue are of now, whatever the date.
        """
        kept = await desk.day(Hotel(desk.actor.omd_id, desk.actor.reads(business_id)), on)
        return EncodedAnswer(HTTP_200_OK, {}, kept.packed.body)


async def _answer(
    name: ListName,
    desk: AtDesk,
    business_id: int,
    request: Request[Any, Any, Any],
    on: date | None,
    after: str | None,
    limit: int,
) -> ASGIApp:
    hotel = Hotel(desk.actor.omd_id, desk.actor.reads(business_id))
    kept = await desk.list(hotel, name, on, Page(*parse_date_cursor(after), limit), wanted_coding(request))
    return packed_answer(kept.packed, next_link(request, kept.cursor))
