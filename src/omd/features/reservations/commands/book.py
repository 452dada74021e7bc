"""Booking: a stay with a concrete room for every night, in one transaction and, as a rule, one call."""

import secrets
from datetime import date, datetime
from functools import partial
from uuid import UUID

import msgspec

from omd.db import Transaction
from omd.features.availability import arrival_in_the_past, beyond_horizon, find_horizon
from omd.features.reservations import queries
from omd.features.reservations.commands.give_rooms import give_rooms
from omd.features.reservations.commands.make_room import make_room
from omd.features.reservations.commands.reading import get_reservation
from omd.features.reservations.documents import Documents, masked
from omd.features.reservations.errors import (
    HoldRefused,
    RoomNotFree,
    RoomTypeUnknown,
    RoomUnknown,
    SoldOut,
    TooManyGuests,
)
from omd.features.reservations.model import (
    NewReservation,
    Night,
    Reservation,
    Standing,
    Status,
    action_rules,
)
from omd.features.reservations.room_locks import RoomLock, reason_without_lock
from omd.infra.keyring import Keyring
from omd.kernel.actor import Actor
from omd.kernel.dates import StayDates, parse_stay
from omd.kernel.errors import FieldProblem, OmdError
from omd.kernel.ids import BusinessId, RoomTypeId
from omd.kernel.money import Money

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_CODE_LENGTH = 8


class Booked(msgspec.Struct, frozen=True):
    """A stay just booked, and how many stays moved to make room for it."""

    reservation_id: UUID
    code: str
    outcome: queries.BookingOutcome
    moved: int


async def book(
    tx: Transaction,
    actor: Actor,
    business_id: BusinessId,
    wanted: NewReservation,
    *,
    now: datetime,
    keyring: Keyring | None = None,
) -> Reservation:
    """Book a stay and return it: in one room, or around nights that are full within a limit or by an override.

    Raises `InvalidInput` for the dates, `RoomTypeUnknown`, `TooManyGuests`, `ArrivalInThePast`, `BeyondHorizon`,
    `HoldRefused`, `SoldOut` naming the nights, `RoomNotFree` for a room asked for, `NoRoomThroughout` where what may
    not be moved leaves no room for the whole stay, `DocumentsNotKept` for a document number without a keyring, and
    `NotAllowed` for an actor that is not the hotel's staff.
    """
    booked = await hold(tx, actor, business_id, wanted, now=now, keyring=keyring)
    if booked.outcome.room_id is None:
        return await get_reservation(tx, actor, booked.reservation_id, now)
    return _as_booked(actor, business_id, wanted, booked, now)


async def hold(
    tx: Transaction,
    actor: Actor,
    business_id: BusinessId,
    wanted: NewReservation,
    *,
    now: datetime,
    keyring: Keyring | None = None,
    agency: str | None = None,
) -> Booked:
    """Book a stay as `book` does, and return what a program that books many needs.

    Its nights consume the quotas of the agency that sells it, if one does; raises `QuotaFull` where these are sold.
    """
    actor.serves(business_id)
    stay = parse_stay(wanted.arrival, wanted.departure)
    if wanted.room_lock_reason is not None and not wanted.room_locked:
        raise reason_without_lock()
    if wanted.room_id is not None:
        await require_room_of_type(tx, actor, business_id, wanted.room_id, wanted.room_type_id, wanted.arrival, now)
    code = new_code()
    guests = Documents(keyring, actor.omd_id, business_id).rows(wanted.guests)
    outcome = await _attempt(tx, actor, business_id, wanted, guests, code, wanted.room_id, agency, now)
    moved = 0
    if outcome.outcome == "needs_repacking":
        assert outcome.business_date is not None, "a type that was found has a hotel with a business date"
        made = await make_room(
            tx,
            actor,
            business_id,
            RoomTypeId(wanted.room_type_id),
            stay,
            business_date=outcome.business_date,
            now=now,
        )
        moved = made.moved
        outcome = await _attempt(tx, actor, business_id, wanted, guests, code, made.room_id, agency, now)
    if outcome.outcome != "booked" or outcome.reservation_id is None:
        raise await _refused(tx, actor, wanted, stay, outcome)
    if wanted.room_lock_reason is not None:
        await queries.say_lock_reason(tx, actor.omd_id, business_id, outcome.reservation_id, wanted.room_lock_reason)
    if outcome.room_id is None:
        assert outcome.business_date is not None, "a stay that was booked has a hotel with a business date"
        given = await give_rooms(
            tx,
            actor,
            business_id,
            RoomTypeId(wanted.room_type_id),
            outcome.reservation_id,
            stay,
            cause="booked",
            business_date=outcome.business_date,
            now=now,
            exact=wanted.override_reason is not None,
        )
        moved += given.moved
    return Booked(outcome.reservation_id, code, outcome, moved)


