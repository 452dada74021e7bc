"""Waiting: put on the list, changed, taken off, promoted to stays, told when nights come free, closed in the end."""

from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID

from omd.db import Database, ReadTransaction, Transaction
from omd.features.availability import arrival_in_the_past
from omd.features.inventory import get_business
from omd.features.reservations.bookings.commands import book_offers
from omd.features.reservations.bookings.model import NewBooking, OfferTaken
from omd.features.reservations.commands.book import hold, too_many_guests
from omd.features.reservations.model import NewReservation
from omd.features.reservations.queries import find_business_date
from omd.features.reservations.waiting_list import queries
from omd.features.reservations.waiting_list.errors import NobodyWaits, PromotionDoesNotFit
from omd.features.reservations.waiting_list.model import (
    NewTurnaway,
    Promotion,
    Removal,
    ServableEntry,
    Turnaway,
    WaitingEntry,
    WaitingWish,
    misfits,
    wants,
)
from omd.features.reservations.waiting_list.queries import Queue
from omd.infra.keyring import Keyring
from omd.kernel.dates import StayDates, parse_stay
from omd.kernel.errors import FieldProblem, InvalidInput, NotFound

MOST_TOLD = 500
"""Entries of a hotel that are told at once that they could be served: those to be served first."""

VersionCheck = Callable[[int], None]


async def add_entry(tx: Transaction, queue: Queue, wish: WaitingWish, now: datetime) -> WaitingEntry:
    """Put somebody on the waiting list and return the entry; whether there is room now is not looked at.

    Raises `InvalidInput` for dates, type or plan, `ArrivalInThePast`, and `TooManyGuests` where no wanted type takes
    the party.
    """
    await _require_sensible(tx, queue, wish, now)
    return await get_entry(tx, queue, await queries.add_entry(tx, queue, wish, now))


async def change_entry(
    tx: Transaction, queue: Queue, entry_id: UUID, wish: WaitingWish, *, expected: VersionCheck, now: datetime
) -> WaitingEntry:
    """Write anew what an entry waits for, and return it; it keeps its place among those of its priority.

    Raises as `add_entry` does, `NotFound`, `StaleVersion`, and `NobodyWaits` for a closed entry.
    """
    await _lock_waiting(tx, queue, entry_id, expected)
    await _require_sensible(tx, queue, wish, now)
    await queries.change_entry(tx, queue, entry_id, wish, now)
    return await get_entry(tx, queue, entry_id)


async def remove_entry(
    tx: Transaction, queue: Queue, entry_id: UUID, removal: Removal, *, expected: VersionCheck, now: datetime
) -> WaitingEntry:
    """Take an entry off the list and return it; raise `NotFound`, `StaleVersion`, or `NobodyWaits` for a closed one."""
    await _lock_waiting(tx, queue, entry_id, expected)
    await queries.close_entry(tx, queue, entry_id, "removed", now, reason=removal.reason)
    return await get_entry(tx, queue, entry_id)


async def promote_entry(
    tx: Transaction,
    queue: Queue,
    entry_id: UUID,
    promotion: Promotion,
    *,
    expected: VersionCheck,
    now: datetime,
    keyring: Keyring,
) -> WaitingEntry:
    """Book what an entry waits for, a stay a room and all or none, and return the entry with its stays.

    Whether there is room is asked by the booking itself. Raises `NotFound`, `StaleVersion`, `NobodyWaits` for an entry
    that is closed or counts no more, `PromotionDoesNotFit`, and as `book` and `book_offers` do: `SoldOut` above all.
    """
    entry = await _lock_waiting(tx, queue, entry_id, expected)
    today = await find_business_date(tx, queue.actor.omd_id, queue.business_id, now)
    if entry.counts_until < today:
        raise NobodyWaits(
            f"The entry counted until {entry.counts_until}, the business date is {today}. Change it to count on.",
            data={"status": entry.status, "reservation_ids": []},
        )
    if promotion.offers:
        stays = await _book_offers(tx, queue, entry, promotion, now, keyring)
    else:
        stays = await _book_rooms(tx, queue, entry, promotion, now, keyring)
    await queries.close_entry(tx, queue, entry_id, "promoted", now)
    await queries.add_stays(tx, queue, entry_id, stays)
    return await get_entry(tx, queue, entry_id)


