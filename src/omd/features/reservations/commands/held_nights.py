"""Making nights ready to be held back: what is sold is counted, forced or named, and who is in the room is moved."""

from collections.abc import Sequence
from datetime import date, datetime

import msgspec

from omd.db import Transaction
from omd.features.availability import (
    HeldBeyondRooms,
    HoldBackOverlaps,
    Horizon,
    find_hold_back_of_room,
    find_least_not_held,
    force_nights,
    list_nights_out_of_order,
    list_nights_short,
    lock_type_nights,
    more_is_sold,
)
from omd.features.reservations import queries
from omd.features.reservations.commands.give_rooms import nights_between
from omd.features.reservations.commands.maintenance import Clearing, StayHit, clear_room
from omd.kernel.actor import Actor
from omd.kernel.dates import StayDates
from omd.kernel.ids import BusinessId, RoomTypeId


class Place(msgspec.Struct, frozen=True):
    """What is held back: rooms of a type, or one of them."""

    business_id: BusinessId
    room_type_id: RoomTypeId
    room: queries.RoomOfType | None
    business_date: date
    horizon: Horizon


def _opened(dates: StayDates, horizon: Horizon) -> StayDates:
    return StayDates(max(dates.arrival, horizon.starts_on), min(dates.departure, horizon.ends_on))


async def lock_nights(tx: Transaction, actor: Actor, place: Place, dates: StayDates) -> None:
    """Lock the counters of the nights, and, for a certain room, of those on which a stay that leaves it may sleep."""
    until = place.horizon.ends_on if place.room is not None else dates.departure
    await lock_type_nights(
        *(tx, actor.omd_id, place.business_id, [place.room_type_id]), starts_on=dates.arrival, ends_on=until
    )


async def take_nights(
    tx: Transaction,
    actor: Actor,
    place: Place,
    grown: Sequence[tuple[StayDates, int]],
    wanted: Clearing,
    now: datetime,
    *,
    but_id: int | None,
) -> tuple[list[date], tuple[StayHit, ...]]:
    """Make nights ready to be held back: return those that are forced, and what became of the stays in the room."""
    forced: list[date] = []
    stays: list[StayHit] = []
    for dates, rooms in grown:
        nights = _opened(dates, place.horizon)
        if nights.nights < 1:
            continue
        away: Sequence[date] = ()
        if place.room is not None:
            await _require_no_other(tx, actor, place, place.room, dates, but_id)
            away = await list_nights_out_of_order(tx, actor.omd_id, place.business_id, place.room.id, nights)
        await _require_rooms(tx, actor, place, nights, rooms)
        # On nights on which the room is out of order it is off sale already.
        for run in nights_between(nights, away):
            forced += await _force(tx, actor, place, run, rooms, wanted)
            stays += await _clear(tx, actor, place, run, wanted, now)
            short = await list_nights_short(tx, actor.omd_id, place.business_id, place.room_type_id, run, rooms=rooms)
            if short:
                raise more_is_sold(short)
    return forced, tuple(stays)


async def _force(
    tx: Transaction, actor: Actor, place: Place, run: StayDates, rooms: int, wanted: Clearing
) -> list[date]:
    if wanted.override_reason is None:
        return []
    return await force_nights(
        *(tx, actor.omd_id, place.business_id, place.room_type_id),
        starts_on=run.arrival,
        ends_on=run.departure,
        rooms=rooms,
    )


async def _clear(
    tx: Transaction, actor: Actor, place: Place, run: StayDates, wanted: Clearing, now: datetime
) -> tuple[StayHit, ...]:
    if place.room is None:
        return ()
    hit = await queries.list_stays_in_room(
        tx, actor.omd_id, place.business_id, place.room.id, run.arrival, run.departure
    )
    return await clear_room(tx, actor, place.business_id, wanted, place.room, run, hit, now, "room_held_back")


async def _require_rooms(tx: Transaction, actor: Actor, place: Place, nights: StayDates, rooms: int) -> None:
    left = await find_least_not_held(tx, actor.omd_id, place.business_id, place.room_type_id, nights)
    if left is not None and left < rooms:
        raise HeldBeyondRooms(
            f"On some night from {nights.arrival} to {nights.departure} the type has {max(0, left)} rooms that nothing "
            f"holds back; {rooms} cannot be held back. Say fewer, or other nights.",
            data={"rooms": max(0, left)},
        )


async def _require_no_other(
    tx: Transaction, actor: Actor, place: Place, room: queries.RoomOfType, dates: StayDates, but_id: int | None
) -> None:
    other = await find_hold_back_of_room(tx, actor.omd_id, place.business_id, room.id, dates, but_id=but_id)
    if other is not None:
        raise HoldBackOverlaps(
            f"Room {room.number} is held back ({other.reason}) from {other.starts_on} to {other.ends_on} already. "
            "End or shorten that hold-back first.",
            data={"hold_back_id": other.id, "starts_on": other.starts_on, "ends_on": other.ends_on},
        )
