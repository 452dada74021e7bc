-- reservations: visible to the staff of the hotel only. Nights are written by the functions of 41 to 43 alone;
-- the triggers here keep counters and room claims in step with them, whoever writes.

alter table reservations enable row level security;
alter table reservations force row level security;
drop policy if exists reservations_of_staff on reservations;
drop policy if exists reservations_read on reservations;
create policy reservations_read on reservations for select
    using (omd_id = (select nullif(current_setting('omd.omd_id', true), '')::int)
           and business_id = any ((select nullif(current_setting('omd.reader_business_ids', true), '')::int[])::int[]));
drop policy if exists reservations_added on reservations;
create policy reservations_added on reservations for insert
    with check (omd_id = (select nullif(current_setting('omd.omd_id', true), '')::int)
                and business_id = any ((select nullif(current_setting('omd.staff_business_ids', true), '')::int[])::int[]));
drop policy if exists reservations_changed on reservations;
create policy reservations_changed on reservations for update
    using (omd_id = (select nullif(current_setting('omd.omd_id', true), '')::int)
           and business_id = any ((select nullif(current_setting('omd.staff_business_ids', true), '')::int[])::int[]));
drop policy if exists reservations_removed on reservations;
create policy reservations_removed on reservations for delete
    using (omd_id = (select nullif(current_setting('omd.omd_id', true), '')::int)
           and business_id = any ((select nullif(current_setting('omd.staff_business_ids', true), '')::int[])::int[]));

alter table reservation_guests enable row level security;
alter table reservation_guests force row level security;
drop policy if exists reservation_guests_of_staff on reservation_guests;
drop policy if exists reservation_guests_read on reservation_guests;
create policy reservation_guests_read on reservation_guests for select
    using (omd_id = (select nullif(current_setting('omd.omd_id', true), '')::int)
           and business_id = any ((select nullif(current_setting('omd.reader_business_ids', true), '')::int[])::int[]));
drop policy if exists reservation_guests_added on reservation_guests;
create policy reservation_guests_added on reservation_guests for insert
    with check (omd_id = (select nullif(current_setting('omd.omd_id', true), '')::int)
                and business_id = any ((select nullif(current_setting('omd.staff_business_ids', true), '')::int[])::int[]));
drop policy if exists reservation_guests_changed on reservation_guests;
create policy reservation_guests_changed on reservation_guests for update
    using (omd_id = (select nullif(current_setting('omd.omd_id', true), '')::int)
           and business_id = any ((select nullif(current_setting('omd.staff_business_ids', true), '')::int[])::int[]));
drop policy if exists reservation_guests_removed on reservation_guests;
create policy reservation_guests_removed on reservation_guests for delete
    using (omd_id = (select nullif(current_setting('omd.omd_id', true), '')::int)
           and business_id = any ((select nullif(current_setting('omd.staff_business_ids', true), '')::int[])::int[]));

alter table reservation_nights enable row level security;
alter table reservation_nights force row level security;
drop policy if exists reservation_nights_of_staff on reservation_nights;
drop policy if exists reservation_nights_read on reservation_nights;
create policy reservation_nights_read on reservation_nights for select
    using (omd_id = (select nullif(current_setting('omd.omd_id', true), '')::int)
           and business_id = any ((select nullif(current_setting('omd.reader_business_ids', true), '')::int[])::int[]));
drop policy if exists reservation_nights_added on reservation_nights;
create policy reservation_nights_added on reservation_nights for insert
    with check (omd_id = (select nullif(current_setting('omd.omd_id', true), '')::int)
                and business_id = any ((select nullif(current_setting('omd.staff_business_ids', true), '')::int[])::int[]));
drop policy if exists reservation_nights_changed on reservation_nights;
create policy reservation_nights_changed on reservation_nights for update
    using (omd_id = (select nullif(current_setting('omd.omd_id', true), '')::int)
           and business_id = any ((select nullif(current_setting('omd.staff_business_ids', true), '')::int[])::int[]));
