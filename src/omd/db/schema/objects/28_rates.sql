-- rates: seen by whoever sees the hotel's rooms, written by its own staff; every write of a hotel's prices waits for the one before.

do $policies$
declare
    v_table text;
begin
    foreach v_table in array array['rate_policies', 'rate_plans', 'rate_plan_brackets', 'rate_plan_types', 'rates', 'restrictions', 'quotas'] loop
        execute format('alter table %I enable row level security', v_table);
        execute format('alter table %I force row level security', v_table);
        execute format('drop policy if exists %I on %I', v_table || '_seen', v_table);
        execute format(
            'create policy %I on %I for select using (omd_id = (select nullif(current_setting(''omd.omd_id'', true), '''')::int) '
            'and business_id = any ((select nullif(current_setting(''omd.business_ids'', true), '''')::int[])::int[]))',
            v_table || '_seen', v_table);
        execute format('drop policy if exists %I on %I', v_table || '_written', v_table);
        execute format(
            'create policy %I on %I using (omd_id = (select nullif(current_setting(''omd.omd_id'', true), '''')::int) '
            'and business_id = any ((select nullif(current_setting(''omd.staff_business_ids'', true), '''')::int[])::int[]))',
            v_table || '_written', v_table);
    end loop;
end
$policies$;

create or replace function lock_rates(p_business_id int) returns void
language plpgsql set search_path = public, pg_temp as $$
declare
    -- Of its own: no other lock of the product uses this class.
    c_lock_class constant int := 1870212711;
begin
    perform pg_advisory_xact_lock(c_lock_class, p_business_id);
end
$$;
comment on function lock_rates(int) is
    'Keeps every other change of a hotel''s plans, prices, restrictions and quotas waiting until this transaction ends; bookings do not meet it.';

create or replace function tg_rate_policies__unchanged() returns trigger
language plpgsql set search_path = public, pg_temp as $$
begin
    raise exception 'policy % stays as it is: stays were sold under it', old.code
        using errcode = 'OMD01', constraint = 'rate_policies_unchanged';
end
$$;
comment on function tg_rate_policies__unchanged() is 'A stay keeps the policy it was sold under, so none is changed or deleted: a new version is a new row.';
create or replace trigger _100_unchanged before update or delete on rate_policies
    for each row execute function tg_rate_policies__unchanged();

create or replace function tg_rate_plans__derive() returns trigger
language plpgsql set search_path = public, pg_temp as $$
declare
    c_deepest constant int := 3;
    v_parent rate_plans;
    v_above int;
    v_below int;
    v_cycle text;
begin
    perform lock_rates(new.business_id);
    if new.parent_plan_id is null then
        return new;
    end if;
    select * into v_parent from rate_plans p
    where p.omd_id = new.omd_id and p.business_id = new.business_id and p.id = new.parent_plan_id;
    if new.basis is distinct from coalesce(v_parent.basis, new.basis) then
        raise exception 'plan % is by the %, its parent % by the %', new.code, new.basis, v_parent.code, v_parent.basis
            using errcode = 'OMD01', constraint = 'rate_plans_basis_of_parent';
    end if;
    if v_parent.retired_at is not null and new.retired_at is null then
        raise exception 'plan % is retired', v_parent.code
            using errcode = 'OMD01', constraint = 'rate_plans_parent_is_sold';
    end if;
    with recursive up as (
        select p.id, p.parent_plan_id, 1 as height, array[p.code] as codes from rate_plans p
        where p.omd_id = new.omd_id and p.business_id = new.business_id and p.id = new.parent_plan_id
        union all
        select p.id, p.parent_plan_id, u.height + 1, u.codes || p.code from up u
        join rate_plans p on p.omd_id = new.omd_id and p.business_id = new.business_id and p.id = u.parent_plan_id
        where u.id <> new.id)
    select coalesce(max(u.height), 1), max(array_to_string(u.codes, ', which is derived from ')) filter (where u.id = new.id)
    into v_above, v_cycle from up u;
    if v_cycle is not null then
        raise exception 'plan % would be derived from itself: from %', new.code, v_cycle
            using errcode = 'OMD01', constraint = 'rate_plans_no_cycle';
    end if;
    with recursive down as (
        select new.id as id, 0 as depth
        union all
        select p.id, d.depth + 1 from down d
        join rate_plans p on p.omd_id = new.omd_id and p.business_id = new.business_id and p.parent_plan_id = d.id)
    select max(d.depth) into v_below from down d;
    if v_above + v_below > c_deepest then
        raise exception 'plan % and those derived from it would stand % steps below a root plan; % are possible', new.code,
            v_above + v_below, c_deepest using errcode = 'OMD01', constraint = 'rate_plans_depth';
    end if;
    if exists (select from rates r where r.omd_id = new.omd_id and r.business_id = new.business_id and r.rate_plan_id = new.id)
       or exists (select from rate_plan_brackets b
                  where b.omd_id = new.omd_id and b.business_id = new.business_id and b.rate_plan_id = new.id) then
        raise exception 'plan % has rates or brackets of its own', new.code
            using errcode = 'OMD01', constraint = 'rate_plans_derived_has_no_rates';
    end if;
    return new;
