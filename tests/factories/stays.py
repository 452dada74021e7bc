"""Stays written straight into the tables, for what no command would let a test arrange."""

from datetime import date
from uuid import UUID

from support.roles import enter_context
from support.worlds import NOW, Connection, Hotel, hotel_actor, nights

# The instants that a status asks for, by column.
_DATED = {
    "tentative": ("hold_until",),
    "confirmed": (),
    "in_house": ("checked_in_at",),
    "checked_out": ("checked_in_at", "checked_out_at"),
    "cancelled": ("cancelled_at",),
    "no_show": ("no_show_at",),
}


async def add_reservation(
    connection: Connection,
    hotel: Hotel,
    type_code: str,
    arrival: date,
    departure: date,
    *,
    code: str = "STAY-1",
    status: str = "confirmed",
    last_name: str = "Popescu",
) -> UUID:
    """Add a reservation and its primary guest, without any night held; return its id."""
    async with connection.transaction():
        await enter_context(connection, hotel_actor(hotel))
        dated = _DATED[status]
        columns = "".join(f", {column}" for column in dated)
        values = ", $8" * len(dated)
        reservation_id: UUID = await connection.fetchval(
            "insert into reservations (omd_id, business_id, code, room_type_id, arrival, departure, adults, children, "
            f"status, booked_at, booked_by{columns}) "
            f"values ($1, $2, $3, $4, $5, $6, 1, 0, $7, $8, 'test'{values}) returning id",
            *(hotel.omd_id, hotel.id, code, hotel.types[type_code].id, arrival, departure, status, NOW),
        )
        await connection.execute(
            "insert into reservation_guests (omd_id, business_id, reservation_id, is_primary, last_name) "
            "values ($1, $2, $3, true, $4)",
            *(hotel.omd_id, hotel.id, reservation_id, last_name),
        )
    return reservation_id


async def hold_nights(
    connection: Connection,
    hotel: Hotel,
    reservation_id: UUID,
    type_code: str,
    arrival: date,
    departure: date,
    room: str | None,
) -> None:
    """Hold the nights of [arrival, departure) of a type, in a room (by number) or in none."""
    async with connection.transaction():
        await enter_context(connection, hotel_actor(hotel))
        await connection.execute(
            "insert into reservation_nights (omd_id, business_id, reservation_id, date, room_type_id, room_id) "
            "select $1, $2, $3, date, $4, $5 from unnest($6::date[]) date",
            *(hotel.omd_id, hotel.id, reservation_id, hotel.types[type_code].id),
            None if room is None else hotel.rooms[room],
            list(nights(arrival, departure)),
        )


async def hold_stay(
    connection: Connection,
    hotel: Hotel,
    type_code: str,
    arrival: date,
    departure: date,
    *,
    room: str | None,
    code: str = "STAY-1",
    status: str = "confirmed",
) -> UUID:
    """Add a reservation that holds all its nights in one room (by number), or in none; return its id."""
    reservation_id = await add_reservation(connection, hotel, type_code, arrival, departure, code=code, status=status)
    await hold_nights(connection, hotel, reservation_id, type_code, arrival, departure, room)
    return reservation_id
