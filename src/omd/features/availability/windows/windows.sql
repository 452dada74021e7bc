-- name: read_windows
-- rows: many ReadType
-- The next nights of some hotels, a row a room type, and the position up to which that is true at least.
select business_id, version, life, code, name, starts_on, begins_at, ends_at, horizon_nights, house_dates, house_sellable,
       room_type_id, type_code, type_name, quantity, max_adults, max_children, max_occupancy, dates, available, sellable
from read_windows(:actor_role, :actor_omd_id, :actor_scope, :actor_business_ids, :actor_staff_business_ids,
                  :hotel_ids, :now, :nights);
