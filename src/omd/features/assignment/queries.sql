-- name: find_house
-- rows: maybe HouseRow
-- The day a hotel works on, and its weights where they are its own.
select coalesce(b.business_date, (:now::timestamptz at time zone b.time_zone)::date) as business_date,
       coalesce((select jsonb_object_agg(w.term, w.weight) from assignment_weights w
                 where w.omd_id = :omd_id and w.business_id = :business_id), '{}')::text as weights
from businesses b where b.omd_id = :omd_id and b.id = :business_id;

-- name: find_last_departure
-- rows: value
-- The last departure of the stays of a hotel that arrive in [since, until), or null.
select max(r.departure) from reservations r
where r.omd_id = :omd_id and r.business_id = :business_id and r.arrival >= :since and r.arrival < :until
  and r.status in ('tentative', 'confirmed');

-- name: find_stay
-- rows: maybe StayPlace
-- The hotel of a stay, and its dates.
select r.business_id, r.code, r.arrival, r.departure from reservations r
where r.omd_id = :omd_id and r.business_id = any (:business_ids::int[]) and r.id = :reservation_id;

-- name: list_rooms
-- rows: many RoomRow
-- The rooms of a hotel that are in use on a date, with how many of the ninety nights before it they were slept in.
select r.id, r.room_type_id, r.number, r.floor, r.features, r.retired_on, t.max_occupancy,
       coalesce(s.nights, 0)::int as nights_used
from individual_rooms r
join room_types t on t.omd_id = :omd_id and t.business_id = :business_id and t.id = r.room_type_id
left join (select a.room_id, count(*) as nights from room_availability a
           where a.omd_id = :omd_id and a.business_id = :business_id and a.date >= :on::date - 90 and a.date < :on::date
             and a.reservation_id is not null
           group by a.room_id) s on s.room_id = r.id
where r.omd_id = :omd_id and r.business_id = :business_id and (r.retired_on is null or r.retired_on > :on::date)
order by r.number, r.id;

-- name: list_stays
-- rows: many StayRow
-- The stays of a hotel that hold a night in [since, until), whole, with what their guests wish, and whether they come early.
select r.id, r.code, r.status, r.arrival, r.departure, r.adults + r.children as persons, r.room_locked, r.room_lock_reason, r.version,
       h.room_type_id, h.dates, h.room_ids, h.types,
       (select p.booking_id from reservation_prices p
        where p.omd_id = :omd_id and p.business_id = :business_id and p.reservation_id = r.id) as booking_id,
       (select g.profile_id from reservation_guests g
        where g.omd_id = :omd_id and g.business_id = :business_id and g.reservation_id = r.id and g.is_primary) as profile_id,
       coalesce(w.wishes, '[]')::text as wishes,
       coalesce(r.estimated_arrival >= time '05:00' and r.estimated_arrival < (
           select coalesce(max(s.check_in_from), time '15:00') from stay_settings s
           where s.omd_id = :omd_id and s.business_id = :business_id), false) as comes_early,
       p.room_id as published_room_id
from (select n.reservation_id, min(n.room_type_id) as room_type_id, count(distinct n.room_type_id)::int as types,
             array_agg(n.date order by n.date) as dates, array_agg(n.room_id order by n.date) as room_ids
      from reservation_nights n
      where n.omd_id = :omd_id and n.business_id = :business_id and n.date >= :since::date - 400 and n.date < :until::date + 400
        and n.reservation_id in (select k.reservation_id from reservation_nights k
                                 where k.omd_id = :omd_id and k.business_id = :business_id
                                   and k.date >= :since and k.date < :until)
      group by n.reservation_id) h
join reservations r on r.omd_id = :omd_id and r.business_id = :business_id and r.id = h.reservation_id
cross join lateral (
    select jsonb_agg(jsonb_build_object('kind', v.kind, 'value', v.value, 'importance', v.importance, 'required', v.required)
                     order by v.of_profile, v.position) as wishes
    from list_stay_wishes(:omd_id, :business_id, r.id) v) w
left join housekeeping_published_rooms p
    on p.omd_id = :omd_id and p.business_id = :business_id and p.business_date = r.arrival and p.reservation_id = r.id
order by r.arrival, r.id;

-- name: list_maintenance
-- rows: many MaintenanceRow
-- The intervals in which rooms of a hotel are out of order, out of service or held back from a date on.
select m.room_id, m.kind, m.starts_on, m.ends_on
from maintenance_intervals m
where m.omd_id = :omd_id and m.business_id = :business_id and m.ends_on > :since and m.starts_on < :until
union all
select h.room_id, 'held_back', h.starts_on, h.ends_on
from room_hold_backs h
where h.omd_id = :omd_id and h.business_id = :business_id and h.ends_on > :since and h.starts_on < :until
order by 1, 3;

-- name: list_day_uses
-- rows: many DayUseRow
-- The days of a period for a part of which rooms of a hotel are somebody's.
select d.room_id, d.date, d.bars_departure, d.bars_arrival
from day_uses d
where d.omd_id = :omd_id and d.business_id = :business_id and d.date >= :since and d.date < :until and not d.is_over
order by d.room_id, d.date;

-- name: list_conditions
-- rows: many ConditionRow
-- Whether rooms are as a guest may enter them now, whether the hotel asks for that, and what was seen in them that should not be.
select k.room_id, k.occupancy = 'vacant' and soiled(k.condition, coalesce(n.needs, 'clean')) = coalesce(n.needs, 'clean') as is_ready,
       n.needs is not null as is_asked, case when k.discrepancy in ('sleep', 'skip') then k.discrepancy end as discrepancy
from read_room_rack(:omd_id, :business_id, false, :now) k
cross join (select (select nullif(s.check_in_needs, 'none') from housekeeping_settings s
                    where s.omd_id = :omd_id and s.business_id = :business_id) as needs) n