drop policy if exists reservation_nights_removed on reservation_nights;
create policy reservation_nights_removed on reservation_nights for delete
    using (omd_id = (select nullif(current_setting('omd.omd_id', true), '')::int)
           and business_id = any ((select nullif(current_setting('omd.staff_business_ids', true), '')::int[])::int[]));

create or replace function sell_nights(p_omd_id int, p_business_id int, p_room_type_id int, p_first date, p_last date,
                                       p_rooms int) returns void
language plpgsql security definer set search_path = public, pg_temp set plan_cache_mode = force_custom_plan as $$
declare
    v_touched int;
begin
    update room_type_availability c set sold = c.sold + p_rooms
    where c.omd_id = p_omd_id and c.business_id = p_business_id and c.room_type_id = p_room_type_id
      and c.date >= p_first and c.date <= p_last;
    get diagnostics v_touched = row_count;
    if p_rooms > 0 and v_touched <> p_last - p_first + 1 then
        raise exception 'room type % has no availability on some night from % to %', p_room_type_id, p_first, p_last
            using errcode = 'OMD01', constraint = 'reservation_nights_within_horizon';
    end if;
end
$$;
comment on function sell_nights(int, int, int, date, date, int) is
    'Counts rooms of a type as sold on every night of a run, or, below zero, gives them back.';

create or replace function claim_room(p_omd_id int, p_business_id int, p_room_id int, p_first date, p_last date,
                                      p_from uuid, p_to uuid) returns void
language plpgsql security definer set search_path = public, pg_temp set plan_cache_mode = force_custom_plan as $$
declare
    v_touched int;
    v_day_use boolean;
begin
    with claimed as (
        update room_availability s set reservation_id = p_to
        where s.omd_id = p_omd_id and s.business_id = p_business_id and s.room_id = p_room_id
          and s.date >= p_first and s.date <= p_last and s.reservation_id is not distinct from p_from
        returning s.day_use)
    select count(*), bool_or(c.day_use) into v_touched, v_day_use from claimed c;
    if v_touched = p_last - p_first + 1 then
        if v_day_use and p_to is not null then
            perform keep_clear_of_day_uses(p_omd_id, p_business_id, p_room_id, p_first, p_last + 1);
        end if;
        return;
    end if;
    if p_from is null then
        raise exception 'room % is not free on some night from % to %', p_room_id, p_first, p_last
            using errcode = 'OMD01', constraint = 'room_availability_claimed_once';
    end if;
    raise exception 'room % is not claimed by the stay that gives it back on some night from % to %',
        p_room_id, p_first, p_last using errcode = 'OMD01', constraint = 'room_availability_claim_agrees';
end
$$;
comment on function claim_room(int, int, int, date, date, uuid, uuid) is
    'Passes a room''s nights of a run from one holder to another, null being nobody; refuses unless every night is the first one''s.';

create or replace function tg_reservation_nights__keep_in_step() returns trigger
language plpgsql security definer set search_path = public, pg_temp set plan_cache_mode = auto as $$
declare
    v record;
begin
    if tg_op in ('DELETE', 'UPDATE') then
        for v in
            select n.omd_id, n.business_id, n.reservation_id, n.room_type_id, n.room_id,
                   min(n.date) as first, max(n.date) as last
            from (select o.*, o.date - row_number() over (partition by o.reservation_id, o.room_type_id, o.room_id
                                                          order by o.date)::int as run from old_nights o) n
            group by 1, 2, 3, 4, 5, n.run order by 4, 6
        loop
            if tg_op = 'DELETE' then
                perform sell_nights(v.omd_id, v.business_id, v.room_type_id, v.first, v.last, -1);
            end if;
            if v.room_id is not null then
                perform claim_room(v.omd_id, v.business_id, v.room_id, v.first, v.last, v.reservation_id, null);
            end if;
        end loop;
    end if;
    if tg_op in ('INSERT', 'UPDATE') then
        for v in
            select n.omd_id, n.business_id, n.reservation_id, n.room_type_id, n.room_id,
                   min(n.date) as first, max(n.date) as last, min(n.agency) as agency
            from (select o.*, o.date - row_number() over (partition by o.reservation_id, o.room_type_id, o.room_id
                                                          order by o.date)::int as run from new_nights o) n
            group by 1, 2, 3, 4, 5, n.run order by 4, 6
        loop
            if tg_op = 'INSERT' then
                perform sell_nights(v.omd_id, v.business_id, v.room_type_id, v.first, v.last, 1);
                if v.agency is not null then
                    perform keep_quota(v.omd_id, v.business_id, v.room_type_id, v.agency, v.first, v.last);
                end if;
            end if;
            if v.room_id is not null then
                perform claim_room(v.omd_id, v.business_id, v.room_id, v.first, v.last, null, v.reservation_id);
            end if;
        end loop;
    end if;
    return null;