async def get_entry(tx: ReadTransaction, queue: Queue, entry_id: UUID) -> WaitingEntry:
    """Return an entry, closed or not; raise `NotFound`."""
    found = await queries.find_entry(tx, queue, entry_id)
    if found is None:
        raise NotFound(f"There is no entry {entry_id} of the waiting list.")
    return found


async def list_servable(tx: ReadTransaction, queue: Queue, now: datetime, *, page_size: int) -> list[ServableEntry]:
    """Return the entries for all of whose nights some wanted type has room now, those to be served first first.

    Each is looked at by itself: the last room serves one of them.
    """
    today = await find_business_date(tx, queue.actor.omd_id, queue.business_id, now)
    span = await queries.find_span(tx, queue, today)
    if span.starts_on is None or span.ends_on is None:
        return []
    nights = StayDates(span.starts_on, span.ends_on)
    return await queries.list_servable(tx, queue, nights, today, page_size=page_size)


async def keep_list(
    db: Database, queue: Queue, *, now: datetime, freed: StayDates | None = None, freed_at: datetime | None = None
) -> int:
    """Close the entries that count no more, and tell of those that nights which became free would serve; how many.

    Before that, who was promoted to holds all of which lapsed waits again, where the entry still counts.

    Told is of entries that wait for a night of `freed`, None for any, once for what freed them at `freed_at`; without
    that instant, of entries of which nothing was told yet.
    """

    async def work(tx: Transaction) -> int:
        today = await find_business_date(tx, queue.actor.omd_id, queue.business_id, now)
        await queries.expire_entries(tx, queue, today, now)
        await queries.return_entries(tx, queue, today, now)
        servable = await list_servable(tx, queue, now, page_size=MOST_TOLD)
        ids = [each.id for each in servable if _is_news(each, freed, freed_at)]
        return await queries.tell_entries(tx, queue, ids, freed_at=freed_at or now, now=now) if ids else 0

    return await db.write(queue.actor, work)


async def record_turnaway(tx: Transaction, queue: Queue, turnaway: NewTurnaway, now: datetime) -> Turnaway:
    """Put on record that somebody was turned away, and return it; raise `InvalidInput` for dates or type."""
    parse_stay(turnaway.arrival, turnaway.departure)
    today = await find_business_date(tx, queue.actor.omd_id, queue.business_id, now)
    return await queries.add_turnaway(tx, queue, turnaway, today, now)


def _is_news(entry: ServableEntry, freed: StayDates | None, freed_at: datetime | None) -> bool:
    if freed_at is None:
        return entry.told_at is None
    return freed is None or freed.overlaps(StayDates(entry.arrival, entry.departure))


async def _lock_waiting(tx: Transaction, queue: Queue, entry_id: UUID, expected: VersionCheck) -> WaitingEntry:
    """Lock an entry and return it; raise `NotFound`, `StaleVersion`, or `NobodyWaits` for a closed one."""
    await queries.lock_entries(tx, queue, [entry_id])
    entry = await get_entry(tx, queue, entry_id)
    if entry.status != "waiting":
        raise NobodyWaits(
            f"The entry of the waiting list is {entry.status}. Put the guest on the list anew, or book.",
            data={"status": entry.status, "reservation_ids": entry.reservation_ids},
        )
    expected(entry.version)
    return entry


