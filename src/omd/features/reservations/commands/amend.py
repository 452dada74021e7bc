"""Changing a stay: its dates, type, room, party, price or words."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from omd.db import Transaction
from omd.features.availability import arrival_in_the_past
from omd.features.reservations import queries
from omd.features.reservations.commands.book import require_room_of_type, too_many_guests, unknown_type
from omd.features.reservations.commands.change_nights import Terms, hold_changed_nights
from omd.features.reservations.commands.reading import day_use_refused, get_reservation, lock_row_for_change, present
from omd.features.reservations.commands.room_rules import require_room_rules
from omd.features.reservations.commands.unassigned import place_unassigned
from omd.features.reservations.documents import Documents
from omd.features.reservations.errors import InHouseStayFixed, other_currency
from omd.features.reservations.guest_queries import list_documents
from omd.features.reservations.model import Amendment, Night, Reservation
from omd.features.reservations.room_locks import reason_without_lock
from omd.infra.keyring import Keyring
from omd.kernel.actor import Actor
from omd.kernel.dates import StayDates, parse_stay
from omd.kernel.errors import FieldProblem, InvalidInput
from omd.kernel.ids import BusinessId, RoomTypeId

_WORDS = ("guests", "note", "room_lock_reason")
"""What an event names and does not quote."""


async def amend(
    tx: Transaction,
    actor: Actor,
    reservation_id: UUID,
    change: Amendment,
    *,
    expected: Callable[[int], None],
    now: datetime,
    keyring: Keyring | None = None,
) -> Reservation:
    """Change a stay and return it; nothing changes when any part is refused, or when nothing is asked for.

    `expected` is called with the current version and raises when the caller read another. Raises as `book` does,
    `ActionRefused` for a closed stay, `RoomRulesBroken` for a room against the rules, and `InHouseStayFixed` for the
    arrival or type of an in-house one.
    """
    row = await lock_row_for_change(tx, actor, reservation_id, change, now)
    expected(row.version)
    if not _says_anything(change):
        return present(row, now)
    _require_time_kept(row, change)
    nights = row.read_nights()
    held_type_id = _held_type(row, nights, change)
    limits = await require_type(tx, actor, row, held_type_id)
    terms = _taken_in(row, change, held_type_id, limits.currency)
    _check(row, terms, limits)
    if row.day_use is not None:
        _require_priced(row, terms, limits.currency)
    if change.room_id is not msgspec.UNSET:
        business_id = BusinessId(row.business_id)
        await require_room_of_type(tx, actor, business_id, change.room_id, held_type_id, terms.stay.arrival, now)
        await _require_rules(tx, actor, row, nights, change.room_id, terms.stay, now)
    await hold_changed_nights(tx, actor, row, nights, terms, limits.name, now)
    guests = await _guests(tx, actor, row, change, keyring)
    await write_terms(tx, actor, row, terms, guests=guests, changes=_recorded(change, row, terms), now=now)
    changed = await get_reservation(tx, actor, reservation_id, now)
    if await place_into_left(tx, actor, row, nights, changed, now):
        # Room made for who waits may have moved this stay too.
        changed = await get_reservation(tx, actor, reservation_id, now)
    return changed


async def write_terms(
    tx: Transaction,
    actor: Actor,
    row: queries.ReservationRow,
    terms: Terms,
    *,
    guests: str | None,
    changes: str,
    now: datetime,
) -> None:
    """Write the terms of a stay, its guests where they are given as rows, and the event with what changed, as JSON."""
    await queries.amend_reservation(
        tx,
        omd_id=actor.omd_id,
        business_id=row.business_id,
        reservation_id=row.id,
        room_type_id=terms.room_type_id,
        arrival=terms.stay.arrival,
        departure=terms.stay.departure,
        adults=terms.adults,
        children=terms.children,
        room_locked=terms.room_locked,
        room_lock_reason=terms.room_lock_reason,
        amount=terms.amount,
        currency=terms.currency,
        note=terms.note,
        external_reference=terms.external_reference,
        agrees=terms.agrees,
        guests=guests,
        changes=changes,
        actor=actor.label,
        now=now,
    )


def _says_anything(change: Amendment) -> bool:
    """Say whether a change names a field; an override alone has nothing to override."""
    fields = msgspec.structs.asdict(change)
    return any(value is not msgspec.UNSET for name, value in fields.items() if name != "override_reason")


async def place_into_left(
    tx: Transaction,
    actor: Actor,
    row: queries.ReservationRow,
    before: Sequence[Night],
    changed: Reservation,
    now: datetime,
) -> int:
    """Let waiting stays have what a stay gave back, or holds in another room now; return how many runs got a room."""
    kept = {(night.date, night.room_type_id, night.room_id) for night in changed.nights}
    left = [night for night in before if (night.date, night.room_type_id, night.room_id) not in kept]
    placed = 0
    for room_type_id in sorted({night.room_type_id for night in left}):
        dates = [night.date for night in left if night.room_type_id == room_type_id]
        placed += await place_unassigned(
            tx,
            actor,
            BusinessId(row.business_id),
            RoomTypeId(room_type_id),
            StayDates(min(dates), max(dates) + timedelta(days=1)),
            business_date=row.business_date,
            now=now,
        )
    return placed


def _held_type(row: queries.ReservationRow, nights: Sequence[Night], change: Amendment) -> int:
    """Return the type asked for, else the one in which the stay goes on, else the type sold."""
    if change.room_type_id is not msgspec.UNSET:
        return change.room_type_id
    return nights[-1].room_type_id if nights else row.room_type_id


async def _guests(
    tx: Transaction, actor: Actor, row: queries.ReservationRow, change: Amendment, keyring: Keyring | None
) -> str | None:
    """Return the new guests as rows, None when they stay; a masked number stands for the one that is kept."""
    if change.guests is msgspec.UNSET:
        return None
    stored = await list_documents(tx, actor.omd_id, row.business_id, row.id)
    return Documents(keyring, actor.omd_id, row.business_id).rows(change.guests, stored)


async def require_type(
    tx: Transaction, actor: Actor, row: queries.ReservationRow, room_type_id: int
) -> queries.PartyLimits:
    """Return what a room type of the stay's hotel takes, or raise `RoomTypeUnknown`."""
    limits = await queries.find_room_type(tx, actor.omd_id, row.business_id, room_type_id)
    if limits is None:
        raise unknown_type(room_type_id)
    return limits


