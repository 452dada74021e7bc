"""A published sheet written straight into the tables, for tests of what rows there are."""

from support.worlds import Connection, Hotel

SHEETS = {
    *("housekeeping_sections", "housekeeping_section_rooms", "housekeeping_attendances"),
    *("housekeeping_attendance_sections", "housekeeping_sheets", "housekeeping_published_rooms"),
}

_ADDED = """
with section as (
    insert into housekeeping_sections (omd_id, business_id, name) values ($1, $2, 'East') returning name),
holds as (
    insert into housekeeping_section_rooms (omd_id, business_id, section_name, room_id)
    select $1, $2, name, $3 from section),
works as (
    insert into housekeeping_attendances (omd_id, business_id, business_date, attendant_id)
    select $1, $2, date '2027-05-03', m.id from memberships m where (m.omd_id, m.business_id) = ($1, $2) limit 1
    returning attendant_id, business_date),
there as (
    insert into housekeeping_attendance_sections (omd_id, business_id, business_date, attendant_id, section_name)
    select $1, $2, w.business_date, w.attendant_id, s.name from works w, section s),
sheet as (
    insert into housekeeping_sheets (omd_id, business_id, business_date, attendant_id, published_at, published_by)
    select $1, $2, business_date, attendant_id, now(), 'test' from works returning attendant_id, business_date)
insert into housekeeping_published_rooms (omd_id, business_id, business_date, reservation_id, room_id, attendant_id)
select $1, $2, s.business_date, r.id, $3, s.attendant_id
from sheet s, (select id from reservations where (omd_id, business_id) = ($1, $2) limit 1) r"""


async def add_sheets(connection: Connection, hotel: Hotel) -> None:
    """Fill every table of sheets with a row of the hotel, for one of its staff and one of its stays."""
    await connection.execute(_ADDED, hotel.omd_id, hotel.id, hotel.rooms["101"])
