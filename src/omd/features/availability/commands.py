"""Changes of supply that concern no stay: the overbooking limits of a room type and of a whole hotel."""

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
    await _require_open(tx, actor, StayDates(starts_on, ends_on))
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


async def set_house_overbooking(
    tx: Transaction,
    actor: Actor,
    business_id: BusinessId,
    *,
    starts_on: date,
    ends_on: date,
    rooms: int,
    now: datetime,
) -> int:
    """Let the hotel sell `rooms` more than all its types have on `[starts_on, ends_on)`; return the nights set.

    It holds beside the limits of the types. Nights already sold beyond it stay sold and are carried as forced; below
    zero it keeps rooms back. Raises `BeyondHorizon`, or `NotFound` for a hotel that has nothing to limit.
    """
    actor.serves(business_id)
    await _require_open(tx, actor, StayDates(starts_on, ends_on))
    nights = await queries.set_house_overbooking(
        tx, actor.omd_id, business_id, starts_on=starts_on, ends_on=ends_on, rooms=rooms
    )
    if nights == 0:
        raise NotFound("This hotel has no room types on these dates, so there is nothing to limit.")
    facts: dict[str, object] = {"starts_on": starts_on, "ends_on": ends_on, "rooms": rooms}
    await _record_of_house(tx, actor, business_id, "business.overbooking_set", facts, now)
    return nights


async def remove_house_overbooking(
    tx: Transaction, actor: Actor, business_id: BusinessId, *, starts_on: date, ends_on: date, now: datetime
) -> int:
    """Lift the hotel's house-wide limit on `[starts_on, ends_on)`; return the number of nights it stood on.

    The limits of its types go on. Where none stood nothing changes and nothing is recorded. Raises `BeyondHorizon`:
    what has left the horizon is the record of what was set.
    """
    actor.serves(business_id)
    await _require_open(tx, actor, StayDates(starts_on, ends_on), prefix="?")
    nights = await queries.remove_house_overbooking(tx, actor.omd_id, business_id, starts_on=starts_on, ends_on=ends_on)
    if nights:
        facts: dict[str, object] = {"starts_on": starts_on, "ends_on": ends_on}
        await _record_of_house(tx, actor, business_id, "business.overbooking_removed", facts, now)
    return nights


async def _require_open(tx: Transaction, actor: Actor, dates: StayDates, *, prefix: str = "/") -> None:
    horizon = await queries.find_horizon(tx, actor.omd_id)
    if not within(dates, horizon):
        raise beyond_horizon(dates, horizon, prefix=prefix, names=("starts_on", "ends_on"))


async def _record_of_house(
    tx: Transaction, actor: Actor, business_id: BusinessId, event: str, facts: dict[str, object], now: datetime
) -> None:
    await queries.record_event(
        tx,
        actor.omd_id,
        business_id,
        aggregate="business",
        aggregate_id=business_id,
        type=event,
        actor=actor.label,
        now=now,
        data=facts,
    )
