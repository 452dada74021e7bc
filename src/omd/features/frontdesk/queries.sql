-- name: find_frame
-- rows: maybe Frame
-- What a planner is drawn in: the business date of a hotel, the last date that is open, and the last event that has its place.
select coalesce(b.business_date, (:now::timestamptz at time zone b.time_zone)::date) as business_date,
       h.ends_on as open_until, p.last_position
from businesses b
cross join event_positions p
left join availability_horizons h on h.omd_id = b.omd_id
where b.omd_id = :omd_id and b.id = :business_id;

-- name: list_changes
-- rows: many Change
-- What happened in a hotel after a position, and what happened since and has no position yet.
select c.type, c.aggregate, c.aggregate_id, c.data::text
from (select e.type, e.aggregate, e.aggregate_id, e.data from events e
      where e.omd_id = :omd_id and e.business_id = :business_id and e.position > :since
      union all
      select e.type, e.aggregate, e.aggregate_id, e.data from events e
      where e.omd_id = :omd_id and e.business_id = :business_id and e.position is null) c
limit :most;

-- name: find_bars
-- rows: one BarColumns
-- Every run of nights that a stay holds in one room, or without one, by columns: by room, then by night.
with runs as materialized (
    select n.reservation_id, n.room_type_id, n.room_id, min(n.date) as first, count(*)::int as nights,
           max(n.date) + 1 - min(n.date) as length
    from reservation_nights n
    where n.omd_id = :omd_id and n.business_id = :business_id and n.date >= :first and n.date < :last
      and (:reservation_ids::uuid[] is null or n.reservation_id = any (:reservation_ids::uuid[]))
    group by n.reservation_id, n.room_type_id, n.room_id),
-- A stay that left a room and came back holds it twice; it is rare, and finding it in all nights costs a sort of them.
bars as materialized (
    select u.reservation_id, u.room_type_id, u.room_id, u.first, u.nights from runs u where u.nights >= u.length
    union all
    select n.reservation_id, n.room_type_id, n.room_id, min(n.date), count(*)::int
    from (select o.reservation_id, o.room_type_id, o.room_id, o.date,
                 o.date - row_number() over (partition by o.reservation_id, o.room_type_id, o.room_id order by o.date)::int as run
          from runs u
          join reservation_nights o on o.omd_id = :omd_id and o.business_id = :business_id
              and o.reservation_id = u.reservation_id and o.date >= :first and o.date < :last
              and o.room_type_id = u.room_type_id and o.room_id is not distinct from u.room_id
          where u.nights < u.length) n
    group by n.reservation_id, n.room_type_id, n.room_id, n.run),
waiting as materialized (select distinct u.reservation_id from runs u where u.room_id is null),
drawn as materialized (
    select r.code, g.last_name, r.room_lock_reason, b.room_id, b.room_type_id, b.first - :first::date as start, b.nights,
           array_position(:statuses::text[], r.status) - 1 as status,
           array_position(:actions::text[], required_action(r.status, r.arrival, r.departure, :business_date::date,
               b.reservation_id in (select w.reservation_id from waiting w))) - 1 as action,
           r.room_locked::int + 2 * (r.arrival < b.first)::int + 4 * (r.departure > b.first + b.nights)::int
               + 8 * (r.room_type_id <> b.room_type_id)::int
               + 16 * (r.status in ('tentative', 'confirmed') and arrives_late(r.estimated_arrival, (select late_from(:omd_id, :business_id))))::int as flags
    from bars b
    join reservations r on r.omd_id = :omd_id and r.business_id = :business_id and r.id = b.reservation_id
        and r.departure > :first and r.arrival < :last
    left join reservation_guests g on g.omd_id = :omd_id and g.business_id = :business_id
        and g.reservation_id = b.reservation_id and g.is_primary
    order by b.room_id nulls last, b.first, r.code)
-- The width is asked once: joined to the bars, a plan that expects few of them would ask it for each.
select coalesce(string_agg(rpad(d.code, (select max(length(c.code)) from drawn c)), ''), '') as codes,
       coalesce((select max(length(c.code)) from drawn c), 0) as code_length,
       to_json(coalesce(array_agg(d.last_name), '{}')) as name,
       to_json(coalesce(array_agg(d.room_id), '{}')) as room,
       to_json(coalesce(array_agg(d.room_type_id), '{}')) as type,
       to_json(coalesce(array_agg(d.start), '{}')) as start,
       to_json(coalesce(array_agg(d.nights), '{}')) as nights,
       to_json(coalesce(array_agg(d.status), '{}')) as status,
       to_json(coalesce(array_agg(d.action), '{}')) as action,
       to_json(coalesce(array_agg(d.flags), '{}')) as flags,
       coalesce(jsonb_object_agg(d.code, d.room_lock_reason) filter (where d.room_lock_reason is not null), '{}')::text as locks
from drawn d;

-- name: list_day_uses
-- rows: many DayUseDrawn
-- The rooms that stays without a night have for a part of a day of a period, by when they begin.
select d.reservation_id, r.code, d.room_id, d.starts_at, d.ends_at, r.status,
       required_action(r.status, r.arrival, r.departure, :business_date::date, false) as required_action
