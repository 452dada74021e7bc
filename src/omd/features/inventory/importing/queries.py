"""One typed function a statement of `queries.sql`."""

from collections.abc import Sequence
from datetime import date

import msgspec

from omd.db import ReadTransaction, Transaction, load_statements
from omd.features.inventory.importing.model import (
    AddedRooms,
    HouseShort,
    RoomMaintenance,
    RoomStay,
    StandingHotel,
    StandingRoom,
    StandingRoomType,
    TypeShort,
)
from omd.kernel.ids import BusinessId, OmdId, RoomId, RoomTypeId

_SQL = load_statements("omd.features.inventory.importing")

HotelRow = tuple[str, str, str, str]
"""Code, name, time zone, currency."""
TypeTerms = tuple[str, int, int, int, int, int | None]
"""Name, most adults, most children, most persons."""
LeavingRoom = tuple[BusinessId, RoomId, date]
"""Hotel, room, the first day without it."""
LossOfHouse = tuple[BusinessId, int, date]
LossOfType = tuple[BusinessId, RoomTypeId, int, date]
"""Hotel, room type, rooms it loses, the first day without them."""


async def list_hotels(tx: ReadTransaction, omd_id: OmdId) -> list[StandingHotel]:
    """Return every hotel of the OMD."""
    return await tx.many(_SQL["list_hotels"], StandingHotel, omd_id=omd_id)


async def list_unknown_time_zones(tx: ReadTransaction, zones: Sequence[str]) -> list[str]:
    """Return those of the zones that PostgreSQL does not know."""
    unknown: list[str] = await tx.value(_SQL["list_unknown_time_zones"], zones=zones)
    return unknown


async def add_hotels(tx: Transaction, omd_id: OmdId, hotels: Sequence[HotelRow]) -> None:
    """Add hotels."""
    codes, names, time_zones, currencies = _columns(hotels, 4)
    await tx.run(
        _SQL["add_hotels"], omd_id=omd_id, codes=codes, names=names, time_zones=time_zones, currencies=currencies
    )


async def change_hotels(tx: Transaction, omd_id: OmdId, hotels: Sequence[tuple[BusinessId, str, str]]) -> None:
    """Give hotels another name and time zone."""
    ids, names, time_zones = _columns(hotels, 3)
    await tx.run(_SQL["change_hotels"], omd_id=omd_id, ids=ids, names=names, time_zones=time_zones)


async def list_room_types(
    tx: ReadTransaction, omd_id: OmdId, business_ids: Sequence[BusinessId]
) -> list[StandingRoomType]:
    """Return the room types of the hotels."""
    return await tx.many(_SQL["list_room_types"], StandingRoomType, omd_id=omd_id, business_ids=business_ids)


async def add_room_types(
    tx: Transaction, omd_id: OmdId, room_types: Sequence[tuple[BusinessId, str, TypeTerms]]
) -> None:
    """Add room types, without rooms."""
    business_ids, codes, *terms = _columns([(business_id, code, *terms) for business_id, code, terms in room_types], 8)
    await tx.run(
        _SQL["add_room_types"],
        omd_id=omd_id,
        business_ids=business_ids,
        codes=codes,
        **_named(terms),
    )


async def change_room_types(
    tx: Transaction, omd_id: OmdId, room_types: Sequence[tuple[BusinessId, RoomTypeId, TypeTerms]]
) -> None:
    """Give room types another name and capacity."""
    business_ids, ids, *terms = _columns(
        [(business_id, room_type_id, *terms) for business_id, room_type_id, terms in room_types], 8
    )
    await tx.run(
        _SQL["change_room_types"],
        omd_id=omd_id,
        business_ids=business_ids,
        ids=ids,
        **_named(terms),
    )


def _named(terms: list[list[object]]) -> dict[str, object]:
    names, adults, children, most, least, standard = terms
    return {
        "names": names,
        "max_adults": adults,
        "max_children": children,
        "max_occupancies": most,
        "min_occupancies": least,
        "standard_occupancies": standard,
    }


async def list_rooms(tx: ReadTransaction, omd_id: OmdId, business_ids: Sequence[BusinessId]) -> list[StandingRoom]:
    """Return the rooms of the hotels that are in use."""
    return await tx.many(_SQL["list_rooms"], StandingRoom, omd_id=omd_id, business_ids=business_ids)


