-- Profiles of guests: for the staff of the hotel alone, never its destination. Whoever is merged or erased is no profile any more.

alter table guest_profiles enable row level security;
alter table guest_profiles force row level security;
drop policy if exists guest_profiles_of_staff on guest_profiles;
create policy guest_profiles_of_staff on guest_profiles
    using (omd_id = (select nullif(current_setting('omd.omd_id', true), '')::int)
           and business_id = any ((select nullif(current_setting('omd.staff_business_ids', true), '')::int[])::int[]));

-- Who reads a stay is told what its guest wishes of rooms, by list_stay_wishes; the profile itself stays the staff's.
drop policy if exists guest_profiles_of_readers on guest_profiles;
create policy guest_profiles_of_readers on guest_profiles for select to omd_owner
    using (omd_id = (select nullif(current_setting('omd.omd_id', true), '')::int)
           and business_id = any ((select nullif(current_setting('omd.reader_business_ids', true), '')::int[])::int[]));

create or replace function search_key(p_text text) returns text
language sql immutable parallel safe
return nullif(lower(regexp_replace(regexp_replace(normalize(btrim(p_text), NFKD), '[\u0300-\u036f]', '', 'g'), '\s+', ' ', 'g')), '');
comment on function search_key(text) is 'A name as it is searched: small letters without their marks, one space between words.';

create or replace function phone_key(p_text text) returns text
language sql immutable parallel safe
return nullif(right(ltrim(regexp_replace(p_text, '[^0-9]', '', 'g'), '0'), 9), '');
comment on function phone_key(text) is 'The last nine digits of a phone number, which are the same with and without its country.';

create or replace function tg_guest_profiles__keys() returns trigger
language plpgsql set search_path = public, pg_temp as $$
begin
    new.name_key := search_key(concat_ws(' ', new.last_name, new.first_name));
    new.first_name_key := search_key(concat_ws(' ', new.first_name, new.last_name));
    new.email_key := search_key(new.email);
    new.phone_key := phone_key(new.phone);
    return new;
end
$$;
comment on function tg_guest_profiles__keys() is 'Keeps what a profile is searched by in step with what it says.';
create or replace trigger _300_keys before insert or update on guest_profiles
    for each row execute function tg_guest_profiles__keys();

create or replace function tg_reservation_guests__of_profile() returns trigger
language plpgsql set search_path = public, pg_temp as $$
declare
    v_merged_into uuid;
    v_erased_at timestamptz;
begin
    if new.erased_at is not null then
        raise exception 'the guest was forgotten' using errcode = 'OMD01', constraint = 'reservation_guests_profile_of_erased';
    end if;
    -- Shared, so that a merge waits for who names the profile, and then moves this guest as well.
    select p.merged_into, p.erased_at into v_merged_into, v_erased_at from guest_profiles p
    where p.omd_id = new.omd_id and p.business_id = new.business_id and p.id = new.profile_id for share;
    if not found or v_erased_at is not null then
        raise exception 'this hotel has no guest profile %', new.profile_id
            using errcode = 'OMD01', constraint = 'reservation_guests_profile_known', detail = new.profile_id::text;
    end if;
    if v_merged_into is not null then
        raise exception 'guest profile % was merged into %', new.profile_id, v_merged_into
            using errcode = 'OMD01', constraint = 'reservation_guests_profile_merged', detail = v_merged_into::text;
    end if;
    return new;
end
$$;
comment on function tg_reservation_guests__of_profile() is 'A guest of a stay has a profile that is there, or none.';
create or replace trigger _200_of_profile before insert or update of profile_id on reservation_guests
    for each row when (new.profile_id is not null) execute function tg_reservation_guests__of_profile();

create or replace function lock_for_merge(p_omd_id int, p_business_id int, p_kept_id uuid, p_other_id uuid) returns void
language plpgsql security definer set search_path = public, pg_temp as $$
declare
    v_stays uuid[];
