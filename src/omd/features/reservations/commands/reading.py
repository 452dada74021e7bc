"""A stay as it stands now, for the command that is about to change it and for its answer."""

from datetime import date, datetime
from uuid import UUID

import msgspec

from omd.db import ReadTransaction, Transaction
from omd.features.reservations import queries
from omd.features.reservations.errors import ActionRefused
from omd.features.reservations.model import (
    Action,
    Amendment,
    Reservation,
    Standing,
    action_rules,
    is_over,
    refusal,
)
from omd.kernel.actor import Actor
from omd.kernel.dates import StayDates, parse_stay
from omd.kernel.errors import NotFound
from omd.kernel.money import Money


def standing_of(row: queries.ReservationRow, now: datetime) -> Standing:
    """Return what the rules of a stay's life look at."""
    by_day = row.read_day_use()
    return Standing(
        status=row.status,
        stay=StayDates(row.arrival, row.departure),
        business_date=row.business_date,
        checked_in_on=row.checked_in_on,
        checked_out_on=row.checked_out_on,
        hold_is_over=is_over(row.hold_until, now),
        day_use=by_day is not None,
        day_use_over=by_day is not None and by_day.ends_at <= now,
        nights_without_room=sum(night.room_id is None for night in row.read_nights()),
    )


def present(row: queries.ReservationRow, now: datetime) -> Reservation:
    """Return the stay as screens and programs see it."""
    return Reservation(
        id=row.id,
        code=row.code,
        business_id=row.business_id,
        room_type_id=row.room_type_id,
        arrival=row.arrival,
        departure=row.departure,
        adults=row.adults,
        children=row.children,
        status=row.status,  # type: ignore[arg-type]  # a check constraint holds the statuses
        room_locked=row.room_locked,
        room_lock=row.read_room_lock(),
        price=None if row.amount is None or row.currency is None else Money(row.amount, row.currency),
        note=row.note,
        external_reference=row.external_reference,
        version=row.version,
        booked_at=row.booked_at,
        booked_by=row.booked_by,
        checked_in_at=row.checked_in_at,
        checked_out_at=row.checked_out_at,
        cancelled_at=row.cancelled_at,
        cancellation_reason=row.cancellation_reason,
        no_show_at=row.no_show_at,
        hold_until=row.hold_until,
        guests=row.read_guests(),
        nights=row.read_nights(),
        # Whether a step takes the stay into that room, the step itself knows: only the list goes by this.
        actions=action_rules(
            msgspec.structs.replace(standing_of(row, now), occupant=row.read_occupant(), unready=row.read_unready())
        ),
        day_use=row.read_day_use(),
    )


async def get_reservation(tx: ReadTransaction, actor: Actor, reservation_id: UUID, now: datetime) -> Reservation:
    """Return a stay as screens and programs see it; raise `NotFound` when it is absent or another hotel's."""
    return present(await read_row(tx, actor, reservation_id, now), now)


async def read_row(tx: ReadTransaction, actor: Actor, reservation_id: UUID, now: datetime) -> queries.ReservationRow:
    """Return a stay as the database holds it; raise `NotFound` when it is absent or another hotel's."""
    key = await queries.find_stay_key(tx, actor, reservation_id)
    return await _at(tx, actor, key, reservation_id, now)


async def _at(
    tx: ReadTransaction, actor: Actor, key: queries.StayKey | None, reservation_id: UUID, now: datetime
) -> queries.ReservationRow:
    row = None if key is None else await queries.find_reservation(tx, actor.omd_id, key, reservation_id, now)
    if row is None:
        raise NotFound(f"There is no reservation {reservation_id}.")
    return row


async def lock_row_for_change(
    tx: Transaction, actor: Actor, reservation_id: UUID, change: Amendment, now: datetime
) -> queries.ReservationRow:
    """Lock a stay for a change of its terms and return it; where its nights may change, their counters first.

    Raises `NotFound`, `InvalidInput` for dates that are no stay, or `ActionRefused` for a closed stay.
    """
    unset = msgspec.UNSET
    if unset is change.arrival is change.departure is change.room_type_id is change.room_id:
        key = await queries.lock_stay_key(tx, actor, reservation_id)
    else:
        if change.arrival is not unset and change.departure is not unset:
            parse_stay(change.arrival, change.departure)
        key = await queries.lock_for_change(
            tx,
            actor,
            reservation_id,
            room_type_id=None if change.room_type_id is unset else change.room_type_id,
            arrival=None if change.arrival is unset else change.arrival,
            departure=None if change.departure is unset else change.departure,
            now=now,
        )
    row = await _at(tx, actor, key, reservation_id, now)
    require_allowed("amend", standing_of(row, now))
    return row


async def lock_row_for_step(
    tx: Transaction,
    actor: Actor,
    reservation_id: UUID,
    action: Action,
    now: datetime,
    *,
    until: date | None = None,
    room_type_id: int | None = None,
) -> queries.ReservationRow:
    """Lock a stay that is to hold nights again, after their counters, and return it.

    `until` is its new departure where that is known, `room_type_id` the type of which it is to hold them, where that
    is another. Raises `NotFound`, or `ActionRefused` when the step is refused.
    """
    key = await queries.lock_for_change(
        tx, actor, reservation_id, room_type_id=room_type_id, arrival=None, departure=until, now=now
    )
    row = await _at(tx, actor, key, reservation_id, now)
    require_allowed(action, standing_of(row, now))
    return row


async def lock_row(
    tx: Transaction, actor: Actor, reservation_id: UUID, action: Action, now: datetime
) -> queries.ReservationRow:
    """Lock a stay that keeps its nights and return it; raise `NotFound`, or `ActionRefused` for a step refused."""
    key = await queries.lock_stay_key(tx, actor, reservation_id)
    row = await _at(tx, actor, key, reservation_id, now)
    require_allowed(action, standing_of(row, now))
    return row


def day_use_refused(action: Action, status: str, said: str) -> ActionRefused:
    """Return the refusal of what a stay without a night does not do; the sentence says what to do instead."""
    return ActionRefused(said, data={"action": action, "reason_code": "day_use", "status": status})


def require_allowed(action: Action, standing: Standing) -> None:
    """Raise `ActionRefused` with the rule's own code when the step is not allowed now."""
    refused = refusal(action, standing)
    if refused is not None:
        code, reason = refused
        raise ActionRefused(reason, data={"action": action, "reason_code": code, "status": standing.status})
