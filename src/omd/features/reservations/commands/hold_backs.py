"""Holding rooms back: off sale for a reason that is no defect, so that occupancy stays true."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Annotated

import msgspec

from omd.db import Transaction
from omd.features.availability import (
    HoldBack,
    HoldBackBegun,
    HoldBackKind,
    add_hold_back,
    beyond_horizon,
    change_hold_back,
    delete_hold_back,
    find_hold_back,
    find_horizon,
    lock_type_nights,
    record_event,
)
from omd.features.reservations import queries
from omd.features.reservations.commands.book import unknown_type
from omd.features.reservations.commands.held_nights import Place, lock_nights, take_nights
from omd.features.reservations.commands.maintenance import StayHit
from omd.features.reservations.commands.unassigned import place_unassigned
from omd.features.reservations.errors import RoomUnknown
from omd.features.reservations.model import Id, Name, Reason
from omd.kernel.actor import Actor
from omd.kernel.dates import StayDates, parse_interval
from omd.kernel.errors import FieldProblem, InvalidInput, NotFound
from omd.kernel.ids import BusinessId, RoomTypeId

MOST_NIGHTS = 3653
"""Ten years: longer than any horizon, whose nights are held back as they are opened."""

Rooms = Annotated[int, msgspec.Meta(ge=1, le=10_000)]


class NewHoldBack(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Rooms to keep off sale for the nights `[starts_on, ends_on)`: `rooms` of a type (else one), or a certain room.

    With `room_id` the type need not be named; where it is, it is that of the room.
    `override_reason` keeps them back even where more is sold than is then left: stays of a certain room that cannot
    be moved go on without a room on some of these nights, visibly.
    """

    kind: HoldBackKind
    starts_on: date
    ends_on: date
    reason: Reason
    room_type_id: Id | None = None
    rooms: Rooms | None = None
    room_id: Id | None = None
    move_stays: bool = True
    override_reason: Name | None = None


