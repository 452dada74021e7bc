-- availability: read by whoever sees the hotel, written only by the functions and triggers below.
-- The app role has no right to write here at all: a claim is made by holding a reservation night.

alter table availability_horizons enable row level security;
alter table availability_horizons force row level security;
drop policy if exists availability_horizons_of_tenant on availability_horizons;
create policy availability_horizons_of_tenant on availability_horizons using (omd_id = (select nullif(current_setting('omd.omd_id', true), '')::int));

alter table room_availability enable row level security;
alter table room_availability force row level security;
drop policy if exists room_availability_of_tenant on room_availability;
create policy room_availability_of_tenant on room_availability
    using (omd_id = (select nullif(current_setting('omd.omd_id', true), '')::int)
           and business_id = any ((select nullif(current_setting('omd.business_ids', true), '')::int[])::int[]));

alter table room_type_availability enable row level security;
alter table room_type_availability force row level security;
drop policy if exists room_type_availability_of_tenant on room_type_availability;
create policy room_type_availability_of_tenant on room_type_availability
    using (omd_id = (select nullif(current_setting('omd.omd_id', true), '')::int)
           and business_id = any ((select nullif(current_setting('omd.business_ids', true), '')::int[])::int[]));

alter table maintenance_intervals enable row level security;
alter table maintenance_intervals force row level security;
drop policy if exists maintenance_intervals_of_tenant on maintenance_intervals;
create policy maintenance_intervals_of_tenant on maintenance_intervals for select
    using (omd_id = (select nullif(current_setting('omd.omd_id', true), '')::int)
           and business_id = any ((select nullif(current_setting('omd.business_ids', true), '')::int[])::int[]));
drop policy if exists maintenance_intervals_by_staff on maintenance_intervals;
create policy maintenance_intervals_by_staff on maintenance_intervals for all
    using (omd_id = (select nullif(current_setting('omd.omd_id', true), '')::int)
           and business_id = any ((select nullif(current_setting('omd.staff_business_ids', true), '')::int[])::int[]));

-- A limit below zero keeps rooms back, never more than there are: hence greatest(0, ...) wherever places are counted.
create or replace function tg_room_type_availability__forced() returns trigger
language plpgsql set search_path = public, pg_temp as $$
begin
    new.forced := greatest(0, least(
        new.forced, new.sold - greatest(0, new.physical - new.out_of_order - new.held + new.overbooking)));
    return new;
end
$$;
comment on function tg_room_type_availability__forced() is
    'Gives forced nights back as soon as the excess they cover is gone.';
-- Not where only forced is written: room is made for a forced stay between two attempts, and the second writes it again.
create or replace trigger _100_forced before update on room_type_availability
    for each row when (new.forced > 0 and new.forced = old.forced
                       and (new.sold, new.physical, new.out_of_order, new.held, new.overbooking)
                           is distinct from (old.sold, old.physical, old.out_of_order, old.held, old.overbooking))
    execute function tg_room_type_availability__forced();

create or replace function tg_maintenance_intervals__apply() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
declare
    v_row maintenance_intervals := case when tg_op = 'INSERT' then new else old end;
    v_kind text := case when tg_op = 'INSERT' then new.kind end;
    v_type int;
    v_touched int;
begin
    if tg_op = 'UPDATE' then
        if new.ends_on > old.ends_on or (new.room_id, new.kind, new.starts_on) is distinct from (old.room_id, old.kind, old.starts_on) then
            raise exception 'maintenance interval % can only end earlier; end it and start another', old.id
                using errcode = 'OMD01', constraint = 'maintenance_intervals_only_end_earlier';
        end if;
        v_row.starts_on := new.ends_on;
    end if;
    select r.room_type_id into v_type from individual_rooms r
    where r.omd_id = v_row.omd_id and r.business_id = v_row.business_id and r.id = v_row.room_id;
    if v_row.kind = 'out_of_order' then
        -- A room that is held back is off sale for one reason at a time.
        update room_type_availability c
        set out_of_order = c.out_of_order + case when tg_op = 'INSERT' then 1 else -1 end,
            held = c.held - case when tg_op = 'INSERT' then 1 else -1 end * coalesce((
                select s.held_back::int from room_availability s
                where s.omd_id = v_row.omd_id and s.business_id = v_row.business_id and s.room_id = v_row.room_id
                  and s.date = c.date and s.date >= v_row.starts_on and s.date < v_row.ends_on), 0)
        where c.omd_id = v_row.omd_id and c.business_id = v_row.business_id and c.room_type_id = v_type
          and c.date >= v_row.starts_on and c.date < v_row.ends_on;
    end if;
    update room_availability s
    set maintenance = v_kind
    where s.omd_id = v_row.omd_id and s.business_id = v_row.business_id and s.room_id = v_row.room_id
      and s.date >= v_row.starts_on and s.date < v_row.ends_on
      and (s.maintenance is null) = (v_kind is not null);
    get diagnostics v_touched = row_count;
    if tg_op = 'INSERT' and v_touched <> v_row.ends_on - v_row.starts_on then
        raise exception 'room % is already under maintenance, or has no availability, on some night from % to %',
            v_row.room_id, v_row.starts_on, v_row.ends_on
            using errcode = 'OMD01', constraint = 'maintenance_intervals_one_a_night';
    end if;
    return null;
end
$$;
comment on function tg_maintenance_intervals__apply() is
    'Writes an interval onto the nights of its room and, if out of order, into the counters of its type; takes both back when it goes or ends earlier.';
