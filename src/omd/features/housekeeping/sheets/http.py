"""Sheets over HTTP: sections, who works, sheets as data, as a table and on paper, proposals, and what is published."""

from datetime import date
from http import HTTPStatus
from typing import Annotated, Any, TypeAlias

import msgspec
from litestar import Controller, Request, Response, Router, get, post, put
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import JSONBody, PathParameter, QueryParameter

from omd.db import Transaction
from omd.features.housekeeping.queries import House
from omd.features.housekeeping.sheets import commands, queries
from omd.features.housekeeping.sheets.balancer import Balancer
from omd.features.housekeeping.sheets.model import (
    Attendances,
    Placings,
    Proposal,
    Publication,
    Sections,
    Sheets,
    WantedSheets,
)
from omd.features.housekeeping.sheets.writing import as_csv, print_sheets
from omd.features.papers import chosen, speech
from omd.features.papers.http import AcceptLanguage, AskedLanguage, PressDep, paper, printed, with_press
from omd.infra.http import (
    COMMON_PROBLEMS,
    ActorDep,
    Answer,
    ClockDep,
    DatabaseDep,
    IdempotencyKey,
    PathId,
    Writer,
    json_answer,
    languages_wanted,
)

BalancerDep = NamedDependency[Balancer]
_CSV = "text/csv"
OnDate: TypeAlias = Annotated[date, QueryParameter(description="The date of the sheets.")]
PathDate: TypeAlias = Annotated[date, PathParameter(description="The date.")]
_SECTIONS = ResponseSpec(Sections, description="The sections of the hotel.", generate_examples=False)
_ATTENDANCES = ResponseSpec(Attendances, description="Who works on the date.", generate_examples=False)
_SHEETS = ResponseSpec(Sheets, description="The sheets of the date.", generate_examples=False)
_TABLE = ResponseSpec(
    Sheets, description="The sheets; a line a task where `text/csv` is asked for.", generate_examples=False
)
_PROPOSAL = ResponseSpec(Proposal, description="How the tasks may be shared out.", generate_examples=False)


class WhoWorks(Controller):
    """The sections of a hotel, and who works on a date."""

    path = "/businesses/{business_id:int}"
    tags = ("Housekeeping",)

    @get(
        "/housekeeping-sections",
        operation_id="getHousekeepingSections",
        summary="Read sections",
        responses=COMMON_PROBLEMS,
    )
    async def sections(self, business_id: PathId, actor: ActorDep, database: DatabaseDep) -> Sections:
        """Read the sections of a hotel: floors and rooms by the name that its housekeeping calls them."""
        house = House(actor, actor.reads(business_id))
        async with database.reading(actor) as tx:
            return Sections(tuple(await queries.list_sections(tx, house)))

    @put(
        "/housekeeping-sections",
        operation_id="setHousekeepingSections",
        summary="Say which sections there are",
        responses={200: _SECTIONS, **COMMON_PROBLEMS},
    )
    async def set_sections(
        self,
        business_id: PathId,
        data: JSONBody[Sections],
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
    ) -> Response[bytes]:
        """Say which sections a hotel has; one that is left out is gone, for whoever had it too."""
        house = House(actor, actor.serves(business_id))

        async def work(tx: Transaction) -> Answer:
            return json_answer(await commands.set_sections(tx, house, data))

        return await Writer(request, database, actor).run(work)

    @get(
        "/housekeeping-attendances/{on:date}",
        operation_id="getHousekeepingAttendances",
        summary="Read who works on a date",
        responses=COMMON_PROBLEMS,
    )
    async def attendances(
        self, business_id: PathId, on: PathDate, actor: ActorDep, database: DatabaseDep
    ) -> Attendances:
        """Read who cleans rooms on a date, how much they are given at most, and which sections first."""
        house = House(actor, actor.reads(business_id))
        async with database.reading(actor) as tx:
            return Attendances(tuple(await queries.list_attendances(tx, house, on)))

    @put(
        "/housekeeping-attendances/{on:date}",
        operation_id="setHousekeepingAttendances",
        summary="Say who works on a date",
        responses={200: _ATTENDANCES, **COMMON_PROBLEMS},
    )
    async def set_attendances(
        self,
        business_id: PathId,
        on: PathDate,
        data: JSONBody[Attendances],
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
    ) -> Response[bytes]:
        """Say who cleans rooms on a date; who is left out does not. Tasks stay whose they are."""
        house = House(actor, actor.serves(business_id))

        async def work(tx: Transaction) -> Answer:
            return json_answer(await commands.set_attendances(tx, house, on, data))

        return await Writer(request, database, actor).run(work)


