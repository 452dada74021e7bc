"""What is done by itself: the kinds of jobs of this platform, their work, and the events that cause them."""

from collections.abc import Awaitable, Callable
from datetime import date, datetime, timedelta
from functools import partial
from uuid import UUID

import msgspec
import structlog

from omd.db import Database
from omd.features.assignment import purge_plans
from omd.features.audit import keep_audit, settle_audit_months
from omd.features.availability import COUNTED, EVERYTHING, touched_nights
from omd.features.availability.upkeep import roll_omd
from omd.features.folios.cards.accounts import Tills
from omd.features.folios.cards.commands import ASKED
from omd.features.folios.cards.settling import LOST_AFTER, settle_later
from omd.features.housekeeping import House, plan_by_itself, turn_rooms
from omd.features.identity import list_omds, purge_access, purge_tokens
from omd.features.maintenance import purge_photos
from omd.features.nightaudit import NightAuditBlocked, catch_up
from omd.features.reservations import free_holds, place_waiting
from omd.features.reservations.bookings.upkeep import purge_offers
from omd.features.reservations.retention import forget_old_guests
from omd.features.reservations.waiting_list.commands import keep_list
from omd.features.reservations.waiting_list.queries import Queue
from omd.infra.events import Event
from omd.infra.jobs import (
    Attempt,
    ClockWatch,
    Handlers,
    JobFailed,
    JobKind,
    NewJob,
    new_job,
    purge_jobs,
)
from omd.infra.jobs.model import Payload
from omd.infra.jobs.worker import Work
from omd.infra.kept_answers import purge_answers
from omd.infra.mail import Letter, Mailer, MailNotSent
from omd.infra.webhooks import purge_webhooks
from omd.infra.webhooks.backoff import Backoff
from omd.kernel.actor import Actor
from omd.kernel.clock import Clock
from omd.kernel.dates import StayDates
from omd.kernel.ids import BusinessId, OmdId

QUIET_HOUR = 2
"""Of UTC, for what belongs to no hotel: early morning in every time zone of Europe."""

LABEL = "jobs"
EXPIRY = "holds"
"""Who cancels a stay whose hold is over, in its event: whoever came first to its nights did not decide it."""
_log = structlog.get_logger(__name__)


class OnDate(msgspec.Struct, frozen=True):
    """Work of the platform on a date."""

    on: date


class OfOmd(msgspec.Struct, frozen=True):
    """Work of a destination on a date."""

    omd_id: OmdId
    on: date


class HoldOf(msgspec.Struct, frozen=True):
    """A hold of a hotel that is over at an instant."""

    omd_id: OmdId
    business_id: BusinessId
    until: datetime


class OfHotel(msgspec.Struct, frozen=True):
    """Work of a hotel on a date of its own."""

    omd_id: OmdId
    business_id: BusinessId
    on: date


class NightsFreed(msgspec.Struct, frozen=True):
    """Nights of a hotel that may have become free at an instant; without dates, any."""

    omd_id: OmdId
    business_id: BusinessId
    at: datetime
    nights: StayDates | None


class OfPayment(msgspec.Struct, frozen=True):
    """A card payment of a hotel."""

    omd_id: OmdId
    business_id: BusinessId
    payment_id: UUID


SEND_MAIL = JobKind("send_mail", Letter, attempts=12, priority=0, secret=True)
"""Last in the queue: a mail server that hangs takes its time of each letter, and the rest of the work must not wait."""

FREE_HOLDS = JobKind("free_holds", HoldOf)
SETTLE_PAYMENT = JobKind(
    "settle_payment", OfPayment, attempts=40, backoff=Backoff(first=timedelta(seconds=30), longest=timedelta(hours=2))
)
"""For three days: so long a payer has to confirm, and so long a provider may be away."""

