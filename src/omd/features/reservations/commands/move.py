"""Another room from a night on, of the same type or another: the nights before stay where they were spent."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from uuid import UUID

import msgspec

from omd.db import ReadTransaction, Transaction
from omd.features.reservations import queries
from omd.features.reservations.commands.amend import place_into_left, require_type, write_terms
from omd.features.reservations.commands.book import require_room_of_type, sold_out, too_many_guests
from omd.features.reservations.commands.change_nights import Terms, exchange, require_held
from omd.features.reservations.commands.reading import get_reservation, lock_row_for_step, present
from omd.features.reservations.commands.room_rules import require_room_rules
from omd.features.reservations.errors import RoomNotFree, RoomUnknown
from omd.features.reservations.model import Move, Night, Reservation
from omd.features.reservations.room_locks import say_lock
from omd.features.reservations.room_rules import MoveAgainstRules, RuleOverride
from omd.kernel.actor import Actor
from omd.kernel.dates import StayDates
from omd.kernel.errors import FieldProblem, InvalidInput, NotFound
from omd.kernel.ids import BusinessId


async def move(
    tx: Transaction,
    actor: Actor,
    reservation_id: UUID,
    wanted: Move,
    *,
    expected: Callable[[int], None],
    now: datetime,
    override: RuleOverride | None = None,
) -> Reservation:
    """Spend the nights of a stay from one on in another room or type, and return it; its price and type sold stay.

    Without a night it is the next one that is not over. Nights that are over do not move. Raises `NotFound`,
    `ActionRefused`, `InvalidInput` for a night that is none of those and for another type without a choice of price,
    `RoomTypeUnknown`, `RoomUnknown`, `RoomRulesBroken` for rules that are not overridden by name, `TooManyGuests`,
    `RoomNotFree` naming the stays that hold the room, and as `book` does where the other type is sold.
    """
    room_type_id = await _find_type(tx, actor, reservation_id, wanted, now)
    row = await lock_row_for_step(tx, actor, reservation_id, "move", now, room_type_id=room_type_id)
    expected(row.version)
    nights = StayDates(_since(row, wanted.since), row.departure)
    business_id = BusinessId(row.business_id)
    if wanted.room_id is not None:
        await require_room_of_type(tx, actor, business_id, wanted.room_id, room_type_id, nights.arrival, now)
    before = row.read_nights()
    ahead = [night for night in before if night.date >= nights.arrival]
    if any(night.room_type_id != room_type_id for night in ahead):
        await _change_type(tx, actor, row, before, nights, room_type_id, wanted, override, now)
    elif wanted.room_id is None or {night.room_id for night in ahead} == {wanted.room_id}:
        return present(row, now)
    else:
        await _require_free(tx, actor, row, wanted.room_id, nights)
        overridden = await require_room_rules(tx, actor, row, wanted.room_id, nights, override, now)
        moved = {"reservation_id": row.id, "room_id": wanted.room_id, "arrival": nights.arrival, **overridden}
        await queries.move_nights(tx, actor, business_id, [{**moved, "departure": row.departure}], "moved", now)
    changed = await get_reservation(tx, actor, reservation_id, now)
    if await place_into_left(tx, actor, row, before, changed, now):
        return await get_reservation(tx, actor, reservation_id, now)
    return changed


async def move_against_rules(
    tx: Transaction,
    actor: Actor,
    reservation_id: UUID,
    wanted: MoveAgainstRules,
    *,
    expected: Callable[[int], None],
    now: datetime,
) -> Reservation:
    """Move a stay into a room that breaks rules, each of them named, and return it; the reason stays on its record.

    Raises as `move` does: whoever has the room, nobody else is put into it, and a room out of order has nobody.
    """
    plain = Move(room_id=wanted.room_id, since=wanted.since, price=wanted.price, reason=wanted.reason)
    override = RuleOverride(wanted.overrides, wanted.override_reason)
    return await move(tx, actor, reservation_id, plain, expected=expected, now=now, override=override)


async def _find_type(tx: ReadTransaction, actor: Actor, reservation_id: UUID, wanted: Move, now: datetime) -> int:
    """Return the type to go on in: the one asked for, or that of the room; what else is wrong is told later."""
    if wanted.room_type_id is not None:
        return wanted.room_type_id
    if wanted.room_id is None:
        said = "Say into which room the stay moves, or into which room type."
        raise InvalidInput(said, problems=(FieldProblem("/room_id", "room_needed", said),))
    key = await queries.find_stay_key(tx, actor, reservation_id)
    if key is None:
        raise NotFound(f"There is no reservation {reservation_id}.")
    room = await queries.find_room(tx, actor.omd_id, key.business_id, wanted.room_id, now)
    if room is None:
        said = f"This hotel has no room {wanted.room_id}."
        raise RoomUnknown(said, problems=(FieldProblem("/room_id", "room_unknown", said),))
    return room.room_type_id


def _since(row: queries.ReservationRow, since: date | None) -> date:
    first = max(row.arrival, row.business_date)
    if since is None or first <= since < row.departure:
        return since or first
    said = f"The nights that can move are those from {first} on, before the departure on {row.departure}."
    raise InvalidInput(said, problems=(FieldProblem("/since", "no_night_to_move", said),))


async def _change_type(
    tx: Transaction,
    actor: Actor,
    row: queries.ReservationRow,
    before: Sequence[Night],
    nights: StayDates,
    room_type_id: int,
    wanted: Move,
    override: RuleOverride | None,
    now: datetime,
) -> None:
    """Give back the nights of one type and hold them of another, in one room, the price being what it was."""
    if room_type_id != row.room_type_id:
        _require_choice(wanted)
    limits = await require_type(tx, actor, row, room_type_id)
    overridden: dict[str, object] = {}
    if wanted.room_id is not None:
        await _require_free(tx, actor, row, wanted.room_id, nights)
        overridden = await require_room_rules(tx, actor, row, wanted.room_id, nights, override, now)
    too_many = row.adults > limits.max_adults or row.adults + row.children > limits.max_occupancy
    if too_many and (override is None or "too_small" not in override.overrides):
        raise too_many_guests(limits.name, limits.max_adults, limits.max_occupancy)
    terms = Terms(
        stay=StayDates(row.arrival, row.departure),
        room_type_id=row.room_type_id,
        held_type_id=room_type_id,
        names_type=True,
        room_id=wanted.room_id,
        room_locked=row.room_locked and wanted.room_id is not None,
        room_lock_reason=None if (lock := row.read_room_lock()) is None else lock.reason,
        adults=row.adults,
        children=row.children,
        amount=row.amount,
        currency=row.currency,
        note=row.note,
        external_reference=row.external_reference,
        override_reason=wanted.override_reason,
    )
    ahead = [night for night in before if night.date >= nights.arrival]
    outcome = await exchange(tx, actor, row, ahead, terms, nights, now, keeps_before=True)
    await require_held(tx, actor, outcome, nights, limits.name, wanted.room_id)
    if row.status == "in_house" and outcome.room_id is None and wanted.override_reason is None:
        # Somebody in the house has to sleep somewhere, whatever an overbooking limit would sell.
        raise sold_out("sold_out", limits.name, outcome.nights_full or [])
    told = {
        "arrival": nights.arrival,
        "departure": nights.departure,
        "moved_to_room_type_id": room_type_id,
        "price": wanted.price,
        **{name: said for name in ("reason", "override_reason") if (said := getattr(wanted, name)) is not None},
        **overridden,
    }
    kept = msgspec.structs.replace(terms, room_locked=row.room_locked)
    await write_terms(tx, actor, row, kept, guests=None, changes=msgspec.json.encode(told).decode(), now=now)


def _require_choice(wanted: Move) -> None:
    if wanted.price is None:
        said = "The nights would be of another room type. Say in price whether to keep it or to call this an upgrade."
        raise InvalidInput(said, problems=(FieldProblem("/price", "price_choice_needed", said),))
    if wanted.price == "upgrade" and wanted.reason is None:
        said = "An upgrade is given for a reason; say it."
        raise InvalidInput(said, problems=(FieldProblem("/reason", "reason_needed", said),))


async def _require_free(
    tx: Transaction, actor: Actor, row: queries.ReservationRow, room_id: int, nights: StayDates
) -> None:
    free = await queries.count_free_nights(tx, actor.omd_id, row.business_id, room_id, row.id, nights)
    if free == nights.nights:
        return
    held = await queries.list_stays_in_room(
        tx, actor.omd_id, row.business_id, room_id, starts_on=nights.arrival, ends_on=nights.departure
    )
    others = [each for each in held if each.id != row.id]
    holders = [each.code + (f" ({say_lock(why)})" if (why := each.room_lock_reason) else "") for each in others[:5]]
    by = f" It is held by {', '.join(holders)}." if others else ""
    said = f"Room {room_id} is not free on every night from {nights.arrival} to {nights.departure}.{by}"
    raise RoomNotFree(
        f"{said} Choose another room, or a later night.",
        problems=(FieldProblem("/room_id", "room_not_free", said),),
        data={
            "stays": [
                {
                    "id": each.id,
                    "code": each.code,
                    "status": each.status,
                    "room_lock_reason": each.room_lock_reason,
                }
                for each in others
            ]
        },
    )
