"""Ways back into the life of a stay: a check-out that is undone, a cancelled stay or a no-show confirmed again."""

from collections.abc import Callable
from datetime import date, datetime
from uuid import UUID

import msgspec

from omd.db import Transaction
from omd.features.reservations import queries
from omd.features.reservations.commands.book import require_room_of_type
from omd.features.reservations.commands.change_nights import Terms, exchange, require_held
from omd.features.reservations.commands.extend import extend
from omd.features.reservations.commands.reading import get_reservation, lock_row_for_step
from omd.features.reservations.model import EDGES, Action, CheckOutUndo, Reinstatement, Reservation
from omd.kernel.actor import Actor
from omd.kernel.dates import StayDates
from omd.kernel.errors import FieldProblem, InvalidInput
from omd.kernel.ids import BusinessId, RoomTypeId

_EVENTS: dict[Action, str] = {
    "undo_check_out": "reservation.check_out_undone",
    "reinstate": "reservation.reinstated",
}


async def undo_check_out(
    tx: Transaction,
    actor: Actor,
    reservation_id: UUID,
    wanted: CheckOutUndo,
    *,
    expected: Callable[[int], None],
    now: datetime,
) -> Reservation:
    """Take a check-out back on its day; the nights an early one gave back are held again, in the guest's room.

    Raises `NotFound`, `ActionRefused`, `InvalidInput` for a departure that leaves no night or takes one away, and as
    staying longer does where the nights or the room are sold.
    """
    row = await lock_row_for_step(tx, actor, reservation_id, "undo_check_out", now, until=wanted.departure)
    expected(row.version)
    departure = wanted.departure or row.planned_departure or row.departure
    if departure < row.departure or departure <= row.arrival:
        said = f"The stay arrived on {row.arrival} and left on {row.departure}; say a departure after both."
        raise InvalidInput(said, problems=(FieldProblem("/departure", "departure_too_early", said),))
    if departure > row.departure:
        nights = row.read_nights()
        last_room = nights[-1].room_id if nights else None
        last_type = RoomTypeId(nights[-1].room_type_id if nights else row.room_type_id)
        again = msgspec.structs.replace(row, status="in_house")
        allowance = _terms(row, StayDates(row.arrival, departure), None, wanted.override_reason)
        outcome = await extend(tx, actor, again, departure, last_room, last_type, allowance, now)
        await require_held(tx, actor, outcome, allowance.stay, await _type_name(tx, actor, row), last_room)
    await _write(tx, actor, row, "undo_check_out", row.arrival, departure, now)
    return await get_reservation(tx, actor, reservation_id, now)


async def reinstate(
    tx: Transaction,
    actor: Actor,
    reservation_id: UUID,
    wanted: Reinstatement,
    *,
    expected: Callable[[int], None],
    now: datetime,
) -> Reservation:
    """Confirm a stay again that was cancelled or did not come, for those of its nights that are not over.

    Raises `NotFound`, `ActionRefused`, and as `book` does where there is no room for it any more.
    """
    row = await lock_row_for_step(tx, actor, reservation_id, "reinstate", now)
    expected(row.version)
    stay = StayDates(max(row.arrival, row.business_date), row.departure)
    terms = _terms(row, stay, wanted.room_id, wanted.override_reason)
    if wanted.room_id is not None:
        business_id = BusinessId(row.business_id)
        await require_room_of_type(tx, actor, business_id, wanted.room_id, row.room_type_id, stay.arrival, now)
    outcome = await exchange(tx, actor, row, (), terms, stay, now)
    await require_held(tx, actor, outcome, stay, await _type_name(tx, actor, row), wanted.room_id)
    await _write(tx, actor, row, "reinstate", stay.arrival, stay.departure, now)
    return await get_reservation(tx, actor, reservation_id, now)


def _terms(row: queries.ReservationRow, stay: StayDates, room_id: int | None, override_reason: str | None) -> Terms:
    return Terms(
        stay=stay,
        room_type_id=row.room_type_id,
        held_type_id=row.room_type_id,
        names_type=False,
        room_id=room_id,
        room_locked=row.room_locked,
        room_lock_reason=None if (lock := row.read_room_lock()) is None else lock.reason,
        adults=row.adults,
        children=row.children,
        amount=row.amount,
        currency=row.currency,
        note=row.note,
        external_reference=row.external_reference,
        override_reason=override_reason,
    )


async def _type_name(tx: Transaction, actor: Actor, row: queries.ReservationRow) -> str:
    found = await queries.find_room_type(tx, actor.omd_id, row.business_id, row.room_type_id)
    assert found is not None, "a stay is of a type of its hotel"
    return found.name


async def _write(
    tx: Transaction,
    actor: Actor,
    row: queries.ReservationRow,
    action: Action,
    arrival: date,
    departure: date,
    now: datetime,
) -> None:
    await queries.reinstate(
        tx,
        omd_id=actor.omd_id,
        business_id=row.business_id,
        reservation_id=row.id,
        status=EDGES[action][1],
        arrival=arrival,
        departure=departure,
        event_type=_EVENTS[action],
        actor=actor.label,
        now=now,
    )
