-- name: lock_rates
-- rows: value
-- Keeps every other change of a hotel's plans, prices, restrictions and quotas waiting.
select lock_rates(:business_id);

-- name: list_policies
-- rows: many PolicyRow
-- Policies of a hotel with all their versions, a page at a time.
select id, kind, code, version, name, fees, texts, created_at, created_by
from rate_policies
where omd_id = :omd_id and business_id = :business_id and id > :after_id
order by id
limit :page_size;

-- name: find_policy
-- rows: maybe PolicyRow
-- A version of a policy.
select id, kind, code, version, name, fees, texts, created_at, created_by
from rate_policies
where omd_id = :omd_id and business_id = :business_id and id = :id;

-- name: find_newest_version
-- rows: value
-- The number of the newest version of a policy.
select max(version) from rate_policies
where omd_id = :omd_id and business_id = :business_id and kind = :kind and code = :code;

-- name: add_policy
-- rows: value
-- Adds a version of a policy and gives its id.
insert into rate_policies (omd_id, business_id, kind, code, version, name, fees, texts, created_at, created_by)
values (:omd_id, :business_id, :kind, :code, :version, :name, :fees::jsonb, :texts::jsonb, :now, :actor)
returning id;

-- name: follow_policy
-- rows: value
-- Gives plans the newest version of a policy instead of any earlier one; gives their ids.
with earlier as (
    select id from rate_policies
    where omd_id = :omd_id and business_id = :business_id and kind = :kind and code = :code and id <> :id),
moved as (
    update rate_plans p
    set cancellation_policy_id = case when p.cancellation_policy_id in (select id from earlier) then :id else p.cancellation_policy_id end,
        no_show_policy_id = case when p.no_show_policy_id in (select id from earlier) then :id else p.no_show_policy_id end,
        version = p.version + 1
    where p.omd_id = :omd_id and p.business_id = :business_id and p.retired_at is null
      and (p.cancellation_policy_id in (select id from earlier) or p.no_show_policy_id in (select id from earlier))
    returning p.id)
select coalesce(array_agg(id order by id), '{}') from moved;

-- name: list_plans
-- rows: many RatePlanRow
-- Rate plans of a hotel with their brackets, a page at a time; retired ones too if asked for.
select p.id, p.code, p.name, p.meals, p.basis, p.guarantee, p.cancellation_policy_id, p.no_show_policy_id, p.terms,
       coalesce((select jsonb_agg(jsonb_build_object('from_age', b.from_age, 'until_age', b.until_age) order by b.position)
                 from rate_plan_brackets b
                 where b.omd_id = p.omd_id and b.business_id = p.business_id and b.rate_plan_id = p.id), '[]') as brackets,
       p.parent_plan_id, p.factor, p.amount, p.rounding, p.rounding_step, p.inherits, p.sold_from, p.sold_until, p.retired_at,
       p.version
from rate_plans p
where p.omd_id = :omd_id and p.business_id = :business_id and p.id > :after_id and (:with_retired or p.retired_at is null)
order by p.id
limit :page_size;

-- name: find_plan
-- rows: maybe RatePlanRow
-- A rate plan with its brackets.
select p.id, p.code, p.name, p.meals, p.basis, p.guarantee, p.cancellation_policy_id, p.no_show_policy_id, p.terms,
       coalesce((select jsonb_agg(jsonb_build_object('from_age', b.from_age, 'until_age', b.until_age) order by b.position)
                 from rate_plan_brackets b
                 where b.omd_id = p.omd_id and b.business_id = p.business_id and b.rate_plan_id = p.id), '[]') as brackets,
       p.parent_plan_id, p.factor, p.amount, p.rounding, p.rounding_step, p.inherits, p.sold_from, p.sold_until, p.retired_at,
       p.version
from rate_plans p
where p.omd_id = :omd_id and p.business_id = :business_id and p.id = :id;

