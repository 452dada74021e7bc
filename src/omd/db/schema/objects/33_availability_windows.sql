-- The window of a hotel: all that a search of its next nights needs, read in one statement to be kept outside the database.

create or replace function read_windows(
    p_role text, p_omd_id int, p_scope text, p_business_ids int[], p_staff_business_ids int[],
    p_hotel_ids int[], p_now timestamptz, p_nights int)
returns table (business_id int, version bigint, life text, code text, name text, starts_on date,
               begins_at timestamptz, ends_at timestamptz,
               nights int, house_at int[], house_sellable int[], room_types text)
language plpgsql set search_path = public, pg_temp set plan_cache_mode = force_custom_plan as $$
#variable_conflict use_column
declare
    v_version bigint;
    v_first date;
    v_last date;
begin
    perform enter_context(p_role, p_omd_id, p_scope, p_business_ids, p_staff_business_ids);
    -- Before the rest: what is read after it holds whatever happened up to this position.
    select p.last_position into v_version from event_positions p;
    select min(coalesce(b.business_date, (p_now at time zone b.time_zone)::date)),
           max(coalesce(b.business_date, (p_now at time zone b.time_zone)::date)) + p_nights
    into v_first, v_last
    from businesses b where b.omd_id = p_omd_id and b.id = any (p_hotel_ids);
    return query
    with hotels as materialized (
        select b.id, b.code, b.name, d.starts_on,
               case when b.business_date is null then d.starts_on::timestamp at time zone b.time_zone end as begins_at,
               case when b.business_date is null then (d.starts_on + 1)::timestamp at time zone b.time_zone end as ends_at
        from businesses b
        cross join lateral (select coalesce(b.business_date, (p_now at time zone b.time_zone)::date) as starts_on) d
        where b.omd_id = p_omd_id and b.id = any (p_hotel_ids)),
    counted as (
        select c.business_id, c.room_type_id, c.date - h.starts_on as at,
               row_number() over (partition by c.business_id, c.room_type_id order by c.date) - 1 as place,
               c.physical - c.out_of_order - c.held - c.sold as available,
               c.physical - c.out_of_order - c.held + c.overbooking - c.sold as sellable
        from room_type_availability c join hotels h on h.id = c.business_id
        where c.omd_id = p_omd_id and c.business_id = any (p_hotel_ids) and c.date >= v_first and c.date < v_last
          and c.date >= h.starts_on and c.date < h.starts_on + p_nights),
    types as (
        select t.business_id, count(n.room_type_id)::int as nights,
               json_build_array(t.id, t.code, t.name, t.quantity, t.max_adults, t.max_children, t.max_occupancy,
                                coalesce(json_agg(n.available order by n.at) filter (where n.at is not null), '[]'::json),
                                coalesce(json_agg(n.sellable order by n.at) filter (where n.at is not null), '[]'::json)) as room_type,
               t.id
        from room_types t
        -- Up to the first night without counters: a search that goes beyond is the database's.
        left join counted n on n.business_id = t.business_id and n.room_type_id = t.id and n.at = n.place
        where t.omd_id = p_omd_id and t.business_id = any (p_hotel_ids)
        group by t.business_id, t.id, t.code, t.name, t.quantity, t.max_adults, t.max_children, t.max_occupancy),
    sold as (
        select t.business_id, min(t.nights) as nights, json_agg(t.room_type order by t.id)::text as room_types
        from types t group by t.business_id),
    limited as (
        select l.business_id, array_agg(l.date - h.starts_on order by l.date) as house_at,
               array_agg(l.physical - l.out_of_order - l.held + l.overbooking - l.sold order by l.date) as house_sellable
        from house_availability l join hotels h on h.id = l.business_id
        where l.omd_id = p_omd_id and l.business_id = any (p_hotel_ids)
          and l.date >= h.starts_on and l.date < h.starts_on + p_nights
        group by l.business_id)
    select h.id, v_version, database_life(), h.code, h.name, h.starts_on, h.begins_at, h.ends_at,
           greatest(0, coalesce(s.nights, least(p_nights, (select o.ends_on - h.starts_on from availability_horizons o
                                                           where o.omd_id = p_omd_id and o.starts_on <= h.starts_on)), 0)),
           coalesce(l.house_at, '{}'), coalesce(l.house_sellable, '{}'), coalesce(s.room_types, '[]')
    from hotels h
    left join sold s on s.business_id = h.id
    left join limited l on l.business_id = h.id;
end
$$;
comment on function read_windows(text, int, text, int[], int[], int[], timestamptz, int) is
    'The counters of the nights from each hotel''s business date on, with its room types and what a house-wide limit leaves, and the position up to which all of it is true at least. Enters the actor''s context first, so that it is one round trip. Runs as the caller, under row security.';
