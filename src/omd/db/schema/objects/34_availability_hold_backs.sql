-- Hold-backs: what a hotel keeps off sale without a defect. The counters hold them in `held`; a certain room holds them on its nights.

alter table hold_backs enable row level security;
alter table hold_backs force row level security;
drop policy if exists hold_backs_read on hold_backs;
create policy hold_backs_read on hold_backs for select
    using (omd_id = (select current_omd_id())
           and business_id = any ((select current_reader_business_ids())::int[]));
drop policy if exists hold_backs_of_staff on hold_backs;
create policy hold_backs_of_staff on hold_backs for all
    using (omd_id = (select current_omd_id())
           and business_id = any ((select current_staff_business_ids())::int[]));

create or replace function tg_hold_backs__apply() returns trigger
language plpgsql security definer set search_path = public, pg_temp set plan_cache_mode = force_custom_plan as $$
declare
    v_row hold_backs := case when tg_op = 'DELETE' then old else new end;
    v_was daterange := case when tg_op = 'INSERT' then 'empty' else daterange(old.starts_on, old.ends_on) end;
    v_is daterange := case when tg_op = 'DELETE' then 'empty' else daterange(new.starts_on, new.ends_on) end;
    v_rooms_were int := case when tg_op = 'INSERT' then 0 else old.rooms end;
    v_rooms int := case when tg_op = 'DELETE' then 0 else new.rooms end;
    v_from date;
    v_until date;
begin
    -- Who opens nights waits here, or has written those that are held back below.
    select greatest(h.starts_on, lower(range_merge(v_was, v_is))), least(h.ends_on, upper(range_merge(v_was, v_is)))
    into v_from, v_until
    from availability_horizons h where h.omd_id = v_row.omd_id for share;
    if v_row.room_id is not null then
        perform keep_room_of_type(v_row);
    end if;
    update room_type_availability c set held = c.held + d.rooms
    from (select n::date as date,
                 case when n::date <@ v_is then v_rooms else 0 end - case when n::date <@ v_was then v_rooms_were else 0 end as rooms
          from generate_series(v_from::timestamp, v_until - interval '1 day', interval '1 day') n) d
    where c.omd_id = v_row.omd_id and c.business_id = v_row.business_id and c.room_type_id = v_row.room_type_id
      and c.date >= v_from and c.date < v_until and c.date = d.date and d.rooms <> 0
      and (v_row.room_id is null or exists (
          select from room_availability s
          where s.omd_id = v_row.omd_id and s.business_id = v_row.business_id and s.room_id = v_row.room_id
            and s.date >= v_from and s.date < v_until and s.date = c.date
            and s.maintenance is distinct from 'out_of_order'));
    if v_row.room_id is not null then
        perform hold_room_nights(v_row, v_was, v_is, v_from, v_until);
    end if;
    return null;
end
$$;
comment on function tg_hold_backs__apply() is
    'Counts a hold-back into the counters of its type, and writes one of a certain room onto its nights; takes back what it no longer holds.';

create or replace function keep_room_of_type(p_row hold_backs) returns void
language plpgsql security definer set search_path = public, pg_temp as $$
begin
    if not exists (select from individual_rooms r
                   where r.omd_id = p_row.omd_id and r.business_id = p_row.business_id and r.id = p_row.room_id
                     and r.room_type_id = p_row.room_type_id) then
        raise exception 'room % is not of room type %', p_row.room_id, p_row.room_type_id
            using errcode = 'OMD01', constraint = 'hold_backs_room_of_type';
    end if;
end
$$;
comment on function keep_room_of_type(hold_backs) is 'Refuses a hold-back that counts in another type than its room is of.';

create or replace function hold_room_nights(p_row hold_backs, p_was daterange, p_is daterange, p_from date, p_until date)
returns void
language plpgsql security definer set search_path = public, pg_temp set plan_cache_mode = force_custom_plan as $$
declare
    v_wanted int;
    v_touched int;
begin
    update room_availability s set held_back = false
    where s.omd_id = p_row.omd_id and s.business_id = p_row.business_id and s.room_id = p_row.room_id
      and s.date >= p_from and s.date < p_until and s.date <@ p_was and not s.date <@ p_is and s.held_back;
    update room_availability s set held_back = true
    where s.omd_id = p_row.omd_id and s.business_id = p_row.business_id and s.room_id = p_row.room_id
      and s.date >= p_from and s.date < p_until and s.date <@ p_is and not s.date <@ p_was and not s.held_back;
    get diagnostics v_touched = row_count;
    select count(*) into v_wanted
    from generate_series(p_from::timestamp, p_until - interval '1 day', interval '1 day') n
    where n::date <@ p_is and not n::date <@ p_was;
    if v_touched <> v_wanted then
        raise exception 'room % is already held back, or has no availability, on some night from % to %',
            p_row.room_id, p_row.starts_on, p_row.ends_on
            using errcode = 'OMD01', constraint = 'hold_backs_one_a_night';
    end if;
end
$$;
comment on function hold_room_nights(hold_backs, daterange, daterange, date, date) is
    'Writes a hold-back onto the nights of its room that it came to hold, and takes it from those it holds no longer; once a night.';

create or replace trigger _500_apply after insert or update or delete on hold_backs
    for each row execute function tg_hold_backs__apply();

create or replace view room_hold_backs with (security_invoker = true) as
select h.omd_id, h.business_id, h.room_id, h.id, h.reason, lower(n.nights) as starts_on, upper(n.nights) as ends_on
from hold_backs h
cross join lateral unnest(datemultirange(daterange(h.starts_on, h.ends_on)) - coalesce((
    select range_agg(daterange(m.starts_on, m.ends_on)) from maintenance_intervals m
    where m.omd_id = h.omd_id and m.business_id = h.business_id and m.room_id = h.room_id and m.kind = 'out_of_order'
      and m.ends_on > h.starts_on and m.starts_on < h.ends_on), '{}')) as n (nights)
where h.room_id is not null;
comment on view room_hold_backs is
    'The nights on which nothing but a hold-back takes a certain room: those on which it is out of order besides are left out.';

revoke execute on function tg_hold_backs__apply(), keep_room_of_type(hold_backs),
    hold_room_nights(hold_backs, daterange, daterange, date, date) from public;
grant select on hold_backs, room_hold_backs to omd_app, omd_maintenance;
grant insert (omd_id, business_id, room_type_id, room_id, rooms, kind, starts_on, ends_on, reason, created_at, created_by)
    on hold_backs to omd_app;
grant update (rooms, kind, starts_on, ends_on, reason), delete on hold_backs to omd_app;
