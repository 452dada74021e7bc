"""What a stream tells of an event: with the stay and the counters as they stand now, read once a channel.

State plus events equals a fresh fetch: a message carries what it changed, whole and as new as the database has it, so
that whoever puts each message over what they know ends with what they would fetch.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from omd.db import Database
from omd.features.availability import EVERYTHING, NightAvailability, list_nights_of_ranges, touched_nights
from omd.features.reservations import ReservationSummary, list_summaries
from omd.infra.events import Channel, Event, Message
from omd.kernel.actor import Actor
from omd.kernel.dates import StayDates
from omd.kernel.ids import BusinessId, OmdId

GUESTS, ROOMS = "guests", "rooms"
"""The views: what a hotel's desk sees, and what whoever sees rooms and totals does."""

_OF_GUESTS = {"reservation", "folio", "waiting_list", "ticket"}
"""The aggregates of which who sees rooms and totals learns nothing but what of the counters changed."""

CHANGED = "availability.changed"
"""What the view of rooms is told instead of what happened to a stay."""

_encoder = msgspec.json.Encoder()


class LiveEvent(msgspec.Struct, frozen=True, omit_defaults=True):
    """One message of a stream.

    `nights` are the counters of every room type on the nights that the event touched, as they stand now; `stay` the
    stay it is about, only for who reads guests. With `refetch` more changed than a message holds: fetch what you show.
    """

    position: int
    type: str
    occurred_at: datetime
    business_id: int | None
    aggregate: str | None = None
    aggregate_id: str | None = None
    aggregate_version: int | None = None
    actor: str | None = None
    stay: ReservationSummary | None = None
    nights: tuple[NightAvailability, ...] = ()
    refetch: bool = False


class Renderer:
    """Renders a channel's events as the bytes its listeners are sent."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def __call__(self, channel: Channel, events: Sequence[Event]) -> list[Message]:
        """Return the messages of a batch, in order; an event of which a view learns nothing has none."""
        return [Message(live.position, frame(live)) for live in await self.tell(channel, events)]

    async def tell(self, channel: Channel, events: Sequence[Event]) -> list[LiveEvent]:
        """Return what a channel is told of a batch, in order."""
        told: dict[int, LiveEvent] = {}
        by_hotel: dict[int, list[Event]] = {}
        for event in events:
            if event.business_id is None:
                told[event.position] = _plain(event)
            else:
                by_hotel.setdefault(event.business_id, []).append(event)
        for business_id, of_hotel in by_hotel.items():
            for live in await self._of_hotel(channel, BusinessId(business_id), of_hotel):
                told[live.position] = live
        return [told[position] for position in sorted(told)]

    async def _of_hotel(self, channel: Channel, hotel: BusinessId, events: Sequence[Event]) -> list[LiveEvent]:
        touched = {event.position: touched_nights(event.type, event.data) for event in events}
        ranges = sorted({each for each in touched.values() if each is not None}, key=lambda stay: stay.arrival)
        sees_guests = channel.view == GUESTS
        stays = {UUID(each.aggregate_id) for each in events if each.aggregate == "reservation"} if sees_guests else ()
        nights: list[NightAvailability] = []
        summaries: dict[str, ReservationSummary] = {}
        if ranges or stays:
            omd = OmdId(channel.omd_id)
            readers = (hotel,) if sees_guests else ()
            actor = Actor(omd, "hotel", (hotel,), (), "live", reading_business_ids=readers)
            async with self._database.reading(actor) as tx:
                if ranges:
                    nights = await list_nights_of_ranges(tx, omd, hotel, ranges)
                if stays:
                    summaries = {str(each.id): each for each in await list_summaries(tx, actor, hotel, sorted(stays))}
        found = (_told(event, touched[event.position], nights, summaries, sees_guests=sees_guests) for event in events)
        return [live for live in found if live is not None]


def told_as(event: Event, *, sees_guests: bool) -> str | None:
    """Return the type as which a view is told of an event, None when it can learn nothing of it."""
    if event.aggregate not in _OF_GUESTS or sees_guests:
        return event.type
    return None if touched_nights(event.type, event.data) is None else CHANGED


def _told(
    event: Event,
    touched: StayDates | None,
    nights: Iterable[NightAvailability],
    summaries: dict[str, ReservationSummary],
    *,
    sees_guests: bool,
) -> LiveEvent | None:
    changed = (
        () if touched is None else tuple(each for each in nights if touched.arrival <= each.date < touched.departure)
    )
    if event.aggregate in _OF_GUESTS and not sees_guests:
        if not changed:
            return None
        return LiveEvent(event.position, CHANGED, event.occurred_at, event.business_id, nights=changed)
    plain = _plain(event, tells_who=sees_guests)
    return msgspec.structs.replace(plain, stay=summaries.get(event.aggregate_id), nights=changed)


def _plain(event: Event, *, tells_who: bool = False) -> LiveEvent:
    return LiveEvent(
        event.position,
        event.type,
        event.occurred_at,
        event.business_id,
        event.aggregate,
        event.aggregate_id,
        event.aggregate_version,
        event.actor if tells_who else None,
        refetch=event.type in EVERYTHING,
    )


def frame(live: LiveEvent) -> bytes:
    """Return a message as a server-sent event (WHATWG HTML, 9.2); its id is the position to take up after."""
    return b"id: %d\nevent: %s\ndata: %s\n\n" % (live.position, live.type.encode(), _encoder.encode(live))


class Ready(msgspec.Struct, frozen=True):
    """Where a stream begins: whatever happened up to this position is in what you fetch from now on."""

    position: int


def ready_frame(position: int) -> bytes:
    """Return the first message of a stream, which has a position to take up after before anything happened."""
    return b"id: %d\nevent: ready\ndata: %s\n\n" % (position, _encoder.encode(Ready(position)))
