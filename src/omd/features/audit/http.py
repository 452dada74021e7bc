"""The audit over HTTP: of a hotel for whoever administers it, and of the destination itself."""

from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

from litestar import Request, Response, Router, get
from litestar.params import QueryParameter

from omd.db import Database
from omd.features.audit import queries
from omd.features.audit.model import AuditAction, AuditEntry, AuditFilter
from omd.infra.http import (
    COMMON_PROBLEMS,
    FIRST_INSTANT,
    LAST_INSTANT,
    NO_NUL,
    ActorDep,
    DatabaseDep,
    PageSize,
    PathId,
    instant_or,
    next_link,
)
from omd.kernel.actor import Actor
from omd.kernel.errors import FieldProblem, InvalidInput, NotAllowed, NotFound
from omd.kernel.ids import OmdId

_LAST_UUID = UUID(int=2**128 - 1)

Since = Annotated[datetime | None, QueryParameter(description="Only entries of this instant or later.")]
Until = Annotated[datetime | None, QueryParameter(description="Only entries before this instant.")]
Thing = Annotated[
    str | None, QueryParameter(max_length=60, pattern=NO_NUL, description="Only of this table, such as `reservations`.")
]
RowKey = Annotated[
    str | None, QueryParameter(max_length=100, pattern=NO_NUL, description="Only of the row with this key.")
]
ByActor = Annotated[str | None, QueryParameter(max_length=200, pattern=NO_NUL, description="Only by this actor.")]
ByAction = Annotated[AuditAction | None, QueryParameter(description="Only this kind of write.")]
After = Annotated[
    str | None, QueryParameter(max_length=90, pattern=NO_NUL, description="The cursor of the page before.")
]


@get(
    "/businesses/{business_id:int}/audit",
    operation_id="listBusinessAudit",
    summary="Who did what in a hotel",
    tags=["Audit"],
    responses=COMMON_PROBLEMS,
)
async def list_business_audit(
    business_id: PathId,
    request: Request[Any, Any, Any],
    actor: ActorDep,
    database: DatabaseDep,
    since: Since = None,
    until: Until = None,
    thing: Thing = None,
    row_key: RowKey = None,
    by_actor: ByActor = None,
    action: ByAction = None,
    after: After = None,
    limit: PageSize = 100,
) -> Response[list[AuditEntry]]:
    """List a hotel's audit, the newest first, a page at a time; the Link header leads to the next page."""
    hotel = actor.administers(business_id)
    narrowed = AuditFilter(
        instant_or(since, FIRST_INSTANT), instant_or(until, LAST_INSTANT), thing, row_key, by_actor, action
    )
    return await _page(request, database, actor, hotel, narrowed, after, limit)


@get(
    "/omds/{omd_id:int}/audit",
    operation_id="listOmdAudit",
    summary="Who did what in a destination itself",
    tags=["Audit"],
    responses=COMMON_PROBLEMS,
)
async def list_omd_audit(
    omd_id: PathId,
    request: Request[Any, Any, Any],
    actor: ActorDep,
    database: DatabaseDep,
    since: Since = None,
    until: Until = None,
    thing: Thing = None,
    row_key: RowKey = None,
    by_actor: ByActor = None,
    action: ByAction = None,
    after: After = None,
    limit: PageSize = 100,
) -> Response[list[AuditEntry]]:
    """List what was done to the destination itself, its people, keys and rules; never to a hotel or its guests."""
    if omd_id != actor.omd_id:
        raise NotFound(f"There is no destination {omd_id}.")
    if not actor.administers_omd:
        raise NotAllowed("This is for whoever administers the destination.")
    narrowed = AuditFilter(
        instant_or(since, FIRST_INSTANT), instant_or(until, LAST_INSTANT), thing, row_key, by_actor, action
    )
    return await _page(request, database, actor, None, narrowed, after, limit)


async def _page(
    request: Request[Any, Any, Any],
    database: Database,
    actor: Actor,
    business_id: int | None,
    narrowed: AuditFilter,
    after: str | None,
    limit: int,
) -> Response[list[AuditEntry]]:
    cursor = _cursor(after)
    async with database.reading(actor) as tx:
        found = await queries.list_entries(
            tx, OmdId(actor.omd_id), business_id, narrowed, before=cursor, page_size=limit + 1
        )
    page, more = found[:limit], len(found) > limit
    return Response(page, headers=next_link(request, f"{page[-1].at.isoformat()}_{page[-1].id}" if more else None))


def _cursor(after: str | None) -> tuple[datetime, UUID]:
    if after is None:
        return LAST_INSTANT, _LAST_UUID
    try:
        at, identifier = after.split("_", maxsplit=1)
        return datetime.fromisoformat(at).astimezone(UTC), UUID(identifier)
    except (ValueError, OverflowError):
        said = "Follow the link to the next page as it was given; a cursor is not made by hand."
        raise InvalidInput(said, problems=(FieldProblem("?after", "not_a_cursor", said),)) from None


router = Router(path="", route_handlers=[list_business_audit, list_omd_audit])
