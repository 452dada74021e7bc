"""A guest who stands at the desk: booked from tonight on and taken in, in one act or not at all."""

from datetime import datetime
from uuid import UUID

import msgspec

from omd.db import Transaction
from omd.features.reservations import queries
from omd.features.reservations.commands.book import hold
from omd.features.reservations.commands.lifecycle import check_in
from omd.features.reservations.model import NewReservation, Reservation, WalkIn
from omd.infra.keyring import Keyring
from omd.kernel.actor import Actor
from omd.kernel.dates import StayDates
from omd.kernel.ids import BusinessId


async def walk_in(
    tx: Transaction,
    actor: Actor,
    business_id: BusinessId,
    wanted: WalkIn,
    *,
    now: datetime,
    keyring: Keyring | None = None,
) -> Reservation:
    """Book a stay that arrives on the business date and check it in; raise as both do, with nothing done.

    Where no room is asked for it is one with nobody in it, if there is one: who leaves today may be in theirs yet.
    One that is used by day later today is not taken either.
    """
    today = await queries.find_business_date(tx, actor.omd_id, business_id, now)
    booked = NewReservation(arrival=today, **msgspec.structs.asdict(wanted))
    held = await hold(tx, actor, business_id, booked, now=now, keyring=keyring)
    if wanted.room_id is None:
        await _enter_empty_room(tx, actor, business_id, held.reservation_id, booked, now)
    return await check_in(tx, actor, held.reservation_id, now=now)


async def _enter_empty_room(
    tx: Transaction,
    actor: Actor,
    business_id: BusinessId,
    reservation_id: UUID,
    booked: NewReservation,
    now: datetime,
) -> None:
    """Give a stay that was booked a moment ago another room if somebody is in the one it got, or has it by day yet."""
    at = (tx, actor.omd_id, business_id)
    if not (
        await queries.find_occupied(*at, [reservation_id], now)
        or await queries.is_wanted_by_day(*at, reservation_id, booked.arrival, now)
    ):
        return
    nights = StayDates(booked.arrival, booked.departure)
    room_id = await queries.choose_empty_room(tx, actor, business_id, booked.room_type_id, nights, reservation_id, now)
    if room_id is not None:
        entered = {"reservation_id": reservation_id, "room_id": room_id}
        move = {**entered, "arrival": nights.arrival, "departure": nights.departure}
        await queries.move_nights(tx, actor, business_id, [move], "booked", now)
