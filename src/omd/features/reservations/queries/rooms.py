"""Rooms and what takes them: one typed function per statement, and the rows they give."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Literal
from uuid import UUID

import msgspec

from omd.db import ReadTransaction, Transaction, load_statements
from omd.features.reservations.occupants import Occupant
from omd.features.reservations.room_rules import BrokenRule, Rule, say_broken
from omd.kernel.actor import Actor
from omd.kernel.dates import StayDates

_SQL = load_statements("omd.features.reservations")


class PackingRoom(msgspec.Struct, frozen=True):
    """A room that takes part in packing; `retired_on` is the first day without it."""

    id: int
    number: str
    retired_on: date | None


class OccupancyRow(msgspec.Struct, frozen=True):
    """A run of nights that a room is taken; `code` is the reservation's, or the reason why it is given to nobody."""

    room_id: int
    reservation_id: UUID | None
    arrival: date
    departure: date
    fixed: bool
    code: str
    what: Literal["stay", "out_of_order", "held_back"]
    lock_reason: str | None


class UnassignedStay(msgspec.Struct, frozen=True):
    """A stay `[arrival, departure)` with some night that has no room."""

    id: UUID
    arrival: date
    departure: date


class WaitingType(msgspec.Struct, frozen=True):
    """A room type in which stays wait for a room, and the day its hotel works on."""

    business_id: int
    room_type_id: int
    business_date: date


class StayInRoom(msgspec.Struct, frozen=True):
    """A stay that holds a room on these nights, from `first_night` to `last_night`, both included.

    `is_of_one_type` says whether everything it holds is of the room's type.
    """

    id: UUID
    code: str
    status: str
    room_locked: bool
    room_lock_reason: str | None
    arrival: date
    departure: date
    first_night: date
    last_night: date
    nights: list[date]
    is_of_one_type: bool


class RoomOfType(msgspec.Struct, frozen=True):
    """A room, its type, the first day without it, and the day its hotel works on."""

    id: int
    number: str
    room_type_id: int
    retired_on: date | None
    business_date: date

    def in_use_on(self, night: date) -> bool:
        """Say whether the room is in the house on a night."""
        return self.retired_on is None or night < self.retired_on


class BrokenRow(msgspec.Struct, frozen=True):
    """A rule that a stay would break in a room, the feature, condition or reason it is about, from when until when."""

    rule: Rule
    detail: str | None
    starts_on: date | None
    ends_on: date | None

    def read(self) -> BrokenRule:
        """Return the rule with its words."""
        return BrokenRule(self.rule, say_broken(self.rule, self.detail, self.starts_on, self.ends_on))


class OccupiedRoom(msgspec.Struct, frozen=True):
    """A stay, its room, and the code of the stay whose guests are in it."""

    reservation_id: UUID
    room_number: str
    code: str


class RoomHeld(msgspec.Struct, frozen=True):
    """The room a stay has, None while it waits for one."""

    reservation_id: UUID
    room_id: int | None


async def list_rooms_of_type(
    tx: ReadTransaction, omd_id: int, business_id: int, room_type_id: int, from_date: date
) -> list[PackingRoom]:
    """Return the rooms of a type in use on a date."""
    return await tx.many(
        _SQL["list_rooms_of_type"],
        PackingRoom,
        omd_id=omd_id,
        business_id=business_id,
        room_type_id=room_type_id,
        from_date=from_date,
    )


async def list_occupancies(
    tx: ReadTransaction, omd_id: int, business_id: int, room_type_id: int, from_date: date
) -> list[OccupancyRow]:
    """Return every run that takes a room of the type on `from_date` or later, whole."""
    return await tx.many(
        _SQL["list_occupancies"],
        OccupancyRow,
        omd_id=omd_id,
        business_id=business_id,
        room_type_id=room_type_id,
        from_date=from_date,
    )


async def list_unassigned(
    tx: ReadTransaction, omd_id: int, business_id: int, room_type_id: int, *, since: date, until: date
) -> list[UnassignedStay]:
    """Return the stays without a room on some night of `[since, until)`, the longest waiting first."""
    return await tx.many(
        _SQL["list_unassigned"],
        UnassignedStay,
        omd_id=omd_id,
        business_id=business_id,
        room_type_id=room_type_id,
        since=since,
        until=until,
    )


async def list_waiting_types(tx: ReadTransaction, omd_id: int, now: datetime) -> list[WaitingType]:
    """Return the room types of an OMD in which stays wait for a room."""
    return await tx.many(_SQL["list_waiting_types"], WaitingType, omd_id=omd_id, now=now)


