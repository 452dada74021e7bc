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
