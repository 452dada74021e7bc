-- housekeeping: for the hotel's staff. What a room's condition follows from changes it in its own transaction, whoever writes;
-- every version of it goes into its history. What the front office knows of a room is read from nights, in 73_housekeeping_rack.sql.

do $policies$
declare
    v_table text;
begin
    foreach v_table in array array['housekeeping_settings', 'room_conditions', 'room_condition_changes'] loop
        execute format('alter table %I enable row level security', v_table);
        execute format('alter table %I force row level security', v_table);
        execute format('drop policy if exists %I on %I', v_table || '_read', v_table);
        execute format('create policy %I on %I for select using (omd_id = (select current_omd_id()) '
                       'and business_id = any ((select current_reader_business_ids())::int[]))', v_table || '_read', v_table);
        execute format('drop policy if exists %I on %I', v_table || '_written', v_table);
        execute format('create policy %I on %I using (omd_id = (select current_omd_id()) '
                       'and business_id = any ((select current_staff_business_ids())::int[]))', v_table || '_written', v_table);
    end loop;
    -- A room and its condition come together, by whoever adds rooms.
    foreach v_table in array array['room_conditions', 'room_condition_changes'] loop
        execute format('drop policy if exists %I on %I', v_table || '_made', v_table);
        execute format('create policy %I on %I for insert to omd_owner with check (omd_id = (select current_omd_id()) '
                       'and business_id = any ((select current_business_ids())::int[]))', v_table || '_made', v_table);
    end loop;
end
$policies$;

create or replace function soiled(p_condition text, p_at_best text) returns text
language sql immutable parallel safe set search_path = public, pg_temp
return (array['dirty', 'pickup', 'clean', 'inspected'])[least(array_position(array['dirty', 'pickup', 'clean', 'inspected'], p_condition),
                                                             array_position(array['dirty', 'pickup', 'clean', 'inspected'], p_at_best))];
comment on function soiled(text, text) is 'A condition after something that leaves a room no better than another one; null leaves it as it is.';

create or replace function tg_individual_rooms__condition() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
    insert into room_conditions (omd_id, business_id, room_id, condition, cause, business_date, changed_at, changed_by, idle_since)
    select n.omd_id, n.business_id, n.id, 'dirty', 'room_added', d.today, now(), coalesce(current_actor(), session_user), d.today
    from new_rooms n
    join businesses b on b.omd_id = n.omd_id and b.id = n.business_id
    cross join lateral (select coalesce(b.business_date, (now() at time zone b.time_zone)::date) as today) d;
    return null;
end
$$;
comment on function tg_individual_rooms__condition() is 'Gives a new room its condition: dirty, until somebody says otherwise.';
create or replace trigger _600_condition after insert on individual_rooms
    referencing new table as new_rooms for each statement execute function tg_individual_rooms__condition();

create or replace function tg_room_conditions__versioned() returns trigger
language plpgsql set search_path = public, pg_temp as $$
begin
    if new.reason is null and (new.condition, new.seen_occupancy, new.seen_persons, new.seen_at)
            is not distinct from (old.condition, old.seen_occupancy, old.seen_persons, old.seen_at) then
        -- Nothing came of it: the room is what it was, for the cause that it was.
        new.version := old.version;
        new.cause := old.cause;
        new.reason := old.reason;
        new.reservation_id := old.reservation_id;
        new.business_date := old.business_date;
        new.changed_at := old.changed_at;
        new.changed_by := old.changed_by;
    else
        new.version := old.version + 1;
    end if;
    return new;
end
$$;
comment on function tg_room_conditions__versioned() is
    'A new version of a room''s condition is what changes it, or what was done for a reason; who was in it and since when is kept beside.';
create or replace trigger _100_versioned before update on room_conditions
    for each row execute function tg_room_conditions__versioned();

