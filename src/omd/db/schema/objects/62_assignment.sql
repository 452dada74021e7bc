-- assignment: for the hotel's staff. A plan goes from proposed to applied to undone, and is otherwise as it was made.

do $policies$
declare
    v_table text;
begin
    foreach v_table in array array['assignment_weights', 'room_wishes', 'assignment_plans', 'assignment_plan_stays'] loop
        execute format('alter table %I enable row level security', v_table);
        execute format('alter table %I force row level security', v_table);
        execute format('drop policy if exists %I on %I', v_table || '_read', v_table);
        execute format(
            'create policy %I on %I for select using (omd_id = (select nullif(current_setting(''omd.omd_id'', true), '''')::int) '
            'and business_id = any ((select nullif(current_setting(''omd.reader_business_ids'', true), '''')::int[])::int[]))',
            v_table || '_read', v_table);
        execute format('drop policy if exists %I on %I', v_table || '_written', v_table);
        execute format(
            'create policy %I on %I using (omd_id = (select nullif(current_setting(''omd.omd_id'', true), '''')::int) '
            'and business_id = any ((select nullif(current_setting(''omd.staff_business_ids'', true), '''')::int[])::int[]))',
            v_table || '_written', v_table);
    end loop;
end
$policies$;

create or replace function tg_assignment_plans__edges() returns trigger
language plpgsql set search_path = public, pg_temp as $$
begin
    if old.status = new.status and new.override_reason = '(erased)' then
        return new;
    end if;
    if (old.status, new.status) not in (('proposed', 'applied'), ('applied', 'undone')) then
        raise exception 'a plan cannot go from % to %', old.status, new.status
            using errcode = 'OMD01', constraint = 'assignment_plans_edges';
    end if;
    return new;
end
$$;
comment on function tg_assignment_plans__edges() is 'The guard of a plan''s life: it is applied once, and undone once; the words of who overrode rules may be forgotten.';
create or replace trigger _100_edges before update on assignment_plans
    for each row execute function tg_assignment_plans__edges();

create or replace function tg_reservation_guests__forget_plans() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
    update assignment_plans p set override_reason = '(erased)'
    where p.omd_id = new.omd_id and p.business_id = new.business_id and p.override_reason <> '(erased)'
      and p.id in (select s.plan_id from assignment_plan_stays s
                   where s.omd_id = new.omd_id and s.business_id = new.business_id and s.reservation_id = new.reservation_id);
    return null;
end
$$;
comment on function tg_reservation_guests__forget_plans() is 'Who forgets a guest forgets what was said for them: why plans with their stay were applied against rules.';
revoke execute on function tg_reservation_guests__forget_plans() from public;
create or replace trigger _700_forget_plans after update of erased_at on reservation_guests
    for each row when (old.erased_at is null and new.erased_at is not null) execute function tg_reservation_guests__forget_plans();

create or replace function list_stay_wishes(p_omd_id int, p_business_id int, p_reservation_id uuid)
returns table (of_profile boolean, "position" int, kind text, value text, importance int, required boolean)
language sql stable security definer set search_path = public, pg_temp
begin atomic
    select false, w.position, w.kind, w.value, w.importance, w.required from room_wishes w
    where w.omd_id = p_omd_id and w.business_id = p_business_id and w.reservation_id = p_reservation_id
    union all
    select true, s.position::int, s.wish ->> 'kind', s.wish ->> 'value', (s.wish ->> 'importance')::int, (s.wish ->> 'required')::boolean
    from reservation_guests g
    join guest_profiles p on p.omd_id = p_omd_id and p.business_id = p_business_id and p.id = g.profile_id
    cross join lateral jsonb_array_elements(p.room_wishes) with ordinality as s (wish, position)
    where g.omd_id = p_omd_id and g.business_id = p_business_id and g.reservation_id = p_reservation_id and g.is_primary
      -- What is said of this stay comes before what holds for all of them.
      and not exists (select from room_wishes o
                      where o.omd_id = p_omd_id and o.business_id = p_business_id and o.reservation_id = p_reservation_id
                        and case when o.kind in ('feature', 'without_feature') and s.wish ->> 'kind' in ('feature', 'without_feature')
                                 then o.value = s.wish ->> 'value' else o.kind = s.wish ->> 'kind' end);