-- name: add_plan
-- rows: value
-- Adds a rate plan without brackets and gives its id.
insert into rate_plans (omd_id, business_id, code, name, meals, basis, guarantee, cancellation_policy_id, no_show_policy_id, terms,
                        parent_plan_id, factor, amount, rounding, rounding_step, inherits, sold_from, sold_until, created_at)
values (:omd_id, :business_id, :code, :name, :meals, :basis, :guarantee, :cancellation_policy_id, :no_show_policy_id, :terms::jsonb,
        :parent_plan_id, :factor::text::numeric, :amount::text::numeric, :rounding, :rounding_step::text::numeric, :inherits::text[],
        :sold_from, :sold_until, :now)
returning id;

-- name: change_plan
-- rows: none
-- Gives a rate plan other terms.
update rate_plans
set name = :name, meals = :meals, guarantee = :guarantee, cancellation_policy_id = :cancellation_policy_id,
    no_show_policy_id = :no_show_policy_id, terms = :terms::jsonb, parent_plan_id = :parent_plan_id,
    factor = :factor::text::numeric, amount = :amount::text::numeric, rounding = :rounding,
    rounding_step = :rounding_step::text::numeric, inherits = :inherits::text[], sold_from = :sold_from, sold_until = :sold_until,
    version = version + 1
where omd_id = :omd_id and business_id = :business_id and id = :id;

-- name: retire_plan
-- rows: none
-- Takes a rate plan off sale for good.
update rate_plans set retired_at = :now, version = version + 1
where omd_id = :omd_id and business_id = :business_id and id = :id;

-- name: delete_brackets
-- rows: none
-- Takes the brackets of a plan away.
delete from rate_plan_brackets where omd_id = :omd_id and business_id = :business_id and rate_plan_id = :rate_plan_id;

-- name: add_brackets
-- rows: none
-- Gives a plan its brackets, youngest first.
insert into rate_plan_brackets (omd_id, business_id, rate_plan_id, position, from_age, until_age)
select :omd_id, :business_id, :rate_plan_id, u.position, u.from_age, u.until_age
from unnest(:from_ages::int[], :until_ages::int[]) with ordinality as u (from_age, until_age, position);

-- name: take_past_children
-- rows: many PastChildren
-- Takes the prices of children off a plan's nights before a date; gives them, alike ones together.
with taken as (
    update rates set children = '{}'
    where omd_id = :omd_id and business_id = :business_id and rate_plan_id = :rate_plan_id and date < :before and children <> '{}'
    returning room_type_id, date, old.children)
select room_type_id, children::text[] as children, array_agg(date order by date) as dates
from taken
group by room_type_id, children
order by room_type_id, min(date);

-- name: put_past_children
-- rows: none
-- Puts the prices of children on nights of a plan and a room type.
update rates set children = :children::text[]::numeric(12, 2)[]
where omd_id = :omd_id and business_id = :business_id and rate_plan_id = :rate_plan_id and room_type_id = :room_type_id
  and date = any (:dates::date[]);

-- name: list_price_plans
-- rows: many PricePlan
-- What a change of prices has to know of a hotel's plans.
select p.id, p.code, p.parent_plan_id is not null as is_derived, p.retired_at is not null as is_retired,
       (select count(*) from rate_plan_brackets b
        where b.omd_id = p.omd_id and b.business_id = p.business_id and b.rate_plan_id = p.id)::int as brackets
from rate_plans p
where p.omd_id = :omd_id and p.business_id = :business_id;

-- name: add_plan_types
-- rows: none
-- Notes for which room types plans have rates.
insert into rate_plan_types (omd_id, business_id, rate_plan_id, room_type_id)
select distinct :omd_id::int, :business_id::int, p.id, t.id
from jsonb_to_recordset(:seasons::jsonb) as a (rate_plan_ids int[], room_type_ids int[], amounts numeric[])
cross join lateral unnest(a.rate_plan_ids) as p (id)
cross join lateral unnest(a.room_type_ids) as t (id)
where a.amounts is not null
on conflict do nothing;

