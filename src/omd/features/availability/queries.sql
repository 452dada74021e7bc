-- name: find_type_availability
-- rows: many TypeAvailability
-- Every room type of some hotels that takes the party, with the least free and sellable rooms of its nights.
select business_id, business_code, business_name, business_date, room_type_id, code, name, quantity, max_adults, max_children,
       max_occupancy, nights_counted, available, sellable, house_sellable
from search_type_availability(:actor_role, :actor_omd_id, :actor_scope, :actor_business_ids, :actor_staff_business_ids,
                              :hotel_ids, :arrival, :departure, :adults, :children, :now);

-- name: find_total_availability
-- rows: many TotalAvailability
-- The sums over every room type of some hotels that takes the party, of each hotel no more than its house-wide limit leaves.
select coalesce(sum(b.available), 0)::int as available, coalesce(sum(b.sellable), 0)::int as sellable
from (select sum(t.available) as available, least(sum(t.sellable), min(t.house_sellable)) as sellable
      from search_type_availability(:actor_role, :actor_omd_id, :actor_scope, :actor_business_ids, :actor_staff_business_ids,
                                    :hotel_ids, :arrival, :departure, :adults, :children, :now) t
      group by t.business_id) b;

-- name: find_business_date
-- rows: value
-- The day a hotel works on, or nothing for a hotel that is not there.
select coalesce(b.business_date, (:now::timestamptz at time zone b.time_zone)::date) as business_date
from businesses b
where b.omd_id = :omd_id and b.id = :business_id;

-- name: find_night_availability
-- rows: many NightAvailability
-- The counters of a hotel's room types, night by night, and what a house-wide limit leaves.
select c.room_type_id, c.date, c.physical, c.out_of_order, c.held, c.sold, c.overbooking, c.forced,
       h.sellable as house_sellable,
       least(greatest(0, c.physical - c.out_of_order - c.held + c.overbooking - c.sold), h.sellable) as sellable
from room_type_availability c
left join (select l.date, greatest(0, l.physical - l.out_of_order - l.held + l.overbooking - l.sold) as sellable
           from house_availability l
           where l.omd_id = :omd_id and l.business_id = :business_id and l.date >= :arrival and l.date < :departure) h on h.date = c.date
where c.omd_id = :omd_id and c.business_id = :business_id and c.date >= :arrival and c.date < :departure
order by c.room_type_id, c.date;

-- name: list_nights_of_ranges
-- rows: many NightAvailability
-- The counters of a hotel's room types on the nights of some intervals, all of which lie in [first, last).
select c.room_type_id, c.date, c.physical, c.out_of_order, c.held, c.sold, c.overbooking, c.forced,
       h.sellable as house_sellable,
       least(greatest(0, c.physical - c.out_of_order - c.held + c.overbooking - c.sold), h.sellable) as sellable
from room_type_availability c
left join (select l.date, greatest(0, l.physical - l.out_of_order - l.held + l.overbooking - l.sold) as sellable
           from house_availability l
           where l.omd_id = :omd_id and l.business_id = :business_id and l.date >= :first and l.date < :last) h on h.date = c.date
where c.omd_id = :omd_id and c.business_id = :business_id and c.date >= :first and c.date < :last
  and exists (select from unnest(:starts::date[], :ends::date[]) as r (starts_on, ends_on)
              where c.date >= r.starts_on and c.date < r.ends_on)
order by c.room_type_id, c.date;

-- name: find_horizon
-- rows: maybe Horizon
-- The dates an OMD can sell.
select starts_on, ends_on from availability_horizons where omd_id = :omd_id;

-- name: count_rooms_by_row
-- rows: many RoomCount
-- Free rooms of each type on one date, counted room by room.
SELECT rt.name, COUNT(ra.room_id) AS available_count, rt.quantity AS total_count
FROM room_types rt JOIN individual_rooms ir ON rt.id = ir.room_type_id
LEFT JOIN room_availability ra ON ir.id = ra.room_id AND ra.date = :date AND ra.available = true
WHERE rt.business_id = :business_id GROUP BY rt.id, rt.name, rt.quantity;

-- name: set_overbooking
-- rows: value
-- Sets the overbooking limit of a room type on the nights of an interval; gives the number of nights set.
select set_overbooking(:omd_id, :business_id, :room_type_id, :starts_on, :ends_on, :rooms);