def new_code() -> str:
    """Return a code by which people name a stay or a booking, in Crockford's base 32."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(_CODE_LENGTH))


def _as_booked(
    actor: Actor, business_id: BusinessId, wanted: NewReservation, booked: Booked, now: datetime
) -> Reservation:
    """Return a stay in one room as reading it back would, without the reading: all of it was just written."""
    outcome = booked.outcome
    assert outcome.business_date is not None, "a stay that was booked has a hotel with a business date"
    stay = StayDates(wanted.arrival, wanted.departure)
    nights = tuple(Night(night, wanted.room_type_id, outcome.room_id, outcome.room_number) for night in stay.dates())
    status: Status = "confirmed" if wanted.hold_until is None else "tentative"
    price = None
    if wanted.price is not None and outcome.currency is not None:
        price = Money(wanted.price.value, outcome.currency)
    return Reservation(
        id=booked.reservation_id,
        code=booked.code,
        business_id=business_id,
        room_type_id=wanted.room_type_id,
        arrival=wanted.arrival,
        departure=wanted.departure,
        adults=wanted.adults,
        children=wanted.children,
        status=status,
        room_locked=wanted.room_locked,
        room_lock=RoomLock(wanted.room_lock_reason, now, actor.label) if wanted.room_locked else None,
        price=price,
        note=wanted.note,
        external_reference=wanted.external_reference,
        version=1,
        booked_at=now,
        booked_by=actor.label,
        checked_in_at=None,
        checked_out_at=None,
        cancelled_at=None,
        cancellation_reason=None,
        no_show_at=None,
        hold_until=wanted.hold_until,
        guests=tuple(masked(guest) for guest in wanted.guests),
        nights=nights,
        day_use=None,
        actions=action_rules(Standing(status, stay, outcome.business_date, nights_without_room=0)),
    )


async def _attempt(
    tx: Transaction,
    actor: Actor,
    business_id: BusinessId,
    wanted: NewReservation,
    guests: str,
    code: str,
    room_id: int | None,
    agency: str | None,
    now: datetime,
) -> queries.BookingOutcome:
    book_it = queries.book_reservation if agency is None else partial(queries.book_for_agency, agency=agency)
    return await book_it(
        tx,
        omd_id=actor.omd_id,
        business_id=business_id,
        room_type_id=wanted.room_type_id,
        arrival=wanted.arrival,
        departure=wanted.departure,
        adults=wanted.adults,
        children=wanted.children,
        guests=guests,
        amount=None if wanted.price is None else wanted.price.value,
        currency=None if wanted.price is None else wanted.price.currency,
        note=wanted.note,
        external_reference=wanted.external_reference,
        code=code,
        room_id=room_id,
        room_locked=wanted.room_locked,
        override_reason=wanted.override_reason,
        hold_until=wanted.hold_until,
        actor=actor.label,
        now=now,
    )


async def require_room_of_type(
    tx: Transaction,
    actor: Actor,
    business_id: BusinessId,
    room_id: int,
    room_type_id: int,
    arrival: date,
    now: datetime,
) -> None:
    """Raise `RoomUnknown` unless the room is of the type and in use on the arrival, or today if that is later."""
    room = await queries.find_room(tx, actor.omd_id, business_id, room_id, now)
    if room is None or room.room_type_id != room_type_id or not room.in_use_on(max(arrival, room.business_date)):
        said = f"This hotel has no room {room_id} of room type {room_type_id}."
        raise RoomUnknown(said, problems=(FieldProblem("/room_id", "room_unknown", said),))


def sold_out(outcome: str, type_name: str | None, nights: list[date]) -> SoldOut:
    """Return the refusal that names the nights on which the type, or the hotel's house-wide limit, leaves nothing."""
    listed = ", ".join(str(night) for night in nights[:7]) + (" and more" if len(nights) > 7 else "")
    if outcome == "house_sold_out":
        return SoldOut(
            f"The hotel's house-wide limit is reached on {listed}. Search for other dates, or override by name.",
            data={"nights": nights, "limit": "house"},
        )
    return SoldOut(
        f"{type_name or 'The room type'} is sold out on {listed}. Search for other dates or another type.",
        data={"nights": nights, "limit": "room_type"},
    )


def room_not_free(room_id: int | None, stay: StayDates) -> RoomNotFree:
    """Return the refusal of a room asked for by id."""
    said = (
        f"Room {room_id} is not free on every night from {stay.arrival} to {stay.departure}. "
        "Leave room_id out to get one that is."
    )
    return RoomNotFree(said, problems=(FieldProblem("/room_id", "room_not_free", said),))


async def _refused(
    tx: Transaction, actor: Actor, wanted: NewReservation, stay: StayDates, outcome: queries.BookingOutcome
) -> OmdError:
    match outcome.outcome:
        case "room_type_not_found":
            return unknown_type(wanted.room_type_id)
        case "arrival_in_the_past":
            assert outcome.business_date is not None, "the arrival was compared with it"
            return arrival_in_the_past(stay.arrival, outcome.business_date)
        case "too_many_guests":
            return too_many_guests(outcome.type_name, outcome.max_adults, outcome.max_occupancy)
        case "hold_in_the_past" | "hold_too_long":
            return hold_refused(outcome.outcome)
        case "beyond_horizon":
            return beyond_horizon(stay, await find_horizon(tx, actor.omd_id))
        case "sold_out" | "house_sold_out":
            return sold_out(outcome.outcome, outcome.type_name, outcome.nights_short or [])
        case "room_not_free":
            return room_not_free(wanted.room_id, stay)
        case unknown:
            raise AssertionError(f"book_reservation gave the outcome {unknown}")


def unknown_type(room_type_id: int) -> RoomTypeUnknown:
    """Return the refusal of a room type that the hotel does not have."""
    said = f"This hotel has no room type {room_type_id}."
    return RoomTypeUnknown(said, problems=(FieldProblem("/room_type_id", "room_type_unknown", said),))


def hold_refused(why: str) -> HoldRefused:
    """Return the refusal of a hold that would be over, or last too long."""
    said = {
        "hold_in_the_past": "That instant is past; say a later one.",
        "hold_too_long": "Nights are held for 30 days at most, and not after the arrival; say an earlier instant.",
    }[why]
    return HoldRefused(said, problems=(FieldProblem("/hold_until", why, said),))


def too_many_guests(type_name: str | None, max_adults: int | None, max_occupancy: int | None) -> TooManyGuests:
    """Return the refusal of a party that the type does not take."""
    said = f"{type_name} takes {max_adults} adult(s) and {max_occupancy} guest(s) in all."
    return TooManyGuests(said, problems=(FieldProblem("/adults", "too_many_guests", said),))
