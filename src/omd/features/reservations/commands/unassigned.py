"""Stays without a room get one: those that intended overbooking left waiting, and those whose room went away."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import partial
from uuid import UUID

from omd.db import Database, Transaction
from omd.features.availability import find_horizon
from omd.features.identity import list_omds, system_actor
from omd.features.reservations import queries
from omd.features.reservations.commands.give_rooms import give_rooms
from omd.features.reservations.commands.make_room import find_room_to_make
from omd.features.reservations.errors import RoomOccupied, RoomWantedByDay
from omd.features.reservations.model import Night
from omd.features.reservations.packing import Occupancy
from omd.kernel.actor import Actor
from omd.kernel.dates import StayDates
from omd.kernel.ids import BusinessId, RoomTypeId


async def place_stay(
    tx: Transaction,
    actor: Actor,
    business_id: BusinessId,
    room_type_id: RoomTypeId,
    stay_id: UUID,
    dates: StayDates,
    *,
    cause: str,
    business_date: date,
    now: datetime,
    preferred: int | None = None,
    besides: Sequence[Occupancy] = (),
    exact: bool = False,
) -> int | None:
    """Give a stay that has not begun one room for these nights, moving others where that helps; return it, or None.

    It leaves what it holds on these nights, and keeps the rest. The preferred room is looked at first; `besides` and
    `exact` are those of `find_room_to_make`.
    """
    made = await find_room_to_make(
        tx,
        actor,
        business_id,
        room_type_id,
        dates,
        business_date=business_date,
        now=now,
        own=stay_id,
        preferred=preferred,
        besides=besides,
        exact=exact,
        enters=cause,
    )
    return None if made is None else made.room_id


async def place_unassigned(
    tx: Transaction,
    actor: Actor,
    business_id: BusinessId,
    room_type_id: RoomTypeId,
    freed: StayDates,
    *,
    business_date: date,
    now: datetime,
) -> int:
    """Give rooms to waiting stays of a type that touch the nights just freed; return how many runs of nights got one.

    The longest waiting comes first. A stay that has not begun gets one room throughout where that goes now; else its
    nights that have a room keep it, and of the others each gets one that has one free.
    """
    placed = 0
    since = max(freed.arrival, business_date)
    waiting = await queries.list_unassigned(
        tx, actor.omd_id, business_id, room_type_id, since=since, until=freed.departure
    )
    for stay in waiting:
        row = await queries.find_reservation(
            tx, actor.omd_id, queries.StayKey(business_id, stay.arrival, stay.departure), stay.id, now
        )
        assert row is not None, "the stay was listed in this transaction"
        nights = [night for night in row.read_nights() if night.date >= business_date - timedelta(days=1)]
        may_move = row.status in ("tentative", "confirmed") and not row.room_locked and business_date <= row.arrival
        if may_move and all(night.room_type_id == room_type_id for night in nights):
            throughout = await place_stay(
                tx,
                actor,
                business_id,
                room_type_id,
                stay.id,
                StayDates(row.arrival, row.departure),
                cause="room_became_free",
                business_date=business_date,
                now=now,
                preferred=next((night.room_id for night in nights if night.room_id is not None), None),
            )
            if throughout is not None:
                placed += 1
                continue
        for run, before in _runs_without_room(nights, room_type_id, business_date):
            placed += await _place_run(tx, actor, business_id, room_type_id, row, run, before, business_date, now)
    return placed


async def _place_run(
    tx: Transaction,
    actor: Actor,
    business_id: BusinessId,
    room_type_id: RoomTypeId,
    row: queries.ReservationRow,
    run: StayDates,
    before: int | None,
    business_date: date,
    now: datetime,
) -> int:
    """Give a waiting stay rooms for a run of nights, that of the night before first; return for how many runs."""
    try:
        # Who is in the house would go into the room now, where somebody may be yet: then it goes on waiting.
        async with tx.savepoint():
            given = await give_rooms(
                tx,
                actor,
                business_id,
                room_type_id,
                row.id,
                run,
                cause="room_became_free",
                business_date=business_date,
                now=now,
                preferred=before,
            )
    except (RoomOccupied, RoomWantedByDay):
        return 0
    return given.runs


def _runs_without_room(
    nights: Sequence[Night], room_type_id: int, business_date: date
) -> list[tuple[StayDates, int | None]]:
    """Return every run of nights of a type without a room that are not spent, and the room of the night before each."""
    runs: list[tuple[StayDates, int | None]] = []
    before: int | None = None
    for night in nights:
        if night.room_type_id == room_type_id and night.room_id is None and night.date >= business_date:
            next_day = night.date + timedelta(days=1)
            if runs and runs[-1][0].departure == night.date:
                runs[-1] = (StayDates(runs[-1][0].arrival, next_day), runs[-1][1])
            else:
                runs.append((StayDates(night.date, next_day), before))
        before = night.room_id if night.room_type_id == room_type_id else None
    return runs


async def place_waiting(db: Database, actor: Actor, *, now: datetime) -> int:
    """Give rooms to every waiting stay of the actor's hotels that can have one, type by type; return how many got one.

    For when rooms were added, or an obstacle elsewhere went away. Each type is a transaction of its own.
    """
    async with db.reading(actor) as tx:
        waiting = await queries.list_waiting_types(tx, actor.omd_id, now)
        horizon = await find_horizon(tx, actor.omd_id)
    if horizon is None:
        return 0
    placed = 0
    for each in waiting:
        placed += await db.write(actor, partial(_place_type, actor=actor, waiting=each, until=horizon.ends_on, now=now))
    return placed


async def place_all_waiting(maintenance: Database, app: Database, *, now: datetime) -> int:
    """Do `place_waiting` for every destination; return how many runs of nights got a room. For the daily upkeep."""
    async with maintenance.reading(None) as tx:
        omds = await list_omds(tx)
    placed = 0
    for omd in omds:
        placed += await place_waiting(app, await system_actor(maintenance, omd.id), now=now)
    return placed


async def _place_type(
    tx: Transaction, *, actor: Actor, waiting: queries.WaitingType, until: date, now: datetime
) -> int:
    return await place_unassigned(
        tx,
        actor,
        BusinessId(waiting.business_id),
        RoomTypeId(waiting.room_type_id),
        StayDates(waiting.business_date, until),
        business_date=waiting.business_date,
        now=now,
    )