PLACE_WAITING = JobKind("place_waiting", OfHotel)
TELL_WAITING = JobKind("tell_waiting", NightsFreed)
NIGHT_AUDIT = JobKind("night_audit", OfHotel)
TURN_ROOMS = JobKind("turn_rooms", OfHotel)
PLAN_HOUSEKEEPING = JobKind("plan_housekeeping", OfHotel)
ROLL_HORIZON = JobKind("roll_horizon", OfOmd)
FORGET_GUESTS = JobKind("forget_guests", OfOmd)
# Without its month of the audit every write would be refused: this one is not given up within a day.
MAKE_AUDIT_MONTHS = JobKind("make_audit_months", OnDate, attempts=150, backoff=Backoff(longest=timedelta(minutes=10)))
KEEP_AUDIT = JobKind("keep_audit", OnDate)
PURGE_ANSWERS = JobKind("purge_answers", OnDate)
PURGE_TOKENS = JobKind("purge_tokens", OnDate)
PURGE_ACCESS = JobKind("purge_access", OnDate)
PURGE_OFFERS = JobKind("purge_offers", OnDate)
PURGE_PLANS = JobKind("purge_plans", OnDate)
PURGE_WEBHOOKS = JobKind("purge_webhooks", OnDate)
PURGE_JOBS = JobKind("purge_jobs", OnDate)
OF_THE_PLATFORM = (
    MAKE_AUDIT_MONTHS,
    KEEP_AUDIT,
    PURGE_ANSWERS,
    PURGE_TOKENS,
    PURGE_ACCESS,
    PURGE_OFFERS,
    PURGE_PLANS,
    PURGE_WEBHOOKS,
    PURGE_JOBS,
)


class Doors(msgspec.Struct, frozen=True):
    """The databases that the work is done on, each in its role."""

    app: Database
    maintenance: Database
    relay: Database


def handlers_of(
    doors: Doors, *, mailer: Mailer, clock: Clock, clock_watch: ClockWatch, dead_kept: timedelta, tills: Tills
) -> Handlers:
    """Return what is done for each kind. All of it is safe twice and at once with another, letters aside.

    What goes by the clock is put off while `clock_watch` finds it wrong: everything but letters.

    A letter that was taken by the mail server and not yet put down as sent when its worker died is sent again.
    """

    async def place(hotel: OfHotel, _attempt: Attempt) -> None:
        actor = _of_hotel(hotel.omd_id, hotel.business_id)
        await free_holds(doors.app, actor, hotel.business_id, now=clock.now())
        await place_waiting(doors.app, actor, now=clock.now())
        await keep_list(doors.app, Queue(actor, hotel.business_id), now=clock.now())

    async def tell(freed: NightsFreed, _attempt: Attempt) -> None:
        queue = Queue(_of_hotel(freed.omd_id, freed.business_id), freed.business_id)
        await keep_list(doors.app, queue, now=clock.now(), freed=freed.nights, freed_at=freed.at)

    async def free(hold: HoldOf, _attempt: Attempt) -> None:
        now = clock.now()
        if now < hold.until:
            raise JobFailed(f"By the clock of this machine the hold is not over before {hold.until.isoformat()}.")
        await free_holds(doors.app, _of_hotel(hold.omd_id, hold.business_id), hold.business_id, now=now)

    async def roll(omd: OfOmd, _attempt: Attempt) -> None:
        await roll_omd(doors.maintenance, clock, omd.omd_id)

    async def make_months(_on: OnDate, _attempt: Attempt) -> None:
        await settle_audit_months(doors.maintenance)

    async def keep(_on: OnDate, _attempt: Attempt) -> None:
        await keep_audit(doors.maintenance, await list_omd_ids(doors.maintenance), now=clock.now())

    handlers = Handlers()
    handlers.on(SEND_MAIL, _sending(mailer))
    handlers.on(FREE_HOLDS, _by_the_clock(free, clock_watch))
    handlers.on(SETTLE_PAYMENT, _by_the_clock(_settling_payments(doors.app, clock, tills), clock_watch))
    handlers.on(PLACE_WAITING, _by_the_clock(place, clock_watch))
    handlers.on(TELL_WAITING, _by_the_clock(tell, clock_watch))
    handlers.on(NIGHT_AUDIT, _by_the_clock(_closing_dates(doors.app, clock), clock_watch))
    _on_housekeeping(handlers, doors.app, clock, clock_watch)
    handlers.on(ROLL_HORIZON, _by_the_clock(roll, clock_watch))
    handlers.on(FORGET_GUESTS, _by_the_clock(_forgetting(doors.maintenance, clock), clock_watch))
    handlers.on(MAKE_AUDIT_MONTHS, _by_the_clock(make_months, clock_watch))
    handlers.on(KEEP_AUDIT, _by_the_clock(keep, clock_watch))
    for kind, purge in (
        (PURGE_ANSWERS, partial(purge_answers, doors.maintenance)),
        (PURGE_TOKENS, partial(purge_tokens, doors.maintenance)),
        (PURGE_ACCESS, partial(purge_access, doors.maintenance)),
        (PURGE_OFFERS, partial(purge_offers, doors.maintenance)),
        (PURGE_PLANS, partial(purge_plans, doors.maintenance)),
        (PURGE_WEBHOOKS, partial(purge_webhooks, doors.maintenance, dead_kept=dead_kept)),
        (PURGE_JOBS, partial(purge_jobs, doors.relay, dead_kept=dead_kept)),
    ):
        handlers.on(kind, _by_the_clock(_purging(purge, clock), clock_watch))
    return handlers


