-- Rooms for a part of a day: no two at once, and none with a guest in the room. A claim of a night whose room is used by day looks here.

do $policies$
declare
    v_table text;
begin
    foreach v_table in array array['day_uses', 'stay_settings'] loop
        execute format('alter table %I enable row level security', v_table);
        execute format('alter table %I force row level security', v_table);
        execute format('drop policy if exists %I on %I', v_table || '_read', v_table);
        execute format(
            'create policy %I on %I for select using (omd_id = (select nullif(current_setting(''omd.omd_id'', true), '''')::int) '
            'and business_id = any ((select nullif(current_setting(''omd.reader_business_ids'', true), '''')::int[])::int[]))',
            v_table || '_read', v_table);
        execute format('drop policy if exists %I on %I', v_table || '_written', v_table);
        execute format(
            'create policy %I on %I using (omd_id = (select nullif(current_setting(''omd.omd_id'', true), '''')::int) '
            'and business_id = any ((select nullif(current_setting(''omd.staff_business_ids'', true), '''')::int[])::int[]))',
            v_table || '_written', v_table);
    end loop;
end
$policies$;

create or replace function clear_of_day_uses(p_omd_id int, p_business_id int, p_room_ids int[], p_arrival date, p_departure date)
returns int[]
language plpgsql stable security definer set search_path = public, pg_temp set plan_cache_mode = force_custom_plan as $$
declare
    v_used int[];
begin
    select array_agg(distinct s.room_id) into v_used
    from room_availability s
    where s.omd_id = p_omd_id and s.business_id = p_business_id and s.room_id = any (p_room_ids) and s.day_use
      and s.date >= p_arrival and s.date < p_departure;
    -- Nothing is opened that a booking would have to lock, where no room is used by day.
    if v_used is null then
        return '{}';
    end if;
    return array(
        select u from unnest(v_used) as u
        where not exists (
            select from day_uses d
            where d.omd_id = p_omd_id and d.business_id = p_business_id and d.room_id = u and not d.is_over
              and d.date >= p_arrival and d.date <= p_departure
              and case d.date when p_arrival then d.bars_arrival when p_departure then d.bars_departure else true end));
end
$$;
comment on function clear_of_day_uses(int, int, int[], date, date) is
    'Those of some rooms that are used by day around these nights, and could have a stay from arrival to departure all the same.';

create or replace function keep_clear_of_day_uses(p_omd_id int, p_business_id int, p_room_id int, p_first date, p_last date)
returns void
language plpgsql security definer set search_path = public, pg_temp set plan_cache_mode = force_custom_plan as $$
declare
    v record;
begin
    select d.date, r.code, i.number into v
    from day_uses d
    join reservations r on r.omd_id = d.omd_id and r.business_id = d.business_id and r.id = d.reservation_id
    join individual_rooms i on i.omd_id = d.omd_id and i.business_id = d.business_id and i.id = d.room_id
    left join room_availability b on b.omd_id = p_omd_id and b.business_id = p_business_id and b.room_id = p_room_id
        and b.date = d.date - 1 and b.date >= p_first - 1 and b.date <= p_last
    left join room_availability a on a.omd_id = p_omd_id and a.business_id = p_business_id and a.room_id = p_room_id
        and a.date = d.date and a.date >= p_first - 1 and a.date <= p_last
    where d.omd_id = p_omd_id and d.business_id = p_business_id and d.room_id = p_room_id and not d.is_over
      and d.date >= p_first and d.date <= p_last
      and (a.reservation_id = b.reservation_id
           or (d.bars_arrival and a.reservation_id is not null) or (d.bars_departure and b.reservation_id is not null))
    limit 1;
    if found then
        raise exception 'room % is used by day on %', v.number, v.date
            using errcode = 'OMD01', constraint = 'day_uses_apart_from_nights',
                  detail = json_build_object('room_id', p_room_id, 'room_number', v.number, 'date', v.date, 'code', v.code);
    end if;
end
$$;
comment on function keep_clear_of_day_uses(int, int, int, date, date) is
    'Refuses what claims a room''s nights from p_first to the day p_last where a guest would be in it while it is used by day.';

create or replace function day_use_refusal(p_omd_id int, p_business_id int, p_room_id int, p_date date, p_starts_at timestamptz,
                                           p_ends_at timestamptz, p_bars_departure boolean, p_bars_arrival boolean) returns text