create or replace trigger _500_apply after insert or update or delete on maintenance_intervals
    for each row execute function tg_maintenance_intervals__apply();

create or replace view room_night_statuses with (security_invoker = true) as
select a.omd_id, a.business_id, a.room_id, a.date, a.available,
       case
           when a.maintenance = 'out_of_order' then 'out_of_order'
           when r.status = 'in_house' then 'occupied'
           when a.reservation_id is not null then 'reserved'
           when a.held_back then 'held_back'
           when a.maintenance = 'out_of_service' then 'out_of_service'
           else 'available'
       end as status
from room_availability a
left join reservations r
    on r.omd_id = a.omd_id and r.business_id = a.business_id and r.id = a.reservation_id;
comment on view room_night_statuses is 'One word for a room and night, derived from its maintenance, what holds it back and the stay that claims it.';

revoke execute on function tg_maintenance_intervals__apply() from public;
grant select on availability_horizons, room_availability, room_type_availability, maintenance_intervals,
    room_night_statuses to omd_app, omd_maintenance;
grant insert (omd_id, business_id, room_id, kind, starts_on, ends_on, reason, returns_as, created_at, created_by)
    on maintenance_intervals to omd_app;
grant update (ends_on), delete on maintenance_intervals to omd_app;

create or replace function count_type_nights(p_omd_id int, p_hotel_ids int[], p_arrival date, p_departure date)
returns table (business_id int, room_type_id int, nights int, available int, sellable int)
language plpgsql stable set search_path = public, pg_temp set plan_cache_mode = force_custom_plan as $$
#variable_conflict use_column
begin
    return query
    select c.business_id, c.room_type_id, count(*)::int,
           greatest(0, min(c.physical - c.out_of_order - c.held - c.sold)),
           greatest(0, min(c.physical - c.out_of_order - c.held + c.overbooking - c.sold))
    from room_type_availability c
    where c.omd_id = p_omd_id and c.business_id = any (p_hotel_ids) and c.date >= p_arrival and c.date < p_departure
    group by c.business_id, c.room_type_id;
end
$$;
comment on function count_type_nights(int, int[], date, date) is
    'The least of a stay''s nights by room type, planned for the partitions it touches; the types themselves are asked with a plan that is kept.';

create or replace function describe_hotels(p_omd_id int, p_hotel_ids int[], p_arrival date, p_departure date, p_now timestamptz)
returns table (business_id int, code text, name text, business_date date, house_sellable int)
language plpgsql stable set search_path = public, pg_temp set plan_cache_mode = auto as $$
#variable_conflict use_column
begin
    return query
    select b.id, b.code, b.name, coalesce(b.business_date, (p_now at time zone b.time_zone)::date),
           (select greatest(0, min(h.physical - h.out_of_order - h.held + h.overbooking - h.sold))
            from house_availability h
            where h.omd_id = p_omd_id and h.business_id = b.id and h.date >= p_arrival and h.date < p_departure
            having count(*) > 0)
    from businesses b
    where b.omd_id = p_omd_id and b.id = any (p_hotel_ids);
end
$$;
comment on function describe_hotels(int, int[], date, date, timestamptz) is
    'The day each hotel works on, and the least that its house-wide limit leaves of a stay''s nights, null without one: once a hotel, not once a room type. A function, so that the planner expects many and hashes them.';

drop function if exists search_type_availability(text, int, text, int[], int[], int[], date, date, int, int);
-- Dropped, not replaced: the columns of its answer are part of what it is.
drop function if exists search_type_availability(text, int, text, int[], int[], int[], date, date, int, int, timestamptz);
create or replace function search_type_availability(
    p_role text, p_omd_id int, p_scope text, p_business_ids int[], p_staff_business_ids int[],
    p_hotel_ids int[], p_arrival date, p_departure date, p_adults int, p_children int, p_now timestamptz)
returns table (business_id int, business_code text, business_name text, business_date date, room_type_id int, code text,
               name text, quantity int, max_adults int, max_children int, max_occupancy int, nights_counted int,
               available int, sellable int, house_sellable int)
language plpgsql set search_path = public, pg_temp as $$
#variable_conflict use_column
begin
    perform enter_context(p_role, p_omd_id, p_scope, p_business_ids, p_staff_business_ids);
    return query
    select t.business_id, b.code, b.name, b.business_date, t.id, t.code, t.name, t.quantity, t.max_adults, t.max_children,
           t.max_occupancy, coalesce(c.nights, 0),
           case when p_arrival >= b.business_date then coalesce(c.available, 0) else 0 end,
           case when p_arrival >= b.business_date then least(coalesce(c.sellable, 0), b.house_sellable) else 0 end,
           b.house_sellable
    from room_types t
    join describe_hotels(p_omd_id, p_hotel_ids, p_arrival, p_departure, p_now) b on b.business_id = t.business_id
    left join count_type_nights(p_omd_id, p_hotel_ids, p_arrival, p_departure) c
        on c.business_id = t.business_id and c.room_type_id = t.id
    where t.omd_id = p_omd_id and t.business_id = any (p_hotel_ids)
      and t.max_adults >= p_adults and t.max_occupancy >= p_adults + p_children
    order by t.business_id, t.id;
end
$$;
comment on function search_type_availability(text, int, text, int[], int[], int[], date, date, int, int, timestamptz) is
    'Every room type of some hotels that takes the party, with the least free and sellable rooms of its nights, sellable no more than the house-wide limit leaves, which is beside them for who sums a hotel up; none where the hotel''s business date has passed the arrival. Enters the actor''s context first, so that a search is one round trip. Runs as the caller, under row security.';
