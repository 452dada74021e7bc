"""Making room: when every night has a free room but no single one is free throughout, other stays move."""

import asyncio
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

import msgspec

from omd.db import Transaction
from omd.features.availability import find_horizon, lock_type_nights
from omd.features.reservations import queries
from omd.features.reservations.commands.rooms_taken import RoomsTaken, no_room_throughout, read_rooms_taken
from omd.features.reservations.packing import Occupancy, RepackPlan, repack, solve_exactly
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
    preferred: int | None = None,
) -> RoomMade:
    """Free one room of the type for the wanted nights by moving stays that start after tonight.

    `own` is the stay being placed: what it holds on the wanted nights counts as free. `start_room` names the one
    room it may have, `preferred` the one to look at first. Locks the type's counters to the end of the horizon, from
    the wanted arrival or from the first night of the earliest stay that moves. Raises `NoRoomThroughout` naming what
    may not be moved and the split stay that would work.
    """
    made, house = await _free_room(
        tx,
        actor,
        business_id,
        room_type_id,
        wanted,
        business_date=business_date,
        now=now,
        own=own,
        start_room=start_room,
        preferred=preferred,
        besides=(),
        exact=True,
        enters=None,
    )
    if made is None:
        raise await no_room_throughout(house, wanted, start_room, business_date + timedelta(days=1))
    return made


async def find_room_to_make(
    tx: Transaction,
    actor: Actor,
    business_id: BusinessId,
    room_type_id: RoomTypeId,
    wanted: StayDates,
    *,
    business_date: date,
    now: datetime,
    own: UUID,
    preferred: int | None,
    besides: Sequence[Occupancy] = (),
    exact: bool,
    enters: str | None = None,
) -> RoomMade | None:
    """Free a room as `make_room` does, or return None where nobody needs to hear why there is none.

    `besides` is what the rooms hold that is not written yet. The exact search costs a process of its own, for seconds:
    it is asked where a sale depends on it, not for each stay that waits. With `enters`, a cause, the stay itself gets
    the room in the same step, so that others can move into rooms that it leaves; it must not have begun.
    """
    made, _ = await _free_room(
        tx,
        actor,
        business_id,
        room_type_id,
        wanted,
        business_date=business_date,
        now=now,
        own=own,
        start_room=None,
        preferred=preferred,
        besides=besides,
        exact=exact,
        enters=enters,
    )
    return made


async def _free_room(
    tx: Transaction,
    actor: Actor,
    business_id: BusinessId,
    room_type_id: RoomTypeId,
    wanted: StayDates,
    *,
    business_date: date,
    now: datetime,
    own: UUID | None,
    start_room: int | None,
    preferred: int | None,
    besides: Sequence[Occupancy],
    exact: bool,
    enters: str | None,
) -> tuple[RoomMade | None, RoomsTaken]:
    """Return the room that was freed, if any, and what takes the rooms as it was before."""
    horizon = await find_horizon(tx, actor.omd_id)
    assert horizon is not None, "a type with counters has a horizon"
    locked_from = wanted.arrival
    while True:
        await lock_type_nights(
            tx, actor.omd_id, business_id, [room_type_id], starts_on=locked_from, ends_on=horizon.ends_on
        )
        house = await read_rooms_taken(
            tx,
            actor,
            business_id,
            room_type_id,
            wanted,
            since=min(business_date, wanted.arrival),
            until=horizon.ends_on,
            own=own,
            preferred=preferred,
        )
        house = msgspec.structs.replace(house, taken=[*house.taken, *besides])
        plan = await find_plan(house, wanted, start_room, business_date + timedelta(days=1), exact=exact)
        if plan is None:
            return None, house
        earliest = min((move.dates.arrival for move in plan.moves), default=locked_from)
        if earliest >= locked_from:
            break
        # A stay that moves began before the wanted one, on nights that others may be selling until they are locked.
        locked_from = earliest
    moves = [_move(move.stay_id, move.to_room, move.dates) for move in plan.moves]
    if own is not None and enters is not None:
        moves.append({**_move(own, plan.room_id, wanted), "cause": enters})
    if moves:
        await queries.move_nights(tx, actor, business_id, moves, "repacked", now)
    return RoomMade(plan.room_id, len(plan.moves)), house


def _move(stay_id: UUID, room_id: int, dates: StayDates) -> dict[str, object]:
    return {"reservation_id": stay_id, "room_id": room_id, "arrival": dates.arrival, "departure": dates.departure}


async def find_plan(
    house: RoomsTaken, wanted: StayDates, start_room: int | None, not_before: date, *, exact: bool
) -> RepackPlan | None:
    """Return the moves that free a room, from what the database holds now, or None."""
    plan = repack(house.ids, house.taken, wanted, start_room=start_room, not_before=not_before)
    if plan is None and exact:
        plan = await _search(house.ids, house.taken, wanted, start_room, not_before)
    return plan


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
