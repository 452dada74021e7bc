-- name: read_windows
-- rows: many ReadWindow
-- The next nights of some hotels: their counters, room types and limits, and the position up to which that is true at least.
select business_id, version, life, code, name, starts_on, begins_at, ends_at, nights, house_at, house_sellable, room_types
from read_windows(:actor_role, :actor_omd_id, :actor_scope, :actor_business_ids, :actor_staff_business_ids,
                  :hotel_ids, :now, :nights);