-- name: set_house_overbooking
-- rows: value
-- Sets the overbooking limit of a whole hotel on the nights of an interval; gives the number of nights set.
select set_house_overbooking(:omd_id, :business_id, :starts_on, :ends_on, :rooms);

-- name: remove_house_overbooking
-- rows: value
-- Lifts the overbooking limit of a whole hotel from the nights of an interval; gives the number of nights it stood on.
select remove_house_overbooking(:omd_id, :business_id, :starts_on, :ends_on);

-- name: list_house_nights
-- rows: many HouseNight
-- The nights of an interval on which a hotel has a house-wide limit, with its counters.
select h.date, h.physical, h.out_of_order, h.held, h.sold, h.overbooking, h.forced,
       greatest(0, h.physical - h.out_of_order - h.held + h.overbooking - h.sold) as sellable
from house_availability h
where h.omd_id = :omd_id and h.business_id = :business_id and h.date >= :starts_on and h.date < :ends_on
order by h.date;

-- name: lock_type_nights
-- rows: value
-- Locks the counters of room types over an interval, by type, then date; gives the number of rows locked.
select lock_type_nights(:omd_id, :business_id, :room_type_ids::int[], :starts_on, :ends_on);

-- name: force_nights
-- rows: value
-- Raises forced by what fewer rooms would leave uncovered; gives the nights raised, or null.
select force_nights(:omd_id, :business_id, :room_type_id, :starts_on, :ends_on, :rooms);

-- name: add_maintenance
-- rows: value
-- Puts a room under maintenance for an interval; the trigger writes it onto its nights and counters.
insert into maintenance_intervals (omd_id, business_id, room_id, kind, starts_on, ends_on, reason, returns_as, created_at, created_by)
values (:omd_id, :business_id, :room_id, :kind, :starts_on, :ends_on, :reason, :returns_as, :now, :actor)
returning id;

-- name: shorten_maintenance
-- rows: none
-- Lets an interval end earlier; the trigger gives the nights after that back, and those before stay as they were.
update maintenance_intervals set ends_on = :ends_on
where omd_id = :omd_id and business_id = :business_id and id = :interval_id;

-- name: delete_maintenance
-- rows: none
-- Takes an interval away; the trigger gives its nights back.
delete from maintenance_intervals where omd_id = :omd_id and business_id = :business_id and id = :interval_id;

-- name: find_maintenance
-- rows: maybe MaintenanceInterval
-- One maintenance interval.
select m.id, m.business_id, m.room_id, r.number as room_number, r.room_type_id, m.kind, m.starts_on, m.ends_on,
       m.reason, m.returns_as, m.created_at, m.created_by
from maintenance_intervals m
join individual_rooms r on r.omd_id = m.omd_id and r.business_id = m.business_id and r.id = m.room_id
where m.omd_id = :omd_id and m.business_id = :business_id and m.id = :interval_id;

-- name: find_maintenance_of_room
-- rows: maybe MaintenanceInterval
-- The first maintenance interval of a room that holds a night of a period.
select m.id, m.business_id, m.room_id, r.number as room_number, r.room_type_id, m.kind, m.starts_on, m.ends_on,
       m.reason, m.returns_as, m.created_at, m.created_by
from maintenance_intervals m
join individual_rooms r on r.omd_id = m.omd_id and r.business_id = m.business_id and r.id = m.room_id
where m.omd_id = :omd_id and m.business_id = :business_id and m.room_id = :room_id
  and m.starts_on < :ends_on and m.ends_on > :starts_on
order by m.starts_on
limit 1;

-- name: list_maintenance
-- rows: many MaintenanceInterval
-- The maintenance intervals of a hotel that end after a date, a page at a time.
select m.id, m.business_id, m.room_id, r.number as room_number, r.room_type_id, m.kind, m.starts_on, m.ends_on,
       m.reason, m.returns_as, m.created_at, m.created_by
from maintenance_intervals m
join individual_rooms r on r.omd_id = m.omd_id and r.business_id = m.business_id and r.id = m.room_id
where m.omd_id = :omd_id and m.business_id = :business_id and m.ends_on > :ends_after and m.id > :after_id
order by m.id
limit :page_size;

-- name: record_event
-- rows: none
-- Writes what happened to supply into the event table.
insert into events (omd_id, business_id, aggregate, aggregate_id, aggregate_version, type, actor, occurred_at, data)
values (:omd_id, :business_id, :aggregate, :aggregate_id, 1, :type, :actor, :now, :data::jsonb);
