-- Ways back into the life of a stay. The caller has locked counters and stay, checked the rules of the trade, and holds the nights again.

create or replace function reinstate_reservation(
    p_omd_id int, p_business_id int, p_reservation_id uuid, p_status text, p_arrival date, p_departure date,
    p_type text, p_actor text, p_now timestamptz) returns int
language plpgsql security definer set search_path = public, pg_temp set plan_cache_mode = auto as $$
declare
    v_version int;
begin
    perform require_staff(p_business_id);
    update reservations r
    set status = p_status, arrival = p_arrival, departure = p_departure, planned_departure = null, version = r.version + 1,
        checked_in_at = case when p_status = 'in_house' then r.checked_in_at end,
        checked_out_at = null, cancelled_at = null, cancellation_reason = null, no_show_at = null, hold_until = null
    where r.omd_id = p_omd_id and r.business_id = p_business_id and r.id = p_reservation_id
    returning r.version into v_version;
    if v_version is null then
        raise exception 'stay % is not for this actor to change', p_reservation_id using errcode = 'insufficient_privilege';
    end if;
    if p_status = 'in_house' then
        perform keep_room_to_one(p_omd_id, p_business_id, p_reservation_id, null, p_now);
    end if;
    perform record_reservation_event(p_omd_id, p_business_id, p_reservation_id, v_version, p_type, p_actor, p_now,
        jsonb_build_object('status', p_status, 'arrival', p_arrival, 'departure', p_departure));
    return v_version;
end
$$;
comment on function reinstate_reservation(int, int, uuid, text, date, date, text, text, timestamptz) is
    'Takes a stay that is over back into its life, for these dates, and writes the event; its nights are held already. Returns the new version.';

drop function if exists extend_price(int, int, uuid, date, date, text, timestamptz);

revoke execute on function reinstate_reservation(int, int, uuid, text, date, date, text, text, timestamptz) from public;
grant execute on function reinstate_reservation(int, int, uuid, text, date, date, text, text, timestamptz) to omd_app;
