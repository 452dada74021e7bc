-- All that the offers of a hotel are made from, in one statement: prices, what is free, taxes and policies.

-- Dropped, not replaced: the columns of its answer are part of what it is.
drop function if exists read_offer_ground(text, int, text, int[], int[], int[], date, date);
drop function if exists read_offer_ground(text, int, text, int[], int[], int[], date, date, text);
create or replace function read_offer_ground(
    p_role text, p_omd_id int, p_scope text, p_business_ids int[], p_staff_business_ids int[],
    p_hotel_ids int[], p_arrival date, p_departure date, p_agency text)
returns table (business_id int, currency text, time_zone text, business_date date, room_types json, plans json, rates json,
               restrictions json, rooms json, house json, locality_id int, tax_rules json, policies json, open_from date,
               last_departure date, quotas json)
-- One plan for all: what lies in partitions is asked of functions that plan for themselves.
language plpgsql set search_path = public, pg_temp set plan_cache_mode = force_generic_plan as $$
#variable_conflict use_column
begin
    -- Here too, not only in what is called: the policies of the other tables may look at it first.
    perform enter_context(p_role, p_omd_id, p_scope, p_business_ids, p_staff_business_ids);
    return query
    select g.business_id, g.currency, g.time_zone, g.business_date, g.room_types, g.plans, g.rates, g.restrictions,
           coalesce((select json_agg(json_build_array(n.room_type_id, n.dates, n.sellable))
                     from list_window_nights(p_omd_id, array[g.business_id], p_arrival, p_departure) n), '[]'),
           coalesce((select json_agg(json_build_array(
                                h.date, h.physical - h.out_of_order - h.held + h.overbooking - h.sold))
                     from house_availability h
                     where h.omd_id = p_omd_id and h.business_id = g.business_id and h.date >= p_arrival and h.date < p_departure), '[]'),
           (select l.locality_id from business_localities l where l.omd_id = p_omd_id and l.business_id = g.business_id),
           coalesce((select json_agg(r order by r.id)
                     from list_tax_rules(p_omd_id, g.business_id, p_arrival, p_departure) r), '[]'),
           coalesce((select json_agg(json_build_object('id', c.id, 'kind', c.kind, 'code', c.code, 'version', c.version,
                                                       'name', c.name, 'fees', c.fees, 'texts', c.texts) order by c.id)
                     from rate_policies c
                     where c.omd_id = p_omd_id and c.business_id = g.business_id
                       and exists (select from rate_plans p
                                   where p.omd_id = p_omd_id and p.business_id = g.business_id and p.retired_at is null
                                     and c.id in (p.cancellation_policy_id, p.no_show_policy_id))), '[]'),
           o.starts_on, o.ends_on,
           case when p_agency is null then '[]'::json
                else coalesce((select json_agg(json_build_array(q.room_type_id, q.date, q.rooms, q.sold))
                               from list_agency_quotas(p_omd_id, g.business_id, p_agency, p_arrival, p_departure) q), '[]') end
    from read_offer_basis(p_role, p_omd_id, p_scope, p_business_ids, p_staff_business_ids, p_hotel_ids, p_arrival, p_departure) g
    left join availability_horizons o on o.omd_id = p_omd_id;
end
$$;
comment on function read_offer_ground(text, int, text, int[], int[], int[], date, date, text) is
    'What read_offer_basis gives of some hotels for [p_arrival, p_departure), with the rooms that may be sold by type and night, what a house-wide limit leaves, the taxes that hold, the policies of the plans, the dates that are open, and the quotas of the agency that asks, if one does. Enters the actor''s context first, so that it is one round trip. Runs as the caller, under row security.';
