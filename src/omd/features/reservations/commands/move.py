"""Another room from a night on: the nights before stay where they were spent, those after go on in the new room."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from omd.db import Transaction
from omd.features.reservations import queries
from omd.features.reservations.commands.book import require_room_of_type
from omd.features.reservations.commands.reading import get_reservation, lock_row_for_step, present
from omd.features.reservations.commands.unassigned import place_unassigned
from omd.features.reservations.errors import RoomNotFree
from omd.features.reservations.model import Move, Reservation
from omd.kernel.actor import Actor
from omd.kernel.dates import StayDates
from omd.kernel.errors import FieldProblem, InvalidInput
from omd.kernel.ids import BusinessId, RoomTypeId


async def move(
    tx: Transaction,
    actor: Actor,
    reservation_id: UUID,
    wanted: Move,
    *,
    expected: Callable[[int], None],
    now: datetime,
) -> Reservation:
    """Spend the nights of a stay from one on in another room of its type, and return it; its price stays.

    Without a night it is the next one that is not over. Nights that are over do not move. Raises
    `NotFound`, `ActionRefused`, `InvalidInput` for a night that is none of those, `RoomUnknown`, and `RoomNotFree`
    naming the stays that hold the room.
    """
    row = await lock_row_for_step(tx, actor, reservation_id, "move", now)
    expected(row.version)
    first = max(row.arrival, row.business_date)
    since = wanted.since or first
    if not first <= since < row.departure:
        said = f"The nights that can move are those from {first} on, before the departure on {row.departure}."
        raise InvalidInput(said, problems=(FieldProblem("/since", "no_night_to_move", said),))
    business_id, room_type_id = BusinessId(row.business_id), RoomTypeId(row.room_type_id)
    await require_room_of_type(tx, actor, business_id, wanted.room_id, room_type_id, since, now)
    nights = StayDates(since, row.departure)
    if {night.room_id for night in row.read_nights() if night.date >= since} == {wanted.room_id}:
        return present(row, now)
    await _require_free(tx, actor, row, wanted.room_id, nights)
    moved = {"reservation_id": row.id, "room_id": wanted.room_id, "arrival": since, "departure": row.departure}
    await queries.move_nights(tx, actor, business_id, [moved], "moved", now)
    await place_unassigned(tx, actor, business_id, room_type_id, nights, business_date=row.business_date, now=now)
    return await get_reservation(tx, actor, reservation_id, now)


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
    by = f" It is held by {', '.join(each.code for each in others[:5])}." if others else ""
    said = f"Room {room_id} is not free on every night from {nights.arrival} to {nights.departure}.{by}"
    raise RoomNotFree(
        f"{said} Choose another room, or a later night.",
        problems=(FieldProblem("/room_id", "room_not_free", said),),
        data={"stays": [{"id": each.id, "code": each.code, "status": each.status} for each in others]},
    )
