-- name: find_business
-- rows: maybe Business
-- One hotel.
select omd_id, id, code, name, time_zone, currency, business_date
from businesses where omd_id = :omd_id and id = :business_id;

-- name: list_businesses
-- rows: many Business
-- The hotels of an OMD after an id, in the order of their ids.
select omd_id, id, code, name, time_zone, currency, business_date
from businesses where omd_id = :omd_id and id > :after_id
order by id limit :limit;

-- name: list_nights
-- rows: many HotelNight
-- At which hour of which clock each hotel of an OMD has its work of the night.
select omd_id, id as business_id, time_zone, night_hour from businesses where omd_id = :omd_id order by id;

-- name: set_night_hour
-- rows: none
-- Says at which hour of its own clock a hotel has its work of the night.
update businesses set night_hour = :hour where omd_id = :omd_id and id = :business_id;

-- name: list_room_types
-- rows: many RoomType
-- What a hotel sells, by id.
select omd_id, business_id, id, code, name, quantity, max_adults, max_children, max_occupancy,
       min_occupancy, coalesce(standard_occupancy, max_adults) as standard_occupancy, overbooking
from room_types where omd_id = :omd_id and business_id = :business_id
order by id;

-- name: list_rooms
-- rows: many Room
-- The rooms of a hotel in use whose number sorts after another, by number.
select omd_id, business_id, id, room_type_id, number, floor, features
from individual_rooms
where omd_id = :omd_id and business_id = :business_id and retired_on is null and number > :after_number
order by number limit :limit;

-- name: lock_inventory
-- rows: none
-- Waits until no other transaction changes the rooms or the horizon of the OMD, and keeps others waiting until it ends.
select pg_advisory_xact_lock(:lock_class, :omd_id);

-- name: hold_business_date
-- rows: none
-- Puts the date a hotel works on where it is held by hand.
update businesses set business_date = :business_date where omd_id = :omd_id and id = :business_id;

-- name: add_business
-- rows: one Business
-- Adds a hotel without rooms.
insert into businesses (omd_id, code, name, time_zone, currency)
values (:omd_id, :code, :name, :time_zone, :currency)
returning omd_id, id, code, name, time_zone, currency, business_date;

-- name: lock_business_date
-- rows: value
-- The date a hotel holds, which nobody posts by until the transaction ends; null where it goes by the clock.
select lock_business_date(:omd_id, :business_id);

-- name: set_business_date
-- rows: value
-- Opens a date of a hotel, or lets it go by the clock, and tells of it.
select set_business_date(:omd_id, :business_id, :business_date);
