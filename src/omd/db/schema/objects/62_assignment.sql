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
    if (old.status, new.status) not in (('proposed', 'applied'), ('applied', 'undone')) then
        raise exception 'a plan cannot go from % to %', old.status, new.status
            using errcode = 'OMD01', constraint = 'assignment_plans_edges';
    end if;
    return new;
end
$$;
comment on function tg_assignment_plans__edges() is 'The guard of a plan''s life: it is applied once, and undone once.';
create or replace trigger _100_edges before update on assignment_plans
    for each row execute function tg_assignment_plans__edges();

grant select on assignment_weights, room_wishes, assignment_plans, assignment_plan_stays to omd_app, omd_maintenance;
grant insert (omd_id, business_id, term, weight), update (weight), delete on assignment_weights to omd_app;
grant insert (omd_id, business_id, reservation_id, position, kind, value, importance, required), delete on room_wishes to omd_app;
grant insert (omd_id, business_id, scope, starts_on, ends_on, business_date, cost_now, cost_first, cost, bound, proven, score, weights,
              made_at, made_by),
    update (status, applied_at, applied_by, undone_at, undone_by) on assignment_plans to omd_app;
grant insert (omd_id, business_id, plan_id, reservation_id, from_room_id, to_room_id, arrival, departure, charged, beats)
    on assignment_plan_stays to omd_app;
