"""Tickets over HTTP: what is broken, and what became of it."""

from http import HTTPStatus
from typing import Annotated, Any
from uuid import UUID

from litestar import Controller, Request, Response, get, post, put
from litestar.params import JSONBody, QueryParameter

from omd.db import Transaction
from omd.features.maintenance import commands, queries
from omd.features.maintenance.http.stepping import REPORTED, TICKET, TicketRequest, ticket_answer
from omd.features.maintenance.model import (
    CATEGORIES,
    OPEN_STATUSES,
    PRIORITIES,
    Category,
    NewTicket,
    Priority,
    Ticket,
    TicketChange,
    TicketStatus,
    TicketSummary,
    TicketTerms,
)
from omd.features.maintenance.queries import TicketFilter, Workshop
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
    next_link,
)

_LAST_VERSION = 2**31 - 1


class Tickets(Controller):
    """What is broken in a hotel."""

    path = "/businesses/{business_id:int}/tickets"
    tags = ("Maintenance",)

    @post(operation_id="reportTicket", summary="Report what is broken", responses=REPORTED)
    async def report(
        self,
        business_id: PathId,
        data: JSONBody[NewTicket],
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        clock: ClockDep,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Report a defect of a room or of another place. Sent again with the same `id` it is reported once."""
        del idempotency_key
        workshop = Workshop(actor, actor.serves(business_id))

        async def work(tx: Transaction) -> Answer:
            return ticket_answer(await commands.report(tx, workshop, data, clock.now()), HTTPStatus.CREATED)

        return await Writer(request, database, actor).run(work)

    @get(operation_id="listTickets", summary="List tickets", responses=COMMON_PROBLEMS)
    async def list_page(
        self,
        business_id: PathId,
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        status: Annotated[
            list[TicketStatus] | None, QueryParameter(description="Only tickets in one of these statuses.")
        ] = None,
        priority: Annotated[
            list[Priority] | None, QueryParameter(description="Only tickets of one of these priorities.")
        ] = None,
        category: Annotated[
            list[Category] | None, QueryParameter(description="Only tickets of one of these categories.")
        ] = None,
        room_id: Annotated[int | None, QueryParameter(ge=1, le=2**31 - 1, description="Only this room's.")] = None,
        assignee_id: Annotated[
            int | None, QueryParameter(ge=1, le=2**31 - 1, description="Only those of this person.")
        ] = None,
        after: Annotated[UUID | None, QueryParameter(description="The last ticket of the page before.")] = None,
        limit: PageSize = 100,
    ) -> Response[list[TicketSummary]]:
        """List tickets, the newest first, a page at a time; those that are done where their statuses are asked for."""
        workshop = Workshop(actor, actor.reads(business_id))
        wanted = TicketFilter(
            status or OPEN_STATUSES, priority or PRIORITIES, category or CATEGORIES, room_id, assignee_id, after
        )
        async with database.reading(actor) as tx:
            found = await queries.list_tickets(tx, workshop, wanted, page_size=limit + 1)
        page = found[:limit]
        cursor = str(page[-1].id) if len(found) > limit else None
        return Response(page, headers=next_link(request, cursor))


class OneTicket(Controller):
    """One ticket, its history, and what it says."""

    path = "/businesses/{business_id:int}/tickets/{ticket_id:uuid}"
    tags = ("Maintenance",)

    @get(operation_id="getTicket", summary="Read a ticket", responses=TICKET)
    async def read(
        self, business_id: PathId, ticket_id: PathUuid, actor: ActorDep, database: DatabaseDep, clock: ClockDep
    ) -> Response[Ticket]:
        """Read a ticket, when its room is out for it, and which steps it allows."""
        workshop = Workshop(actor, actor.reads(business_id))
        async with database.reading(actor) as tx:
            ticket = await commands.get_ticket(tx, workshop, ticket_id, clock.now())
        return Response(ticket, headers={"ETag": etag(ticket.version)})

    @put(operation_id="changeTicket", summary="Change what a ticket says", responses=TICKET)
    async def change(
        self,
        business_id: PathId,
        ticket_id: PathUuid,
        data: JSONBody[TicketTerms],
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        clock: ClockDep,
        if_match: IfMatch = None,
    ) -> Response[bytes]:
        """Write anew what a ticket says: title, place, priority, when it is due, what it cost."""
        asked = TicketRequest(request, actor, database, clock, if_match)
        return await asked.run(commands.change, business_id, ticket_id, data)

    @get(
        "/changes",
        operation_id="listTicketChanges",
        summary="List what happened to a ticket",
        responses=COMMON_PROBLEMS,
    )
    async def changes(
        self,
        business_id: PathId,
        ticket_id: PathUuid,
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        clock: ClockDep,
        after: Annotated[
            int, QueryParameter(ge=1, le=_LAST_VERSION, description="The last version of the page before.")
        ] = _LAST_VERSION,
        limit: PageSize = 100,
    ) -> Response[list[TicketChange]]:
        """List every version of a ticket, comments among them, the newest first, a page at a time."""
        workshop = Workshop(actor, actor.reads(business_id))
        async with database.reading(actor) as tx:
            await commands.get_ticket(tx, workshop, ticket_id, clock.now())
            found = await queries.list_changes(tx, workshop, ticket_id, before=after, limit=limit + 1)
        cursor = str(found[limit - 1].version) if len(found) > limit else None
        return Response(found[:limit], headers=next_link(request, cursor))