-- name: put_rates
-- rows: value
-- Puts the prices of seasons, which do not overlap, passing over those without; gives how many are other than before.
with put as (
    insert into rates (omd_id, business_id, rate_plan_id, room_type_id, date, season_from, unit_nights, extra_adult, amounts, children)
    select :omd_id, :business_id, p.id, t.id, d.at::date, r.starts_on, a.unit_nights, a.extra_adult, a.amounts, a.children
    from jsonb_to_recordset(:seasons::jsonb)
        as a (rate_plan_ids int[], room_type_ids int[], starts date[], ends date[], weekdays int[], unit_nights smallint,
              extra_adult numeric(12, 2), amounts numeric(12, 2)[], children numeric(12, 2)[])
    cross join lateral unnest(a.rate_plan_ids) as p (id)
    cross join lateral unnest(a.room_type_ids) as t (id)
    cross join lateral unnest(a.starts, a.ends) as r (starts_on, ends_on)
    cross join lateral generate_series(r.starts_on::timestamp, r.ends_on::timestamp - interval '1 day', interval '1 day') as d (at)
    where a.amounts is not null and extract(isodow from d.at)::int = any (a.weekdays)
    on conflict (omd_id, business_id, rate_plan_id, room_type_id, date) do update
        set season_from = excluded.season_from, unit_nights = excluded.unit_nights, extra_adult = excluded.extra_adult,
            amounts = excluded.amounts, children = excluded.children
        where (rates.season_from, rates.unit_nights, rates.extra_adult, rates.amounts, rates.children)
              is distinct from (excluded.season_from, excluded.unit_nights, excluded.extra_adult, excluded.amounts, excluded.children)
    returning 1)
select count(*)::int as changed from put;

-- name: remove_rates
-- rows: value
-- Takes away the prices of seasons that have none; gives how many there were.
with gone as (
    delete from rates r
    using jsonb_to_recordset(:seasons::jsonb)
        as a (rate_plan_ids int[], room_type_ids int[], starts date[], ends date[], weekdays int[], amounts numeric(12, 2)[])
    cross join lateral unnest(a.rate_plan_ids) as p (id)
    cross join lateral unnest(a.room_type_ids) as t (id)
    cross join lateral unnest(a.starts, a.ends) as i (starts_on, ends_on)
    where a.amounts is null and r.omd_id = :omd_id and r.business_id = :business_id and r.rate_plan_id = p.id and r.room_type_id = t.id
      and r.date >= i.starts_on and r.date < i.ends_on and extract(isodow from r.date)::int = any (a.weekdays)
    returning 1)
select count(*)::int as removed from gone;

-- name: list_impossible_rates
-- rows: many ImpossibleRate
-- Which prices would fall below zero or grow too long if they were adjusted, the first 100.
select a.rate_plan_id, a.room_type_id, a.date, a.adjustment, w.amount
from adjusted_rates(:omd_id, :business_id, :adjustments::jsonb) a
cross join lateral (select p.amount
                    from unnest(a.amounts || a.children || a.extra_adult) as p (amount)
                    where p.amount < 0 or p.amount > 9999999999.99
                    limit 1) w
order by a.adjustment, a.rate_plan_id, a.room_type_id, a.date
limit 100;

-- name: adjust_rates
-- rows: value
-- Raises or lowers the prices that are there; gives how many are other than before.
with put as (
    update rates r set amounts = a.amounts, children = a.children, extra_adult = a.extra_adult
    from adjusted_rates(:omd_id, :business_id, :adjustments::jsonb) a
    where r.omd_id = :omd_id and r.business_id = :business_id and r.rate_plan_id = a.rate_plan_id
      and r.room_type_id = a.room_type_id and r.date = a.date
      and (r.amounts, r.children, r.extra_adult) is distinct from (a.amounts, a.children, a.extra_adult)
    returning 1)
