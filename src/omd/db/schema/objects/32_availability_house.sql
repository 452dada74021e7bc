-- The house-wide overbooking limit: a counter row for a hotel and night, where the hotel sets one and nowhere else.
-- House rows are locked after the rows of the room types, by date, and change with them in the same statement.

alter table house_availability enable row level security;
alter table house_availability force row level security;
drop policy if exists house_availability_of_tenant on house_availability;
create policy house_availability_of_tenant on house_availability
    using (omd_id = (select current_omd_id())
           and business_id = any ((select current_business_ids())::int[]));

create or replace function tg_house_availability__forced() returns trigger
language plpgsql set search_path = public, pg_temp as $$
begin
    new.forced := greatest(0, least(
        new.forced, new.sold - greatest(0, new.physical - new.out_of_order - new.held + new.overbooking)));
    return new;
end
$$;
comment on function tg_house_availability__forced() is
    'Gives forced nights back as soon as the excess they cover is gone.';
create or replace trigger _100_forced before update on house_availability
    for each row when (new.forced > 0 and new.forced = old.forced
                       and (new.sold, new.physical, new.out_of_order, new.held, new.overbooking)
                           is distinct from (old.sold, old.physical, old.out_of_order, old.held, old.overbooking))
    execute function tg_house_availability__forced();

create or replace function tg_room_type_availability__house() returns trigger
language plpgsql security definer set search_path = public, pg_temp set plan_cache_mode = auto as $$
begin
    update house_availability h
    set physical = h.physical + new.physical - old.physical, out_of_order = h.out_of_order + new.out_of_order - old.out_of_order,
        held = h.held + new.held - old.held, sold = h.sold + new.sold - old.sold
    where h.omd_id = new.omd_id and h.business_id = new.business_id and h.date = new.date;
    if not found then
        raise exception 'room type % is limited by its house on %, which has no counters then', new.room_type_id, new.date
            using errcode = 'OMD01', constraint = 'house_availability_agrees';
    end if;
    return null;
end
$$;
comment on function tg_room_type_availability__house() is
    'Carries every change of a type''s counters into those of its house; the check of the house row refuses what its limit does not leave.';
create or replace trigger _500_house after update on room_type_availability
    for each row when (new.house_limited and (new.sold <> old.sold or new.physical <> old.physical
                       or new.out_of_order <> old.out_of_order or new.held <> old.held))
    execute function tg_room_type_availability__house();

create or replace function lock_house(p_omd_id int, p_business_id int) returns void
language plpgsql security definer set search_path = public, pg_temp as $$
begin
    perform from businesses b where b.omd_id = p_omd_id and b.id = p_business_id for no key update;
end
$$;
comment on function lock_house(int, int) is
    'Keeps apart who sets a house-wide limit and who gives a hotel new counters, which the limit must count. Bookings do not meet it.';

create or replace function lock_house_nights(p_omd_id int, p_business_id int, p_from date, p_until date) returns date[]
language plpgsql security definer set search_path = public, pg_temp set plan_cache_mode = auto as $$
begin
    return (select array_agg(h.date order by h.date)
                   filter (where h.sold >= greatest(0, h.physical - h.out_of_order - h.held + h.overbooking))
            from (select * from house_availability l
                  where l.omd_id = p_omd_id and l.business_id = p_business_id and l.date >= p_from and l.date < p_until
                  order by l.date for update) h);
end
$$;
comment on function lock_house_nights(int, int, date, date) is
    'Locks the counters of a house over [p_from, p_until) by date, after those of its types. Returns the nights on which its limit leaves nothing, or null.';

create or replace function force_house_nights(p_omd_id int, p_business_id int, p_dates date[]) returns void
language plpgsql security definer set search_path = public, pg_temp set plan_cache_mode = auto as $$
begin
    update house_availability h
    set forced = h.sold + 1 - greatest(0, h.physical - h.out_of_order - h.held + h.overbooking)
    where h.omd_id = p_omd_id and h.business_id = p_business_id and h.date = any (p_dates);
end
$$;
comment on function force_house_nights(int, int, date[]) is
    'Lets one night more be sold above the house-wide limit on these dates, by a named override. The caller has locked them.';

create or replace function set_house_overbooking(p_omd_id int, p_business_id int, p_from date, p_until date, p_limit int) returns int
language plpgsql security definer set search_path = public, pg_temp set plan_cache_mode = force_custom_plan as $$
declare
    v_types int[];
    v_touched int;
begin
    perform require_staff(p_business_id);
    perform lock_house(p_omd_id, p_business_id);
    v_types := array(select t.id from room_types t where t.omd_id = p_omd_id and t.business_id = p_business_id);
    perform lock_type_nights(p_omd_id, p_business_id, v_types, p_from, p_until);
    insert into house_availability as h (omd_id, business_id, date, physical, out_of_order, held, sold, overbooking, forced)
    select c.omd_id, c.business_id, c.date, sum(c.physical), sum(c.out_of_order), sum(c.held), sum(c.sold), p_limit,
           greatest(0, sum(c.sold) - greatest(0, sum(c.physical - c.out_of_order - c.held) + p_limit))
    from room_type_availability c
    where c.omd_id = p_omd_id and c.business_id = p_business_id and c.date >= p_from and c.date < p_until
    group by c.omd_id, c.business_id, c.date
    on conflict (omd_id, business_id, date) do update
        set overbooking = excluded.overbooking, forced = excluded.forced;
    get diagnostics v_touched = row_count;
    update room_type_availability c set house_limited = true
    where c.omd_id = p_omd_id and c.business_id = p_business_id and c.date >= p_from and c.date < p_until
      and not c.house_limited;
    return v_touched;
end
$$;
comment on function set_house_overbooking(int, int, date, date, int) is
    'Sets how many rooms above those of all types together a hotel may sell on [p_from, p_until). Nights already sold beyond it are carried as forced. Returns the nights set.';

create or replace function remove_house_overbooking(p_omd_id int, p_business_id int, p_from date, p_until date) returns int
language plpgsql security definer set search_path = public, pg_temp set plan_cache_mode = force_custom_plan as $$
declare
    v_types int[];
    v_touched int;
begin
    perform require_staff(p_business_id);
    perform lock_house(p_omd_id, p_business_id);
    v_types := array(select t.id from room_types t where t.omd_id = p_omd_id and t.business_id = p_business_id);
    perform lock_type_nights(p_omd_id, p_business_id, v_types, p_from, p_until);
    update room_type_availability c set house_limited = false
    where c.omd_id = p_omd_id and c.business_id = p_business_id and c.date >= p_from and c.date < p_until
      and c.house_limited;
    delete from house_availability h
    where h.omd_id = p_omd_id and h.business_id = p_business_id and h.date >= p_from and h.date < p_until;
    get diagnostics v_touched = row_count;
    return v_touched;
end
$$;
comment on function remove_house_overbooking(int, int, date, date) is
    'Lifts the house-wide limit on [p_from, p_until), and its counters with it. Returns the nights on which there was one.';

grant select on house_availability to omd_app, omd_maintenance;
revoke execute on function tg_room_type_availability__house() from public;
revoke execute on function lock_house(int, int), lock_house_nights(int, int, date, date), force_house_nights(int, int, date[]),
    set_house_overbooking(int, int, date, date, int), remove_house_overbooking(int, int, date, date) from public;
grant execute on function set_house_overbooking(int, int, date, date, int), remove_house_overbooking(int, int, date, date) to omd_app;