class ChangedHoldBack(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is to be another with a hold-back; what is left out stays as it is."""

    kind: HoldBackKind | None = None
    starts_on: date | None = None
    ends_on: date | None = None
    reason: Reason | None = None
    rooms: Rooms | None = None
    move_stays: bool = True
    override_reason: Name | None = None


class HeldBack(msgspec.Struct, frozen=True):
    """The hold-back, the nights on which more is sold than it leaves, by an override, and every stay it hit."""

    hold_back: HoldBack
    forced_nights: tuple[date, ...]
    stays: tuple[StayHit, ...]


async def place_hold_back(
    tx: Transaction, actor: Actor, business_id: BusinessId, wanted: NewHoldBack, *, now: datetime
) -> HeldBack:
    """Keep rooms off sale.

    Stays in a certain room are moved or named, as when it goes out of order. Raises `InvalidInput`, `RoomUnknown`,
    `RoomTypeUnknown`, `BeyondHorizon` where it begins, `HoldBackOverlaps`, `HeldBeyondRooms`, `StaysInTheWay`, and
    `CountersExceeded` naming the nights on which more is sold than would be left, unless an override says why.
    """
    actor.serves(business_id)
    dates = parse_interval(wanted.starts_on, wanted.ends_on, at_most=MOST_NIGHTS)
    place = await _find_place(tx, actor, business_id, wanted, dates, now)
    rooms = wanted.rooms or 1
    await lock_nights(tx, actor, place, dates)
    forced, stays = await take_nights(tx, actor, place, [(dates, rooms)], wanted, now, but_id=None)
    hold_back_id = await add_hold_back(
        *(tx, actor.omd_id, business_id, place.room_type_id, wanted.room_id),
        rooms=rooms,
        kind=wanted.kind,
        dates=dates,
        reason=wanted.reason,
        now=now,
        actor=actor.label,
    )
    placed = await _found(tx, actor, business_id, hold_back_id)
    facts = {"override_reason": wanted.override_reason, "forced_nights": forced}
    await _record(tx, actor, "hold_back.placed", placed, facts, now)
    return HeldBack(placed, tuple(forced), stays)


async def amend_hold_back(
    tx: Transaction, actor: Actor, business_id: BusinessId, hold_back_id: int, wanted: ChangedHoldBack, *, now: datetime
) -> HeldBack:
    """Give a hold-back other nights, rooms, kind or reason; what it no longer holds can be sold again.

    Nights that are over stay as they were. Raises as `place_hold_back` does for what it comes to hold, `NotFound`, and
    `HoldBackBegun` where it is over, or where its first night or its number is to change after it began.
    """
    actor.serves(business_id)
    was = await _found(tx, actor, business_id, hold_back_id)
    dates = _dates(was, wanted)
    business_date = await queries.find_business_date(tx, actor.omd_id, business_id, now)
    horizon = await find_horizon(tx, actor.omd_id)
    assert horizon is not None, "rooms are held back within it"
    room = None if was.room_id is None else await _room(tx, actor, business_id, was.room_id, dates, now)
    place = Place(business_id, was.room_type_id, room, business_date, horizon)
    across = StayDates(min(was.starts_on, dates.arrival), max(was.ends_on, dates.departure))
    await lock_nights(tx, actor, place, across)
    # Read again under the lock: somebody else may have changed it since.
    was = await _found(tx, actor, business_id, hold_back_id)
    dates = _dates(was, wanted)
    rooms = wanted.rooms or was.rooms
    _require_changeable(was, dates, rooms, business_date)
    grown = _grown(was, dates, rooms)
    forced, stays = await take_nights(tx, actor, place, grown, wanted, now, but_id=hold_back_id)
    await change_hold_back(
        *(tx, actor.omd_id, business_id, hold_back_id),
        rooms=rooms,
        kind=wanted.kind or was.kind,
        dates=dates,
        reason=wanted.reason or was.reason,
    )
    changed = await _found(tx, actor, business_id, hold_back_id)
    facts = {
        "was_starts_on": was.starts_on,
        "was_ends_on": was.ends_on,
        "was_rooms": was.rooms,
        "override_reason": wanted.override_reason,
        "forced_nights": forced,
    }
    await _record(tx, actor, "hold_back.changed", changed, facts, now)
    if room is not None:
        await _give_to_waiting(tx, actor, was, business_date, now)
    return HeldBack(changed, tuple(forced), stays)


async def end_hold_back(
    tx: Transaction, actor: Actor, business_id: BusinessId, hold_back_id: int, *, now: datetime
) -> None:
    """Give what is held back up: from the business date on it can be sold, and waiting stays may have a certain room.

    Nights that are over stay held back; a hold-back that is over stays as it is. Raises `NotFound`.
    """
    actor.serves(business_id)
    held = await _found(tx, actor, business_id, hold_back_id)
    await lock_type_nights(
        tx, actor.omd_id, business_id, [held.room_type_id], starts_on=held.starts_on, ends_on=held.ends_on
    )
    # Read again under the lock: somebody else may have ended it since.
    held = await _found(tx, actor, business_id, hold_back_id)
    business_date = await queries.find_business_date(tx, actor.omd_id, business_id, now)
    if held.ends_on <= business_date:
        return
    if held.starts_on < business_date:
        kept = StayDates(held.starts_on, business_date)
        await change_hold_back(
            *(tx, actor.omd_id, business_id, hold_back_id),
            rooms=held.rooms,
            kind=held.kind,
            dates=kept,
            reason=held.reason,
        )
    else:
        await delete_hold_back(tx, actor.omd_id, business_id, hold_back_id)
    ended = msgspec.structs.replace(held, starts_on=max(held.starts_on, business_date))
    await _record(tx, actor, "hold_back.ended", ended, {}, now)
    if held.room_id is not None:
        await _give_to_waiting(tx, actor, held, business_date, now)


async def _find_place(
    tx: Transaction, actor: Actor, business_id: BusinessId, wanted: NewHoldBack, dates: StayDates, now: datetime
) -> Place:
    if wanted.room_id is None and wanted.room_type_id is None:
        said = "Say room_type_id and how many rooms of it, or room_id."
        raise InvalidInput(said, problems=(FieldProblem("/room_type_id", "type_or_room", said),))
    if wanted.room_id is not None and wanted.rooms not in (None, 1):
        said = "A certain room is one; leave rooms out, or leave out which room."
        raise InvalidInput(said, problems=(FieldProblem("/rooms", "type_or_room", said),))
    business_date = await queries.find_business_date(tx, actor.omd_id, business_id, now)
    _require_ahead(dates.arrival, business_date, "/starts_on")
    horizon = await find_horizon(tx, actor.omd_id)
    if horizon is None or not horizon.starts_on <= dates.arrival < horizon.ends_on:
        first_night = StayDates(dates.arrival, dates.arrival + timedelta(days=1))
        raise beyond_horizon(first_night, horizon, names=("starts_on", "starts_on"))
    room = None if wanted.room_id is None else await _room(tx, actor, business_id, wanted.room_id, dates, now)
    if room is not None and wanted.room_type_id not in (None, room.room_type_id):
        raise _unknown_room(room.id, f"of room type {wanted.room_type_id}")
    room_type_id = RoomTypeId(room.room_type_id if room is not None else wanted.room_type_id or 0)
    if room is None and await queries.find_room_type(tx, actor.omd_id, business_id, room_type_id) is None:
        raise unknown_type(room_type_id)
    return Place(business_id, room_type_id, room, business_date, horizon)


async def _found(tx: Transaction, actor: Actor, business_id: BusinessId, hold_back_id: int) -> HoldBack:
    found = await find_hold_back(tx, actor.omd_id, business_id, hold_back_id)
    if found is None:
        raise NotFound(f"There is no hold-back {hold_back_id}.")
    return found


async def _room(
    tx: Transaction, actor: Actor, business_id: BusinessId, room_id: int, dates: StayDates, now: datetime
) -> queries.RoomOfType:
    room = await queries.find_room(tx, actor.omd_id, business_id, room_id, now)
    if room is None or not room.in_use_on(max(dates.departure - timedelta(days=1), room.business_date)):
        raise _unknown_room(room_id, "on all these nights")
    return room


def _unknown_room(room_id: int, where: str) -> RoomUnknown:
    said = f"This hotel has no room {room_id} {where}."
    return RoomUnknown(said, problems=(FieldProblem("/room_id", "room_unknown", said),))


def _require_ahead(day: date, business_date: date, pointer: str) -> None:
    if day < business_date:
        said = f"Rooms are held back from the hotel's business date {business_date} on; {day} is over."
        raise InvalidInput(said, problems=(FieldProblem(pointer, "in_the_past", said),))


def _require_changeable(was: HoldBack, dates: StayDates, rooms: int, business_date: date) -> None:
    if was.ends_on <= business_date:
        raise HoldBackBegun(f"This hold-back ended on {was.ends_on}. Place another.")
    if was.starts_on < business_date and (dates.arrival != was.starts_on or rooms != was.rooms):
        raise HoldBackBegun(
            f"This hold-back began on {was.starts_on}: its first night and its rooms stay as they were. "
            "End it and place another, or change its end."
        )
    if was.starts_on >= business_date:
        _require_ahead(dates.arrival, business_date, "/starts_on")
    _require_ahead(dates.departure, business_date, "/ends_on")


def _dates(was: HoldBack, wanted: ChangedHoldBack) -> StayDates:
    return parse_interval(wanted.starts_on or was.starts_on, wanted.ends_on or was.ends_on, at_most=MOST_NIGHTS)


def _grown(was: HoldBack, dates: StayDates, rooms: int) -> list[tuple[StayDates, int]]:
    """Return the nights on which more is held back than was, and by how many rooms."""
    runs = (
        (StayDates(dates.arrival, min(dates.departure, was.starts_on)), rooms),
        (StayDates(max(dates.arrival, was.starts_on), min(dates.departure, was.ends_on)), rooms - was.rooms),
        (StayDates(max(dates.arrival, was.ends_on), dates.departure), rooms),
    )
    return [(run, more) for run, more in runs if run.nights > 0 and more > 0]


async def _give_to_waiting(tx: Transaction, actor: Actor, was: HoldBack, business_date: date, now: datetime) -> None:
    await place_unassigned(
        tx, actor, was.business_id, was.room_type_id, was.dates, business_date=business_date, now=now
    )


async def _record(
    tx: Transaction, actor: Actor, event: str, held: HoldBack, facts: Mapping[str, object], now: datetime
) -> None:
    terms: dict[str, object] = {
        "hold_back_id": held.id,
        "room_type_id": held.room_type_id,
        "room_id": held.room_id,
        "rooms": held.rooms,
        "kind": held.kind,
        "starts_on": held.starts_on,
        "ends_on": held.ends_on,
    }
    await record_event(
        *(tx, actor.omd_id, held.business_id),
        aggregate="room_type" if held.room_id is None else "room",
        aggregate_id=held.room_type_id if held.room_id is None else held.room_id,
        type=event,
        actor=actor.label,
        now=now,
        data={**terms, **facts},
    )
