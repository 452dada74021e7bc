-- Changing and ending stays. The caller has locked the reservation row and checked the rules of the trade;
-- these functions keep nights, counters, rooms, version and event together.

create or replace function tg_reservations__edges() returns trigger
language plpgsql set search_path = public, pg_temp as $$
begin
    if (old.status, new.status) in (('tentative', 'confirmed'), ('tentative', 'cancelled'),
                                    ('confirmed', 'in_house'), ('confirmed', 'cancelled'), ('confirmed', 'no_show'),
                                    ('in_house', 'checked_out'), ('in_house', 'confirmed'), ('checked_out', 'in_house'),
                                    ('cancelled', 'confirmed'), ('no_show', 'confirmed')) then
        return new;
    end if;
    raise exception 'a reservation cannot go from % to %', old.status, new.status
        using errcode = 'OMD01', constraint = 'reservations_status_edges';
end
$$;
comment on function tg_reservations__edges() is 'The last guard of the state table: refuses an edge that is not in it.';
create or replace trigger _100_edges before update on reservations
    for each row when (old.status is distinct from new.status) execute function tg_reservations__edges();

create or replace function lock_type_nights(p_omd_id int, p_business_id int, p_room_type_ids int[], p_from date, p_until date) returns int
language plpgsql security definer set search_path = public, pg_temp set plan_cache_mode = force_custom_plan as $$
declare
    v_locked int;
    v_house_limited boolean;
begin
    perform require_staff(p_business_id);
    select count(*), bool_or(l.house_limited) into v_locked, v_house_limited
    from (select c.house_limited from room_type_availability c
          where c.omd_id = p_omd_id and c.business_id = p_business_id and c.room_type_id = any (p_room_type_ids)
            and c.date >= p_from and c.date < p_until
          order by c.room_type_id, c.date for update) l;
    if v_house_limited then
        perform lock_house_nights(p_omd_id, p_business_id, p_from, p_until);
    end if;
    return v_locked;
end
$$;
comment on function lock_type_nights(int, int, int[], date, date) is
    'Locks the counters of types over [p_from, p_until) in the order every writer uses: type, then date; then those of the house, by date, where it limits them.';

create or replace function move_nights(p_omd_id int, p_business_id int, p_moves jsonb, p_cause text,
                                       p_actor text, p_now timestamptz) returns int
language plpgsql security definer set search_path = public, pg_temp set plan_cache_mode = force_custom_plan as $$
declare
    v_first date;
    v_last date;
    v_touched int;
    v_stay record;
    v_in_house uuid[];
begin
    perform require_staff(p_business_id);
    select min(m.arrival), max(m.departure) into v_first, v_last
    from jsonb_to_recordset(p_moves) as m (reservation_id uuid, room_id int, arrival date, departure date);
    -- A guest may have checked in, or a clerk locked the room, since the plan was made: the row tells, once it is ours.
    for v_stay in
        select r.id, r.status, r.room_locked from reservations r
        where r.omd_id = p_omd_id and r.business_id = p_business_id
          and r.id in (select m.reservation_id from jsonb_to_recordset(p_moves) as m (reservation_id uuid))
        order by r.id for update
    loop
        if p_cause in ('repacked', 'assigned', 'assignment_undone', 'swapped') and (v_stay.status not in ('tentative', 'confirmed') or v_stay.room_locked) then
            raise exception 'stay % may not be moved any more', v_stay.id using errcode = 'serialization_failure';
        end if;
        if v_stay.status = 'in_house' then
            v_in_house := v_in_house || v_stay.id;
        end if;
    end loop;
    update reservation_nights n set room_id = null
    from jsonb_to_recordset(p_moves) as m (reservation_id uuid, room_id int, arrival date, departure date)
    where n.omd_id = p_omd_id and n.business_id = p_business_id and n.date >= v_first and n.date < v_last
      and n.reservation_id = m.reservation_id and n.date >= m.arrival and n.date < m.departure;
    update reservation_nights n set room_id = m.room_id
    from jsonb_to_recordset(p_moves) as m (reservation_id uuid, room_id int, arrival date, departure date)
    where n.omd_id = p_omd_id and n.business_id = p_business_id and n.date >= v_first and n.date < v_last
      and n.reservation_id = m.reservation_id and n.date >= m.arrival and n.date < m.departure;
    get diagnostics v_touched = row_count;
    for v_stay in
        select m.reservation_id as id, min(m.arrival) as first
        from jsonb_to_recordset(p_moves) as m (reservation_id uuid, arrival date)
        where m.reservation_id = any (v_in_house)
        group by m.reservation_id order by m.reservation_id
    loop
        perform keep_room_to_one(p_omd_id, p_business_id, v_stay.id, v_stay.first, p_now);
    end loop;
    for v_stay in
        update reservations r set version = r.version + 1
        where r.omd_id = p_omd_id and r.business_id = p_business_id
          and r.id in (select m.reservation_id from jsonb_to_recordset(p_moves) as m (reservation_id uuid))
        returning r.id, r.version
    loop
        perform record_reservation_event(p_omd_id, p_business_id, v_stay.id, v_stay.version, 'reservation.room_assigned', p_actor, p_now,
            jsonb_build_object('cause', coalesce((
                select min(m.cause) from jsonb_to_recordset(p_moves) as m (reservation_id uuid, cause text)
                where m.reservation_id = v_stay.id), p_cause), 'nights', (
                select jsonb_agg(jsonb_build_object('arrival', m.arrival, 'departure', m.departure, 'room_id', m.room_id))
                from jsonb_to_recordset(p_moves) as m (reservation_id uuid, room_id int, arrival date, departure date)
                where m.reservation_id = v_stay.id))
            || coalesce((select jsonb_build_object('overrides', m.overrides, 'override_reason', m.override_reason)
                         from jsonb_to_recordset(p_moves) as m (reservation_id uuid, overrides jsonb, override_reason text)
                         where m.reservation_id = v_stay.id and m.override_reason is not null
                         limit 1), '{}'));
    end loop;
    return v_touched;
