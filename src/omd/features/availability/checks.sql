-- name: room_types_count_their_rooms
-- rows: many Breach
-- The quantity of a room type is the number of its rooms in use.
select count(*) over () as breaches, t.business_id, null::date as date,
       format('room type %s (%s) says it has %s rooms; %s are in use', t.id, t.code, t.quantity, coalesce(r.rooms, 0)) as said
from room_types t
left join (select i.room_type_id, count(*) as rooms from individual_rooms i
           where i.omd_id = :omd_id and i.retired_on is null group by i.room_type_id) r on r.room_type_id = t.id
where t.omd_id = :omd_id and t.quantity <> coalesce(r.rooms, 0)
order by t.business_id, t.id
limit :at_most;

-- name: rooms_have_every_night
-- rows: many Breach
-- A room has exactly one row for every date from its first to the end of the horizon, a retired one to no later than the day it left; no row lies outside of the horizon or without its room.
with horizon as (select h.starts_on, h.ends_on from availability_horizons h where h.omd_id = :omd_id),
     nights as (select s.business_id, s.room_id, count(*) as rows, min(s.date) as first, max(s.date) + 1 as until
                from room_availability s where s.omd_id = :omd_id group by s.business_id, s.room_id),
     rooms as (select i.business_id, i.id, i.retired_on from individual_rooms i where i.omd_id = :omd_id)
select count(*) over () as breaches, coalesce(r.business_id, n.business_id) as business_id, n.first as date,
       format('room %s has %s rows from %s to %s%s; the horizon is %s to %s', coalesce(r.id, n.room_id),
              coalesce(n.rows, 0), n.first, n.until,
              case when r.id is null then ' but there is no such room in the hotel'
                   when r.retired_on is not null then format(' and left on %s', r.retired_on) else '' end,
              h.starts_on, h.ends_on) as said
from rooms r
full join nights n on n.business_id = r.business_id and n.room_id = r.id
cross join horizon h
where r.id is null
   or n.rows <> n.until - n.first
   or n.first < h.starts_on
   or case when r.retired_on is null then n.until is distinct from h.ends_on else n.until > least(r.retired_on, h.ends_on) end
order by 2, coalesce(r.id, n.room_id)
limit :at_most;

-- name: room_types_have_every_night
-- rows: many Breach
-- A room type has exactly one counter row for every date from its first to the end of the horizon, within the horizon, in its own hotel.
with horizon as (select h.starts_on, h.ends_on from availability_horizons h where h.omd_id = :omd_id),
     nights as (select c.business_id, c.room_type_id, count(*) as rows, min(c.date) as first, max(c.date) + 1 as until
                from room_type_availability c where c.omd_id = :omd_id group by c.business_id, c.room_type_id),
     types as (select t.business_id, t.id from room_types t where t.omd_id = :omd_id)
select count(*) over () as breaches, coalesce(t.business_id, n.business_id) as business_id, n.first as date,
       format('room type %s has %s counter rows from %s to %s%s; the horizon is %s to %s', coalesce(t.id, n.room_type_id),
              coalesce(n.rows, 0), n.first, n.until,
              case when t.id is null then ' but there is no such type in the hotel' else '' end, h.starts_on, h.ends_on) as said
from types t
full join nights n on n.business_id = t.business_id and n.room_type_id = t.id
cross join horizon h
where t.id is null
   or n.rows <> n.until - n.first
   or n.first < h.starts_on
   or n.until is distinct from h.ends_on
order by 2, coalesce(t.id, n.room_type_id)
limit :at_most;

-- name: counters_count_the_rooms
-- rows: many Breach
-- For every type and date, physical is the number of its rooms with a row, and out_of_order the number of these out of order.
with counted as (
    select s.business_id, i.room_type_id, s.date, count(*) as physical,
           count(*) filter (where s.maintenance = 'out_of_order') as out_of_order
    from room_availability s
    join individual_rooms i on i.omd_id = s.omd_id and i.business_id = s.business_id and i.id = s.room_id
    where s.omd_id = :omd_id
    group by s.business_id, i.room_type_id, s.date),
    counters as (
    select c.business_id, c.room_type_id, c.date, c.physical, c.out_of_order
    from room_type_availability c where c.omd_id = :omd_id)
select count(*) over () as breaches, business_id, date,
       format('room type %s counts %s rooms, %s of them out of order; there are %s and %s', room_type_id,
              coalesce(c.physical, 0), coalesce(c.out_of_order, 0), coalesce(n.physical, 0), coalesce(n.out_of_order, 0)) as said