create or replace function tg_room_conditions__recorded() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
    if tg_op = 'INSERT' then
        insert into room_condition_changes (omd_id, business_id, room_id, version, condition, cause, reason, reservation_id, business_date,
                                            changed_at, changed_by, seen_occupancy, seen_persons)
        select n.omd_id, n.business_id, n.room_id, n.version, n.condition, n.cause, n.reason, n.reservation_id, n.business_date,
               n.changed_at, n.changed_by, n.seen_occupancy, n.seen_persons
        from new_rows n;
        return null;
    end if;
    insert into room_condition_changes (omd_id, business_id, room_id, version, condition, cause, reason, reservation_id, business_date,
                                        changed_at, changed_by, seen_occupancy, seen_persons)
    select n.omd_id, n.business_id, n.room_id, n.version, n.condition, n.cause, n.reason, n.reservation_id, n.business_date,
           n.changed_at, n.changed_by, n.seen_occupancy, n.seen_persons
    from new_rows n
    join old_rows o on o.omd_id = n.omd_id and o.business_id = n.business_id and o.room_id = n.room_id
    where n.version > o.version;
    perform record_event_of(n.omd_id, n.business_id, 'room_condition', n.room_id::text, n.version,
                            case n.cause when 'seen' then 'room.occupancy_seen'
                                         when 'discrepancy_resolved' then 'room.discrepancy_resolved'
                                         else 'room.condition_changed' end,
                            n.changed_at, jsonb_build_object('room_id', n.room_id, 'condition', n.condition, 'cause', n.cause))
    from new_rows n
    join old_rows o on o.omd_id = n.omd_id and o.business_id = n.business_id and o.room_id = n.room_id
    where n.version > o.version;
    return null;
end
$$;
comment on function tg_room_conditions__recorded() is 'Puts every version of a room''s condition into its history, and tells of it.';
create or replace trigger _500_recorded after insert on room_conditions
    referencing new table as new_rows for each statement execute function tg_room_conditions__recorded();
create or replace trigger _500_recorded_changed after update on room_conditions
    referencing old table as old_rows new table as new_rows for each statement execute function tg_room_conditions__recorded();

create or replace function tg_room_condition_changes__append_only() returns trigger
language plpgsql set search_path = public, pg_temp as $$
begin
    raise exception 'the history of room % is added to and never changed: % refused', old.room_id, tg_op
        using errcode = 'OMD01', constraint = 'room_condition_changes_append_only';
end
$$;
comment on function tg_room_condition_changes__append_only() is 'Refuses every change of what happened to a room.';
create or replace trigger _100_append_only before update or delete on room_condition_changes
    for each row execute function tg_room_condition_changes__append_only();

create or replace function find_stay_room(p_stay reservations, p_date date) returns int
language plpgsql stable set search_path = public, pg_temp set plan_cache_mode = force_custom_plan as $$
begin
    if p_stay.day_use then
        return (select d.room_id from day_uses d
                where d.omd_id = p_stay.omd_id and d.business_id = p_stay.business_id and d.reservation_id = p_stay.id);
    end if;
    return (select n.room_id from reservation_nights n
            where n.omd_id = p_stay.omd_id and n.business_id = p_stay.business_id and n.reservation_id = p_stay.id
              and n.date >= p_stay.arrival and n.date <= p_date
            order by n.date desc limit 1);
end
$$;
comment on function find_stay_room(reservations, date) is
    'The room that the guests of a stay are in: of its last night up to a date, or the one it has by day. Runs as the caller, under row security.';

create or replace function check_in_lacks(p_omd_id int, p_business_id int, p_condition text) returns text
language sql stable set search_path = public, pg_temp
return (select s.check_in_needs from housekeeping_settings s
        where s.omd_id = p_omd_id and s.business_id = p_business_id
          and s.check_in_needs <> 'none' and soiled(p_condition, s.check_in_needs) <> s.check_in_needs);
comment on function check_in_lacks(int, int, text) is
    'What a room must be for a check-in, where a room of this condition is less; else null. Runs as the caller, under row security.';

create or replace function find_unready(p_stay reservations, p_date date) returns json
language plpgsql stable set search_path = public, pg_temp as $$
begin
    if not exists (select from housekeeping_settings s
                   where s.omd_id = p_stay.omd_id and s.business_id = p_stay.business_id and s.check_in_needs <> 'none') then
        return null;
    end if;
    return (select json_build_object('room_number', i.number, 'condition', c.condition, 'needs', l.needs)
            from room_conditions c
            join individual_rooms i on i.omd_id = c.omd_id and i.business_id = c.business_id and i.id = c.room_id
            cross join lateral (select check_in_lacks(c.omd_id, c.business_id, c.condition) as needs) l
            where c.omd_id = p_stay.omd_id and c.business_id = p_stay.business_id and c.room_id = find_stay_room(p_stay, p_date)
              and l.needs is not null);