end
$$;
comment on function move_nights(int, int, jsonb, text, text, timestamptz) is
    'Gives nights other rooms, all stays at once: every night leaves its room before any enters one, so that two stays can swap. A null room takes a stay off its room. A move may name a cause of its own, and the rules that it overrides, for which reason.';

drop function if exists hold_again(int, int, uuid, date, date, int, date, date, date, int, int, text);
drop function if exists hold_again(int, int, uuid, date, date, int, date, date, int, int, boolean, text, date[], date[]);
create or replace function hold_again(
    p_omd_id int, p_business_id int, p_reservation_id uuid, p_release_from date, p_release_until date, p_room_type_id int,
    p_from date, p_until date, p_preferred_room_id int, p_required_room_id int, p_needs_room boolean, p_force_reason text,
    p_granted date[], p_house_granted date[], p_now timestamptz,
    out outcome text, out room_id int, out nights_short date[], out nights_full date[])
language plpgsql security definer set search_path = public, pg_temp set plan_cache_mode = force_custom_plan as $$
#variable_conflict use_column
begin
    perform require_staff(p_business_id);
    delete from reservation_nights n
    where n.omd_id = p_omd_id and n.business_id = p_business_id and n.reservation_id = p_reservation_id
      and n.date >= p_release_from and n.date < p_release_until;
    if p_from >= p_until then
        perform keep_room_to_one(p_omd_id, p_business_id, p_reservation_id, p_release_from, p_now);
        outcome := 'found';
        return;
    end if;
    select f.outcome, f.room_id, f.nights_short, f.nights_full into outcome, room_id, nights_short, nights_full
    from find_place(p_omd_id, p_business_id, p_room_type_id, p_from, p_until, null,
                    p_preferred_room_id, p_required_room_id, p_force_reason, p_granted, p_house_granted) f;
    if outcome = 'found' and room_id is null and p_needs_room then
        outcome := 'needs_repacking';
    end if;
    if outcome = 'found' then
        perform hold_nights(p_omd_id, p_business_id, p_reservation_id, p_room_type_id, p_from, p_until, room_id, p_now);
    end if;
end
$$;
comment on function hold_again(int, int, uuid, date, date, int, date, date, int, int, boolean, text, date[], date[], timestamptz) is
    'Gives back the nights of a stay in [p_release_from, p_release_until) and holds [p_from, p_until); what it held at first of the type, or of any, is granted and needs no override. Any outcome but found leaves it without those nights: the caller packs and calls again, or holds them otherwise, or rolls back.';

drop function if exists hold_nights(int, int, uuid, int, date, date, int);
create or replace function hold_nights(p_omd_id int, p_business_id int, p_reservation_id uuid, p_room_type_id int,
                                       p_from date, p_until date, p_room_id int, p_now timestamptz) returns void
language plpgsql security definer set search_path = public, pg_temp set plan_cache_mode = force_custom_plan as $$
begin
    perform require_staff(p_business_id);
    insert into reservation_nights (omd_id, business_id, reservation_id, date, room_type_id, room_id, agency)
    select p_omd_id, p_business_id, p_reservation_id, p_from + n, p_room_type_id, p_room_id,
           (select r.agency from reservations r
            where r.omd_id = p_omd_id and r.business_id = p_business_id and r.id = p_reservation_id)
    from generate_series(0, p_until - p_from - 1) n;
    perform keep_room_to_one(p_omd_id, p_business_id, p_reservation_id, p_from, p_now);
