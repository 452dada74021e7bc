"""The steps of a stay's life that keep its terms: check-in, check-out, cancellation, no-show."""

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

import msgspec

from omd.db import Transaction
from omd.features.reservations import queries
from omd.features.reservations.commands.reading import get_reservation, require_allowed
from omd.features.reservations.commands.unassigned import place_unassigned
from omd.features.reservations.fees.model import EndedStay
from omd.features.reservations.fees.reckoning import find_fees
from omd.features.reservations.model import EDGES, Action, Reservation, Standing, is_over
from omd.kernel.actor import Actor
from omd.kernel.dates import StayDates
from omd.kernel.errors import NotFound
from omd.kernel.ids import BusinessId, RoomTypeId

VersionCheck = Callable[[int], None]
_EVENTS: dict[Action, str] = {
    "confirm": "reservation.confirmed",
    "check_in": "reservation.checked_in",
    "undo_check_in": "reservation.check_in_undone",
    "check_out": "reservation.checked_out",
    "cancel": "reservation.cancelled",
    "mark_no_show": "reservation.no_show_marked",
}

_FREES: dict[Action, queries.Frees] = {
    "cancel": "everything",
    "mark_no_show": "everything",
    "check_out": "what lies ahead",
}


def any_version(_version: int) -> None:
    """Accept whatever version the stay has."""


async def confirm(
    tx: Transaction, actor: Actor, reservation_id: UUID, *, now: datetime, expected: VersionCheck = any_version
) -> Reservation:
    """Confirm a stay that is held. Raises `NotFound`, or `ActionRefused` when its hold is over."""
    await step(tx, actor, reservation_id, "confirm", now=now, expected=expected)
    return await get_reservation(tx, actor, reservation_id, now)


async def check_in(
    tx: Transaction,
    actor: Actor,
    reservation_id: UUID,
    *,
    now: datetime,
    expected: VersionCheck = any_version,
    reason: str | None = None,
) -> Reservation:
    """Take the guest in, for a `reason` also into a room that is not in the condition that the hotel asks for.

    Raises `NotFound`, or `ActionRefused` before arrival or without a room for every night.
    """
    await step(tx, actor, reservation_id, "check_in", now=now, expected=expected, reason=reason)
    return await get_reservation(tx, actor, reservation_id, now)


async def undo_check_in(
    tx: Transaction, actor: Actor, reservation_id: UUID, *, now: datetime, expected: VersionCheck = any_version
) -> Reservation:
    """Take a mistaken check-in back. Raises `NotFound` or `ActionRefused`."""
    await step(tx, actor, reservation_id, "undo_check_in", now=now, expected=expected)
    return await get_reservation(tx, actor, reservation_id, now)


async def check_out(
    tx: Transaction, actor: Actor, reservation_id: UUID, *, now: datetime, expected: VersionCheck = any_version
) -> Reservation:
    """See the guest off; the nights from the business date on return to stock, on the day of arrival all of them."""
    await step(tx, actor, reservation_id, "check_out", now=now, expected=expected)
    return await get_reservation(tx, actor, reservation_id, now)


async def cancel(
    tx: Transaction,
    actor: Actor,
    reservation_id: UUID,
    *,
    reason: str | None,
    now: datetime,
    expected: VersionCheck = any_version,
) -> EndedStay:
    """Cancel a stay that has not begun; all its nights return to stock. Raises `NotFound` or `ActionRefused`."""
    await step(tx, actor, reservation_id, "cancel", now=now, expected=expected, reason=reason)
    return await _ended(tx, actor, reservation_id, now)


async def mark_no_show(
    tx: Transaction, actor: Actor, reservation_id: UUID, *, now: datetime, expected: VersionCheck = any_version
) -> EndedStay:
    """Record that the guest did not come, from the arrival date on; all nights return to stock."""
    await step(tx, actor, reservation_id, "mark_no_show", now=now, expected=expected)
    return await _ended(tx, actor, reservation_id, now)


async def _ended(tx: Transaction, actor: Actor, reservation_id: UUID, now: datetime) -> EndedStay:
    stay = await get_reservation(tx, actor, reservation_id, now)
    return EndedStay(**msgspec.structs.asdict(stay), fees=await find_fees(tx, actor, reservation_id, now))


async def step(
    tx: Transaction,
    actor: Actor,
    reservation_id: UUID,
    action: Action,
    *,
    now: datetime,
    expected: VersionCheck = any_version,
    reason: str | None = None,
) -> None:
    """Take a stay over one edge of the state table, give back the nights it frees, and let waiting stays have them."""
    freed = await take_step(tx, actor, reservation_id, action, now=now, expected=expected, reason=reason)
    if freed is not None:
        await place_into(tx, actor, freed, now=now)


class Freed(msgspec.Struct, frozen=True):
    """Nights that a step gave back, their types, and the business date of their hotel."""

    business_id: BusinessId
    room_type_ids: Sequence[RoomTypeId]
    nights: StayDates
    business_date: date


async def place_into(tx: Transaction, actor: Actor, freed: Freed, *, now: datetime) -> int:
    """Let waiting stays have the nights that a step gave back; return how many runs of nights got a room."""
    placed = 0
    for room_type_id in freed.room_type_ids:
        placed += await place_unassigned(
            tx, actor, freed.business_id, room_type_id, freed.nights, business_date=freed.business_date, now=now
        )
    return placed


async def take_step(
    tx: Transaction,
    actor: Actor,
    reservation_id: UUID,
    action: Action,
    *,
    now: datetime,
    expected: VersionCheck = any_version,
    reason: str | None = None,
) -> Freed | None:
    """Take a stay over one edge of the state table and return the nights it gave back, which are nobody's yet."""
    row = await queries.lock_standing(tx, actor, reservation_id, _FREES.get(action, "nothing"), now)
    if row is None:
        raise NotFound(f"There is no reservation {reservation_id}.")
    stay = StayDates(row.arrival, row.departure)
    at = Standing(
        row.status,
        stay,
        row.business_date,
        row.nights_without_room,
        row.checked_in_on,
        hold_is_over=is_over(row.hold_until, now),
        day_use=row.day_use,
        day_use_over=is_over(row.day_use_ends_at, now),
    )
    require_allowed(action, at)
    expected(row.version)
    release_from, departure = _freed(row, action)
    await queries.end_or_enter(
        tx,
        omd_id=actor.omd_id,
        business_id=row.business_id,
        reservation_id=reservation_id,
        held_until=row.departure,
        status=EDGES[action][1],
        release_from=release_from,
        departure=departure,
        reason=reason,
        event_type=_EVENTS[action],
        actor=actor.label,
        now=now,
    )
    if release_from is not None:
        freed = StayDates(max(row.arrival, release_from), row.departure)
    elif action == "check_out":
        # Somebody in the house may have waited for the room that is empty from now on, whose night is free.
        freed = StayDates(row.business_date, row.business_date + timedelta(days=1))
    else:
        return None
    types = sorted(RoomTypeId(each) for each in row.held_type_ids or ())
    return Freed(BusinessId(row.business_id), types, freed, row.business_date)


def _freed(row: queries.StandingRow, action: Action) -> tuple[date | None, date | None]:
    """Return from which date on nights are given back, and the departure that follows from it."""
    if action in ("cancel", "mark_no_show"):
        return row.arrival, None
    if action == "check_out" and row.business_date < row.departure:
        left_on = max(row.business_date, row.arrival)
        return left_on, left_on
    return None, None
