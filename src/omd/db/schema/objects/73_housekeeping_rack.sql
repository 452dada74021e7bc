-- What is read of rooms: the rack of a business date, what housekeeping and front office disagree about, and the one status of a room.
-- Everything here runs as the caller, under row security.

create or replace function room_discrepancy(p_is_occupied boolean, p_persons int, p_seen_occupancy text, p_seen_persons int) returns text
language sql immutable parallel safe set search_path = public, pg_temp
return case when not p_is_occupied and p_seen_occupancy = 'occupied' then 'sleep'
            when p_is_occupied and p_seen_occupancy = 'vacant' then 'skip'
            when p_is_occupied and p_seen_persons <> p_persons then 'person' end;
comment on function room_discrepancy(boolean, int, text, int) is
    'What housekeeping saw against what the front office knows: sleep, somebody is in a vacant room; skip, nobody in an occupied one; person, not as many.';

create or replace function list_room_statuses(p_omd_id int, p_business_id int, p_date date, p_now timestamptz)
returns table (room_id int, number text, floor int, room_type_id int, status text)
language plpgsql stable set search_path = public, pg_temp set plan_cache_mode = force_custom_plan as $$
#variable_conflict use_column
declare
    v_today date;
    v_rooms int[];
    v_occupied int[] := '{}';
begin
    select coalesce(b.business_date, (p_now at time zone b.time_zone)::date) into v_today
    from businesses b where b.omd_id = p_omd_id and b.id = p_business_id;
    v_rooms := array(select i.id from individual_rooms i
                     where i.omd_id = p_omd_id and i.business_id = p_business_id and (i.retired_on is null or i.retired_on > p_date));
    if p_date = v_today then
        v_occupied := array(select o.room_id from list_occupants(p_omd_id, p_business_id, v_rooms, v_today) o);
    else
        v_occupied := array(select n.room_id from reservation_nights n
                            join reservations r on r.omd_id = n.omd_id and r.business_id = n.business_id and r.id = n.reservation_id
                            where n.omd_id = p_omd_id and n.business_id = p_business_id and n.date = p_date and n.room_id = any (v_rooms)
                              and (p_date > v_today or r.status in ('in_house', 'checked_out')));
    end if;
    return query
    select i.id, i.number, i.floor, i.room_type_id,
           case when exists (select from maintenance_intervals m
                             where m.omd_id = p_omd_id and m.business_id = p_business_id and m.room_id = i.id and m.kind = 'out_of_order'
                               and m.starts_on <= p_date and m.ends_on > p_date) then 'out_of_order'
                when i.id = any (v_occupied) then 'occupied'
                when coalesce(h.condition, c.condition) in ('clean', 'inspected') then 'clean'
                else 'dirty' end
    from individual_rooms i
    left join room_conditions c on c.omd_id = i.omd_id and c.business_id = i.business_id and c.room_id = i.id
    left join lateral (
        select k.condition from room_condition_changes k
        where p_date < v_today and k.omd_id = p_omd_id and k.business_id = p_business_id and k.room_id = i.id and k.business_date <= p_date
        order by k.version desc limit 1) h on true
    where i.omd_id = p_omd_id and i.business_id = p_business_id and i.id = any (v_rooms)
    order by i.number;
end
$$;
comment on function list_room_statuses(int, int, date, timestamptz) is
    'The one status of each room on a date: out_of_order, occupied, clean or dirty. Before the business date as it was at the end of the day; after it occupied is who is to sleep there, and the condition that of now.';

create or replace function read_room_rack(p_omd_id int, p_business_id int, p_names boolean, p_now timestamptz)
returns table (room_id int, number text, floor int, room_type_id int, room_type_code text, condition text, changed_at timestamptz,
               version int, status text, occupancy text, persons int, seen_occupancy text, seen_persons int, seen_at timestamptz,
               seen_by text, discrepancy text, maintenance text, maintenance_ends_on date, in_house jsonb, arriving jsonb)
