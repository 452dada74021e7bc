-- frontdesk: what the desk reads. It owns no table; everything here runs as the caller, under row security.

create or replace function required_action(p_status text, p_arrival date, p_departure date, p_business_date date,
                                           p_lacks_room boolean) returns text
language sql immutable parallel safe
return case p_status
    when 'tentative' then 'confirm'
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

drop function if exists read_desk_stays(int, int, uuid[], timestamptz);

create or replace function list_desk_rooms(p_omd_id int, p_business_id int, p_reservation_ids uuid[], p_first date, p_last date)
returns table (reservation_id uuid, numbers text[], without_room int)
language plpgsql stable set search_path = public, pg_temp set plan_cache_mode = force_custom_plan as $$
#variable_conflict use_column
begin
    return query
    select n.reservation_id,
           coalesce(array_agg(i.number order by n.first) filter (where i.number is not null), '{}'),
           coalesce(sum(n.nights) filter (where n.room_id is null), 0)::int
    from (select k.reservation_id, k.room_id, min(k.date) as first, count(*)::int as nights from reservation_nights k
          where k.omd_id = p_omd_id and k.business_id = p_business_id and k.reservation_id = any (p_reservation_ids)
            and k.date >= p_first and k.date < p_last
          group by k.reservation_id, k.room_id) n
    -- By its key: joined to the rooms, a plan went through all of them for every stay.
    left join lateral (
        select r.number from individual_rooms r
        where r.omd_id = p_omd_id and r.business_id = p_business_id and r.id = n.room_id offset 0) i on true
    group by n.reservation_id;
end
$$;
comment on function list_desk_rooms(int, int, uuid[], date, date) is
    'The rooms of some stays in the order in which they sleep in them, and how many of their nights have none; planned for the partitions it touches.';

create or replace function read_desk_stays(p_omd_id int, p_business_id int, p_reservation_ids uuid[], p_now timestamptz)
returns table (id uuid, code text, guest_name text, adults int, children int, room_type_id int, room_type_code text,
               arrival date, departure date, status text, required_action text, room_numbers text[],
               nights_without_room int, room_locked boolean, amount numeric, currency text, note text,
               external_reference text, version int, checked_in_at timestamptz, checked_out_at timestamptz,
               checked_in_on date, checked_out_on date, hold_until timestamptz,
               estimated_arrival text, arrives_late boolean, open_requests text[], occupied_room text, occupant_code text, day_use json)
-- One plan for all: every table is read by its key, whatever the values, and planning took as long as reading.
language plpgsql stable set search_path = public, pg_temp set plan_cache_mode = force_generic_plan as $$
#variable_conflict use_column
declare
    v_first date;
    v_last date;
    v_held_date date;
    v_business_date date;
    v_time_zone text;
    v_late_from time := late_from(p_omd_id, p_business_id);
begin
    select b.business_date, b.time_zone, coalesce(b.business_date, (p_now at time zone b.time_zone)::date)
    into v_held_date, v_time_zone, v_business_date
    from businesses b where b.omd_id = p_omd_id and b.id = p_business_id;
    -- The nights lie in few partitions; named by their dates, the others are not even looked at.
    select min(r.arrival), max(r.departure) into v_first, v_last
    from unnest(p_reservation_ids) as wanted (id)
    cross join lateral (
        select s.arrival, s.departure from reservations s
        where s.omd_id = p_omd_id and s.business_id = p_business_id and s.id = wanted.id offset 0) r;
    return query
    select r.id, r.code, g.name, r.adults, r.children, r.room_type_id, t.code, r.arrival, r.departure, r.status,
           required_action(r.status, r.arrival, r.departure, v_business_date, coalesce(h.without_room, 0) > 0),
           coalesce(h.numbers, '{}'), coalesce(h.without_room, 0), r.room_locked, r.amount, r.currency, r.note,
           r.external_reference, r.version, r.checked_in_at, r.checked_out_at,
           case when v_held_date is null then (r.checked_in_at at time zone v_time_zone)::date end,
           case when v_held_date is null then (r.checked_out_at at time zone v_time_zone)::date end,
           r.hold_until, to_char(r.estimated_arrival, 'HH24:MI'), arrives_late(r.estimated_arrival, v_late_from),
           array(select coalesce(q.kind, q.text) from reservation_requests q
                 where q.omd_id = p_omd_id and q.business_id = p_business_id and q.reservation_id = wanted.id and q.done_at is null
                 order by q.id),
           o.room_number, o.code, case when r.day_use then read_day_use(p_omd_id, p_business_id, wanted.id) end
    from unnest(p_reservation_ids) as wanted (id)
    cross join lateral (
        select s.* from reservations s
        where s.omd_id = p_omd_id and s.business_id = p_business_id and s.id = wanted.id offset 0) r
    left join lateral (
        select k.code from room_types k
        where k.omd_id = p_omd_id and k.business_id = p_business_id and k.id = r.room_type_id offset 0) t on true
    left join lateral (
        select concat_ws(' ', n.first_name, n.last_name) as name from reservation_guests n
        where n.omd_id = p_omd_id and n.business_id = p_business_id and n.reservation_id = wanted.id and n.is_primary
        offset 0) g on true
    left join list_desk_rooms(p_omd_id, p_business_id, p_reservation_ids, v_first, v_last) h on h.reservation_id = wanted.id
    left join find_occupied(p_omd_id, p_business_id, p_reservation_ids, p_now) o on o.reservation_id = wanted.id;
end
$$;
comment on function read_desk_stays(int, int, uuid[], timestamptz) is
    'Stays as the lists of the desk show them, in no order. Runs as the caller, under row security.';
