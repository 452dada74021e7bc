-- What a desk prepares for: when guests will arrive, and what they asked for. For whoever reads the stay.

alter table reservation_requests enable row level security;
alter table reservation_requests force row level security;
drop policy if exists reservation_requests_read on reservation_requests;
create policy reservation_requests_read on reservation_requests for select
    using (omd_id = (select nullif(current_setting('omd.omd_id', true), '')::int)
           and business_id = any ((select nullif(current_setting('omd.reader_business_ids', true), '')::int[])::int[]));
drop policy if exists reservation_requests_written on reservation_requests;
create policy reservation_requests_written on reservation_requests
    using (omd_id = (select nullif(current_setting('omd.omd_id', true), '')::int)
           and business_id = any ((select nullif(current_setting('omd.staff_business_ids', true), '')::int[])::int[]));

drop function if exists arrives_late(time);
create or replace function arrives_late(p_estimated_arrival time, p_late_from time) returns boolean
language sql immutable parallel safe
return coalesce(p_estimated_arrival > p_late_from or p_estimated_arrival < time '05:00', false);
comment on function arrives_late(time, time) is
    'Whether guests arrive after the hour until which a hotel holds rooms for them, or in the night after it, until 5.';

create or replace function late_from(p_omd_id int, p_business_id int) returns time
language sql stable set search_path = public, pg_temp
return coalesce((select s.late_from from stay_settings s where s.omd_id = p_omd_id and s.business_id = p_business_id), time '18:00');
comment on function late_from(int, int) is
    'After when an arrival of a hotel is late: 18:00 where it never said. Runs as the caller, under row security.';

create or replace function prepare_reservation(p_omd_id int, p_business_id int, p_reservation_id uuid, p_changed text,
                                               p_estimated_arrival time, p_actor text, p_now timestamptz) returns int
language plpgsql security definer set search_path = public, pg_temp as $$
declare
    v_version int;
begin
    perform require_staff(p_business_id);
    update reservations r
    set estimated_arrival = case p_changed when 'estimated_arrival' then p_estimated_arrival else r.estimated_arrival end,
        version = r.version + 1
    where r.omd_id = p_omd_id and r.business_id = p_business_id and r.id = p_reservation_id
    returning r.version into v_version;
    perform record_reservation_event(p_omd_id, p_business_id, p_reservation_id, v_version, 'reservation.amended', p_actor, p_now,
                                     jsonb_build_object('also_changed', jsonb_build_array(p_changed)));
    return v_version;
end
$$;
comment on function prepare_reservation(int, int, uuid, text, time, text, timestamptz) is
    'Writes when guests will arrive, or that what they asked for changed (estimated_arrival, requests, room_wishes), and the event. The caller has locked the stay. Returns its new version.';

revoke execute on function prepare_reservation(int, int, uuid, text, time, text, timestamptz) from public;
grant execute on function prepare_reservation(int, int, uuid, text, time, text, timestamptz) to omd_app;
grant select on reservation_requests to omd_app, omd_maintenance;
grant insert (omd_id, business_id, reservation_id, kind, text, asked_at, asked_by), update (done_at, done_by)
    on reservation_requests to omd_app;
