-- The horizon: partitions by OMD and quarter, made ahead, filled before they are attached, detached when old.
-- One function makes partitions (create_availability_quarter), so that another layout changes one function.

create or replace function quarter_start(p_date date) returns date
language sql immutable parallel safe
return date_trunc('quarter', p_date::timestamp)::date;
comment on function quarter_start(date) is 'The first day of the quarter a date lies in.';

create or replace function attach_quarter(p_parent text, p_omd_id int, p_from date, p_until date) returns void
language plpgsql security definer set search_path = public, pg_temp as $$
declare
    v_list text := format('%s_o%s', p_parent, p_omd_id);
    v_leaf text := format('%s_o%s_%s', p_parent, p_omd_id, to_char(p_from, 'YYYY"q"Q'));
begin
    if to_regclass(v_list) is null then
        execute format('create table %I (like %I including defaults including constraints including generated) partition by range (date)', v_list, p_parent);
        execute format('alter table %I enable row level security', v_list);
        execute format('alter table %I force row level security', v_list);
        execute format('alter table %I attach partition %I for values in (%s)', p_parent, v_list, p_omd_id);
    end if;
    execute format('alter table %I add constraint bounds check (omd_id = %s and date >= %L and date < %L)',
                   v_leaf, p_omd_id, p_from, p_until);
    execute format('alter table %I attach partition %I for values from (%L) to (%L)', v_list, v_leaf, p_from, p_until);
    execute format('alter table %I drop constraint bounds', v_leaf);
    execute format('alter table %I enable row level security', v_leaf);
    execute format('alter table %I force row level security', v_leaf);
end
$$;
comment on function attach_quarter(text, int, date, date) is
    'Attaches a filled leaf under its OMD''s list partition; a check constraint spares the scan that would prove its bounds.';

create or replace function create_availability_quarter(p_omd_id int, p_quarter date, p_fill_from date) returns bigint
language plpgsql security definer set search_path = public, pg_temp as $$
declare
    v_until date := (p_quarter + interval '3 months')::date;
    v_suffix text := format('o%s_%s', p_omd_id, to_char(p_quarter, 'YYYY"q"Q'));
    v_table text;
    v_rows bigint;
begin
    -- Who holds rooms back waits here, or has written what the new nights inherit.
    perform from availability_horizons h where h.omd_id = p_omd_id for update;
    foreach v_table in array array['room_availability', 'room_type_availability', 'reservation_nights'] loop
        execute format('create table %I (like %I including defaults including constraints including generated) with (fillfactor = 80)',
                       v_table || '_' || v_suffix, v_table);
    end loop;
    execute format(
        'insert into %I (omd_id, business_id, room_id, date, held_back)
         select r.omd_id, r.business_id, r.id, d::date, h.id is not null
         from individual_rooms r cross join generate_series($2::timestamp, $3::timestamp - interval ''1 day'', interval ''1 day'') d
         left join hold_backs h
             on h.omd_id = r.omd_id and h.business_id = r.business_id and h.room_id = r.id and h.starts_on <= d and h.ends_on > d
         where r.omd_id = $1 and r.retired_on is null
         order by r.business_id, r.id, d',
        'room_availability_' || v_suffix) using p_omd_id, p_fill_from, v_until;
    get diagnostics v_rows = row_count;
    execute format(
        'insert into %I (omd_id, business_id, room_type_id, date, physical, overbooking, held)
         select t.omd_id, t.business_id, t.id, d::date, t.quantity, t.overbooking, coalesce(b.rooms, 0)
         from room_types t cross join generate_series($2::timestamp, $3::timestamp - interval ''1 day'', interval ''1 day'') d
         left join (select h.business_id, h.room_type_id, n::date as date, sum(h.rooms) as rooms
                    from hold_backs h
                    cross join generate_series(greatest(h.starts_on, $2)::timestamp, least(h.ends_on, $3) - interval ''1 day'',
                                               interval ''1 day'') n
                    where h.omd_id = $1 and h.ends_on > $2
                    group by 1, 2, 3) b
             on b.business_id = t.business_id and b.room_type_id = t.id and b.date = d::date
         where t.omd_id = $1
         order by d, t.business_id, t.id',
        'room_type_availability_' || v_suffix) using p_omd_id, p_fill_from, v_until;
    foreach v_table in array array['room_availability', 'room_type_availability', 'reservation_nights'] loop
        perform attach_quarter(v_table, p_omd_id, p_quarter, v_until);
    end loop;
    insert into availability_horizons as h (omd_id, starts_on, ends_on) values (p_omd_id, p_fill_from, v_until)
    on conflict (omd_id) do update
        set starts_on = least(h.starts_on, excluded.starts_on), ends_on = greatest(h.ends_on, excluded.ends_on);
    return v_rows;
