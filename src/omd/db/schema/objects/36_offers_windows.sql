-- What hotels sell on their next nights, read to be kept outside the database.

-- Dropped, not replaced: the columns of its answer are part of what it is.
drop function if exists read_price_windows(text, int, text, int[], int[], int[], timestamptz, int);
create or replace function read_price_windows(
    p_role text, p_omd_id int, p_scope text, p_business_ids int[], p_staff_business_ids int[],
    p_hotel_ids int[], p_now timestamptz, p_nights int)
returns table (business_id int, version bigint, life text, starts_on date, begins_at timestamptz, ends_at timestamptz, currency text,
               time_zone text, business_date date, room_types json, plans json, rates json, restrictions json, locality_id int,
               tax_rules json, policies json)
language plpgsql set search_path = public, pg_temp as $$
#variable_conflict use_column
declare
    v_version bigint;
    v_life text;
    v_first date;
    v_last date;
begin
    perform enter_context(p_role, p_omd_id, p_scope, p_business_ids, p_staff_business_ids);
    -- Before the rest: what is read after it holds whatever happened up to this position.
    select p.last_position, database_life() into v_version, v_life from event_positions p;
    select min(coalesce(b.business_date, (p_now at time zone b.time_zone)::date)),
           max(coalesce(b.business_date, (p_now at time zone b.time_zone)::date)) + p_nights
    into v_first, v_last
    from businesses b where b.omd_id = p_omd_id and b.id = any (p_hotel_ids);
    return query
    select g.business_id, v_version, v_life, d.starts_on,
           case when g.business_date is null then d.starts_on::timestamp at time zone g.time_zone end,
           case when g.business_date is null then (d.starts_on + 1)::timestamp at time zone g.time_zone end,
           g.currency, g.time_zone, g.business_date, g.room_types, g.plans, g.rates, g.restrictions, g.locality_id, g.tax_rules, g.policies
    from read_offer_ground(p_role, p_omd_id, p_scope, p_business_ids, p_staff_business_ids, p_hotel_ids, v_first, v_last, null) g
    cross join lateral (select coalesce(g.business_date, (p_now at time zone g.time_zone)::date) as starts_on) d;
end
$$;
comment on function read_price_windows(text, int, text, int[], int[], int[], timestamptz, int) is
    'What read_offer_ground gives of some hotels for the nights from their business dates on, what is free left out, and the position up to which all of it is true at least. Enters the actor''s context first, so that it is one round trip. Runs as the caller, under row security.';

create or replace function read_offer_page(
    p_role text, p_omd_id int, p_scope text, p_business_ids int[], p_staff_business_ids int[],
    p_business_id int, p_first date, p_last date, p_arrival date, p_departure date, p_now timestamptz, p_types text[],
    p_position bigint, p_version text)
returns table (is_same boolean, "position" bigint, of_version text, today date, free json, house_left json, open_from date,
               last_departure date, currency text, time_zone text, business_date date, room_types json, plans json, rates json,
               restrictions json, locality_id int, tax_rules json, policies json)
-- One plan for all: what lies in partitions is asked of functions that plan for themselves.
language plpgsql set search_path = public, pg_temp set plan_cache_mode = force_generic_plan as $$
#variable_conflict use_column
begin
    perform enter_context(p_role, p_omd_id, p_scope, p_business_ids, p_staff_business_ids);
    -- Before the rest: what is read after it holds whatever happened up to then.
    select l.is_same, l.position, l.version, l.business_date into is_same, position, of_version, today
    from look_at_hotel(p_omd_id, p_business_id, p_now, p_types, p_position, p_version) l;
    if today is null then
        return;
    end if;
    select coalesce(json_agg(json_build_array(n.room_type_id, n.dates, n.sellable)), '[]') into free
    from list_window_nights(p_omd_id, array[p_business_id], p_arrival, p_departure) n;
    select coalesce(json_agg(json_build_array(h.date, h.physical - h.out_of_order - h.held + h.overbooking - h.sold)), '[]') into house_left
    from house_availability h
    where h.omd_id = p_omd_id and h.business_id = p_business_id and h.date >= p_arrival and h.date < p_departure;
    select o.starts_on, o.ends_on into open_from, last_departure from availability_horizons o where o.omd_id = p_omd_id;
    if not is_same then
        select g.currency, g.time_zone, g.business_date, g.room_types, g.plans, g.rates, g.restrictions, g.locality_id, g.tax_rules, g.policies
        into currency, time_zone, business_date, room_types, plans, rates, restrictions, locality_id, tax_rules, policies
        from read_offer_ground(p_role, p_omd_id, p_scope, p_business_ids, p_staff_business_ids, array[p_business_id], p_first, p_last, null) g;
    end if;
    return next;
end
$$;
comment on function read_offer_page(text, int, text, int[], int[], int, date, date, date, date, timestamptz, text[], bigint, text) is
    'What is free in a hotel on the nights of [p_arrival, p_departure), and what it sells on those of [p_first, p_last), unless no event of p_types happened since it was told p_position and p_version. Enters the actor''s context first, so that it is one round trip. Runs as the caller, under row security.';
