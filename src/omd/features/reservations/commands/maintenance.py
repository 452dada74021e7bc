"""Taking a room out of order: the stays it hits are moved, or named."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Literal, Protocol
from uuid import UUID

import msgspec

from omd.db import Transaction
from omd.features.availability import (
    MaintenanceInterval,
    MaintenanceOverlaps,
    ReturnsAs,
    add_maintenance,
    delete_maintenance,
    find_business_date,
    find_maintenance,
    find_maintenance_of_room,
    force_nights,
    lock_type_nights,
    record_event,
    shorten_maintenance,
)
from omd.features.reservations import queries
from omd.features.reservations.commands.clearing import DecidedMove, Moves, apply_decided, find_room_away, may_move
from omd.features.reservations.commands.give_rooms import give_rooms
from omd.features.reservations.commands.unassigned import place_stay, place_unassigned
from omd.features.reservations.errors import StaysInTheWay
from omd.features.reservations.model import Id, Name, Reason
from omd.features.reservations.packing import Occupancy
from omd.features.reservations.room_locks import say_lock
from omd.kernel.actor import Actor
from omd.kernel.dates import StayDates
from omd.kernel.errors import FieldProblem, InvalidInput, NotFound
from omd.kernel.ids import BusinessId, RoomTypeId


class NewMaintenance(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A room to take out of order (not sold) or out of service (still sold) for the nights `[starts_on, ends_on)`.

    `override_reason` takes the room away even where more is sold than is then left: stays that cannot be moved
    go on without a room on some of these nights, visibly. With `moves`, those of a preview, these stays move as was
    decided and no others do. `returns_as` is what the room is at best when it comes back; left out, what the hotel
    says of every room.
    """

    room_id: Id
    kind: Literal["out_of_order", "out_of_service"]
    starts_on: date
    ends_on: date
    reason: Reason
    move_stays: bool = True
    override_reason: Name | None = None
    moves: Moves | None = None
    returns_as: ReturnsAs | None = None


class Clearing(Protocol):
    """What is to become of the stays of a room that is taken away."""

    @property
    def move_stays(self) -> bool:
        """Whether they may be moved."""

    @property
    def override_reason(self) -> str | None:
        """Why those that cannot be go on without a room."""


class StayHit(msgspec.Struct, frozen=True):
    """A stay that held the room on those nights, and what became of it."""

    reservation_id: str
    code: str
    status: str
    arrival: date
    departure: date
    became: Literal["moved", "unassigned", "stays"]
    room_id: int | None


class MaintenanceStarted(msgspec.Struct, frozen=True):
    """The interval, and every stay it hit."""

    interval: MaintenanceInterval
    stays: tuple[StayHit, ...]


async def start_maintenance(
    tx: Transaction, actor: Actor, business_id: BusinessId, wanted: NewMaintenance, *, now: datetime
) -> MaintenanceStarted:
    """Take a room out for an interval.

    Out of service: the stays stay, and are listed. Out of order: stays that start after tonight and are not
    locked move to other rooms of the type; one that cannot is named in `StaysInTheWay`, unless an override
    leaves it without a room. With moves that were decided, no other stay moves: who is not among them is named.
    Raises `RoomUnknown`, `BeyondHorizon`, `MaintenanceOverlaps`, and `PreviewOutdated` where the moves no longer go.
    """
    actor.serves(business_id)
    if wanted.moves and wanted.kind != "out_of_order":
        said = "Out of service a room is still sold: its stays stay. Leave moves out."
        raise InvalidInput(said, problems=(FieldProblem("/moves", "not_of_this_kind", said),))
    room, interval, horizon = await find_room_away(
        tx, actor, business_id, wanted.room_id, wanted.starts_on, wanted.ends_on, now=now
    )
    await lock_type_nights(
        tx,
        actor.omd_id,
        business_id,
        [RoomTypeId(room.room_type_id)],
        # Stays that were decided to move may begin before the interval does.
        starts_on=room.business_date if wanted.moves else interval.arrival,
        ends_on=horizon.ends_on,
    )
    await _require_no_other(tx, actor, business_id, room, interval)
    decided = await _decided(tx, actor, business_id, room, interval, wanted.moves or (), horizon.ends_on, now)
    hit = await queries.list_stays_in_room(tx, actor.omd_id, business_id, room.id, interval.arrival, interval.departure)
    if wanted.kind == "out_of_order":
        stays = await clear_room(
            tx, actor, business_id, wanted, room, interval, hit, now, decided=wanted.moves is not None
        )
    else:
        stays = tuple(_hit(stay, "stays", room.id) for stay in hit)
    interval_id = await add_maintenance(
        tx,
        actor.omd_id,
        business_id,
        room.id,  # type: ignore[arg-type]  # a room id read from the database
        kind=wanted.kind,
        starts_on=interval.arrival,
        ends_on=interval.departure,
        reason=wanted.reason,
        returns_as=wanted.returns_as,
        now=now,
        actor=actor.label,
    )
    facts: dict[str, object] = {
        "interval_id": interval_id,
        "kind": wanted.kind,
        "starts_on": interval.arrival,
        "ends_on": interval.departure,
        "override_reason": wanted.override_reason,
    }
    await _record(tx, actor, business_id, room.id, "room.maintenance_started", facts, now)
    started = await find_maintenance(tx, actor.omd_id, business_id, interval_id)
    assert started is not None, "it was written a moment ago in this transaction"
    return MaintenanceStarted(started, (*decided, *stays))


