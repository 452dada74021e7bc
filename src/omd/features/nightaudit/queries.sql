-- name: find_settings
-- rows: maybe Settings
-- How a hotel's business date advances, where that was ever said.
select s.mode, s.hour, s.no_shows, s.due_outs from night_audit_settings s
where s.omd_id = :omd_id and s.business_id = :business_id;

-- name: put_settings
-- rows: none
-- Says how a hotel's business date advances, and since which date by audits.
insert into night_audit_settings as s (omd_id, business_id, mode, hour, no_shows, due_outs, audited_from)
values (:omd_id, :business_id, :mode::text, :hour, :no_shows, :due_outs, case when :mode::text = 'audit' then :business_date::date end)
on conflict (omd_id, business_id) do update
    set mode = excluded.mode, hour = excluded.hour, no_shows = excluded.no_shows, due_outs = excluded.due_outs,
        audited_from = case when excluded.mode = 'audit' then coalesce(s.audited_from, excluded.audited_from) end;

-- name: list_automatic
-- rows: many AutomaticAudit
-- The hotels whose audit runs by itself, and at which hour of which clock.
select b.id as business_id, b.time_zone, s.hour
from night_audit_settings s
join businesses b on b.omd_id = s.omd_id and b.id = s.business_id
where s.omd_id = :omd_id and s.mode = 'audit' and s.hour is not null
order by b.id;

-- name: start_audit
-- rows: value
-- Puts a night audit in, begun by a runner; gives its date, or null where there is one already. A date begins right after the one before ended.
insert into night_audits (omd_id, business_id, business_date, open_since, started_at, started_by, runner)
select b.omd_id, b.id, :business_date::date, coalesce(
           (select a.finished_at + interval '1 microsecond' from night_audits a
            where a.omd_id = b.omd_id and a.business_id = b.id and a.business_date = :business_date::date - 1 and a.status = 'succeeded'),
           :business_date::date::timestamp at time zone b.time_zone),
       :now::timestamptz, :started_by::text, :runner::uuid
from businesses b where b.omd_id = :omd_id and b.id = :business_id
on conflict (omd_id, business_id, business_date) do nothing
returning business_date;

-- name: take_over_audit
-- rows: value
-- Takes an audit over that failed, or whose runner is silent and writes nothing now; gives its date, or null.
update night_audits a
set status = 'running', attempts = a.attempts + 1, started_at = :now, started_by = :started_by, finished_at = null, error = null,
    runner = :runner, beat_at = clock_timestamp()
where (a.omd_id, a.business_id, a.business_date) in (
    select l.omd_id, l.business_id, l.business_date from night_audits l
    where l.omd_id = :omd_id and l.business_id = :business_id and l.business_date = :business_date
      and (l.status = 'failed' or (l.status = 'running' and l.beat_at < clock_timestamp() - make_interval(secs => :silent_seconds)))
    for update skip locked)
returning a.business_date;

-- name: list_done
-- rows: value
-- The steps of an audit that are finished.
select coalesce(array_agg(s.step), '{}') from night_audit_steps s
where s.omd_id = :omd_id and s.business_id = :business_id and s.business_date = :business_date and s.finished_at is not null;

-- name: beat
-- rows: value
-- Says that a runner is at its audit; null where it is not its any more.
update night_audits a set beat_at = clock_timestamp()
where a.omd_id = :omd_id and a.business_id = :business_id and a.business_date = :business_date and a.status = 'running'
  and a.runner = :runner
returning a.business_date;

-- name: note_step
-- rows: none
-- Adds what a transaction of a step did to what it did before.
insert into night_audit_steps as s (omd_id, business_id, business_date, step, started_at, finished_at, counts, refused)
values (:omd_id, :business_id, :business_date, :step, :now, case when :done::boolean then :now::timestamptz end, :counts::jsonb, :refused::jsonb)
on conflict (omd_id, business_id, business_date, step) do update
    set finished_at = excluded.finished_at, refused = excluded.refused,
        counts = (select coalesce(jsonb_object_agg(k.name, coalesce((s.counts ->> k.name)::int, 0)
                                                           + coalesce((excluded.counts ->> k.name)::int, 0)), '{}')
                  from (select jsonb_object_keys(s.counts) union select jsonb_object_keys(excluded.counts)) as k (name));

-- name: finish_audit
-- rows: value
-- Ends a runner's attempt, with the code of what it failed with or none; null where it is not its any more.
update night_audits a
set status = case when :error::text is null then 'succeeded' else 'failed' end, finished_at = :now, error = :error
where a.omd_id = :omd_id and a.business_id = :business_id and a.business_date = :business_date and a.status = 'running'
  and a.runner = :runner
returning a.business_date;

-- name: record_event
-- rows: value
-- Puts on record what became of an audit.
select record_event(:omd_id, :business_id, :type, :data::jsonb);

