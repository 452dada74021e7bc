-- name: list_hotels
-- rows: many StandingHotel
-- Every hotel of an OMD, with the day it works on where that is held by hand.
select id, code, name, time_zone, currency, business_date
from businesses where omd_id = :omd_id;

-- name: list_unknown_time_zones
-- rows: value
-- Those of the given time zones that PostgreSQL does not know, as an array.
select coalesce(array_agg(z), '{}') from unnest(:zones::text[]) z
where not exists (select from pg_timezone_names n where n.name = z);

-- name: add_hotels
-- rows: none
-- Adds hotels.
insert into businesses (omd_id, code, name, time_zone, currency)
select :omd_id, u.code, u.name, u.time_zone, u.currency
from unnest(:codes::text[], :names::text[], :time_zones::text[], :currencies::text[])
    as u (code, name, time_zone, currency);

-- name: change_hotels
-- rows: none
-- Gives hotels another name and time zone.
update businesses b set name = u.name, time_zone = u.time_zone
from unnest(:ids::int[], :names::text[], :time_zones::text[]) as u (id, name, time_zone)
where b.omd_id = :omd_id and b.id = u.id;

-- name: list_room_types
-- rows: many StandingRoomType
-- The room types of hotels.
select business_id, id, code, name, max_adults, max_children, max_occupancy, min_occupancy, standard_occupancy
from room_types where omd_id = :omd_id and business_id = any (:business_ids::int[]);

-- name: add_room_types
-- rows: none
-- Adds room types, without rooms.
insert into room_types (omd_id, business_id, code, name, max_adults, max_children, max_occupancy, min_occupancy, standard_occupancy)
select :omd_id, u.business_id, u.code, u.name, u.max_adults, u.max_children, u.max_occupancy, u.min_occupancy, u.standard_occupancy
from unnest(:business_ids::int[], :codes::text[], :names::text[], :max_adults::int[], :max_children::int[],
            :max_occupancies::int[], :min_occupancies::int[], :standard_occupancies::int[])
    as u (business_id, code, name, max_adults, max_children, max_occupancy, min_occupancy, standard_occupancy);

-- name: change_room_types
-- rows: none
-- Gives room types another name and capacity.
update room_types t
set name = u.name, max_adults = u.max_adults, max_children = u.max_children, max_occupancy = u.max_occupancy,
    min_occupancy = u.min_occupancy, standard_occupancy = u.standard_occupancy
from unnest(:business_ids::int[], :ids::int[], :names::text[], :max_adults::int[], :max_children::int[],
            :max_occupancies::int[], :min_occupancies::int[], :standard_occupancies::int[])
    as u (business_id, id, name, max_adults, max_children, max_occupancy, min_occupancy, standard_occupancy)
where t.omd_id = :omd_id and t.business_id = u.business_id and t.id = u.id;

-- name: list_rooms
-- rows: many StandingRoom
-- The rooms of hotels that are in use.
select business_id, id, room_type_id, number, floor, features
from individual_rooms
where omd_id = :omd_id and business_id = any (:business_ids::int[]) and retired_on is null;

-- name: add_rooms
-- rows: many AddedRooms
-- Adds rooms from a JSON array; returns their ids by hotel.
with added as (
    insert into individual_rooms (omd_id, business_id, room_type_id, number, floor, features)
    select :omd_id, u.business_id, u.room_type_id, u.number, u.floor, u.features
    from jsonb_to_recordset(:rooms::jsonb)
        as u (business_id int, room_type_id int, number text, floor int, features text[])
    returning business_id, id)
select business_id, array_agg(id order by id) as room_ids from added group by business_id order by business_id;

-- name: change_rooms
-- rows: none
-- Gives rooms from a JSON array another floor and other features.
update individual_rooms r set floor = u.floor, features = u.features
from jsonb_to_recordset(:rooms::jsonb) as u (business_id int, id int, floor int, features text[])
where r.omd_id = :omd_id and r.business_id = u.business_id and r.id = u.id;