begin
    perform require_staff(p_business_id);
    v_stays := array(select distinct g.reservation_id from reservation_guests g
                     where g.omd_id = p_omd_id and g.business_id = p_business_id and g.profile_id = p_other_id);
    perform from reservations r
    where r.omd_id = p_omd_id and r.business_id = p_business_id and r.id = any (v_stays) order by r.id for update;
    perform from guest_profiles p
    where p.omd_id = p_omd_id and p.business_id = p_business_id and p.id in (p_kept_id, p_other_id) order by p.id for update;
    if exists (select from reservation_guests g
               where g.omd_id = p_omd_id and g.business_id = p_business_id and g.profile_id = p_other_id
                 and g.reservation_id <> all (v_stays)) then
        raise exception 'profile % got another stay meanwhile', p_other_id using errcode = 'serialization_failure';
    end if;
end
$$;
comment on function lock_for_merge(int, int, uuid, uuid) is
    'Locks the stays of the profile that is to go, then both profiles, in the order every writer uses.';

create or replace function merge_profiles(p_omd_id int, p_business_id int, p_kept_id uuid, p_other_id uuid, p_facts jsonb,
                                          p_actor text, p_now timestamptz) returns void
language plpgsql security definer set search_path = public, pg_temp as $$
#variable_conflict use_column
declare
    v_stay record;
begin
    perform require_staff(p_business_id);
    update guest_profiles p
    set first_name = f.first_name, last_name = f.last_name, email = f.email, phone = f.phone, language = f.language,
        country = f.country, date_of_birth = f.date_of_birth, company = f.company, vip_code = f.vip_code, note = f.note,
        preferences = f.preferences, room_wishes = f.room_wishes, marketing_consent_at = f.marketing_consent_at, changed_at = p_now, version = p.version + 1
    from jsonb_populate_record(null::guest_profiles, p_facts) f
    where p.omd_id = p_omd_id and p.business_id = p_business_id and p.id = p_kept_id;
    for v_stay in
        with moved as (
            update reservation_guests g set profile_id = p_kept_id
            where g.omd_id = p_omd_id and g.business_id = p_business_id and g.profile_id = p_other_id
            returning g.reservation_id)
        update reservations r set version = r.version + 1
        where r.omd_id = p_omd_id and r.business_id = p_business_id and r.id in (select reservation_id from moved)
        returning r.id, r.version
    loop
        perform record_reservation_event(p_omd_id, p_business_id, v_stay.id, v_stay.version, 'reservation.amended', p_actor, p_now,
                                         jsonb_build_object('also_changed', jsonb_build_array('guests'), 'cause', 'profiles_merged'));
    end loop;
    update guest_profiles p set merged_into = p_kept_id
    where p.omd_id = p_omd_id and p.business_id = p_business_id and p.merged_into = p_other_id;
    update guest_profiles p
    set merged_into = p_kept_id, first_name = null, last_name = null, email = null, phone = null, language = null, country = null,
        date_of_birth = null, company = null, vip_code = null, note = null, preferences = '{}', room_wishes = '[]', marketing_consent_at = null,
        changed_at = p_now, version = p.version + 1
    where p.omd_id = p_omd_id and p.business_id = p_business_id and p.id = p_other_id;
end
$$;
comment on function merge_profiles(int, int, uuid, uuid, jsonb, text, timestamptz) is
    'Writes what was chosen onto the profile that is kept, moves the other''s stays to it, and leaves the other as a pointer. The caller has locked both.';

create or replace function link_profile(p_omd_id int, p_business_id int, p_reservation_id uuid, p_place int, p_profile_id uuid,
                                        p_actor text, p_now timestamptz) returns int
language plpgsql security definer set search_path = public, pg_temp as $$
declare
    v_version int;
begin
    perform require_staff(p_business_id);
    update reservation_guests g set profile_id = p_profile_id
    where g.omd_id = p_omd_id and g.business_id = p_business_id
      and g.id = (select o.id from reservation_guests o
                  where o.omd_id = p_omd_id and o.business_id = p_business_id and o.reservation_id = p_reservation_id
                  order by o.is_primary desc, o.id offset p_place limit 1);
    update reservations r set version = r.version + 1
    where r.omd_id = p_omd_id and r.business_id = p_business_id and r.id = p_reservation_id
    returning r.version into v_version;
    perform record_reservation_event(p_omd_id, p_business_id, p_reservation_id, v_version, 'reservation.amended', p_actor, p_now,
                                     jsonb_build_object('also_changed', jsonb_build_array('guests')));
    return v_version;
