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
    select r.code, g.last_name, b.room_id, b.room_type_id, b.first - :first::date as start, b.nights,
           array_position(:statuses::text[], r.status) - 1 as status,
           array_position(:actions::text[], required_action(r.status, r.arrival, r.departure, :business_date::date,
               b.reservation_id in (select w.reservation_id from waiting w))) - 1 as action,
           r.room_locked::int + 2 * (r.arrival < b.first)::int + 4 * (r.departure > b.first + b.nights)::int
               + 8 * (r.room_type_id <> b.room_type_id)::int
               + 16 * (r.status in ('tentative', 'confirmed') and arrives_late(r.estimated_arrival))::int as flags
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
       to_json(coalesce(array_agg(d.flags), '{}')) as flags
from drawn d;

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

-- name: list_arrivals
-- rows: many DeskRow
-- A page of the stays that arrive on a date, and, on the business date, of those that were to come before and did not.
select id, code, guest_name, adults, children, room_type_id, room_type_code, arrival, departure, status, required_action,
       room_numbers, nights_without_room, room_locked, amount, currency, note, external_reference, version, checked_in_at,
       checked_out_at, checked_in_on, checked_out_on, business_date, hold_until,
       estimated_arrival, arrives_late, open_requests
from read_desk_stays(:omd_id, :business_id, array(
    select l.id
    from (select r.arrival, r.id from reservations r
          where r.omd_id = :omd_id and r.business_id = :business_id and r.arrival = :date::date and r.status <> 'cancelled'
          union all
          select r.arrival, r.id from reservations r
          where r.omd_id = :omd_id and r.business_id = :business_id and r.status = 'confirmed'
            and :date::date = :business_date::date and r.arrival < :date::date) l
    where (l.arrival, l.id) > (:after_date::date, :after_id::uuid)
    order by l.arrival, l.id
    limit :page_size), :now)
order by arrival, id;

-- name: list_departures
-- rows: many DeskRow
-- A page of the stays that leave on a date, and, on the business date, of those that were to leave before and did not.
select id, code, guest_name, adults, children, room_type_id, room_type_code, arrival, departure, status, required_action,
       room_numbers, nights_without_room, room_locked, amount, currency, note, external_reference, version, checked_in_at,
       checked_out_at, checked_in_on, checked_out_on, business_date, hold_until,
       estimated_arrival, arrives_late, open_requests
from read_desk_stays(:omd_id, :business_id, array(
    select l.id
    from (select r.departure, r.id from reservations r
          where r.omd_id = :omd_id and r.business_id = :business_id and r.departure = :date::date
            and r.status in ('tentative', 'confirmed', 'in_house', 'checked_out')
            and (r.status in ('in_house', 'checked_out') or :date::date > :business_date::date)
          union all
          select r.departure, r.id from reservations r
          where r.omd_id = :omd_id and r.business_id = :business_id and r.status = 'in_house'
            and :date::date = :business_date::date and r.departure < :date::date) l
    where (l.departure, l.id) > (:after_date::date, :after_id::uuid)
    order by l.departure, l.id
    limit :page_size), :now)
order by departure, id;

-- name: list_in_house
-- rows: many DeskRow
-- A page of the stays whose guests are in the house now, by departure.
select id, code, guest_name, adults, children, room_type_id, room_type_code, arrival, departure, status, required_action,
       room_numbers, nights_without_room, room_locked, amount, currency, note, external_reference, version, checked_in_at,
       checked_out_at, checked_in_on, checked_out_on, business_date, hold_until,
       estimated_arrival, arrives_late, open_requests
from read_desk_stays(:omd_id, :business_id, array(
    select r.id from reservations r
    where r.omd_id = :omd_id and r.business_id = :business_id and r.status = 'in_house'
      and (r.departure, r.id) > (:after_date::date, :after_id::uuid)
    order by r.departure, r.id
    limit :page_size), :now)
order by departure, id;

