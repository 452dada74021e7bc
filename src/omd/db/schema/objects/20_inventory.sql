-- inventory: what a hotel has. Rooms are counted into the quantity of their type as they come and go.

alter table businesses enable row level security;
alter table businesses force row level security;
drop policy if exists businesses_of_tenant on businesses;
create policy businesses_of_tenant on businesses for select
    using (omd_id = (select nullif(current_setting('omd.omd_id', true), '')::int)
           and ((select current_omd_scope()) in ('omd', 'system')
                or id = any ((select nullif(current_setting('omd.business_ids', true), '')::int[])::int[])));
drop policy if exists businesses_written on businesses;
create policy businesses_written on businesses
    using (omd_id = (select nullif(current_setting('omd.omd_id', true), '')::int)
           and ((select current_omd_scope()) = 'system'
                or (select current_administers_omd())
                or id = any ((select current_admin_business_ids())::int[])));

drop policy if exists businesses_locked on businesses;
create policy businesses_locked on businesses for update to omd_owner
    using (omd_id = (select current_omd_id()) and id = any ((select current_staff_business_ids())::int[]))
    with check (false);
comment on policy businesses_locked on businesses is
    'Lets lock_house lock the hotel for its staff, who may not change it: a lock that sees no row holds nothing.';

drop policy if exists businesses_dated on businesses;
create policy businesses_dated on businesses for update to omd_owner
    using (omd_id = (select current_omd_id()) and id = any ((select current_staff_business_ids())::int[]));
comment on policy businesses_dated on businesses is
    'Lets set_business_date, and no statement of the staff''s own, write the date of their hotel.';

create or replace function lock_business_date(p_omd_id int, p_business_id int) returns date
language plpgsql security definer set search_path = public, pg_temp as $$
begin
    perform require_staff(p_business_id);
    -- The strongest lock of a row: it waits for who read the date to post by it, and lets nobody read it so meanwhile.
    return (select b.business_date from businesses b where b.omd_id = p_omd_id and b.id = p_business_id for update);
end
$$;
comment on function lock_business_date(int, int) is
    'The date a hotel holds, which nobody posts by until the transaction ends; whoever did has committed.';

create or replace function set_business_date(p_omd_id int, p_business_id int, p_date date) returns void
language plpgsql security definer set search_path = public, pg_temp as $$
begin
    perform require_staff(p_business_id);
    update businesses b set business_date = p_date where b.omd_id = p_omd_id and b.id = p_business_id;
    perform record_event(p_omd_id, p_business_id, 'business.date_held', jsonb_build_object('business_date', p_date));
end
$$;
comment on function set_business_date(int, int, date) is
    'Opens a date of a hotel, or lets it go by the clock (null), and tells of it.';
revoke execute on function lock_business_date(int, int), set_business_date(int, int, date) from public;
grant execute on function lock_business_date(int, int), set_business_date(int, int, date) to omd_app;

alter table room_types enable row level security;
alter table room_types force row level security;
drop policy if exists room_types_of_tenant on room_types;
create policy room_types_of_tenant on room_types
    using (omd_id = (select nullif(current_setting('omd.omd_id', true), '')::int)
           and business_id = any ((select nullif(current_setting('omd.business_ids', true), '')::int[])::int[]));

alter table individual_rooms enable row level security;
alter table individual_rooms force row level security;
drop policy if exists individual_rooms_of_tenant on individual_rooms;
create policy individual_rooms_of_tenant on individual_rooms
    using (omd_id = (select nullif(current_setting('omd.omd_id', true), '')::int)
           and business_id = any ((select nullif(current_setting('omd.business_ids', true), '')::int[])::int[]));

create or replace function tg_individual_rooms__count() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
declare
    v_touched int;
begin
    update room_types t
    set quantity = (
        select count(*) from individual_rooms r
        where r.omd_id = t.omd_id and r.business_id = t.business_id
          and r.room_type_id = t.id and r.retired_on is null)
    where (t.omd_id, t.business_id, t.id) in
        (select n.omd_id, n.business_id, n.room_type_id from changed_rooms n);
    get diagnostics v_touched = row_count;
    if v_touched <> (select count(distinct n.room_type_id) from changed_rooms n) then
        raise exception 'rooms changed of a room type that this transaction does not see'
            using errcode = 'OMD01', constraint = 'room_types_quantity_counted';
    end if;
    return null;
end
$$;
comment on function tg_individual_rooms__count() is 'Counts the rooms in use of every type a statement touched.';
create or replace trigger _500_count_new after insert on individual_rooms
    referencing new table as changed_rooms
    for each statement execute function tg_individual_rooms__count();
create or replace trigger _500_count_changed after update on individual_rooms
    referencing new table as changed_rooms
    for each statement execute function tg_individual_rooms__count();
create or replace trigger _500_count_gone after delete on individual_rooms
    referencing old table as changed_rooms
    for each statement execute function tg_individual_rooms__count();

create or replace function tg_individual_rooms__keep_type() returns trigger
language plpgsql set search_path = public, pg_temp as $$
begin
    raise exception 'room % keeps its room type; retire it and add a new room', old.number
        using errcode = 'OMD01', constraint = 'individual_rooms_keep_type';
end
$$;
comment on function tg_individual_rooms__keep_type() is 'The counters of past and future nights count a room under its type: the type cannot change under them.';
create or replace trigger _100_keep_type before update on individual_rooms
    for each row when (old.room_type_id is distinct from new.room_type_id)
    execute function tg_individual_rooms__keep_type();

revoke execute on function tg_individual_rooms__count() from public;
grant select on businesses, room_types, individual_rooms to omd_app, omd_maintenance;
grant insert (omd_id, code, name, time_zone, currency, business_date) on businesses to omd_maintenance;
grant insert (omd_id, code, name, time_zone, currency) on businesses to omd_app;
grant update (name, time_zone, business_date, night_hour) on businesses to omd_maintenance;
grant insert (omd_id, business_id, code, name, max_adults, max_children, max_occupancy, min_occupancy, standard_occupancy, overbooking)
    on room_types to omd_maintenance;
grant update (name, max_adults, max_children, max_occupancy, min_occupancy, standard_occupancy, overbooking)
    on room_types to omd_maintenance;
grant insert (omd_id, business_id, room_type_id, number, floor, features) on individual_rooms to omd_maintenance;
grant update (floor, features, retired_on) on individual_rooms to omd_maintenance;
