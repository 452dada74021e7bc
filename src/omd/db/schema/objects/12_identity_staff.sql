-- identity, staff: nobody gives a role above their own, and nobody is left without an owner or administrator.

drop policy if exists memberships_by_operator on memberships;
create policy memberships_by_operator on memberships for insert to omd_app
    with check ((select current_operates_platform()) and business_id is null and role = 'omd_administrator');

drop policy if exists memberships_of_colleagues on memberships;
create policy memberships_of_colleagues on memberships for select to omd_owner
    using (omd_id = (select current_omd_id()) and business_id = any ((select current_staff_business_ids())::int[]));
comment on policy memberships_of_colleagues on memberships is
    'What the engine does for a hotel''s staff may ask whether somebody is of that hotel; who administers it alone reads who is.';

create or replace function tg_memberships__guard() returns trigger
language plpgsql set search_path = public, pg_temp as $$
declare
    -- Any number no other lock of the product uses; below it one lock a hotel, or an OMD where negative.
    c_lock_class constant int := 1870212710;
    v_held text[];
begin
    perform pg_advisory_xact_lock(c_lock_class, coalesce(new.business_id, -new.omd_id));
    if tg_op = 'UPDATE' and old.ended_at is not null then
        raise exception 'membership % is over; invite the person again', old.id
            using errcode = 'OMD01', constraint = 'memberships_stay_ended';
    end if;
    if tg_op = 'UPDATE' and new.role in ('owner', 'omd_administrator') and not exists (
        select from memberships m
        where m.omd_id = new.omd_id and m.business_id is not distinct from new.business_id
          and m.role = new.role and m.ended_at is null) then
        raise exception 'membership % is the last of role %', new.id, new.role
            using errcode = 'OMD01', constraint = 'memberships_last_of_role';
    end if;
    if coalesce(current_omd_scope(), 'system') = 'system'
       or (tg_op = 'INSERT' and current_operates_platform() and new.role = 'omd_administrator')
       or (tg_op = 'UPDATE' and new.user_id = current_user_id()) then
        return null;
    end if;
    -- The row itself does not count: nobody gives themselves a role by having it.
    v_held := array(
        select m.role from memberships m
        where m.omd_id = new.omd_id and m.user_id = current_user_id() and m.ended_at is null and m.id <> new.id
          and (m.business_id = new.business_id or m.business_id is null));
    if (case when new.business_id is null then 'omd_administrator' = any (v_held)
             when new.role = 'owner' then 'owner' = any (v_held)
             else v_held && array['owner', 'manager'] end) then
        return null;
    end if;
    if tg_op = 'INSERT' and new.role = 'owner' and 'omd_administrator' = any (v_held) then
        if not exists (
            select from memberships m
            where m.omd_id = new.omd_id and m.business_id = new.business_id and m.role = 'owner'
              and m.ended_at is null and m.id <> new.id) then
            return null;
        end if;
        raise exception 'hotel % has an owner', new.business_id
            using errcode = 'OMD01', constraint = 'memberships_first_owner';
    end if;
    raise exception 'the role % is not this actor''s to give or to take', new.role
        using errcode = 'OMD01', constraint = 'memberships_role_above';
end
$$;
comment on function tg_memberships__guard() is
    'Serialises the staff of one hotel or OMD, so that two owners cannot end each other, and asks whose role reaches so far.';
create or replace trigger _500_guard after insert or update on memberships
    for each row execute function tg_memberships__guard();

create or replace function tg_consents__one_way() returns trigger
language plpgsql set search_path = public, pg_temp as $$
begin
    raise exception 'consent % is over; the hotel gives a new one', old.id
        using errcode = 'OMD01', constraint = 'consents_stay_revoked';
end
$$;
comment on function tg_consents__one_way() is 'A consent that was revoked stays on record as it was.';
create or replace trigger _100_one_way before update on consents
    for each row when (old.revoked_at is not null) execute function tg_consents__one_way();
