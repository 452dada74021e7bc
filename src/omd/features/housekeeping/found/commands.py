"""What is done about what was found in rooms, and about what guests took from their minibar."""

import hashlib
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from omd.db import Transaction
from omd.features.folios import Clerk, charge_stay
from omd.features.housekeeping.commands import get_condition
from omd.features.housekeeping.found import queries
from omd.features.housekeeping.found.model import FoundItem, FoundItemEnd, MinibarPosted, MinibarUse, NewFoundItem
from omd.features.housekeeping.queries import House
from omd.features.housekeeping.tasks.errors import CommandIdReused, FoundItemGone, RoomVacant
from omd.features.reservations import lock_stay_key
from omd.kernel.errors import FieldProblem, NotFound

VersionCheck = Callable[[int], None]


async def report(tx: Transaction, house: House, item: NewFoundItem, *, now: datetime) -> FoundItem:
    """Put on record what was found in a room, once however often it is told, and return it.

    Raises `NotFound`, and `CommandIdReused` where its id was given to another thing.
    """
    await get_condition(tx, house, item.room_id)
    await queries.add_item(tx, house, item, now)
    found = await _get(tx, house, item.id)
    if (found.room_id, found.description, found.place) != (item.room_id, item.description, item.place):
        raise _reused()
    return found


async def end(
    tx: Transaction, house: House, item_id: UUID, wanted: FoundItemEnd, *, expected: VersionCheck, now: datetime
) -> FoundItem:
    """Say what became of a thing and return it; raise `NotFound`, `StaleVersion`, or `FoundItemGone`."""
    await queries.lock_item(tx, house, item_id)
    item = await _get(tx, house, item_id)
    expected(item.version)
    if item.status != "kept":
        raise FoundItemGone(f"The thing was {item.status} already. Nothing was changed.", data={"item": item})
    await queries.end_item(tx, house, item_id, wanted, now)
    return await _get(tx, house, item_id)


async def charge_minibar(
    tx: Transaction, house: House, room_id: int, use: MinibarUse, *, now: datetime
) -> MinibarPosted:
    """Charge what was taken from a minibar to who is in the room, once however often it is told.

    Raises `NotFound`, `RoomVacant` where nobody is in it, `CommandIdReused` where the id came with something else, and
    what folios refuse.
    """
    room = await get_condition(tx, house, room_id)
    stay = await queries.find_occupant(tx, house, room_id, now)
    if stay is not None:
        # Whoever tells the same at once, or checks the guests out, waits here.
        await lock_stay_key(tx, house.actor, stay)
        stay = await queries.find_occupant(tx, house, room_id, now)
    prefix = f"minibar:{room_id}:{use.id}:"
    cause = prefix + hashlib.sha256(f"{use.amount} {use.text}".encode()).hexdigest()
    posted = MinibarPosted(use.id, room_id, use.text, use.amount)
    before = await queries.list_causes(tx, house, prefix)
    if before:
        if cause not in before:
            raise _reused()
        return posted
    if stay is None:
        raise RoomVacant(f"By the front office nobody is in room {room.number}. Nothing was charged: ask the desk.")
    clerk = Clerk(house.actor, house.business_id, now)
    await charge_stay(tx, clerk, stay, "supplement", Decimal(use.amount), use.text, cause=cause)
    return posted


async def _get(tx: Transaction, house: House, item_id: UUID) -> FoundItem:
    found = await queries.find_item(tx, house, item_id)
    if found is None:
        raise NotFound(f"This hotel has no found item {item_id}.")
    return found


def _reused() -> CommandIdReused:
    said = "The id came before, with something else. Give it an id of its own. Nothing was kept."
    return CommandIdReused(said, problems=(FieldProblem("/id", "reused", said),))
