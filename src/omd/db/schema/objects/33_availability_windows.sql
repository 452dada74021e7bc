-- The window of a hotel: all that a search of its next nights needs, read in one statement to be kept outside the database.

create or replace function list_window_nights(p_omd_id int, p_hotel_ids int[], p_first date, p_last date)
returns table (business_id int, room_type_id int, dates date[], available int[], sellable int[])
language plpgsql stable set search_path = public, pg_temp set plan_cache_mode = force_custom_plan as $$
#variable_conflict use_column
begin
    return query
    select c.business_id, c.room_type_id, array_agg(c.date),
           array_agg(c.physical - c.out_of_order - c.held - c.sold),
           array_agg(c.physical - c.out_of_order - c.held + c.overbooking - c.sold)
    from room_type_availability c
    where c.omd_id = p_omd_id and c.business_id = any (p_hotel_ids) and c.date >= p_first and c.date < p_last
    group by c.business_id, c.room_type_id;
end
$$;
comment on function list_window_nights(int, int[], date, date) is
    'The free and sellable rooms of some nights by room type, in no order, planned for the partitions it touches.';

-- Dropped, not replaced: the columns of its answer are part of what it is.
drop function if exists read_windows(text, int, text, int[], int[], int[], timestamptz, int);
create or replace function read_windows(
    p_role text, p_omd_id int, p_scope text, p_business_ids int[], p_staff_business_ids int[],
    p_hotel_ids int[], p_now timestamptz, p_nights int)
returns table (business_id int, version bigint, life text, code text, name text, starts_on date,
               begins_at timestamptz, ends_at timestamptz, horizon_nights int, house_dates date[], house_sellable int[],
               room_type_id int, type_code text, type_name text, quantity int, max_adults int, max_children int,
               max_occupancy int, dates date[], available int[], sellable int[])
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
    with hotels as materialized (
        select b.id, b.code, b.name, d.starts_on,
               case when b.business_date is null then d.starts_on::timestamp at time zone b.time_zone end as begins_at,
               case when b.business_date is null then (d.starts_on + 1)::timestamp at time zone b.time_zone end as ends_at,
               (select o.ends_on - d.starts_on from availability_horizons o
                where o.omd_id = p_omd_id and o.starts_on <= d.starts_on) as horizon_nights,
               l.dates as house_dates, l.sellable as house_sellable
        from businesses b
        cross join lateral (select coalesce(b.business_date, (p_now at time zone b.time_zone)::date) as starts_on) d
        cross join lateral (
            select array_agg(h.date) as dates,
                   array_agg(h.physical - h.out_of_order - h.held + h.overbooking - h.sold) as sellable
            from house_availability h
            where h.omd_id = p_omd_id and h.business_id = b.id and h.date >= d.starts_on and h.date < d.starts_on + p_nights) l
        where b.omd_id = p_omd_id and b.id = any (p_hotel_ids))
    select h.id, v_version, v_life, h.code, h.name, h.starts_on, h.begins_at, h.ends_at, coalesce(h.horizon_nights, 0),
           coalesce(h.house_dates, '{}'), coalesce(h.house_sellable, '{}'),
           t.id, t.code, t.name, t.quantity, t.max_adults, t.max_children, t.max_occupancy,
           coalesce(n.dates, '{}'), coalesce(n.available, '{}'), coalesce(n.sellable, '{}')
    from hotels h
    left join room_types t on t.omd_id = p_omd_id and t.business_id = h.id
    left join list_window_nights(p_omd_id, p_hotel_ids, v_first, v_last) n
        on n.business_id = t.business_id and n.room_type_id = t.id
    order by h.id, t.id;
end
$$;
comment on function read_windows(text, int, text, int[], int[], int[], timestamptz, int) is
    'The counters of the nights from each hotel''s business date on, a row a room type, what a house-wide limit leaves, and the position up to which all of it is true at least. A hotel without room types has one row. Enters the actor''s context first, so that it is one round trip. Runs as the caller, under row security.';

create or replace function look_at_hotel(p_omd_id int, p_business_id int, p_now timestamptz, p_types text[],
                                         p_position bigint, p_version text,
                                         out business_date date, out "position" bigint, out version text, out is_same boolean)
-- One plan for all: every table is read by its key, and planning took longer than reading.
language plpgsql stable set search_path = public, pg_temp set plan_cache_mode = force_generic_plan as $$
#variable_conflict use_column
declare
    v_frame text;
    v_waiting bigint[];
    v_since bigint[];
begin
    select coalesce(b.business_date, (p_now at time zone b.time_zone)::date), p.last_position, h.ends_on::text
    into business_date, position, v_frame
    from businesses b
    cross join event_positions p
    left join availability_horizons h on h.omd_id = b.omd_id
    where b.omd_id = p_omd_id and b.id = p_business_id;
    if business_date is null then
        return;
    end if;
    v_frame := concat_ws(' ', database_life(), business_date, v_frame);
    v_waiting := array(select e.seq from events e
                       where e.omd_id = p_omd_id and e.position is null and (e.business_id = p_business_id or e.business_id is null)
                         and (p_types is null or e.type = any (p_types))
                       order by e.seq);
    version := md5(concat_ws(' ', v_frame, v_waiting));
    is_same := false;
    -- Looking through more events than these takes longer than reading anew.
    if p_position between position - 10000 and position then
        v_since := v_waiting;
        if position > p_position then
            -- Between two positions, though there are none above: a plan that does not know them would expect a third of all.
            v_since := array(select e.seq from events e
                             where e.omd_id = p_omd_id and e.position > p_position and e.position <= look_at_hotel.position
                               and (e.business_id = p_business_id or e.business_id is null)
                               and (p_types is null or e.type = any (p_types))
                             union all select w from unnest(v_waiting) w
                             order by 1);
        end if;
        is_same := p_version = md5(concat_ws(' ', v_frame, v_since));
    end if;
end
$$;
comment on function look_at_hotel(int, int, timestamptz, text[], bigint, text) is
    'The business date of a hotel, or null where there is none, and what is read of it now depends on: the position of the events, and as one text, short, the dates and the events that wait for theirs. Says whether nothing of some types, or nothing at all, happened since it was told p_position and p_version.';