def _taken_in(row: queries.ReservationRow, change: Amendment, held_type_id: int, hotel_currency: str) -> Terms:
    unset = msgspec.UNSET
    arrival = row.arrival if change.arrival is unset else change.arrival
    departure = row.departure if change.departure is unset else change.departure
    room_type_id = row.room_type_id if change.room_type_id is unset else change.room_type_id
    room_locked = row.room_locked if change.room_locked is unset else change.room_locked
    amount, currency = row.amount, row.currency
    if change.price is None:
        amount, currency = None, None
    elif change.price is not unset:
        amount, currency = change.price.value, change.price.currency or row.currency or hotel_currency
    return Terms(
        stay=StayDates(arrival, departure) if row.day_use is not None else parse_stay(arrival, departure),
        room_type_id=room_type_id,
        held_type_id=held_type_id,
        names_type=change.room_type_id is not unset,
        room_id=None if change.room_id is unset else change.room_id,
        room_locked=room_locked,
        room_lock_reason=_lock_reason(row, change, room_locked=room_locked),
        adults=row.adults if change.adults is unset else change.adults,
        children=row.children if change.children is unset else change.children,
        amount=amount,
        currency=currency,
        note=row.note if change.note is unset else change.note,
        external_reference=(
            row.external_reference if change.external_reference is unset else change.external_reference
        ),
        override_reason=change.override_reason,
        agrees=change.price is not unset,
    )


