-- audit: added to by the triggers of 90_audit_triggers.sql, changed by nothing but an erasure that leaves its trace.

alter table audit_log enable row level security;
alter table audit_log force row level security;
drop policy if exists audit_log_seen on audit_log;
create policy audit_log_seen on audit_log for select
    using (omd_id = (select current_omd_id())
           and ((select current_omd_scope()) = 'system'
                or (business_id is null and (select current_administers_omd()))
                or case when thing = 'guest_profiles'
                        then business_id = any ((select current_staff_business_ids())::int[])
                             or (business_id = any ((select current_admin_business_ids())::int[])
                                 and business_id = any ((select current_reader_business_ids())::int[]))
                        when thing in ('reservations', 'reservation_guests', 'reservation_nights', 'bookings',
                                       'reservation_prices', 'reservation_charges', 'reservation_taxes', 'reservation_requests',
                                       'waiting_list_entries', 'waiting_list_stays', 'turnaways', 'housekeeping_tasks', 'found_items')
                        then business_id = any ((select current_reader_business_ids())::int[])
                        else business_id = any ((select current_admin_business_ids())::int[]) end));
comment on policy audit_log_seen on audit_log is
    'What is of a hotel is for whoever administers it, what tells of guests for whoever reads them, and profiles for the hotel alone: a destination reaches neither.';
drop policy if exists audit_log_written on audit_log;
create policy audit_log_written on audit_log for insert to omd_owner
    with check (omd_id = (select current_omd_id()) or (select current_omd_id()) is null
                or (thing in ('omds', 'memberships') and ((select current_operates_platform()) or (select current_omd_scope()) = 'system')));
drop policy if exists audit_log_redacted on audit_log;
create policy audit_log_redacted on audit_log for update to omd_owner using (omd_id = (select current_omd_id()));

alter table retention_rules enable row level security;
alter table retention_rules force row level security;
drop policy if exists retention_rules_seen on retention_rules;
create policy retention_rules_seen on retention_rules for select
    using (omd_id = (select current_omd_id())
           and (business_id is null or (select current_omd_scope()) = 'system'
                or business_id = any ((select current_business_ids())::int[])));
drop policy if exists retention_rules_set on retention_rules;
create policy retention_rules_set on retention_rules
    using (omd_id = (select current_omd_id())
           and ((select current_omd_scope()) = 'system'
                or business_id = any ((select current_admin_business_ids())::int[])
                or (business_id is null and (select current_administers_omd()))));

alter table erasures enable row level security;
alter table erasures force row level security;
drop policy if exists erasures_seen on erasures;
create policy erasures_seen on erasures for select
    using (omd_id = (select current_omd_id())
           and ((select current_omd_scope()) = 'system'
                or business_id = any ((select current_reader_business_ids())::int[])
                or business_id = any ((select current_admin_business_ids())::int[])));
drop policy if exists erasures_recorded on erasures;
create policy erasures_recorded on erasures for insert to omd_owner
    with check (omd_id = (select current_omd_id())
                and business_id = any ((select current_staff_business_ids())::int[]));

create or replace function is_erasing(p_omd_id int, p_business_id int) returns boolean
language sql stable security definer set search_path = public, pg_temp
begin atomic
    select exists (select from erasures e
                   where e.omd_id = p_omd_id and e.business_id = p_business_id
                     and e.id = nullif(current_setting('omd.erasure_id', true), '')::int
                     and e.xid = pg_current_xact_id_if_assigned());
end;
comment on function is_erasing(int, int) is
    'Whether this transaction has recorded an erasure in the hotel: only then is what is append-only redacted.';

create or replace function tg_audit_log__append_only() returns trigger
language plpgsql set search_path = public, pg_temp as $$
begin
    if tg_op = 'UPDATE' and to_jsonb(new) - array['before', 'after'] = to_jsonb(old) - array['before', 'after']
       and is_erasing(old.omd_id, old.business_id) then
        return new;
    end if;
    raise exception 'the audit is append-only: % refused', tg_op
        using errcode = 'OMD01', constraint = 'audit_log_append_only';
end
$$;
comment on function tg_audit_log__append_only() is
    'Refuses every change of the audit but the redaction of what it quotes, and that only in the transaction of a recorded erasure.';
create or replace trigger _100_append_only before update or delete on audit_log
    for each row execute function tg_audit_log__append_only();
create or replace trigger _100_not_emptied before truncate on audit_log
    for each statement execute function tg_audit_log__append_only();

create or replace function tg_erasures__append_only() returns trigger
language plpgsql set search_path = public, pg_temp as $$
begin
    raise exception 'erasures are append-only: % refused', tg_op
        using errcode = 'OMD01', constraint = 'erasures_append_only';
