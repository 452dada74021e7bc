-- name: read_price_windows
-- rows: many ReadPrices
-- What some hotels sell on their next nights, as JSON, and the position up to which that is true at least.
select business_id, version, life, starts_on, begins_at, ends_at, currency, time_zone, business_date, room_types, plans, rates,
       restrictions, locality_id, tax_rules, policies
from read_price_windows(:actor_role, :actor_omd_id, :actor_scope, :actor_business_ids, :actor_staff_business_ids,
                        :hotel_ids, :now, :nights);

-- name: read_offer_page
-- rows: many PageRow
-- What is free in a hotel for a stay, and what it sells on the nights of a page, unless that is still what it was.
select is_same, position, of_version, today, free, house_left, open_from, last_departure, currency, time_zone, business_date,
       room_types, plans, rates, restrictions, locality_id, tax_rules, policies
from read_offer_page(:actor_role, :actor_omd_id, :actor_scope, :actor_business_ids, :actor_staff_business_ids,
                     :business_id, :first, :last, :arrival, :departure, :now, :types, :position, :version);