def _by_the_clock(work: Work[Payload], clock_watch: ClockWatch) -> Work[Payload]:
    """Return work that is done only where the clock is right; elsewhere it raises `ClockWrong`."""

    async def guarded(payload: Payload, attempt: Attempt) -> None:
        await clock_watch.require_right()
        await work(payload, attempt)

    return guarded


def _sending(mailer: Mailer) -> Work[Letter]:
    async def send(letter: Letter, _attempt: Attempt) -> None:
        if not letter.to:
            return
        try:
            await mailer.send(letter)
        except MailNotSent as error:
            raise JobFailed(str(error)) from error

    return send


def _settling_payments(app: Database, clock: Clock, tills: Tills) -> Work[OfPayment]:
    async def settle(payment: OfPayment, _attempt: Attempt) -> None:
        actor = _of_hotel(payment.omd_id, payment.business_id)
        if not await settle_later(app, actor, tills, payment.payment_id, now=clock.now()):
            raise JobFailed("the provider has not said what became of it")

    return settle


def _closing_dates(app: Database, clock: Clock) -> Callable[[OfHotel, Attempt], Awaitable[None]]:
    async def work(hotel: OfHotel, attempt: Attempt) -> None:
        only = (hotel.business_id,)
        try:
            await catch_up(app, Actor(hotel.omd_id, "system", only, only, LABEL), hotel.business_id, clock)
        except NightAuditBlocked as blocked:
            # It waits for people, who were told by its event: trying again would tell them again, and decide nothing.
            _log.warning("night_audit_waits", job=attempt.job_id, business=hotel.business_id, detail=blocked.detail)

    return work


def _on_housekeeping(handlers: Handlers, app: Database, clock: Clock, clock_watch: ClockWatch) -> None:
    async def plan(hotel: OfHotel, _attempt: Attempt) -> None:
        house = House(_of_hotel(hotel.omd_id, hotel.business_id), hotel.business_id)
        await plan_by_itself(app, house, now=clock.now())

    async def turn(hotel: OfHotel, attempt: Attempt) -> None:
        house = House(_of_hotel(hotel.omd_id, hotel.business_id), hotel.business_id)
        await turn_rooms(app, house, now=clock.now())
        await plan(hotel, attempt)

    handlers.on(TURN_ROOMS, _by_the_clock(turn, clock_watch))
    handlers.on(PLAN_HOUSEKEEPING, _by_the_clock(plan, clock_watch))


