"""Inventory files written in a test, and what they leave in the database."""

from datetime import date

import pytest

from omd.db import Database
from omd.features.inventory import ImportSummary, InventoryFile, InventoryRefused, import_inventory, parse_inventory
from support.worlds import TODAY, Connection

HEADER = (
    "record,omd,hotel,room_type,name,time_zone,currency,max_adults,max_children,max_occupancy,quantity,"
    "numbers,floor,features"
)
GRAND = ("omd,alpha,,,Alpha,,,,,,,,,", "hotel,alpha,grand,,Grand,Europe/Bucharest,RON,,,,,,,")
DOUBLE = "room_type,alpha,grand,double,Double,,,2,1,3,,,,"
SINGLE = "room_type,alpha,grand,single,Single,,,1,0,1,,,,"
TWIN = "room_type,alpha,grand,twin,Twin,,,2,0,2,,,,"


def rooms(room_type: str, numbers: str, floor: int = 1, features: str = "") -> str:
    return f"rooms,alpha,grand,{room_type},,,,,,,,{numbers},{floor},{features}"


def file_of(*lines: str, header: str = HEADER) -> InventoryFile:
    return parse_inventory("\n".join((header, *lines)).encode(), file_name="test.csv", file_format="csv")


async def taken_over(db: Database, *lines: str, header: str = HEADER) -> ImportSummary:
    return await import_inventory(db, file_of(*lines, header=header), today=TODAY)


async def refused(db: Database, *lines: str) -> list[str]:
    with pytest.raises(InventoryRefused) as caught:
        await taken_over(db, *lines)
    return [problem.sentence for problem in caught.value.file_problems]


async def state(connection: Connection) -> list[tuple[object, ...]]:
    """Return every row of inventory and supply, and how many events there are."""
    rows: list[tuple[object, ...]] = []
    for table in ("omds", "businesses", "room_types", "individual_rooms", "room_type_availability"):
        rows.extend(tuple(row) for row in await connection.fetch(f"select * from {table} x order by x"))
    counts = await connection.fetchrow("select (select count(*) from room_availability), (select count(*) from events)")
    return [*rows, tuple(counts or ())]


async def supply(connection: Connection, hotel_id: int, number: str) -> tuple[date, date, int]:
    """Return the first and last night of a room, and how many it has."""
    row = await connection.fetchrow(
        "select min(a.date), max(a.date), count(a.date) from individual_rooms r "
        "left join room_availability a on a.omd_id = r.omd_id and a.business_id = r.business_id and a.room_id = r.id "
        "where r.business_id = $1 and r.number = $2",
        *(hotel_id, number),
    )
    assert row is not None
    return row[0], row[1], row[2]


async def physical(connection: Connection, hotel_id: int, type_code: str, day: date) -> int | None:
    found: int | None = await connection.fetchval(
        "select c.physical from room_types t join room_type_availability c on c.omd_id = t.omd_id "
        "and c.business_id = t.business_id and c.room_type_id = t.id "
        "where t.business_id = $1 and t.code = $2 and c.date = $3",
        *(hotel_id, type_code, day),
    )
    return found
