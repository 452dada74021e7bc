-- Holds: tentative stays, which take inventory until an instant and are cancelled after it. What is over is freed by a job of its own,
-- and by whoever wants nights of the hotel before that job came: in the same transaction, so that nobody is refused for a hold that is over.

create or replace function hold_refusal(p_omd_id int, p_business_id int, p_arrival date, p_hold_until timestamptz, p_now timestamptz)
returns text
language sql stable set search_path = public, pg_temp
return case
    when p_hold_until <= p_now then 'hold_in_the_past'
    when p_hold_until > p_now + interval '30 days' then 'hold_too_long'
    -- On the hotel's own date, which its clock may be ahead of: it is as far ahead on the day of arrival.
    when exists (select from businesses b where b.omd_id = p_omd_id and b.id = p_business_id
                 and p_hold_until > (p_arrival + 1 + coalesce((p_now at time zone b.time_zone)::date - b.business_date, 0))::timestamp
                                    at time zone b.time_zone) then 'hold_too_long' end;
comment on function hold_refusal(int, int, date, timestamptz, timestamptz) is
    'Why a stay may not be held until an instant: it is past, or later than 30 days, or than the day of arrival in the hotel''s own date, which may be behind its clock; null when it may.';

create or replace function free_expired_holds(p_omd_id int, p_business_id int, p_room_type_ids int[], p_from date, p_until date,
                                              p_own uuid, p_now timestamptz)
returns table (reservation_id uuid, room_type_ids int[], arrival date, departure date, business_date date)
language plpgsql security definer set search_path = public, pg_temp set plan_cache_mode = auto as $$
#variable_conflict use_column
declare
    v_ids uuid[];
    v_first date;
    v_last date;
    v_types int[];
begin
    perform require_staff(p_business_id);
    select array_agg(r.id), min(r.arrival), max(r.departure) into v_ids, v_first, v_last
    from reservations r
    where r.omd_id = p_omd_id and r.business_id = p_business_id and r.status = 'tentative'
      and r.departure > p_from and r.arrival < p_until and r.hold_until <= p_now and r.id is distinct from p_own;
    if v_ids is null then
        return;
    end if;
    select array_agg(distinct t) into v_types
    from unnest(v_ids) as i (id), unnest(held_types(p_omd_id, p_business_id, i.id, v_first, v_last)) as t;
    -- What the caller is about to lock too: all counters in one order.
    perform lock_type_nights(p_omd_id, p_business_id, v_types || p_room_type_ids, least(v_first, p_from), greatest(v_last, p_until));
    for reservation_id, arrival, departure, business_date in
        select r.id, r.arrival, r.departure, coalesce(b.business_date, (p_now at time zone b.time_zone)::date)
        from reservations r
        join businesses b on b.omd_id = r.omd_id and b.id = r.business_id
        where r.omd_id = p_omd_id and r.business_id = p_business_id and r.id = any (v_ids)
          and r.status = 'tentative' and r.hold_until <= p_now
        order by r.id for update of r
    loop
        room_type_ids := held_types(p_omd_id, p_business_id, reservation_id, arrival, departure);
        perform end_or_enter_reservation(p_omd_id, p_business_id, reservation_id, departure, 'cancelled', arrival, null,
                                         'hold_expired', 'reservation.cancelled', 'holds', p_now);
        return next;
    end loop;
end
$$;
comment on function free_expired_holds(int, int, int[], date, date, uuid, timestamptz) is
    'Cancels every stay of a hotel that touches [p_from, p_until) and whose hold is over, but for one, and returns what each gave back. Locks the counters of their nights and of those that the caller wants, in the order every writer uses; nothing where no hold is over.';

create or replace function extend_hold(p_omd_id int, p_business_id int, p_reservation_id uuid, p_hold_until timestamptz,
                                       p_actor text, p_now timestamptz) returns text
language plpgsql security definer set search_path = public, pg_temp set plan_cache_mode = auto as $$
declare
    v_version int;
    v_refused text;
begin
    perform require_staff(p_business_id);
    select hold_refusal(p_omd_id, p_business_id, r.arrival, p_hold_until, p_now) into v_refused
    from reservations r
    where r.omd_id = p_omd_id and r.business_id = p_business_id and r.id = p_reservation_id;
    if v_refused is not null then
        return v_refused;
    end if;
    update reservations r set hold_until = p_hold_until, version = r.version + 1
    where r.omd_id = p_omd_id and r.business_id = p_business_id and r.id = p_reservation_id
    returning r.version into v_version;
    perform record_reservation_event(p_omd_id, p_business_id, p_reservation_id, v_version, 'reservation.hold_extended', p_actor, p_now,
        jsonb_build_object('hold_until', p_hold_until));
    return 'extended';
end
$$;
comment on function extend_hold(int, int, uuid, timestamptz, text, timestamptz) is
    'Holds a tentative stay, whose row the caller has locked, until another instant, and writes the event; or returns why not.';

revoke execute on function free_expired_holds(int, int, int[], date, date, uuid, timestamptz),
    extend_hold(int, int, uuid, timestamptz, text, timestamptz), hold_refusal(int, int, date, timestamptz, timestamptz) from public;
grant execute on function free_expired_holds(int, int, int[], date, date, uuid, timestamptz),
    extend_hold(int, int, uuid, timestamptz, text, timestamptz) to omd_app;
