"""Stays over HTTP: the list of a hotel, one stay, and the steps of its life."""

from datetime import date
from functools import partial
from typing import Annotated, Any, get_args

import msgspec
from litestar import Controller, Request, Response, get, patch, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import JSONBody, QueryParameter
from litestar.status_codes import HTTP_201_CREATED

from omd.db import Transaction
from omd.features.reservations import commands, queries
from omd.features.reservations.commands.reading import get_reservation
from omd.features.reservations.http.stepping import STAY, end_route, stay_answer, step_route, stepped
from omd.features.reservations.model import (
    Amendment,
    CheckOutUndo,
    LongText,
    Move,
    NewReservation,
    Reason,
    Reinstatement,
    Reservation,
    ReservationSummary,
    Status,
    WalkIn,
)
from omd.features.reservations.room_rules import MoveAgainstRules
from omd.infra.http import (
    COMMON_PROBLEMS,
    NO_NUL,
    ActorDep,
    Answer,
    ClockDep,
    DatabaseDep,
    IdempotencyKey,
    IfMatch,
    KeyringDep,
    PageSize,
    PathId,
    PathUuid,
    Writer,
    etag,
    next_link,
    parse_date_cursor,
)

_STATUSES: tuple[str, ...] = get_args(Status)
_PROBLEMS = COMMON_PROBLEMS


class Cancellation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why a stay is cancelled, in words."""

    reason: LongText | None = None


class UnreadyCheckIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why a guest is let into a room that is not ready, in words."""

    reason: Reason