end
$$;
comment on function tg_erasures__append_only() is 'Refuses every change of the record of who was forgotten.';
create or replace trigger _100_append_only before update or delete on erasures
    for each row execute function tg_erasures__append_only();
create or replace trigger _100_not_emptied before truncate on erasures
    for each statement execute function tg_erasures__append_only();

create or replace function tg_any__audit() returns trigger
language plpgsql security definer set search_path = public, pg_temp set plan_cache_mode = auto as $$
declare
    v_keys text[] := tg_argv[0];
    v_hidden text[] := tg_argv[1];
    v_ignored text[] := tg_argv[2];
    v_old jsonb := case when tg_op <> 'INSERT' then to_jsonb(old) end;
    v_new jsonb := case when tg_op <> 'DELETE' then to_jsonb(new) end;
    v_row jsonb := coalesce(v_new, v_old);
    v_before jsonb;
    v_after jsonb;
    v_key text := v_row ->> v_keys[1];
    v_business text := case tg_argv[3] when 'businesses' then 'id' else 'business_id' end;
begin
    if tg_op = 'UPDATE' then
        select jsonb_object_agg(n.key, v_old -> n.key), jsonb_object_agg(n.key, n.value) into v_before, v_after
        from jsonb_each(v_new) n
        where v_old -> n.key is distinct from n.value and n.key <> all (v_ignored);
        if v_after is null then
            return null;
        end if;
    else
        v_before := jsonb_strip_nulls(v_old - v_ignored - array['omd_id', 'business_id']);
        v_after := jsonb_strip_nulls(v_new - v_ignored - array['omd_id', 'business_id']);
    end if;
    if v_before ?| v_hidden or v_after ?| v_hidden then
        v_before := hide_values(v_before, v_hidden);
        v_after := hide_values(v_after, v_hidden);
    end if;
    for v_at in 2 .. cardinality(v_keys) loop
        v_key := v_key || '/' || (v_row ->> v_keys[v_at]);
    end loop;
    insert into audit_log (omd_id, business_id, thing, row_key, action, actor, user_id, address, request_id, before, after)
    values ((v_row -> case tg_argv[3] when 'omds' then 'id' else 'omd_id' end)::int, (v_row ->> v_business)::int,
            tg_argv[3], v_key, lower(tg_op), coalesce(current_actor(), session_user), current_user_id(), current_address(),
            current_request_id(), v_before, v_after);
    return null;
end
$$;
comment on function tg_any__audit() is
    'Writes into the audit what a row was and is. Arguments: the columns of its key, those whose values are secret, those that do not count, and the thing it is.';

create or replace function hide_values(p_row jsonb, p_hidden text[]) returns jsonb
language sql immutable parallel safe
return p_row || (select coalesce(jsonb_object_agg(c, 'changed'), '{}') from unnest(p_hidden) c
                 where p_row -> c is not null and p_row -> c <> 'null');
comment on function hide_values(jsonb, text[]) is 'A row in which secret values stand as the word changed.';

create or replace function create_audit_months(p_from date, p_until date) returns int
language plpgsql security definer set search_path = public, pg_temp as $$
declare
    v_month date := date_trunc('month', p_from::timestamp);
    v_leaf text;
    v_made int := 0;
begin
    perform pg_advisory_xact_lock(hashtext('create_audit_months'));
    while v_month < p_until loop
        v_leaf := format('audit_log_%s', to_char(v_month, 'YYYY"m"MM'));
        if to_regclass(v_leaf) is null then
            execute format('create table %I (like audit_log including defaults including constraints)', v_leaf);
            execute format('alter table %I enable row level security', v_leaf);
            execute format('alter table %I force row level security', v_leaf);
            execute format('alter table audit_log attach partition %I for values from (%L) to (%L)', v_leaf,
                           v_month::timestamp at time zone 'UTC', (v_month + interval '1 month') at time zone 'UTC');
            v_made := v_made + 1;
        end if;
        v_month := v_month + interval '1 month';
    end loop;
    return v_made;
end
$$;
comment on function create_audit_months(date, date) is
    'Makes the missing months of the audit, those of UTC, from that of p_from to that before p_until. Returns how many.';

create or replace function drop_audit_before(p_before date) returns text[]
language plpgsql security definer set search_path = public, pg_temp as $$
declare
    v_leaf record;
    v_gone text[] := '{}';
begin
    for v_leaf in
        select c.oid::regclass as leaf, c.relname::text as name, to_date(right(c.relname, 7), 'YYYY"m"MM') as month
        from pg_inherits i join pg_class c on c.oid = i.inhrelid
        where i.inhparent = 'audit_log'::regclass
        order by c.relname
    loop
        continue when (v_leaf.month + interval '1 month')::date > p_before;
        execute format('alter table audit_log detach partition %s', v_leaf.leaf);
        execute format('drop table %s', v_leaf.leaf);
        v_gone := v_gone || v_leaf.name;
    end loop;
    return v_gone;