from counters c
full join counted n using (business_id, room_type_id, date)
where coalesce(c.physical, 0) <> coalesce(n.physical, 0) or coalesce(c.out_of_order, 0) <> coalesce(n.out_of_order, 0)
order by business_id, room_type_id, date
limit :at_most;

-- name: held_counts_the_hold_backs
-- rows: many Breach
-- For every type and date, held is the rooms that hold-backs of the type keep off sale, one of a certain room only where that room is not out of order.
with horizon as (select h.starts_on, h.ends_on from availability_horizons h where h.omd_id = :omd_id),
     nights as (
    select b.business_id, b.room_type_id, b.room_id, b.rooms, d::date as date
    from hold_backs b
    cross join horizon h
    cross join generate_series(greatest(b.starts_on, h.starts_on)::timestamp, least(b.ends_on, h.ends_on) - interval '1 day', interval '1 day') d
    where b.omd_id = :omd_id),
     counted as (
    select n.business_id, n.room_type_id, n.date, sum(n.rooms) as rooms
    from nights n
    left join room_availability s on s.omd_id = :omd_id and s.business_id = n.business_id and s.room_id = n.room_id and s.date = n.date
    where s.maintenance is distinct from 'out_of_order'
    group by n.business_id, n.room_type_id, n.date),
     counters as (
    select c.business_id, c.room_type_id, c.date, c.held from room_type_availability c where c.omd_id = :omd_id and c.held <> 0)
select count(*) over () as breaches, business_id, date,
       format('room type %s counts %s rooms held back; hold-backs say %s', room_type_id, coalesce(c.held, 0), coalesce(n.rooms, 0)) as said
from counters c
full join counted n using (business_id, room_type_id, date)
where coalesce(c.held, 0) <> coalesce(n.rooms, 0)
order by business_id, room_type_id, date
limit :at_most;

-- name: rooms_held_back_agree
-- rows: many Breach
-- A room's night is held back if and only if exactly one hold-back of that room covers it.
with horizon as (select h.starts_on, h.ends_on from availability_horizons h where h.omd_id = :omd_id),
     hold_back_nights as (
    select b.business_id, b.room_id, d::date as date, count(*) as hold_backs
    from hold_backs b
    cross join horizon h
    cross join generate_series(greatest(b.starts_on, h.starts_on)::timestamp, least(b.ends_on, h.ends_on) - interval '1 day', interval '1 day') d
    where b.omd_id = :omd_id and b.room_id is not null
    group by b.business_id, b.room_id, d),
     nights as (select s.business_id, s.room_id, s.date from room_availability s where s.omd_id = :omd_id and s.held_back)
select count(*) over () as breaches, business_id, date,
       format('room %s is %s that night; %s hold-backs say so', room_id,
              case when n.date is null then 'not held back' else 'held back' end, coalesce(b.hold_backs, 0)) as said
from hold_back_nights b
full join nights n using (business_id, room_id, date)
where n.date is null or b.hold_backs is distinct from 1
order by business_id, room_id, date
limit :at_most;

-- name: forced_is_the_excess
-- rows: many Breach
-- For every type and date, forced is exactly what is sold above rooms in order, less held, plus the overbooking limit; a limit below zero keeps back no more rooms than there are.
select count(*) over () as breaches, c.business_id, c.date,
       format('room type %s says %s nights are forced; sold %s of %s rooms, %s out of order, %s held, overbooking %s',
              c.room_type_id, c.forced, c.sold, c.physical, c.out_of_order, c.held, c.overbooking) as said
from room_type_availability c
where c.omd_id = :omd_id
  and c.forced <> greatest(0, c.sold - greatest(0, c.physical - c.out_of_order - c.held + c.overbooking))
order by c.business_id, c.room_type_id, c.date
limit :at_most;

-- name: houses_count_their_types
-- rows: many Breach
-- On every date of the horizon, the counters of a house with a house-wide limit are the sums over its room types, and those types say that they are limited, and no others.
with horizon as (select h.starts_on, h.ends_on from availability_horizons h where h.omd_id = :omd_id),
     houses as (
    select l.business_id, l.date, l.physical, l.out_of_order, l.held, l.sold
    from house_availability l
    join horizon h on l.date >= h.starts_on and l.date < h.ends_on
    where l.omd_id = :omd_id),
     types as (
    select c.business_id, c.date, sum(c.physical) as physical, sum(c.out_of_order) as out_of_order, sum(c.held) as held,
           sum(c.sold) as sold, bool_and(c.house_limited) as all_limited
    from room_type_availability c
    where c.omd_id = :omd_id and (c.house_limited or (c.business_id, c.date) in (select l.business_id, l.date from houses l))
    group by c.business_id, c.date)
