-- Booking in one call: look, lock, choose, hold, record. A refusal is an outcome, not an exception, so that the
-- answer to a retried request can be stored in the same transaction.

-- A statement on a partitioned table is planned for every execution, because a generic plan locks every leaf of every
-- tenant; any other keeps its plan. So a function here sets which of the two it holds.

drop function if exists rooms_of_type(int, int, int);
create or replace function rooms_of_type(p_omd_id int, p_business_id int, p_room_type_id int, p_on date) returns int[]
language plpgsql security definer set search_path = public, pg_temp set plan_cache_mode = auto as $$
begin
    return array(select r.id from individual_rooms r
                 where r.omd_id = p_omd_id and r.business_id = p_business_id and r.room_type_id = p_room_type_id
                   and (r.retired_on is null or r.retired_on > p_on));
end
$$;
comment on function rooms_of_type(int, int, int, date) is
    'The rooms of a type in use on a date. One that retires later has no nights from then on, so no stay that reaches so far can have it.';

drop function if exists choose_room(int, int, int, date, date, uuid, int);
create or replace function choose_room(p_omd_id int, p_business_id int, p_room_type_id int, p_arrival date, p_departure date,
                                       p_own uuid, p_preferred int, p_but int[] default '{}') returns int
language plpgsql security definer set search_path = public, pg_temp set plan_cache_mode = force_custom_plan as $$
declare
    v_rooms int[] := rooms_of_type(p_omd_id, p_business_id, p_room_type_id, p_arrival);
    v_chosen int;
    v_clear int[] := '{}';
begin
    for v_look in 1 .. 2 loop
        select s.room_id into v_chosen
        from room_availability s
        where s.omd_id = p_omd_id and s.business_id = p_business_id and s.room_id = any (v_rooms) and s.room_id <> all (p_but)
          and s.date >= p_arrival - 2 and s.date < p_departure + 2
        group by s.room_id
        having count(*) filter (where s.date >= p_arrival and s.date < p_departure
                                and (s.available or s.reservation_id = p_own)
                                and (not s.day_use or s.room_id = any (v_clear))) = p_departure - p_arrival
        order by (s.room_id = p_preferred) desc nulls last,
                 count(*) filter (where s.date >= p_arrival and s.date < p_departure and s.maintenance = 'out_of_service'),
                 (bool_or(s.date = p_arrival - 1 and s.available) and bool_or(s.date = p_arrival - 2 and not s.available))::int
                 + (bool_or(s.date = p_departure and s.available) and bool_or(s.date = p_departure + 1 and not s.available))::int,
                 count(*) filter (where (s.date = p_arrival - 1 or s.date = p_departure) and not s.available) desc,
                 s.room_id
        limit 1;
        -- Rooms used by day are looked at closely only where no other is free, or one of them is preferred.
        exit when v_look = 2 or (v_chosen is not null and (p_preferred is null or v_chosen = p_preferred));
        v_clear := clear_of_day_uses(p_omd_id, p_business_id, v_rooms, p_arrival, p_departure);
        exit when v_clear = '{}';
    end loop;
    return v_chosen;
end
$$;
comment on function choose_room(int, int, int, date, date, uuid, int, int[]) is
    'The best room of a type, but for some, that is free for all nights, or null: the preferred one if it is; then in service, no one-night gap left, snug, lowest.';

create or replace function list_nights_without_room(p_omd_id int, p_business_id int, p_room_type_id int, p_from date, p_until date)
returns date[]
language plpgsql stable security definer set search_path = public, pg_temp set plan_cache_mode = force_custom_plan as $$
declare
    v_rooms int[] := rooms_of_type(p_omd_id, p_business_id, p_room_type_id, p_from);
