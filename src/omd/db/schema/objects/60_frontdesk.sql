-- frontdesk: what the desk reads. It owns no table; everything here runs as the caller, under row security.

create or replace function required_action(p_status text, p_arrival date, p_departure date, p_business_date date,
                                           p_lacks_room boolean) returns text
language sql immutable parallel safe
return case p_status
    when 'confirmed' then
        case when p_arrival < p_business_date then 'overdue_arrival'
             when p_lacks_room then 'needs_room'
             when p_arrival = p_business_date then 'check_in'
             else 'none' end
    when 'in_house' then
        case when p_departure < p_business_date then 'overdue_departure'
             when p_departure = p_business_date then 'check_out'
             else 'none' end
    else 'none' end;
comment on function required_action(text, date, date, date, boolean) is
    'What a stay waits for from the desk on a business date; the planner colours by it, the lists name it. Inlined into the statement that asks.';

create or replace function read_desk_stays(p_omd_id int, p_business_id int, p_reservation_ids uuid[], p_now timestamptz)
returns table (id uuid, code text, guest_name text, adults int, children int, room_type_id int, room_type_code text,
               arrival date, departure date, status text, required_action text, room_numbers text[],
               nights_without_room int, room_locked boolean, amount numeric, currency text, note text,
               external_reference text, version int, checked_in_at timestamptz, checked_out_at timestamptz,
               checked_in_on date, business_date date)
language plpgsql stable set search_path = public, pg_temp set plan_cache_mode = force_custom_plan as $$
#variable_conflict use_column
declare
    v_first date;
    v_last date;
    v_held_date date;
    v_business_date date;
    v_time_zone text;
begin
    select b.business_date, b.time_zone, coalesce(b.business_date, (p_now at time zone b.time_zone)::date)
    into v_held_date, v_time_zone, v_business_date
    from businesses b where b.omd_id = p_omd_id and b.id = p_business_id;
    -- The nights lie in few partitions; named by their dates, the others are not even looked at.
    select min(r.arrival), max(r.departure) into v_first, v_last from reservations r
    where r.omd_id = p_omd_id and r.business_id = p_business_id and r.id = any (p_reservation_ids);
    return query
    -- Each part is named by the ids: joined one to the other, a part would be read for the whole hotel.
    with held as materialized (
        select n.reservation_id, n.room_id, min(n.date) as first, count(*)::int as nights
        from reservation_nights n
        where n.omd_id = p_omd_id and n.business_id = p_business_id and n.reservation_id = any (p_reservation_ids)
          and n.date >= v_first and n.date < v_last
        group by n.reservation_id, n.room_id),
    rooms as materialized (
        select h.reservation_id, array_agg(i.number order by h.first) filter (where i.id is not null) as numbers,
               coalesce(sum(h.nights) filter (where h.room_id is null), 0)::int as without_room
        from held h
        left join individual_rooms i on i.omd_id = p_omd_id and i.business_id = p_business_id and i.id = h.room_id
        group by h.reservation_id),
    guests as materialized (
        select g.reservation_id, concat_ws(' ', g.first_name, g.last_name) as name
        from reservation_guests g
        where g.omd_id = p_omd_id and g.business_id = p_business_id and g.reservation_id = any (p_reservation_ids)
          and g.is_primary),
    types as materialized (
        select t.id, t.code from room_types t where t.omd_id = p_omd_id and t.business_id = p_business_id)
    select r.id, r.code, g.name, r.adults, r.children, r.room_type_id, t.code, r.arrival, r.departure, r.status,
           required_action(r.status, r.arrival, r.departure, v_business_date, coalesce(h.without_room, 0) > 0),
           coalesce(h.numbers, '{}'), coalesce(h.without_room, 0), r.room_locked, r.amount, r.currency, r.note,
           r.external_reference, r.version, r.checked_in_at, r.checked_out_at,
           case when v_held_date is null then (r.checked_in_at at time zone v_time_zone)::date end, v_business_date
    from reservations r
    left join types t on t.id = r.room_type_id
    left join guests g on g.reservation_id = r.id
    left join rooms h on h.reservation_id = r.id
    where r.omd_id = p_omd_id and r.business_id = p_business_id and r.id = any (p_reservation_ids);
end
$$;
comment on function read_desk_stays(int, int, uuid[], timestamptz) is
    'Stays as the lists of the desk show them, in no order. Runs as the caller, under row security.';
