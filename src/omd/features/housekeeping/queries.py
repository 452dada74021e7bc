"""One typed function a statement of `queries.sql`."""

from datetime import date, datetime

import msgspec

from omd.db import ReadTransaction, Transaction, load_statements
from omd.features.housekeeping.model import (
    Cause,
    Condition,
    ConditionChange,
    Discrepancy,
    HousekeepingSettings,
    Maintenance,
    Occupancy,
    RackRoom,
    RoomCondition,
    RoomOnDate,
    RoomStatus,
    Sighting,
    StayAtRack,
)
from omd.kernel.actor import Actor
from omd.kernel.ids import BusinessId

_SQL = load_statements("omd.features.housekeeping")


class House(msgspec.Struct, frozen=True):
    """The hotel whose rooms are meant, and who asks."""

    actor: Actor
    business_id: BusinessId


class RackRow(msgspec.Struct, frozen=True):
    """A room of the rack as the database gives it, its stays as JSON."""

    room_id: int
    number: str
    floor: int | None
    room_type_id: int
    room_type_code: str
    condition: Condition
    changed_at: datetime
    version: int
    status: RoomStatus
    occupancy: Occupancy
    persons: int
    seen_occupancy: Occupancy | None
    seen_persons: int | None
    seen_at: datetime | None
    seen_by: str | None
    discrepancy: Discrepancy | None
    maintenance: Maintenance | None
    maintenance_ends_on: date | None
    in_house: str | None
    arriving: str

    def read(self) -> RackRoom:
        """Return the room."""
        in_house = None if self.in_house is None else msgspec.json.decode(self.in_house, type=StayAtRack)
        arriving = msgspec.json.decode(self.arriving, type=tuple[StayAtRack, ...])
        return RackRoom(**{**msgspec.structs.asdict(self), "in_house": in_house, "arriving": arriving})


async def find_settings(tx: ReadTransaction, house: House) -> HousekeepingSettings | None:
    """Return what a hotel asks of its rooms, None where that was never said."""
    return await tx.maybe(_SQL["find_settings"], HousekeepingSettings, **_of(house))


async def put_settings(tx: Transaction, house: House, settings: HousekeepingSettings) -> None:
    """Say what a hotel asks of its rooms."""
    await tx.run(_SQL["put_settings"], **msgspec.structs.asdict(settings), **_of(house))


async def find_condition(tx: ReadTransaction, house: House, room_id: int) -> RoomCondition | None:
    """Return the condition of a room in use, or None."""
    return await tx.maybe(_SQL["find_condition"], RoomCondition, room_id=room_id, **_of(house))


async def lock_condition(tx: Transaction, house: House, room_id: int) -> None:
    """Lock the condition of a room for a change."""
    await tx.run(_SQL["lock_condition"], room_id=room_id, **_of(house))


async def set_condition(
    tx: Transaction, house: House, room_id: int, condition: Condition, cause: Cause, reason: str | None, now: datetime
) -> None:
    """Say what a room is, as whose seeing to it."""
    await tx.run(
        _SQL["set_condition"],
        room_id=room_id,
        condition=condition,
        cause=cause,
        reason=reason,
        actor=house.actor.label,
        now=now,
        **_of(house),
    )


async def say_seen(
    tx: Transaction, house: House, room_id: int, seen: Sighting | None, now: datetime, *, reason: str | None = None
) -> None:
    """Say what was seen in a room, or for a reason set aside what was."""
    cause: Cause = "discrepancy_resolved" if seen is None else "seen"
    await tx.run(
        _SQL["say_seen"],
        room_id=room_id,
        occupancy=None if seen is None else seen.occupancy,
        persons=None if seen is None else seen.persons,
        cause=cause,
        reason=reason,
        actor=house.actor.label,
        now=now,
        **_of(house),
    )


async def list_changes(
    tx: ReadTransaction, house: House, room_id: int, *, before: int, limit: int
) -> list[ConditionChange]:
    """Return at most `limit` versions of a room's condition before one, the newest first."""
    return await tx.many(
        _SQL["list_changes"], ConditionChange, room_id=room_id, before=before, limit=limit, **_of(house)
    )


async def read_rack(tx: ReadTransaction, house: House, now: datetime, *, names: bool) -> list[RackRoom]:
    """Return every room of a hotel on its business date; with `names`, who the stays are."""
    rows = await tx.many(_SQL["read_rack"], RackRow, names=names, now=now, **_of(house))
    return [row.read() for row in rows]


async def list_discrepancies(tx: ReadTransaction, house: House, now: datetime) -> list[RackRoom]:
    """Return the rooms in which housekeeping saw other than the front office knows."""
    return [row.read() for row in await tx.many(_SQL["list_discrepancies"], RackRow, now=now, **_of(house))]


async def list_statuses(tx: ReadTransaction, house: House, on: date, now: datetime) -> list[RoomOnDate]:
    """Return the one status of each room on a date."""
    return await tx.many(_SQL["list_statuses"], RoomOnDate, date=on, now=now, **_of(house))


async def turn_rooms(tx: Transaction, house: House, now: datetime) -> int:
    """Reckon with the night before the business date, once for each room; return how many rooms that was."""
    turned: int = await tx.value(_SQL["turn_rooms"], now=now, **_of(house))
    return turned


def _of(house: House) -> dict[str, int]:
    return {"omd_id": house.actor.omd_id, "business_id": house.business_id}
