"""What webhooks are told, and who hears that one fails: the hotel's side of `omd.infra.webhooks`."""

from datetime import timedelta
from uuid import UUID

import msgspec
import structlog

from omd.db import Database, Transaction
from omd.entrypoints.api.live.render import CHANGED, GUESTS, ROOMS, Renderer, told_as
from omd.features.availability import COUNTED, EVERYTHING
from omd.features.identity.holder import Holder
from omd.features.identity.staff.queries import list_members
from omd.features.maintenance import STEPS
from omd.infra.events import Channel, Event
from omd.infra.keyring import Keyring
from omd.infra.mail import Letter, Outbox
from omd.infra.webhooks import Deliverer, Place, Planner, Sender, Terms
from omd.infra.webhooks.work_queries import add_event, take_failing
from omd.kernel.actor import Actor
from omd.kernel.clock import Clock
from omd.kernel.ids import BusinessId, OmdId

_OWN = "webhook"
_STAYS_ALONE = {
    "reservation.confirmed",
    "reservation.hold_extended",
    "reservation.checked_in",
    "reservation.check_in_undone",
    "reservation.room_assigned",
    "reservation.repriced",
    "reservation.guests_erased",
}
_PRICES = {"rates.changed", "taxes.changed"}
_FOLIOS = {
    *("folio.opened", "folio.posted", "folio.changed", "folio.closed", "folio.invoiced", "folio.credited"),
    *("folio.card_payment_asked", "folio.card_payment_changed"),
}
_WAITING = {
    *("waiting_list.added", "waiting_list.changed", "waiting_list.removed", "waiting_list.promoted"),
    *("waiting_list.returned", "waiting_list.expired", "waiting_list.servable"),
}
_ROOMS = {
    *("room.condition_changed", "room.occupancy_seen", "room.discrepancy_resolved"),
    *("housekeeping.planned", "housekeeping.sheet_published", "housekeeping_task.added", "housekeeping_task.changed"),
    *("found_item.added", "found_item.changed"),
}
_TICKETS = {f"ticket.{step}" for step in STEPS}
_OF_HOTELS_ALONE = _STAYS_ALONE | _FOLIOS | _WAITING | _TICKETS
BUSINESS_TYPES = tuple(sorted(COUNTED | EVERYTHING | _OF_HOTELS_ALONE | _PRICES | _ROOMS))
"""The types of which a hotel's webhooks are told."""

_NEVER_OMD = ("reservation.", "folio.", "waiting_list.", "ticket.")
OMD_TYPES = tuple(sorted({CHANGED, *(each for each in BUSINESS_TYPES if not each.startswith(_NEVER_OMD))}))
"""The types of which a destination's webhooks are told: never a stay."""

TOLD_AFTER = timedelta(minutes=15)
"""So long a webhook may fail before its owners hear of it; one that answers 410 is told of at once."""

_BY = "webhooks"
_KEEPERS = {"owner", "manager", "omd_administrator"}
_log = structlog.get_logger(__name__)


class Message(msgspec.Struct, frozen=True):
    """What is sent: by the Standard Webhooks, a type, when it happened, and the data, those of the live stream."""

    type: str
    timestamp: object
    data: object


def told_to(event: Event, business_id: int | None) -> str | None:
    """Return as which type a hotel's webhooks, or a destination's own (None), are told of an event, if they are."""
    return None if event.aggregate == _OWN else told_as(event, sees_guests=business_id is not None)


class Teller:
    """Makes messages, by the renderer of the live streams: who may not see something there is not sent it here."""

    def __init__(self, renderer: Renderer) -> None:
        self._renderer = renderer

    async def __call__(self, place: Place, event: Event) -> bytes | None:
        """Return the message for a place, of what is true now; None when it learns nothing."""
        view = ROOMS if place.business_id is None else GUESTS
        told = await self._renderer.tell(Channel(place.omd_id, place.business_id, view), [event])
        if not told:
            return None
        return msgspec.json.encode(Message(told[0].type, told[0].occurred_at, told[0]))


MOST_STAFF = 10_000
"""Of a hotel or a destination: more than any has."""


class FailureTeller:
    """Puts on record that a webhook fails, and writes to who keeps it, once each time it begins to."""

    def __init__(self, app: Database, outbox: Outbox, *, clock: Clock) -> None:
        self._app = app
        self._outbox = outbox
        self._clock = clock

    async def __call__(self, place: Place, webhook_id: UUID) -> None:
        """Tell, if it is time, in one transaction with its being on record; raises `DatabaseUnavailable`."""
        await self._app.write(self._actor(place), lambda tx: self._tell(tx, place, webhook_id))

    async def _tell(self, tx: Transaction, place: Place, webhook_id: UUID) -> None:
        now = self._clock.now()
        url = await take_failing(tx, place.omd_id, webhook_id, failing_before=now - TOLD_AFTER, now=now)
        if url is None:
            return
        await add_event(
            *(tx, place.omd_id, place.business_id, webhook_id),
            event_type="webhook.failing",
            actor=_BY,
            data="{}",
            now=now,
        )
        holder = Holder(OmdId(place.omd_id), None if place.business_id is None else BusinessId(place.business_id))
        members = await list_members(tx, holder, after=0, most=MOST_STAFF)
        for email in sorted({each.email for each in members if each.role in _KEEPERS}):
            await self._outbox.put(tx, failure_letter(email, url=url, webhook_id=webhook_id))

    def _actor(self, place: Place) -> Actor:
        hotels = () if place.business_id is None else (BusinessId(place.business_id),)
        return Actor(OmdId(place.omd_id), "system", hotels, hotels, _BY)


def failure_letter(email: str, *, url: str, webhook_id: UUID) -> Letter:
    """Return the letter that tells of a failing webhook."""
    text = (
        f"Hello,\n\nyour webhook {webhook_id} does not take what it is sent:\n\n    {url}\n\n"
        "Each message is tried again for 3 days, then given up; what was given up can be replayed. The log of attempts "
        "says what came of them. An address that answered 410 (gone) is told nothing more until you enable it again.\n"
    )
    return Letter(kind="webhook_failing", to=email, subject="A webhook fails", text=text)


def deliverer_of(
    events: Database,
    app: Database,
    *,
    clock: Clock,
    keyring: Keyring,
    outbox: Outbox,
    sender: Sender,
    terms: Terms | None = None,
) -> Deliverer:
    """Return what delivers webhooks, on databases of the roles omd_relay and omd_app."""
    return Deliverer(
        events,
        Planner(events, told_to, clock=clock),
        sender,
        Teller(Renderer(app)),
        keyring=keyring,
        clock=clock,
        on_failure=FailureTeller(app, outbox, clock=clock),
        terms=terms,
    )
