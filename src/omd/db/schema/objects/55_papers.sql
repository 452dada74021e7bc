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
grant insert (omd_id, business_id, rules, blocks_check_in), update (rules, blocks_check_in) on registration_rules to omd_app;
