"""Searches over HTTP: what one hotel has for a stay, and what a whole destination has."""

from datetime import date
from typing import Annotated, Any, TypeAlias

from litestar import Controller, Request, get
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import QueryParameter
from litestar.types import ASGIApp

from omd.features.availability.http.answers import BusinessAnswer, DestinationAnswer
from omd.features.availability.http.finding import Asking, Search
from omd.infra.http import (
    COMMON_PROBLEMS,
    NOT_MODIFIED,
    CacheControl,
    Fresh,
    IfNoneMatch,
    PageSize,
    PathId,
    found_answer,
    next_link,
    wants_fresh,
)
from omd.kernel.dates import parse_stay
from omd.kernel.errors import NotAllowed, NotFound

AskingDep: TypeAlias = NamedDependency[Asking]

Arrival = Annotated[date, QueryParameter(description="The first night, YYYY-MM-DD.")]
Departure = Annotated[date, QueryParameter(description="The day of departure, not a night.")]
Adults = Annotated[int, QueryParameter(ge=1, le=500, description="Adults in the party.")]
Children = Annotated[int, QueryParameter(ge=0, le=500, description="Children in the party.")]


class BusinessAvailability(Controller):
    """What one hotel has."""

    path = "/businesses/{business_id:int}"
    tags = ("Availability",)

    @get(
        "/availability",
        operation_id="getBusinessAvailability",
        summary="What a hotel has for a stay",
        responses={
            200: ResponseSpec(BusinessAnswer, description="What it has.", generate_examples=False),
            **NOT_MODIFIED,
            **COMMON_PROBLEMS,
        },
    )
    async def read(
        self,
        business_id: PathId,
        arrival: Arrival,
        departure: Departure,
        asking: AskingDep,
        adults: Adults = 1,
        children: Children = 0,
        nights: Annotated[bool, QueryParameter(description="Add the counters of every night.")] = False,
        fresh: Fresh = False,
        cache_control: CacheControl = None,
        if_none_match: IfNoneMatch = None,
    ) -> ASGIApp:
        """Answer from the counters: every room type that takes the party, with what is free on all its nights.

        A stay within the next 30 nights is answered from memory that follows what happens within a quarter of a second;
        the header `Age` says for how many seconds it could not, 0 unless something is away. With `nights`, with `fresh`
        and beyond those nights the database is asked. A booking always is.

        `Cache-Status` (RFC 9211) says where the answer comes from: `hit`, `fwd=miss; stored` where memory was filled
        for it, `fwd=miss` or `fwd=request` from the database. While that is away, memory answers for two minutes at
        most what it knew last, to whom was known then, marked `hit; ttl=-7; detail=database_away` (stale for 7
        seconds); all else, and what asks for `fresh` or `nights`, is 503.
        """
        stay = parse_stay(arrival, departure, prefix="?")
        hotel = asking.actor.sees(business_id)
        is_fresh = fresh or wants_fresh(cache_control)
        search = Search(stay, adults, children, asking.now, is_fresh, asking.from_memory_alone)
        found = await asking.finder.of_hotel(asking.actor, hotel, search, with_nights=nights)
        return found_answer(found, if_none_match)


class DestinationAvailability(Controller):
    """What a whole destination has."""

    path = "/omds/{omd_id:int}"
    tags = ("Availability",)

    @get(
        "/availability",
        operation_id="getDestinationAvailability",
        summary="What a destination has for a stay",
        responses={
            200: ResponseSpec(DestinationAnswer, description="What they have.", generate_examples=False),
            **NOT_MODIFIED,
            **COMMON_PROBLEMS,
        },
    )
    async def read(
        self,
        omd_id: PathId,
        arrival: Arrival,
        departure: Departure,
        request: Request[Any, Any, Any],
        asking: AskingDep,
        adults: Adults = 1,
        children: Children = 0,
        after: Annotated[int, QueryParameter(ge=0, le=2**31 - 1, description="The cursor of the page before.")] = 0,
        limit: PageSize = 200,
        fresh: Fresh = False,
        cache_control: CacheControl = None,
        if_none_match: IfNoneMatch = None,
    ) -> ASGIApp:
        """Answer from the counters for every member hotel, from memory or the database as for a single one.

        `fwd=partial` in `Cache-Status` says that the database was asked for some of the members.

        The members work on their own business dates: one that has passed the arrival has nothing, the others answer.
        """
        stay = parse_stay(arrival, departure, prefix="?")
        actor = asking.actor
        if omd_id != actor.omd_id:
            raise NotFound(f"There is no destination {omd_id}.")
        if actor.scope == "hotel":
            raise NotAllowed("A hotel's token sees its own hotel; the destination's token sees all of it.")
        seen = sorted(each for each in actor.business_ids if each > after)
        page, more = seen[:limit], len(seen) > limit
        is_fresh = fresh or wants_fresh(cache_control)
        search = Search(stay, adults, children, asking.now, is_fresh, asking.from_memory_alone)
        found = await asking.finder.of_destination(actor, page, search)
        return found_answer(found, if_none_match, next_link(request, str(page[-1]) if more else None))