select count(*) over () as breaches, business_id, date,
       case when l.sold is null then 'a room type is limited by its house, which has no counters that night'
            when t.sold is null then 'the house has counters on a night that its room types do not have'
            when not t.all_limited then 'a room type is not limited by its house, which has counters that night'
            else format('the house counts %s rooms, %s out of order, %s held, %s sold; its types %s, %s, %s, %s',
                        l.physical, l.out_of_order, l.held, l.sold, t.physical, t.out_of_order, t.held, t.sold) end as said
from houses l
full join types t using (business_id, date)
where not coalesce(t.all_limited, false)
   or (l.physical, l.out_of_order, l.held, l.sold) is distinct from (t.physical, t.out_of_order, t.held, t.sold)
order by business_id, date
limit :at_most;

-- name: forced_of_a_house_is_the_excess
-- rows: many Breach
-- For every house and date with a house-wide limit, forced is exactly what is sold above rooms in order, less held, plus that limit.
select count(*) over () as breaches, h.business_id, h.date,
       format('the house says %s nights are forced; sold %s of %s rooms, %s out of order, %s held, overbooking %s',
              h.forced, h.sold, h.physical, h.out_of_order, h.held, h.overbooking) as said
from house_availability h
where h.omd_id = :omd_id
  and h.forced <> greatest(0, h.sold - greatest(0, h.physical - h.out_of_order - h.held + h.overbooking))
order by h.business_id, h.date
limit :at_most;

-- name: maintenance_agrees
-- rows: many Breach
-- A room's night is under maintenance if and only if exactly one interval of that kind covers it.
with horizon as (select h.starts_on, h.ends_on from availability_horizons h where h.omd_id = :omd_id),
     intervals as (
    select m.business_id, m.room_id, d::date as date, count(*) as intervals, min(m.kind) as kind
    from maintenance_intervals m
    cross join horizon h
    cross join generate_series(greatest(m.starts_on, h.starts_on)::timestamp, least(m.ends_on, h.ends_on) - interval '1 day', interval '1 day') d
    where m.omd_id = :omd_id
    group by m.business_id, m.room_id, d),
     nights as (select s.business_id, s.room_id, s.date, s.maintenance from room_availability s
                where s.omd_id = :omd_id and s.maintenance is not null)
select count(*) over () as breaches, business_id, date,
       format('room %s is %s that night; %s maintenance intervals say %s', room_id, coalesce(n.maintenance, 'not under maintenance'),
              coalesce(m.intervals, 0), coalesce(m.kind, 'nothing')) as said
from intervals m
full join nights n using (business_id, room_id, date)
where m.kind is distinct from n.maintenance or m.intervals > 1
order by business_id, room_id, date
limit :at_most;

-- name: supply_stays_within_its_hotel
-- rows: many Breach
-- Every room, maintenance interval and hold-back names, by its id alone, a row of its own OMD and hotel.
select count(*) over () as breaches, f.business_id, null::date as date, f.said
from (
    select i.business_id, format('room %s names room type %s, which this hotel does not have', i.id, i.room_type_id) as said
    from individual_rooms i
    left join room_types t on t.id = i.room_type_id
    where i.omd_id = :omd_id and (t.omd_id, t.business_id) is distinct from (i.omd_id, i.business_id)
    union all
    select m.business_id, format('maintenance interval %s names room %s, which this hotel does not have', m.id, m.room_id)
    from maintenance_intervals m
    left join individual_rooms i on i.id = m.room_id
    where m.omd_id = :omd_id and (i.omd_id, i.business_id) is distinct from (m.omd_id, m.business_id)
    union all
    select b.business_id, format('hold-back %s names room type %s or room %s, which this hotel does not have', b.id, b.room_type_id, b.room_id)
    from hold_backs b
    left join room_types t on t.id = b.room_type_id
    left join individual_rooms i on i.id = b.room_id
    where b.omd_id = :omd_id
      and ((t.omd_id, t.business_id) is distinct from (b.omd_id, b.business_id)
           or (b.room_id is not null
               and (i.omd_id, i.business_id, i.room_type_id) is distinct from (b.omd_id, b.business_id, b.room_type_id)))) f
order by f.business_id, f.said
limit :at_most;
