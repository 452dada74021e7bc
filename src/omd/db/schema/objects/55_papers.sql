-- papers: for the hotel's staff. A hotel may ask that nobody checks in unregistered; the trigger here holds it.

alter table registration_rules enable row level security;
alter table registration_rules force row level security;
drop policy if exists registration_rules_read on registration_rules;
create policy registration_rules_read on registration_rules for select
    using (omd_id = (select nullif(current_setting('omd.omd_id', true), '')::int)
           and business_id = any ((select nullif(current_setting('omd.reader_business_ids', true), '')::int[])::int[]));
drop policy if exists registration_rules_written on registration_rules;
create policy registration_rules_written on registration_rules
    using (omd_id = (select nullif(current_setting('omd.omd_id', true), '')::int)
           and business_id = any ((select nullif(current_setting('omd.staff_business_ids', true), '')::int[])::int[]));

create or replace function registration_fields(p_country text, p_rules jsonb) returns jsonb
language sql immutable parallel safe set search_path = public, pg_temp
return (select r.value -> 'fields' from jsonb_array_elements(p_rules) r
        where r.value ->> 'residence' is null or r.value ->> 'residence' = upper(btrim(p_country))
        order by r.value ->> 'residence' nulls last limit 1);
comment on function registration_fields(text, jsonb) is 'What is asked of a guest who lives in a country: by its own rule, else by that for all others.';

create or replace function registration_gaps(p_guest reservation_guests, p_rules jsonb) returns text[]
language sql immutable parallel safe set search_path = public, pg_temp
return (select coalesce(array_agg(f.value ->> 'field' order by f.position), '{}')
        from jsonb_array_elements(registration_fields(p_guest.country, p_rules)) with ordinality f (value, position)
        where (f.value ->> 'required')::boolean
          and nullif(btrim(to_jsonb(p_guest) ->> (f.value ->> 'field')), '') is null);
comment on function registration_gaps(reservation_guests, jsonb) is 'Which required fields of the registration form a guest lacks, in its order.';

create or replace function tg_reservations__registered() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
declare
    v_missing jsonb;
begin
    select jsonb_agg(jsonb_build_object('guest', w.place, 'fields', w.gaps) order by w.place) into v_missing
    from (select row_number() over (order by g.is_primary desc, g.id) as place, registration_gaps(g, s.rules) as gaps
          from registration_rules s
          join reservation_guests g on g.omd_id = s.omd_id and g.business_id = s.business_id and g.reservation_id = new.id
          where s.omd_id = new.omd_id and s.business_id = new.business_id and s.blocks_check_in) w
    where cardinality(w.gaps) > 0;
    if v_missing is not null then
        raise exception 'the guests of stay % are not registered', new.code
            using errcode = 'OMD01', constraint = 'reservations_registered', detail = v_missing::text;
    end if;
    return new;
end
$$;
comment on function tg_reservations__registered() is
    'Nobody checks in before what the registration form must have is there, where the hotel asks for that.';
create or replace trigger _130_registered before update on reservations
    for each row when (old.status = 'confirmed' and new.status = 'in_house')
    execute function tg_reservations__registered();

revoke execute on function tg_reservations__registered() from public;
grant select on registration_rules to omd_app, omd_maintenance;
grant insert (omd_id, business_id, rules, blocks_check_in, series), update (rules, blocks_check_in, series) on registration_rules to omd_app;

alter table registration_numbers enable row level security;
alter table registration_numbers force row level security;
drop policy if exists registration_numbers_read on registration_numbers;
create policy registration_numbers_read on registration_numbers for select
    using (omd_id = (select current_omd_id()) and business_id = any ((select current_reader_business_ids())::int[]));
drop policy if exists registration_numbers_given on registration_numbers;
create policy registration_numbers_given on registration_numbers for insert to omd_owner
    with check (omd_id = (select current_omd_id()) and business_id = any ((select current_reader_business_ids())::int[]));

create or replace function number_forms(p_omd_id int, p_business_id int, p_reservation_id uuid, p_forms int, p_actor text, p_now timestamptz)
returns table (place int, series text, number int)
language plpgsql security definer set search_path = public, pg_temp as $$
#variable_conflict use_column
declare
    -- One class of advisory locks for the forms' numbers, one lock in it for each hotel.
    c_lock_class constant int := 1870212714;
    v_series text;
begin
    -- Null is nobody's hotel: whatever is not plainly true is refused.
    if (p_business_id = any (current_reader_business_ids())) is not true then
        raise exception 'this actor does not read the guests of hotel %', p_business_id using errcode = 'insufficient_privilege';
    end if;
    if p_forms > (select count(*) from registration_numbers n
                  where n.omd_id = p_omd_id and n.business_id = p_business_id and n.reservation_id = p_reservation_id and n.place <= p_forms) then
        -- Whoever gives numbers of the hotel waits here for who does, and then sees theirs.
        perform pg_advisory_xact_lock(c_lock_class, p_business_id);
        select r.series into v_series from registration_rules r where r.omd_id = p_omd_id and r.business_id = p_business_id;
    end if;
    if v_series is not null then
        insert into registration_numbers (omd_id, business_id, series, number, reservation_id, place, issued_at, issued_by)
        select p_omd_id, p_business_id, v_series,
               (select coalesce(max(n.number), 0) from registration_numbers n
                where n.omd_id = p_omd_id and n.business_id = p_business_id and n.series = v_series) + row_number() over (order by w.place),
               p_reservation_id, w.place, p_now, p_actor
        from generate_series(1, p_forms) as w (place)
        where not exists (select from registration_numbers n
                          where n.omd_id = p_omd_id and n.business_id = p_business_id and n.reservation_id = p_reservation_id
                            and n.place = w.place);
    end if;
    return query
        select n.place, n.series, n.number from registration_numbers n
        where n.omd_id = p_omd_id and n.business_id = p_business_id and n.reservation_id = p_reservation_id and n.place <= p_forms;
end
$$;
comment on function number_forms(int, int, uuid, int, text, timestamptz) is
    'Gives the forms of a stay that have none yet the next numbers of the hotel''s series, if it has one, and returns all of its forms'' numbers.';
revoke execute on function number_forms(int, int, uuid, int, text, timestamptz) from public;
grant execute on function number_forms(int, int, uuid, int, text, timestamptz) to omd_app;
grant select on registration_numbers to omd_app, omd_maintenance;