end
$$;
comment on function find_unready(reservations, date) is
    'The room that a stay is to be taken into, where it is not in the condition that its hotel asks for; else null. Runs as the caller, under row security.';

create or replace function leave_rooms(p_stay reservations, p_stays_in int, p_date date, p_actor text, p_now timestamptz) returns void
language plpgsql set search_path = public, pg_temp as $$
declare
    v_rooms int[];
    -- Whoever leaves on the day of arrival has not slept in it.
    v_at_best constant text := case p_stay.status when 'in_house' then 'dirty'
                                                  when 'checked_out' then case when p_stay.departure = p_stay.arrival then 'pickup' else 'dirty' end end;
    v_cause constant text := case p_stay.status when 'in_house' then 'room_left' when 'checked_out' then 'check_out' else 'check_in_undone' end;
begin
    v_rooms := array(select c.room_id from room_conditions c
                     where c.omd_id = p_stay.omd_id and c.business_id = p_stay.business_id and c.in_use_by = p_stay.id
                       and c.room_id is distinct from p_stays_in
                     order by c.room_id for update);
    if v_rooms = '{}' and p_stay.status = 'checked_out' then
        -- It came into its room by the date alone, and somebody else was let into the one before.
        v_rooms := array[find_stay_room(p_stay, p_date)];
    end if;
    if v_rooms = '{}' then
        return;
    end if;
    update room_conditions c
    set in_use_by = nullif(c.in_use_by, p_stay.id), idle_since = p_date,
        condition = case when v_at_best is null then c.condition else soiled(c.condition, v_at_best) end,
        soiled_at = case when v_at_best is null then c.soiled_at else p_now end,
        seen_occupancy = null, seen_persons = null, seen_at = null, seen_by = null,
        cause = v_cause, reason = null, reservation_id = p_stay.id, business_date = p_date, changed_at = p_now, changed_by = p_actor
    where c.omd_id = p_stay.omd_id and c.business_id = p_stay.business_id and c.room_id = any (v_rooms);
end
$$;
comment on function leave_rooms(reservations, int, date, text, timestamptz) is
    'The guests of a stay are in the room p_stays_in alone, or in none: every other that they were in is left, and no better than leaving makes it.';

create or replace function enter_room(p_stay reservations, p_room_id int, p_type text, p_reason text, p_date date, p_actor text, p_now timestamptz)
returns void
language plpgsql set search_path = public, pg_temp as $$
declare
    v_room room_conditions;
    v_needs text;
    v_before text;
begin
    select * into v_room from room_conditions c
    where c.omd_id = p_stay.omd_id and c.business_id = p_stay.business_id and c.room_id = p_room_id
    for update;
    if v_room.in_use_by is not distinct from p_stay.id then
        return;
    end if;
    if p_type = 'reservation.checked_in' then
        v_needs := check_in_lacks(p_stay.omd_id, p_stay.business_id, v_room.condition);
        if v_needs is not null and p_reason is null then
            raise exception 'room of stay % is %', p_stay.code, v_room.condition
                using errcode = 'OMD01', constraint = 'room_conditions_ready',
                      detail = (select json_build_object('room_id', i.id, 'room_number', i.number, 'condition', v_room.condition, 'needs', v_needs)
                                from individual_rooms i
                                where i.omd_id = p_stay.omd_id and i.business_id = p_stay.business_id and i.id = p_room_id);
        end if;
    elsif p_type = 'reservation.check_out_undone' and (v_room.cause, v_room.reservation_id) = ('check_out', p_stay.id) then
        select h.condition into v_before from room_condition_changes h
        where h.omd_id = p_stay.omd_id and h.business_id = p_stay.business_id and h.room_id = p_room_id and h.version < v_room.version
        order by h.version desc limit 1;
    end if;
    update room_conditions c
    set in_use_by = p_stay.id, idle_since = p_date, condition = coalesce(v_before, c.condition),
        seen_occupancy = null, seen_persons = null, seen_at = null, seen_by = null,
        cause = case p_type when 'reservation.checked_in' then 'check_in'
                            when 'reservation.check_out_undone' then 'check_out_undone' else 'room_entered' end,
        reason = case when v_needs is not null then p_reason end,
        reservation_id = p_stay.id, business_date = p_date, changed_at = p_now, changed_by = p_actor
    where c.omd_id = p_stay.omd_id and c.business_id = p_stay.business_id and c.room_id = p_room_id;