end
$$;
comment on function hold_nights(int, int, uuid, int, date, date, int, timestamptz) is
    'Holds a run of nights for a stay in one room, or without a room.';

drop function if exists release_nights(int, int, uuid, date, date, date);
create or replace function release_nights(p_omd_id int, p_business_id int, p_reservation_id uuid, p_from date, p_until date,
                                          out room_id int)
language plpgsql security definer set search_path = public, pg_temp set plan_cache_mode = force_custom_plan as $$
#variable_conflict use_column
begin
    with released as (
        delete from reservation_nights n
        where n.omd_id = p_omd_id and n.business_id = p_business_id and n.reservation_id = p_reservation_id
          and n.date >= p_from and n.date < p_until
        returning n.date, n.room_id)
    select r.room_id into room_id from released r order by r.date limit 1;
end
$$;
comment on function release_nights(int, int, uuid, date, date) is
    'Gives back the nights of a stay in [p_from, p_until), whose counters the caller has locked; returns the room of the first.';

drop function if exists end_or_enter_reservation(int, int, uuid, date, date, text, date, date, text, text, text, timestamptz);
create or replace function end_or_enter_reservation(
    p_omd_id int, p_business_id int, p_reservation_id uuid, p_held_until date, p_status text, p_release_from date, p_departure date,
    p_reason text, p_type text, p_actor text, p_now timestamptz) returns int
language plpgsql security definer set search_path = public, pg_temp set plan_cache_mode = auto as $$
declare
    v_version int;
    v_room_id int;
begin
    perform require_staff(p_business_id);
    if p_release_from is not null then
        v_room_id := release_nights(p_omd_id, p_business_id, p_reservation_id, p_release_from, p_held_until);
    end if;
    update reservations r
    set status = p_status,
        departure = coalesce(p_departure, r.departure),
        planned_departure = case when p_status = 'checked_out' and p_departure < r.departure then r.departure end,
        version = r.version + 1,
        checked_in_at = case when p_status = 'in_house' then p_now when p_status = 'checked_out' then r.checked_in_at end,
        checked_out_at = case when p_status = 'checked_out' then p_now end,
        cancelled_at = case when p_status = 'cancelled' then p_now end,
        cancellation_reason = case when p_status = 'cancelled' then p_reason end,
        no_show_at = case when p_status = 'no_show' then p_now end,
        hold_until = case when p_status = 'cancelled' then r.hold_until end
    where r.omd_id = p_omd_id and r.business_id = p_business_id and r.id = p_reservation_id
    returning r.version into v_version;
    if v_version is null then
        raise exception 'stay % is not for this actor to change', p_reservation_id using errcode = 'insufficient_privilege';
    end if;
    if p_status = 'in_house' then
        perform keep_room_to_one(p_omd_id, p_business_id, p_reservation_id, null, p_now);
    end if;
    if p_status in ('cancelled', 'no_show') then
        perform give_nights_back(p_omd_id, p_business_id, p_reservation_id, p_held_until, p_held_until, p_actor, p_now);
    end if;
    perform record_reservation_event(p_omd_id, p_business_id, p_reservation_id, v_version, p_type, p_actor, p_now,
        jsonb_strip_nulls(jsonb_build_object('status', p_status, 'departure', p_departure,
                                             'released_from', p_release_from, 'released_until', case when p_release_from is not null then p_held_until end, 'room_id', v_room_id,
                                             'reason', p_reason)));
    return v_version;
end
$$;
comment on function end_or_enter_reservation(int, int, uuid, date, text, date, date, text, text, text, timestamptz) is
    'Takes a stay over one edge of the state table: gives back its nights from p_release_from on, stamps the change, writes the event with the room of the first night given back. Returns the new version.';

create or replace function add_guests(p_omd_id int, p_business_id int, p_reservation_id uuid, p_guests jsonb) returns void
language sql security definer set search_path = public, pg_temp as $$
    insert into reservation_guests (omd_id, business_id, reservation_id, is_primary, first_name, last_name, email, phone, country,
                                    date_of_birth, document_type, document_number, document_ending, document_country,
                                    citizenship, place_of_birth, address, profile_id, arrives_on, leaves_on)
    select p_omd_id, p_business_id, p_reservation_id, g.is_primary, g.first_name, g.last_name, g.email, g.phone, g.country,
           g.date_of_birth, g.document_type, g.document_number, g.document_ending, g.document_country,
           g.citizenship, g.place_of_birth, g.address, g.profile_id, g.arrives_on, g.leaves_on
    from jsonb_populate_recordset(null::reservation_guests, p_guests) g;
