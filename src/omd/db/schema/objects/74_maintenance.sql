-- maintenance: for the hotel's staff. A ticket takes the steps that its status allows; every version of it goes into its history.

do $policies$
declare
    v_table text;
begin
    foreach v_table in array array['maintenance_tickets', 'maintenance_ticket_changes', 'maintenance_ticket_photos'] loop
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

create or replace function tg_maintenance_tickets__edges() returns trigger
language plpgsql set search_path = public, pg_temp as $$
begin
    if new.status <> old.status and (old.status, new.status) not in (
            ('open', 'assigned'), ('open', 'in_progress'), ('open', 'resolved'), ('open', 'cancelled'),
            ('assigned', 'in_progress'), ('assigned', 'waiting'), ('assigned', 'resolved'), ('assigned', 'cancelled'),
            ('in_progress', 'assigned'), ('in_progress', 'waiting'), ('in_progress', 'resolved'), ('in_progress', 'cancelled'),
            ('waiting', 'assigned'), ('waiting', 'in_progress'), ('waiting', 'resolved'), ('waiting', 'cancelled'),
            ('resolved', 'closed'), ('resolved', 'open'), ('closed', 'open')) then
        raise exception 'a ticket cannot go from % to %', old.status, new.status
            using errcode = 'OMD01', constraint = 'maintenance_tickets_edges';
    end if;
    return new;
end
$$;
comment on function tg_maintenance_tickets__edges() is 'The guard of a ticket''s life, whoever writes.';
create or replace trigger _100_edges before update on maintenance_tickets
    for each row execute function tg_maintenance_tickets__edges();

create or replace function tg_maintenance_tickets__assignee_serves() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
    if not exists (select from memberships m
                   where m.omd_id = new.omd_id and m.business_id = new.business_id and m.user_id = new.assignee_id and m.ended_at is null) then
        raise exception 'person % is not of hotel %', new.assignee_id, new.business_id
            using errcode = 'OMD01', constraint = 'maintenance_tickets_assignee_serves';
    end if;
    return new;
end
$$;
comment on function tg_maintenance_tickets__assignee_serves() is 'Who sees to a ticket is of the hotel''s staff at the time: a person is no tenant''s, so that no foreign key says it.';
create or replace trigger _200_assignee_serves before insert on maintenance_tickets
    for each row when (new.assignee_id is not null) execute function tg_maintenance_tickets__assignee_serves();
create or replace trigger _200_assignee_serves_then before update on maintenance_tickets
    for each row when (new.assignee_id is distinct from old.assignee_id and new.assignee_id is not null)
    execute function tg_maintenance_tickets__assignee_serves();

create or replace function tg_maintenance_tickets__recorded() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
    insert into maintenance_ticket_changes (omd_id, business_id, ticket_id, version, step, note, status, priority, assignee_id, interval_id,
                                            changed_at, changed_by)
    values (new.omd_id, new.business_id, new.id, new.version, new.step, new.note, new.status, new.priority, new.assignee_id, new.interval_id,
            new.changed_at, new.changed_by);
    perform record_event_of(new.omd_id, new.business_id, 'ticket', new.id::text, new.version, 'ticket.' || new.step, new.changed_at,
                            jsonb_build_object('room_id', new.room_id, 'status', new.status, 'priority', new.priority));
    return null;
end
$$;
comment on function tg_maintenance_tickets__recorded() is 'Puts every version of a ticket into its history, and tells of it.';
create or replace trigger _500_recorded after insert on maintenance_tickets
    for each row execute function tg_maintenance_tickets__recorded();
-- An interval that is taken away before it began takes its mention here with it, which is no version of the ticket.
create or replace trigger _500_recorded_changed after update on maintenance_tickets
    for each row when (new.version <> old.version) execute function tg_maintenance_tickets__recorded();

create or replace function tg_maintenance_ticket_changes__append_only() returns trigger
language plpgsql set search_path = public, pg_temp as $$
begin
    raise exception 'the history of ticket % is added to and never changed: % refused', old.ticket_id, tg_op
        using errcode = 'OMD01', constraint = 'maintenance_ticket_changes_append_only';
end
$$;
comment on function tg_maintenance_ticket_changes__append_only() is 'Refuses every change of what happened to a ticket.';
create or replace trigger _100_append_only before update or delete on maintenance_ticket_changes
    for each row execute function tg_maintenance_ticket_changes__append_only();

create or replace function tg_maintenance_ticket_photos__at_most() returns trigger
language plpgsql set search_path = public, pg_temp as $$
begin
    perform from maintenance_tickets t
    where t.omd_id = new.omd_id and t.business_id = new.business_id and t.id = new.ticket_id for update;
    if (select count(*) from maintenance_ticket_photos p
        where p.omd_id = new.omd_id and p.business_id = new.business_id and p.ticket_id = new.ticket_id) >= 12 then
        raise exception 'ticket % has 12 photos', new.ticket_id using errcode = 'OMD01', constraint = 'maintenance_ticket_photos_at_most';
    end if;
    return new;
end
$$;
comment on function tg_maintenance_ticket_photos__at_most() is 'A ticket has twelve photos at most: a phone that is stuck must not fill the disk.';
create or replace trigger _200_at_most before insert on maintenance_ticket_photos
    for each row execute function tg_maintenance_ticket_photos__at_most();

create or replace function purge_ticket_photos(p_omd_id int, p_days int, p_now timestamptz, p_most int) returns int
language plpgsql security definer set search_path = public, pg_temp as $$
declare
    v_gone int;
begin
    delete from maintenance_ticket_photos p
    using (select q.business_id, q.id
           from maintenance_ticket_photos q
           join maintenance_tickets t on t.omd_id = q.omd_id and t.business_id = q.business_id and t.id = q.ticket_id
           where q.omd_id = p_omd_id and t.closed_at < p_now - make_interval(days => days_kept(q.omd_id, q.business_id, 'ticket_photos', p_days))
           order by q.business_id, q.id limit p_most) g
    where p.omd_id = p_omd_id and p.business_id = g.business_id and p.id = g.id;
    get diagnostics v_gone = row_count;
    return v_gone;
end
$$;
comment on function purge_ticket_photos(int, int, timestamptz, int) is
    'Throws away photos of tickets that were closed or set aside longer ago than their hotel keeps them. Returns how many.';

revoke execute on function purge_ticket_photos(int, int, timestamptz, int) from public;
grant execute on function purge_ticket_photos(int, int, timestamptz, int) to omd_maintenance;
revoke execute on function tg_maintenance_tickets__assignee_serves(), tg_maintenance_tickets__recorded() from public;
grant select on maintenance_tickets, maintenance_ticket_changes, maintenance_ticket_photos to omd_app, omd_maintenance;
grant insert (omd_id, business_id, id, ticket_id, width, height, image, thumbnail, sent_digest, added_at, added_by), delete
    on maintenance_ticket_photos to omd_app;
grant insert (omd_id, business_id, id, room_id, area, title, description, category, priority, due_on, reported_at, reported_by, received_at,
              step, changed_at, changed_by),
    update (area, title, description, category, priority, status, assignee_id, due_on, cost_note, interval_id, started_at, resolved_at,
            closed_at, step, note, changed_at, changed_by, version)
    on maintenance_tickets to omd_app;