end
$$;
comment on function enter_room(reservations, int, text, text, date, text, timestamptz) is
    'The guests of a stay come into a room. At a check-in it must be in the condition that the hotel asks for, unless a reason is given, which is kept; where a check-out is undone it is what it was before, unless somebody saw to it since.';

create or replace function tg_events__rooms() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
declare
    v_stay reservations;
    v_date date;
    v_room_id int;
begin
    select r.* into v_stay from reservations r
    where r.omd_id = new.omd_id and r.business_id = new.business_id and r.id = new.aggregate_id::uuid;
    if v_stay.id is null or (v_stay.status <> 'in_house' and new.type in ('reservation.room_assigned', 'reservation.amended')) then
        return null;
    end if;
    select coalesce(b.business_date, (new.occurred_at at time zone b.time_zone)::date) into v_date
    from businesses b where b.omd_id = new.omd_id and b.id = new.business_id;
    if v_stay.status = 'in_house' then
        v_room_id := find_stay_room(v_stay, v_date);
    end if;
    -- Two stays may swap rooms at once: whoever takes several takes them in one order.
    perform from room_conditions c
    where c.omd_id = new.omd_id and c.business_id = new.business_id and (c.in_use_by = v_stay.id or c.room_id = v_room_id)
    order by c.room_id for update;
    perform leave_rooms(v_stay, v_room_id, v_date, new.actor, new.occurred_at);
    if v_room_id is not null then
        perform enter_room(v_stay, v_room_id, new.type, new.data ->> 'reason', v_date, new.actor, new.occurred_at);
    end if;
    return null;
end
$$;
comment on function tg_events__rooms() is
    'What a stay does to rooms. It hangs on the stay''s events, one for each of its versions, written when its nights are what they are to be.';
create or replace trigger _600_rooms after insert on events
    for each row when (new.aggregate = 'reservation' and new.type in (
        'reservation.checked_in', 'reservation.check_in_undone', 'reservation.checked_out', 'reservation.check_out_undone',
        'reservation.room_assigned', 'reservation.amended'))
    execute function tg_events__rooms();

create or replace function tg_events__maintained() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
declare
    v_date date;
begin
    select coalesce(b.business_date, (new.occurred_at at time zone b.time_zone)::date) into v_date
    from businesses b where b.omd_id = new.omd_id and b.id = new.business_id;
    -- One that was taken back before it began left the room alone: the interval is gone, and no shorter one is left.
    update room_conditions c
    set condition = soiled(c.condition, w.at_best), soiled_at = new.occurred_at, idle_since = v_date, cause = 'maintenance_ended', reason = null,
        reservation_id = null, business_date = v_date, changed_at = new.occurred_at, changed_by = new.actor
    from (select nullif(coalesce(new.data ->> 'returns_as', (
              select s.after_maintenance from housekeeping_settings s
              where s.omd_id = new.omd_id and s.business_id = new.business_id)), 'as_it_was') as at_best) w
    where c.omd_id = new.omd_id and c.business_id = new.business_id and c.room_id = new.aggregate_id::int
      and w.at_best is not null and (new.data ->> 'starts_on')::date <= v_date;
    return null;
end
$$;
comment on function tg_events__maintained() is 'A room that is given back by hand is what its interval says, or else what the hotel says a room is after maintenance.';
create or replace trigger _610_maintained after insert on events
    for each row when (new.aggregate = 'room' and new.type = 'room.maintenance_ended')
    execute function tg_events__maintained();

create or replace function turn_rooms(p_omd_id int, p_business_id int, p_date date, p_now timestamptz) returns int
language plpgsql security definer set search_path = public, pg_temp set plan_cache_mode = force_custom_plan as $$
declare
    v_rooms int[];
    v_vacant_days int;
    v_vacant_becomes text;
    v_after text;
