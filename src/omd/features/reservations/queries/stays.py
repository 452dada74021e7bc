"""Stays: one typed function per statement that reads or changes one, and the rows they give."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

import msgspec

from omd.db import ReadTransaction, Transaction, load_statements
from omd.features.reservations.model import Guest, Night, ReservationSummary
from omd.features.reservations.occupants import DayUse, Occupant, Unready
from omd.features.reservations.room_locks import RoomLock
from omd.kernel.actor import Actor

_SQL = load_statements("omd.features.reservations")

Frees = Literal["nothing", "what lies ahead", "everything"]
"""The nights that a step of a stay's life may give back."""


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
    """What became of holding nights anew: `found`, or the code of what stands in the way.

    `nights_full` are those on which more is sold than there are rooms once this stay is.
    """

    outcome: str
    room_id: int | None
    nights_short: list[date] | None
    nights_full: list[date] | None


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
    checked_out_on: date | None
    planned_departure: date | None
    hold_until: datetime | None
    guests: str
    nights: str
    occupant: str | None
    day_use: str | None
    unready: str | None
    room_lock: str | None

    def read_guests(self) -> tuple[Guest, ...]:
        """Return the guests, the primary one first."""
        return msgspec.json.decode(self.guests, type=tuple[Guest, ...])

    def read_nights(self) -> tuple[Night, ...]:
        """Return the nights held, by date."""
        return msgspec.json.decode(self.nights, type=tuple[Night, ...])

    def read_occupant(self) -> Occupant | None:
        """Return who keeps the stay out of its room by being in it."""
        return None if self.occupant is None else msgspec.json.decode(self.occupant, type=Occupant)

    def read_unready(self) -> Unready | None:
        """Return the room of a stay that could be taken in but for the room's condition."""
        return None if self.unready is None else msgspec.json.decode(self.unready, type=Unready)

    def read_room_lock(self) -> RoomLock | None:
        """Return why the room is locked, since when and by whom, where that is known."""
        return None if self.room_lock is None else msgspec.json.decode(self.room_lock, type=RoomLock)

    def read_day_use(self) -> DayUse | None:
        """Return the room and the time of a stay that has no night."""
        return None if self.day_use is None else msgspec.json.decode(self.day_use, type=DayUse)


class HappenedRow(msgspec.Struct, frozen=True):
    """An event of a stay: the version it led to, and what it says, as JSON."""

    version: int
    type: str
    by: str
    at: datetime
    data: str


class StayKey(msgspec.Struct, frozen=True):
    """Which hotel holds a stay, and its dates: its nights lie in `[arrival, departure)`."""

    business_id: int
    arrival: date
    departure: date


class StandingRow(msgspec.Struct, frozen=True):
    """What the rules of a stay's life look at, and where the stay is.

    `held_type_ids` are the types whose inventory it consumes, None for a step that frees nothing.
    """

    business_id: int
    room_type_id: int
    arrival: date
    departure: date
    status: str
    version: int
    business_date: date
    checked_in_on: date | None
    nights_without_room: int
    hold_until: datetime | None
    held_type_ids: list[int] | None
    day_use: bool
    day_use_ends_at: datetime | None


class PartyLimits(msgspec.Struct, frozen=True):
    """What a room type takes, and the hotel's currency."""

    name: str
    max_adults: int
    max_occupancy: int
    currency: str


async def book_reservation(tx: Transaction, **values: object) -> BookingOutcome:
    """Book a stay in one call; the parameters are those of the SQL function of this name."""
    return await tx.one(_SQL["book_reservation"], BookingOutcome, **values)


async def book_for_agency(tx: Transaction, agency: str, **values: object) -> BookingOutcome:
    """Book a stay in one call, of which the nights consume an agency's quotas."""
    return await tx.one(_SQL["book_for_agency"], BookingOutcome, agency=agency, **values)


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


async def lock_for_change(
    tx: Transaction,
    actor: Actor,
    reservation_id: UUID,
    *,
    room_type_id: int | None,
    arrival: date | None,
    departure: date | None,
    now: datetime,
) -> StayKey | None:
    """Lock a stay that is to hold other nights, after their counters and its own; None stands for what stays.

    None too when the actor's hotels hold no such stay. A stay that got other nights meanwhile ends the transaction,
    which runs again.
    """
    return await tx.maybe(
        _SQL["lock_for_change"],
        StayKey,
        omd_id=actor.omd_id,
        business_ids=actor.readable_business_ids,
        reservation_id=reservation_id,
        room_type_id=room_type_id,
        arrival=arrival,
        departure=departure,
        now=now,
    )


async def lock_standing(
    tx: Transaction, actor: Actor, reservation_id: UUID, frees: Frees, now: datetime
) -> StandingRow | None:
    """Lock a stay for a step of its life and return where it stands, or None when the actor's hotels hold none such.

    The counters of the nights that the step frees are locked before it. A stay that got other nights meanwhile ends
    the transaction, which runs again.
    """
    return await tx.maybe(
        _SQL["lock_standing"],
        StandingRow,
        omd_id=actor.omd_id,
        business_ids=actor.readable_business_ids,
        reservation_id=reservation_id,
        frees=frees,
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


async def list_summaries(
    tx: ReadTransaction, actor: Actor, business_id: int, reservation_ids: Sequence[UUID]
) -> list[ReservationSummary]:
    """Return some stays of a hotel as its list shows them, in no order."""
    return await tx.many(
        _SQL["list_summaries"],
        ReservationSummary,
        omd_id=actor.omd_id,
        business_id=business_id,
        reservation_ids=reservation_ids,
    )


async def find_room_type(tx: ReadTransaction, omd_id: int, business_id: int, room_type_id: int) -> PartyLimits | None:
    """Return what a room type takes, or None."""
    return await tx.maybe(
        _SQL["find_room_type"], PartyLimits, omd_id=omd_id, business_id=business_id, room_type_id=room_type_id
    )


async def hold_again(tx: Transaction, **values: object) -> HoldOutcome:
    """Hold other nights for a stay; the parameters are those of the SQL function of this name."""
    return await tx.one(_SQL["hold_again"], HoldOutcome, **values)


async def hold_nights(tx: Transaction, **values: object) -> None:
    """Hold a run of nights for a stay; the parameters are those of the SQL function of this name."""
    await tx.value(_SQL["hold_nights"], **values)


async def end_or_enter(tx: Transaction, **values: object) -> Any:
    """Take a stay over one edge of its life and return its new version."""
    return await tx.value(_SQL["end_or_enter"], **values)


async def say_lock_reason(tx: Transaction, omd_id: int, business_id: int, reservation_id: UUID, reason: str) -> None:
    """Say why a stay that was just booked is not to leave its room."""
    await tx.run(
        _SQL["say_lock_reason"], omd_id=omd_id, business_id=business_id, reservation_id=reservation_id, reason=reason
    )


async def amend_reservation(tx: Transaction, **values: object) -> Any:
    """Write the new terms of a stay and return its new version."""
    return await tx.value(_SQL["amend_reservation"], **values)


async def reinstate(tx: Transaction, **values: object) -> Any:
    """Take a stay that is over back into its life and return its new version."""
    return await tx.value(_SQL["reinstate"], **values)


async def list_happened_since(
    tx: ReadTransaction, actor: Actor, reservation_id: UUID, version: int, *, at_most: int
) -> list[HappenedRow]:
    """Return what happened to a stay after a version of it, the oldest first."""
    return await tx.many(
        _SQL["list_happened_since"],
        HappenedRow,
        omd_id=actor.omd_id,
        reservation_id=reservation_id,
        version=version,
        at_most=at_most,
    )