end
$$;
comment on function tg_reservation_nights__keep_in_step() is
    'Keeps counters and room claims in step with the nights held, run of nights by run: a claim is written onto a free room-night only, or the statement fails.';

create or replace trigger _500_claim after insert on reservation_nights
    referencing new table as new_nights for each statement execute function tg_reservation_nights__keep_in_step();
create or replace trigger _500_release after delete on reservation_nights
    referencing old table as old_nights for each statement execute function tg_reservation_nights__keep_in_step();
create or replace trigger _500_move after update on reservation_nights
    referencing old table as old_nights new table as new_nights
    for each statement execute function tg_reservation_nights__keep_in_step();

create or replace function tg_reservation_nights__only_rooms_change() returns trigger
language plpgsql set search_path = public, pg_temp as $$
begin
    raise exception 'a night held keeps its stay, its date, its agency and the type it consumes; release it and hold another'
        using errcode = 'OMD01', constraint = 'reservation_nights_only_rooms_change';
end
$$;
comment on function tg_reservation_nights__only_rooms_change() is 'Refuses to turn one night into another: only its room may change.';
create or replace trigger _100_only_rooms_change before update on reservation_nights
    for each row when ((old.reservation_id, old.date, old.room_type_id, old.agency) is distinct from
                       (new.reservation_id, new.date, new.room_type_id, new.agency))
    execute function tg_reservation_nights__only_rooms_change();

revoke execute on function tg_reservation_nights__keep_in_step() from public;
revoke execute on function sell_nights(int, int, int, date, date, int),
    claim_room(int, int, int, date, date, uuid, uuid) from public;
grant select on reservations, reservation_guests, reservation_nights to omd_app, omd_maintenance;

create or replace function read_nights(p_omd_id int, p_business_id int, p_reservation_id uuid, p_arrival date, p_departure date) returns json
language plpgsql stable set search_path = public, pg_temp set plan_cache_mode = force_custom_plan as $$
begin
    return (select json_agg(json_build_object('date', n.date, 'room_type_id', n.room_type_id, 'room_id', n.room_id))
            from reservation_nights n
            where n.omd_id = p_omd_id and n.business_id = p_business_id and n.reservation_id = p_reservation_id
              and n.date >= p_arrival and n.date < p_departure);
end
$$;
comment on function read_nights(int, int, uuid, date, date) is
    'The nights of a stay, as JSON; planned for the partitions its dates lie in. Runs as the caller, under row security.';

drop function if exists read_reservation(int, int, uuid, date, date, timestamptz);
create or replace function read_reservation(p_omd_id int, p_business_id int, p_reservation_id uuid, p_arrival date,
                                            p_departure date, p_now timestamptz)
returns table (id uuid, code text, business_id int, room_type_id int, arrival date, departure date, adults int, children int,
               status text, room_locked boolean, amount numeric, currency text, note text, external_reference text,
               version int, booked_at timestamptz, booked_by text, checked_in_at timestamptz, checked_out_at timestamptz,
               cancelled_at timestamptz, cancellation_reason text, no_show_at timestamptz, business_date date, checked_in_on date,
               checked_out_on date, planned_departure date, hold_until timestamptz, guests json, nights json, occupant json, day_use json, unready json, room_lock json)
