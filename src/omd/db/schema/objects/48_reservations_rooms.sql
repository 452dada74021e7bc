-- Who is in a room: the guests of an in-house stay are in the room of its last night up to the business date, overdue ones too.
-- No two parties are taken into one room: whoever takes a stay into a room locks the room, then looks.

create or replace function count_nights_without_room(p_omd_id int, p_business_id int, p_reservation_id uuid, p_arrival date,
                                                     p_departure date) returns int
language plpgsql stable set search_path = public, pg_temp set plan_cache_mode = force_custom_plan as $$
begin
    return (select count(*) from reservation_nights n
            where n.omd_id = p_omd_id and n.business_id = p_business_id and n.reservation_id = p_reservation_id
              and n.date >= p_arrival and n.date < p_departure and n.room_id is null);
end
$$;
comment on function count_nights_without_room(int, int, uuid, date, date) is
    'How many nights of a stay have no room yet. Runs as the caller, under row security.';

create or replace function list_occupants(p_omd_id int, p_business_id int, p_room_ids int[], p_date date)
returns table (room_id int, reservation_id uuid, code text)
language plpgsql stable set search_path = public, pg_temp set plan_cache_mode = force_custom_plan as $$
#variable_conflict use_column
declare
    v_first date;
begin
    select least(min(r.departure) - 1, p_date) into v_first
    from reservations r
    where r.omd_id = p_omd_id and r.business_id = p_business_id and r.status = 'in_house';
    return query
    select n.room_id, r.id, r.code
    from reservation_nights n
    -- By its key: few nights are looked at, and a plan that thinks little of a hotel's past would read all of it.
    cross join lateral (
        select s.id, s.code, s.departure from reservations s
        where s.omd_id = p_omd_id and s.business_id = p_business_id and s.id = n.reservation_id and s.status = 'in_house' offset 0) r
    where n.omd_id = p_omd_id and n.business_id = p_business_id and n.room_id = any (p_room_ids)
      and n.date >= v_first and n.date <= p_date and n.date = least(r.departure - 1, p_date)
    union all
    select d.room_id, r.id, r.code
    from day_uses d
    join reservations r on r.omd_id = d.omd_id and r.business_id = d.business_id and r.id = d.reservation_id and r.status = 'in_house'
    where d.omd_id = p_omd_id and d.business_id = p_business_id and d.room_id = any (p_room_ids) and not d.is_over;
end
$$;
comment on function list_occupants(int, int, int[], date) is
    'Which stays are in these rooms on a business date: those in the house, by the last night up to it, or by the room they use by day. Runs as the caller, under row security.';

create or replace function list_wanted_by_day(p_omd_id int, p_business_id int, p_room_ids int[], p_date date, p_now timestamptz)
returns table (room_id int, reservation_id uuid, code text, starts_at timestamptz, ends_at timestamptz)
language plpgsql stable set search_path = public, pg_temp set plan_cache_mode = force_custom_plan as $$
#variable_conflict use_column
begin
    return query
    select d.room_id, r.id, r.code, d.starts_at, d.ends_at
    from day_uses d
    join reservations r on r.omd_id = d.omd_id and r.business_id = d.business_id and r.id = d.reservation_id
    where d.omd_id = p_omd_id and d.business_id = p_business_id and d.room_id = any (p_room_ids) and not d.is_over
      and d.date = p_date and d.ends_at > p_now;
end
$$;
comment on function list_wanted_by_day(int, int, int[], date, timestamptz) is
    'The day uses that have these rooms on a business date, now or later: who comes for the night is not taken into them before. Runs as the caller, under row security.';

create or replace function keep_room_to_one(p_omd_id int, p_business_id int, p_reservation_id uuid, p_from date, p_now timestamptz)
returns void
language plpgsql security definer set search_path = public, pg_temp set plan_cache_mode = force_custom_plan as $$
declare
    v_arrival date;
    v_date date;
    v_day_use boolean;
    v_room_id int;
    v_number text;
    v_other record;
    v_departure date;
    v_zone text;
begin
    select r.arrival, coalesce(b.business_date, (p_now at time zone b.time_zone)::date), r.day_use, r.departure, b.time_zone
    into v_arrival, v_date, v_day_use, v_departure, v_zone
    from reservations r
    join businesses b on b.omd_id = r.omd_id and b.id = r.business_id
    where r.omd_id = p_omd_id and r.business_id = p_business_id and r.id = p_reservation_id and r.status = 'in_house';
    if v_arrival is null or p_from > v_date then
        return;
    end if;
    if v_day_use then
        select d.room_id into v_room_id from day_uses d
        where d.omd_id = p_omd_id and d.business_id = p_business_id and d.reservation_id = p_reservation_id;
    else
        select n.room_id into v_room_id
        from reservation_nights n
        where n.omd_id = p_omd_id and n.business_id = p_business_id and n.reservation_id = p_reservation_id
          and n.date >= v_arrival and n.date <= v_date
        order by n.date desc limit 1;
    end if;
    if v_room_id is null then
        return;
    end if;
    -- Who is taken into the same room now waits here, and sees afterwards who came.
    select i.number into v_number
    from individual_rooms i
    where i.omd_id = p_omd_id and i.business_id = p_business_id and i.id = v_room_id
    for no key update;
    select o.reservation_id, o.code into v_other
    from list_occupants(p_omd_id, p_business_id, array[v_room_id], v_date) o
    where o.reservation_id <> p_reservation_id
    order by o.reservation_id limit 1;
    if found then
        raise exception 'room % is occupied: stay % is in it', v_number, v_other.code
            using errcode = 'OMD01', constraint = 'individual_rooms_one_party',
                  detail = json_build_object('room_id', v_room_id, 'room_number', v_number,
                                             'stay', json_build_object('id', v_other.reservation_id, 'code', v_other.code));
    end if;
    -- Who leaves today is gone before it begins.
    if v_day_use or v_departure <= v_date then
        return;
    end if;
    select w.reservation_id, w.code, to_char(w.starts_at at time zone v_zone, 'HH24:MI') as since,
           to_char(w.ends_at at time zone v_zone, 'HH24:MI') as until into v_other
    from list_wanted_by_day(p_omd_id, p_business_id, array[v_room_id], v_date, p_now) w
    order by w.starts_at limit 1;
    if found then
        raise exception 'room % is wanted by day by stay %', v_number, v_other.code
            using errcode = 'OMD01', constraint = 'day_uses_before_nights',
                  detail = json_build_object('room_id', v_room_id, 'room_number', v_number,
                                             'from_time', v_other.since, 'until_time', v_other.until,
                                             'stay', json_build_object('id', v_other.reservation_id, 'code', v_other.code));
    end if;