async def add_rooms(tx: Transaction, omd_id: OmdId, rooms: Sequence[dict[str, object]]) -> list[AddedRooms]:
    """Add rooms, each of business_id, room_type_id, number, floor and features; return their ids by hotel."""
    return await tx.many(_SQL["add_rooms"], AddedRooms, omd_id=omd_id, rooms=_json(rooms))


async def change_rooms(tx: Transaction, omd_id: OmdId, rooms: Sequence[dict[str, object]]) -> None:
    """Give rooms, each named by business_id and id, another floor and other features."""
    await tx.run(_SQL["change_rooms"], omd_id=omd_id, rooms=_json(rooms))


async def list_stays_in_rooms(tx: ReadTransaction, omd_id: OmdId, rooms: Sequence[LeavingRoom]) -> list[RoomStay]:
    """Return the stays that claim a night of a room on or after its day."""
    business_ids, room_ids, from_dates = _columns(rooms, 3)
    return await tx.many(
        _SQL["list_stays_in_rooms"],
        RoomStay,
        omd_id=omd_id,
        business_ids=business_ids,
        room_ids=room_ids,
        from_dates=from_dates,
        earliest=min(room[2] for room in rooms),
    )


async def list_maintenance_of_rooms(
    tx: ReadTransaction, omd_id: OmdId, rooms: Sequence[LeavingRoom]
) -> list[RoomMaintenance]:
    """Return the maintenance intervals of the rooms that end after their days."""
    business_ids, room_ids, from_dates = _columns(rooms, 3)
    return await tx.many(
        _SQL["list_maintenance_of_rooms"],
        RoomMaintenance,
        omd_id=omd_id,
        business_ids=business_ids,
        room_ids=room_ids,
        from_dates=from_dates,
    )


async def list_types_short_without(tx: ReadTransaction, omd_id: OmdId, losses: Sequence[LossOfType]) -> list[TypeShort]:
    """Return the room types that would have more sold than they could house."""
    business_ids, room_type_ids, lost, from_dates = _columns(losses, 4)
    return await tx.many(
        _SQL["list_types_short_without"],
        TypeShort,
        omd_id=omd_id,
        business_ids=business_ids,
        room_type_ids=room_type_ids,
        losses=lost,
        from_dates=from_dates,
        earliest=min(loss[3] for loss in losses),
    )


async def list_houses_short_without(
    tx: ReadTransaction, omd_id: OmdId, losses: Sequence[LossOfHouse]
) -> list[HouseShort]:
    """Return the hotels that would have more sold than their house-wide limit leaves."""
    business_ids, lost, from_dates = _columns(losses, 3)
    return await tx.many(
        _SQL["list_houses_short_without"],
        HouseShort,
        omd_id=omd_id,
        business_ids=business_ids,
        losses=lost,
        from_dates=from_dates,
    )


async def close_room(tx: Transaction, omd_id: OmdId, room: LeavingRoom) -> None:
    """Retire a room and take its nights off sale."""
    await tx.value(_SQL["close_room"], omd_id=omd_id, business_id=room[0], room_id=room[1], from_date=room[2])


async def open_rooms(
    tx: Transaction, omd_id: OmdId, business_id: BusinessId, room_ids: Sequence[RoomId], from_date: date
) -> None:
    """Give new rooms and new types of a hotel their nights."""
    await tx.value(_SQL["open_rooms"], omd_id=omd_id, business_id=business_id, room_ids=room_ids, from_date=from_date)


async def record_events(
    tx: Transaction,
    omd_id: OmdId,
    actor: str,
    type: str,  # noqa: A002  # the column's name
    told: Sequence[tuple[BusinessId, object]],
) -> None:
    """Write what happened to each hotel into the event table."""
    business_ids, data = _columns([(business_id, _json(what)) for business_id, what in told], 2)
    await tx.run(_SQL["record_events"], omd_id=omd_id, type=type, actor=actor, business_ids=business_ids, data=data)


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


def _columns(rows: Sequence[tuple[object, ...]], width: int) -> tuple[list[object], ...]:
    """Turn rows into the arrays that `unnest` takes."""
    return tuple([row[position] for row in rows] for position in range(width))
