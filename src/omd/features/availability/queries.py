"""One typed function per statement of `queries.sql`."""

from collections.abc import Sequence
from datetime import date, datetime

import msgspec

from omd.db import Database, ReadTransaction, Transaction, load_statements
from omd.features.availability.model import (
    Horizon,
    HouseNight,
    MaintenanceInterval,
    NightAvailability,
    ReturnsAs,
    RoomCount,
    TotalAvailability,
    TypeAvailability,
)
from omd.kernel.actor import Actor
from omd.kernel.dates import StayDates
from omd.kernel.ids import BusinessId, OmdId, RoomId, RoomTypeId

_SQL = load_statements("omd.features.availability")


async def find_type_availability(
    database: Database,
    actor: Actor,
    hotel_ids: Sequence[BusinessId],
    stay: StayDates,
    *,
    adults: int,
    children: int,
    now: datetime,
) -> list[TypeAvailability]:
    """Return every room type of the hotels that takes the party, by hotel and type, in one round trip."""
    return await database.ask(
        actor,
        _SQL["find_type_availability"],
        TypeAvailability,
        hotel_ids=hotel_ids,
        arrival=stay.arrival,
        departure=stay.departure,
        adults=adults,
        children=children,
        now=now,
    )


async def find_total_availability(
    database: Database,
    actor: Actor,
    hotel_ids: Sequence[BusinessId],
    stay: StayDates,
    *,
    adults: int,
    children: int,
    now: datetime,
) -> TotalAvailability:
    """Return the sums of what `find_type_availability` gives for the hotels, in one round trip."""
    [total] = await database.ask(
        actor,
        _SQL["find_total_availability"],
        TotalAvailability,
        hotel_ids=hotel_ids,
        arrival=stay.arrival,
        departure=stay.departure,
        adults=adults,
        children=children,
        now=now,
    )
    return total


async def find_business_date(tx: ReadTransaction, omd_id: OmdId, business_id: BusinessId, now: datetime) -> date | None:
    """Return the day a hotel works on, or None for a hotel that is not there."""
    found: date | None = await tx.value(_SQL["find_business_date"], omd_id=omd_id, business_id=business_id, now=now)
    return found


async def find_night_availability(
    tx: ReadTransaction, omd_id: OmdId, business_id: BusinessId, stay: StayDates
) -> list[NightAvailability]:
    """Return the counters of every room type and night of a hotel."""
    return await tx.many(
        _SQL["find_night_availability"],
        NightAvailability,
        omd_id=omd_id,
        business_id=business_id,
        arrival=stay.arrival,
        departure=stay.departure,
    )


async def list_nights_of_ranges(
    tx: ReadTransaction, omd_id: OmdId, business_id: BusinessId, ranges: Sequence[StayDates]
) -> list[NightAvailability]:
    """Return the counters of every room type of a hotel on the nights of some intervals, at least one."""
    return await tx.many(
        _SQL["list_nights_of_ranges"],
        NightAvailability,
        omd_id=omd_id,
        business_id=business_id,
        first=min(each.arrival for each in ranges),
        last=max(each.departure for each in ranges),
        starts=[each.arrival for each in ranges],
        ends=[each.departure for each in ranges],
    )


async def find_horizon(tx: ReadTransaction, omd_id: OmdId) -> Horizon | None:
    """Return the dates an OMD can sell, or None before any were opened."""
    return await tx.maybe(_SQL["find_horizon"], Horizon, omd_id=omd_id)


async def count_rooms_by_row(tx: ReadTransaction, business_id: BusinessId, on: date) -> list[RoomCount]:
    """Count free rooms per type on a date over the room rows; types without rooms are not in it."""
    return await tx.many(_SQL["count_rooms_by_row"], RoomCount, date=on, business_id=business_id)


async def set_overbooking(
    tx: Transaction,
    omd_id: OmdId,
    business_id: BusinessId,
    room_type_id: RoomTypeId,
    *,
    starts_on: date,
    ends_on: date,
    rooms: int,
) -> int:
    """Set the limit on `[starts_on, ends_on)` and return the number of nights set."""
    nights: int = await tx.value(
        _SQL["set_overbooking"],
        omd_id=omd_id,
        business_id=business_id,
        room_type_id=room_type_id,
        starts_on=starts_on,
        ends_on=ends_on,
        rooms=rooms,
    )
    return nights


async def set_house_overbooking(
    tx: Transaction, omd_id: OmdId, business_id: BusinessId, *, starts_on: date, ends_on: date, rooms: int
) -> int:
    """Set the limit of the whole hotel on `[starts_on, ends_on)` and return the number of nights set."""
    nights: int = await tx.value(
        _SQL["set_house_overbooking"],
        omd_id=omd_id,
        business_id=business_id,
        starts_on=starts_on,
        ends_on=ends_on,
        rooms=rooms,
    )
    return nights


async def remove_house_overbooking(
    tx: Transaction, omd_id: OmdId, business_id: BusinessId, *, starts_on: date, ends_on: date
) -> int:
    """Lift the limit of the whole hotel on `[starts_on, ends_on)` and return the number of nights it stood on."""
    nights: int = await tx.value(
        _SQL["remove_house_overbooking"], omd_id=omd_id, business_id=business_id, starts_on=starts_on, ends_on=ends_on
    )
    return nights


