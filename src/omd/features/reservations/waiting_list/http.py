"""The waiting list over HTTP, who of it could be served now, and turnaways."""

from collections.abc import Awaitable, Callable
from datetime import date
from functools import partial
from http import HTTPStatus
from typing import Annotated, Any, get_args
from uuid import UUID

from litestar import Controller, Request, Response, Router, get, post, put
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import JSONBody, QueryParameter

from omd.db import Transaction
from omd.features.reservations.waiting_list import commands, queries
from omd.features.reservations.waiting_list.model import (
    NewTurnaway,
    Promotion,
    Removal,
    ServableEntry,
    Turnaway,
    TurnawayReason,
    WaitingEntry,
    WaitingStatus,
    WaitingWish,
)
from omd.features.reservations.waiting_list.queries import EntryFilter, Queue, TurnawayFilter
from omd.infra.http import (
    COMMON_PROBLEMS,
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
    json_answer,
    next_link,
    require_version,
)

_REASONS: tuple[TurnawayReason, ...] = get_args(TurnawayReason)
_CURSOR = "^[1-9]_[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$(?!\\n)"
_ENTRY = {
    200: ResponseSpec(WaitingEntry, description="The entry; its version is the ETag.", generate_examples=False),
    **COMMON_PROBLEMS,
}
_ADDED = {
    201: ResponseSpec(WaitingEntry, description="Put on the list.", generate_examples=False),
    **COMMON_PROBLEMS,
}
Since = Annotated[date | None, QueryParameter(description="Only what is for a night on this date or later.")]
Until = Annotated[date | None, QueryParameter(description="Only what is for an arrival before this date.")]