async def _require_sensible(tx: ReadTransaction, queue: Queue, wish: WaitingWish, now: datetime) -> None:
    parse_stay(wish.arrival, wish.departure)
    today = await find_business_date(tx, queue.actor.omd_id, queue.business_id, now)
    if wish.arrival < today:
        raise arrival_in_the_past(wish.arrival, today)
    if wish.counts_until is not None and not today <= wish.counts_until <= wish.arrival:
        said = f"An entry counts until a date from {today}, the business date, to its arrival on {wish.arrival}."
        raise InvalidInput(said, problems=(FieldProblem("/counts_until", "counts_at_no_time", said),))
    known = await queries.list_wanted_types(tx, queue)
    wanted = [each for each in known if not wish.room_type_ids or each.id in wish.room_type_ids]
    # What is no type of the hotel is refused by the table itself.
    if wanted and not any(each.takes(wish) for each in wanted):
        largest = max(wanted, key=lambda each: each.max_occupancy)
        raise too_many_guests(largest.name, largest.max_adults, largest.max_occupancy)


async def _book_rooms(
    tx: Transaction, queue: Queue, entry: WaitingEntry, promotion: Promotion, now: datetime, keyring: Keyring
) -> Sequence[UUID]:
    assert promotion.room_type_id is not None, "without offers a type is named"
    if entry.rate_plan_id is not None:
        said = f"The entry waits for rate plan {entry.rate_plan_id}. Take offers of that plan, or change it first."
        raise PromotionDoesNotFit(said, problems=(FieldProblem("/room_type_id", "does_not_fit", said),))
    if not wants(entry, promotion.room_type_id):
        said = f"The entry does not wait for room type {promotion.room_type_id}. Change it first, or take another."
        raise PromotionDoesNotFit(said, problems=(FieldProblem("/room_type_id", "does_not_fit", said),))
    await _require_affordable(tx, queue, entry, promotion)
    stay = NewReservation(
        room_type_id=promotion.room_type_id,
        arrival=entry.arrival,
        departure=entry.departure,
        guests=promotion.guests or [entry.guest()],
        adults=entry.adults,
        children=entry.children,
        price=promotion.price,
        note=entry.note,
        override_reason=promotion.override_reason,
        hold_until=promotion.hold_until,
    )
    booked = [
        await hold(tx, queue.actor, queue.business_id, stay, now=now, keyring=keyring) for _ in range(entry.rooms)
    ]
    return [each.reservation_id for each in booked]


async def _require_affordable(tx: ReadTransaction, queue: Queue, entry: WaitingEntry, promotion: Promotion) -> None:
    if promotion.price is None or entry.highest_price is None:
        return
    currency = await _find_currency(tx, queue)
    if promotion.price.value <= entry.highest_price and promotion.price.currency in (None, currency):
        return
    said = f"The entry waits for a room at {entry.highest_price} {currency} at most. Change it first, or ask for less."
    raise PromotionDoesNotFit(said, problems=(FieldProblem("/price", "does_not_fit", said),))


async def _find_currency(tx: ReadTransaction, queue: Queue) -> str:
    business = await get_business(tx, queue.actor.omd_id, queue.business_id)
    assert business is not None, "the hotel of a waiting list is there"
    return business.currency


async def _book_offers(
    tx: Transaction, queue: Queue, entry: WaitingEntry, promotion: Promotion, now: datetime, keyring: Keyring
) -> Sequence[UUID]:
    if len(promotion.offers) != entry.rooms:
        said = f"The entry waits for {entry.rooms} room(s); take as many offers, one a room."
        raise PromotionDoesNotFit(said, problems=(FieldProblem("/offers", "does_not_fit", said),))
    guests = promotion.guests or [entry.guest()]
    taken = [OfferTaken(each, guests, note=entry.note) for each in promotion.offers]
    booking = await book_offers(
        *(tx, queue.actor, queue.business_id, NewBooking(taken, promotion.hold_until)), now=now, keyring=keyring
    )
    problems = tuple(misfits(entry, booking, await _find_currency(tx, queue)))
    if problems:
        said = " ".join(each.detail for each in problems)
        raise PromotionDoesNotFit(f"{said} Change the entry first, or take other offers.", problems=problems)
    return [each.stay.id for each in booking.stays]
