-- Forgetting guests: the one way in which what is append-only is redacted. Nights, amounts, dates and countries stay.

create or replace function erasure_refusal(p_status text, p_departure date, p_cancelled_on date, p_today date, p_minimum_days int)
returns text
language sql immutable parallel safe
return case
    when p_status = 'in_house' or (p_status in ('tentative', 'confirmed') and p_departure >= p_today) then 'stay_not_over'
    when least(p_departure, p_cancelled_on) + p_minimum_days > p_today then 'kept_by_law' end;
comment on function erasure_refusal(text, date, date, date, int) is
    'Why the guests of a stay may not be forgotten yet: it is not over, or the days that the law asks for are not; null when they may. A cancelled stay is over on the day it was cancelled.';

create or replace function days_kept(p_omd_id int, p_business_id int, p_what text, p_default int) returns int
language sql stable
return coalesce((select r.keep_days from retention_rules r
                 where r.omd_id = p_omd_id and r.what = p_what and (r.business_id = p_business_id or r.business_id is null)
                 order by r.business_id nulls last limit 1), p_default);
comment on function days_kept(int, int, text, int) is
    'How many days something is kept in a hotel: by its own rule, or its OMD''s, or the default. Runs as the caller.';

create or replace function erase_guests(p_omd_id int, p_business_id int, p_guest_ids uuid[], p_cause text, p_now timestamptz,
                                        out erasure_id int, out outcome text, out guests int, out audit_entries int,
                                        out events int, out answers int)
language plpgsql security definer set search_path = public, pg_temp as $$
#variable_conflict use_column
declare
    v_stays uuid[];
    v_keys text[];
    v_today date;
    v_documents text[] := array['document_type', 'document_number', 'document_ending', 'document_country', 'date_of_birth',
                                'citizenship', 'place_of_birth'];
    v_person text[] := array['first_name', 'last_name', 'email', 'phone', 'address'] || v_documents;
    v_words text[] := array['note', 'external_reference', 'cancellation_reason', 'room_lock_reason'];
begin
    perform require_staff(p_business_id);
    select array_agg(distinct g.reservation_id) into v_stays from reservation_guests g
    where g.omd_id = p_omd_id and g.business_id = p_business_id and g.id = any (p_guest_ids) and g.erased_at is null;
    perform from reservations r
    where r.omd_id = p_omd_id and r.business_id = p_business_id and r.id = any (v_stays) order by r.id for update;
    select coalesce(b.business_date, (p_now at time zone b.time_zone)::date) into v_today
    from businesses b where b.omd_id = p_omd_id and b.id = p_business_id;
    select min(erasure_refusal(r.status, r.departure, r.cancelled_at::date, v_today,
                               days_kept(p_omd_id, p_business_id, 'guest_minimum', 0)))
    into outcome from reservations r
    where r.omd_id = p_omd_id and r.business_id = p_business_id and r.id = any (v_stays);
    -- A clerk may have changed the guests while this waited for the stay: whoever is not there any more was replaced.
    select count(*) into guests from reservation_guests g
    where g.omd_id = p_omd_id and g.business_id = p_business_id and g.id = any (p_guest_ids) and g.erased_at is null;
    if outcome is not null or guests = 0 then
        outcome := coalesce(outcome, 'nobody');
        return;
    end if;
    erasure_id := begin_erasure(p_omd_id, p_business_id, p_cause, v_stays, p_guest_ids, p_now);
    update reservation_guests g
    set document_type = null, document_number = null, document_ending = null, document_country = null, date_of_birth = null,
        citizenship = null, place_of_birth = null,
        first_name = case when p_cause = 'documents' then g.first_name end,
        last_name = case when p_cause = 'documents' then g.last_name else '(erased)' end,
        email = case when p_cause = 'documents' then g.email end,
        phone = case when p_cause = 'documents' then g.phone end,
        address = case when p_cause = 'documents' then g.address end,
        profile_id = case when p_cause = 'documents' then g.profile_id end,
        erased_at = case when p_cause = 'documents' then g.erased_at else p_now end
    where g.omd_id = p_omd_id and g.business_id = p_business_id and g.id = any (p_guest_ids) and g.erased_at is null;
    v_keys := array(select s::text from unnest(v_stays) s);
    if p_cause = 'documents' then
        v_person := v_documents;
        v_words := '{}';
        events := 0;
    else
        update reservations r
        set note = case when r.note is not null then '(erased)' end,
            external_reference = case when r.external_reference is not null then '(erased)' end,
            cancellation_reason = case when r.cancellation_reason is not null then '(erased)' end,
            room_lock_reason = case when r.room_lock_reason is not null then '(erased)' end,
            version = r.version + 1
        where r.omd_id = p_omd_id and r.business_id = p_business_id and r.id = any (v_stays);
        update reservation_requests q set text = '(erased)'
        where q.omd_id = p_omd_id and q.business_id = p_business_id and q.reservation_id = any (v_stays) and q.text is not null;
        events := redact_events(p_omd_id, 'reservation', v_keys,
                                v_words || array['reason', 'override_reason', 'force_reason', 'guests']);
        perform record_reservation_event(r.omd_id, r.business_id, r.id, r.version, 'reservation.guests_erased',
                                         coalesce(current_actor(), session_user), p_now,
                                         jsonb_build_object('cause', p_cause, 'erasure_id', erasure_id))
        from reservations r
        where r.omd_id = p_omd_id and r.business_id = p_business_id and r.id = any (v_stays);
    end if;
    audit_entries := redact_audit(p_omd_id, p_business_id, v_keys, 'reservation_guests', v_person);
    if v_words <> '{}' then
        audit_entries := audit_entries + redact_audit(p_omd_id, p_business_id, v_keys, 'reservations', v_words)
            + redact_audit(p_omd_id, p_business_id, v_keys, 'reservation_requests', '{text}');
    end if;
    -- What is forgotten by age was answered long before the day for which answers are kept.
    answers := case when p_cause = 'request' then redact_answers(p_omd_id, v_keys, v_words || '{text,override_reason}', v_person) else 0 end;
    perform set_config('omd.erasure_id', '', true);
    outcome := 'erased';
