-- The waiting list and turnaways. Nobody waits with inventory: nothing here is locked with counters, or counts anything.

alter table waiting_list_entries enable row level security;
alter table waiting_list_entries force row level security;
drop policy if exists waiting_list_entries_read on waiting_list_entries;
create policy waiting_list_entries_read on waiting_list_entries for select
    using (omd_id = (select current_omd_id()) and business_id = any ((select current_reader_business_ids())::int[]));
drop policy if exists waiting_list_entries_written on waiting_list_entries;
create policy waiting_list_entries_written on waiting_list_entries
    using (omd_id = (select current_omd_id()) and business_id = any ((select current_staff_business_ids())::int[]));

alter table waiting_list_stays enable row level security;
alter table waiting_list_stays force row level security;
drop policy if exists waiting_list_stays_read on waiting_list_stays;
create policy waiting_list_stays_read on waiting_list_stays for select
    using (omd_id = (select current_omd_id()) and business_id = any ((select current_reader_business_ids())::int[]));
drop policy if exists waiting_list_stays_written on waiting_list_stays;
create policy waiting_list_stays_written on waiting_list_stays
    using (omd_id = (select current_omd_id()) and business_id = any ((select current_staff_business_ids())::int[]));

alter table turnaways enable row level security;
alter table turnaways force row level security;
drop policy if exists turnaways_read on turnaways;
create policy turnaways_read on turnaways for select
    using (omd_id = (select current_omd_id()) and business_id = any ((select current_reader_business_ids())::int[]));
drop policy if exists turnaways_written on turnaways;
create policy turnaways_written on turnaways
    using (omd_id = (select current_omd_id()) and business_id = any ((select current_staff_business_ids())::int[]));

create or replace function tg_waiting_list_entries__types_known() returns trigger
language plpgsql set search_path = public, pg_temp as $$
begin
    if exists (select from unnest(new.room_type_ids) w (id)
               where not exists (select from room_types t
                                 where t.omd_id = new.omd_id and t.business_id = new.business_id and t.id = w.id)) then
        raise exception 'an entry waits for a room type that its hotel has not'
            using errcode = 'OMD01', constraint = 'waiting_list_entries_types_known';
    end if;
    return new;
end
$$;
comment on function tg_waiting_list_entries__types_known() is 'An entry waits for room types of its own hotel: a list has no foreign key.';
create or replace trigger _200_types_known before insert or update of room_type_ids on waiting_list_entries
    for each row when (new.room_type_ids <> '{}') execute function tg_waiting_list_entries__types_known();

create or replace function holds_lapsed(p_omd_id int, p_business_id int, p_entry_id uuid) returns boolean
language sql stable set search_path = public, pg_temp
return (
    -- What somebody cancelled by hand may have no reason: that is no lapse.
    select coalesce(bool_and(r.status = 'cancelled' and r.hold_until is not null
                             and r.cancellation_reason is not distinct from 'hold_expired'), false)
    from waiting_list_stays s
    join reservations r on r.omd_id = s.omd_id and r.business_id = s.business_id and r.id = s.reservation_id
    where s.omd_id = p_omd_id and s.business_id = p_business_id and s.waiting_entry_id = p_entry_id);
comment on function holds_lapsed(int, int, uuid) is
    'Whether all that an entry of the waiting list was promoted to were holds, each of which ended without being confirmed.';

create or replace function tg_waiting_list_entries__closed() returns trigger
language plpgsql set search_path = public, pg_temp as $$
begin
    if new.erased_at is not null and old.erased_at is null and new.status = old.status then
        return new;
    end if;
    if old.status = 'promoted' and new.status = 'waiting' and old.erased_at is null
       and to_jsonb(new) - '{status,closed_at,closed_by,told_at,changed_at,version}'::text[]
           = to_jsonb(old) - '{status,closed_at,closed_by,told_at,changed_at,version}'::text[]
       and holds_lapsed(old.omd_id, old.business_id, old.id) then
        return new;
    end if;
    raise exception 'entry % of the waiting list is %', old.id, old.status
        using errcode = 'OMD01', constraint = 'waiting_list_entries_closed_stay_closed';
end
$$;
comment on function tg_waiting_list_entries__closed() is 'A closed entry changes by an erasure alone, or waits again as it was when the holds that it was promoted to lapsed.';
create or replace trigger _100_closed before update on waiting_list_entries
    for each row when (old.status <> 'waiting') execute function tg_waiting_list_entries__closed();

create or replace function tg_waiting_list_entries__event() returns trigger
language plpgsql set search_path = public, pg_temp as $$
declare
    v_type constant text := case
        when tg_op = 'INSERT' then 'waiting_list.added'
        when new.status <> old.status then case new.status when 'promoted' then 'waiting_list.promoted'
                                                           when 'removed' then 'waiting_list.removed'
                                                           when 'waiting' then 'waiting_list.returned'
                                                           else 'waiting_list.expired' end
        when new.told_at > coalesce(old.told_at, '-infinity') then 'waiting_list.servable'
        else 'waiting_list.changed' end;
