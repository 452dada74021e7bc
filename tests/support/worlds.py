"""The small world every test database holds: two OMDs, three hotels, a horizon of five quarters."""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from typing import TypeAlias

import asyncpg
import msgspec

from omd.kernel.actor import Actor
from omd.kernel.ids import BusinessId, OmdId, RoomId, RoomTypeId

NOW = datetime(2027, 3, 1, 9, 0, tzinfo=UTC)
"""Where the clock of the tests stands: 11:00 on the wall of every hotel."""

TODAY = date(2027, 3, 1)
HORIZON_STARTS_ON = date(2027, 1, 1)
HORIZON_ENDS_ON = date(2028, 4, 1)
QUARTERS = (date(2027, 1, 1), date(2027, 4, 1), date(2027, 7, 1), date(2027, 10, 1), date(2028, 1, 1))

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"


class RoomType(msgspec.Struct, frozen=True):
    """A room type and its rooms, number -> id, by number; one for all tests of a process: none may change it."""

    id: RoomTypeId
    code: str
    max_adults: int
    max_children: int
    max_occupancy: int
    rooms: Mapping[str, RoomId]


class Hotel(msgspec.Struct, frozen=True):
    """A hotel and its room types, code -> type."""

    omd_id: OmdId
    id: BusinessId
    code: str
    types: dict[str, RoomType]

    @property
    def rooms(self) -> dict[str, RoomId]:
        """Return the rooms of every type, number -> id."""
        return {number: room for each in self.types.values() for number, room in each.rooms.items()}


class Omd(msgspec.Struct, frozen=True):
    """A destination and its member hotels, code -> hotel."""

    id: OmdId
    code: str
    hotels: dict[str, Hotel]


class World(msgspec.Struct, frozen=True):
    """Ids of everything there is.

    `alpha` holds the hotels `grand` (double 101-105, single 201-203, twin 301-302, apartment without rooms) and
    `lodge` (double 101-102, single 201-202); `beta` holds `harbour` (double 101-103, single 201-202).
    Nobody has booked anything, nothing is under maintenance, no overbooking is allowed.
    """

    alpha: Omd
    beta: Omd

    @property
    def grand(self) -> Hotel:
        """Return the first hotel of alpha, the one most tests use."""
        return self.alpha.hotels["grand"]

    @property
    def lodge(self) -> Hotel:
        """Return the second hotel of alpha: another business of the same tenant."""
        return self.alpha.hotels["lodge"]

    @property
    def harbour(self) -> Hotel:
        """Return the hotel of beta: another tenant."""
        return self.beta.hotels["harbour"]


def hotel_actor(hotel: Hotel) -> Actor:
    """Return the staff of one hotel."""
    return Actor(hotel.omd_id, "hotel", (hotel.id,), (hotel.id,), f"test:{hotel.code}")


def omd_actor(omd: Omd) -> Actor:
    """Return the staff of a destination: every member's rooms, nobody's guests."""
    return Actor(omd.id, "omd", tuple(each.id for each in omd.hotels.values()), (), f"test:{omd.code}")


def system_actor(omd: Omd) -> Actor:
    """Return the maintenance of a destination: every member's rooms and guests."""
    ids = tuple(each.id for each in omd.hotels.values())
    return Actor(omd.id, "system", ids, ids, "test:system")


_CAPACITIES = {"double": (2, 1, 3), "single": (1, 0, 1), "twin": (2, 0, 2), "apartment": (4, 2, 6)}

_PLAN: Mapping[str, Mapping[str, Mapping[str, tuple[str, ...]]]] = {
    "alpha": {
        "grand": {
            "double": ("101", "102", "103", "104", "105"),
            "single": ("201", "202", "203"),
            "twin": ("301", "302"),
            "apartment": (),
        },
        "lodge": {"double": ("101", "102"), "single": ("201", "202")},
    },
    "beta": {"harbour": {"double": ("101", "102", "103"), "single": ("201", "202")}},
}


async def build_world(connection: Connection) -> World:
    """Fill a new database as the maintenance role would; return the ids of what was made."""
    await connection.execute("set role omd_maintenance")
    alpha = await _build_omd(connection, "alpha")
    beta = await _build_omd(connection, "beta")
    await connection.execute("reset role")
    return World(alpha, beta)


async def _build_omd(connection: Connection, code: str) -> Omd:
    async with connection.transaction():
        omd_id = await connection.fetchval(
            "insert into omds (code, name) values ($1, initcap($1)) returning id",
            code,
        )
        await connection.execute(
            "select set_config('omd.omd_id', $1, true), set_config('omd.scope', 'system', true)",
            str(omd_id),
        )
        hotels: dict[str, Hotel] = {}
        for name, types in _PLAN[code].items():
            seen = [each.id for each in hotels.values()]
            hotels[name] = await _build_hotel(connection, omd_id, name, types, seen)
        for quarter in QUARTERS:
            await connection.execute("select create_availability_quarter($1, $2, $2)", omd_id, quarter)
    return Omd(omd_id, code, hotels)


async def _build_hotel(
    connection: Connection, omd_id: OmdId, code: str, types: Mapping[str, tuple[str, ...]], seen: list[BusinessId]
) -> Hotel:
    hotel_id = await connection.fetchval(
        "insert into businesses (omd_id, code, name, time_zone, currency) "
        "values ($1, $2, initcap($2), 'Europe/Bucharest', 'RON') returning id",
        omd_id,
        code,
    )
    ids = ",".join(str(each) for each in (*seen, hotel_id))
    await connection.execute("select set_config('omd.business_ids', $1, true)", f"{{{ids}}}")
    built = {}
    for type_code, numbers in types.items():
        capacity = _CAPACITIES[type_code]
        type_id = await connection.fetchval(
            "insert into room_types (omd_id, business_id, code, name, max_adults, max_children, max_occupancy) "
            "values ($1, $2, $3, initcap($3), $4, $5, $6) returning id",
            *(omd_id, hotel_id, type_code, *capacity),
        )
        rooms = await connection.fetch(
            "insert into individual_rooms (omd_id, business_id, room_type_id, number, floor) "
            "select $1, $2, $3, number, left(number, 1)::int from unnest($4::text[]) number returning number, id",
            *(omd_id, hotel_id, type_id, list(numbers)),
        )
        built[type_code] = RoomType(type_id, type_code, *capacity, {room["number"]: room["id"] for room in rooms})
    return Hotel(omd_id, hotel_id, code, built)


def nights(arrival: date, departure: date) -> Iterator[date]:
    """Yield the dates of [arrival, departure)."""
    for ordinal in range(arrival.toordinal(), departure.toordinal()):
        yield date.fromordinal(ordinal)