end;
comment on function list_stay_wishes(int, int, uuid) is
    'What the guests of a stay wish of their room, and what the profile of its first guest wishes of every room, unless the stay says otherwise: the same feature, or the same kind of floor. For who reads the stay: of the profile it tells nothing else.';
revoke execute on function list_stay_wishes(int, int, uuid) from public;
grant execute on function list_stay_wishes(int, int, uuid) to omd_app;

create or replace function list_broken_rules(p_omd_id int, p_business_id int, p_reservation_id uuid, p_room_id int, p_from date, p_until date,
                                             p_now timestamptz)
returns table (rule text, detail text, starts_on date, ends_on date)
language plpgsql stable set search_path = public, pg_temp set plan_cache_mode = force_custom_plan as $$
#variable_conflict use_column
declare
    v_today date;
    v_persons int;
    v_room individual_rooms;
    v_condition room_conditions;
begin
    select coalesce(b.business_date, (p_now at time zone b.time_zone)::date) into v_today
    from businesses b where b.omd_id = p_omd_id and b.id = p_business_id;
    select r.adults + r.children into v_persons from reservations r
    where r.omd_id = p_omd_id and r.business_id = p_business_id and r.id = p_reservation_id;
    select i.* into v_room from individual_rooms i
    where i.omd_id = p_omd_id and i.business_id = p_business_id and i.id = p_room_id;
    return query
    select 'too_small', null::text, null::date, null::date from room_types t
    where t.omd_id = p_omd_id and t.business_id = p_business_id and t.id = v_room.room_type_id and t.max_occupancy < v_persons
    union all
    (select case w.kind when 'feature' then 'feature_missing' else 'feature_unwanted' end, w.value, null, null
     from list_stay_wishes(p_omd_id, p_business_id, p_reservation_id) w
     where w.required
       and (w.kind = 'feature') <> (w.value = any (v_room.features))
     order by 1, 2)
    union all
    (select 'out_of_service', m.reason, m.starts_on, m.ends_on from maintenance_intervals m
     where m.omd_id = p_omd_id and m.business_id = p_business_id and m.room_id = p_room_id and m.kind = 'out_of_service'
       and m.starts_on < p_until and m.ends_on > p_from
     order by m.starts_on);
    -- In which condition a room will be on a later day nobody knows yet.
    if p_from > v_today then
        return;
    end if;
    select c.* into v_condition from room_conditions c
    where c.omd_id = p_omd_id and c.business_id = p_business_id and c.room_id = p_room_id;
    if check_in_lacks(p_omd_id, p_business_id, v_condition.condition) is not null then
        return query select 'not_ready', v_condition.condition, null::date, null::date;
    end if;
    return query
    select 'discrepancy', d.discrepancy, null::date, null::date
    from (select room_discrepancy(exists (select from list_occupants(p_omd_id, p_business_id, array[p_room_id], v_today)), null,
                                  v_condition.seen_occupancy, null) as discrepancy) d
    where d.discrepancy is not null;
end
$$;
comment on function list_broken_rules(int, int, uuid, int, date, date, timestamptz) is
    'The rules that a stay would break in a room on the nights [p_from, p_until), which a person may override: not whether the room is free, in order or of its type. Condition and discrepancy count for who comes into it on the business date. Runs as the caller, under row security.';

grant select on assignment_weights, room_wishes, assignment_plans, assignment_plan_stays to omd_app, omd_maintenance;
grant insert (omd_id, business_id, term, weight), update (weight), delete on assignment_weights to omd_app;
grant insert (omd_id, business_id, reservation_id, position, kind, value, importance, required), delete on room_wishes to omd_app;
grant insert (omd_id, business_id, scope, starts_on, ends_on, business_date, cost_now, cost_first, cost, bound, proven, score, weights,
              made_at, made_by),
    update (status, applied_at, applied_by, undone_at, undone_by, override_reason, overrides) on assignment_plans to omd_app;
grant insert (omd_id, business_id, plan_id, reservation_id, from_room_id, to_room_id, arrival, departure, charged, beats,
              version, breaks)
    on assignment_plan_stays to omd_app;
grant delete on assignment_plans to omd_maintenance;
drop policy if exists assignment_plans_for_maintenance on assignment_plans;
create policy assignment_plans_for_maintenance on assignment_plans to omd_maintenance using (true);
