"""Changing a stay: its dates, type, room, party, price or words."""

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import msgspec

from omd.db import Transaction
from omd.features.availability import arrival_in_the_past, beyond_horizon, find_horizon
from omd.features.reservations import queries
from omd.features.reservations.commands.book import (
    require_room_of_type,
    room_not_free,
    sold_out,
    too_many_guests,
)
from omd.features.reservations.commands.make_room import make_room
from omd.features.reservations.commands.reading import get_reservation, lock_row
from omd.features.reservations.commands.unassigned import place_unassigned
from omd.features.reservations.documents import Documents
from omd.features.reservations.errors import InHouseStayFixed, RoomTypeUnknown
from omd.features.reservations.guest_queries import list_documents
from omd.features.reservations.model import Amendment, Night, Reservation
from omd.infra.keyring import Keyring
from omd.kernel.actor import Actor
from omd.kernel.dates import StayDates, parse_stay
from omd.kernel.errors import FieldProblem
from omd.kernel.ids import BusinessId, RoomTypeId


class Terms(msgspec.Struct, frozen=True):
    """A stay's terms once the change is taken in."""

    stay: StayDates
    room_type_id: int
    room_id: int | None
    room_locked: bool
    adults: int
    children: int
    amount: Decimal | None
    currency: str | None
    note: str | None
    external_reference: str | None


async def amend(
    tx: Transaction,
    actor: Actor,
    reservation_id: UUID,
    change: Amendment,
    *,
    expected: Callable[[int], None],
    now: datetime,
    keyring: Keyring | None = None,
) -> Reservation:
    """Change a stay and return it; nothing changes when any part is refused.

    `expected` is called with the current version and raises when the caller read another. Raises as `book`
    does, `ActionRefused` for a closed stay, and `InHouseStayFixed` for the arrival or type of an in-house one.
    """
    row = await lock_row(tx, actor, reservation_id, "amend", now)
    expected(row.version)
    nights = row.read_nights()
    held_room = await _room_held(tx, actor, row, nights, now)
    limits = await _limits(tx, actor, row, change)
    terms = _taken_in(row, change, held_room, limits.currency)
    _check(row, terms, limits)
    if (
        terms.stay != StayDates(row.arrival, row.departure)
        or terms.room_type_id != row.room_type_id
        or terms.room_id != held_room
    ):
        if change.room_id is not msgspec.UNSET:
            await require_room_of_type(tx, actor, BusinessId(row.business_id), change.room_id, terms.room_type_id, now)
        await _hold(tx, actor, row, change, terms, held_room, limits, now)
    await queries.amend_reservation(
        tx,
        omd_id=actor.omd_id,
        business_id=row.business_id,
        reservation_id=row.id,
        room_type_id=terms.room_type_id,
        arrival=terms.stay.arrival,
        departure=terms.stay.departure,
        adults=terms.adults,
        children=terms.children,
        room_locked=terms.room_locked,
        amount=terms.amount,
        currency=terms.currency,
        note=terms.note,
        external_reference=terms.external_reference,
        guests=await _guests(tx, actor, row, change, keyring),
        changes=_recorded(change),
        actor=actor.label,
        now=now,
    )
    await place_unassigned(
        tx,
        actor,
        BusinessId(row.business_id),
        RoomTypeId(nights[-1].room_type_id if nights else row.room_type_id),
        StayDates(row.arrival, row.departure),
        business_date=row.business_date,
        now=now,
    )
    return await get_reservation(tx, actor, reservation_id, now)


async def _guests(
    tx: Transaction, actor: Actor, row: queries.ReservationRow, change: Amendment, keyring: Keyring | None
) -> str | None:
    """Return the new guests as rows, None when they stay; a masked number stands for the one that is kept."""
    if change.guests is msgspec.UNSET:
        return None
    stored = await list_documents(tx, actor.omd_id, row.business_id, row.id)
    return Documents(keyring, actor.omd_id, row.business_id).rows(change.guests, stored)


async def _room_held(
    tx: Transaction, actor: Actor, row: queries.ReservationRow, nights: Sequence[Night], now: datetime
) -> int | None:
    """Return the room the stay goes on in: a guest's in the house is tonight's; None when it has none in use."""
    if not nights:
        return None
    tonight = [night for night in nights if night.date >= row.business_date]
    held = (tonight[0] if row.status == "in_house" and tonight else nights[-1]).room_id
    if held is None or await queries.find_room(tx, actor.omd_id, row.business_id, held, now) is None:
        return None
    return held


async def _limits(tx: Transaction, actor: Actor, row: queries.ReservationRow, change: Amendment) -> queries.PartyLimits:
    room_type_id = row.room_type_id if change.room_type_id is msgspec.UNSET else change.room_type_id
    limits = await queries.find_room_type(tx, actor.omd_id, row.business_id, room_type_id)
    if limits is None:
        said = f"This hotel has no room type {room_type_id}."
        raise RoomTypeUnknown(said, problems=(FieldProblem("/room_type_id", "room_type_unknown", said),))
    return limits


