"""The nights of a stay whose terms change: given back, exchanged for others, or more of them."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal

import msgspec

from omd.db import Transaction
from omd.features.availability import beyond_horizon, find_horizon
from omd.features.reservations import queries
from omd.features.reservations.commands.book import room_not_free, sold_out
from omd.features.reservations.commands.extend import extend
from omd.features.reservations.commands.give_rooms import give_rooms
from omd.features.reservations.commands.make_room import make_room
from omd.features.reservations.errors import InHouseStayFixed, NoRoomThroughout
from omd.features.reservations.model import Night
from omd.kernel.actor import Actor
from omd.kernel.dates import StayDates
from omd.kernel.errors import FieldProblem, InvalidInput
from omd.kernel.ids import BusinessId, RoomTypeId


class Terms(msgspec.Struct, frozen=True):
    """A stay's terms once the change is taken in; `room_id` is the room asked for.

    `room_type_id` is the type sold, `held_type_id` the one of which nights are held anew, and `names_type` whether the
    change asks for it: otherwise nights that are kept keep their own. `agrees` says that the amount is agreed on for
    the stay as it is with this change.
    """

    stay: StayDates
    room_type_id: int
    held_type_id: int
    names_type: bool
    room_id: int | None
    room_locked: bool
    room_lock_reason: str | None
    adults: int
    children: int
    amount: Decimal | None
    currency: str | None
    note: str | None
    external_reference: str | None
    override_reason: str | None
    agrees: bool = False


async def hold_changed_nights(
    tx: Transaction,
    actor: Actor,
    row: queries.ReservationRow,
    nights: Sequence[Night],
    terms: Terms,
    type_name: str,
    now: datetime,
) -> None:
    """Hold the nights of the new terms instead of those held now; do nothing where they are the same.

    Who stays shorter keeps the nights that are left as they are, and so does who only stays longer and is in the house,
    in a locked room, or not in one room throughout. Nights of the stay's own were granted to it: only others ask for a
    place or an override.
    Raises `SoldOut`, `BeyondHorizon`, `RoomNotFree`, `NoRoomThroughout`, and `InHouseStayFixed` for a room asked for
    where no night is left to spend in it.
    """
    in_house = row.status == "in_house"
    types = {night.room_type_id for night in nights}
    dates_only = terms.room_id is None and not (terms.names_type and types - {terms.held_type_id})
    if dates_only and row.arrival <= terms.stay.arrival and terms.stay.departure <= row.departure:
        await _release(tx, actor, row, terms.stay, now)
        return
    rooms = {night.room_id for night in nights}
    keeps = in_house or terms.room_locked or len(rooms) > 1 or None in rooms
    if dates_only and terms.stay.arrival == row.arrival and keeps:
        last = nights[-1].room_id if nights else None
        outcome = await extend(tx, actor, row, terms.stay.departure, last, RoomTypeId(terms.held_type_id), terms, now)
    else:
        # A guest who stayed on unannounced has spent nights that nobody held: from the old departure on they are held.
        ahead = min(max(row.business_date, row.arrival), row.departure, terms.stay.departure)
        wanted = StayDates(ahead if in_house else terms.stay.arrival, terms.stay.departure)
        if _is_held_already(row, nights, terms, wanted):
            return
        if in_house and terms.stay.departure <= row.business_date:
            raise _nothing_left(row.business_date)
        if not terms.names_type and len({n.room_type_id for n in nights if n.date >= wanted.arrival}) > 1:
            raise _several_types()
        outcome = await exchange(tx, actor, row, nights, terms, wanted, now)
    await require_held(tx, actor, outcome, terms.stay, type_name, terms.room_id)


async def require_held(
    tx: Transaction, actor: Actor, outcome: queries.HoldOutcome, stay: StayDates, type_name: str, room_id: int | None
) -> None:
    """Raise `SoldOut`, `BeyondHorizon` or `RoomNotFree` unless the nights of the stay are held."""
    match outcome.outcome:
        case "found":
            return
        case "sold_out" | "house_sold_out":
            raise sold_out(outcome.outcome, type_name, outcome.nights_short or [])
        case "beyond_horizon":
            raise beyond_horizon(stay, await find_horizon(tx, actor.omd_id))
        case "room_not_free":
            raise room_not_free(room_id, stay)
        case unknown:
            raise AssertionError(f"holding nights gave the outcome {unknown}")


def _is_held_already(row: queries.ReservationRow, nights: Sequence[Night], terms: Terms, wanted: StayDates) -> bool:
    """Say whether the room asked for is the stay's own on every night it changes nothing else about."""
    types = {night.room_type_id for night in nights if night.date >= wanted.arrival}
    same = terms.stay == StayDates(row.arrival, row.departure) and types <= {terms.held_type_id}
    ahead = [night.room_id for night in nights if night.date >= wanted.arrival] or [
        night.room_id for night in nights[-1:]
    ]
    return same and terms.room_id is not None and set(ahead) == {terms.room_id}