language plpgsql stable set search_path = public, pg_temp set plan_cache_mode = auto as $$
#variable_conflict use_column
begin
    return query
    select r.id, r.code, r.business_id, r.room_type_id, r.arrival, r.departure, r.adults, r.children, r.status,
           r.room_locked, r.amount, r.currency, r.note, r.external_reference, r.version, r.booked_at, r.booked_by,
           r.checked_in_at, r.checked_out_at, r.cancelled_at, r.cancellation_reason, r.no_show_at,
           d.today,
           case when b.business_date is null then (r.checked_in_at at time zone b.time_zone)::date end,
           case when b.business_date is null then (r.checked_out_at at time zone b.time_zone)::date end, r.planned_departure, r.hold_until,
           (select coalesce(json_agg(json_strip_nulls(json_build_object('last_name', g.last_name, 'first_name', g.first_name,
                'email', g.email, 'phone', g.phone, 'country', g.country, 'date_of_birth', g.date_of_birth,
                'document_type', g.document_type, 'document_number', '***' || g.document_ending,
                'document_country', g.document_country, 'citizenship', g.citizenship,
                'place_of_birth', g.place_of_birth, 'address', g.address, 'profile_id', g.profile_id,
                'arrives_on', g.arrives_on, 'leaves_on', g.leaves_on)) order by g.is_primary desc, g.id), '[]')
            from reservation_guests g
            where g.omd_id = r.omd_id and g.business_id = r.business_id and g.reservation_id = r.id),
           (select coalesce(json_agg(json_build_object('date', n.date, 'room_type_id', n.room_type_id, 'room_id', n.room_id,
                'room_number', i.number) order by n.date), '[]')
            from json_to_recordset(read_nights(p_omd_id, p_business_id, p_reservation_id, p_arrival, p_departure))
                as n (date date, room_type_id int, room_id int)
            left join individual_rooms i on i.omd_id = p_omd_id and i.business_id = p_business_id and i.id = n.room_id),
           case when r.status in ('confirmed', 'checked_out') and r.arrival <= d.today then (
                      select json_build_object('room_number', o.room_number, 'code', o.code)
                      from find_occupied(p_omd_id, p_business_id, array[r.id], p_now) o) end,
           case when r.day_use then read_day_use(p_omd_id, p_business_id, r.id) end,
           case when r.status = 'confirmed' and r.arrival <= d.today then find_unready(r, d.today) end,
           case when num_nonnulls(r.room_locked_at, r.room_lock_reason) > 0 then
                json_build_object('reason', r.room_lock_reason, 'at', r.room_locked_at, 'by', r.room_locked_by) end
    from reservations r
    join businesses b on b.omd_id = r.omd_id and b.id = r.business_id
    cross join lateral (select coalesce(b.business_date, (p_now at time zone b.time_zone)::date) as today) d
    where r.omd_id = p_omd_id and r.business_id = p_business_id and r.id = p_reservation_id;
end
$$;
comment on function read_reservation(int, int, uuid, date, date, timestamptz) is
    'A stay with its guests and nights, and the business date its hotel works on. Runs as the caller, under row security.';

create or replace function held_types(p_omd_id int, p_business_id int, p_reservation_id uuid, p_arrival date, p_departure date)
returns int[]
language plpgsql stable set search_path = public, pg_temp set plan_cache_mode = force_custom_plan as $$
begin
    return array(select distinct n.room_type_id from reservation_nights n
                 where n.omd_id = p_omd_id and n.business_id = p_business_id and n.reservation_id = p_reservation_id
                   and n.date >= p_arrival and n.date < p_departure);
end
$$;
comment on function held_types(int, int, uuid, date, date) is
    'The types whose inventory a stay consumes. Runs as the caller, under row security.';

create or replace function last_type(p_omd_id int, p_business_id int, p_reservation_id uuid, p_arrival date, p_departure date)
returns int
language plpgsql stable set search_path = public, pg_temp set plan_cache_mode = force_custom_plan as $$
begin
    return (select n.room_type_id from reservation_nights n
            where n.omd_id = p_omd_id and n.business_id = p_business_id and n.reservation_id = p_reservation_id
              and n.date >= p_arrival and n.date < p_departure
            order by n.date desc limit 1);