from day_uses d
join reservations r on r.omd_id = d.omd_id and r.business_id = d.business_id and r.id = d.reservation_id
where d.omd_id = :omd_id and d.business_id = :business_id and d.date >= :first and d.date < :last
  and r.status in ('confirmed', 'in_house', 'checked_out')
order by d.starts_at, d.room_id;

-- name: find_rooms
-- rows: one RoomColumns
-- The rooms of a hotel that are in use on some night of a period, by columns, by number.
select to_json(coalesce(array_agg(i.id order by i.number, i.id), '{}')) as id,
       to_json(coalesce(array_agg(i.number order by i.number, i.id), '{}')) as number,
       to_json(coalesce(array_agg(i.room_type_id order by i.number, i.id), '{}')) as type,
       to_json(coalesce(array_agg(i.floor order by i.number, i.id), '{}')) as floor,
       to_json(coalesce(array_agg(i.retired_on - :first::date order by i.number, i.id), '{}')) as retired
from individual_rooms i
where i.omd_id = :omd_id and i.business_id = :business_id and (i.retired_on is null or i.retired_on > :first);

-- name: list_codes
-- rows: value
-- The codes of some stays, in their order.
select coalesce(array_agg(r.code order by r.code), '{}') as codes
from reservations r
where r.omd_id = :omd_id and r.business_id = :business_id and r.id = any (:reservation_ids::uuid[]);

-- name: read_desk_list
-- rows: many DeskRow
-- A page of a list of the desk, and what it depends on; nothing of it where nothing happened since the version that is known.
select is_same, position, of_version, business_date, id, code, guest_name, adults, children, room_type_id, room_type_code, arrival,
       departure, status, required_action, room_numbers, nights_without_room, room_locked, amount, currency, note, external_reference,
       version, checked_in_at, checked_out_at, checked_in_on, checked_out_on, hold_until, estimated_arrival, arrives_late, open_requests,
       occupied_room, occupant_code, day_use
from read_desk_list(:actor_role, :actor_omd_id, :actor_scope, :actor_business_ids, :actor_staff_business_ids,
                    :actor_reader_business_ids, :business_id, :list, :date, :after_date, :after_id, :most, :now, :position, :version);

-- name: read_desk_day
-- rows: many DayRow
-- What a day of a hotel comes to, and what that depends on; nothing of it where nothing happened since the version that is known.
select is_same, position, of_version, business_date, currency, arrivals_expected, arrivals_tentative, arrivals_in, arrivals_no_show,
       arrivals_overdue, departures_expected, departures_out, departures_overdue, inside_stays, inside_adults, inside_children,
       tonight_stays, tonight_adults, tonight_children, revenue, priced_stays, rooms
from read_desk_day(:actor_role, :actor_omd_id, :actor_scope, :actor_business_ids, :actor_staff_business_ids,
                   :actor_reader_business_ids, :business_id, :date, :now, :position, :version);

-- name: find_hold_backs
-- rows: one HoldBackColumns
-- What holds certain rooms of a hotel back, or some of them, cut to a period, by columns.
with cut as (
    select h.id, h.room_id, greatest(h.starts_on, :first::date) - :first::date as start,
           least(h.ends_on, :last::date) - greatest(h.starts_on, :first::date) as nights
    from hold_backs h
    where h.omd_id = :omd_id and h.business_id = :business_id and h.room_id is not null and h.ends_on > :first::date
      and h.starts_on < :last::date and (:room_ids::int[] is null or h.room_id = any (:room_ids::int[])))
select to_json(coalesce(array_agg(c.id order by c.id), '{}')) as id,
       to_json(coalesce(array_agg(c.room_id order by c.id), '{}')) as room,
       to_json(coalesce(array_agg(c.start order by c.id), '{}')) as start,
       to_json(coalesce(array_agg(c.nights order by c.id), '{}')) as nights
from cut c;

-- name: find_intervals
-- rows: one IntervalColumns
-- The maintenance of a hotel's rooms, or of some of them, cut to a period, by columns.
with cut as (
    select m.id, m.room_id, (m.kind = 'out_of_service')::int as kind, greatest(m.starts_on, :first::date) - :first::date as start,
           least(m.ends_on, :last::date) - greatest(m.starts_on, :first::date) as nights
    from maintenance_intervals m
    where m.omd_id = :omd_id and m.business_id = :business_id and m.ends_on > :first::date and m.starts_on < :last::date
      and (:room_ids::int[] is null or m.room_id = any (:room_ids::int[])))
select to_json(coalesce(array_agg(c.id order by c.id), '{}')) as id,
       to_json(coalesce(array_agg(c.room_id order by c.id), '{}')) as room,
       to_json(coalesce(array_agg(c.kind order by c.id), '{}')) as kind,
       to_json(coalesce(array_agg(c.start order by c.id), '{}')) as start,
       to_json(coalesce(array_agg(c.nights order by c.id), '{}')) as nights
from cut c;