begin
    -- Stays before rooms, as whoever checks somebody in or out locks them: what is written here refers to those in the house.
    perform from reservations r
    where r.omd_id = p_omd_id and r.business_id = p_business_id and r.status = 'in_house'
    order by r.id for key share;
    v_rooms := array(select c.room_id from room_conditions c
                     where c.omd_id = p_omd_id and c.business_id = p_business_id and (c.turned_on is null or c.turned_on < p_date)
                     order by c.room_id for update);
    if v_rooms = '{}' then
        return 0;
    end if;
    select s.vacant_days, s.vacant_becomes, s.after_maintenance into v_vacant_days, v_vacant_becomes, v_after
    from housekeeping_settings s where s.omd_id = p_omd_id and s.business_id = p_business_id;
    update room_conditions c
    set condition = w.condition, cause = w.cause, reservation_id = w.slept, reason = null,
        soiled_at = case when w.slept is not null or w.cause = 'maintenance_ended' then p_now else c.soiled_at end,
        in_use_by = w.is_in, idle_since = case when coalesce(w.slept, w.is_in) is not null then p_date else c.idle_since end,
        seen_occupancy = null, seen_persons = null, seen_at = null, seen_by = null,
        turned_on = p_date, business_date = p_date, changed_at = p_now, changed_by = coalesce(current_actor(), session_user)
    from (
        select r.room_id, s.reservation_id as slept, o.reservation_id as is_in,
               case when s.reservation_id is not null then 'dirty'
                    when m.at_best is not null then soiled(r.condition, m.at_best)
                    when t.idle then soiled(r.condition, v_vacant_becomes)
                    else r.condition end as condition,
               case when s.reservation_id is not null then 'night_audit'
                    when m.at_best is not null then 'maintenance_ended'
                    when t.idle then 'vacant_long'
                    else 'night_audit' end as cause
        from room_conditions r
        -- Who has the room by day alone may have come this morning.
        left join (
            select l.room_id, l.reservation_id from list_occupants(p_omd_id, p_business_id, v_rooms, p_date - 1) l
            join reservations n on n.omd_id = p_omd_id and n.business_id = p_business_id and n.id = l.reservation_id and n.arrival < p_date) s
            on s.room_id = r.room_id
        left join list_occupants(p_omd_id, p_business_id, v_rooms, p_date) o on o.room_id = r.room_id
        cross join lateral (
            -- The least of what the intervals that ended say, each its own or else the hotel's.
            select (array['dirty', 'pickup', 'clean'])[min(array_position(array['dirty', 'pickup', 'clean'],
                       coalesce(i.returns_as, v_after)))] as at_best
            from maintenance_intervals i
            where i.omd_id = p_omd_id and i.business_id = p_business_id and i.room_id = r.room_id
              and i.ends_on > coalesce(r.turned_on, p_date - 1) and i.ends_on <= p_date) m
        cross join lateral (
            select o.reservation_id is null and coalesce(r.idle_since <= p_date - v_vacant_days, false) as idle) t
        where r.omd_id = p_omd_id and r.business_id = p_business_id and r.room_id = any (v_rooms)) w
    where c.omd_id = p_omd_id and c.business_id = p_business_id and c.room_id = w.room_id;
    return cardinality(v_rooms);
end
$$;
comment on function turn_rooms(int, int, date, timestamptz) is
    'Reckons with the night before a business date, once for each room: who slept in it left it dirty, maintenance that ended and long vacancy do what the hotel says, and nobody has looked yet. Returns the rooms.';

create or replace function tg_businesses__turn_rooms() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
    perform turn_rooms(new.omd_id, new.id, new.business_date, now());
    return null;
end
$$;
comment on function tg_businesses__turn_rooms() is 'A hotel that opens its next business date by hand or by its night audit reckons with the night.';
create or replace trigger _600_turn_rooms after update on businesses
    for each row when (new.business_date > old.business_date) execute function tg_businesses__turn_rooms();

revoke execute on function tg_individual_rooms__condition(), tg_room_conditions__recorded(), tg_events__rooms(), tg_events__maintained(),
    tg_businesses__turn_rooms(), turn_rooms(int, int, date, timestamptz) from public;
grant execute on function turn_rooms(int, int, date, timestamptz) to omd_app;
grant select on housekeeping_settings, room_conditions, room_condition_changes to omd_app, omd_maintenance;
grant insert (omd_id, business_id, check_in_needs, vacant_days, vacant_becomes, after_maintenance),
    update (check_in_needs, vacant_days, vacant_becomes, after_maintenance) on housekeeping_settings to omd_app;
grant update (condition, cause, reason, reservation_id, business_date, changed_at, changed_by, seen_occupancy, seen_persons, seen_at, seen_by,
              idle_since, soiled_at) on room_conditions to omd_app;
