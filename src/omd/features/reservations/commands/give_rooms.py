"""Rooms for nights that a stay holds without one: one room where that goes, else one on every night that has one."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

import msgspec

from omd.db import Transaction
from omd.features.availability import find_horizon
from omd.features.reservations import queries
from omd.features.reservations.commands.make_room import find_room_to_make
from omd.features.reservations.commands.rooms_taken import RoomsTaken, read_rooms_taken
from omd.features.reservations.packing import Occupancy, full_nights, split_around_full_nights
from omd.kernel.actor import Actor
from omd.kernel.dates import StayDates
from omd.kernel.ids import BusinessId, RoomTypeId


class RoomsGiven(msgspec.Struct, frozen=True):
    """In how many runs of nights a stay got a room, and how many stays moved for it."""

    runs: int
    moved: int


async def give_rooms(
    tx: Transaction,
    actor: Actor,
    business_id: BusinessId,
    room_type_id: RoomTypeId,
    stay_id: UUID,
    nights: StayDates,
    *,
    cause: str,
    business_date: date,
    now: datetime,
    preferred: int | None = None,
    besides: Sequence[Occupancy] = (),
    exact: bool = False,
) -> RoomsGiven:
    """Give a stay a room on each of these nights, held without one so far, on which one is free.

    Between two nights on which none is free it gets one room, others moving where that helps, or else the split stay
    with the fewest changes; a night without a room is then a night on which every room is taken. The preferred room
    comes first. `besides` and `exact` are those of `find_room_to_make`.
    """
    parts: list[Occupancy] = []
    moved = 0
    house = await _read(tx, actor, business_id, room_type_id, stay_id, nights, preferred, besides)
    for stretch in nights_between(nights, full_nights(house.ids, house.taken, nights)):
        before = parts[-1].room_id if parts else preferred
        written = [*besides, *parts]
        made = await find_room_to_make(
            tx,
            actor,
            business_id,
            room_type_id,
            stretch,
            business_date=business_date,
            now=now,
            own=stay_id,
            preferred=before,
            besides=written,
            exact=exact,
        )
        if made is not None:
            parts.append(Occupancy(made.room_id, stay_id, stretch, fixed=True))
            moved += made.moved
            continue
        # The counters are locked since: what holds the rooms is asked again.
        house = await _read(tx, actor, business_id, room_type_id, stay_id, stretch, before, written)
        first = before if before in house.ids else None
        parts += [
            Occupancy(segment.room_id, stay_id, segment.dates, fixed=True)
            for segment in split_around_full_nights(house.ids, house.taken, stretch, first)
        ]
    if parts:
        await queries.move_nights(tx, actor, business_id, [_entered(part) for part in parts], cause, now)
    return RoomsGiven(len(parts), moved)


async def _read(
    tx: Transaction,
    actor: Actor,
    business_id: BusinessId,
    room_type_id: RoomTypeId,
    stay_id: UUID,
    nights: StayDates,
    preferred: int | None,
    besides: Sequence[Occupancy],
) -> RoomsTaken:
    horizon = await find_horizon(tx, actor.omd_id)
    assert horizon is not None, "a stay with nights has a horizon"
    house = await read_rooms_taken(
        tx,
        actor,
        business_id,
        room_type_id,
        nights,
        since=nights.arrival,
        until=horizon.ends_on,
        own=stay_id,
        preferred=preferred,
    )
    return msgspec.structs.replace(house, taken=[*house.taken, *besides])


def nights_between(nights: StayDates, full: Sequence[date]) -> Iterator[StayDates]:
    """Return the runs of nights between the full ones."""
    since = nights.arrival
    for night in (*full, nights.departure):
        if since < night:
            yield StayDates(since, night)
        since = night + timedelta(days=1)


def _entered(part: Occupancy) -> dict[str, object]:
    return {
        "reservation_id": part.stay_id,
        "room_id": part.room_id,
        "arrival": part.dates.arrival,
        "departure": part.dates.departure,
    }