async def _require_rules(
    tx: Transaction,
    actor: Actor,
    row: queries.ReservationRow,
    nights: Sequence[Night],
    room_id: int,
    stay: StayDates,
    now: datetime,
) -> None:
    """Raise `RoomRulesBroken` for a room that the stay does not have yet and that breaks rules."""
    ahead = max(stay.arrival, row.business_date)
    if ahead < stay.departure and {night.room_id for night in nights if night.date >= ahead} != {room_id}:
        await require_room_rules(tx, actor, row, room_id, StayDates(ahead, stay.departure), None, now)


def _lock_reason(row: queries.ReservationRow, change: Amendment, *, room_locked: bool) -> str | None:
    """Return why the room is locked from now on; raise `InvalidInput` for a reason without a lock."""
    said = change.room_lock_reason
    if not room_locked:
        if said is msgspec.UNSET or said is None:
            return None
        raise reason_without_lock()
    if said is not msgspec.UNSET:
        return said
    lock = row.read_room_lock()
    return None if lock is None else lock.reason


def _require_time_kept(row: queries.ReservationRow, change: Amendment) -> None:
    fixed = (
        *(change.arrival, change.departure, change.room_type_id, change.room_id),
        *(change.room_locked, change.room_lock_reason),
    )
    if row.day_use is not None and any(each is not msgspec.UNSET for each in fixed):
        said = "A day use keeps its room and its time; cancel it and book another. Guests, price and words can change."
        raise day_use_refused("amend", row.status, said)


def _require_priced(row: queries.ReservationRow, terms: Terms, hotel_currency: str) -> None:
    if (terms.amount, terms.currency) == (row.amount, row.currency):
        return
    if terms.amount is None:
        said = "A day use keeps a price, by which it is charged; say another, 0 where it is for nothing."
        raise InvalidInput(said, problems=(FieldProblem("/price", "price_needed", said),))
    if terms.currency != hotel_currency:
        raise other_currency(hotel_currency)


def _check(row: queries.ReservationRow, terms: Terms, limits: queries.PartyLimits) -> None:
    party_changes = (terms.adults, terms.children, terms.room_type_id) != (row.adults, row.children, row.room_type_id)
    if party_changes and (terms.adults > limits.max_adults or terms.adults + terms.children > limits.max_occupancy):
        raise too_many_guests(limits.name, limits.max_adults, limits.max_occupancy)
    if row.status == "in_house":
        fixed = [
            FieldProblem(f"/{name}", "in_house_stay_fixed", f"The {words} of a guest in the house does not change.")
            for name, words, changed in (
                ("arrival", "arrival", terms.stay.arrival != row.arrival),
                ("room_type_id", "room type", terms.room_type_id != row.room_type_id),
            )
            if changed
        ]
        earliest = max(row.business_date, row.arrival + timedelta(days=1))
        if terms.stay.departure != row.departure and terms.stay.departure < earliest:
            said = f"The nights before the business date {row.business_date} are spent; depart then or later."
            fixed.append(FieldProblem("/departure", "in_house_stay_fixed", said))
        if fixed:
            raise InHouseStayFixed(" ".join(problem.detail for problem in fixed), problems=tuple(fixed))
    elif terms.stay.arrival != row.arrival and terms.stay.arrival < row.business_date:
        raise arrival_in_the_past(terms.stay.arrival, row.business_date)


def _recorded(change: Amendment, row: queries.ReservationRow, terms: Terms) -> str:
    """Return what the event says of a change: every field but names and words, and all nights it may touch."""
    fields = {
        name: value
        for name, value in msgspec.structs.asdict(change).items()
        if value is not msgspec.UNSET and name not in _WORDS
    }
    if change.override_reason is None:
        fields.pop("override_reason", None)
    changed = [n for n in _WORDS if getattr(change, n) is not msgspec.UNSET]
    if {"arrival", "departure", "room_type_id", "room_id"} & fields.keys():
        fields |= {"arrival": terms.stay.arrival, "departure": terms.stay.departure}
        fields |= {"was_arrival": row.arrival, "was_departure": row.departure}
    return msgspec.json.encode({**fields, "also_changed": changed}).decode()
