"""A closed business date written straight into the tables, for tests of what rows there are."""

from datetime import date

from support.worlds import NOW, Connection, Hotel

AUDITS = {"night_audit_settings", "night_audits", "night_audit_steps", "daily_statistics", "on_the_books"}

CLOSED = date(2027, 2, 28)
_SETTINGS = """
insert into night_audit_settings (omd_id, business_id, mode, no_shows, due_outs)
select $1, $2, 'clock', 'mark', 'extend' where $3::date is not null"""
_STEP = """
insert into night_audit_steps (omd_id, business_id, business_date, step, started_at, counts, refused)
values ($1, $2, $3, 'arrivals', now(), '{}', '[]')"""
_STATISTICS = """
insert into daily_statistics (omd_id, business_id, date, rooms, out_of_order, sold, occupied, arrivals, departures,
                              adults, children, no_shows, cancellations, room_revenue, meals_revenue,
                              supplement_revenue, fee_revenue)
values ($1, $2, $3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)"""
_BOOKS = """
insert into on_the_books (omd_id, business_id, as_of, date, room_type_id, rooms, revenue, unpriced)
select $1, $2, $3, $3::date + 1, min(t.id), 1, 0, 1 from room_types t where t.business_id = $2"""


async def add_audit(connection: Connection, hotel: Hotel) -> None:
    """Fill every table of night audits with a row of the hotel, which goes by the clock afterwards."""
    place = (hotel.omd_id, hotel.id)
    async with connection.transaction():
        await connection.execute("update businesses set business_date = $2 where id = $1", hotel.id, CLOSED)
        await connection.execute(
            "insert into night_audits (omd_id, business_id, business_date, open_since, started_at, started_by, runner) "
            "values ($1, $2, $3, $4, $4, 'test', uuidv7())",
            *(*place, CLOSED, NOW),
        )
        for row in (_SETTINGS, _STEP, _STATISTICS, _BOOKS):
            await connection.execute(row, *place, CLOSED)
        await connection.execute("update businesses set business_date = null where id = $1", hotel.id)
