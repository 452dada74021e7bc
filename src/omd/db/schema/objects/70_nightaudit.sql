-- nightaudit: for the hotel's staff. What an audit froze stays as it is, whoever writes; so does an audit that succeeded.

do $policies$
declare
    v_table text;
begin
    foreach v_table in array array['night_audit_settings', 'night_audits', 'night_audit_steps', 'daily_statistics', 'on_the_books'] loop
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

create or replace function tg_daily_statistics__frozen() returns trigger
language plpgsql set search_path = public, pg_temp as $$
begin
    raise exception 'the statistics of hotel % stay as they are: % refused', old.business_id, tg_op
        using errcode = 'OMD01', constraint = 'night_audits_frozen';
end
$$;
comment on function tg_daily_statistics__frozen() is 'Refuses every change of what an audit froze.';
create or replace trigger _100_frozen before update or delete on daily_statistics
    for each row execute function tg_daily_statistics__frozen();

create or replace function tg_on_the_books__frozen() returns trigger
language plpgsql set search_path = public, pg_temp as $$
begin
    raise exception 'the books of hotel % stay as they are: % refused', old.business_id, tg_op
        using errcode = 'OMD01', constraint = 'night_audits_frozen';
end
$$;
comment on function tg_on_the_books__frozen() is 'Refuses every change of what an audit froze.';
create or replace trigger _100_frozen before update or delete on on_the_books
    for each row execute function tg_on_the_books__frozen();

create or replace function tg_night_audits__frozen() returns trigger
language plpgsql set search_path = public, pg_temp as $$
begin
    raise exception 'the audits of hotel % stay as they are: % refused', old.business_id, tg_op
        using errcode = 'OMD01', constraint = 'night_audits_frozen';
end
$$;
comment on function tg_night_audits__frozen() is 'Refuses every change of what is done.';
create or replace trigger _100_frozen before delete on night_audits
    for each row execute function tg_night_audits__frozen();
create or replace trigger _110_frozen before update on night_audits
    for each row when (old.status = 'succeeded') execute function tg_night_audits__frozen();

create or replace function tg_night_audit_steps__frozen() returns trigger
language plpgsql set search_path = public, pg_temp as $$
begin
    raise exception 'the steps of audits of hotel % stay as they are: % refused', old.business_id, tg_op
        using errcode = 'OMD01', constraint = 'night_audits_frozen';
end
$$;
comment on function tg_night_audit_steps__frozen() is 'Refuses every change of what is done.';
create or replace trigger _100_frozen before delete on night_audit_steps
    for each row execute function tg_night_audit_steps__frozen();
create or replace trigger _110_frozen before update on night_audit_steps
    for each row when (old.finished_at is not null) execute function tg_night_audit_steps__frozen();

create or replace function tg_night_audits__of_open_date() returns trigger
language plpgsql set search_path = public, pg_temp as $$
begin
    if not exists (select from businesses b where b.omd_id = new.omd_id and b.id = new.business_id and b.business_date = new.business_date) then
        raise exception 'hotel % does not work on %', new.business_id, new.business_date
            using errcode = 'OMD01', constraint = 'night_audits_of_open_date';
    end if;
    return null;
end
$$;
comment on function tg_night_audits__of_open_date() is
    'An audit is of the date that the hotel works on, and opens the one after: so there is no gap.';
create or replace trigger _800_of_open_date after insert on night_audits
    for each row execute function tg_night_audits__of_open_date();

grant select on night_audit_settings, night_audits, night_audit_steps, daily_statistics, on_the_books to omd_app, omd_maintenance;
grant insert (omd_id, business_id, mode, hour, no_shows, due_outs, audited_from), update (mode, hour, no_shows, due_outs, audited_from)
    on night_audit_settings to omd_app;
grant insert (omd_id, business_id, business_date, open_since, started_at, started_by, runner),
    update (status, attempts, started_at, started_by, finished_at, error, runner, beat_at) on night_audits to omd_app;
grant insert (omd_id, business_id, business_date, step, started_at, finished_at, counts, refused),
    update (finished_at, counts, refused) on night_audit_steps to omd_app;
grant insert (omd_id, business_id, date, room_type_id, rooms, out_of_order, sold, occupied, arrivals, departures, adults, children, no_shows,
              cancellations, room_revenue, meals_revenue, supplement_revenue, fee_revenue, day_uses, day_use_revenue, held_back) on daily_statistics to omd_app;
grant insert on on_the_books to omd_app;