begin
    return (select array_agg(c.date order by c.date)
            from room_type_availability c
            where c.omd_id = p_omd_id and c.business_id = p_business_id and c.room_type_id = p_room_type_id
              and c.date >= p_from and c.date < p_until
              and c.physical - c.out_of_order - c.sold <= (
                  select count(*) from room_availability s
                  where s.omd_id = p_omd_id and s.business_id = p_business_id and s.room_id = any (v_rooms)
                    and s.date >= p_from and s.date < p_until and s.date = c.date
                    and s.held_back and s.maintenance is distinct from 'out_of_order'));
end
$$;
comment on function list_nights_without_room(int, int, int, date, date) is
    'The nights on which as many stays of a type hold a night as it has rooms to give, those out of order and those held back by number being none; null for none.';

drop function if exists find_place(int, int, int, date, date, uuid, int, int, text);
create or replace function find_place(
    p_omd_id int, p_business_id int, p_room_type_id int, p_from date, p_until date, p_own uuid,
    p_preferred_room_id int, p_required_room_id int, p_force_reason text, p_granted date[], p_house_granted date[],
    out outcome text, out room_id int, out nights_short date[], out nights_full date[])
language plpgsql security definer set search_path = public, pg_temp set plan_cache_mode = force_custom_plan as $$
#variable_conflict use_column
declare
    v_night record;
    v_found int := 0;
    v_house_limited boolean := false;
    v_house_short date[];
    v_refused date[];
    v_house_refused date[];
begin
    -- The driver writes the first and the last date of its calendar as infinite ones, which cannot be counted.
    if not isfinite(p_from) or not isfinite(p_until) then
        outcome := 'beyond_horizon';
        return;
    end if;
    for v_night in
        select c.date, c.physical - c.out_of_order - c.held + c.overbooking - c.sold as sellable,
               c.physical - c.out_of_order - c.sold as unsold, c.house_limited
        from room_type_availability c
        where c.omd_id = p_omd_id and c.business_id = p_business_id and c.room_type_id = p_room_type_id
          and c.date >= p_from and c.date < p_until
        order by c.date for update
    loop
        v_found := v_found + 1;
        v_house_limited := v_house_limited or v_night.house_limited;
        if v_night.unsold < 1 then
            nights_full := nights_full || v_night.date;
        end if;
        if v_night.sellable < 1 then
            nights_short := nights_short || v_night.date;
        end if;
    end loop;
    if v_found < p_until - p_from then
        outcome := 'beyond_horizon';
        return;
    end if;
    if v_house_limited then
        v_house_short := lock_house_nights(p_omd_id, p_business_id, p_from, p_until);
    end if;
    if p_force_reason is null and (nights_short is not null or v_house_short is not null) then
        v_refused := array(select n from unnest(nights_short) n where n <> all (p_granted) order by n);
        v_house_refused := array(select n from unnest(v_house_short) n where n <> all (p_house_granted) order by n);
        if v_refused <> '{}' or v_house_refused <> '{}' then
            outcome := case when v_refused <> '{}' then 'sold_out' else 'house_sold_out' end;
            nights_short := case when v_refused <> '{}' then v_refused else v_house_refused end;
            return;
        end if;
    end if;
    if v_house_short is not null then
        perform force_house_nights(p_omd_id, p_business_id, v_house_short);
    end if;
    if nights_short is not null then
        update room_type_availability c
        set forced = c.sold + 1 - greatest(0, c.physical - c.out_of_order - c.held + c.overbooking)
        where c.omd_id = p_omd_id and c.business_id = p_business_id and c.room_type_id = p_room_type_id
          and c.date >= p_from and c.date < p_until and c.date = any (nights_short);
    end if;
    if v_house_short is not null then
        nights_short := array(select distinct n from unnest(nights_short || v_house_short) n order by n);
    end if;
    room_id := choose_room(p_omd_id, p_business_id, p_room_type_id, p_from, p_until, p_own,
                           coalesce(p_required_room_id, p_preferred_room_id));
    if room_id is null then
        nights_full := coalesce(list_nights_without_room(p_omd_id, p_business_id, p_room_type_id, p_from, p_until), nights_full);
    end if;
    outcome := case
        when p_required_room_id is not null and room_id is distinct from p_required_room_id then 'room_not_free'
        when room_id is null and nights_full is null and p_force_reason is null then 'needs_repacking'
        else 'found' end;
