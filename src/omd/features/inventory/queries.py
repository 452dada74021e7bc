"""One typed function a statement of `queries.sql`."""

from datetime import date

from omd.db import ReadTransaction, Transaction, load_statements
from omd.features.inventory.model import Business, HotelNight, Room, RoomType
from omd.kernel.ids import BusinessId, OmdId

_SQL = load_statements("omd.features.inventory")

_LOCK_CLASS = 1_870_212_709
"""Class of the advisory locks on an OMD's inventory: any number no other lock of the product uses."""


async def get_business(tx: ReadTransaction, omd_id: OmdId, business_id: BusinessId) -> Business | None:
    """Return the hotel, None when it is not there or the actor may not see it."""
    return await tx.maybe(_SQL["find_business"], Business, omd_id=omd_id, business_id=business_id)


async def list_businesses(tx: ReadTransaction, omd_id: OmdId, after_id: int, limit: int) -> list[Business]:
    """Return at most `limit` hotels of the OMD with an id above `after_id`, in the order of their ids."""
    return await tx.many(_SQL["list_businesses"], Business, omd_id=omd_id, after_id=after_id, limit=limit)


async def list_nights(tx: ReadTransaction, omd_id: OmdId) -> list[HotelNight]:
    """Return at which hour of which clock each hotel of the OMD has its work of the night, in the order of ids."""
    return await tx.many(_SQL["list_nights"], HotelNight, omd_id=omd_id)


async def set_night_hour(tx: Transaction, omd_id: OmdId, business_id: BusinessId, hour: int) -> None:
    """Say at which hour of its own clock, 0 to 23, a hotel has its work of the night; for the role omd_maintenance."""
    await tx.run(_SQL["set_night_hour"], omd_id=omd_id, business_id=business_id, hour=hour)


async def list_room_types(tx: ReadTransaction, omd_id: OmdId, business_id: BusinessId) -> list[RoomType]:
    """Return every room type of the hotel, in the order of their ids."""
    return await tx.many(_SQL["list_room_types"], RoomType, omd_id=omd_id, business_id=business_id)


async def list_rooms(
    tx: ReadTransaction, omd_id: OmdId, business_id: BusinessId, after_number: str, limit: int
) -> list[Room]:
    """Return at most `limit` rooms in use whose number sorts after `after_number` (empty: from the first)."""
    return await tx.many(
        _SQL["list_rooms"], Room, omd_id=omd_id, business_id=business_id, after_number=after_number, limit=limit
    )


async def lock_inventory(tx: Transaction, omd_id: OmdId) -> None:
    """Keep every other change of the OMD's rooms or horizon waiting until this transaction ends."""
    await tx.value(_SQL["lock_inventory"], lock_class=_LOCK_CLASS, omd_id=omd_id)


async def hold_business_date(tx: Transaction, omd_id: OmdId, business_id: BusinessId, business_date: date) -> None:
    """Put the date a hotel works on: from now on it is held by hand, not read from the wall clock."""
    await tx.run(_SQL["hold_business_date"], omd_id=omd_id, business_id=business_id, business_date=business_date)


async def lock_business_date(tx: Transaction, omd_id: OmdId, business_id: BusinessId) -> date | None:
    """Return the date a hotel holds, None where it goes by the clock; nobody posts by it until the transaction ends."""
    held: date | None = await tx.value(_SQL["lock_business_date"], omd_id=omd_id, business_id=business_id)
    return held


async def set_business_date(
    tx: Transaction, omd_id: OmdId, business_id: BusinessId, business_date: date | None
) -> None:
    """Open a date of a hotel as its staff, or let it go by the clock (None), and tell of it."""
    await tx.value(_SQL["set_business_date"], omd_id=omd_id, business_id=business_id, business_date=business_date)


async def add_business(
    tx: Transaction, omd_id: OmdId, *, code: str, name: str, time_zone: str, currency: str
) -> Business:
    """Add a hotel without rooms."""
    return await tx.one(
        _SQL["add_business"], Business, omd_id=omd_id, code=code, name=name, time_zone=time_zone, currency=currency
    )
