-- housekeeping, tasks: for the hotel's staff. What a task is, its commands say, reckoned by the program; what holds for every
-- writer, and what screens are told, is here. The plan of a date is in 75_housekeeping_plan.sql.

do $policies$
declare
    v_table text;
begin
    foreach v_table in array array['housekeeping_task_settings', 'housekeeping_credits', 'housekeeping_plans', 'housekeeping_tasks',
                                   'housekeeping_commands', 'found_items'] loop
        execute format('alter table %I enable row level security', v_table);
        execute format('alter table %I force row level security', v_table);
        execute format('drop policy if exists %I on %I', v_table || '_read', v_table);
        execute format('create policy %I on %I for select using (omd_id = (select current_omd_id()) '
                       'and business_id = any ((select current_reader_business_ids())::int[]))', v_table || '_read', v_table);
        execute format('drop policy if exists %I on %I', v_table || '_written', v_table);
        execute format('create policy %I on %I using (omd_id = (select current_omd_id()) '
                       'and business_id = any ((select current_staff_business_ids())::int[]))', v_table || '_written', v_table);
    end loop;
end
$policies$;

-- Colleagues know each other by name where work is shared out, whoever administers them: by the function below and no other way.
drop policy if exists memberships_of_colleagues on memberships;
create policy memberships_of_colleagues on memberships for select to omd_owner
    using (omd_id = (select current_omd_id()) and business_id = any ((select current_reader_business_ids())::int[]));

create or replace function list_attendants(p_omd_id int, p_business_id int)
returns table (attendant_id int, user_id int, name text, role text, is_over boolean)
language plpgsql stable security definer set search_path = public, pg_temp as $$
#variable_conflict use_column
begin
    -- Null is nobody's hotel: whatever is not plainly true is refused.
    if (p_omd_id = current_omd_id() and p_business_id = any (current_reader_business_ids())) is not true then
        raise exception 'this actor is not of the staff of hotel %', p_business_id using errcode = 'insufficient_privilege';
    end if;
    return query
    select m.id, m.user_id, u.name, m.role, m.ended_at is not null
    from memberships m join users u on u.id = m.user_id
    where m.omd_id = p_omd_id and m.business_id = p_business_id;
end
$$;
comment on function list_attendants(int, int) is
    'Who works in a hotel, or did, by the id of their role there and by name: for colleagues, who share out work.';

create or replace function tg_housekeeping_tasks__guarded() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
    perform from memberships m
    where m.omd_id = new.omd_id and m.business_id = new.business_id and m.id in (new.attendant_id, new.supervisor_id) and m.ended_at is not null
      and (tg_op = 'INSERT' or m.id is distinct from old.attendant_id and m.id is distinct from old.supervisor_id);
    if found then
        raise exception 'task % is given to somebody who works here no more', new.id
            using errcode = 'OMD01', constraint = 'housekeeping_tasks_attendant_works';
    end if;
    return null;
end
$$;
comment on function tg_housekeeping_tasks__guarded() is 'Refuses to give a task to somebody whose role in the hotel has ended.';
create or replace trigger _100_guarded after insert or update of attendant_id, supervisor_id on housekeeping_tasks
    for each row when (new.attendant_id is not null or new.supervisor_id is not null)
    execute function tg_housekeeping_tasks__guarded();

create or replace function tg_housekeeping_tasks__versioned() returns trigger
language plpgsql set search_path = public, pg_temp as $$
begin
    if (to_jsonb(new) - '{version,changed_at,changed_by}'::text[]) = (to_jsonb(old) - '{version,changed_at,changed_by}'::text[]) then
        return null;
    end if;
    new.version := old.version + 1;
    return new;
end
$$;
comment on function tg_housekeeping_tasks__versioned() is 'A task has a new version where something of it changed, and is left as it was where nothing did.';
create or replace trigger _100_versioned before update on housekeeping_tasks
    for each row execute function tg_housekeeping_tasks__versioned();

create or replace function tg_housekeeping_tasks__told() returns trigger
language plpgsql set search_path = public, pg_temp as $$
begin
    perform record_event_of(new.omd_id, new.business_id, 'housekeeping_task', new.id::text, new.version,
                            case tg_op when 'INSERT' then 'housekeeping_task.added' else 'housekeeping_task.changed' end, new.changed_at,
                            jsonb_build_object('room_id', new.room_id, 'business_date', new.business_date, 'kind', new.kind,
                                               'status', new.status, 'rush', new.rush));
    return null;
end
$$;
comment on function tg_housekeeping_tasks__told() is 'Tells of a task that was added by hand, and of each that changed; of a plan its event tells at once.';
create or replace trigger _500_told after insert on housekeeping_tasks
    for each row when (not new.is_planned) execute function tg_housekeeping_tasks__told();