async def _decided(
    tx: Transaction,
    actor: Actor,
    business_id: BusinessId,
    room: queries.RoomOfType,
    interval: StayDates,
    moves: Sequence[DecidedMove],
    until: date,
    now: datetime,
) -> tuple[StayHit, ...]:
    """Make the moves that were decided, and tell of the stays that left the room by them."""
    moved = await apply_decided(tx, actor, business_id, room, interval, moves, until=until, now=now)
    return tuple(_hit(stay, "moved", to) for stay, to in moved)


async def _require_no_other(
    tx: Transaction, actor: Actor, business_id: BusinessId, room: queries.RoomOfType, interval: StayDates
) -> None:
    other = await find_maintenance_of_room(
        tx, actor.omd_id, business_id, room.id, starts_on=interval.arrival, ends_on=interval.departure
    )
    if other is not None:
        raise MaintenanceOverlaps(
            f"Room {room.number} is {other.kind.replace('_', ' ')} from {other.starts_on} to {other.ends_on} already. "
            "End that maintenance first.",
            data={"interval_id": other.id, "starts_on": other.starts_on, "ends_on": other.ends_on},
        )


async def end_maintenance(
    tx: Transaction, actor: Actor, business_id: BusinessId, interval_id: int, *, now: datetime
) -> None:
    """Give a room back: from the business date on it can be sold again, and waiting stays may have it.

    Nights already spent under maintenance stay so; an interval that is over stays as it is, and so does one of a
    room retired since, which is over by then. Raises `NotFound` for an interval that is absent or another hotel's.
    """
    actor.serves(business_id)
    interval = await find_maintenance(tx, actor.omd_id, business_id, interval_id)
    if interval is None:
        raise NotFound(f"There is no maintenance interval {interval_id}.")
    await lock_type_nights(
        tx,
        actor.omd_id,
        business_id,
        [interval.room_type_id],
        starts_on=interval.starts_on,
        ends_on=interval.ends_on,
    )
    # Read again under the lock: somebody else may have ended it since.
    interval = await find_maintenance(tx, actor.omd_id, business_id, interval_id)
    if interval is None:
        raise NotFound(f"There is no maintenance interval {interval_id}.")
    business_date = await find_business_date(tx, actor.omd_id, business_id, now)
    assert business_date is not None, "a hotel with an interval has a business date"
    if interval.ends_on <= business_date:
        return
    if interval.starts_on < business_date:
        await shorten_maintenance(tx, actor.omd_id, business_id, interval_id, business_date)
    else:
        await delete_maintenance(tx, actor.omd_id, business_id, interval_id)
    ended: dict[str, object] = {
        "interval_id": interval_id,
        "starts_on": max(interval.starts_on, business_date),
        "ends_on": interval.ends_on,
        "returns_as": interval.returns_as,
    }
    await _record(tx, actor, business_id, interval.room_id, "room.maintenance_ended", ended, now)
    await place_unassigned(
        tx,
        actor,
        business_id,
        interval.room_type_id,
        StayDates(interval.starts_on, interval.ends_on),
        business_date=business_date,
        now=now,
    )


async def _record(
    tx: Transaction,
    actor: Actor,
    business_id: BusinessId,
    room_id: int,
    event: str,
    facts: dict[str, object],
    now: datetime,
) -> None:
    await record_event(
        tx,
        actor.omd_id,
        business_id,
        aggregate="room",
        aggregate_id=room_id,
        type=event,
        actor=actor.label,
        now=now,
        data=facts,
    )


def _hit(stay: queries.StayInRoom, became: Literal["moved", "unassigned", "stays"], room_id: int | None) -> StayHit:
    return StayHit(str(stay.id), stay.code, stay.status, stay.arrival, stay.departure, became, room_id)