select count(*)::int as changed from put;

-- name: list_rates
-- rows: many RateRow
-- The prices of a hotel's root plans on [starts_on, ends_on), of one plan and one room type if asked for.
select r.rate_plan_id, r.room_type_id, r.season_from, r.date, r.unit_nights::int as unit_nights, r.extra_adult,
       r.amounts::text[] as amounts, r.children::text[] as children
from rate_plan_types s
join rates r on r.omd_id = s.omd_id and r.business_id = s.business_id and r.rate_plan_id = s.rate_plan_id
            and r.room_type_id = s.room_type_id and r.date >= :starts_on and r.date < :ends_on
where s.omd_id = :omd_id and s.business_id = :business_id
  and (:rate_plan_id::int is null or s.rate_plan_id = :rate_plan_id)
  and (:room_type_id::int is null or s.room_type_id = :room_type_id)
order by r.rate_plan_id, r.room_type_id, r.date;

-- name: put_restrictions
-- rows: value
-- Puts, at the levels meant, what is said of the fields touched, where that leaves something said; gives how many are other than before.
with meant as materialized (
    select p.id as rate_plan_id, t.id as room_type_id, d.at::date as date, a.*
    from jsonb_to_recordset(:restrictions::jsonb)
        as a (rate_plan_ids int[], room_type_ids int[], starts date[], ends date[], weekdays int[], touched text[],
              closed boolean, closed_to_arrival boolean, closed_to_departure boolean, min_stay_arrival smallint,
              max_stay_arrival smallint, min_stay_through smallint, max_stay_through smallint, min_advance smallint,
              max_advance smallint)
    cross join lateral unnest(coalesce(a.rate_plan_ids, array[null::int])) as p (id)
    cross join lateral unnest(coalesce(a.room_type_ids, array[null::int])) as t (id)
    cross join lateral unnest(a.starts, a.ends) as r (starts_on, ends_on)
    cross join lateral generate_series(r.starts_on::timestamp, r.ends_on::timestamp - interval '1 day', interval '1 day') as d (at)
    where extract(isodow from d.at)::int = any (a.weekdays)),
wanted as materialized (
    select m.rate_plan_id, m.room_type_id, m.date,
           case when 'closed' = any (m.touched) then m.closed else r.closed end as closed,
           case when 'closed_to_arrival' = any (m.touched) then m.closed_to_arrival else r.closed_to_arrival end as closed_to_arrival,
           case when 'closed_to_departure' = any (m.touched) then m.closed_to_departure else r.closed_to_departure end as closed_to_departure,
           case when 'min_stay_arrival' = any (m.touched) then m.min_stay_arrival else r.min_stay_arrival end as min_stay_arrival,
           case when 'max_stay_arrival' = any (m.touched) then m.max_stay_arrival else r.max_stay_arrival end as max_stay_arrival,
           case when 'min_stay_through' = any (m.touched) then m.min_stay_through else r.min_stay_through end as min_stay_through,
           case when 'max_stay_through' = any (m.touched) then m.max_stay_through else r.max_stay_through end as max_stay_through,
           case when 'min_advance' = any (m.touched) then m.min_advance else r.min_advance end as min_advance,
           case when 'max_advance' = any (m.touched) then m.max_advance else r.max_advance end as max_advance
    from meant m
    left join restrictions r on r.omd_id = :omd_id and r.business_id = :business_id and r.date = m.date
                            and r.plan_level = coalesce(m.rate_plan_id, 0) and r.type_level = coalesce(m.room_type_id, 0)),