async def list_stays_in_room(
    tx: ReadTransaction, omd_id: int, business_id: int, room_id: int, starts_on: date, ends_on: date
) -> list[StayInRoom]:
    """Return the stays that hold a room on some night of `[starts_on, ends_on)`."""
    return await tx.many(
        _SQL["list_stays_in_room"],
        StayInRoom,
        omd_id=omd_id,
        business_id=business_id,
        room_id=room_id,
        starts_on=starts_on,
        ends_on=ends_on,
    )


async def count_free_nights(
    tx: ReadTransaction, omd_id: int, business_id: int, room_id: int, reservation_id: UUID, nights: StayDates
) -> int:
    """Return on how many of these nights a room is free, or held by this stay."""
    free: int = await tx.value(
        _SQL["count_free_nights"],
        omd_id=omd_id,
        business_id=business_id,
        room_id=room_id,
        reservation_id=reservation_id,
        since=nights.arrival,
        until=nights.departure,
    )
    return free


async def list_broken_rules(
    tx: ReadTransaction,
    omd_id: int,
    business_id: int,
    reservation_id: UUID,
    room_id: int,
    nights: StayDates,
    now: datetime,
) -> list[BrokenRule]:
    """Return the rules that a stay would break in a room on these nights, which a person may override."""
    rows = await tx.many(
        _SQL["list_broken_rules"],
        BrokenRow,
        omd_id=omd_id,
        business_id=business_id,
        reservation_id=reservation_id,
        room_id=room_id,
        since=nights.arrival,
        until=nights.departure,
        now=now,
    )
    return [row.read() for row in rows]


async def find_business_date(tx: ReadTransaction, omd_id: int, business_id: int, now: datetime) -> date:
    """Return the day a hotel works on."""
    today: date = await tx.value(_SQL["find_business_date"], omd_id=omd_id, business_id=business_id, now=now)
    return today


async def find_room(
    tx: ReadTransaction, omd_id: int, business_id: int, room_id: int, now: datetime
) -> RoomOfType | None:
    """Return a room, in use or retired, or None."""
    return await tx.maybe(
        _SQL["find_room"], RoomOfType, omd_id=omd_id, business_id=business_id, room_id=room_id, now=now
    )


async def find_occupied(
    tx: ReadTransaction, omd_id: int, business_id: int, reservation_ids: Sequence[UUID], now: datetime
) -> dict[UUID, Occupant]:
    """Return who is in the rooms of those of these stays that cannot be taken in for that, or back in."""
    rows = await tx.many(
        _SQL["find_occupied"],
        OccupiedRoom,
        omd_id=omd_id,
        business_id=business_id,
        reservation_ids=reservation_ids,
        now=now,
    )
    return {row.reservation_id: Occupant(row.room_number, row.code) for row in rows}


async def is_wanted_by_day(
    tx: ReadTransaction, omd_id: int, business_id: int, reservation_id: UUID, night: date, now: datetime
) -> bool:
    """Say whether the room of a stay on the night of a business date is used by day, now or later that day."""
    wanted: bool = await tx.value(
        _SQL["is_wanted_by_day"],
        omd_id=omd_id,
        business_id=business_id,
        reservation_id=reservation_id,
        date=night,
        now=now,
    )
    return wanted


async def choose_empty_room(
    tx: Transaction, actor: Actor, business_id: int, room_type_id: int, nights: StayDates, own: UUID, now: datetime
) -> int | None:
    """Return the best room of a type that a stay could have for these nights that is nobody else's now, nor today."""
    room_id: int | None = await tx.value(
        _SQL["choose_empty_room"],
        omd_id=actor.omd_id,
        business_id=business_id,
        room_type_id=room_type_id,
        arrival=nights.arrival,
        departure=nights.departure,
        own=own,
        now=now,
    )
    return room_id


async def list_rooms_held(
    tx: ReadTransaction, omd_id: int, business_id: int, reservation_ids: Sequence[UUID], *, since: date, until: date
) -> list[RoomHeld]:
    """Return the room in which each of these stays begins what it holds in `[since, until)`."""
    return await tx.many(
        _SQL["list_rooms_held"],
        RoomHeld,
        omd_id=omd_id,
        business_id=business_id,
        reservation_ids=reservation_ids,
        since=since,
        until=until,
    )


async def move_nights(
    tx: Transaction, actor: Actor, business_id: int, moves: Sequence[dict[str, object]], cause: str, now: datetime
) -> int:
    """Give nights other rooms, all at once, and return how many; a `room_id` of None takes a stay off its room.

    A move is `reservation_id`, `room_id`, `arrival`, `departure`.
    """
    moved: int = await tx.value(
        _SQL["move_nights"],
        omd_id=actor.omd_id,
        business_id=business_id,
        moves=msgspec.json.encode(moves).decode(),
        cause=cause,
        actor=actor.label,
        now=now,
    )
    return moved