end
$$;
comment on function tg_rate_plans__derive() is
    'Refuses a cycle, a chain of more than 3 derived plans, another basis than the parent''s, and rates or brackets of a derived plan''s own.';
create or replace trigger _200_derive before insert or update of parent_plan_id, basis on rate_plans
    for each row execute function tg_rate_plans__derive();

create or replace function tg_rate_plans__policies() returns trigger
language plpgsql set search_path = public, pg_temp as $$
begin
    if exists (select from rate_policies p
               where p.omd_id = new.omd_id and p.business_id = new.business_id
                 and (p.id = new.cancellation_policy_id and p.kind <> 'cancellation'
                      or p.id = new.no_show_policy_id and p.kind <> 'no_show')) then
        raise exception 'plan % names a policy of the other kind', new.code
            using errcode = 'OMD01', constraint = 'rate_plans_policy_kind';
    end if;
    return new;
end
$$;
comment on function tg_rate_plans__policies() is 'A plan''s cancellation policy is one of cancellation, its no-show policy one of no-show.';
create or replace trigger _300_policies before insert or update of cancellation_policy_id, no_show_policy_id on rate_plans
    for each row execute function tg_rate_plans__policies();

create or replace function tg_rate_plans__retire() returns trigger
language plpgsql set search_path = public, pg_temp as $$
declare
    v_codes text;
begin
    perform lock_rates(new.business_id);
    select string_agg(p.code, ', ' order by p.code) into v_codes from rate_plans p
    where p.omd_id = new.omd_id and p.business_id = new.business_id and p.parent_plan_id = new.id and p.retired_at is null;
    if v_codes is not null then
        raise exception 'plan % is the parent of %', new.code, v_codes
            using errcode = 'OMD01', constraint = 'rate_plans_has_derived';
    end if;
    return new;
end
$$;
comment on function tg_rate_plans__retire() is 'A plan from which others that are sold are derived does not retire: they would have no price.';
create or replace trigger _400_retire before update of retired_at on rate_plans
    for each row when (old.retired_at is null and new.retired_at is not null)
    execute function tg_rate_plans__retire();

create or replace function tg_rate_plan_brackets__keep() returns trigger
language plpgsql set search_path = public, pg_temp as $$
declare
    v_row rate_plan_brackets := case when tg_op = 'DELETE' then old else new end;
    v_first date;
    v_last date;
begin
    perform lock_rates(v_row.business_id);
    select min(r.date), max(r.date) into v_first, v_last from rates r
    where r.omd_id = v_row.omd_id and r.business_id = v_row.business_id and r.rate_plan_id = v_row.rate_plan_id and r.children <> '{}';
    if v_first is not null then
        raise exception 'rates of plan % price children by its brackets, from % to %',
            (select p.code from rate_plans p
             where p.omd_id = v_row.omd_id and p.business_id = v_row.business_id and p.id = v_row.rate_plan_id), v_first, v_last
            using errcode = 'OMD01', constraint = 'rate_plan_brackets_in_use';
    end if;
    if tg_op <> 'DELETE' and exists (
            select from rate_plans p where p.omd_id = v_row.omd_id and p.business_id = v_row.business_id
               and p.id = v_row.rate_plan_id and p.parent_plan_id is not null) then
        raise exception 'plan % has the brackets of its parent', v_row.rate_plan_id
            using errcode = 'OMD01', constraint = 'rate_plans_derived_has_no_rates';
    end if;
    return v_row;
end
$$;
comment on function tg_rate_plan_brackets__keep() is
    'Brackets stay while rates price children by their positions, and a derived plan has those of its root.';
create or replace trigger _100_keep before insert or update or delete on rate_plan_brackets
    for each row execute function tg_rate_plan_brackets__keep();

create or replace function tg_rate_plan_brackets__apart() returns trigger
language plpgsql set search_path = public, pg_temp as $$
begin
    if exists (select from rate_plan_brackets b
               where b.omd_id = new.omd_id and b.business_id = new.business_id and b.rate_plan_id = new.rate_plan_id
                 and b.position <> new.position
                 and (b.from_age < new.until_age and new.from_age < b.until_age
                      or (b.position < new.position) <> (b.from_age < new.from_age))) then
        raise exception 'the bracket of ages % to % overlaps another one, or stands before a younger one', new.from_age, new.until_age
            using errcode = 'OMD01', constraint = 'rate_plan_brackets_apart';
    end if;
    return null;