end
$$;
comment on function drop_audit_before(date) is
    'Takes the months of the audit away that end on or before a date: it quotes guests, so what is over is not archived. Returns their names.';

create or replace function record_disclosure(p_omd_id int, p_business_id int, p_thing text, p_row_key text, p_action text,
                                             p_what jsonb) returns void
language plpgsql security definer set search_path = public, pg_temp as $$
begin
    -- Null is nobody's hotel: whatever is not plainly true is refused.
    if (p_action in ('read', 'export') and p_business_id = any (current_reader_business_ids())) is not true then
        raise exception 'this actor does not read the guests of hotel %', p_business_id using errcode = 'insufficient_privilege';
    end if;
    insert into audit_log (omd_id, business_id, thing, row_key, action, actor, user_id, address, request_id, after)
    values (p_omd_id, p_business_id, p_thing, p_row_key, p_action, coalesce(current_actor(), session_user), current_user_id(),
            current_address(), current_request_id(), p_what);
end
$$;
comment on function record_disclosure(int, int, text, text, text, jsonb) is
    'Writes into the audit that guests'' data was shown in full or handed out; what was said of it names nobody.';

create or replace function redact(p_row jsonb, p_fields text[]) returns jsonb
language sql immutable parallel safe
return p_row || (select coalesce(jsonb_object_agg(f, '(erased)'), '{}') from unnest(p_fields) f
                 where p_row -> f is not null and p_row -> f <> 'null');
comment on function redact(jsonb, text[]) is 'An object in which these fields, where they hold something, are marked as erased.';

create or replace function begin_erasure(p_omd_id int, p_business_id int, p_cause text, p_reservation_ids uuid[],
                                         p_guest_ids uuid[], p_now timestamptz) returns int
language plpgsql security definer set search_path = public, pg_temp as $$
declare
    v_id int;
begin
    insert into erasures (omd_id, business_id, at, actor, user_id, cause, reservation_ids, guest_ids)
    values (p_omd_id, p_business_id, p_now, coalesce(current_actor(), session_user), current_user_id(), p_cause,
            p_reservation_ids, p_guest_ids)
    returning id into v_id;
    perform set_config('omd.erasure_id', v_id::text, true);
    return v_id;
end
$$;
comment on function begin_erasure(int, int, text, uuid[], uuid[], timestamptz) is
    'Puts an erasure on record, and by that lets the rest of this transaction redact in its hotel. Returns its number.';

create or replace function redact_audit(p_omd_id int, p_business_id int, p_row_keys text[], p_thing text, p_fields text[])
returns int
language plpgsql security definer set search_path = public, pg_temp as $$
declare
    v_touched int;
begin
    update audit_log a set before = redact(a.before, p_fields), after = redact(a.after, p_fields)
    where a.omd_id = p_omd_id and a.business_id = p_business_id and a.row_key = any (p_row_keys) and a.thing = p_thing
      and (a.before ?| p_fields or a.after ?| p_fields);
    get diagnostics v_touched = row_count;
    return v_touched;
end
$$;
comment on function redact_audit(int, int, text[], text, text[]) is
    'Takes fields of some rows out of what the audit quotes; refused outside of the transaction of a recorded erasure. Returns the entries changed.';

-- Whoever may execute a trigger function may hang it on a temporary table of their own, and have it write as the owner.
revoke execute on function tg_any__audit() from public;
revoke execute on function begin_erasure(int, int, text, uuid[], uuid[], timestamptz) from public;
revoke execute on function redact_audit(int, int, text[], text, text[]) from public;
revoke execute on function is_erasing(int, int), create_audit_months(date, date), drop_audit_before(date),
    record_disclosure(int, int, text, text, text, jsonb) from public;
grant execute on function is_erasing(int, int) to omd_app, omd_relay, omd_maintenance;
grant execute on function create_audit_months(date, date), drop_audit_before(date) to omd_maintenance;
grant execute on function record_disclosure(int, int, text, text, text, jsonb) to omd_app;
grant select on audit_log, retention_rules, erasures to omd_app, omd_maintenance;
grant insert (omd_id, business_id, what, keep_days, set_at, set_by), update (keep_days, set_at, set_by), delete
    on retention_rules to omd_app, omd_maintenance;

-- As far ahead as rooms are sold, so that a server which nobody kept up for a while still writes.
select create_audit_months(current_date, (current_date + interval '13 months')::date);
