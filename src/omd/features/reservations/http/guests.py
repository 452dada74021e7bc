"""Guests' data over HTTP: a stay's changes, its documents, and all that is held about a guest, to hand out or erase."""

from datetime import UTC, datetime
from typing import Annotated, Any

from litestar import Controller, Request, Response, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import JSONBody, QueryParameter

from omd.db import Transaction
from omd.features.reservations import guest_queries, queries
from omd.features.reservations.changes import FieldChange, field_changes
from omd.features.reservations.commands.guests import (
    Erased,
    GuestDocument,
    GuestSought,
    HeldAboutGuest,
    erase_guest,
    export_guest,
    show_documents,
)
from omd.infra.http import (
    COMMON_PROBLEMS,
    NO_NUL,
    ActorDep,
    Answer,
    ClockDep,
    DatabaseDep,
    IdempotencyKey,
    KeyringDep,
    PageSize,
    PathId,
    PathUuid,
    Writer,
    json_answer,
    next_link,
)
from omd.kernel.errors import FieldProblem, InvalidInput, NotFound

_PRIVATE = {"Cache-Control": "no-store"}


class ReservationPrivacy(Controller):
    """What was changed in one stay, and its guests' documents."""

    path = "/reservations/{reservation_id:uuid}"
    tags = ("Guests' data",)

    @get(
        "/changes",
        operation_id="listReservationChanges",
        summary="What was changed in a stay",
        responses=COMMON_PROBLEMS,
    )
    async def changes(
        self,
        reservation_id: PathUuid,
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        after: Annotated[
            str | None, QueryParameter(max_length=60, pattern=NO_NUL, description="The cursor of the page before.")
        ] = None,
        limit: PageSize = 100,
    ) -> Response[list[FieldChange]]:
        """List what was changed in a stay, its guests and its nights, field by field, the oldest first.

        A page holds whole transactions of at most as many audit entries as asked for, each of one or more fields.
        """
        cursor = _cursor(after)
        async with database.reading(actor) as tx:
            key = await queries.find_stay_key(tx, actor, reservation_id)
            if key is None:
                raise NotFound(f"There is no reservation {reservation_id}.")
            found = await guest_queries.list_changes(
                tx,
                omd_id=actor.omd_id,
                business_id=key.business_id,
                row_key=str(reservation_id),
                after_at=cursor,
                page_size=limit + 200,
            )
        whole = _whole_transactions(found, limit)
        more = len(whole) < len(found)
        return Response(
            list(field_changes(whole)), headers=next_link(request, whole[-1].at.isoformat() if more else None)
        )

    @get(
        "/documents",
        operation_id="showDocuments",
        summary="Read the guests' identity documents in full",
        responses=COMMON_PROBLEMS,
    )
    async def documents(
        self, reservation_id: PathUuid, actor: ActorDep, database: DatabaseDep, keyring: KeyringDep
    ) -> Response[list[GuestDocument]]:
        """Read the documents of a stay's guests with their whole numbers; that they were read goes into the audit."""

        async def work(tx: Transaction) -> list[GuestDocument]:
            return await show_documents(tx, actor, reservation_id, keyring=keyring)

        return Response(await database.write(actor, work), headers=_PRIVATE)


class BusinessGuests(Controller):
    """All that a hotel holds about a guest."""

    path = "/businesses/{business_id:int}/guests"
    tags = ("Guests' data",)

    @post(
        "/export",
        operation_id="exportGuest",
        summary="Hand out all that is held about a guest",
        status_code=200,
        responses={
            200: ResponseSpec(HeldAboutGuest, description="Everything held, as kept.", generate_examples=False),
            **COMMON_PROBLEMS,
        },
    )
    async def export(
        self,
        business_id: PathId,
        data: JSONBody[GuestSought],
        actor: ActorDep,
        database: DatabaseDep,
        clock: ClockDep,
        keyring: KeyringDep,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[HeldAboutGuest]:
        """Export everything held about a guest, found by e-mail address, or by last name and the code of a stay.

        The export itself goes into the audit. The answer is not kept under the Idempotency-Key: what was handed out
        is not held once more, and asked again it is exported again.
        """
        del idempotency_key
        hotel = actor.reads(business_id)

        async def work(tx: Transaction) -> HeldAboutGuest:
            return await export_guest(tx, actor, hotel, data, now=clock.now(), keyring=keyring)

        return Response(await database.write(actor, work), headers=_PRIVATE)

    @post(
        "/erase",
        operation_id="eraseGuest",
        summary="Forget a guest",
        status_code=200,
        responses={
            200: ResponseSpec(Erased, description="What was erased.", generate_examples=False),
            **COMMON_PROBLEMS,
        },
    )
    async def erase(
        self,
        business_id: PathId,
        data: JSONBody[GuestSought],
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        clock: ClockDep,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Erase a guest's names, contacts, documents and the words of the stays, also in events, audit and answers.

        Amounts, dates, nights and countries stay. Refused, naming the stays, while one is not over or must be kept.
        """
        del idempotency_key
        hotel = actor.serves(business_id)

        async def work(tx: Transaction) -> Answer:
            return json_answer(await erase_guest(tx, actor, hotel, data, now=clock.now()))

        return await Writer(request, database, actor).run(work)


def _whole_transactions(rows: list[guest_queries.ChangeRow], limit: int) -> list[guest_queries.ChangeRow]:
    """Return the rows of the first transactions that together have at most `limit`, or of the very first one."""
    if len(rows) <= limit:
        return rows
    cut = limit
    while cut > 0 and rows[cut - 1].at == rows[cut].at:
        cut -= 1
    if cut == 0:
        cut = next((index for index, row in enumerate(rows) if row.at != rows[0].at), len(rows))
    return rows[:cut]


def _cursor(after: str | None) -> datetime:
    if after is None:
        return datetime(1, 1, 2, tzinfo=UTC)
    try:
        return datetime.fromisoformat(after).astimezone(UTC)
    except (ValueError, OverflowError):
        said = "Follow the link to the next page as it was given; a cursor is not made by hand."
        raise InvalidInput(said, problems=(FieldProblem("?after", "not_a_cursor", said),)) from None
