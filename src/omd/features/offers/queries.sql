-- name: read_offer_ground
-- rows: many GroundRow
-- All that the offers of some hotels are made from on the nights of a stay, as JSON.
select business_id, currency, time_zone, business_date, room_types, plans, rates, restrictions, rooms, house, locality_id, tax_rules,
       policies, open_from, last_departure, quotas
from read_offer_ground(:actor_role, :actor_omd_id, :actor_scope, :actor_business_ids, :actor_staff_business_ids,
                       :hotel_ids, :arrival, :departure, :agency);

-- name: read_offer_ground_here
-- rows: many GroundRow
-- The same within a transaction, as whoever it acts for.
select business_id, currency, time_zone, business_date, room_types, plans, rates, restrictions, rooms, house, locality_id, tax_rules,
       policies, open_from, last_departure, quotas
from read_offer_ground(current_user::text, current_omd_id(), current_omd_scope(), current_business_ids(), current_staff_business_ids(),
                       :hotel_ids, :arrival, :departure, null);