$$;
comment on function add_guests(int, int, uuid, jsonb) is 'Names the guests of a stay, as a booking gives them.';

drop function if exists amend_reservation(int, int, uuid, int, date, date, int, int, boolean, numeric, text, text, text, jsonb, jsonb, text,
                                          timestamptz);
drop function if exists amend_reservation(int, int, uuid, int, date, date, int, int, boolean, numeric, text, text, text, boolean, jsonb, jsonb, text, timestamptz);
create or replace function amend_reservation(
    p_omd_id int, p_business_id int, p_reservation_id uuid, p_room_type_id int, p_arrival date, p_departure date,
    p_adults int, p_children int, p_room_locked boolean, p_room_lock_reason text, p_amount numeric, p_currency text, p_note text,
    p_external_reference text, p_agrees boolean, p_guests jsonb, p_changes jsonb, p_actor text, p_now timestamptz) returns int
language plpgsql security definer set search_path = public, pg_temp as $$
declare
    v_was daterange;
    v_version int;
begin
    perform require_staff(p_business_id);
    select daterange(r.arrival, r.departure) into v_was from reservations r
    where r.omd_id = p_omd_id and r.business_id = p_business_id and r.id = p_reservation_id;
    update reservations r
    set room_type_id = p_room_type_id, arrival = p_arrival, departure = p_departure, adults = p_adults,
        children = p_children, room_locked = p_room_locked, room_lock_reason = p_room_lock_reason,
        room_locked_at = case when not p_room_locked then null
                              when r.room_locked and r.room_lock_reason is not distinct from p_room_lock_reason then r.room_locked_at
                              else p_now end,
        room_locked_by = case when not p_room_locked then null
                              when r.room_locked and r.room_lock_reason is not distinct from p_room_lock_reason then r.room_locked_by
                              else p_actor end,
        amount = p_amount, currency = p_currency, note = p_note,
        external_reference = p_external_reference, version = r.version + 1,
        agreed_from = case when p_amount is null or p_arrival = p_departure then null when p_agrees then p_arrival else r.agreed_from end,
        agreed_until = case when p_amount is null or p_arrival = p_departure then null when p_agrees then p_departure else r.agreed_until end
    where r.omd_id = p_omd_id and r.business_id = p_business_id and r.id = p_reservation_id
    returning r.version into v_version;
    if p_guests is not null then
        delete from reservation_guests g
        where g.omd_id = p_omd_id and g.business_id = p_business_id and g.reservation_id = p_reservation_id;
        perform add_guests(p_omd_id, p_business_id, p_reservation_id, p_guests);
    end if;
    if not v_was <@ daterange(p_arrival, p_departure) then
        perform give_nights_back(p_omd_id, p_business_id, p_reservation_id, p_arrival, p_departure, p_actor, p_now);
    end if;
    perform record_reservation_event(p_omd_id, p_business_id, p_reservation_id, v_version, 'reservation.amended',
                                     p_actor, p_now, p_changes);
    return v_version;
end
$$;
comment on function amend_reservation(int, int, uuid, int, date, date, int, int, boolean, text, numeric, text, text, text, boolean, jsonb, jsonb, text, timestamptz) is
    'Writes the new terms of a stay, its guests if given, and the event. Returns the new version.';

revoke execute on function
    add_guests(int, int, uuid, jsonb), release_nights(int, int, uuid, date, date),
    lock_type_nights(int, int, int[], date, date),
    move_nights(int, int, jsonb, text, text, timestamptz),
    hold_again(int, int, uuid, date, date, int, date, date, int, int, boolean, text, date[], date[], timestamptz),
    hold_nights(int, int, uuid, int, date, date, int, timestamptz),
    end_or_enter_reservation(int, int, uuid, date, text, date, date, text, text, text, timestamptz),
    amend_reservation(int, int, uuid, int, date, date, int, int, boolean, text, numeric, text, text, text, boolean, jsonb, jsonb, text, timestamptz)
    from public;
grant execute on function
    lock_type_nights(int, int, int[], date, date),
    move_nights(int, int, jsonb, text, text, timestamptz),
    hold_again(int, int, uuid, date, date, int, date, date, int, int, boolean, text, date[], date[], timestamptz),
    hold_nights(int, int, uuid, int, date, date, int, timestamptz),
    end_or_enter_reservation(int, int, uuid, date, text, date, date, text, text, text, timestamptz),
    amend_reservation(int, int, uuid, int, date, date, int, int, boolean, text, numeric, text, text, text, boolean, jsonb, jsonb, text, timestamptz)
    to omd_app;
grant update (version, room_lock_reason) on reservations to omd_app;