async def clear_room(
    tx: Transaction,
    actor: Actor,
    business_id: BusinessId,
    wanted: Clearing,
    room: queries.RoomOfType,
    interval: StayDates,
    hit: list[queries.StayInRoom],
    now: datetime,
    cause: str = "room_out_of_order",
    *,
    decided: bool = False,
) -> tuple[StayHit, ...]:
    """Take every stay off the room: move it if it may move, else name it, else by override leave nights without a room.

    A stay that may move loses its room on the nights alone that have none free.
    """
    if wanted.override_reason is not None:
        await force_nights(
            *(tx, actor.omd_id, business_id, RoomTypeId(room.room_type_id)),
            starts_on=interval.arrival,
            ends_on=interval.departure,
            rooms=1,
        )
    away = Occupancy(room.id, None, interval, fixed=True)
    moved: list[queries.StayInRoom] = []
    stuck: list[queries.StayInRoom] = []
    # Where moves were decided, nobody else is moved for it.
    movable = [stay for stay in hit if not decided and may_move(stay, room.business_date)]
    fixed = [stay for stay in hit if stay not in movable]
    if hit and (not wanted.move_stays or (fixed and wanted.override_reason is None)):
        raise _in_the_way(room, fixed or hit)
    off = [_without_room(stay, StayDates(stay.arrival, stay.departure)) for stay in movable]
    off += [_without_room(stay, nights) for stay in fixed for nights in _nights_hit(stay, interval, room.business_date)]
    if off:
        await queries.move_nights(tx, actor, business_id, off, cause, now)
    for stay in movable:
        other = await place_stay(
            tx,
            actor,
            business_id,
            RoomTypeId(room.room_type_id),
            stay.id,
            StayDates(stay.arrival, stay.departure),
            cause=cause,
            business_date=room.business_date,
            now=now,
            besides=[away],
            exact=True,
        )
        (stuck if other is None else moved).append(stay)
    if (stuck or fixed) and wanted.override_reason is None:
        raise _in_the_way(room, [*stuck, *fixed])
    await _leave_around(tx, actor, business_id, room, stuck, away, cause, now)
    # Room made for a later one may have moved an earlier one again: where they are is asked at the end.
    rooms = await _rooms_of(tx, actor, business_id, moved)
    return (
        *(_hit(stay, "moved", rooms[stay.id]) for stay in moved),
        *(_hit(stay, "unassigned", None) for stay in [*stuck, *fixed]),
    )


async def _leave_around(
    tx: Transaction,
    actor: Actor,
    business_id: BusinessId,
    room: queries.RoomOfType,
    stuck: Sequence[queries.StayInRoom],
    away: Occupancy,
    cause: str,
    now: datetime,
) -> None:
    """Give stays that were taken off the room it, or others, on the nights that leave one free."""
    for stay in stuck:
        await give_rooms(
            tx,
            actor,
            business_id,
            RoomTypeId(room.room_type_id),
            stay.id,
            StayDates(stay.arrival, stay.departure),
            cause=cause,
            business_date=room.business_date,
            now=now,
            preferred=room.id,
            besides=[away],
        )


async def _rooms_of(
    tx: Transaction, actor: Actor, business_id: BusinessId, stays: Sequence[queries.StayInRoom]
) -> dict[UUID, int | None]:
    if not stays:
        return {}
    held = await queries.list_rooms_held(
        tx,
        actor.omd_id,
        business_id,
        [stay.id for stay in stays],
        since=min(stay.arrival for stay in stays),
        until=max(stay.departure for stay in stays),
    )
    return {each.reservation_id: each.room_id for each in held}


def _nights_hit(stay: queries.StayInRoom, interval: StayDates, business_date: date) -> list[StayDates]:
    """Return the nights that a stay which cannot move loses: those of the interval, and none already spent."""
    since = max(stay.arrival, interval.arrival, business_date)
    if stay.is_of_one_type:
        return [StayDates(since, max(since, min(stay.departure, interval.departure)))]
    # Between these it may sleep in a room of another type, which it keeps.
    return [StayDates(night, night + timedelta(days=1)) for night in stay.nights if night >= since]


def _without_room(stay: queries.StayInRoom, dates: StayDates) -> dict[str, object]:
    """Return the move that takes a stay off its room for some nights."""
    return {"reservation_id": stay.id, "room_id": None, "arrival": dates.arrival, "departure": dates.departure}


def _locked(stay: queries.StayInRoom) -> str:
    return "" if stay.room_lock_reason is None else f", {say_lock(stay.room_lock_reason)}"


def _in_the_way(room: queries.RoomOfType, stays: list[queries.StayInRoom]) -> StaysInTheWay:
    listed = ", ".join(
        f"{stay.code} ({stay.status}, {stay.arrival} to {stay.departure}{_locked(stay)})" for stay in stays[:10]
    )
    return StaysInTheWay(
        f"Room {room.number} is held by {listed}. Move or shorten these stays, or override by name.",
        data={
            "stays": [
                {
                    "reservation_id": stay.id,
                    "code": stay.code,
                    "status": stay.status,
                    "arrival": stay.arrival,
                    "departure": stay.departure,
                    "room_lock_reason": stay.room_lock_reason,
                }
                for stay in stays
            ]
        },
    )