put as (
    insert into restrictions as r (omd_id, business_id, date, rate_plan_id, room_type_id, closed, closed_to_arrival, closed_to_departure,
                                   min_stay_arrival, max_stay_arrival, min_stay_through, max_stay_through, min_advance, max_advance)
    select :omd_id, :business_id, w.date, w.rate_plan_id, w.room_type_id, w.closed, w.closed_to_arrival, w.closed_to_departure,
           w.min_stay_arrival, w.max_stay_arrival, w.min_stay_through, w.max_stay_through, w.min_advance, w.max_advance
    from wanted w
    where num_nonnulls(w.closed, w.closed_to_arrival, w.closed_to_departure, w.min_stay_arrival, w.max_stay_arrival, w.min_stay_through,
                       w.max_stay_through, w.min_advance, w.max_advance) > 0
    on conflict (omd_id, business_id, date, plan_level, type_level) do update
        set closed = excluded.closed, closed_to_arrival = excluded.closed_to_arrival,
            closed_to_departure = excluded.closed_to_departure, min_stay_arrival = excluded.min_stay_arrival,
            max_stay_arrival = excluded.max_stay_arrival, min_stay_through = excluded.min_stay_through,
            max_stay_through = excluded.max_stay_through, min_advance = excluded.min_advance, max_advance = excluded.max_advance
        where (r.closed, r.closed_to_arrival, r.closed_to_departure, r.min_stay_arrival, r.max_stay_arrival, r.min_stay_through,
               r.max_stay_through, r.min_advance, r.max_advance)
              is distinct from (excluded.closed, excluded.closed_to_arrival, excluded.closed_to_departure, excluded.min_stay_arrival,
               excluded.max_stay_arrival, excluded.min_stay_through, excluded.max_stay_through, excluded.min_advance, excluded.max_advance)
    returning 1)
select count(*)::int as changed from put;

-- name: remove_restrictions
-- rows: value
-- Takes away the rows, at the levels meant, in which nothing is said but what entries take away; gives how many there were.
with gone as (
    delete from restrictions r
    using jsonb_to_recordset(:restrictions::jsonb)
        as a (rate_plan_ids int[], room_type_ids int[], starts date[], ends date[], weekdays int[], emptied text[])
    cross join lateral unnest(coalesce(a.rate_plan_ids, array[0])) as p (id)
    cross join lateral unnest(coalesce(a.room_type_ids, array[0])) as t (id)
    cross join lateral unnest(a.starts, a.ends) as i (starts_on, ends_on)
    where a.emptied <> '{}' and r.omd_id = :omd_id and r.business_id = :business_id and r.plan_level = p.id and r.type_level = t.id
      and r.date >= i.starts_on and r.date < i.ends_on and extract(isodow from r.date)::int = any (a.weekdays)
      and num_nonnulls(case when 'closed' <> all (a.emptied) then r.closed end,
                       case when 'closed_to_arrival' <> all (a.emptied) then r.closed_to_arrival end,
                       case when 'closed_to_departure' <> all (a.emptied) then r.closed_to_departure end,
                       case when 'min_stay_arrival' <> all (a.emptied) then r.min_stay_arrival end,
                       case when 'max_stay_arrival' <> all (a.emptied) then r.max_stay_arrival end,
                       case when 'min_stay_through' <> all (a.emptied) then r.min_stay_through end,
                       case when 'max_stay_through' <> all (a.emptied) then r.max_stay_through end,
                       case when 'min_advance' <> all (a.emptied) then r.min_advance end,
                       case when 'max_advance' <> all (a.emptied) then r.max_advance end) = 0
    returning 1)
select count(*)::int as removed from gone;

-- name: list_restrictions
-- rows: many RestrictedDates
-- What is said at every level of a hotel on [starts_on, ends_on), as runs of dates on which it is the same.
select r.rate_plan_id, r.room_type_id, min(r.date) as starts_on, max(r.date) + 1 as ends_on, r.closed, r.closed_to_arrival,
       r.closed_to_departure, r.min_stay_arrival::int as min_stay_arrival, r.max_stay_arrival::int as max_stay_arrival,
       r.min_stay_through::int as min_stay_through, r.max_stay_through::int as max_stay_through, r.min_advance::int as min_advance,
       r.max_advance::int as max_advance