language plpgsql stable security definer set search_path = public, pg_temp set plan_cache_mode = force_custom_plan as $$
declare
    v_before uuid;
    v_after uuid;
    v_maintenance text;
    v_held_back boolean;
begin
    select s.reservation_id, s.maintenance, s.held_back into v_after, v_maintenance, v_held_back from room_availability s
    where s.omd_id = p_omd_id and s.business_id = p_business_id and s.room_id = p_room_id and s.date = p_date;
    if not found then
        return 'beyond_horizon';
    end if;
    select s.reservation_id into v_before from room_availability s
    where s.omd_id = p_omd_id and s.business_id = p_business_id and s.room_id = p_room_id and s.date = p_date - 1;
    return case
        when v_maintenance = 'out_of_order' then 'room_out_of_order'
        when v_held_back then 'room_held_back'
        when v_before = v_after or (v_before is not null and p_bars_departure) or (v_after is not null and p_bars_arrival)
            then 'room_not_free'
        when exists (select from day_uses d
                     where d.omd_id = p_omd_id and d.business_id = p_business_id and d.room_id = p_room_id and not d.is_over
                       and d.date = p_date and d.starts_at < p_ends_at and d.ends_at > p_starts_at)
            then 'room_not_free' end;
end
$$;
comment on function day_use_refusal(int, int, int, date, timestamptz, timestamptz, boolean, boolean) is
    'Why a room may not be used for a part of a day, or null: the day is not open, it is out of order or held back, a guest is in it then, or it is used already.';

create or replace function mark_day_uses(p_omd_id int, p_business_id int, p_room_id int, p_date date) returns void
language sql security definer set search_path = public, pg_temp as $$
    update room_availability s
    set day_use = exists (select from day_uses d
                          where d.omd_id = p_omd_id and d.business_id = p_business_id and d.room_id = p_room_id and not d.is_over
                            and d.date in (s.date, s.date + 1))
    where s.omd_id = p_omd_id and s.business_id = p_business_id and s.room_id = p_room_id and s.date in (p_date - 1, p_date);
$$;
comment on function mark_day_uses(int, int, int, date) is
    'Says on the nights around a day whether the room is used by day beside them.';

drop function if exists book_day_use(int, int, int, int, date, time, time, int, int, jsonb, numeric, text, text, text, text, text, timestamptz);
create or replace function book_day_use(
    p_omd_id int, p_business_id int, p_room_type_id int, p_room_id int, p_date date, p_from time, p_until time, p_adults int,
    p_children int, p_guests jsonb, p_amount numeric, p_currency text, p_note text, p_external_reference text, p_code text,
    p_actor text, p_now timestamptz,
    out outcome text, out reservation_id uuid, out business_date date, out type_name text, out max_adults int, out max_occupancy int,
    out currency text)
language plpgsql security definer set search_path = public, pg_temp set plan_cache_mode = auto as $$
#variable_conflict use_column
declare
    v_starts_at timestamptz;
    v_ends_at timestamptz;
    v_bars_departure boolean;
    v_bars_arrival boolean;
    v_room_id int;
    v_rooms int[];
