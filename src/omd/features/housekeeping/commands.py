"""What is done about the condition of rooms by people, and by the night."""

from collections.abc import Callable
from datetime import datetime

from omd.db import Database, ReadTransaction, Transaction
from omd.features.housekeeping import queries
from omd.features.housekeeping.errors import NoDiscrepancy
from omd.features.housekeeping.model import (
    BY_HAND,
    HousekeepingSettings,
    NewCondition,
    Resolution,
    RoomCondition,
    Sighting,
)
from omd.features.housekeeping.queries import House
from omd.kernel.errors import NotFound

VersionCheck = Callable[[int], None]


async def get_settings(tx: ReadTransaction, house: House) -> HousekeepingSettings:
    """Return what a hotel asks of the condition of its rooms; where it never said so, nothing."""
    return await queries.find_settings(tx, house) or HousekeepingSettings()


async def change_settings(tx: Transaction, house: House, settings: HousekeepingSettings) -> HousekeepingSettings:
    """Say what a hotel asks of its rooms from now on, and return it."""
    await queries.put_settings(tx, house, settings)
    return settings


async def get_condition(tx: ReadTransaction, house: House, room_id: int) -> RoomCondition:
    """Return the condition of a room; raise `NotFound` where the hotel has no such room in use."""
    found = await queries.find_condition(tx, house, room_id)
    if found is None:
        raise NotFound(f"This hotel has no room {room_id}.")
    return found


async def set_condition(
    tx: Transaction, house: House, room_id: int, wanted: NewCondition, *, expected: VersionCheck, now: datetime
) -> RoomCondition:
    """Say what a room is and return it; what it is already is no change. Raises `NotFound` or `StaleVersion`."""
    await _lock(tx, house, room_id, expected)
    cause = BY_HAND[wanted.condition]
    await queries.set_condition(tx, house, room_id, wanted.condition, cause, wanted.reason, now)
    return await get_condition(tx, house, room_id)


async def say_seen(
    tx: Transaction, house: House, room_id: int, seen: Sighting, *, expected: VersionCheck, now: datetime
) -> RoomCondition:
    """Say what was seen in a room and return its condition. Raises `NotFound` or `StaleVersion`."""
    await _lock(tx, house, room_id, expected)
    await queries.say_seen(tx, house, room_id, seen, now)
    return await get_condition(tx, house, room_id)


async def resolve_discrepancy(
    tx: Transaction, house: House, room_id: int, resolution: Resolution, *, expected: VersionCheck, now: datetime
) -> RoomCondition:
    """Set aside what was seen in a room, for what was found out, and return its condition.

    Raises `NotFound`, `StaleVersion`, and `NoDiscrepancy` where front office and housekeeping agree.
    """
    await _lock(tx, house, room_id, expected)
    if all(each.room_id != room_id for each in await queries.list_discrepancies(tx, house, now)):
        raise NoDiscrepancy(f"Front office and housekeeping agree about room {room_id}. There is nothing to resolve.")
    await queries.say_seen(tx, house, room_id, None, now, reason=resolution.reason)
    return await get_condition(tx, house, room_id)


async def turn_rooms(database: Database, house: House, *, now: datetime) -> int:
    """Reckon with the night before a hotel's business date; return of how many rooms, none if it was done."""
    return await database.write(house.actor, lambda tx: queries.turn_rooms(tx, house, now))


async def _lock(tx: Transaction, house: House, room_id: int, expected: VersionCheck) -> None:
    await queries.lock_condition(tx, house, room_id)
    expected((await get_condition(tx, house, room_id)).version)