from (select n.*, n.date - row_number() over (
                 partition by n.plan_level, n.type_level, n.closed, n.closed_to_arrival, n.closed_to_departure, n.min_stay_arrival,
                              n.max_stay_arrival, n.min_stay_through, n.max_stay_through, n.min_advance, n.max_advance
                 order by n.date)::int as run
      from restrictions n
      where n.omd_id = :omd_id and n.business_id = :business_id and n.date >= :starts_on and n.date < :ends_on) r
group by r.run, r.rate_plan_id, r.room_type_id, r.closed, r.closed_to_arrival, r.closed_to_departure, r.min_stay_arrival, r.max_stay_arrival,
         r.min_stay_through, r.max_stay_through, r.min_advance, r.max_advance
order by r.rate_plan_id nulls first, r.room_type_id nulls first, starts_on;

-- name: put_quotas
-- rows: value
-- Puts the quotas of entries that do not overlap, passing over those without; gives how many are other than before.
with put as (
    insert into quotas as q (omd_id, business_id, room_type_id, date, agency, rooms)
    select :omd_id, :business_id, t.id, d.at::date, a.agency, a.rooms
    from jsonb_to_recordset(:quotas::jsonb)
        as a (agency text, room_type_ids int[], starts date[], ends date[], weekdays int[], rooms int)
    cross join lateral unnest(a.room_type_ids) as t (id)
    cross join lateral unnest(a.starts, a.ends) as r (starts_on, ends_on)
    cross join lateral generate_series(r.starts_on::timestamp, r.ends_on::timestamp - interval '1 day', interval '1 day') as d (at)
    where a.rooms is not null and extract(isodow from d.at)::int = any (a.weekdays)
    on conflict (omd_id, business_id, room_type_id, date, agency) do update
        set rooms = excluded.rooms where q.rooms <> excluded.rooms
    returning 1)
select count(*)::int as changed from put;

-- name: remove_quotas
-- rows: value
-- Takes away the quotas of entries that have none; gives how many there were.
with gone as (
    delete from quotas q
    using jsonb_to_recordset(:quotas::jsonb)
        as a (agency text, room_type_ids int[], starts date[], ends date[], weekdays int[], rooms int)
    cross join lateral unnest(a.room_type_ids) as t (id)
    cross join lateral unnest(a.starts, a.ends) as i (starts_on, ends_on)
    where a.rooms is null and q.omd_id = :omd_id and q.business_id = :business_id and q.room_type_id = t.id and q.agency = a.agency
      and q.date >= i.starts_on and q.date < i.ends_on and extract(isodow from q.date)::int = any (a.weekdays)
    returning 1)
select count(*)::int as removed from gone;

-- name: list_quotas
-- rows: many QuotaDates
-- The quotas of a hotel on [starts_on, ends_on), of one agency if asked for, as runs of dates on which they are the same.
select r.agency, r.room_type_id, min(r.date) as starts_on, max(r.date) + 1 as ends_on, r.rooms
from (select n.*, n.date - row_number() over (partition by n.agency, n.room_type_id, n.rooms order by n.date)::int as run
      from quotas n
      where n.omd_id = :omd_id and n.business_id = :business_id and n.date >= :starts_on and n.date < :ends_on
        and (:agency::text is null or n.agency = :agency)) r
group by r.agency, r.room_type_id, r.rooms, r.run
order by r.agency, r.room_type_id, starts_on;

-- name: read_offer_basis
-- rows: many OfferBasisRow
-- All that pricing needs of some hotels for the nights of a stay, as JSON.
select business_id, currency, time_zone, business_date, room_types, plans, rates, restrictions
from read_offer_basis(:actor_role, :actor_omd_id, :actor_scope, :actor_business_ids, :actor_staff_business_ids,
                      :hotel_ids, :arrival, :departure);
