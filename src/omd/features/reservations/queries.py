"""One typed function per statement of `queries.sql`, and the rows they give."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec

from omd.db import ReadTransaction, Transaction, load_statements
from omd.features.reservations.model import Guest, Night, ReservationSummary
from omd.kernel.actor import Actor

_SQL = load_statements("omd.features.reservations")


class BookingOutcome(msgspec.Struct, frozen=True):
    """What became of a booking: `booked`, or the code of what stands in its way."""

    outcome: str
    reservation_id: UUID | None
    room_id: int | None
    room_number: str | None
    business_date: date | None
    type_name: str | None
    max_adults: int | None
    max_occupancy: int | None
    nights_short: list[date] | None
    currency: str | None


class HoldOutcome(msgspec.Struct, frozen=True):
    """What became of holding nights anew: `found`, or the code of what stands in the way."""

    outcome: str
    room_id: int | None
    nights_short: list[date] | None


class ReservationRow(msgspec.Struct, frozen=True):
    """A stay as the database holds it; guests and nights as JSON."""

    id: UUID
    code: str
    business_id: int
    room_type_id: int
    arrival: date
    departure: date
    adults: int
    children: int
    status: str
    room_locked: bool
    amount: Decimal | None
    currency: str | None
    note: str | None
    external_reference: str | None
    version: int
    booked_at: datetime
    booked_by: str
    checked_in_at: datetime | None
    checked_out_at: datetime | None
    cancelled_at: datetime | None
    cancellation_reason: str | None
    no_show_at: datetime | None
    business_date: date
    checked_in_on: date | None
    guests: str
    nights: str

    def read_guests(self) -> tuple[Guest, ...]:
        """Return the guests, the primary one first."""
        return msgspec.json.decode(self.guests, type=tuple[Guest, ...])

    def read_nights(self) -> tuple[Night, ...]:
        """Return the nights held, by date."""
        return msgspec.json.decode(self.nights, type=tuple[Night, ...])


class StayKey(msgspec.Struct, frozen=True):
    """Which hotel holds a stay, and its dates: its nights lie in `[arrival, departure)`."""

    business_id: int
    arrival: date
    departure: date


class StandingRow(msgspec.Struct, frozen=True):
    """What the rules of a stay's life look at, and where the stay is."""

    business_id: int
    room_type_id: int
    arrival: date
    departure: date
    status: str
    version: int
    business_date: date
    checked_in_on: date | None
    nights_without_room: int


class PackingRoom(msgspec.Struct, frozen=True):
    """A room that takes part in packing."""

    id: int
    number: str


class OccupancyRow(msgspec.Struct, frozen=True):
    """A run of nights that a room is taken; `code` is the reservation's, or the reason of the maintenance."""

    room_id: int
    reservation_id: UUID | None
    arrival: date
    departure: date
    fixed: bool
    code: str


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
    """A stay that holds a room on the nights `first_night` to `last_night`, both included."""

    id: UUID
    code: str
    status: str
    room_locked: bool
    arrival: date
    departure: date
    first_night: date
    last_night: date


class RoomOfType(msgspec.Struct, frozen=True):
    """A room, its type, and the day its hotel works on."""

    id: int
    number: str
    room_type_id: int
    business_date: date


class PartyLimits(msgspec.Struct, frozen=True):
    """What a room type takes, and the hotel's currency."""

    name: str
    max_adults: int
    max_occupancy: int
    currency: str


async def book_reservation(tx: Transaction, **values: object) -> BookingOutcome:
    """Book a stay in one call; the parameters are those of the SQL function of this name."""
    return await tx.one(_SQL["book_reservation"], BookingOutcome, **values)


async def find_stay_key(tx: ReadTransaction, actor: Actor, reservation_id: UUID) -> StayKey | None:
    """Return where a stay of the actor's hotels is, or None."""
    return await tx.maybe(
        _SQL["find_stay_key"],
        StayKey,
        omd_id=actor.omd_id,
        business_ids=actor.readable_business_ids,
        reservation_id=reservation_id,
    )


async def lock_stay_key(tx: Transaction, actor: Actor, reservation_id: UUID) -> StayKey | None:
    """Lock a stay for a change and return where it is, or None when the actor's hotels hold no such stay."""
    return await tx.maybe(
        _SQL["lock_stay_key"],
        StayKey,
        omd_id=actor.omd_id,
        business_ids=actor.readable_business_ids,
        reservation_id=reservation_id,
    )


async def lock_standing(tx: Transaction, actor: Actor, reservation_id: UUID, now: datetime) -> StandingRow | None:
    """Lock a stay for a step of its life and return where it stands, or None when the actor's hotels hold none such."""
    return await tx.maybe(
        _SQL["lock_standing"],
        StandingRow,
        omd_id=actor.omd_id,
        business_ids=actor.readable_business_ids,
        reservation_id=reservation_id,
        now=now,
    )


async def find_reservation(
    tx: ReadTransaction, omd_id: int, key: StayKey, reservation_id: UUID, now: datetime
) -> ReservationRow | None:
    """Return the stay at the key, or None when it moved since."""
    return await tx.maybe(
        _SQL["find_reservation"],
        ReservationRow,
        omd_id=omd_id,
        business_id=key.business_id,
        arrival=key.arrival,
        departure=key.departure,
        reservation_id=reservation_id,
        now=now,
    )


async def list_reservations(
    tx: ReadTransaction,
    actor: Actor,
    business_id: int,
    *,
    since: date,
    until: date,
    statuses: Sequence[str],
    code: str | None,
    after: tuple[date, UUID],
    page_size: int,
) -> list[ReservationSummary]:
    """Return a page of the stays that touch `[since, until)`, by arrival, then id."""
    return await tx.many(
        _SQL["list_reservations"],
        ReservationSummary,
        omd_id=actor.omd_id,
        business_id=business_id,
        since=since,
        until=until,
        statuses=statuses,
        code=code,
        after_arrival=after[0],
        after_id=after[1],
        page_size=page_size,
    )


async def list_rooms_of_type(
    tx: ReadTransaction, omd_id: int, business_id: int, room_type_id: int
) -> list[PackingRoom]:
    """Return the rooms of a type in use."""
    return await tx.many(
        _SQL["list_rooms_of_type"], PackingRoom, omd_id=omd_id, business_id=business_id, room_type_id=room_type_id
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


async def find_room(
    tx: ReadTransaction, omd_id: int, business_id: int, room_id: int, now: datetime
) -> RoomOfType | None:
    """Return a room in use, or None."""
    return await tx.maybe(
        _SQL["find_room"], RoomOfType, omd_id=omd_id, business_id=business_id, room_id=room_id, now=now
    )


async def find_room_type(tx: ReadTransaction, omd_id: int, business_id: int, room_type_id: int) -> PartyLimits | None:
    """Return what a room type takes, or None."""
    return await tx.maybe(
        _SQL["find_room_type"], PartyLimits, omd_id=omd_id, business_id=business_id, room_type_id=room_type_id
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


async def hold_again(tx: Transaction, **values: object) -> HoldOutcome:
    """Hold other nights for a stay; the parameters are those of the SQL function of this name."""
    return await tx.one(_SQL["hold_again"], HoldOutcome, **values)


async def end_or_enter(tx: Transaction, **values: object) -> Any:
    """Take a stay over one edge of its life and return its new version."""
    return await tx.value(_SQL["end_or_enter"], **values)


async def amend_reservation(tx: Transaction, **values: object) -> Any:
    """Write the new terms of a stay and return its new version."""
    return await tx.value(_SQL["amend_reservation"], **values)