end
$$;
comment on function create_availability_quarter(int, date, date) is
    'Makes one quarter of an OMD''s supply: leaves filled for every room and type from p_fill_from on, held back as hold-backs say, then attached. Returns room-nights made.';

create or replace function detach_availability_before(p_omd_id int, p_before date) returns text[]
language plpgsql security definer set search_path = public, pg_temp as $$
declare
    v_leaf record;
    v_gone text[] := '{}';
    v_start date;
begin
    for v_leaf in
        select c.oid::regclass as leaf, c.relname, i.inhparent::regclass as list
        from pg_inherits i
        join pg_class c on c.oid = i.inhrelid
        where i.inhparent in (select x from unnest(array[
                to_regclass('room_availability_o' || p_omd_id),
                to_regclass('room_type_availability_o' || p_omd_id),
                to_regclass('reservation_nights_o' || p_omd_id)]) x)
          and to_date(right(c.relname, 6), 'YYYY"q"Q') is not null
        order by c.relname
    loop
        v_start := make_date(left(right(v_leaf.relname, 6), 4)::int, (right(v_leaf.relname, 1)::int - 1) * 3 + 1, 1);
        continue when (v_start + interval '3 months')::date > p_before;
        execute format('alter table %s detach partition %s', v_leaf.list, v_leaf.leaf);
        execute format('alter table %s set schema archive', v_leaf.leaf);
        v_gone := v_gone || v_leaf.relname::text;
    end loop;
    if cardinality(v_gone) > 0 then
        update availability_horizons set starts_on = greatest(starts_on, quarter_start(p_before))
        where omd_id = p_omd_id;
    end if;
    return v_gone;
end
$$;
comment on function detach_availability_before(int, date) is
    'Detaches the quarters that end on or before a date and keeps them in the schema archive. Returns their names.';

create or replace function open_rooms(p_omd_id int, p_business_id int, p_room_ids int[], p_from date) returns void
language plpgsql security definer set search_path = public, pg_temp as $$
declare
    v_from date;
    v_until date;
begin
    select greatest(h.starts_on, p_from), h.ends_on into v_from, v_until
    from availability_horizons h where h.omd_id = p_omd_id;
    if v_from is null or v_from >= v_until then
        return;
    end if;
    perform lock_house(p_omd_id, p_business_id);
    insert into room_type_availability as c (omd_id, business_id, room_type_id, date, physical, overbooking, house_limited)
    select t.omd_id, t.business_id, t.id, d::date, 0, t.overbooking,
           exists (select from house_availability h
                   where h.omd_id = p_omd_id and h.business_id = p_business_id and h.date = d::date)
    from room_types t cross join generate_series(v_from::timestamp, v_until - interval '1 day', interval '1 day') d
    where t.omd_id = p_omd_id and t.business_id = p_business_id
    on conflict do nothing;
    perform from room_type_availability c
    where c.omd_id = p_omd_id and c.business_id = p_business_id and c.date >= v_from and c.date < v_until
      and c.room_type_id in (select r.room_type_id from individual_rooms r
                             where r.omd_id = p_omd_id and r.business_id = p_business_id and r.id = any (p_room_ids))
    order by c.room_type_id, c.date for update;
    perform lock_house_nights(p_omd_id, p_business_id, v_from, v_until);
    update room_type_availability c set physical = c.physical + n.rooms
    from (select r.room_type_id, count(*) as rooms from individual_rooms r
          where r.omd_id = p_omd_id and r.business_id = p_business_id and r.id = any (p_room_ids)
          group by r.room_type_id) n
    where c.omd_id = p_omd_id and c.business_id = p_business_id and c.room_type_id = n.room_type_id
      and c.date >= v_from and c.date < v_until;
    insert into room_availability (omd_id, business_id, room_id, date)
    select p_omd_id, p_business_id, r, d::date
    from unnest(p_room_ids) r cross join generate_series(v_from::timestamp, v_until - interval '1 day', interval '1 day') d;
end
$$;
comment on function open_rooms(int, int, int[], date) is
    'Gives new rooms, and types without any, their rows from a date to the end of the horizon. Before the first horizon it does nothing.';

