"""Is it us or them: how the platform is, and how a tenant's own requests of the last minutes went, over HTTP."""

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from litestar import Request, Router, get

from omd.entrypoints.api import health
from omd.infra.events import find_newest_event_at
from omd.infra.http import COMMON_PROBLEMS, ActorDep, ClockDep, DatabaseDep, PathId
from omd.infra.recent_requests import MINUTES, Recent, RecentRequests, Tally
from omd.kernel.actor import Actor
from omd.kernel.errors import NotFound

MOST_FAILED = 0.01
SLOW_MS = 1_000
_LABEL = "status"
MOST_REFUSED = 0.5

Finding = Annotated[
    Literal["well", "platform", "your_limits", "your_requests"],
    msgspec.Meta(
        description="`platform`: it is us, something is away, fails or is slow. `your_limits`: a rate limit refused "
        "some of your requests. `your_requests`: we are well, and refused at least half of them for what they asked."
    ),
]


class OwnRequests(msgspec.Struct, frozen=True):
    """A tenant's requests: all, refused by a rate limit, refused otherwise, failed; how long half and 95 % took."""

    requests: int
    limited: int
    refused: int
    failed: int
    p50_ms: int | None
    p95_ms: int | None


class PlatformHealth(msgspec.Struct, frozen=True):
    """How all requests of the platform went: the share that failed, and how long half and 95 % took at most."""

    failed_share: float
    p50_ms: int | None
    p95_ms: int | None


class StatusAnswer(msgspec.Struct, frozen=True):
    """How things are now, and how they went in the last `minutes`; `counted` says whether all workers are in it.

    `newest_event_at` is when something last happened to the tenant, whoever did it; null where that is long ago.
    """

    finding: Finding
    ready: bool
    database: str
    redis: str
    minutes: int
    counted: Literal["all workers", "one worker"]
    yours: OwnRequests
    platform: PlatformHealth
    newest_event_at: datetime | None


@get(
    "/businesses/{business_id:int}/status",
    operation_id="getBusinessStatus",
    summary="Is it us or them, for a hotel",
    responses=COMMON_PROBLEMS,
    tags=["Status"],
)
async def of_business(
    business_id: PathId, request: Request[Any, Any, Any], actor: ActorDep, database: DatabaseDep, clock: ClockDep
) -> StatusAnswer:
    """Read how the platform is, and how the requests for a hotel went; of other tenants nothing is told."""
    hotel = actor.sees(business_id)
    recent: RecentRequests = request.app.state.recent
    found = await recent.of(f"business:{hotel}", now=clock.now().timestamp())
    seen = Actor(actor.omd_id, "hotel", (hotel,), (), _LABEL, reading_business_ids=(hotel,))
    async with database.reading(seen) as tx:
        newest = await find_newest_event_at(tx, actor.omd_id, hotel)
    return _answer(await health.current(request.app.state, database), found, newest)


@get(
    "/omds/{omd_id:int}/status",
    operation_id="getOmdStatus",
    summary="Is it us or them, for a destination",
    responses=COMMON_PROBLEMS,
    tags=["Status"],
)
async def of_omd(
    omd_id: PathId, request: Request[Any, Any, Any], actor: ActorDep, database: DatabaseDep, clock: ClockDep
) -> StatusAnswer:
    """Read how the platform is, and how the requests of a destination's own people and keys went."""
    if omd_id != actor.omd_id:
        raise NotFound(f"There is no destination {omd_id}.")
    recent: RecentRequests = request.app.state.recent
    found = await recent.of(f"omd:{omd_id}", now=clock.now().timestamp())
    hotels = actor.business_ids
    seen = Actor(actor.omd_id, "omd", hotels, (), _LABEL, reading_business_ids=hotels)
    async with database.reading(seen) as tx:
        newest = await find_newest_event_at(tx, actor.omd_id, None)
    return _answer(await health.current(request.app.state, database), found, newest)


def _answer(now: health.Readiness, found: Recent, newest_event_at: datetime | None) -> StatusAnswer:
    own, everybody = found.own, found.everybody
    platform = PlatformHealth(
        failed_share=round(everybody.failed / everybody.requests, 4) if everybody.requests else 0.0,
        p50_ms=everybody.within_ms(0.5),
        p95_ms=everybody.within_ms(0.95),
    )
    return StatusAnswer(
        finding=_finding(now, own, platform),
        ready=now.ready,
        database=now.database,
        redis=now.redis,
        minutes=MINUTES,
        counted="all workers" if found.of_all_workers else "one worker",
        yours=OwnRequests(
            requests=own.requests,
            limited=own.limited,
            refused=own.refused,
            failed=own.failed,
            p50_ms=own.within_ms(0.5),
            p95_ms=own.within_ms(0.95),
        ),
        platform=platform,
        newest_event_at=newest_event_at,
    )


def _finding(now: health.Readiness, own: Tally, platform: PlatformHealth) -> Finding:
    if not now.ready or platform.failed_share > MOST_FAILED or (platform.p95_ms or 0) > SLOW_MS:
        return "platform"
    if own.limited:
        return "your_limits"
    return "your_requests" if own.refused and own.refused >= MOST_REFUSED * own.requests else "well"


router = Router(path="", route_handlers=[of_business, of_omd])