end
$$;
comment on function tg_rate_plan_brackets__apart() is 'An age lies in one bracket at most, and brackets stand by age.';
create or replace trigger _500_apart after insert or update on rate_plan_brackets
    for each row execute function tg_rate_plan_brackets__apart();

create or replace function tg_rates__of_roots() returns trigger
language plpgsql set search_path = public, pg_temp as $$
declare
    v_codes text;
    v_id int;
begin
    for v_id in select distinct n.business_id from new_rates n order by 1 loop
        perform lock_rates(v_id);
    end loop;
    select string_agg(p.code, ', ' order by p.code) into v_codes from rate_plans p
    where p.parent_plan_id is not null
      and (p.omd_id, p.business_id, p.id) in (select n.omd_id, n.business_id, n.rate_plan_id from new_rates n);
    if v_codes is not null then
        raise exception 'derived plans have no rates of their own: %', v_codes
            using errcode = 'OMD01', constraint = 'rates_of_roots_alone';
    end if;
    return null;
end
$$;
comment on function tg_rates__of_roots() is 'A derived plan has the rates of its parent: it gets none of its own.';
create or replace trigger _500_of_roots after insert on rates
    referencing new table as new_rates for each statement execute function tg_rates__of_roots();

create or replace function adjusted_rates(p_omd_id int, p_business_id int, p_adjustments jsonb)
returns table (adjustment int, rate_plan_id int, room_type_id int, date date, amounts numeric[], children numeric[], extra_adult numeric)
language sql stable set search_path = public, pg_temp as $$
    select e.place::int - 1, r.rate_plan_id, r.room_type_id, r.date,
           (select array_agg(round((p.amount * a.factor + a.amount) / a.step) * a.step order by p.place)
            from unnest(r.amounts) with ordinality as p (amount, place)),
           (select coalesce(array_agg(round(p.amount * a.factor / a.step) * a.step order by p.place), '{}')
            from unnest(r.children) with ordinality as p (amount, place)),
           round(r.extra_adult * a.factor / a.step) * a.step
    from jsonb_array_elements(p_adjustments) with ordinality as e (said, place)
    cross join lateral jsonb_to_record(e.said)
        as a (rate_plan_ids int[], room_type_ids int[], starts date[], ends date[], weekdays int[], factor numeric, amount numeric,
              step numeric)
    cross join lateral unnest(a.rate_plan_ids) as n (plan_id)
    cross join lateral unnest(a.room_type_ids) as t (type_id)
    cross join lateral unnest(a.starts, a.ends) as i (starts_on, ends_on)
    join rates r on r.omd_id = p_omd_id and r.business_id = p_business_id and r.rate_plan_id = n.plan_id and r.room_type_id = t.type_id
                and r.date >= i.starts_on and r.date < i.ends_on and extract(isodow from r.date)::int = any (a.weekdays)
$$;
comment on function adjusted_rates(int, int, jsonb) is
    'What the prices of a hotel would be after adjustments, by their places from 0: times a factor, plus an amount for the payers'' prices, rounded half up to a step.';

grant select on rate_policies, rate_plans, rate_plan_brackets, rate_plan_types, rates, restrictions, quotas to omd_app;
grant select on rate_policies to omd_maintenance;
grant insert (omd_id, business_id, kind, code, version, name, fees, texts, created_at, created_by) on rate_policies to omd_app;
grant insert (omd_id, business_id, code, name, meals, basis, guarantee, cancellation_policy_id, no_show_policy_id, terms,
              parent_plan_id, factor, amount, rounding, rounding_step, inherits, sold_from, sold_until, created_at),
    update (name, meals, guarantee, cancellation_policy_id, no_show_policy_id, terms, parent_plan_id, factor, amount, rounding,
            rounding_step, inherits, sold_from, sold_until, retired_at, version) on rate_plans to omd_app;
grant insert, delete on rate_plan_brackets to omd_app;
grant insert on rate_plan_types to omd_app;
grant insert, delete, update (season_from, unit_nights, extra_adult, amounts, children) on rates to omd_app;
grant insert (omd_id, business_id, date, rate_plan_id, room_type_id, closed, closed_to_arrival, closed_to_departure, min_stay_arrival,
              max_stay_arrival, min_stay_through, max_stay_through, min_advance, max_advance),
    update (closed, closed_to_arrival, closed_to_departure, min_stay_arrival, max_stay_arrival, min_stay_through, max_stay_through,
            min_advance, max_advance), delete on restrictions to omd_app;
grant insert, delete, update (rooms) on quotas to omd_app;