begin
    perform record_event_of(new.omd_id, new.business_id, 'waiting_list', new.id::text, new.version, v_type, new.changed_at,
                            jsonb_build_object('status', new.status));
    return null;
end
$$;
comment on function tg_waiting_list_entries__event() is 'Puts on record what happens on the waiting list; no event names who waits.';
create or replace trigger _800_event after insert on waiting_list_entries
    for each row execute function tg_waiting_list_entries__event();
create or replace trigger _800_event_changed after update on waiting_list_entries
    for each row when (old.status = 'waiting' or new.status = 'waiting') execute function tg_waiting_list_entries__event();

create or replace view waiting_list with (security_invoker = true) as
select e.omd_id, e.business_id, e.id, e.status, e.priority, e.arrival, e.departure, e.rooms, e.adults, e.children, e.room_type_ids,
       e.rate_plan_id, e.highest_price, e.counts_until, e.source, e.first_name, e.last_name, e.email, e.phone, e.note, e.reason,
       e.added_at, e.added_by, e.closed_at, e.closed_by, e.told_at, e.version,
       array(select s.reservation_id from waiting_list_stays s
             where s.omd_id = e.omd_id and s.business_id = e.business_id and s.waiting_entry_id = e.id
             order by s.reservation_id) as reservation_ids
from waiting_list_entries e;
comment on view waiting_list is
    'Entries of the waiting list with the stays that came of them. Runs as the caller, under row security.';

create or replace function erase_waiting(p_omd_id int, p_business_id int, p_entry_ids uuid[], p_cause text, p_now timestamptz) returns int
language plpgsql security definer set search_path = public, pg_temp as $$
declare
    v_ids uuid[];
    v_keys text[];
    v_facts text[] := array['first_name', 'last_name', 'email', 'phone', 'note'];
begin
    perform require_staff(p_business_id);
    v_ids := array(select e.id from waiting_list_entries e
                   where e.omd_id = p_omd_id and e.business_id = p_business_id and e.id = any (p_entry_ids) and e.erased_at is null
                   order by e.id for update);
    if v_ids = '{}' then
        return 0;
    end if;
    v_keys := array(select i::text from unnest(v_ids) i);
    perform begin_erasure(p_omd_id, p_business_id, p_cause, '{}', v_ids, p_now);
    update waiting_list_entries e
    set status = 'removed', reason = 'forgotten', closed_at = p_now, closed_by = coalesce(current_actor(), session_user),
        changed_at = p_now, version = e.version + 1
    where e.omd_id = p_omd_id and e.business_id = p_business_id and e.id = any (v_ids) and e.status = 'waiting';
    update waiting_list_entries e
    set first_name = null, last_name = null, email = null, phone = null, note = null, erased_at = p_now, version = e.version + 1
    where e.omd_id = p_omd_id and e.business_id = p_business_id and e.id = any (v_ids);
    perform redact_audit(p_omd_id, p_business_id, v_keys, 'waiting_list_entries', v_facts);
    if p_cause = 'request' then
        perform redact_answers(p_omd_id, v_keys, v_facts, v_facts);
    end if;
    perform set_config('omd.erasure_id', '', true);
    return cardinality(v_ids);
end
$$;
comment on function erase_waiting(int, int, uuid[], text, timestamptz) is
    'Forgets who waited, and takes off the list who still does, in audit and kept answers too. Leaves a row in erasures. Returns how many.';

revoke execute on function erase_waiting(int, int, uuid[], text, timestamptz) from public;
grant execute on function erase_waiting(int, int, uuid[], text, timestamptz) to omd_app, omd_maintenance;
grant select on waiting_list_entries, waiting_list_stays, waiting_list, turnaways to omd_app, omd_maintenance;
grant insert (omd_id, business_id, arrival, departure, rooms, adults, children, room_type_ids, rate_plan_id, highest_price, priority,
              counts_until, source, first_name, last_name, email, phone, note, added_at, added_by, changed_at),
    update (arrival, departure, rooms, adults, children, room_type_ids, rate_plan_id, highest_price, priority, counts_until, source,
            first_name, last_name, email, phone, note, status, reason, changed_at, closed_at, closed_by, told_at, version)
    on waiting_list_entries to omd_app;
grant insert (omd_id, business_id, waiting_entry_id, reservation_id) on waiting_list_stays to omd_app;
grant insert (omd_id, business_id, business_date, arrival, departure, rooms, adults, children, room_type_id, reason, source,
              recorded_at, recorded_by) on turnaways to omd_app;
