-- housekeeping, the plan of a date: which tasks its stays ask for, and what becomes of those that were planned before.
-- Everything here runs as the caller, under row security.

create or replace function count_credits(p_omd_id int, p_business_id int, p_kind text, p_room_id int) returns smallint
language sql stable set search_path = public, pg_temp
return coalesce(
    (select c.credits from housekeeping_credits c
     where c.omd_id = p_omd_id and c.business_id = p_business_id and c.kind = p_kind
       and (c.room_type_id is null
            or c.room_type_id = (select i.room_type_id from individual_rooms i
                                 where i.omd_id = p_omd_id and i.business_id = p_business_id and i.id = p_room_id))
     order by c.room_type_id nulls last limit 1),
    case p_kind when 'departure' then 30 when 'stayover' then 15 when 'linen' then 20 when 'arrival' then 10
                when 'inspection' then 5 when 'deep_clean' then 60 else 10 end)::smallint;
comment on function count_credits(int, int, text, int) is
    'What a task counts in a room: as its hotel says of its type, else of all, else what is usual, about a credit a minute.';

create or replace function list_wanted_tasks(p_omd_id int, p_business_id int, p_date date, p_today date)
returns table (room_id int, kind text, reservation_id uuid)
language plpgsql stable set search_path = public, pg_temp set plan_cache_mode = force_custom_plan as $$
#variable_conflict use_column
declare
    v_rooms int[];
    v_service int;
    v_linen int;
    v_is_today constant boolean := p_date = p_today;
begin
    select s.service_every, s.linen_every into v_service, v_linen
    from housekeeping_task_settings s where s.omd_id = p_omd_id and s.business_id = p_business_id;
    v_service := coalesce(v_service, 1);
    v_linen := coalesce(v_linen, 3);
    v_rooms := array(select i.id from individual_rooms i
                     where i.omd_id = p_omd_id and i.business_id = p_business_id and (i.retired_on is null or i.retired_on > p_date));
    return query
    with occupants as materialized (
        select o.room_id, o.reservation_id from list_occupants(p_omd_id, p_business_id, v_rooms, p_today) o where v_is_today),
    conditions as materialized (
        select c.room_id, c.condition in ('dirty', 'pickup') as is_soiled, c.reservation_id,
               c.cause in ('cleaned', 'inspected') and c.business_date = p_today as is_seen_to,
               c.cause in ('check_out', 'room_left') and c.business_date = p_today as is_left
        from room_conditions c
        where v_is_today and c.omd_id = p_omd_id and c.business_id = p_business_id and c.room_id = any (v_rooms)),
    slept as materialized (
        select n.room_id, r.id as reservation_id, p_date - r.arrival as nights,
               exists (select from reservation_nights s
                       where s.omd_id = p_omd_id and s.business_id = p_business_id and s.reservation_id = r.id and s.date = p_date
                         and s.room_id = n.room_id) as stays
        from reservation_nights n
        join reservations r on r.omd_id = n.omd_id and r.business_id = n.business_id and r.id = n.reservation_id
        where n.omd_id = p_omd_id and n.business_id = p_business_id and n.date = p_date - 1 and n.room_id = any (v_rooms)
          and r.status = any (case when v_is_today then array['in_house', 'checked_out'] else array['in_house', 'confirmed'] end)),
    wanted as (
        -- Until they left, and while nobody has seen to the room since.
        select s.room_id, 'departure' as kind, s.reservation_id, 1 as rank from slept s
        left join occupants o on o.room_id = s.room_id and o.reservation_id = s.reservation_id
        left join conditions c on c.room_id = s.room_id
        where not s.stays and (not v_is_today or o.room_id is not null or c.is_soiled)
        union all
        select c.room_id, 'departure', c.reservation_id, 0 from conditions c where c.is_left and c.is_soiled
        union all
        select o.room_id, 'departure', o.reservation_id, 2 from occupants o
        join reservations r on r.omd_id = p_omd_id and r.business_id = p_business_id and r.id = o.reservation_id
        where r.departure <= p_date or r.day_use
        union all
        select s.room_id, case when s.nights % v_linen = 0 then 'linen' else 'stayover' end, s.reservation_id, 3 from slept s
        left join conditions c on c.room_id = s.room_id
        where s.stays and (s.nights % v_service = 0 or s.nights % v_linen = 0) and c.is_seen_to is not true
        union all
        select a.room_id, 'arrival', a.reservation_id, 4
        from (select n.room_id, n.reservation_id from reservation_nights n
              where n.omd_id = p_omd_id and n.business_id = p_business_id and n.date = p_date and n.room_id = any (v_rooms)
              union all
              select d.room_id, d.reservation_id from day_uses d
              where d.omd_id = p_omd_id and d.business_id = p_business_id and d.date = p_date and d.room_id = any (v_rooms) and not d.is_over) a
        join reservations r on r.omd_id = p_omd_id and r.business_id = p_business_id and r.id = a.reservation_id
        join conditions c on c.room_id = a.room_id
        where r.arrival = p_date and r.status in ('tentative', 'confirmed') and c.is_soiled
          and not exists (select from occupants o where o.room_id = a.room_id))
    select distinct on (w.room_id) w.room_id, w.kind, w.reservation_id from wanted w
    where exists (select from occupants o where o.room_id = w.room_id)
       or not exists (select from maintenance_intervals m
                      where m.omd_id = p_omd_id and m.business_id = p_business_id and m.room_id = w.room_id and m.kind = 'out_of_order'
                        and m.starts_on <= p_date and m.ends_on > p_date)
    order by w.room_id, w.rank, w.reservation_id;