end
$$;
comment on function find_place(int, int, int, date, date, uuid, int, int, text, date[], date[]) is
    'Locks the counters of the nights in date order and answers: found (with a room for all of them, or without one where some are full within a limit, or by force), sold_out (of the type), house_sold_out (by the house-wide limit), beyond_horizon, room_not_free or needs_repacking; and the nights on which more is sold than there are rooms once this one is. A forced booking raises forced by just the excess, and so does a stay for the nights it held until now: those granted to it of the type, and by the house.';

-- Dropped, not replaced: with one more parameter it would be another function of the same name.
drop function if exists book_reservation(int, int, int, date, date, int, int, jsonb, numeric, text, text, text, text, int, boolean, text, text, timestamptz);
drop function if exists book_reservation(int, int, int, date, date, int, int, jsonb, numeric, text, text, text, text, int, boolean, text, text, timestamptz, text);
create or replace function book_reservation(
    p_omd_id int, p_business_id int, p_room_type_id int, p_arrival date, p_departure date,
    p_adults int, p_children int, p_guests jsonb, p_amount numeric, p_currency text,
    p_note text, p_external_reference text, p_code text, p_room_id int, p_room_locked boolean,
    p_force_reason text, p_actor text, p_now timestamptz, p_agency text default null,
    p_hold_until timestamptz default null,
    out outcome text, out reservation_id uuid, out room_id int, out room_number text, out business_date date,
    out type_name text, out max_adults int, out max_occupancy int, out nights_short date[], out currency text)
language plpgsql security definer set search_path = public, pg_temp set plan_cache_mode = auto as $$
#variable_conflict use_column
begin
    perform require_staff(p_business_id);
    select coalesce(b.business_date, (p_now at time zone b.time_zone)::date), b.currency, t.name, t.max_adults, t.max_occupancy
    into business_date, currency, type_name, max_adults, max_occupancy
    from businesses b
    join room_types t on t.omd_id = b.omd_id and t.business_id = b.id
    where b.omd_id = p_omd_id and b.id = p_business_id and t.omd_id = p_omd_id and t.business_id = p_business_id
      and t.id = p_room_type_id;
    outcome := case
        when type_name is null then 'room_type_not_found'
        when p_arrival < business_date then 'arrival_in_the_past'
        when p_adults > max_adults or p_adults + p_children > max_occupancy then 'too_many_guests'
        when p_hold_until is not null then hold_refusal(p_omd_id, p_business_id, p_arrival, p_hold_until, p_now) end;
    if outcome is not null then
        return;
    end if;

    select f.outcome, f.room_id, f.nights_short into outcome, room_id, nights_short
    from find_place(p_omd_id, p_business_id, p_room_type_id, p_arrival, p_departure, null, null, p_room_id, p_force_reason,
                    '{}', '{}') f;
    -- Asked only of who would be refused: nearly nobody meets a hold that is over.
    if outcome not in ('found', 'beyond_horizon') and exists (
        select from free_expired_holds(p_omd_id, p_business_id, array[p_room_type_id], p_arrival, p_departure, null, p_now)) then
        select f.outcome, f.room_id, f.nights_short into outcome, room_id, nights_short
        from find_place(p_omd_id, p_business_id, p_room_type_id, p_arrival, p_departure, null, null, p_room_id, p_force_reason,
                        '{}', '{}') f;
    end if;
    if outcome <> 'found' then
        return;
    end if;
    currency := case when p_amount is not null then coalesce(p_currency, currency) end;
    insert into reservations (omd_id, business_id, code, room_type_id, arrival, departure, adults, children, room_locked,
                              room_locked_at, room_locked_by, amount, currency, note, external_reference, agency, booked_at, booked_by,
                              status, hold_until)
    values (p_omd_id, p_business_id, p_code, p_room_type_id, p_arrival, p_departure, p_adults, p_children, p_room_locked,
            case when p_room_locked then p_now end, case when p_room_locked then p_actor end, p_amount, currency, p_note, p_external_reference, p_agency, p_now, p_actor,
            case when p_hold_until is null then 'confirmed' else 'tentative' end, p_hold_until)
    returning id into reservation_id;
    insert into reservation_guests (omd_id, business_id, reservation_id, is_primary, first_name, last_name, email, phone, country,
                                    date_of_birth, document_type, document_number, document_ending, document_country,
                                    citizenship, place_of_birth, address, profile_id, arrives_on, leaves_on)
    select p_omd_id, p_business_id, book_reservation.reservation_id, g.is_primary, g.first_name, g.last_name, g.email, g.phone, g.country,
           g.date_of_birth, g.document_type, g.document_number, g.document_ending, g.document_country,
           g.citizenship, g.place_of_birth, g.address, g.profile_id, g.arrives_on, g.leaves_on
    from jsonb_populate_recordset(null::reservation_guests, p_guests) g;
    insert into reservation_nights (omd_id, business_id, reservation_id, date, room_type_id, room_id, agency)
    select p_omd_id, p_business_id, reservation_id, p_arrival + n, p_room_type_id, room_id, p_agency
    from generate_series(0, p_departure - p_arrival - 1) n;
    select r.number into room_number from individual_rooms r
    where r.omd_id = p_omd_id and r.business_id = p_business_id and r.id = room_id;
    perform record_reservation_event(p_omd_id, p_business_id, reservation_id, 1, 'reservation.booked', p_actor, p_now,
        jsonb_strip_nulls(jsonb_build_object(
            'code', p_code, 'room_type_id', p_room_type_id, 'arrival', p_arrival, 'departure', p_departure,
            'status', case when p_hold_until is null then 'confirmed' else 'tentative' end, 'hold_until', p_hold_until, 'room_id', room_id, 'forced_nights', to_jsonb(nights_short), 'force_reason', p_force_reason)));
    outcome := 'booked';
