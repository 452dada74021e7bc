"""What a whole destination costs, over HTTP."""

from datetime import date, datetime
from typing import Annotated, Any, TypeAlias

import msgspec
from litestar import Controller, Request, get
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import QueryParameter
from litestar.types import ASGIApp

from omd.features.offers.calendar import Guests
from omd.features.offers.http.searching import PricedDestinationAnswer, PricedFinder, PricedSearch
from omd.features.rates import Party
from omd.infra.http import (
    COMMON_PROBLEMS,
    NOT_MODIFIED,
    AfterId,
    CacheControl,
    Fresh,
    IfNoneMatch,
    PageSize,
    PathId,
    found_answer,
    next_link,
    wants_fresh,
)
from omd.kernel.actor import Actor
from omd.kernel.dates import parse_stay
from omd.kernel.errors import NotAllowed, NotFound

Arrival = Annotated[date, QueryParameter(description="The first night, YYYY-MM-DD.")]
Departure = Annotated[date, QueryParameter(description="The day of departure, not a night.")]
Adults = Annotated[int, QueryParameter(ge=1, le=500, description="Adults in the room.")]
ChildAges = Annotated[
    str | None,
    QueryParameter(
        pattern="^(1[0-7]|[0-9])(,(1[0-7]|[0-9])){0,19}$(?!\\n)",
        max_length=60,
        description="The age in years of each child in the room, such as `4,11`.",
    ),
]
Country = Annotated[
    str | None,
    QueryParameter(
        pattern="^[A-Z]{2}$(?!\\n)",
        description="Where the guests reside, as taxes may ask: ISO 3166-1 alpha-2.",
    ),
]


class Pricing(msgspec.Struct, frozen=True):
    """Who searches, when, and what finds the answer: one thing to hand over, as each costs the framework its time."""

    finder: PricedFinder
    actor: Actor
    now: datetime
    from_memory_alone: bool = False


PricingDep: TypeAlias = NamedDependency[Pricing]


class DestinationOffers(Controller):
    """What a whole destination costs."""

    path = "/omds/{omd_id:int}/offers"
    tags = ("Offers",)

    @get(
        operation_id="searchOffers",
        summary="What the hotels of a destination cost",
        responses={
            200: ResponseSpec(PricedDestinationAnswer, description="What they cost.", generate_examples=False),
            **NOT_MODIFIED,
            **COMMON_PROBLEMS,
        },
    )
    async def search(
        self,
        omd_id: PathId,
        arrival: Arrival,
        departure: Departure,
        request: Request[Any, Any, Any],
        pricing: PricingDep,
        adults: Adults = 2,
        child_ages: ChildAges = None,
        country: Country = None,
        after: AfterId = 0,
        limit: PageSize = 200,
        fresh: Fresh = False,
        cache_control: CacheControl = None,
        if_none_match: IfNoneMatch = None,
    ) -> ASGIApp:
        """Find for a party in one room what every room type of every member costs at least, or why it is not to be had.

        To book one, ask the hotel for offers. A stay within the next 30 nights is answered from memory that follows
        what happens within a quarter of a second, as that of what is free; `Age`, `Cache-Status` and `fresh` are as
        there, and so is what is answered for two minutes while the database is away.

        The members work on their own business dates: one that has passed the arrival has nothing.
        """
        stay = parse_stay(arrival, departure, prefix="?")
        actor = pricing.actor
        if omd_id != actor.omd_id:
            raise NotFound(f"There is no destination {omd_id}.")
        if actor.scope == "hotel":
            raise NotAllowed("A hotel's token sees its own hotel; the destination's token sees all of it.")
        seen = sorted(each for each in actor.business_ids if each > after)
        page, more = seen[:limit], len(seen) > limit
        ages = () if child_ages is None else tuple(sorted(int(each) for each in child_ages.split(",")))
        guests = Guests(Party(adults, ages), country)
        is_fresh = fresh or wants_fresh(cache_control)
        search = PricedSearch(stay, guests, pricing.now, is_fresh, pricing.from_memory_alone)
        found = await pricing.finder.of_destination(actor, page, search)
        return found_answer(found, if_none_match, next_link(request, str(page[-1]) if more else None))
