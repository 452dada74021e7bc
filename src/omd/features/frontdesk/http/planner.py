"""The room planner over HTTP: one call, by columns, and differences by version."""

from datetime import date
from typing import Annotated, Any

import msgspec
from litestar import Controller, Request, get
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import QueryParameter
from litestar.types import ASGIApp

from omd.features.frontdesk.model import VERSION_PATTERN, Planner, PlannerVersion, parse_version
from omd.features.frontdesk.planner import draw_planner
from omd.features.frontdesk.queries import Hotel
from omd.infra.http import COMMON_PROBLEMS, ActorDep, ClockDep, DatabaseDep, PathId, compressed_answer
from omd.kernel.dates import MAX_NIGHTS
from omd.kernel.errors import FieldProblem, InvalidInput

_DRAWN = {200: ResponseSpec(Planner, description="The planner, or what changed of it.", generate_examples=False)}


class RoomPlanner(Controller):
    """The rooms of a hotel, and who has them."""

    path = "/businesses/{business_id:int}/planner"
    tags = ("Front desk",)

    @get(operation_id="getPlanner", summary="Draw the room planner", responses={**_DRAWN, **COMMON_PROBLEMS})
    async def read(
        self,
        business_id: PathId,
        request: Request[Any, Any, Any],
        actor: ActorDep,
        database: DatabaseDep,
        clock: ClockDep,
        starts_on: Annotated[
            date | None, QueryParameter(name="from", description="The first day; without it the business date.")
        ] = None,
        days: Annotated[int, QueryParameter(ge=1, le=MAX_NIGHTS, description="How many days.")] = 60,
        since: Annotated[
            str | None,
            QueryParameter(
                max_length=60, pattern=VERSION_PATTERN, description="The version you have: get what changed since."
            ),
        ] = None,
    ) -> ASGIApp:
        """Read rooms, stays, counters and maintenance of some days in one answer, by columns, dates as offsets.

        Keep its `version` and ask with it, for the same days, for what changed `since`: a difference replaces what it
        names. Where no difference leads from there to now (another business date, rooms imported, too much happened)
        the answer is a whole one again; `complete` says which it is. Compressed by zstd or gzip for who accepts it.
        """
        hotel = Hotel(actor.omd_id, actor.reads(business_id))
        async with database.reading(actor) as tx:
            drawn = await draw_planner(tx, hotel, first=starts_on, days=days, since=_version(since), now=clock.now())
        return await compressed_answer(request, msgspec.Raw(drawn))


def _version(given: str | None) -> PlannerVersion | None:
    if given is None:
        return None
    version = parse_version(given)
    if version is None:
        said = "Give the version of a planner as you got it; it is not made by hand."
        raise InvalidInput(said, problems=(FieldProblem("?since", "not_a_version", said),))
    return version