end
$$;
comment on function keep_room_to_one(int, int, uuid, date, timestamptz) is
    'Refuses a stay in the house whose room somebody else is in, or a night''s guest whose room is used by day yet, if its nights from p_from on are what changed; a room that it is to have later is not looked at. Locks the room.';

create or replace function find_occupied(p_omd_id int, p_business_id int, p_reservation_ids uuid[], p_now timestamptz)
returns table (reservation_id uuid, room_number text, code text)
language plpgsql stable set search_path = public, pg_temp set plan_cache_mode = force_custom_plan as $$
#variable_conflict use_column
declare
    v_date date;
    v_first date;
    v_ids uuid[];
begin
    select coalesce(b.business_date, (p_now at time zone b.time_zone)::date) into v_date
    from businesses b where b.omd_id = p_omd_id and b.id = p_business_id;
    select array_agg(r.id), least(min(r.departure) - 1, v_date) into v_ids, v_first
    from unnest(p_reservation_ids) as wanted (id)
    cross join lateral (
        select s.id, s.departure from reservations s
        where s.omd_id = p_omd_id and s.business_id = p_business_id and s.id = wanted.id and s.arrival <= v_date
          and ((s.status = 'confirmed' and (s.departure > v_date or s.day_use))
               or (s.status = 'checked_out' and s.departure > s.arrival and coalesce(s.planned_departure, s.departure) <= v_date))
        offset 0) r;
    if v_ids is null then
        return;
    end if;
    return query
    with wanted as materialized (
        select distinct on (n.reservation_id) n.reservation_id, n.room_id
        from reservation_nights n
        where n.omd_id = p_omd_id and n.business_id = p_business_id and n.reservation_id = any (v_ids)
          and n.date >= v_first and n.date <= v_date
        order by n.reservation_id, n.date desc),
    rooms as materialized (
        select w.reservation_id, w.room_id from wanted w
        union all
        select d.reservation_id, d.room_id from day_uses d
        where d.omd_id = p_omd_id and d.business_id = p_business_id and d.reservation_id = any (v_ids))
    select w.reservation_id, i.number, o.code
    from list_occupants(p_omd_id, p_business_id, (select array_agg(distinct w.room_id) from rooms w), v_date) o
    join rooms w on w.room_id = o.room_id
    join individual_rooms i on i.omd_id = p_omd_id and i.business_id = p_business_id and i.id = o.room_id;
end
$$;
comment on function find_occupied(int, int, uuid[], timestamptz) is
    'Which of these stays could not be taken in now, nor have their check-out undone, because somebody is in their room: that room, and the code of who is. Runs as the caller, under row security.';

create or replace function choose_empty_room(p_omd_id int, p_business_id int, p_room_type_id int, p_arrival date, p_departure date,
                                             p_own uuid, p_now timestamptz) returns int
language plpgsql stable security definer set search_path = public, pg_temp set plan_cache_mode = auto as $$
declare
    v_date date;
    v_rooms int[];
begin
    perform require_staff(p_business_id);
    select coalesce(b.business_date, (p_now at time zone b.time_zone)::date) into v_date
    from businesses b where b.omd_id = p_omd_id and b.id = p_business_id;
    v_rooms := rooms_of_type(p_omd_id, p_business_id, p_room_type_id, p_arrival);
    return choose_room(p_omd_id, p_business_id, p_room_type_id, p_arrival, p_departure, p_own, null,
                       array(select o.room_id from list_occupants(p_omd_id, p_business_id, v_rooms, v_date) o
                             where o.reservation_id is distinct from p_own
                             union all
                             select w.room_id from list_wanted_by_day(p_omd_id, p_business_id, v_rooms, v_date, p_now) w));
end
$$;
comment on function choose_empty_room(int, int, int, date, date, uuid, timestamptz) is
    'The best room of a type that is free for all nights, has nobody else in it now and is not used by day yet, or null.';

revoke execute on function keep_room_to_one(int, int, uuid, date, timestamptz),
    choose_empty_room(int, int, int, date, date, uuid, timestamptz) from public;
grant execute on function choose_empty_room(int, int, int, date, date, uuid, timestamptz) to omd_app;
