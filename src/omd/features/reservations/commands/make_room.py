"""Making room: when every night has a free room but no single one is free throughout, other stays move."""

import asyncio
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

import msgspec

from omd.db import Transaction
from omd.features.availability import find_horizon, lock_type_nights
from omd.features.reservations import queries
from omd.features.reservations.errors import NoRoomThroughout
from omd.features.reservations.packing import (
    Occupancy,
    RepackPlan,
    Segment,
    obstacles,
    repack,
    solve_exactly,
    split_stay,
)
from omd.kernel.actor import Actor
from omd.kernel.dates import StayDates
from omd.kernel.ids import BusinessId, RoomTypeId

EXACT_SEARCH_SECONDS = 2.0


class RoomMade(msgspec.Struct, frozen=True):
    """The room that is free now, and how many stays moved for it."""

    room_id: int
    moved: int


async def make_room(
    tx: Transaction,
    actor: Actor,
    business_id: BusinessId,
    room_type_id: RoomTypeId,
    wanted: StayDates,
    *,
    business_date: date,
    now: datetime,
    own: UUID | None = None,
    start_room: int | None = None,
    away: Occupancy | None = None,
) -> RoomMade:
    """Free one room of the type for the wanted nights by moving stays that start after tonight.

    `own` is the stay being placed: its present nights count as free. `start_room` names the one room it may
    have. `away` is a room about to go out of order. Locks the type's counters to the end of the horizon, from the
    wanted arrival or from the first night of the earliest stay that moves. Raises `NoRoomThroughout` naming what
    may not be moved and the split stay that would work.
    """
    horizon = await find_horizon(tx, actor.omd_id)
    assert horizon is not None, "a type with counters has a horizon"
    locked_from = wanted.arrival
    while True:
        await lock_type_nights(
            tx, actor.omd_id, business_id, [room_type_id], starts_on=locked_from, ends_on=horizon.ends_on
        )
        plan = await _plan(
            tx,
            actor,
            business_id,
            room_type_id,
            wanted,
            business_date=business_date,
            own=own,
            start_room=start_room,
            away=away,
        )
        earliest = min((move.dates.arrival for move in plan.moves), default=locked_from)
        if earliest >= locked_from:
            break
        # A stay that moves began before the wanted one, on nights that others may be selling until they are locked.
        locked_from = earliest
    if plan.moves:
        moves = [
            {
                "reservation_id": move.stay_id,
                "room_id": move.to_room,
                "arrival": move.dates.arrival,
                "departure": move.dates.departure,
            }
            for move in plan.moves
        ]
        await queries.move_nights(tx, actor, business_id, moves, "repacked", now)
    return RoomMade(plan.room_id, len(plan.moves))


async def _plan(
    tx: Transaction,
    actor: Actor,
    business_id: BusinessId,
    room_type_id: RoomTypeId,
    wanted: StayDates,
    *,
    business_date: date,
    own: UUID | None,
    start_room: int | None,
    away: Occupancy | None,
) -> RepackPlan:
    """Return the moves that free a room, from what the database holds now; raise `NoRoomThroughout`."""
    rooms = await queries.list_rooms_of_type(tx, actor.omd_id, business_id, room_type_id)
    rows = await queries.list_occupancies(
        tx, actor.omd_id, business_id, room_type_id, min(business_date, wanted.arrival)
    )
    taken = [_occupancy(row) for row in rows if row.reservation_id is None or row.reservation_id != own]
    if away is not None:
        taken.append(away)
    ids = [room.id for room in rooms]
    not_before = business_date + timedelta(days=1)
    plan = repack(ids, taken, wanted, start_room=start_room, not_before=not_before)
    if plan is None:
        plan = await _search(ids, taken, wanted, start_room, not_before)
    if plan is None:
        raise await _refusal(rooms, rows, taken, wanted, start_room, not_before)
    return plan


def _occupancy(row: queries.OccupancyRow) -> Occupancy:
    return Occupancy(row.room_id, row.reservation_id, StayDates(row.arrival, row.departure), row.fixed)


async def _search(
    rooms: Sequence[int], taken: Sequence[Occupancy], wanted: StayDates, start_room: int | None, not_before: date
) -> RepackPlan | None:
    """Return the exact search's plan, where there is anything to search.

    Without a run that is fixed, the exchanges have found whatever there is. Without a run on the wanted nights
    that may move, no move can free one of them.
    """
    fixed = any(run.fixed and run.dates.departure > wanted.arrival for run in taken)
    movable = any(not run.fixed and run.dates.arrival >= not_before and run.dates.overlaps(wanted) for run in taken)
    if not (fixed and movable):
        return None
    found = await asyncio.to_thread(
        solve_exactly,
        rooms,
        taken,
        wanted,
        start_room=start_room,
        not_before=not_before,
        time_limit_s=EXACT_SEARCH_SECONDS,
    )
    return found if isinstance(found, RepackPlan) else None


async def _refusal(
    rooms: Sequence[queries.PackingRoom],
    rows: Sequence[queries.OccupancyRow],
    taken: Sequence[Occupancy],
    wanted: StayDates,
    start_room: int | None,
    not_before: date,
) -> NoRoomThroughout:
    ids = [room.id for room in rooms]
    numbers = {room.id: room.number for room in rooms}
    names = {(row.room_id, row.reservation_id, row.arrival): row.code for row in rows}
    in_the_way = await asyncio.to_thread(obstacles, ids, taken, wanted, not_before, start_room=start_room)
    split = await asyncio.to_thread(split_stay, ids, taken, wanted, start_room)
    blocking = [
        {
            "room_number": numbers[run.room_id],
            "arrival": run.dates.arrival,
            "departure": run.dates.departure,
            "what": "stay" if run.stay_id else "out_of_order",
            "name": names.get((run.room_id, run.stay_id, run.dates.arrival), ""),
        }
        for run in in_the_way
    ]
    said = f"No single room can be made free from {wanted.arrival} to {wanted.departure}"
    if blocking:
        said += ": " + ", ".join(f"room {each['room_number']} is fixed for {each['name']}" for each in blocking[:5])
    if split:
        said += f". A split stay would work: {_spoken(split, numbers)}"
    return NoRoomThroughout(
        f"{said}.",
        data={
            "obstacles": blocking,
            "split_stay": [
                {
                    "room_id": part.room_id,
                    "room_number": numbers[part.room_id],
                    "arrival": part.dates.arrival,
                    "departure": part.dates.departure,
                }
                for part in split or ()
            ],
        },
    )


def _spoken(split: Sequence[Segment], numbers: dict[int, str]) -> str:
    return ", then ".join(
        f"room {numbers[part.room_id]} from {part.dates.arrival} to {part.dates.departure}" for part in split
    )