def _several_types() -> InvalidInput:
    said = "The nights of the stay are of several room types. Say in room_type_id of which all are to be from now on."
    return InvalidInput(said, problems=(FieldProblem("/room_type_id", "room_type_needed", said),))


def _nothing_left(business_date: date) -> InHouseStayFixed:
    said = (
        f"The stay has no night left from the business date {business_date} on that could be spent in another room. "
        "Give a later departure with the room."
    )
    return InHouseStayFixed(said, problems=(FieldProblem("/room_id", "in_house_stay_fixed", said),))


async def _release(tx: Transaction, actor: Actor, row: queries.ReservationRow, kept: StayDates, now: datetime) -> None:
    """Give back the nights before and after those kept."""
    for since, until in ((row.arrival, kept.arrival), (kept.departure, row.departure)):
        if since < until:
            await queries.hold_again(
                tx,
                omd_id=actor.omd_id,
                business_id=row.business_id,
                reservation_id=row.id,
                release_from=since,
                release_until=until,
                room_type_id=row.room_type_id,
                from_date=until,
                until_date=until,
                preferred_room_id=None,
                required_room_id=None,
                needs_room=False,
                override_reason=None,
                granted=[],
                house_granted=[],
                now=now,
            )


async def exchange(
    tx: Transaction,
    actor: Actor,
    row: queries.ReservationRow,
    nights: Sequence[Night],
    terms: Terms,
    wanted: StayDates,
    now: datetime,
    *,
    keeps_before: bool | None = None,
) -> queries.HoldOutcome:
    """Give back what the stay holds and hold the wanted nights in one room; nights before these stay if `keeps_before`.

    They stay too, unless that is said, of a guest in the house, who has spent them.
    Where some of them are full within an overbooking limit, or an override says so, they are held around these, or in
    more rooms than one.
    """
    in_house = row.status == "in_house"
    keeps_before = in_house if keeps_before is None else keeps_before
    same_type = bool(nights) and nights[-1].room_type_id == terms.held_type_id
    held = await _preferred_room(tx, actor, row, nights[-1] if same_type else None, terms.held_type_id, wanted, now)
    required = terms.room_id if terms.room_id is not None else held if terms.room_locked else None

    async def attempt(room_id: int | None) -> queries.HoldOutcome:
        return await queries.hold_again(
            tx,
            omd_id=actor.omd_id,
            business_id=row.business_id,
            reservation_id=row.id,
            release_from=wanted.arrival if keeps_before else row.arrival,
            release_until=row.departure,
            room_type_id=terms.held_type_id,
            from_date=wanted.arrival,
            until_date=wanted.departure,
            preferred_room_id=held,
            required_room_id=room_id,
            needs_room=False,
            override_reason=terms.override_reason,
            granted=[night.date for night in nights if night.room_type_id == terms.held_type_id],
            house_granted=[night.date for night in nights],
            now=now,
        )

    today = row.business_date - timedelta(days=1) if in_house else row.business_date
    outcome = await _in_one_room(tx, actor, row, terms, wanted, required, attempt, today, now)
    if outcome.outcome == "found" and outcome.room_id is None:
        await give_rooms(
            tx,
            actor,
            BusinessId(row.business_id),
            RoomTypeId(terms.held_type_id),
            row.id,
            wanted,
            cause="amended",
            business_date=today,
            now=now,
            preferred=held,
            exact=terms.override_reason is not None,
        )
    return outcome


async def _in_one_room(
    tx: Transaction,
    actor: Actor,
    row: queries.ReservationRow,
    terms: Terms,
    wanted: StayDates,
    required: int | None,
    attempt: Callable[[int | None], Awaitable[queries.HoldOutcome]],
    today: date,
    now: datetime,
) -> queries.HoldOutcome:
    """Hold the wanted nights in one room, which others are moved out of; by an override in none where that fails."""
    outcome = await attempt(required)
    if outcome.outcome != "needs_repacking" and (outcome.outcome != "room_not_free" or terms.room_id is not None):
        return outcome
    try:
        made = await make_room(
            tx,
            actor,
            BusinessId(row.business_id),
            RoomTypeId(terms.held_type_id),
            wanted,
            business_date=today,
            now=now,
            own=row.id,
            start_room=required,
        )
    except NoRoomThroughout:
        if terms.override_reason is None:
            raise
        return await attempt(None)
    return await attempt(made.room_id)


async def _preferred_room(
    tx: Transaction,
    actor: Actor,
    row: queries.ReservationRow,
    last: Night | None,
    room_type_id: int,
    wanted: StayDates,
    now: datetime,
) -> int | None:
    """Return the last night's room if it is in use throughout; else, for who is in the house, one with nobody in it."""
    own = None if last is None else last.room_id
    room = None if own is None else await queries.find_room(tx, actor.omd_id, row.business_id, own, now)
    if room is not None and room.in_use_on(wanted.departure - timedelta(days=1)):
        return room.id
    if row.status != "in_house":
        return None
    return await queries.choose_empty_room(tx, actor, row.business_id, room_type_id, wanted, row.id, now)