language plpgsql stable set search_path = public, pg_temp set plan_cache_mode = force_custom_plan as $$
#variable_conflict use_column
declare
    v_today date;
    v_rooms int[];
begin
    select coalesce(b.business_date, (p_now at time zone b.time_zone)::date) into v_today
    from businesses b where b.omd_id = p_omd_id and b.id = p_business_id;
    v_rooms := array(select i.id from individual_rooms i
                     where i.omd_id = p_omd_id and i.business_id = p_business_id and (i.retired_on is null or i.retired_on > v_today));
    return query
    with stays as materialized (
        select o.room_id, o.reservation_id, true as is_in from list_occupants(p_omd_id, p_business_id, v_rooms, v_today) o
        union all
        select n.room_id, n.reservation_id, false from reservation_nights n
        join reservations r on r.omd_id = n.omd_id and r.business_id = n.business_id and r.id = n.reservation_id
        where n.omd_id = p_omd_id and n.business_id = p_business_id and n.date = v_today and n.room_id = any (v_rooms)
          and r.status in ('tentative', 'confirmed')
        union all
        select d.room_id, d.reservation_id, false from day_uses d
        join reservations r on r.omd_id = d.omd_id and r.business_id = d.business_id and r.id = d.reservation_id
        where d.omd_id = p_omd_id and d.business_id = p_business_id and d.date = v_today and d.room_id = any (v_rooms)
          and r.status in ('tentative', 'confirmed')),
    told as (
        select s.room_id, s.is_in, r.adults + r.children as persons,
               jsonb_strip_nulls(jsonb_build_object(
                   'arrival', r.arrival, 'departure', r.departure, 'adults', r.adults, 'children', r.children,
                   'estimated_arrival', to_char(r.estimated_arrival, 'HH24:MI'),
                   'reservation_id', case when p_names then r.id end, 'code', case when p_names then r.code end,
                   'guest_name', case when p_names then concat_ws(' ', g.first_name, g.last_name) end)) as stay
        from stays s
        join reservations r on r.omd_id = p_omd_id and r.business_id = p_business_id and r.id = s.reservation_id
        left join reservation_guests g on g.omd_id = p_omd_id and g.business_id = p_business_id and g.reservation_id = r.id and g.is_primary)
    select i.id, i.number, i.floor, i.room_type_id, t.code, c.condition, c.changed_at, c.version,
           case when m.kind = 'out_of_order' then 'out_of_order' when o.room_id is not null then 'occupied'
                when c.condition in ('clean', 'inspected') then 'clean' else 'dirty' end,
           case when o.room_id is null then 'vacant' else 'occupied' end, coalesce(o.persons, 0),
           c.seen_occupancy, c.seen_persons, c.seen_at, c.seen_by,
           room_discrepancy(o.room_id is not null, o.persons, c.seen_occupancy, c.seen_persons),
           m.kind, m.ends_on, o.stay, coalesce(a.stays, '[]')
    from individual_rooms i
    join room_types t on t.omd_id = i.omd_id and t.business_id = i.business_id and t.id = i.room_type_id
    join room_conditions c on c.omd_id = i.omd_id and c.business_id = i.business_id and c.room_id = i.id
    left join told o on o.room_id = i.id and o.is_in
    left join lateral (
        select jsonb_agg(t.stay order by t.stay ->> 'departure') as stays from told t where t.room_id = i.id and not t.is_in) a on true
    left join lateral (
        select k.kind, k.ends_on from maintenance_intervals k
        where k.omd_id = p_omd_id and k.business_id = p_business_id and k.room_id = i.id and k.starts_on <= v_today and k.ends_on > v_today
        order by k.kind limit 1) m on true
    where i.omd_id = p_omd_id and i.business_id = p_business_id and i.id = any (v_rooms)
    order by i.number;
end
$$;
comment on function read_room_rack(int, int, boolean, timestamptz) is
    'Every room of a hotel on its business date: condition, who is in it by the front office and by housekeeping, maintenance, who is in the house and who is to arrive. Stays have names only for who reads stays.';
