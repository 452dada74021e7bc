-- name: list_contradictions
-- rows: many ContradictionRow
-- Where a minimum exceeds a maximum of the same date, on [starts_on, ends_on) and with one of these levels taking part: for which plans
-- and type, who says what, and on how many dates. A derived plan takes over what it inherits.
with recursive holds as (
    select p.id as of_plan, p.id as for_plan,
           '{min_stay_arrival,max_stay_arrival,min_stay_through,max_stay_through,min_advance,max_advance}'::text[] as fields
    from rate_plans p
    where p.omd_id = :omd_id and p.business_id = :business_id and p.retired_at is null
    union all
    select h.of_plan, p.id, array(select f from unnest(h.fields) f where f = any (p.inherits))
    from holds h
    join rate_plans p on p.omd_id = :omd_id and p.business_id = :business_id and p.parent_plan_id = h.for_plan and p.retired_at is null),
said as materialized (
    select r.date, h.for_plan, r.rate_plan_id, r.room_type_id, r.plan_level, r.type_level, f.field, f.value::int as value
    from restrictions r
    cross join lateral (values ('min_stay_arrival', r.min_stay_arrival), ('max_stay_arrival', r.max_stay_arrival),
                               ('min_stay_through', r.min_stay_through), ('max_stay_through', r.max_stay_through),
                               ('min_advance', r.min_advance), ('max_advance', r.max_advance)) as f (field, value)
    left join holds h on h.of_plan = r.rate_plan_id and f.field = any (h.fields)
    where r.omd_id = :omd_id and r.business_id = :business_id and r.date >= :starts_on and r.date < :ends_on
      and f.value is not null and (r.rate_plan_id is null or h.for_plan is not null)),
found as (
    select l.date, nullif(array_agg(distinct coalesce(l.for_plan, m.for_plan)), '{null}') as rate_plan_ids,
           coalesce(l.room_type_id, m.room_type_id) as room_type_id,
           l.field as least, l.value as at_least, l.rate_plan_id as least_plan_id, l.room_type_id as least_type_id,
           m.field as most, m.value as at_most, m.rate_plan_id as most_plan_id, m.room_type_id as most_type_id
    from said l
    join said m on m.date = l.date and m.value < l.value and (l.for_plan is null or m.for_plan is null or l.for_plan = m.for_plan)
     and (l.room_type_id is null or m.room_type_id is null or l.room_type_id = m.room_type_id)
    where l.field like 'min%' and m.field like 'max%' and (l.field = 'min_advance') = (m.field = 'max_advance')
      and exists (select from unnest(:plan_levels::int[], :type_levels::int[]) as c (plan_level, type_level)
                  where (c.plan_level, c.type_level) in ((l.plan_level, l.type_level), (m.plan_level, m.type_level)))
    group by l.date, l.field, l.value, l.rate_plan_id, l.room_type_id, m.field, m.value, m.rate_plan_id, m.room_type_id)
select f.rate_plan_ids, f.room_type_id, min(f.date) as first_date, max(f.date) as last_date, count(*)::int as dates,
       f.least, f.at_least, f.least_plan_id, f.least_type_id, f.most, f.at_most, f.most_plan_id, f.most_type_id
from found f
group by f.rate_plan_ids, f.room_type_id, f.least, f.at_least, f.least_plan_id, f.least_type_id, f.most, f.at_most, f.most_plan_id,
         f.most_type_id
order by first_date, f.least, f.most, f.rate_plan_ids nulls first, f.room_type_id nulls first, f.at_least, f.at_most, f.least_plan_id, f.most_plan_id
limit :most;
