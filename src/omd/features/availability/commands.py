"""Changes of supply that concern no stay: the overbooking limit."""

from datetime import date, datetime

from omd.db import Transaction
from omd.features.availability import queries
from omd.features.availability.errors import beyond_horizon, within
from omd.kernel.actor import Actor
from omd.kernel.dates import StayDates
from omd.kernel.errors import NotFound
from omd.kernel.ids import BusinessId, RoomTypeId


async def set_overbooking(
    tx: Transaction,
    actor: Actor,
    business_id: BusinessId,
    room_type_id: RoomTypeId,
    *,
    starts_on: date,
    ends_on: date,
    rooms: int,
    now: datetime,
) -> int:
    """Let the hotel sell `rooms` more than it has on `[starts_on, ends_on)`; return the number of nights set.

    Nights already sold beyond a lowered limit stay sold and are carried as forced. A negative limit keeps rooms
    back. Raises `BeyondHorizon`, or `NotFound` for a type that is not the hotel's.
    """
    stay = StayDates(starts_on, ends_on)
    horizon = await queries.find_horizon(tx, actor.omd_id)
    if not within(stay, horizon):
        raise beyond_horizon(stay, horizon, names=("starts_on", "ends_on"))
    nights = await queries.set_overbooking(
        tx, actor.omd_id, business_id, room_type_id, starts_on=starts_on, ends_on=ends_on, rooms=rooms
    )
    if nights == 0:
        raise NotFound(f"This hotel has no room type {room_type_id}.")
    await queries.record_event(
        tx,
        actor.omd_id,
        business_id,
        aggregate="room_type",
        aggregate_id=room_type_id,
        type="room_type.overbooking_set",
        actor=actor.label,
        now=now,
        data={"starts_on": starts_on, "ends_on": ends_on, "rooms": rooms},
    )
    return nights