order by k.number;

-- name: set_weight
-- rows: none
-- Says what a term costs in a hotel.
insert into assignment_weights (omd_id, business_id, term, weight) values (:omd_id, :business_id, :term, :weight)
on conflict (omd_id, business_id, term) do update set weight = excluded.weight
where assignment_weights.weight is distinct from excluded.weight;

-- name: list_wishes
-- rows: many WishRow
-- What the guests of a stay wish of their room, in their order, and after that what their profile wishes of every room.
select w.kind, w.value, w.importance, w.required, w.of_profile
from list_stay_wishes(:omd_id, :business_id, :reservation_id) w
order by w.of_profile, w.position;

-- name: drop_wishes
-- rows: none
-- Takes away what the guests of a stay wish.
delete from room_wishes w
where w.omd_id = :omd_id and w.business_id = :business_id and w.reservation_id = :reservation_id;

-- name: add_wish
-- rows: none
-- Adds what the guests of a stay wish.
insert into room_wishes (omd_id, business_id, reservation_id, position, kind, value, importance, required)
values (:omd_id, :business_id, :reservation_id, :position, :kind, :value, :importance, :required);

-- name: add_plan
-- rows: value
-- Keeps a plan that was made; gives its id.
insert into assignment_plans (omd_id, business_id, scope, starts_on, ends_on, business_date, cost_now, cost_first, cost, bound,
                              proven, score, weights, made_at, made_by)
values (:omd_id, :business_id, :scope, :starts_on, :ends_on, :business_date, :cost_now, :cost_first, :cost, :bound,
        :proven, :score::jsonb, :weights::jsonb, :now, :actor)
returning id;

-- name: add_plan_stays
-- rows: none
-- Keeps the stays of a plan.
insert into assignment_plan_stays (omd_id, business_id, plan_id, reservation_id, from_room_id, to_room_id, arrival, departure,
                                   charged, beats, version, breaks)
select :omd_id, :business_id, :plan_id, s.reservation_id, s.from_room_id, s.to_room_id, s.arrival, s.departure, s.charged, s.beats,
       s.version, s.breaks
from jsonb_to_recordset(:stays::jsonb) as s (reservation_id uuid, from_room_id int, to_room_id int, arrival date, departure date,
                                             charged jsonb, beats jsonb, version int, breaks jsonb);

-- name: lock_plan
-- rows: maybe PlanStanding
-- What became of a plan, and how it was made; nobody else applies or undoes it meanwhile.
select p.status, p.scope from assignment_plans p
where p.omd_id = :omd_id and p.business_id = :business_id and p.id = :plan_id
for update;

-- name: find_plan
-- rows: maybe PlanRow
-- A plan as it was made, and what became of it.
select p.id, p.business_id, p.scope, p.starts_on, p.ends_on, p.business_date, p.status, p.cost_now, p.cost_first, p.cost, p.bound,
       p.proven, p.score::text as score, p.weights::text as weights, p.made_at, p.made_by, p.applied_at, p.applied_by,
       p.undone_at, p.undone_by, p.override_reason, p.overrides
from assignment_plans p
where p.omd_id = :omd_id and p.business_id = :business_id and p.id = :plan_id;

-- name: list_plans
-- rows: many PlanRow
-- The plans of a hotel, the newest first.
select p.id, p.business_id, p.scope, p.starts_on, p.ends_on, p.business_date, p.status, p.cost_now, p.cost_first, p.cost, p.bound,
       p.proven, p.score::text as score, p.weights::text as weights, p.made_at, p.made_by, p.applied_at, p.applied_by,
       p.undone_at, p.undone_by, p.override_reason, p.overrides
from assignment_plans p
where p.omd_id = :omd_id and p.business_id = :business_id and (:before::uuid is null or p.id < :before)
order by p.id desc
limit :limit;

-- name: purge_plans
-- rows: none
-- Forgets plans that were not applied and made before one instant, and those made before another, at most so many.
delete from assignment_plans where (omd_id, business_id, id) in
    (select p.omd_id, p.business_id, p.id from assignment_plans p
     where p.made_at < case p.status when 'proposed' then :proposed_before::timestamptz else :applied_before::timestamptz end
     limit :most);

-- name: list_plan_stays
-- rows: many PlanStayRow
-- The stays of a plan, those that change rooms first.
select s.reservation_id, r.code, s.from_room_id, f.number as from_room, s.to_room_id, t.number as to_room, s.arrival, s.departure,
       s.charged::text as charged, s.beats::text as beats, s.version, s.breaks::text as breaks
from assignment_plan_stays s
join reservations r on r.omd_id = s.omd_id and r.business_id = s.business_id and r.id = s.reservation_id
left join individual_rooms f on f.omd_id = s.omd_id and f.business_id = s.business_id and f.id = s.from_room_id
left join individual_rooms t on t.omd_id = s.omd_id and t.business_id = s.business_id and t.id = s.to_room_id
where s.omd_id = :omd_id and s.business_id = :business_id and s.plan_id = :plan_id
order by s.from_room_id is not distinct from s.to_room_id, s.arrival, r.code;

-- name: mark_applied
-- rows: none
-- Says that a plan was applied.
update assignment_plans p set status = 'applied', applied_at = :now, applied_by = :actor, override_reason = :override_reason,
    overrides = :overrides::text[]
where p.omd_id = :omd_id and p.business_id = :business_id and p.id = :plan_id;

-- name: mark_undone
-- rows: none
-- Says that a plan was undone.
update assignment_plans p set status = 'undone', undone_at = :now, undone_by = :actor
where p.omd_id = :omd_id and p.business_id = :business_id and p.id = :plan_id;
