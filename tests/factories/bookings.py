"""A booking written straight into the tables, for tests of what rows there are."""

from datetime import date
from decimal import Decimal
from uuid import UUID

import msgspec

from factories.offers import add_plan, offer_of
from support.roles import enter_context
from support.worlds import NOW, Connection, Hotel, hotel_actor

BOOKINGS = {"bookings", "used_offers", "reservation_prices", "reservation_charges", "reservation_taxes"}
"""The tables."""


async def sell(
    connection: Connection, hotel: Hotel, reservation_id: UUID, type_code: str, arrival: date, departure: date
) -> Decimal:
    """Let a stay have been booked by an offer, in a booking of its own; return its total."""
    offer = offer_of(hotel, await add_plan(connection, hotel, "SOLD"), type_code, arrival, departure)
    price = msgspec.json.encode(offer).decode()
    place = (hotel.omd_id, hotel.id)
    async with connection.transaction():
        await enter_context(connection, hotel_actor(hotel))
        await connection.fetchval("select use_offers($1, $2, $3, $4)", *place, [offer.id], NOW)
        booking = await connection.fetchval(
            "select add_booking($1, $2, $3, 'test', $4)", *place, f"B-{hotel.code}"[:8], NOW
        )
        await connection.execute(
            "update reservations set amount = $2, currency = 'RON' where id = $1", reservation_id, offer.total
        )
        await connection.fetchval(
            "select put_price($1, $2, $3, $4, $5::jsonb, 'test', $6)", *place, reservation_id, booking, price, NOW
        )
    return offer.total