end
$$;
comment on function book_reservation(int, int, int, date, date, int, int, jsonb, numeric, text, text, text, text, int, boolean, text, text, timestamptz, text, timestamptz) is
    'Books one stay in one call, or holds it until an instant: refuses, or finds a room for every night, and writes stay, guests, nights and event; the nights consume the quotas of the agency. Where it would be refused, holds of the hotel that are over on these nights are freed first. A refusal is an outcome, so that the answer to a retried request is stored in the same transaction.';

create or replace function record_reservation_event(p_omd_id int, p_business_id int, p_reservation_id uuid, p_version int,
    p_type text, p_actor text, p_now timestamptz, p_data jsonb) returns void
language sql security definer set search_path = public, pg_temp
begin atomic
    insert into events (omd_id, business_id, aggregate, aggregate_id, aggregate_version, type, actor, occurred_at, data)
    values (p_omd_id, p_business_id, 'reservation', p_reservation_id::text, p_version, p_type, p_actor, p_now, p_data);
end;
comment on function record_reservation_event(int, int, uuid, int, text, text, timestamptz, jsonb) is
    'Writes what happened to a reservation into the event table; never a guest''s name.';

revoke execute on function rooms_of_type(int, int, int, date), list_nights_without_room(int, int, int, date, date), choose_room(int, int, int, date, date, uuid, int, int[]),
    find_place(int, int, int, date, date, uuid, int, int, text, date[], date[]),
    record_reservation_event(int, int, uuid, int, text, text, timestamptz, jsonb),
    book_reservation(int, int, int, date, date, int, int, jsonb, numeric, text, text, text, text, int, boolean, text, text, timestamptz, text, timestamptz)
    from public;
grant execute on function
    book_reservation(int, int, int, date, date, int, int, jsonb, numeric, text, text, text, text, int, boolean, text, text, timestamptz, text, timestamptz)
    to omd_app;
