-- housekeeping, sheets: for the hotel's staff. What of a date's stays each room's task is told with, and who hears of a sheet.

do $policies$
declare
    v_table text;
begin
    foreach v_table in array array['housekeeping_sections', 'housekeeping_section_rooms', 'housekeeping_attendances',
                                   'housekeeping_attendance_sections', 'housekeeping_sheets', 'housekeeping_published_rooms'] loop
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

create or replace function list_sheet_stays(p_omd_id int, p_business_id int, p_date date, p_rooms int[], p_now timestamptz)
returns table (room_id int, reservation_id uuid, part text, persons int, at_hour time, until date, is_done boolean)
language plpgsql stable set search_path = public, pg_temp set plan_cache_mode = force_custom_plan as $$
#variable_conflict use_column
declare
    v_today date;
begin
    select coalesce(b.business_date, (p_now at time zone b.time_zone)::date) into v_today
    from businesses b where b.omd_id = p_omd_id and b.id = p_business_id;
    return query
    with held as materialized (
        select n.room_id, n.reservation_id, bool_or(n.date = p_date - 1) as before, bool_or(n.date = p_date) as tonight
        from reservation_nights n
        where n.omd_id = p_omd_id and n.business_id = p_business_id and n.date in (p_date - 1, p_date) and n.room_id = any (p_rooms)
        group by n.room_id, n.reservation_id)
    select h.room_id, r.id, case when not h.tonight then 'leaves' when h.before then 'stays' else 'arrives' end, r.adults + r.children,
           case when not h.before and r.arrival = p_date then r.estimated_arrival end, r.departure,
           case when h.tonight then r.status = 'in_house' else r.status = 'checked_out' end
    from held h
    join reservations r on r.omd_id = p_omd_id and r.business_id = p_business_id and r.id = h.reservation_id
    where r.status in ('tentative', 'confirmed', 'in_house', 'checked_out')
      -- Who has not come by now did not sleep here.
      and not (h.before and r.status in ('tentative', 'confirmed') and p_date <= v_today)
    union all
    select d.room_id, r.id, 'by_day', r.adults + r.children, r.estimated_arrival, r.departure, r.status = 'in_house'
    from day_uses d
    join reservations r on r.omd_id = d.omd_id and r.business_id = d.business_id and r.id = d.reservation_id
    where d.omd_id = p_omd_id and d.business_id = p_business_id and d.date = p_date and d.room_id = any (p_rooms) and not d.is_over;
end
$$;
comment on function list_sheet_stays(int, int, date, int[], timestamptz) is
    'Who leaves rooms on a date, stays in them, arrives, or has them by day, how many they are, from which hour and until when, and whether they have done so; names nobody.';

create or replace function list_sheet_tasks(p_omd_id int, p_business_id int, p_date date, p_now timestamptz)
returns table (id uuid, room_id int, room_number text, floor int, room_type_code text, kind text, status text, credits int,
               attendant_id int, "position" int, rush boolean, notes text, is_begun boolean, version int, before_id int,
               sections text[], stays jsonb)
language plpgsql stable set search_path = public, pg_temp set plan_cache_mode = force_custom_plan as $$
#variable_conflict use_column
declare
    v_rooms int[] := array(select distinct t.room_id from housekeeping_tasks t
                           where t.omd_id = p_omd_id and t.business_id = p_business_id and t.business_date = p_date);
begin
    return query
    with stays as materialized (
        select s.room_id, jsonb_agg(jsonb_build_object('part', s.part, 'persons', s.persons, 'at', to_char(s.at_hour, 'HH24:MI'),
                                                       'until', s.until, 'is_done', s.is_done)
                                    order by s.part = 'arrives', s.part, s.at_hour, s.reservation_id) as told
        from list_sheet_stays(p_omd_id, p_business_id, p_date, v_rooms, p_now) s
        group by s.room_id)
    select t.id, t.room_id, i.number, i.floor, y.code, t.kind, t.status, t.credits::int, t.attendant_id, t.position, t.rush, t.notes,
           t.begun_at is not null, t.version,
           (select b.attendant_id from housekeeping_tasks b
            where t.kind in ('stayover', 'linen') and b.omd_id = t.omd_id and b.business_id = t.business_id
              and b.room_id = t.room_id and b.business_date = p_date - 1 and b.kind not in ('inspection', 'other')
              and b.status <> 'cancelled' and b.attendant_id is not null
            order by b.ended_at desc nulls last, b.id desc limit 1),
           array(select c.name from housekeeping_sections c
                 where c.omd_id = t.omd_id and c.business_id = t.business_id
                   and (i.floor = any (c.floors)
                        or exists (select from housekeeping_section_rooms k
                                   where k.omd_id = c.omd_id and k.business_id = c.business_id and k.section_name = c.name
                                     and k.room_id = t.room_id))
                 order by c.name),
           coalesce(s.told, '[]')
    from housekeeping_tasks t
    join individual_rooms i on i.omd_id = t.omd_id and i.business_id = t.business_id and i.id = t.room_id
    join room_types y on y.omd_id = i.omd_id and y.business_id = i.business_id and y.id = i.room_type_id
    left join stays s on s.room_id = t.room_id
    where t.omd_id = p_omd_id and t.business_id = p_business_id and t.business_date = p_date and t.status <> 'cancelled'
    order by t.position nulls last, i.floor, i.number, t.id;
end
$$;
comment on function list_sheet_tasks(int, int, date, timestamptz) is
    'The tasks of a date in the order of their sheets, each with its room, the sections that is in, who did it the day before, and the stays of the date.';

create or replace function tg_housekeeping_sheets__told() returns trigger
language plpgsql set search_path = public, pg_temp as $$
begin
    perform record_event_of(new.omd_id, new.business_id, 'housekeeping_sheet',
                            new.business_id || '/' || new.business_date || '/' || new.attendant_id, new.version,
                            'housekeeping.sheet_published', new.published_at,
                            jsonb_build_object('business_date', new.business_date, 'attendant_id', new.attendant_id));
    return null;
end
$$;
comment on function tg_housekeeping_sheets__told() is 'Tells that a sheet was published, or published again.';
create or replace trigger _500_told after insert or update on housekeeping_sheets
    for each row execute function tg_housekeeping_sheets__told();

grant select on housekeeping_sections, housekeeping_section_rooms, housekeeping_attendances, housekeeping_attendance_sections,
    housekeeping_sheets, housekeeping_published_rooms to omd_app, omd_maintenance;
grant insert (omd_id, business_id, name, floors), update (floors), delete on housekeeping_sections to omd_app;
grant insert (omd_id, business_id, section_name, room_id), delete on housekeeping_section_rooms to omd_app;
grant insert (omd_id, business_id, business_date, attendant_id, max_credits), update (max_credits), delete on housekeeping_attendances to omd_app;
grant insert (omd_id, business_id, business_date, attendant_id, section_name), delete on housekeeping_attendance_sections to omd_app;
grant insert (omd_id, business_id, business_date, attendant_id, published_at, published_by), update (published_at, published_by, version)
    on housekeeping_sheets to omd_app;
grant insert (omd_id, business_id, business_date, reservation_id, room_id, attendant_id), update (room_id, attendant_id), delete
    on housekeeping_published_rooms to omd_app;