def _taken_in(row: queries.ReservationRow, change: Amendment, held_room: int | None, hotel_currency: str) -> Terms:
    unset = msgspec.UNSET
    arrival = row.arrival if change.arrival is unset else change.arrival
    departure = row.departure if change.departure is unset else change.departure
    room_type_id = row.room_type_id if change.room_type_id is unset else change.room_type_id
    keeps_room = room_type_id == row.room_type_id
    amount, currency = row.amount, row.currency
    if change.price is None:
        amount, currency = None, None
    elif change.price is not unset:
        amount, currency = change.price.amount, change.price.currency or row.currency or hotel_currency
    return Terms(
        stay=parse_stay(arrival, departure),
        room_type_id=room_type_id,
        room_id=change.room_id if change.room_id is not unset else held_room if keeps_room else None,
        room_locked=row.room_locked if change.room_locked is unset else change.room_locked,
        adults=row.adults if change.adults is unset else change.adults,
        children=row.children if change.children is unset else change.children,
        amount=amount,
        currency=currency,
        note=row.note if change.note is unset else change.note,
        external_reference=(
            row.external_reference if change.external_reference is unset else change.external_reference
        ),
    )


def _check(row: queries.ReservationRow, terms: Terms, limits: queries.PartyLimits) -> None:
    party_changes = (terms.adults, terms.children, terms.room_type_id) != (row.adults, row.children, row.room_type_id)
    if party_changes and (terms.adults > limits.max_adults or terms.adults + terms.children > limits.max_occupancy):
        raise too_many_guests(limits.name, limits.max_adults, limits.max_occupancy)
    if row.status == "in_house":
        fixed = [
            FieldProblem(f"/{name}", "in_house_stay_fixed", f"The {words} of a guest in the house does not change.")
            for name, words, changed in (
                ("arrival", "arrival", terms.stay.arrival != row.arrival),
                ("room_type_id", "room type", terms.room_type_id != row.room_type_id),
            )
            if changed
        ]
        earliest = max(row.business_date, row.arrival + timedelta(days=1))
        if terms.stay.departure != row.departure and terms.stay.departure < earliest:
            said = f"The nights before the business date {row.business_date} are spent; depart then or later."
            fixed.append(FieldProblem("/departure", "in_house_stay_fixed", said))
        if fixed:
            raise InHouseStayFixed(" ".join(problem.detail for problem in fixed), problems=tuple(fixed))
    elif terms.stay.arrival != row.arrival and terms.stay.arrival < row.business_date:
        raise arrival_in_the_past(terms.stay.arrival, row.business_date)


async def _hold(
    tx: Transaction,
    actor: Actor,
    row: queries.ReservationRow,
    change: Amendment,
    terms: Terms,
    held_room: int | None,
    limits: queries.PartyLimits,
    now: datetime,
) -> None:
    """Exchange the nights held for those of the new terms, moving other stays where that makes room."""
    in_house = row.status == "in_house"
    # A guest who stayed on unannounced has spent nights that nobody held: from the old departure on they are held now.
    ahead = min(max(row.business_date, row.arrival), row.departure, terms.stay.departure)
    start = ahead if in_house else terms.stay.arrival
    asked = change.room_id if change.room_id is not msgspec.UNSET else None
    stays_put = terms.room_type_id == row.room_type_id and (in_house or terms.room_locked)
    required = asked if asked is not None else held_room if stays_put else None

    async def attempt(room_id: int | None) -> queries.HoldOutcome:
        return await queries.hold_again(
            tx,
            omd_id=actor.omd_id,
            business_id=row.business_id,
            reservation_id=row.id,
            held_from=row.arrival,
            held_until=row.departure,
            room_type_id=terms.room_type_id,
            release_from=start if in_house else date.min,
            from_date=start,
            until_date=terms.stay.departure,
            preferred_room_id=terms.room_id,
            required_room_id=room_id,
            override_reason=change.override_reason,
        )

    wanted = StayDates(start, terms.stay.departure)
    outcome = await attempt(required)
    if outcome.outcome == "needs_repacking" or (outcome.outcome == "room_not_free" and asked is None):
        made = await make_room(
            tx,
            actor,
            BusinessId(row.business_id),
            RoomTypeId(terms.room_type_id),
            wanted,
            business_date=row.business_date - timedelta(days=1) if in_house else row.business_date,
            now=now,
            own=None if in_house else row.id,
            start_room=required,
        )
        outcome = await attempt(made.room_id)
    match outcome.outcome:
        case "found":
            return
        case "sold_out" | "house_sold_out":
            raise sold_out(outcome.outcome, limits.name, outcome.nights_short or [])
        case "beyond_horizon":
            raise beyond_horizon(terms.stay, await find_horizon(tx, actor.omd_id))
        case _:
            raise room_not_free(required, wanted)


def _recorded(change: Amendment) -> str:
    """Return what the event says of a change: every field but the guests' names."""
    fields = {
        name: value
        for name, value in msgspec.structs.asdict(change).items()
        if value is not msgspec.UNSET and name not in ("guests", "note")
    }
    if change.override_reason is None:
        fields.pop("override_reason", None)
    changed = [n for n in ("guests", "note") if getattr(change, n) is not msgspec.UNSET]
    return msgspec.json.encode({**fields, "also_changed": changed}).decode()
