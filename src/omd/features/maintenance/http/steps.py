"""The steps of a ticket over HTTP."""

from functools import partial
from http import HTTPStatus
from typing import Any

from litestar import Controller, Request, Response, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import JSONBody

from omd.features.maintenance import commands
from omd.features.maintenance.http.stepping import TICKET, TicketRequest
from omd.features.maintenance.model import Assigned, Resolved, RoomOut, RoomTakenOut, TicketNote, TicketReason
from omd.infra.http import (
    COMMON_PROBLEMS,
    ActorDep,
    ClockDep,
    DatabaseDep,
    IdempotencyKey,
    IfMatch,
    PathId,
    PathUuid,
)

_ROOM_OUT = {
    200: ResponseSpec(RoomOut, description="The ticket and every stay that held its room.", generate_examples=False),
    **COMMON_PROBLEMS,
}
_step = partial(post, status_code=HTTPStatus.OK, responses=TICKET)


class TicketSteps(Controller):
    """What people do about a ticket."""

    path = "/businesses/{business_id:int}/tickets/{ticket_id:uuid}"
    tags = ("Maintenance",)

    @_step("/comment", operation_id="commentTicket", summary="Say something about a ticket")
    async def comment(
        self,
        business_id: PathId,
        ticket_id: PathUuid,
        data: JSONBody[TicketReason],
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        clock: ClockDep,
        if_match: IfMatch = None,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Put a comment into a ticket's history, whatever its status."""
        del idempotency_key
        asked = TicketRequest(request, actor, database, clock, if_match)
        return await asked.run(commands.comment, business_id, ticket_id, data)

    @_step("/assign", operation_id="assignTicket", summary="Say who sees to a ticket")
    async def assign(
        self,
        business_id: PathId,
        ticket_id: PathUuid,
        data: JSONBody[Assigned],
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        clock: ClockDep,
        if_match: IfMatch = None,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Give a ticket to a person of the hotel's staff; work that was begun begins anew."""
        del idempotency_key
        asked = TicketRequest(request, actor, database, clock, if_match)
        return await asked.run(commands.assign, business_id, ticket_id, data)

    @_step("/take", operation_id="takeTicket", summary="Take a ticket")
    async def take(
        self,
        business_id: PathId,
        ticket_id: PathUuid,
        data: JSONBody[TicketNote],
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        clock: ClockDep,
        if_match: IfMatch = None,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Take a ticket that nobody has, for oneself; of two who do at once one is refused."""
        del idempotency_key
        asked = TicketRequest(request, actor, database, clock, if_match)
        return await asked.run(commands.take, business_id, ticket_id, data)

    @_step("/start", operation_id="startTicket", summary="Work on a ticket")
    async def start(
        self,
        business_id: PathId,
        ticket_id: PathUuid,
        data: JSONBody[TicketNote],
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        clock: ClockDep,
        if_match: IfMatch = None,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Begin, or go on after waiting; of a ticket that nobody has, whoever begins has it."""
        del idempotency_key
        asked = TicketRequest(request, actor, database, clock, if_match)
        return await asked.run(commands.start, business_id, ticket_id, data)

    @_step("/pause", operation_id="pauseTicket", summary="Let a ticket wait")
    async def pause(
        self,
        business_id: PathId,
        ticket_id: PathUuid,
        data: JSONBody[TicketReason],
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        clock: ClockDep,
        if_match: IfMatch = None,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Let a ticket wait for something, such as a part that was ordered."""
        del idempotency_key
        asked = TicketRequest(request, actor, database, clock, if_match)
        return await asked.run(commands.pause, business_id, ticket_id, data)

    @_step("/resolve", operation_id="resolveTicket", summary="Say what was done")
    async def resolve(
        self,
        business_id: PathId,
        ticket_id: PathUuid,
        data: JSONBody[Resolved],
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        clock: ClockDep,
        if_match: IfMatch = None,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Say what was done; with `gives_room_back` the room's maintenance ends today."""
        del idempotency_key
        asked = TicketRequest(request, actor, database, clock, if_match)
        return await asked.run(commands.resolve, business_id, ticket_id, data)

    @_step("/verify", operation_id="verifyTicket", summary="Close a ticket")
    async def verify(
        self,
        business_id: PathId,
        ticket_id: PathUuid,
        data: JSONBody[TicketNote],
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        clock: ClockDep,
        if_match: IfMatch = None,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Close a ticket whose work was looked at and found good."""
        del idempotency_key
        asked = TicketRequest(request, actor, database, clock, if_match)
        return await asked.run(commands.verify, business_id, ticket_id, data)

    @_step("/reopen", operation_id="reopenTicket", summary="Open a ticket again")
    async def reopen(
        self,
        business_id: PathId,
        ticket_id: PathUuid,
        data: JSONBody[TicketReason],
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        clock: ClockDep,
        if_match: IfMatch = None,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Open a ticket again whose work was not good; nobody has it then."""
        del idempotency_key
        asked = TicketRequest(request, actor, database, clock, if_match)
        return await asked.run(commands.reopen, business_id, ticket_id, data)

    @_step("/cancel", operation_id="cancelTicket", summary="Set a ticket aside")
    async def cancel(
        self,
        business_id: PathId,
        ticket_id: PathUuid,
        data: JSONBody[TicketReason],
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        clock: ClockDep,
        if_match: IfMatch = None,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Set a ticket aside, for a reason. A room that is out for it stays out until it is given back."""
        del idempotency_key
        asked = TicketRequest(request, actor, database, clock, if_match)
        return await asked.run(commands.cancel, business_id, ticket_id, data)

    @post(
        "/take-room-out",
        operation_id="takeTicketRoomOut",
        summary="Take the room of a ticket out",
        status_code=HTTPStatus.OK,
        responses=_ROOM_OUT,
    )
    async def take_room_out(
        self,
        business_id: PathId,
        ticket_id: PathUuid,
        data: JSONBody[RoomTakenOut],
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        clock: ClockDep,
        if_match: IfMatch = None,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Take the room out of order or out of service, moving the stays that were decided on, all at once or not.

        Ask for a preview first: it names the stays and proposes their moves. Whoever holds the room and is not named
        in `moves` is named in the refusal, and nothing changes.
        """
        del idempotency_key
        asked = TicketRequest(request, actor, database, clock, if_match)
        return await asked.run(commands.take_room_out, business_id, ticket_id, data)

    @_step("/give-room-back", operation_id="giveTicketRoomBack", summary="Give the room of a ticket back")
    async def give_room_back(
        self,
        business_id: PathId,
        ticket_id: PathUuid,
        data: JSONBody[TicketNote],
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        clock: ClockDep,
        if_match: IfMatch = None,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """End the maintenance of the ticket's room today; it is then what its interval says it comes back as."""
        del idempotency_key
        asked = TicketRequest(request, actor, database, clock, if_match)
        return await asked.run(commands.give_room_back, business_id, ticket_id, data)