class WaitingList(Controller):
    """Who waits for nights of a hotel that are sold."""

    path = "/businesses/{business_id:int}/waiting-list"
    tags = ("Waiting list",)

    @post(operation_id="addToWaitingList", summary="Put somebody on the waiting list", responses=_ADDED)
    async def add(
        self,
        business_id: PathId,
        data: JSONBody[WaitingWish],
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        clock: ClockDep,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Note who waits for which nights. It holds no room: whoever is promoted is booked like anybody else."""
        del idempotency_key
        queue = Queue(actor, actor.serves(business_id))
        make = partial(commands.add_entry, queue=queue, wish=data, now=clock.now())
        return await Writer(request, database, actor).run(_answering(make, HTTPStatus.CREATED))

    @get(operation_id="listWaitingList", summary="List who waits", responses=COMMON_PROBLEMS)
    async def list_page(
        self,
        business_id: PathId,
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        since: Since = None,
        until: Until = None,
        status: Annotated[
            list[WaitingStatus] | None, QueryParameter(description="Only entries in one of these statuses.")
        ] = None,
        room_type_id: Annotated[
            int | None, QueryParameter(ge=1, le=2**31 - 1, description="Only entries that this type would do for.")
        ] = None,
        after: Annotated[
            str | None, QueryParameter(pattern=_CURSOR, description="The cursor of the page before.")
        ] = None,
        limit: PageSize = 100,
    ) -> Response[list[WaitingEntry]]:
        """List who waits by priority, then since when, a page at a time; other statuses where they are asked for."""
        queue = Queue(actor, actor.reads(business_id))
        priority, _, entry_id = (after or "0_00000000-0000-0000-0000-000000000000").partition("_")
        wanted = EntryFilter(
            status or ["waiting"], since or date.min, until or date.max, room_type_id, int(priority), UUID(entry_id)
        )
        async with database.reading(actor) as tx:
            found = await queries.list_entries(tx, queue, wanted, page_size=limit + 1)
        page = found[:limit]
        cursor = f"{page[-1].priority}_{page[-1].id}" if len(found) > limit else None
        return Response(page, headers=next_link(request, cursor))

    @get("/servable", operation_id="listServable", summary="Who could be served now", responses=COMMON_PROBLEMS)
    async def servable(
        self,
        business_id: PathId,
        actor: ActorDep,
        database: DatabaseDep,
        clock: ClockDep,
        limit: PageSize = 100,
    ) -> list[ServableEntry]:
        """List the entries that some wanted type has room for on all their nights, those to be served first first.

        Each is looked at by itself: the last room serves one of them, and who is promoted first has it.
        """
        queue = Queue(actor, actor.reads(business_id))
        async with database.reading(actor) as tx:
            return await commands.list_servable(tx, queue, clock.now(), page_size=limit)

    @get("/{waiting_entry_id:uuid}", operation_id="getWaitingEntry", summary="Read an entry", responses=_ENTRY)
    async def read(
        self, business_id: PathId, waiting_entry_id: PathUuid, actor: ActorDep, database: DatabaseDep
    ) -> Response[WaitingEntry]:
        """Read an entry of the waiting list, closed or not, with the stays that it was promoted to."""
        queue = Queue(actor, actor.reads(business_id))
        async with database.reading(actor) as tx:
            entry = await commands.get_entry(tx, queue, waiting_entry_id)
        return Response(entry, headers={"ETag": etag(entry.version)})

    @put("/{waiting_entry_id:uuid}", operation_id="changeWaitingEntry", summary="Change an entry", responses=_ENTRY)
    async def change(
        self,
        business_id: PathId,
        waiting_entry_id: PathUuid,
        data: JSONBody[WaitingWish],
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        clock: ClockDep,
        if_match: IfMatch = None,
    ) -> Response[bytes]:
        """Write anew who waits and for what; the entry keeps its place among those of its priority."""
        change = partial(
            commands.change_entry,
            queue=Queue(actor, actor.serves(business_id)),
            entry_id=waiting_entry_id,
            wish=data,
            expected=lambda version: require_version(if_match, version),
            now=clock.now(),
        )
        return await Writer(request, database, actor).run(_answering(change))

    @post(
        "/{waiting_entry_id:uuid}/remove",
        operation_id="removeFromWaitingList",
        summary="Take somebody off the waiting list",
        status_code=HTTPStatus.OK,
        responses=_ENTRY,
    )
    async def remove(
        self,
        business_id: PathId,
        waiting_entry_id: PathUuid,
        data: JSONBody[Removal],
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        clock: ClockDep,
        if_match: IfMatch = None,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Take somebody off the list, for a reason; the entry stays on record."""
        del idempotency_key
        remove = partial(
            commands.remove_entry,
            queue=Queue(actor, actor.serves(business_id)),
            entry_id=waiting_entry_id,
            removal=data,
            expected=lambda version: require_version(if_match, version),
            now=clock.now(),
        )
        return await Writer(request, database, actor).run(_answering(remove))

    @post(
        "/{waiting_entry_id:uuid}/promote",
        operation_id="promoteFromWaitingList",
        summary="Book what somebody waits for",
        status_code=HTTPStatus.OK,
        responses=_ENTRY,
    )
    async def promote(
        self,
        business_id: PathId,
        waiting_entry_id: PathUuid,
        data: JSONBody[Promotion],
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        clock: ClockDep,
        keyring: KeyringDep,
        if_match: IfMatch = None,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Book rooms of a type, or offers, for who waits, confirmed or until an instant: all of them, or none.

        Whether there is room is asked as for any booking; where there is none, the entry stays as it is.
        """
        del idempotency_key
        promote = partial(
            commands.promote_entry,
            queue=Queue(actor, actor.serves(business_id)),
            entry_id=waiting_entry_id,
            promotion=data,
            expected=lambda version: require_version(if_match, version),
            now=clock.now(),
            keyring=keyring,
        )
        return await Writer(request, database, actor).run(_answering(promote))


class Turnaways(Controller):
    """Demand that a hotel did not sell."""

    path = "/businesses/{business_id:int}/turnaways"
    tags = ("Waiting list",)

    @post(
        operation_id="recordTurnaway",
        summary="Record a turnaway",
        responses={
            201: ResponseSpec(Turnaway, description="On record.", generate_examples=False),
            **COMMON_PROBLEMS,
        },
    )
    async def record(
        self,
        business_id: PathId,
        data: JSONBody[NewTurnaway],
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        clock: ClockDep,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Record that nothing was sold to somebody who asked, and why. It names nobody and is never changed."""
        del idempotency_key
        queue = Queue(actor, actor.serves(business_id))

        async def work(tx: Transaction) -> Answer:
            made = await commands.record_turnaway(tx, queue, data, clock.now())
            return json_answer(made, status=HTTPStatus.CREATED)

        return await Writer(request, database, actor).run(work)

    @get(operation_id="listTurnaways", summary="List turnaways", responses=COMMON_PROBLEMS)
    async def list_page(
        self,
        business_id: PathId,
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        since: Since = None,
        until: Until = None,
        reason: Annotated[
            list[TurnawayReason] | None, QueryParameter(description="Only those for one of these reasons.")
        ] = None,
        after: Annotated[UUID | None, QueryParameter(description="The cursor of the page before.")] = None,
        limit: PageSize = 100,
    ) -> Response[list[Turnaway]]:
        """List turnaways, the newest first, a page at a time."""
        queue = Queue(actor, actor.reads(business_id))
        wanted = TurnawayFilter(reason or _REASONS, since or date.min, until or date.max, after)
        async with database.reading(actor) as tx:
            found = await queries.list_turnaways(tx, queue, wanted, page_size=limit + 1)
        page = found[:limit]
        return Response(page, headers=next_link(request, str(page[-1].id) if len(found) > limit else None))


def _answering(
    command: Callable[..., Awaitable[WaitingEntry]], status: int = HTTPStatus.OK
) -> Callable[[Transaction], Awaitable[Answer]]:
    async def work(tx: Transaction) -> Answer:
        entry = await command(tx)
        headers = {"ETag": etag(entry.version)}
        if status == HTTPStatus.CREATED:
            headers["Location"] = f"/api/v1/businesses/{entry.business_id}/waiting-list/{entry.id}"
        return json_answer(entry, status=status, headers=headers)

    return work


router = Router(path="", route_handlers=[WaitingList, Turnaways])