begin
    perform require_staff(p_business_id);
    select coalesce(b.business_date, (p_now at time zone b.time_zone)::date), t.name, t.max_adults, t.max_occupancy, b.currency,
           (p_date + p_from) at time zone b.time_zone, (p_date + p_until) at time zone b.time_zone,
           p_from < coalesce(s.check_out_until, time '11:00'), p_until > coalesce(s.check_in_from, time '15:00')
    into business_date, type_name, max_adults, max_occupancy, currency, v_starts_at, v_ends_at, v_bars_departure, v_bars_arrival
    from businesses b
    join room_types t on t.omd_id = b.omd_id and t.business_id = b.id
    left join stay_settings s on s.omd_id = b.omd_id and s.business_id = b.id
    where b.omd_id = p_omd_id and b.id = p_business_id and t.id = p_room_type_id;
    outcome := case
        when type_name is null then 'room_type_not_found'
        when p_date < business_date then 'arrival_in_the_past'
        when not exists (select from availability_horizons h
                         where h.omd_id = p_omd_id and p_date >= h.starts_on and p_date < h.ends_on) then 'beyond_horizon'
        when p_adults > max_adults or p_adults + p_children > max_occupancy then 'too_many_guests'
        when p_amount is not null and p_currency <> currency then 'other_currency'
        -- A clock that is put forward may leave nothing of an hour.
        when v_starts_at >= v_ends_at then 'no_time'
        when v_ends_at <= p_now then 'in_the_past' end;
    if outcome is not null then
        return;
    end if;
    v_rooms := rooms_of_type(p_omd_id, p_business_id, p_room_type_id, p_date);
    for v_room_id in
        select r from unnest(v_rooms) as r
        where r = p_room_id or (p_room_id is null and (p_date <> business_date or r not in (
            select o.room_id from list_occupants(p_omd_id, p_business_id, v_rooms, p_date) o)))
        order by r
    loop
        outcome := day_use_refusal(p_omd_id, p_business_id, v_room_id, p_date, v_starts_at, v_ends_at, v_bars_departure, v_bars_arrival);
        continue when outcome is not null;
        -- Whoever claims one of these nights, or uses the room by day, has them first or waits.
        perform from room_availability s
        where s.omd_id = p_omd_id and s.business_id = p_business_id and s.room_id = v_room_id and s.date in (p_date - 1, p_date)
        order by s.date for update;
        outcome := day_use_refusal(p_omd_id, p_business_id, v_room_id, p_date, v_starts_at, v_ends_at, v_bars_departure, v_bars_arrival);
        exit when outcome is null;
    end loop;
    if v_room_id is null or outcome is not null then
        outcome := case when v_room_id is null then 'room_not_free' else outcome end;
        return;
    end if;
    insert into reservations (omd_id, business_id, code, room_type_id, arrival, departure, adults, children, room_locked,
                              amount, currency, note, external_reference, booked_at, booked_by, status, day_use)
    values (p_omd_id, p_business_id, p_code, p_room_type_id, p_date, p_date, p_adults, p_children, true,
            p_amount, case when p_amount is not null then currency end, p_note, p_external_reference,
            p_now, p_actor, 'confirmed', true)
    returning id into reservation_id;
    perform add_guests(p_omd_id, p_business_id, reservation_id, p_guests);
    insert into day_uses (omd_id, business_id, reservation_id, room_id, date, starts_at, ends_at, bars_departure, bars_arrival)
    values (p_omd_id, p_business_id, reservation_id, v_room_id, p_date, v_starts_at, v_ends_at, v_bars_departure, v_bars_arrival);
    perform mark_day_uses(p_omd_id, p_business_id, v_room_id, p_date);
    perform record_reservation_event(p_omd_id, p_business_id, reservation_id, 1, 'reservation.booked', p_actor, p_now,
        jsonb_build_object('code', p_code, 'room_type_id', p_room_type_id, 'arrival', p_date, 'departure', p_date,
                           'status', 'confirmed', 'room_id', v_room_id, 'starts_at', v_starts_at, 'ends_at', v_ends_at));
    outcome := 'booked';
end
$$;
comment on function book_day_use(int, int, int, int, date, time, time, int, int, jsonb, numeric, text, text, text, text, text, timestamptz) is
    'Books a room for a part of a day in one call: refuses, or finds one that nobody is in then, and writes stay, guests, time and event.';

create or replace function tg_reservations__day_use() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
declare
    v record;
begin
    update day_uses d set is_over = new.status in ('checked_out', 'cancelled', 'no_show')
    where d.omd_id = new.omd_id and d.business_id = new.business_id and d.reservation_id = new.id
    returning d.room_id, d.date into v;
    perform mark_day_uses(new.omd_id, new.business_id, v.room_id, v.date);
    return null;
end
$$;
comment on function tg_reservations__day_use() is 'Frees a room that was used by day as its guest leaves, cancels, or did not come.';
create or replace trigger _600_day_use after update of status on reservations
    for each row when (new.day_use and old.status is distinct from new.status)
    execute function tg_reservations__day_use();

create or replace function read_day_use(p_omd_id int, p_business_id int, p_reservation_id uuid) returns json
language plpgsql stable set search_path = public, pg_temp set plan_cache_mode = auto as $$
begin
    return (select json_build_object('room_id', d.room_id, 'room_number', i.number, 'starts_at', d.starts_at, 'ends_at', d.ends_at)
            from day_uses d
            join individual_rooms i on i.omd_id = d.omd_id and i.business_id = d.business_id and i.id = d.room_id
            where d.omd_id = p_omd_id and d.business_id = p_business_id and d.reservation_id = p_reservation_id);
