"""Streams over HTTP, as server-sent events."""

from typing import Annotated, TypeAlias

import msgspec
from litestar import Controller, Router, get
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import HeaderParameter
from litestar.response import Stream

from omd.entrypoints.api.live.render import GUESTS, ROOMS
from omd.entrypoints.api.live.stream import LiveStreams, Recheck, Wanted
from omd.infra.events import Channel
from omd.infra.http import COMMON_PROBLEMS, ActorDep, PathId
from omd.kernel.actor import Actor
from omd.kernel.errors import FieldProblem, InvalidInput, NotAllowed, NotFound

LiveDep: TypeAlias = NamedDependency[LiveStreams]
RecheckDep: TypeAlias = NamedDependency[Recheck]

LastEventId = Annotated[
    str | None,
    HeaderParameter(
        name="Last-Event-ID",
        max_length=20,
        description="The id of the last event you had: the stream goes on after it. Browsers send it by themselves.",
    ),
]


class StreamedEvent(msgspec.Struct, frozen=True):
    """A server-sent event: `id` is its position, `event` the type, `data` the event as JSON (a `LiveEvent`)."""

    id: str
    event: str
    data: str


_MEDIA_TYPE = "text/event-stream"
_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
_STREAM = {
    200: ResponseSpec(
        StreamedEvent,
        description="Server-sent events, until you close.",
        media_type=_MEDIA_TYPE,
        generate_examples=False,
    ),
    **COMMON_PROBLEMS,
}


def _position(last_event_id: str | None) -> int | None:
    if last_event_id is None:
        return None
    if not last_event_id.isascii() or not last_event_id.isdigit():
        said = "Send the id of the last event as it came, or leave the header out."
        raise InvalidInput(said, problems=(FieldProblem("Last-Event-ID", "not_a_position", said),))
    return int(last_event_id)


def _stream(
    live: LiveStreams, actor: Actor, recheck: Recheck, *, business_id: int | None, view: str, after: str | None
) -> Stream:
    channel = Channel(actor.omd_id, business_id, view)
    wanted = Wanted(channel, _position(after), actor, recheck, business_id)
    return Stream(live.open(wanted), media_type=_MEDIA_TYPE, headers=_HEADERS)


class BusinessStreams(Controller):
    """What happens in one hotel."""

    path = "/businesses/{business_id:int}"
    tags = ("Live",)

    @get("/events", operation_id="followBusiness", summary="Follow a hotel's stays and rooms", responses=_STREAM)
    async def events(
        self,
        business_id: PathId,
        actor: ActorDep,
        live: LiveDep,
        recheck: RecheckDep,
        last_event_id: LastEventId = None,
    ) -> Stream:
        """Follow everything that happens in a hotel, its guests included; each message brings what it changed.

        The first event, `ready`, tells where the stream begins: open it, then fetch what you show, then put each
        message over that. A lost connection goes on after `Last-Event-ID` without loss or repeat.
        """
        hotel = actor.reads(business_id)
        return _stream(live, actor, recheck, business_id=hotel, view=GUESTS, after=last_event_id)

    @get(
        "/availability/events",
        operation_id="followBusinessAvailability",
        summary="Follow a hotel's rooms and counters",
        responses=_STREAM,
    )
    async def availability(
        self,
        business_id: PathId,
        actor: ActorDep,
        live: LiveDep,
        recheck: RecheckDep,
        last_event_id: LastEventId = None,
    ) -> Stream:
        """Follow what changes a hotel's rooms and counters: nothing of guests or stays."""
        hotel = actor.sees(business_id)
        return _stream(live, actor, recheck, business_id=hotel, view=ROOMS, after=last_event_id)


class DestinationStreams(Controller):
    """What happens in a destination."""

    path = "/omds/{omd_id:int}"
    tags = ("Live",)

    @get("/events", operation_id="followOmd", summary="Follow a destination's rooms and counters", responses=_STREAM)
    async def events(
        self, omd_id: PathId, actor: ActorDep, live: LiveDep, recheck: RecheckDep, last_event_id: LastEventId = None
    ) -> Stream:
        """Follow what changes the rooms and counters of all members: totals, never a guest or a stay."""
        if omd_id != actor.omd_id:
            raise NotFound(f"There is no destination {omd_id}.")
        if actor.scope != "omd":
            raise NotAllowed("All members together are for the destination's own staff; follow your hotel.")
        return _stream(live, actor, recheck, business_id=None, view=ROOMS, after=last_event_id)


router = Router(path="", route_handlers=[BusinessStreams, DestinationStreams])