end
$$;
comment on function list_wanted_tasks(int, int, date, date) is
    'What the stays of a hotel ask for on a date, at most one task a room: after who leaves, else for who stays and is due, else for who arrives at a room that is not ready. Of a date ahead what is known of it; nothing in a room out of order that nobody is in.';

create or replace function plan_housekeeping(p_omd_id int, p_business_id int, p_date date, p_actor text, p_now timestamptz,
                                             out added int, out renewed int, out withdrawn int)
language plpgsql set search_path = public, pg_temp set plan_cache_mode = force_custom_plan as $$
#variable_conflict use_column
declare
    v_today date;
    v_wanted jsonb;
    v_gone uuid[];
    v_back uuid[];
    v_is_new boolean;
begin
    -- Whoever plans the same date at once waits here, so that each sees what the other added.
    insert into housekeeping_plans (omd_id, business_id, business_date, planned_at, planned_by)
    values (p_omd_id, p_business_id, p_date, p_now, p_actor)
    on conflict (omd_id, business_id, business_date) do nothing;
    select p.version = 0 into v_is_new from housekeeping_plans p
    where p.omd_id = p_omd_id and p.business_id = p_business_id and p.business_date = p_date
    for update;
    select coalesce(b.business_date, (p_now at time zone b.time_zone)::date) into v_today
    from businesses b where b.omd_id = p_omd_id and b.id = p_business_id;
    select coalesce(jsonb_agg(to_jsonb(w)), '[]') into v_wanted from list_wanted_tasks(p_omd_id, p_business_id, p_date, v_today) w;
    v_gone := array(select t.id from housekeeping_tasks t
                    where t.omd_id = p_omd_id and t.business_id = p_business_id and t.business_date = p_date
                      and t.is_planned and t.inspects_id is null and t.status = 'open' and t.begun_at is null
                      and not exists (select from jsonb_to_recordset(v_wanted) as w (room_id int, kind text, reservation_id uuid)
                                      where w.room_id = t.room_id and w.kind = t.kind and w.reservation_id = t.reservation_id)
                    order by t.id for update);
    v_back := array(select t.id from housekeeping_tasks t
                    join jsonb_to_recordset(v_wanted) as w (room_id int, kind text, reservation_id uuid)
                        on w.room_id = t.room_id and w.kind = t.kind and w.reservation_id = t.reservation_id
                    where t.omd_id = p_omd_id and t.business_id = p_business_id and t.business_date = p_date and t.status = 'cancelled'
                      and 'withdraw' = (select c.action from housekeeping_commands c
                                        where c.omd_id = t.omd_id and c.business_id = t.business_id and c.task_id = t.id and c.counts
                                        order by c.at desc, c.id desc limit 1)
                      and not exists (select from housekeeping_commands c
                                      where c.omd_id = t.omd_id and c.business_id = t.business_id and c.task_id = t.id and c.counts
                                        and c.action = 'cancel')
                    order by t.id for update of t);
    insert into housekeeping_commands (omd_id, business_id, id, task_id, action, at, counts, given_by, received_at, outcome)
    select p_omd_id, p_business_id, uuidv7(), g.id, g.action, l.at, true, p_actor, l.at, 'applied'
    from (select unnest(v_gone) as id, 'withdraw' as action union all select unnest(v_back), 'renew') g
    -- After whatever was said of it, by whichever clock.
    cross join lateral (
        select greatest(p_now, max(c.at) + interval '1 microsecond') as at from housekeeping_commands c
        where c.omd_id = p_omd_id and c.business_id = p_business_id and c.task_id = g.id and c.counts) l;
    update housekeeping_tasks t
    set status = case when t.id = any (v_gone) then 'cancelled' else 'open' end, reason = null, changed_at = p_now, changed_by = p_actor
    where t.omd_id = p_omd_id and t.business_id = p_business_id and t.id = any (v_gone || v_back);
    insert into housekeeping_tasks (omd_id, business_id, business_date, room_id, kind, round, credits, reservation_id, is_planned,
                                    created_at, changed_at, changed_by)
    select p_omd_id, p_business_id, p_date, w.room_id, w.kind,
           (select coalesce(max(t.round), 0) + 1 from housekeeping_tasks t
            where t.omd_id = p_omd_id and t.business_id = p_business_id and t.business_date = p_date and t.room_id = w.room_id and t.kind = w.kind),
           count_credits(p_omd_id, p_business_id, w.kind, w.room_id), w.reservation_id, true, p_now, p_now, p_actor
    from jsonb_to_recordset(v_wanted) as w (room_id int, kind text, reservation_id uuid)
    where not exists (select from housekeeping_tasks t
                      where t.omd_id = p_omd_id and t.business_id = p_business_id and t.business_date = p_date and t.room_id = w.room_id
                        and t.kind = w.kind
                        and (t.reservation_id = w.reservation_id or t.status not in ('done', 'inspected', 'cancelled')));
    get diagnostics added = row_count;
    renewed := cardinality(v_back);
    withdrawn := cardinality(v_gone);
    update housekeeping_plans p
    set planned_at = p_now, planned_by = p_actor, version = p.version + 1
    where p.omd_id = p_omd_id and p.business_id = p_business_id and p.business_date = p_date
      and (v_is_new or added + renewed + withdrawn > 0);
end
$$;
comment on function plan_housekeeping(int, int, date, text, timestamptz) is
    'Brings the tasks of a date in step with its stays: adds what is new, takes back what no longer applies and nobody began, and opens again what was taken back; what was begun, or cancelled by hand, stays. Done again it changes nothing.';

create or replace function tg_housekeeping_plans__told() returns trigger
language plpgsql set search_path = public, pg_temp as $$
begin
    perform record_event_of(new.omd_id, new.business_id, 'housekeeping_plan', new.business_id || '/' || new.business_date, new.version, 'housekeeping.planned', new.planned_at,
                            jsonb_build_object('business_date', new.business_date));
    return null;
end
$$;
comment on function tg_housekeeping_plans__told() is 'Tells that a date was planned, and each time its plan changed.';
create or replace trigger _500_told after update on housekeeping_plans
    for each row execute function tg_housekeeping_plans__told();
