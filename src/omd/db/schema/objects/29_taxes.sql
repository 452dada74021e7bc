-- taxes: a hotel reads its own rules, and those of its destination's localities and of the destination itself.

alter table localities enable row level security;
alter table localities force row level security;
drop policy if exists localities_of_tenant on localities;
create policy localities_of_tenant on localities for select using (omd_id = (select current_omd_id()));
drop policy if exists localities_written on localities;
create policy localities_written on localities
    using (omd_id = (select current_omd_id())
           and ((select current_omd_scope()) = 'system' or (select current_administers_omd())));

alter table business_localities enable row level security;
alter table business_localities force row level security;
drop policy if exists business_localities_seen on business_localities;
create policy business_localities_seen on business_localities for select
    using (omd_id = (select current_omd_id()) and business_id = any ((select current_business_ids())::int[]));
drop policy if exists business_localities_written on business_localities;
create policy business_localities_written on business_localities
    using (omd_id = (select current_omd_id())
           and (business_id = any ((select current_admin_business_ids())::int[])
                or ((select current_omd_scope()) = 'system' and business_id = any ((select current_business_ids())::int[]))));

alter table tax_rules enable row level security;
alter table tax_rules force row level security;
drop policy if exists tax_rules_seen on tax_rules;
create policy tax_rules_seen on tax_rules for select
    using (omd_id = (select current_omd_id())
           and (business_id is null or business_id = any ((select current_business_ids())::int[])));
drop policy if exists tax_rules_written on tax_rules;
create policy tax_rules_written on tax_rules
    using (omd_id = (select current_omd_id())
           and (business_id = any ((select current_admin_business_ids())::int[])
                or (business_id is null and (select current_administers_omd()))
                or (select current_omd_scope()) = 'system'));

create or replace function tg_tax_rules__apart() returns trigger
language plpgsql set search_path = public, pg_temp as $$
declare
    -- Of its own: no other lock of the product uses this class.
    c_lock_class constant int := 1870212712;
    c_most constant int := 200;
    v_other tax_rules;
begin
    perform pg_advisory_xact_lock(c_lock_class, new.omd_id);
    select * into v_other from tax_rules r
    where r.omd_id = new.omd_id and r.business_id is not distinct from new.business_id
      and r.locality_id is not distinct from new.locality_id and r.code = new.code and r.id <> new.id
      and r.since < coalesce(new.until, 'infinity') and new.since < coalesce(r.until, 'infinity')
    order by r.since limit 1;
    if found then
        raise exception 'rule % holds there from % to %', v_other.id, v_other.since, coalesce(v_other.until::text, 'no known end')
            using errcode = 'OMD01', constraint = 'tax_rules_apart';
    end if;
    if tg_op = 'INSERT' and c_most <= (
            select count(*) from tax_rules r
            where r.omd_id = new.omd_id and r.business_id is not distinct from new.business_id
              and r.locality_id is not distinct from new.locality_id) then
        raise exception 'there are % rules there', c_most using errcode = 'OMD01', constraint = 'tax_rules_so_many';
    end if;
    return new;
end
$$;
comment on function tg_tax_rules__apart() is
    'Two rules of the same code and place never hold on the same day: writers of a destination''s rules come one after the other.';
create or replace trigger _200_apart before insert or update of since, until on tax_rules
    for each row execute function tg_tax_rules__apart();

create or replace function tg_tax_rules__keep() returns trigger
language plpgsql set search_path = public, pg_temp as $$
declare
    -- By the server's clock, where a day begins last on Earth: what has begun there has begun everywhere.
    c_today constant date := (now() at time zone 'UTC' - interval '12 hours')::date;
begin
    if old.since > c_today then
        return case tg_op when 'DELETE' then old else new end;
    end if;
    if tg_op = 'DELETE' or to_jsonb(new) - '{until,version}'::text[] <> to_jsonb(old) - '{until,version}'::text[] then
        raise exception 'the rule % has begun on %', old.code, old.since
            using errcode = 'OMD01', constraint = 'tax_rules_begun';
    end if;
    if new.until is distinct from old.until and least(new.until, old.until) < c_today then
        raise exception 'the rule % would end, or has ended, on a day that is past', old.code
            using errcode = 'OMD01', constraint = 'tax_rules_past_days';
    end if;
    return new;
end
$$;
comment on function tg_tax_rules__keep() is
    'A rule that has begun is only ended, and not on a day that is past: bills of past nights were reckoned with it.';
create or replace trigger _100_keep before update or delete on tax_rules
    for each row execute function tg_tax_rules__keep();

grant select on localities, business_localities, tax_rules to omd_app;
grant insert (omd_id, code, name), update (name, version) on localities to omd_app;
grant insert (omd_id, business_id, locality_id), update (locality_id), delete on business_localities to omd_app;
grant insert (omd_id, business_id, locality_id, code, name, basis, placement, value, since, until, kinds, min_age, max_age, max_nights,
              spares_countries, only_countries),
    update (name, basis, placement, value, since, until, kinds, min_age, max_age, max_nights, spares_countries, only_countries, version),
    delete on tax_rules to omd_app;

-- Dropped, not replaced: the columns of its answer are part of what it is.
drop function if exists list_tax_rules(int, int, date, date);
create or replace function list_tax_rules(p_omd_id int, p_business_id int, p_starts_on date, p_ends_on date)
returns table (id int, level text, code text, name text, basis text, placement text, value numeric, since date, until date, kinds text[],
               min_age int, max_age int, max_nights int, spares_countries text[], only_countries text[], business_id int,
               locality_id int, version int)
language sql stable as $$
    select r.id,
           case when r.business_id is not null then 'hotel' when r.locality_id is not null then 'locality' else 'destination' end,
           r.code, r.name, r.basis, r.placement, r.value, r.since, r.until, r.kinds, r.min_age, r.max_age, r.max_nights,
           r.spares_countries, r.only_countries, r.business_id, r.locality_id, r.version
    from tax_rules r
    where r.omd_id = p_omd_id
      and (r.business_id = p_business_id
           or r.business_id is null
              and (p_business_id is null or r.locality_id is null
                   or r.locality_id = (select b.locality_id from business_localities b
                                       where b.omd_id = p_omd_id and b.business_id = p_business_id)))
      and (p_starts_on is null or r.until is null or r.until > p_starts_on)
      and (p_ends_on is null or r.since < p_ends_on)
$$;
comment on function list_tax_rules(int, int, date, date) is
    'The rules that hold on some day of [p_starts_on, p_ends_on): a hotel''s own with those of its locality and destination; without a hotel, all of the destination and its localities. A null date is no bound. Runs as the caller, under row security.';