create or replace trigger _500_told_changed after update on housekeeping_tasks
    for each row execute function tg_housekeeping_tasks__told();

create or replace function tg_found_items__versioned() returns trigger
language plpgsql set search_path = public, pg_temp as $$
begin
    new.version := old.version + 1;
    return new;
end
$$;
comment on function tg_found_items__versioned() is 'What is said anew of a thing that was found is a new version of it.';
create or replace trigger _100_versioned before update on found_items
    for each row execute function tg_found_items__versioned();

create or replace function tg_found_items__told() returns trigger
language plpgsql set search_path = public, pg_temp as $$
begin
    perform record_event_of(new.omd_id, new.business_id, 'found_item', new.id::text, new.version,
                            case tg_op when 'INSERT' then 'found_item.added' else 'found_item.changed' end, new.changed_at,
                            jsonb_build_object('room_id', new.room_id, 'status', new.status));
    return null;
end
$$;
comment on function tg_found_items__told() is 'Tells of what was found, and of what became of it.';
create or replace trigger _500_told after insert or update on found_items
    for each row execute function tg_found_items__told();

create or replace function tg_events__guests_words() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
declare
    v_stay constant uuid := new.aggregate_id::uuid;
    v_tasks uuid[];
    v_items uuid[];
begin
    if new.data ->> 'cause' = 'documents' then
        return null;
    end if;
    v_tasks := array(select t.id from housekeeping_tasks t
                     where t.omd_id = new.omd_id and t.business_id = new.business_id and t.reservation_id = v_stay order by t.id for update);
    v_items := array(select f.id from found_items f
                     where f.omd_id = new.omd_id and f.business_id = new.business_id and f.reservation_id = v_stay order by f.id for update);
    if v_tasks = '{}' and v_items = '{}' then
        return null;
    end if;
    update housekeeping_tasks t
    set notes = case when t.notes is not null then '(erased)' end, reason = case when t.reason is not null then '(erased)' end
    where t.omd_id = new.omd_id and t.business_id = new.business_id and t.id = any (v_tasks);
    update housekeeping_commands c
    set reason = case when c.reason is not null then '(erased)' end, resolution = case when c.resolution is not null then '(erased)' end
    where c.omd_id = new.omd_id and c.business_id = new.business_id and c.task_id = any (v_tasks);
    update found_items f
    set description = '(erased)', place = case when f.place is not null then '(erased)' end,
        note = case when f.note is not null then '(erased)' end
    where f.omd_id = new.omd_id and f.business_id = new.business_id and f.id = any (v_items);
    perform redact_audit(new.omd_id, new.business_id, v_tasks::text[], 'housekeeping_tasks', '{notes,reason}'),
            redact_audit(new.omd_id, new.business_id, v_items::text[], 'found_items', '{description,place,note}');
    return null;
end
$$;
comment on function tg_events__guests_words() is
    'Whoever is forgotten is forgotten here: what was written about the work in their room, and what they left in it.';
create or replace trigger _620_guests_words after insert on events
    for each row when (new.aggregate = 'reservation' and new.type = 'reservation.guests_erased')
    execute function tg_events__guests_words();

revoke execute on function list_attendants(int, int), tg_housekeeping_tasks__guarded(), tg_events__guests_words() from public;
grant execute on function list_attendants(int, int) to omd_app;
grant select on housekeeping_task_settings, housekeeping_credits, housekeeping_plans, housekeeping_tasks, housekeeping_commands,
    found_items to omd_app, omd_maintenance;
grant insert (omd_id, business_id, planned_daily, service_every, linen_every, inspects),
    update (planned_daily, service_every, linen_every, inspects) on housekeeping_task_settings to omd_app;
grant insert (omd_id, business_id, kind, room_type_id, credits), delete on housekeeping_credits to omd_app;
grant insert (omd_id, business_id, business_date, planned_at, planned_by), update (planned_at, planned_by, version)
    on housekeeping_plans to omd_app;
grant insert (omd_id, business_id, business_date, room_id, kind, round, credits, attendant_id, supervisor_id, position, rush, notes,
              reservation_id, inspects_id, is_planned, created_at, changed_at, changed_by),
    update (status, attendant_id, supervisor_id, position, rush, notes, reason, begun_at, running_since, worked_seconds, ended_at,
            changed_at, changed_by) on housekeeping_tasks to omd_app;
grant insert (omd_id, business_id, id, task_id, action, reason, at, counts, given_by, given_by_user, received_at, device, told_at,
              sent_at, seen_version, body_hash, outcome, because),
    update (counts, resolved_at, resolved_by, resolution) on housekeeping_commands to omd_app;
grant insert (omd_id, business_id, id, room_id, place, description, found_at, found_by, reservation_id, changed_at, changed_by),
    update (status, note, changed_at, changed_by) on found_items to omd_app;