create or replace function close_room(p_omd_id int, p_business_id int, p_room_id int, p_from date) returns void
language plpgsql security definer set search_path = public, pg_temp as $$
begin
    perform lock_house(p_omd_id, p_business_id);
    perform from room_type_availability c
    join individual_rooms r on r.omd_id = c.omd_id and r.business_id = c.business_id and r.room_type_id = c.room_type_id
    where c.omd_id = p_omd_id and c.business_id = p_business_id and r.id = p_room_id and c.date >= p_from
    order by c.date for update of c;
    perform lock_house_nights(p_omd_id, p_business_id, p_from, 'infinity');
    if exists (select from room_availability s
               where s.omd_id = p_omd_id and s.business_id = p_business_id and s.room_id = p_room_id
                 and s.date >= p_from and (s.reservation_id is not null or s.maintenance is not null or s.held_back)) then
        raise exception 'room % still has stays or maintenance, or is held back, on or after %', p_room_id, p_from
            using errcode = 'OMD01', constraint = 'room_has_future_stays';
    end if;
    update room_type_availability c set physical = c.physical - 1
    from individual_rooms r, room_availability s
    where r.omd_id = p_omd_id and r.business_id = p_business_id and r.id = p_room_id
      and s.omd_id = p_omd_id and s.business_id = p_business_id and s.room_id = p_room_id and s.date >= p_from
      and c.omd_id = p_omd_id and c.business_id = p_business_id and c.room_type_id = r.room_type_id
      and c.date = s.date and c.date >= p_from;
    delete from room_availability s
    where s.omd_id = p_omd_id and s.business_id = p_business_id and s.room_id = p_room_id and s.date >= p_from;
    update individual_rooms r set retired_on = p_from
    where r.omd_id = p_omd_id and r.business_id = p_business_id and r.id = p_room_id;
end
$$;
comment on function close_room(int, int, int, date) is 'Retires a room from a date on; refuses while a stay or maintenance needs it, or it is held back.';

revoke execute on function attach_quarter(text, int, date, date), create_availability_quarter(int, date, date),
    detach_availability_before(int, date), open_rooms(int, int, int[], date), close_room(int, int, int, date) from public;
grant execute on function create_availability_quarter(int, date, date), detach_availability_before(int, date),
    open_rooms(int, int, int[], date), close_room(int, int, int, date) to omd_maintenance;

create or replace function set_overbooking(p_omd_id int, p_business_id int, p_room_type_id int, p_from date, p_until date,
                                           p_limit int) returns int
language plpgsql security definer set search_path = public, pg_temp as $$
declare
    v_touched int;
begin
    perform require_staff(p_business_id);
    perform lock_type_nights(p_omd_id, p_business_id, array[p_room_type_id], p_from, p_until);
    update room_type_availability c
    set overbooking = p_limit,
        forced = greatest(0, c.sold - greatest(0, c.physical - c.out_of_order - c.held + p_limit))
    where c.omd_id = p_omd_id and c.business_id = p_business_id and c.room_type_id = p_room_type_id
      and c.date >= p_from and c.date < p_until;
    get diagnostics v_touched = row_count;
    return v_touched;
end
$$;
comment on function set_overbooking(int, int, int, date, date, int) is
    'Sets how many rooms above those there are may be sold on [p_from, p_until). Nights already sold beyond a lowered limit are carried as forced. Returns the nights set.';

create or replace function force_nights(p_omd_id int, p_business_id int, p_room_type_id int, p_from date, p_until date,
                                        p_rooms int) returns date[]
language plpgsql security definer set search_path = public, pg_temp as $$
declare
    v_forced date[];
begin
    perform require_staff(p_business_id);
    with raised as (
        update room_type_availability c
        set forced = c.sold - greatest(0, c.physical - p_rooms - c.out_of_order - c.held + c.overbooking)
        where c.omd_id = p_omd_id and c.business_id = p_business_id and c.room_type_id = p_room_type_id
          and c.date >= p_from and c.date < p_until
          and c.sold > greatest(0, c.physical - p_rooms - c.out_of_order - c.held + c.overbooking) + c.forced
        returning c.date),
    raised_of_house as (
        update house_availability h
        set forced = h.sold - greatest(0, h.physical - p_rooms - h.out_of_order - h.held + h.overbooking)
        where h.omd_id = p_omd_id and h.business_id = p_business_id and h.date >= p_from and h.date < p_until
          and h.sold > greatest(0, h.physical - p_rooms - h.out_of_order - h.held + h.overbooking) + h.forced
        returning h.date)
    select array_agg(date order by date) into v_forced
    from (select date from raised union select date from raised_of_house) f;
    return v_forced;
end
$$;
comment on function force_nights(int, int, int, date, date, int) is
    'Raises forced, of the type and of the house, by just what p_rooms fewer rooms on [p_from, p_until) would leave uncovered. Returns the nights raised.';

revoke execute on function set_overbooking(int, int, int, date, date, int), force_nights(int, int, int, date, date, int) from public;
grant execute on function set_overbooking(int, int, int, date, date, int), force_nights(int, int, int, date, date, int) to omd_app;