-- name: list_sleeping
-- rows: many DeskRow
-- A page of the stays that hold the night of another date, by departure.
select id, code, guest_name, adults, children, room_type_id, room_type_code, arrival, departure, status, required_action,
       room_numbers, nights_without_room, room_locked, amount, currency, note, external_reference, version, checked_in_at,
       checked_out_at, checked_in_on, checked_out_on, business_date, hold_until,
       estimated_arrival, arrives_late, open_requests
from read_desk_stays(:omd_id, :business_id, array(
    select r.id
    from reservation_nights n
    cross join lateral (
        select s.id, s.departure from reservations s
        where s.omd_id = :omd_id and s.business_id = :business_id and s.id = n.reservation_id offset 0) r
    where n.omd_id = :omd_id and n.business_id = :business_id and n.date = :date::date
      and (r.departure, r.id) > (:after_date::date, :after_id::uuid)
    order by r.departure, r.id
    limit :page_size), :now)
order by departure, id;

-- name: count_day
-- rows: maybe DayRow
-- What a day of a hotel comes to: who arrives and leaves, who is in the house, and what the night is sold for.
with hotel as materialized (
    select b.currency, coalesce(b.business_date, (:now::timestamptz at time zone b.time_zone)::date) as business_date
    from businesses b where b.omd_id = :omd_id and b.id = :business_id),
arriving as (
    select r.status from reservations r
    where r.omd_id = :omd_id and r.business_id = :business_id and r.arrival = :date::date and r.status <> 'cancelled'),
leaving as (
    select r.status from reservations r
    where r.omd_id = :omd_id and r.business_id = :business_id and r.departure = :date::date
      and r.status in ('confirmed', 'in_house', 'checked_out')),
inside as (
    select r.adults, r.children, r.departure from reservations r
    where r.omd_id = :omd_id and r.business_id = :business_id and r.status = 'in_house'),
tonight as (
    select r.adults, r.children, coalesce(c.amount, r.amount / (r.departure - r.arrival)) as amount, r.currency
    from reservation_nights n
    -- By its key, as in read_desk_stays.
    cross join lateral (
        select s.adults, s.children, s.arrival, s.departure, s.amount, s.currency from reservations s
        where s.omd_id = :omd_id and s.business_id = :business_id and s.id = n.reservation_id offset 0) r
    cross join lateral (
        select sum(p.amount) as amount from reservation_charges p
        where p.omd_id = :omd_id and p.business_id = :business_id and p.reservation_id = n.reservation_id
          and p.date = :date::date offset 0) c
    where n.omd_id = :omd_id and n.business_id = :business_id and n.date = :date::date)
select h.business_date, h.currency,
       (select count(*) filter (where a.status = 'confirmed')::int from arriving a) as arrivals_expected,
       (select count(*) filter (where a.status = 'tentative')::int from arriving a) as arrivals_tentative,
       (select count(*) filter (where a.status in ('in_house', 'checked_out'))::int from arriving a) as arrivals_in,
       (select count(*) filter (where a.status = 'no_show')::int from arriving a) as arrivals_no_show,
       (select count(*)::int from reservations r
        where r.omd_id = :omd_id and r.business_id = :business_id and r.status = 'confirmed'
          and r.arrival < h.business_date) as arrivals_overdue,
       (select count(*) filter (where l.status = 'in_house' or (l.status = 'confirmed' and :date::date > h.business_date))::int
        from leaving l) as departures_expected,
       (select count(*) filter (where l.status = 'checked_out')::int from leaving l) as departures_out,
       (select count(*) filter (where i.departure < h.business_date)::int from inside i) as departures_overdue,
       (select count(*)::int from inside) as inside_stays,
       (select coalesce(sum(i.adults), 0)::int from inside i) as inside_adults,
       (select coalesce(sum(i.children), 0)::int from inside i) as inside_children,
       (select count(*)::int from tonight) as tonight_stays,
       (select coalesce(sum(t.adults), 0)::int from tonight t) as tonight_adults,
       (select coalesce(sum(t.children), 0)::int from tonight t) as tonight_children,
       (select round(coalesce(sum(t.amount), 0), 2) from tonight t where t.currency = h.currency) as revenue,
       (select count(*) filter (where t.currency = h.currency)::int from tonight t) as priced_stays
from hotel h;

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