end
$$;
comment on function last_type(int, int, uuid, date, date) is
    'The type whose inventory the last night of a stay consumes, in which it goes on; null where it holds none. Runs as the caller, under row security.';

drop function if exists lock_standing(int, int[], uuid, timestamptz);
drop function if exists lock_standing(int, int[], uuid, text, timestamptz);
create or replace function lock_standing(p_omd_id int, p_business_ids int[], p_reservation_id uuid, p_frees text, p_now timestamptz)
returns table (business_id int, room_type_id int, arrival date, departure date, status text, version int, business_date date,
               checked_in_on date, nights_without_room int, hold_until timestamptz, held_type_ids int[], day_use boolean, day_use_ends_at timestamptz)
language plpgsql set search_path = public, pg_temp set plan_cache_mode = auto as $$
#variable_conflict use_column
declare
    v_seen_business_id int;
    v_seen_type_id int;
    v_seen_arrival date;
    v_seen_departure date;
    v_from date;
begin
    -- Counters before the stay, as every writer locks them: what the step gives back is looked up first, and proved below.
    if p_frees <> 'nothing' then
        select r.business_id, r.room_type_id, r.arrival, r.departure,
               case p_frees when 'what lies ahead' then
                   greatest(r.arrival, coalesce(b.business_date, (p_now at time zone b.time_zone)::date)) else r.arrival end
        into v_seen_business_id, v_seen_type_id, v_seen_arrival, v_seen_departure, v_from
        from reservations r
        join businesses b on b.omd_id = r.omd_id and b.id = r.business_id
        where r.omd_id = p_omd_id and r.business_id = any (p_business_ids) and r.id = p_reservation_id;
        if v_from < v_seen_departure then
            perform lock_type_nights(p_omd_id, v_seen_business_id,
                                     held_types(p_omd_id, v_seen_business_id, p_reservation_id, v_from, v_seen_departure),
                                     v_from, v_seen_departure);
        end if;
    end if;
    for business_id, room_type_id, arrival, departure, status, version, business_date, checked_in_on, nights_without_room,
        hold_until, held_type_ids, day_use, day_use_ends_at in
        with stay as materialized (
            select r.omd_id, r.business_id, r.id, r.room_type_id, r.arrival, r.departure, r.status, r.version, r.checked_in_at, r.hold_until, r.day_use
            from reservations r
            where r.omd_id = p_omd_id and r.business_id = any (p_business_ids) and r.id = p_reservation_id
            for update)
        select r.business_id, r.room_type_id, r.arrival, r.departure, r.status, r.version,
               coalesce(b.business_date, (p_now at time zone b.time_zone)::date),
               case when b.business_date is null then (r.checked_in_at at time zone b.time_zone)::date end,
               case when r.status = 'confirmed'
                    then count_nights_without_room(r.omd_id, r.business_id, r.id, r.arrival, r.departure) else 0 end,
               r.hold_until,
               case when p_frees <> 'nothing' then held_types(r.omd_id, r.business_id, r.id, r.arrival, r.departure) end,
               r.day_use, case when r.day_use then (read_day_use(r.omd_id, r.business_id, r.id) ->> 'ends_at')::timestamptz end
        from stay r
        join businesses b on b.omd_id = r.omd_id and b.id = r.business_id
    loop
        if p_frees <> 'nothing' and (room_type_id, arrival, departure)
                is distinct from (v_seen_type_id, v_seen_arrival, v_seen_departure) then
            raise exception 'stay % got other nights meanwhile', p_reservation_id using errcode = 'serialization_failure';
        end if;
        return next;
    end loop;
end
$$;
comment on function lock_standing(int, int[], uuid, text, timestamptz) is
    'Locks the counters of the nights that a step frees (nothing, what lies ahead, everything), then the stay, and answers what the rules of its life look at. Runs as the caller, under row security.';

create or replace function lock_runs(p_omd_id int, p_business_id int, p_type_ids int[], p_from date, p_until date,
                                     p_other_type_id int, p_other_from date, p_other_until date) returns void
