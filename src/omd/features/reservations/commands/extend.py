"""Staying longer: the added nights, in the guest's own room as far as that goes; a night held is never given up."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Protocol

import msgspec

from omd.db import Transaction
from omd.features.availability import find_horizon
from omd.features.reservations import queries
from omd.features.reservations.commands.make_room import make_room
from omd.features.reservations.commands.rooms_taken import read_rooms_taken
from omd.features.reservations.errors import NoRoomThroughout
from omd.features.reservations.packing import Segment, split_around_full_nights
from omd.kernel.actor import Actor
from omd.kernel.dates import StayDates
from omd.kernel.ids import BusinessId, RoomTypeId


class Allowance(Protocol):
    """What decides how far an extension may go: a locked room, and an override by name."""

    @property
    def room_locked(self) -> bool:
        """Whether the stay may not change its room."""

    @property
    def override_reason(self) -> str | None:
        """Why the nights are held above every limit."""


class _Stretch(msgspec.Struct, frozen=True):
    """Added nights with one rule: in the own room if there is one, and whether rooms are left on them by count."""

    dates: StayDates
    own_room: int | None
    full: bool


class _Part(msgspec.Struct, frozen=True):
    """Nights to be held in one room, or without one."""

    dates: StayDates
    room_id: int | None


async def extend(
    tx: Transaction,
    actor: Actor,
    row: queries.ReservationRow,
    departure: date,
    last_room: int | None,
    room_type_id: RoomTypeId,
    allowance: Allowance,
    now: datetime,
) -> queries.HoldOutcome:
    """Hold the nights from the departure to a later one of a type, that of its last night, and return what came of it.

    That is `found`, `sold_out` by the type, `house_sold_out` by the hotel's house-wide limit, or `beyond_horizon`.
    The stay keeps its room where that is free, or can be made free by moving stays that have not begun. Where its
    room retires, it goes on in another from that day. Where the house is full within an overbooking limit, or an
    override says so, it holds every night all the same: in its room, else in another free one, else without a room.
    Raises `NoRoomThroughout` where nothing of this is allowed.
    """
    added = StayDates(row.departure, departure)
    room = None if last_room is None else await queries.find_room(tx, actor.omd_id, row.business_id, last_room, now)
    own = room if room is not None and room.in_use_on(added.arrival) else None
    outcome = await queries.hold_again(
        tx,
        omd_id=actor.omd_id,
        business_id=row.business_id,
        reservation_id=row.id,
        release_from=added.arrival,
        release_until=added.arrival,
        room_type_id=room_type_id,
        from_date=added.arrival,
        until_date=added.departure,
        preferred_room_id=None,
        required_room_id=None if own is None else own.id,
        needs_room=True,
        override_reason=allowance.override_reason,
        granted=[],
        house_granted=[],
        now=now,
    )
    if outcome.outcome not in ("room_not_free", "needs_repacking"):
        return outcome
    full = frozenset(outcome.nights_full or ())
    before = None if own is None else own.id
    for stretch in _stretches(added, own, full):
        for part in await _parts(tx, actor, row, room_type_id, stretch, before, allowance, bool(full), now):
            await queries.hold_nights(
                tx,
                omd_id=actor.omd_id,
                business_id=row.business_id,
                reservation_id=row.id,
                room_type_id=room_type_id,
                from_date=part.dates.arrival,
                until_date=part.dates.departure,
                room_id=part.room_id,
                now=now,
            )
            before = part.room_id
    return msgspec.structs.replace(outcome, outcome="found")


def _stretches(added: StayDates, own: queries.RoomOfType | None, full: frozenset[date]) -> Sequence[_Stretch]:
    """Return the added nights cut where the own room retires, and where full nights begin or end."""
    stretches: list[_Stretch] = []
    for night in added.dates():
        room = own.id if own is not None and own.in_use_on(night) else None
        last = stretches[-1] if stretches else None
        next_day = night + timedelta(days=1)
        if last is not None and (last.own_room, last.full) == (room, night in full):
            stretches[-1] = msgspec.structs.replace(last, dates=StayDates(last.dates.arrival, next_day))
        else:
            stretches.append(_Stretch(StayDates(night, next_day), room, night in full))
    return stretches


async def _parts(
    tx: Transaction,
    actor: Actor,
    row: queries.ReservationRow,
    room_type_id: RoomTypeId,
    stretch: _Stretch,
    before: int | None,
    allowance: Allowance,
    house_full: bool,
    now: datetime,
) -> Sequence[_Part]:
    """Return where the nights of a stretch are spent; raise `NoRoomThroughout` where that is not allowed."""
    business_id = BusinessId(row.business_id)
    promised = stretch.own_room is not None and allowance.room_locked and allowance.override_reason is None
    if not stretch.full:
        # Today's arrivals may still move while they are not in the house; whoever is in it is fixed.
        today = row.business_date - timedelta(days=1) if row.status == "in_house" else row.business_date
        try:
            made = await make_room(
                tx,
                actor,
                business_id,
                room_type_id,
                stretch.dates,
                business_date=today,
                now=now,
                start_room=stretch.own_room,
                preferred=before,
            )
        except NoRoomThroughout:
            if promised or (not house_full and allowance.override_reason is None):
                raise
        else:
            return [_Part(stretch.dates, made.room_id)]
    horizon = await find_horizon(tx, actor.omd_id)
    assert horizon is not None, "a type with counters has a horizon"
    house = await read_rooms_taken(
        tx,
        actor,
        business_id,
        room_type_id,
        stretch.dates,
        since=stretch.dates.arrival,
        until=horizon.ends_on,
        preferred=before,
    )
    rooms = [room for room in house.ids if not promised or room == stretch.own_room]
    taken = [run for run in house.taken if run.room_id in rooms]
    return _with_gaps(stretch.dates, split_around_full_nights(rooms, taken, stretch.dates, stretch.own_room))


def _with_gaps(dates: StayDates, segments: Sequence[Segment]) -> Sequence[_Part]:
    """Return the segments, and between them the nights without a room."""
    parts: list[_Part] = []
    since = dates.arrival
    for segment in segments:
        if since < segment.dates.arrival:
            parts.append(_Part(StayDates(since, segment.dates.arrival), None))
        parts.append(_Part(segment.dates, segment.room_id))
        since = segment.dates.departure
    if since < dates.departure:
        parts.append(_Part(StayDates(since, dates.departure), None))
    return parts
