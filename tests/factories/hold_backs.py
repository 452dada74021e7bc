"""Hold-backs written straight into their table."""

from datetime import date

from support.roles import enter_context
from support.worlds import NOW, Connection, Hotel, hotel_actor


async def add_hold_back(
    connection: Connection,
    hotel: Hotel,
    type_code: str,
    starts_on: date,
    ends_on: date,
    *,
    rooms: int = 1,
    room: str | None = None,
) -> int:
    """Keep rooms of a type, or a room of it (by number), off sale for [starts_on, ends_on); return the id."""
    async with connection.transaction():
        await enter_context(connection, hotel_actor(hotel))
        hold_back_id: int = await connection.fetchval(
            "insert into hold_backs "
            "(omd_id, business_id, room_type_id, room_id, rooms, kind, starts_on, ends_on, reason, created_at, "
            "created_by) "
            "values ($1, $2, $3, $4, $5, 'owner', $6, $7, 'the owner''s family', $8, 'test') returning id",
            *(hotel.omd_id, hotel.id, hotel.types[type_code].id, None if room is None else hotel.rooms[room]),
            *(rooms, starts_on, ends_on, NOW),
        )
    return hold_back_id