end
$$;
comment on function erase_guests(int, int, uuid[], text, timestamptz) is
    'Forgets guests whose stays are over: their rows, the words of the stay, and what events, audit and kept answers quote; by cause documents only their identity documents. Leaves a row in erasures.';

revoke execute on function erase_guests(int, int, uuid[], text, timestamptz) from public;
grant execute on function erase_guests(int, int, uuid[], text, timestamptz) to omd_app, omd_maintenance;
-- Encrypted anew under a newer key: `omd key renew`.
grant update (document_number) on reservation_guests to omd_maintenance;

create or replace function tg_reservation_guests__within_stay() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
declare
    v_stay record;
begin
    select r.arrival, r.departure into v_stay
    from reservations r
    where r.omd_id = new.omd_id and r.business_id = new.business_id and r.id = new.reservation_id;
    if new.arrives_on < v_stay.arrival or new.arrives_on >= v_stay.departure
       or new.leaves_on <= v_stay.arrival or new.leaves_on > v_stay.departure then
        raise exception 'a guest is there from % to %, the stay from % to %', coalesce(new.arrives_on, v_stay.arrival),
                        coalesce(new.leaves_on, v_stay.departure), v_stay.arrival, v_stay.departure
            using errcode = 'OMD01', constraint = 'reservation_guests_within_stay';
    end if;
    return null;
end
$$;
comment on function tg_reservation_guests__within_stay() is 'Refuses dates of a guest that are not within those of the stay.';
create or replace trigger _100_within_stay after insert on reservation_guests
    for each row when (new.arrives_on is not null or new.leaves_on is not null)
    execute function tg_reservation_guests__within_stay();

create or replace function tg_reservations__guests_within() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
    -- Looked at before it is written: an update locks the table and each of its indexes in one more mode, and hardly a
    -- stay has a guest with dates of his own.
    perform from reservation_guests g
    where g.omd_id = new.omd_id and g.business_id = new.business_id and g.reservation_id = new.id
      and (g.arrives_on is not null or g.leaves_on is not null);
    if not found then
        return null;
    end if;
    update reservation_guests g
    set arrives_on = case when g.arrives_on > new.arrival and g.arrives_on < new.departure then g.arrives_on end,
        leaves_on = case when g.leaves_on > new.arrival and g.leaves_on < new.departure then g.leaves_on end
    where g.omd_id = new.omd_id and g.business_id = new.business_id and g.reservation_id = new.id
      and (g.arrives_on is not null or g.leaves_on is not null);
    return null;
end
$$;
comment on function tg_reservations__guests_within() is
    'A guest''s own dates that are no longer within the stay become those of the stay, as it gets others.';
create or replace trigger _650_guests_within after update of arrival, departure on reservations
    for each row when (old.arrival <> new.arrival or old.departure <> new.departure)
    execute function tg_reservations__guests_within();

revoke execute on function tg_reservation_guests__within_stay(), tg_reservations__guests_within() from public;
