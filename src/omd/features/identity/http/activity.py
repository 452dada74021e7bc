"""What the staff of a hotel or destination did at the way in, for whoever administers it."""

from datetime import datetime
from typing import Annotated, Any

from litestar import Controller, Request, Response, get
from litestar.params import QueryParameter

from omd.db import Database
from omd.features.identity.holder import Holder, holder_of_business, holder_of_omd
from omd.features.identity.people import queries
from omd.features.identity.people.model import StaffAccessEvent
from omd.infra.http import (
    COMMON_PROBLEMS,
    FIRST_INSTANT,
    LAST_ID,
    LAST_INSTANT,
    ActorDep,
    BeforeId,
    DatabaseDep,
    PageSize,
    PathId,
    instant_or,
    page_by_id,
)
from omd.kernel.actor import Actor

Since = Annotated[datetime | None, QueryParameter(description="Only events of this instant or later.")]
Until = Annotated[datetime | None, QueryParameter(description="Only events before this instant.")]
OfUser = Annotated[int | None, QueryParameter(ge=1, le=2**31 - 1, description="Only those of this person.")]


class HotelSignIns(Controller):
    """Those of a hotel's staff."""

    path = "/businesses/{business_id:int}/sign-ins"
    tags = ("Audit",)

    @get(operation_id="listBusinessSignIns", summary="Who of a hotel signed in", responses=COMMON_PROBLEMS)
    async def list_page(
        self,
        business_id: PathId,
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        since: Since = None,
        until: Until = None,
        user_id: OfUser = None,
        after: BeforeId = LAST_ID,
        limit: PageSize = 100,
    ) -> Response[list[StaffAccessEvent]]:
        """List sign-ins, failures and changes of accounts of the people who have a role here now, the newest first.

        Of who works in several destinations, those of this one.
        """
        holder = holder_of_business(actor, business_id)
        found = await _found(database, actor, holder, since, until, user_id, before=after, most=limit + 1)
        return page_by_id(request, found, limit)


class OmdSignIns(Controller):
    """Those of a destination's own staff."""

    path = "/omds/{omd_id:int}/sign-ins"
    tags = ("Audit",)

    @get(operation_id="listOmdSignIns", summary="Who of a destination signed in", responses=COMMON_PROBLEMS)
    async def list_page(
        self,
        omd_id: PathId,
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        since: Since = None,
        until: Until = None,
        user_id: OfUser = None,
        after: BeforeId = LAST_ID,
        limit: PageSize = 100,
    ) -> Response[list[StaffAccessEvent]]:
        """List those of the people who have a role of the destination itself now, the newest first."""
        holder = holder_of_omd(actor, omd_id)
        found = await _found(database, actor, holder, since, until, user_id, before=after, most=limit + 1)
        return page_by_id(request, found, limit)


async def _found(
    database: Database,
    actor: Actor,
    holder: Holder,
    since: datetime | None,
    until: datetime | None,
    user_id: int | None,
    *,
    before: int,
    most: int,
) -> list[StaffAccessEvent]:
    async with database.reading(actor) as tx:
        return await queries.list_events_of_staff(
            tx,
            omd_id=holder.omd_id,
            business_id=holder.business_id,
            since=instant_or(since, FIRST_INSTANT),
            until=instant_or(until, LAST_INSTANT),
            user_id=user_id,
            before=before,
            most=most,
        )