end
$$;
comment on function read_day_use(int, int, uuid) is
    'The room and the time of a day use, as JSON; asked of a day use alone, so that nobody else opens its table. Runs as the caller, under row security.';

revoke execute on function
    clear_of_day_uses(int, int, int[], date, date), keep_clear_of_day_uses(int, int, int, date, date),
    day_use_refusal(int, int, int, date, timestamptz, timestamptz, boolean, boolean), mark_day_uses(int, int, int, date),
    book_day_use(int, int, int, int, date, time, time, int, int, jsonb, numeric, text, text, text, text, text, timestamptz),
    tg_reservations__day_use() from public;
grant execute on function
    book_day_use(int, int, int, int, date, time, time, int, int, jsonb, numeric, text, text, text, text, text, timestamptz) to omd_app;
grant select on day_uses, stay_settings to omd_app, omd_maintenance;
grant insert (omd_id, business_id, check_in_from, check_out_until, late_from), update (check_in_from, check_out_until, late_from)
    on stay_settings to omd_app;

create or replace function keep_day_uses(p_omd_id int, p_business_id int, p_room_id int, p_from date, p_until date) returns void
language plpgsql security definer set search_path = public, pg_temp as $$
declare
    v record;
begin
    select d.date, r.code, i.number into v
    from day_uses d
    join reservations r on r.omd_id = d.omd_id and r.business_id = d.business_id and r.id = d.reservation_id
    join individual_rooms i on i.omd_id = d.omd_id and i.business_id = d.business_id and i.id = d.room_id
    where d.omd_id = p_omd_id and d.business_id = p_business_id and d.room_id = p_room_id and not d.is_over
      and d.date >= p_from and (p_until is null or d.date < p_until)
    order by d.date limit 1;
    if found then
        raise exception 'room % is used by day on %', v.number, v.date
            using errcode = 'OMD01', constraint = 'day_uses_apart_from_nights',
                  detail = json_build_object('room_id', p_room_id, 'room_number', v.number, 'date', v.date, 'code', v.code);
    end if;
end
$$;
comment on function keep_day_uses(int, int, int, date, date) is
    'Refuses what takes a room away in [p_from, p_until), or from a day on, while somebody has it by day then.';

create or replace function tg_maintenance_intervals__not_used_by_day() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
    -- After the nights of the room were written, which whoever uses it by day has locked.
    perform keep_day_uses(new.omd_id, new.business_id, new.room_id, new.starts_on, new.ends_on);
    return null;
end
$$;
comment on function tg_maintenance_intervals__not_used_by_day() is 'Takes no room out of order on a day for which somebody has it.';
create or replace trigger _800_not_used_by_day after insert on maintenance_intervals
    for each row when (new.kind = 'out_of_order') execute function tg_maintenance_intervals__not_used_by_day();

create or replace function tg_hold_backs__not_used_by_day() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
    perform keep_day_uses(new.omd_id, new.business_id, new.room_id, new.starts_on, new.ends_on);
    return null;
end
$$;
comment on function tg_hold_backs__not_used_by_day() is 'Holds no room back on a day for which somebody has it.';
create or replace trigger _800_not_used_by_day after insert or update of starts_on, ends_on on hold_backs
    for each row when (new.room_id is not null) execute function tg_hold_backs__not_used_by_day();

create or replace function tg_individual_rooms__not_used_by_day() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
    perform keep_day_uses(new.omd_id, new.business_id, new.id, new.retired_on, null);
    return null;
end
$$;
comment on function tg_individual_rooms__not_used_by_day() is
    'Retires no room that somebody has by day later: at commit, when its nights are gone, which whoever uses it by day has locked.';
drop trigger if exists _800_not_used_by_day on individual_rooms;
create constraint trigger _800_not_used_by_day after update of retired_on on individual_rooms
    deferrable initially deferred for each row when (new.retired_on is not null)
    execute function tg_individual_rooms__not_used_by_day();
revoke execute on function keep_day_uses(int, int, int, date, date), tg_maintenance_intervals__not_used_by_day(),
    tg_hold_backs__not_used_by_day(), tg_individual_rooms__not_used_by_day() from public;
