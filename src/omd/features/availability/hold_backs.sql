-- name: add_hold_back
-- rows: value
-- Keeps rooms off sale for an interval; the trigger counts them, and writes a certain room's onto its nights.
insert into hold_backs (omd_id, business_id, room_type_id, room_id, rooms, kind, starts_on, ends_on, reason, created_at, created_by)
values (:omd_id, :business_id, :room_type_id, :room_id, :rooms, :kind, :starts_on, :ends_on, :reason, :now, :actor)
returning id;

-- name: change_hold_back
-- rows: none
-- Gives a hold-back other terms; the trigger gives back the nights that it no longer holds, and takes those it came to hold.
update hold_backs set rooms = :rooms, kind = :kind, starts_on = :starts_on, ends_on = :ends_on, reason = :reason
where omd_id = :omd_id and business_id = :business_id and id = :hold_back_id;

-- name: delete_hold_back
-- rows: none
-- Takes a hold-back away; the trigger gives its nights back.
delete from hold_backs where omd_id = :omd_id and business_id = :business_id and id = :hold_back_id;

-- name: find_hold_back
-- rows: maybe HoldBack
-- One hold-back.
select h.id, h.business_id, h.room_type_id, h.room_id, r.number as room_number, h.rooms, h.kind, h.starts_on, h.ends_on, h.reason,
       h.created_at, h.created_by
from hold_backs h
left join individual_rooms r on r.omd_id = h.omd_id and r.business_id = h.business_id and r.id = h.room_id
where h.omd_id = :omd_id and h.business_id = :business_id and h.id = :hold_back_id;

-- name: find_hold_back_of_room
-- rows: maybe HoldBack
-- The first hold-back of a room that holds a night of a period, but for one.
select h.id, h.business_id, h.room_type_id, h.room_id, r.number as room_number, h.rooms, h.kind, h.starts_on, h.ends_on, h.reason,
       h.created_at, h.created_by
from hold_backs h
join individual_rooms r on r.omd_id = h.omd_id and r.business_id = h.business_id and r.id = h.room_id
where h.omd_id = :omd_id and h.business_id = :business_id and h.room_id = :room_id and h.id is distinct from :but_id::int
  and h.starts_on < :ends_on and h.ends_on > :starts_on
order by h.starts_on
limit 1;

-- name: list_hold_backs
-- rows: many HoldBack
-- The hold-backs of a hotel that end after a date, a page at a time.
select h.id, h.business_id, h.room_type_id, h.room_id, r.number as room_number, h.rooms, h.kind, h.starts_on, h.ends_on, h.reason,
       h.created_at, h.created_by
from hold_backs h
left join individual_rooms r on r.omd_id = h.omd_id and r.business_id = h.business_id and r.id = h.room_id
where h.omd_id = :omd_id and h.business_id = :business_id and h.ends_on > :ends_after and h.id > :after_id
order by h.id
limit :page_size;

-- name: list_nights_out_of_order
-- rows: value
-- The nights of an interval on which a room is out of order, where holding it back takes nothing more off sale.
select coalesce(array_agg(s.date order by s.date), '{}') as nights
from room_availability s
where s.omd_id = :omd_id and s.business_id = :business_id and s.room_id = :room_id and s.date >= :starts_on and s.date < :ends_on
  and s.maintenance = 'out_of_order';

-- name: list_nights_short
-- rows: many NightShort
-- The nights on which more is sold than would be left with so many rooms fewer, of the type or of the whole house.
select c.date, c.sold, greatest(0, c.physical - :rooms - c.out_of_order - c.held + c.overbooking) as "left", false as of_house
from room_type_availability c
where c.omd_id = :omd_id and c.business_id = :business_id and c.room_type_id = :room_type_id
  and c.date >= :starts_on and c.date < :ends_on
  and c.sold > greatest(0, c.physical - :rooms - c.out_of_order - c.held + c.overbooking) + c.forced
union all
select h.date, h.sold, greatest(0, h.physical - :rooms - h.out_of_order - h.held + h.overbooking), true
from house_availability h
where h.omd_id = :omd_id and h.business_id = :business_id and h.date >= :starts_on and h.date < :ends_on
  and h.sold > greatest(0, h.physical - :rooms - h.out_of_order - h.held + h.overbooking) + h.forced
order by of_house, date;

-- name: find_least_not_held
-- rows: value
-- How many rooms of a type are held back by nothing yet, on the night of an interval that has the fewest.
select min(c.physical - c.held)
from room_type_availability c
where c.omd_id = :omd_id and c.business_id = :business_id and c.room_type_id = :room_type_id
  and c.date >= :starts_on and c.date < :ends_on;