-- name: find_audit
-- rows: maybe NightAudit
-- The audit of a business date.
select a.business_id, a.business_date, a.status, a.attempts, a.started_at, a.started_by, a.finished_at, a.error
from night_audits a
where a.omd_id = :omd_id and a.business_id = :business_id and a.business_date = :business_date;

-- name: list_audits
-- rows: many NightAudit
-- The audits of a hotel before a date, the newest first.
select a.business_id, a.business_date, a.status, a.attempts, a.started_at, a.started_by, a.finished_at, a.error
from night_audits a
where a.omd_id = :omd_id and a.business_id = :business_id and a.business_date < :before
order by a.business_date desc
limit :limit;

-- name: list_steps
-- rows: many StepRow
-- The steps of an audit in the order in which they are done.
select s.step, s.started_at, s.finished_at, s.counts, s.refused from night_audit_steps s
where s.omd_id = :omd_id and s.business_id = :business_id and s.business_date = :business_date
order by array_position(array['arrivals', 'departures', 'charges', 'on_the_books', 'close'], s.step);

-- name: list_holds_due
-- rows: many DueStay
-- Who is held only, and was to arrive on a date or before.
select r.id, r.code, r.arrival, r.departure, r.room_type_id from reservations r
where r.omd_id = :omd_id and r.business_id = :business_id and r.status = 'tentative' and r.arrival <= :business_date
order by r.arrival, r.id
limit :limit;

-- name: list_arrivals_due
-- rows: many DueStay
-- Who was to arrive on a date or before, and did not.
select r.id, r.code, r.arrival, r.departure, r.room_type_id from reservations r
where r.omd_id = :omd_id and r.business_id = :business_id and r.status = 'confirmed' and r.arrival <= :business_date
order by r.arrival, r.id
limit :limit;

-- name: list_due_outs
-- rows: many DueStay
-- Who was to leave on a date or before, and is in the house, but for some.
select r.id, r.code, r.arrival, r.departure, r.room_type_id from reservations r
where r.omd_id = :omd_id and r.business_id = :business_id and r.status = 'in_house' and r.departure <= :business_date
  and r.id <> all (:but::uuid[])
order by r.departure, r.id
limit :limit;

-- name: count_unpriced
-- rows: value
-- How many stays in the house spent a night up to a date, and with it, that has no price.
select count(distinct u.reservation_id)::int
from nights_without_price(
    :omd_id, :business_id,
    (select array_agg(r.id) from reservations r where r.omd_id = :omd_id and r.business_id = :business_id and r.status = 'in_house'),
    :business_date::date + 1) u;

-- name: list_unpriced
-- rows: many UnpricedStay
-- Some of those stays, and which nights have no price.
select r.id, r.code, r.arrival, r.departure, r.room_type_id, u.nights
from (select n.reservation_id, array_agg(n.date order by n.date) as nights
      from nights_without_price(
          :omd_id, :business_id,
          (select array_agg(r.id) from reservations r where r.omd_id = :omd_id and r.business_id = :business_id and r.status = 'in_house'),
          :business_date::date + 1) n
      group by n.reservation_id) u
join reservations r on r.omd_id = :omd_id and r.business_id = :business_id and r.id = u.reservation_id
order by r.departure, r.id
limit :limit;

-- name: freeze_on_the_books
-- rows: none
-- Writes what is booked for the dates after a business date.
insert into on_the_books (omd_id, business_id, as_of, date, room_type_id, rooms, revenue, unpriced)
select n.omd_id, n.business_id, :business_date::date, n.date, n.room_type_id, count(*), coalesce(sum(c.amount), 0),
       count(*) filter (where c.amount is null)
from reservation_nights n
left join lateral (
    select sum(l.amount) as amount from reservation_charges l
    where l.omd_id = n.omd_id and l.business_id = n.business_id and l.reservation_id = n.reservation_id and l.date = n.date) c on true
where n.omd_id = :omd_id and n.business_id = :business_id and n.date > :business_date::date
group by n.omd_id, n.business_id, n.date, n.room_type_id;

-- name: freeze_statistics
-- rows: none
-- Writes what a business date was, by room type. Stays that changed while it was open lie within a month of it, or ahead.
with open as (
    select a.open_since from night_audits a
    where a.omd_id = :omd_id and a.business_id = :business_id and a.business_date = :business_date::date),
counted as (
    select c.room_type_id, c.physical, c.out_of_order, c.held, c.sold from room_type_availability c
    where c.omd_id = :omd_id and c.business_id = :business_id and c.date = :business_date::date),
house as (
    select n.room_type_id, count(*) as occupied from reservation_nights n
    join reservations r on r.omd_id = n.omd_id and r.business_id = n.business_id and r.id = n.reservation_id
    where n.omd_id = :omd_id and n.business_id = :business_id and n.date = :business_date::date and r.status = 'in_house'
    group by n.room_type_id),