end
$$;
comment on function link_profile(int, int, uuid, int, uuid, text, timestamptz) is
    'Says who of the profiles a guest of a stay is, counted from 0 as the stay lists them. The caller has locked the stay. Returns its new version.';

create or replace function erase_profiles(p_omd_id int, p_business_id int, p_profile_ids uuid[], p_cause text, p_now timestamptz)
returns int
language plpgsql security definer set search_path = public, pg_temp as $$
declare
    v_ids uuid[];
    v_keys text[];
    v_touched int;
    v_facts text[] := array['first_name', 'last_name', 'email', 'phone', 'language', 'date_of_birth', 'company', 'vip_code', 'note',
                            'preferences', 'room_wishes'];
begin
    perform require_staff(p_business_id);
    -- Who is still linked to a stay is not forgotten past it.
    v_ids := array(select p.id from guest_profiles p
                   where p.omd_id = p_omd_id and p.business_id = p_business_id and p.id = any (p_profile_ids)
                     and p.erased_at is null and p.merged_into is null
                     and not exists (select from reservation_guests g
                                     where g.omd_id = p_omd_id and g.business_id = p_business_id and g.profile_id = p.id)
                   order by p.id for update);
    if v_ids = '{}' then
        return 0;
    end if;
    v_keys := array(select p.id::text from guest_profiles p
                    where p.omd_id = p_omd_id and p.business_id = p_business_id and (p.id = any (v_ids) or p.merged_into = any (v_ids)));
    perform begin_erasure(p_omd_id, p_business_id, p_cause, '{}', v_ids, p_now);
    update guest_profiles p
    set first_name = null, last_name = null, email = null, phone = null, language = null, date_of_birth = null, company = null,
        vip_code = null, note = null, preferences = '{}', room_wishes = '[]', marketing_consent_at = null, erased_at = p_now, version = p.version + 1
    where p.omd_id = p_omd_id and p.business_id = p_business_id and p.id = any (v_ids);
    get diagnostics v_touched = row_count;
    perform redact_audit(p_omd_id, p_business_id, v_keys, 'guest_profiles', v_facts);
    if p_cause = 'request' then
        perform redact_answers(p_omd_id, v_keys, v_facts, v_facts);
    end if;
    perform set_config('omd.erasure_id', '', true);
    return v_touched;
end
$$;
comment on function erase_profiles(int, int, uuid[], text, timestamptz) is
    'Forgets profiles that no guest of a stay has any more, with those merged into them, in audit and kept answers too. Leaves a row in erasures. Returns how many.';

revoke execute on function lock_for_merge(int, int, uuid, uuid), merge_profiles(int, int, uuid, uuid, jsonb, text, timestamptz),
    link_profile(int, int, uuid, int, uuid, text, timestamptz), erase_profiles(int, int, uuid[], text, timestamptz) from public;
grant execute on function lock_for_merge(int, int, uuid, uuid), merge_profiles(int, int, uuid, uuid, jsonb, text, timestamptz),
    link_profile(int, int, uuid, int, uuid, text, timestamptz) to omd_app;
grant execute on function erase_profiles(int, int, uuid[], text, timestamptz) to omd_app, omd_maintenance;
grant select on guest_profiles to omd_app, omd_maintenance;
grant insert (omd_id, business_id, first_name, last_name, email, phone, language, country, date_of_birth, company, vip_code, note,
              preferences, room_wishes, marketing_consent_at, created_at, created_by, changed_at),
    update (first_name, last_name, email, phone, language, country, date_of_birth, company, vip_code, note, preferences, room_wishes,
            marketing_consent_at, changed_at, version)
    on guest_profiles to omd_app;