def _purging(purge: Callable[..., Awaitable[int]], clock: Clock) -> Callable[[OnDate, Attempt], Awaitable[None]]:
    async def work(_on: OnDate, _attempt: Attempt) -> None:
        await purge(now=clock.now())

    return work


def _forgetting(maintenance: Database, clock: Clock) -> Work[OfOmd]:
    async def work(omd: OfOmd, _attempt: Attempt) -> None:
        await forget_old_guests(maintenance, [omd.omd_id], now=clock.now())
        await purge_photos(maintenance, omd.omd_id, now=clock.now())

    return work


def _of_hotel(omd_id: OmdId, business_id: BusinessId) -> Actor:
    return Actor(omd_id, "system", (business_id,), (business_id,), LABEL)


class _Said(msgspec.Struct, frozen=True):
    """What an event of a stay says of its hold."""

    hold_until: datetime | None = None


_HELD = {"reservation.booked", "reservation.hold_extended"}


def caused_by(event: Event) -> NewJob | None:
    """Return the job that an event causes, None for most.

    A hold is freed when it is over. Where whoever wanted the nights did that first, waiting stays get what is left.

    A guest who cancels may not move others: the door gives the nights to who waits when it has answered for the guest.
    Where it dies in between, this job does; else it finds nobody who waits. Whoever asks a provider of card payments
    for something writes down what it answers; where they die before, the job does, which asks again after a while.
    """
    if event.type == ASKED and event.business_id is not None:
        return _settling(event, event.business_id)
    if event.business_id is None or event.type not in {*_HELD, "reservation.cancelled"}:
        return None
    said = msgspec.json.decode(event.data, type=_Said)
    omd_id, business_id = OmdId(event.omd_id), BusinessId(event.business_id)
    key = f"business:{event.business_id}/event:{event.position}"
    if event.type in _HELD:
        if said.hold_until is None:
            return None
        return new_job(FREE_HOLDS, HoldOf(omd_id, business_id, said.hold_until), key=key, not_before=said.hold_until)
    if event.actor.startswith("guest:") or event.actor == EXPIRY:
        return new_job(PLACE_WAITING, OfHotel(omd_id, business_id, event.occurred_at.date()), key=key)
    return None


_TAKING = {
    *("reservation.booked", "reservation.reinstated", "reservation.check_out_undone"),
    *("room.maintenance_started", "hold_back.placed"),
}
_FREEING = (COUNTED | EVERYTHING) - _TAKING
"""The events after which more may be free."""


def told_of(event: Event) -> NewJob | None:
    """Return the job that tells who waits for nights that an event may have made free, None for most.

    Whoever frees nights waits for none of it.
    """
    if event.business_id is None or event.type not in _FREEING:
        return None
    nights = touched_nights(event.type, event.data)
    if nights is None and event.type not in EVERYTHING:
        return None
    freed = NightsFreed(OmdId(event.omd_id), BusinessId(event.business_id), event.occurred_at, nights)
    return new_job(TELL_WAITING, freed, key=f"business:{event.business_id}/event:{event.position}")


def _settling(event: Event, business_id: int) -> NewJob:
    payment_id = msgspec.json.decode(event.data, type=_Payment).payment_id
    payment = OfPayment(OmdId(event.omd_id), BusinessId(business_id), payment_id)
    key = f"payment:{payment_id}/event:{event.position}"
    return new_job(SETTLE_PAYMENT, payment, key=key, delay=LOST_AFTER)


class _Payment(msgspec.Struct, frozen=True):
    payment_id: UUID


async def list_omd_ids(maintenance: Database) -> list[OmdId]:
    """Return the ids of every destination."""
    async with maintenance.reading(None) as tx:
        return [omd.id for omd in await list_omds(tx)]
