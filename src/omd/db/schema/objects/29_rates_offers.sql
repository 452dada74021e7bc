-- What pricing needs of a hotel for the nights of a stay, in one statement: plans with their ancestors, brackets, prices, restrictions.

-- Dropped, not replaced: the columns of its answer are part of what it is.
drop function if exists read_offer_basis(text, int, text, int[], int[], int[], date, date);
create or replace function read_offer_basis(
    p_role text, p_omd_id int, p_scope text, p_business_ids int[], p_staff_business_ids int[],
    p_hotel_ids int[], p_arrival date, p_departure date)
returns table (business_id int, currency text, time_zone text, business_date date, room_types json, plans json, rates json,
               restrictions json)
-- Stable: all of it is of one instant, and of that of whoever asks for more beside it. It changes no more than its own context.
-- One plan for all: every table is read by its key, whatever the values, and planning took four times as long as reading.
language plpgsql stable set search_path = public, pg_temp set plan_cache_mode = force_generic_plan as $$
#variable_conflict use_column
begin
    perform enter_context(p_role, p_omd_id, p_scope, p_business_ids, p_staff_business_ids);
    return query
    select b.id, b.currency, b.time_zone, b.business_date,
           coalesce((select json_agg(json_build_array(t.id, t.code, t.name, t.min_occupancy, coalesce(t.standard_occupancy, t.max_adults),
                                                      t.max_adults, t.max_children, t.max_occupancy) order by t.id)
                     from room_types t where t.omd_id = p_omd_id and t.business_id = b.id), '[]'),
           coalesce((select json_agg(json_build_object(
                                'id', p.id, 'code', p.code, 'name', p.name, 'meals', p.meals, 'basis', p.basis, 'guarantee', p.guarantee,
                                'cancellation_policy_id', p.cancellation_policy_id, 'no_show_policy_id', p.no_show_policy_id,
                                'terms', p.terms, 'parent_plan_id', p.parent_plan_id, 'factor', p.factor, 'amount', p.amount,
                                'rounding', p.rounding, 'rounding_step', p.rounding_step, 'inherits', p.inherits,
                                'sold_from', p.sold_from, 'sold_until', p.sold_until, 'version', p.version,
                                'room_types', (select coalesce(json_agg(s.room_type_id), '[]')
                                               from rate_plan_types s
                                               where s.omd_id = p_omd_id and s.business_id = b.id and s.rate_plan_id = p.id),
                                'brackets', (select coalesce(json_agg(json_build_array(k.from_age, k.until_age) order by k.position), '[]')
                                             from rate_plan_brackets k
                                             where k.omd_id = p_omd_id and k.business_id = b.id and k.rate_plan_id = p.id)) order by p.id)
                     from rate_plans p where p.omd_id = p_omd_id and p.business_id = b.id and p.retired_at is null), '[]'),
           coalesce((select json_agg(json_build_array(r.rate_plan_id, r.room_type_id, r.date, r.season_from, r.unit_nights,
                                                      r.extra_adult, r.amounts, r.children))
                     from rate_plan_types s
                     cross join lateral (select n.* from rates n
                                         where n.omd_id = p_omd_id and n.business_id = b.id and n.rate_plan_id = s.rate_plan_id
                                           and n.room_type_id = s.room_type_id and n.date >= p_arrival and n.date < p_departure
                                         order by n.date) r
                     where s.omd_id = p_omd_id and s.business_id = b.id), '[]'),
           coalesce((select json_agg(json_build_array(r.rate_plan_id, r.room_type_id, r.date, r.closed, r.closed_to_arrival,
                                                      r.closed_to_departure, r.min_stay_arrival, r.max_stay_arrival, r.min_stay_through,
                                                      r.max_stay_through, r.min_advance, r.max_advance) order by r.date)
                     from restrictions r
                     where r.omd_id = p_omd_id and r.business_id = b.id and r.date >= p_arrival and r.date <= p_departure), '[]')
    from businesses b
    where b.omd_id = p_omd_id and b.id = any (p_hotel_ids)
    order by b.id;
end
$$;
comment on function read_offer_basis(text, int, text, int[], int[], int[], date, date) is
    'All that pricing needs of some hotels for [p_arrival, p_departure): room types, plans that are sold with their ancestors and brackets, the prices of root plans, and the restrictions of every level up to the day of departure, which is no night. Enters the actor''s context first, so that it is one round trip. Runs as the caller, under row security.';
