"""One typed function a statement of `queries.sql`."""

from datetime import datetime
from uuid import UUID

import msgspec

from omd.db import ReadTransaction, Transaction, load_statements
from omd.features.housekeeping.found.model import FoundItem, FoundItemEnd, FoundStatus, NewFoundItem
from omd.features.housekeeping.queries import House

_SQL = load_statements("omd.features.housekeeping.found")


class ItemIdRow(msgspec.Struct, frozen=True):
    """A thing that was found, by its id."""

    id: UUID


class OccupantRow(msgspec.Struct, frozen=True):
    """The stay that is in a room."""

    reservation_id: UUID


class CauseRow(msgspec.Struct, frozen=True):
    """What something was posted for."""

    cause: str


async def add_item(tx: Transaction, house: House, item: NewFoundItem, now: datetime) -> bool:
    """Put on record what was found; return False where it is on record, or the hotel has no such room."""
    said = msgspec.structs.asdict(item)
    return (
        await tx.maybe(_SQL["add_item"], ItemIdRow, now=now, actor=house.actor.label, **said, **_of(house)) is not None
    )


async def find_item(tx: ReadTransaction, house: House, item_id: UUID) -> FoundItem | None:
    """Return a thing that was found, or None."""
    return await tx.maybe(_SQL["find_item"], FoundItem, id=item_id, **_of(house))


async def lock_item(tx: Transaction, house: House, item_id: UUID) -> None:
    """Lock a thing that was found for a change."""
    await tx.run(_SQL["lock_item"], id=item_id, **_of(house))


async def list_items(tx: ReadTransaction, house: House, status: FoundStatus, limit: int) -> list[FoundItem]:
    """Return the things that were found and are in a status, the newest first."""
    return await tx.many(_SQL["list_items"], FoundItem, status=status, limit=limit, **_of(house))


async def end_item(tx: Transaction, house: House, item_id: UUID, end: FoundItemEnd, now: datetime) -> None:
    """Say what became of a thing that was found."""
    said = msgspec.structs.asdict(end)
    await tx.run(_SQL["end_item"], id=item_id, now=now, actor=house.actor.label, **said, **_of(house))


async def find_occupant(tx: ReadTransaction, house: House, room_id: int, now: datetime) -> UUID | None:
    """Return the stay that is in a room on the business date, or None."""
    found = await tx.maybe(_SQL["find_occupant"], OccupantRow, room_id=room_id, now=now, **_of(house))
    return None if found is None else found.reservation_id


async def list_causes(tx: ReadTransaction, house: House, prefix: str) -> set[str]:
    """Return the causes that begin so for which something was posted."""
    return {row.cause for row in await tx.many(_SQL["list_causes"], CauseRow, prefix=prefix, **_of(house))}


def _of(house: House) -> dict[str, int]:
    return {"omd_id": house.actor.omd_id, "business_id": house.business_id}