class BusinessReservations(Controller):
    """The stays of one hotel."""

    path = "/businesses/{business_id:int}/reservations"
    tags = ("Reservations",)

    @post(
        operation_id="createReservation",
        summary="Book a stay",
        responses={
            201: ResponseSpec(Reservation, description="Booked, with a room for every night.", generate_examples=False),
            **_PROBLEMS,
        },
    )
    async def create(
        self,
        business_id: PathId,
        data: JSONBody[NewReservation],
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        clock: ClockDep,
        keyring: KeyringDep,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Book one stay. The answer is committed before it is given; a concrete room is chosen for every night."""
        del idempotency_key
        hotel = actor.serves(business_id)

        async def work(tx: Transaction) -> Answer:
            stay = await commands.book(tx, actor, hotel, data, now=clock.now(), keyring=keyring)
            return stay_answer(stay, HTTP_201_CREATED)

        return await Writer(request, database, actor).run(work)

    @get(operation_id="listReservations", summary="List stays by arrival", responses=_PROBLEMS)
    async def list_page(
        self,
        business_id: PathId,
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        since: Annotated[
            date | None, QueryParameter(description="Only stays with a night on this date or later.")
        ] = None,
        until: Annotated[date | None, QueryParameter(description="Only stays that arrive before this date.")] = None,
        status: Annotated[
            list[Status] | None, QueryParameter(description="Only stays in one of these statuses.")
        ] = None,
        code: Annotated[
            str | None, QueryParameter(max_length=20, pattern=NO_NUL, description="Only this code.")
        ] = None,
        after: Annotated[
            str | None, QueryParameter(max_length=60, pattern=NO_NUL, description="The cursor of the page before.")
        ] = None,
        limit: PageSize = 100,
    ) -> Response[list[ReservationSummary]]:
        """List a hotel's stays, a page at a time; the Link header leads to the next page."""
        hotel = actor.reads(business_id)
        async with database.reading(actor) as tx:
            found = await queries.list_reservations(
                tx,
                actor,
                hotel,
                since=since or date.min,
                until=until or date.max,
                statuses=status or _STATUSES,
                code=code,
                after=parse_date_cursor(after),
                page_size=limit + 1,
            )
        page, more = found[:limit], len(found) > limit
        cursor = f"{page[-1].arrival}_{page[-1].id}" if more else None
        return Response(page, headers=next_link(request, cursor))


class WalkIns(Controller):
    """Guests who stand at the desk of one hotel."""

    path = "/businesses/{business_id:int}/walk-ins"
    tags = ("Reservations",)

    @post(
        operation_id="walkIn",
        summary="Take in a guest without a booking",
        responses={
            201: ResponseSpec(Reservation, description="Booked and checked in.", generate_examples=False),
            **_PROBLEMS,
        },
    )
    async def create(
        self,
        business_id: PathId,
        data: JSONBody[WalkIn],
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        clock: ClockDep,
        keyring: KeyringDep,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Book a stay from the business date on and check it in, both or neither."""
        del idempotency_key
        hotel = actor.serves(business_id)

        async def work(tx: Transaction) -> Answer:
            stay = await commands.walk_in(tx, actor, hotel, data, now=clock.now(), keyring=keyring)
            return stay_answer(stay, HTTP_201_CREATED)

        return await Writer(request, database, actor).run(work)


class SingleReservation(Controller):
    """One stay."""

    path = "/reservations/{reservation_id:uuid}"
    tags = ("Reservations",)

    @get(operation_id="getReservation", summary="Read a stay", responses={**STAY, **_PROBLEMS})
    async def read(
        self,
        reservation_id: PathUuid,
        actor: ActorDep,
        database: DatabaseDep,
        clock: ClockDep,
    ) -> Response[Reservation]:
        """Read a stay with its guests, nights, rooms, and the steps its life allows now."""
        async with database.reading(actor) as tx:
            stay = await get_reservation(tx, actor, reservation_id, clock.now())
        return Response(stay, headers={"ETag": etag(stay.version)})

    @patch(operation_id="amendReservation", summary="Change a stay", responses={**STAY, **_PROBLEMS})
    async def amend(
        self,
        reservation_id: PathUuid,
        data: JSONBody[Amendment],
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        clock: ClockDep,
        keyring: KeyringDep,
        if_match: IfMatch = None,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Change dates, type, room, party, price or words; fields left out stay as they are."""
        del idempotency_key

        step = partial(commands.amend, change=data, keyring=keyring)
        return await stepped(step, reservation_id, request, actor, database, clock, if_match)

    @end_route("/cancel", operation_id="cancelReservation", summary="Cancel a stay")
    async def cancel(
        self,
        reservation_id: PathUuid,
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        clock: ClockDep,
        data: JSONBody[Cancellation | None] = None,
        if_match: IfMatch = None,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Cancel a stay that has not begun; its nights return to stock at once; what is owed is told, not charged."""
        del idempotency_key
        step = partial(commands.cancel, reason=data.reason if data else None)
        return await stepped(step, reservation_id, request, actor, database, clock, if_match)

    @step_route("/check-in", operation_id="checkIn", summary="Check a guest in")
    async def check_in(
        self,
        reservation_id: PathUuid,
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        clock: ClockDep,
        if_match: IfMatch = None,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Take the guest in, from the arrival date on, when every night has its room."""
        del idempotency_key
        return await stepped(commands.check_in, reservation_id, request, actor, database, clock, if_match)

    @step_route(
        "/check-in-unready", operation_id="checkInUnready", summary="Check a guest in, the room not being ready"
    )
    async def check_in_unready(
        self,
        reservation_id: PathUuid,
        data: JSONBody[UnreadyCheckIn],
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        clock: ClockDep,
        if_match: IfMatch = None,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Take the guest in whatever the condition of the room, for a reason that stays in the room's history."""
        del idempotency_key
        step = partial(commands.check_in, reason=data.reason)
        return await stepped(step, reservation_id, request, actor, database, clock, if_match)

    @step_route("/move", operation_id="moveReservation", summary="Move a stay to another room")
    async def move(
        self,
        reservation_id: PathUuid,
        data: JSONBody[Move],
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        clock: ClockDep,
        if_match: IfMatch = None,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Go on in another room, or in another room type, from a night on, also with the guest in the house.

        The price stays; where the type changes, say whether to `keep` it or to call the move an `upgrade`.
        """
        del idempotency_key
        step = partial(commands.move, wanted=data)
        return await stepped(step, reservation_id, request, actor, database, clock, if_match)

    @step_route("/move-against-rules", operation_id="moveAgainstRules", summary="Move a stay against rules, by name")
    async def move_against_rules(
        self,
        reservation_id: PathUuid,
        data: JSONBody[MoveAgainstRules],
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        clock: ClockDep,
        if_match: IfMatch = None,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Move a stay into a room that breaks rules, every one of them named, for a reason that stays on record."""
        del idempotency_key
        step = partial(commands.move_against_rules, wanted=data)
        return await stepped(step, reservation_id, request, actor, database, clock, if_match)

    @step_route("/undo-check-in", operation_id="undoCheckIn", summary="Undo a check-in")
    async def undo_check_in(
        self,
        reservation_id: PathUuid,
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        clock: ClockDep,
        if_match: IfMatch = None,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Take a mistaken check-in back."""
        del idempotency_key
        return await stepped(commands.undo_check_in, reservation_id, request, actor, database, clock, if_match)

    @step_route("/check-out", operation_id="checkOut", summary="Check a guest out")
    async def check_out(
        self,
        reservation_id: PathUuid,
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        clock: ClockDep,
        if_match: IfMatch = None,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """See the guest off; after an early departure the nights left return to stock."""
        del idempotency_key
        return await stepped(commands.check_out, reservation_id, request, actor, database, clock, if_match)

    @step_route("/undo-check-out", operation_id="undoCheckOut", summary="Undo a check-out")
    async def undo_check_out(
        self,
        reservation_id: PathUuid,
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        clock: ClockDep,
        data: JSONBody[CheckOutUndo | None] = None,
        if_match: IfMatch = None,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Take a check-out back until the end of its day.

        Nights that an early one gave back are held again, in the same room; where they were sold meanwhile, say an
        earlier `departure`.
        """
        del idempotency_key
        step = partial(commands.undo_check_out, wanted=data or CheckOutUndo())
        return await stepped(step, reservation_id, request, actor, database, clock, if_match)

    @step_route("/reinstate", operation_id="reinstateReservation", summary="Reinstate a stay")
    async def reinstate(
        self,
        reservation_id: PathUuid,
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        clock: ClockDep,
        data: JSONBody[Reinstatement | None] = None,
        if_match: IfMatch = None,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Confirm a cancelled stay or a no-show again where there is still room for it.

        It arrives on the business date at the earliest.
        """
        del idempotency_key
        step = partial(commands.reinstate, wanted=data or Reinstatement())
        return await stepped(step, reservation_id, request, actor, database, clock, if_match)

    @end_route("/no-show", operation_id="markNoShow", summary="Mark a no-show")
    async def mark_no_show(
        self,
        reservation_id: PathUuid,
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        clock: ClockDep,
        if_match: IfMatch = None,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Record that the guest did not come; the nights return to stock; what is owed is told, not charged."""
        del idempotency_key
        return await stepped(commands.mark_no_show, reservation_id, request, actor, database, clock, if_match)
