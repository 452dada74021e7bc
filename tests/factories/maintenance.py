"""Maintenance written straight into its table."""

from datetime import date

from support.roles import enter_context
from support.worlds import NOW, Connection, Hotel, hotel_actor


async def add_maintenance(
    connection: Connection, hotel: Hotel, room: str, starts_on: date, ends_on: date, *, kind: str = "out_of_order"
) -> int:
    """Take a room (by number) out of order or out of service for [starts_on, ends_on); return the interval's id."""
    async with connection.transaction():
        await enter_context(connection, hotel_actor(hotel))
        interval_id: int = await connection.fetchval(
            "insert into maintenance_intervals "
            "(omd_id, business_id, room_id, kind, starts_on, ends_on, reason, created_at, created_by) "
            "values ($1, $2, $3, $4, $5, $6, 'a burst pipe', $7, 'test') returning id",
            *(hotel.omd_id, hotel.id, hotel.rooms[room], kind, starts_on, ends_on, NOW),
        )
    return interval_id


async def add_ticket(connection: Connection, hotel: Hotel, room: str) -> str:
    """Report something broken in a room, with a photo of it; return the id of the ticket."""
    async with connection.transaction():
        await enter_context(connection, hotel_actor(hotel))
        ticket_id: str = await connection.fetchval(
            "insert into maintenance_tickets (omd_id, business_id, room_id, title, category, priority, reported_at, "
            "reported_by, received_at, step, changed_at, changed_by) "
            "values ($1, $2, $3, 'a tap', 'plumbing', 'normal', now(), 'test', now(), 'reported', now(), 'test') "
            "returning id",
            *(hotel.omd_id, hotel.id, hotel.rooms[room]),
        )
        await connection.execute(
            "insert into maintenance_ticket_photos "
            "(omd_id, business_id, id, ticket_id, width, height, image, thumbnail, sent_digest, added_at, added_by) "
            "values ($1, $2, uuidv7(), $3, 1, 1, '\\xffd8ff', '\\xffd8ff', '', now(), 'test')",
            *(hotel.omd_id, hotel.id, ticket_id),
        )
    return ticket_id