-- name: list_stays_in_rooms
-- rows: many RoomStay
-- The stays that claim a night of these rooms, or have them by day, on or after the day given for each.
select s.room_id, v.code, v.arrival, v.departure
from unnest(:business_ids::int[], :room_ids::int[], :from_dates::date[]) as u (business_id, room_id, from_date)
join room_availability s
    on s.omd_id = :omd_id and s.business_id = u.business_id and s.room_id = u.room_id
   and s.date >= u.from_date and s.date >= :earliest::date
join reservations v on v.omd_id = :omd_id and v.business_id = s.business_id and v.id = s.reservation_id
group by s.room_id, v.code, v.arrival, v.departure
union all
select d.room_id, v.code, v.arrival, v.departure
from unnest(:business_ids::int[], :room_ids::int[], :from_dates::date[]) as u (business_id, room_id, from_date)
join day_uses d
    on d.omd_id = :omd_id and d.business_id = u.business_id and d.room_id = u.room_id and not d.is_over and d.date >= u.from_date
join reservations v on v.omd_id = :omd_id and v.business_id = d.business_id and v.id = d.reservation_id
order by 1, 3, 2;

-- name: list_maintenance_of_rooms
-- rows: many RoomMaintenance
-- The maintenance intervals of these rooms, and those that they are held back, that end after the day given for each.
select m.room_id, m.kind, m.starts_on, m.ends_on
from unnest(:business_ids::int[], :room_ids::int[], :from_dates::date[]) as u (business_id, room_id, from_date)
join maintenance_intervals m
    on m.omd_id = :omd_id and m.business_id = u.business_id and m.room_id = u.room_id and m.ends_on > u.from_date
union all
select h.room_id, 'held_back', h.starts_on, h.ends_on
from unnest(:business_ids::int[], :room_ids::int[], :from_dates::date[]) as u (business_id, room_id, from_date)
join hold_backs h on h.omd_id = :omd_id and h.business_id = u.business_id and h.room_id = u.room_id and h.ends_on > u.from_date
order by 1, 3;

-- name: list_types_short_without
-- rows: many TypeShort
-- The room types that would have sold more than they have if they lost this many rooms, with the nights it would be so.
select u.room_type_id, min(c.date) as first, max(c.date) as last, count(*) as nights
from unnest(:business_ids::int[], :room_type_ids::int[], :losses::int[], :from_dates::date[])
    as u (business_id, room_type_id, lost, from_date)
join room_type_availability c
    on c.omd_id = :omd_id and c.business_id = u.business_id and c.room_type_id = u.room_type_id
   and c.date >= u.from_date and c.date >= :earliest::date
where c.sold > greatest(0, c.physical - u.lost - c.out_of_order - c.held + c.overbooking) + c.forced
group by u.room_type_id;

-- name: list_houses_short_without
-- rows: many HouseShort
-- The hotels that would have sold more than a house-wide limit leaves if they lost this many rooms, with the nights it would be so.
select u.business_id, min(h.date) as first, max(h.date) as last, count(*) as nights
from unnest(:business_ids::int[], :losses::int[], :from_dates::date[]) as u (business_id, lost, from_date)
join house_availability h on h.omd_id = :omd_id and h.business_id = u.business_id and h.date >= u.from_date
where h.sold > greatest(0, h.physical - u.lost - h.out_of_order - h.held + h.overbooking) + h.forced
group by u.business_id
order by u.business_id;

-- name: close_room
-- rows: value
-- Retires a room and takes its nights off sale.
select close_room(:omd_id, :business_id, :room_id, :from_date);

-- name: open_rooms
-- rows: value
-- Gives new rooms and new types of a hotel their nights.
select open_rooms(:omd_id, :business_id, :room_ids::int[], :from_date);

-- name: record_events
-- rows: none
-- Writes what happened to hotels into the event table.
insert into events (omd_id, business_id, aggregate, aggregate_id, aggregate_version, type, actor, data)
select :omd_id, u.business_id, 'business', u.business_id::text,
       1 + (select count(*) from events e
            where e.omd_id = :omd_id and e.aggregate = 'business' and e.aggregate_id = u.business_id::text),
       :type, :actor, u.data
from unnest(:business_ids::int[], :data::jsonb[]) as u (business_id, data);