language plpgsql security definer set search_path = public, pg_temp set plan_cache_mode = force_custom_plan as $$
declare
    v_first_limited date;
    v_last_limited date;
begin
    perform require_staff(p_business_id);
    -- A condition in "where" would move into the subquery, which would then lock the limited nights alone.
    select min(l.date) filter (where l.house_limited), max(l.date) filter (where l.house_limited)
    into v_first_limited, v_last_limited
    from (select c.date, c.house_limited from room_type_availability c
          where c.omd_id = p_omd_id and c.business_id = p_business_id
            and ((c.room_type_id = any (p_type_ids) and c.date >= p_from and c.date < p_until)
                 or (c.room_type_id = p_other_type_id and c.date >= p_other_from and c.date < p_other_until))
          order by c.room_type_id, c.date for update) l;
    if v_first_limited is not null then
        perform lock_house_nights(p_omd_id, p_business_id, v_first_limited, v_last_limited + 1);
    end if;
end
$$;
comment on function lock_runs(int, int, int[], date, date, int, date, date) is
    'Locks the counters of two runs of nights at once, in the order every writer uses: type, then date; then those of the house, by date, from the first night it limits to the last.';
revoke execute on function lock_runs(int, int, int[], date, date, int, date, date) from public;
grant execute on function lock_runs(int, int, int[], date, date, int, date, date) to omd_app;

create or replace function lock_for_change(p_omd_id int, p_business_ids int[], p_reservation_id uuid, p_room_type_id int,
                                           p_arrival date, p_departure date, p_now timestamptz)
returns table (business_id int, arrival date, departure date)
language plpgsql set search_path = public, pg_temp set plan_cache_mode = auto as $$
#variable_conflict use_column
declare
    v_seen record;
    v_spent date;
    v_types int[];
    v_next_type int;
begin
    select r.business_id, r.room_type_id, r.arrival, r.departure, r.status,
           coalesce(b.business_date, (p_now at time zone b.time_zone)::date) as business_date
    into v_seen
    from reservations r
    join businesses b on b.omd_id = r.omd_id and b.id = r.business_id
    where r.omd_id = p_omd_id and r.business_id = any (p_business_ids) and r.id = p_reservation_id;
    if not found then
        return;
    end if;
    -- What a guest in the house has spent does not change.
    v_spent := case when v_seen.status = 'in_house' then least(v_seen.business_date, v_seen.departure) else v_seen.arrival end;
    v_types := held_types(p_omd_id, v_seen.business_id, p_reservation_id, v_seen.arrival, v_seen.departure);
    v_next_type := coalesce(p_room_type_id,
        last_type(p_omd_id, v_seen.business_id, p_reservation_id, v_seen.arrival, v_seen.departure), v_seen.room_type_id);
    perform free_expired_holds(p_omd_id, v_seen.business_id, v_types || v_next_type,
        least(v_seen.arrival, p_arrival), greatest(v_seen.departure, p_departure), p_reservation_id, p_now);
    perform lock_runs(p_omd_id, v_seen.business_id, v_types,
        greatest(v_seen.arrival, v_spent), v_seen.departure,
        v_next_type,
        case when v_seen.status = 'in_house' then greatest(v_seen.arrival, v_spent) else coalesce(p_arrival, v_seen.arrival) end,
        coalesce(p_departure, v_seen.departure));
    for business_id, arrival, departure in
        select r.business_id, r.arrival, r.departure from reservations r
        where r.omd_id = p_omd_id and r.business_id = v_seen.business_id and r.id = p_reservation_id
          and (r.room_type_id, r.arrival, r.departure, r.status)
              is not distinct from (v_seen.room_type_id, v_seen.arrival, v_seen.departure, v_seen.status)
        for update
    loop
        return next;
    end loop;
    if not found then
        raise exception 'stay % got other nights meanwhile', p_reservation_id using errcode = 'serialization_failure';
    end if;
end
$$;
comment on function lock_for_change(int, int[], uuid, int, date, date, timestamptz) is
    'Locks the counters of the nights a stay holds and of those it is to hold, then the stay; null stands for what stays as it is. Runs as the caller, under row security.';
