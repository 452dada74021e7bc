"""House-wide overbooking limits set as the engine sets them, without the API."""

from datetime import date

from support.roles import enter_context
from support.worlds import Connection, Hotel, hotel_actor


async def limit_house(connection: Connection, hotel: Hotel, starts_on: date, ends_on: date, rooms: int) -> int:
    """Let all types of a hotel together sell `rooms` more than they have on [starts_on, ends_on); return the nights."""
    async with connection.transaction():
        await enter_context(connection, hotel_actor(hotel))
        nights: int = await connection.fetchval(
            "select set_house_overbooking($1, $2, $3, $4, $5)", hotel.omd_id, hotel.id, starts_on, ends_on, rooms
        )
    return nights