class HousekeepingSheets(Controller):
    """The sheets of a date."""

    path = "/businesses/{business_id:int}/housekeeping-sheets"
    tags = ("Housekeeping",)

    @get(
        operation_id="getHousekeepingSheets",
        summary="Read the sheets of a date",
        responses={200: _TABLE, **COMMON_PROBLEMS},
    )
    async def read(
        self,
        business_id: PathId,
        on: OnDate,
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        clock: ClockDep,
    ) -> Response[bytes]:
        """Read who does which tasks on a date, in which order, and the tasks that are nobody's; it names no guest.

        Ask for `text/csv` to get a line a task.
        """
        house = House(actor, actor.reads(business_id))
        async with database.reading(actor) as tx:
            found = await commands.read_sheets(tx, house, on, clock.now())
        headers = {"Vary": "Accept"}
        if request.accept.best_match(["application/json", _CSV], default="application/json") == _CSV:
            return Response(as_csv(found), media_type=_CSV, headers=headers)
        return Response(msgspec.json.encode(found), media_type="application/json", headers=headers)

    @get(
        "/pdf",
        operation_id="printHousekeepingSheets",
        summary="Print the sheets of a date",
        responses=printed("The sheets, each attendant's on pages of their own."),
        media_type="application/pdf",
    )
    async def print(
        self,
        business_id: PathId,
        on: OnDate,
        actor: ActorDep,
        database: DatabaseDep,
        clock: ClockDep,
        press: PressDep,
        attendant_id: Annotated[
            int | None, QueryParameter(ge=1, le=2**31 - 1, description="Whose sheet; everybody's unless said.")
        ] = None,
        language: AskedLanguage = None,
        accept_language: AcceptLanguage = None,
    ) -> Response[bytes]:
        """Print the sheets of a date with boxes to tick, and the tasks that are nobody's; it names no guest."""
        house, now = House(actor, actor.reads(business_id)), clock.now()
        async with database.reading(actor) as tx:
            found = await commands.read_sheets(tx, house, on, now)
            hotel = await queries.find_hotel(tx, house)
        spoken = chosen(language, languages_wanted(accept_language), None)
        made = await press.print(lambda: print_sheets(hotel, found, attendant_id, now, speech(spoken)))
        return paper(made, f"sheets-{on}", spoken)

    @post(
        "/propose",
        operation_id="proposeHousekeepingSheets",
        summary="Propose sheets",
        status_code=HTTPStatus.OK,
        responses={200: _PROPOSAL, **COMMON_PROBLEMS},
    )
    async def propose(
        self,
        business_id: PathId,
        data: JSONBody[WantedSheets],
        actor: ActorDep,
        database: DatabaseDep,
        clock: ClockDep,
        balancer: BalancerDep,
    ) -> Proposal:
        """Propose who does which tasks: as even in credits as can be, then few floors, then who knows the room.

        Nothing is changed or kept. Send its `changes` to apply them.
        """
        house = House(actor, actor.serves(business_id))
        return await commands.propose(database, house, data, balancer, clock.now())

    @post(
        "/apply",
        operation_id="applyHousekeepingSheets",
        summary="Give tasks to attendants",
        status_code=HTTPStatus.OK,
        responses={200: _SHEETS, **COMMON_PROBLEMS},
    )
    async def apply(
        self,
        business_id: PathId,
        data: JSONBody[Placings],
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        clock: ClockDep,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Give tasks to attendants, of a proposal or by hand, all at once or none; a refusal names what has changed."""
        del idempotency_key
        house = House(actor, actor.serves(business_id))

        async def work(tx: Transaction) -> Answer:
            return json_answer(await commands.place(tx, house, data, clock.now()))

        return await Writer(request, database, actor).run(work)

    @post(
        "/publish",
        operation_id="publishHousekeepingSheets",
        summary="Publish sheets",
        status_code=HTTPStatus.OK,
        responses={200: _SHEETS, **COMMON_PROBLEMS},
    )
    async def publish(
        self,
        business_id: PathId,
        data: JSONBody[Publication],
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        clock: ClockDep,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Tell attendants their sheets; what they are told of rooms counts where stays are given other ones."""
        del idempotency_key
        house = House(actor, actor.serves(business_id))

        async def work(tx: Transaction) -> Answer:
            return json_answer(await commands.publish(tx, house, data, clock.now()))

        return await Writer(request, database, actor).run(work)


router = Router(path="", route_handlers=[WhoWorks, HousekeepingSheets], dependencies=with_press())