async def list_house_nights(
    tx: ReadTransaction, omd_id: OmdId, business_id: BusinessId, *, starts_on: date, ends_on: date
) -> list[HouseNight]:
    """Return the nights of `[starts_on, ends_on)` on which the hotel has a house-wide limit, by date."""
    return await tx.many(
        _SQL["list_house_nights"],
        HouseNight,
        omd_id=omd_id,
        business_id=business_id,
        starts_on=starts_on,
        ends_on=ends_on,
    )


async def lock_type_nights(
    tx: Transaction,
    omd_id: OmdId,
    business_id: BusinessId,
    room_type_ids: Sequence[RoomTypeId],
    *,
    starts_on: date,
    ends_on: date,
) -> int:
    """Lock the counters of `[starts_on, ends_on)` by type, then date, and return the number of rows locked."""
    locked: int = await tx.value(
        _SQL["lock_type_nights"],
        omd_id=omd_id,
        business_id=business_id,
        room_type_ids=room_type_ids,
        starts_on=starts_on,
        ends_on=ends_on,
    )
    return locked


async def force_nights(
    tx: Transaction,
    omd_id: OmdId,
    business_id: BusinessId,
    room_type_id: RoomTypeId,
    *,
    starts_on: date,
    ends_on: date,
    rooms: int,
) -> list[date]:
    """Cover what `rooms` fewer rooms leave sold too much, and return the nights that needed it."""
    nights: list[date] | None = await tx.value(
        _SQL["force_nights"],
        omd_id=omd_id,
        business_id=business_id,
        room_type_id=room_type_id,
        starts_on=starts_on,
        ends_on=ends_on,
        rooms=rooms,
    )
    return nights or []


async def add_maintenance(
    tx: Transaction,
    omd_id: OmdId,
    business_id: BusinessId,
    room_id: RoomId,
    *,
    kind: str,
    starts_on: date,
    ends_on: date,
    reason: str,
    returns_as: ReturnsAs | None,
    now: datetime,
    actor: str,
) -> int:
    """Put a room under maintenance and return the interval's id."""
    interval_id: int = await tx.value(
        _SQL["add_maintenance"],
        omd_id=omd_id,
        business_id=business_id,
        room_id=room_id,
        kind=kind,
        starts_on=starts_on,
        ends_on=ends_on,
        reason=reason,
        returns_as=returns_as,
        now=now,
        actor=actor,
    )
    return interval_id


async def shorten_maintenance(
    tx: Transaction, omd_id: OmdId, business_id: BusinessId, interval_id: int, ends_on: date
) -> None:
    """Let an interval end earlier, on a date after its first night."""
    await tx.run(
        _SQL["shorten_maintenance"], omd_id=omd_id, business_id=business_id, interval_id=interval_id, ends_on=ends_on
    )


async def delete_maintenance(tx: Transaction, omd_id: OmdId, business_id: BusinessId, interval_id: int) -> int:
    """Take an interval away and return 1, or 0 when there is none."""
    return await tx.run(_SQL["delete_maintenance"], omd_id=omd_id, business_id=business_id, interval_id=interval_id)


async def find_maintenance(
    tx: ReadTransaction, omd_id: OmdId, business_id: BusinessId, interval_id: int
) -> MaintenanceInterval | None:
    """Return one interval, or None."""
    return await tx.maybe(
        _SQL["find_maintenance"],
        MaintenanceInterval,
        omd_id=omd_id,
        business_id=business_id,
        interval_id=interval_id,
    )


async def find_maintenance_of_room(
    tx: ReadTransaction, omd_id: OmdId, business_id: BusinessId, room_id: int, *, starts_on: date, ends_on: date
) -> MaintenanceInterval | None:
    """Return the first interval of the room that holds a night of `[starts_on, ends_on)`, or None."""
    return await tx.maybe(
        _SQL["find_maintenance_of_room"],
        MaintenanceInterval,
        omd_id=omd_id,
        business_id=business_id,
        room_id=room_id,
        starts_on=starts_on,
        ends_on=ends_on,
    )


async def list_maintenance(
    tx: ReadTransaction, omd_id: OmdId, business_id: BusinessId, *, ends_after: date, after_id: int, page_size: int
) -> list[MaintenanceInterval]:
    """Return a page of the intervals that end after a date, by id."""
    return await tx.many(
        _SQL["list_maintenance"],
        MaintenanceInterval,
        omd_id=omd_id,
        business_id=business_id,
        ends_after=ends_after,
        after_id=after_id,
        page_size=page_size,
    )


async def record_event(
    tx: Transaction,
    omd_id: OmdId,
    business_id: BusinessId,
    *,
    aggregate: str,
    aggregate_id: int,
    type: str,  # noqa: A002  # the column's name
    actor: str,
    now: datetime,
    data: dict[str, object],
) -> None:
    """Write what happened to supply into the event table."""
    await tx.run(
        _SQL["record_event"],
        omd_id=omd_id,
        business_id=business_id,
        aggregate=aggregate,
        aggregate_id=str(aggregate_id),
        type=type,
        actor=actor,
        now=now,
        data=msgspec.json.encode(data).decode(),
    )