happened as (
    select r.room_type_id,
           count(*) filter (where r.checked_in_at >= o.open_since and not r.day_use) as arrivals,
           count(*) filter (where r.checked_out_at >= o.open_since and not r.day_use) as departures,
           count(*) filter (where r.checked_in_at >= o.open_since and r.day_use) as day_uses,
           count(*) filter (where r.no_show_at >= o.open_since) as no_shows,
           count(*) filter (where r.cancelled_at >= o.open_since) as cancellations,
           coalesce(sum(r.adults) filter (where r.status = 'in_house'), 0) as adults,
           coalesce(sum(r.children) filter (where r.status = 'in_house'), 0) as children
    from reservations r cross join open o
    where r.omd_id = :omd_id and r.business_id = :business_id
      and r.status in ('in_house', 'checked_out', 'no_show', 'cancelled') and r.departure >= :business_date::date - 31
    group by r.room_type_id),
earned as (
    select coalesce(e.origin_id, e.id) as origin_id, p.account, - sum(p.amount) as amount
    from ledger_entries e
    join ledger_postings p on p.omd_id = e.omd_id and p.business_id = e.business_id and p.entry_id = e.id
    where e.omd_id = :omd_id and e.business_id = :business_id and e.business_date = :business_date::date
      and p.account in ('room_revenue', 'meals_revenue', 'supplement_revenue', 'fee_revenue')
    group by 1, 2),
revenue as (
    select r.room_type_id,
           coalesce(sum(x.amount) filter (where x.account = 'room_revenue'), 0) as room,
           coalesce(sum(x.amount) filter (where x.account = 'meals_revenue'), 0) as meals,
           coalesce(sum(x.amount) filter (where x.account = 'supplement_revenue'), 0) as supplement,
           coalesce(sum(x.amount) filter (where x.account = 'fee_revenue'), 0) as fee,
           coalesce(sum(x.amount) filter (where x.account = 'room_revenue' and o.cause like 'day_use:%'), 0) as day_use
    from earned x
    join ledger_entries o on o.omd_id = :omd_id and o.business_id = :business_id and o.id = x.origin_id
    left join reservations r on r.omd_id = :omd_id and r.business_id = :business_id and r.id = o.reservation_id
    group by r.room_type_id)
insert into daily_statistics (omd_id, business_id, date, room_type_id, rooms, out_of_order, sold, occupied, arrivals, departures, adults,
                              children, no_shows, cancellations, room_revenue, meals_revenue, supplement_revenue, fee_revenue,
                              day_uses, day_use_revenue, held_back)
select t.omd_id, t.business_id, :business_date::date, t.id, coalesce(c.physical, 0), coalesce(c.out_of_order, 0), coalesce(c.sold, 0),
       coalesce(u.occupied, 0), coalesce(h.arrivals, 0), coalesce(h.departures, 0), coalesce(h.adults, 0), coalesce(h.children, 0),
       coalesce(h.no_shows, 0), coalesce(h.cancellations, 0), coalesce(v.room, 0), coalesce(v.meals, 0), coalesce(v.supplement, 0),
       coalesce(v.fee, 0), coalesce(h.day_uses, 0), coalesce(v.day_use, 0), coalesce(c.held, 0)
from room_types t
left join counted c on c.room_type_id = t.id
left join house u on u.room_type_id = t.id
left join happened h on h.room_type_id = t.id
left join revenue v on v.room_type_id = t.id
where t.omd_id = :omd_id and t.business_id = :business_id
union all
select :omd_id::int, :business_id::int, :business_date::date, null, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, v.room, v.meals, v.supplement, v.fee, 0, v.day_use, 0
from revenue v where v.room_type_id is null;

-- name: list_statistics
-- rows: many TypeStatistics
-- What the closed business dates [starts_on, ends_on) were, by date and room type.
select s.date, s.room_type_id, s.rooms, s.out_of_order, s.sold, s.occupied, s.arrivals, s.departures, s.adults, s.children, s.no_shows,
       s.cancellations, s.room_revenue, s.meals_revenue, s.supplement_revenue, s.fee_revenue, s.day_uses, s.day_use_revenue, s.held_back
from daily_statistics s
where s.omd_id = :omd_id and s.business_id = :business_id and s.date >= :starts_on and s.date < :ends_on
order by s.date, s.line;

-- name: list_booked_ahead
-- rows: many BookedAhead
-- What was on the books as a business date was closed, by date and room type.
select o.date, o.room_type_id, o.rooms, o.revenue, o.unpriced from on_the_books o
where o.omd_id = :omd_id and o.business_id = :business_id and o.as_of = :as_of
order by o.date, o.room_type_id;
