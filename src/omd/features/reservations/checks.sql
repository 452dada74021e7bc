-- name: a_room_is_claimed_once_a_night
-- rows: many Breach
-- No two stays hold the same room on the same night.
select count(*) over () as breaches, min(n.business_id) as business_id, n.date,
       format('room %s is held by %s stays: %s', n.room_id, count(*), string_agg(n.reservation_id::text, ', ' order by n.reservation_id)) as said
from reservation_nights n
where n.omd_id = :omd_id and n.room_id is not null
group by n.room_id, n.date
having count(*) > 1
order by n.date, n.room_id
limit :at_most;

-- name: claims_agree
-- rows: many Breach
-- A night's room and that room's claim by the stay exist together or not at all.
with held as (select n.business_id, n.room_id, n.date, n.reservation_id from reservation_nights n
              where n.omd_id = :omd_id and n.room_id is not null),
     claimed as (select s.business_id, s.room_id, s.date, s.reservation_id from room_availability s
                 where s.omd_id = :omd_id and s.reservation_id is not null)
select count(*) over () as breaches, business_id, date,
       case when h.reservation_id is null then format('room %s is claimed by the stay %s, which holds no such night', room_id, reservation_id)
            else format('the stay %s holds room %s, which it does not claim', reservation_id, room_id) end as said
from held h
full join claimed c using (business_id, room_id, date, reservation_id)
where h.room_id is null or c.room_id is null
order by business_id, room_id, date
limit :at_most;

-- name: counters_count_the_nights
-- rows: many Breach
-- For every type and date, sold is the number of nights held, with a room or without.
with held as (select n.business_id, n.room_type_id, n.date, count(*) as nights from reservation_nights n
              where n.omd_id = :omd_id group by n.business_id, n.room_type_id, n.date),
     counters as (select c.business_id, c.room_type_id, c.date, c.sold from room_type_availability c
                  where c.omd_id = :omd_id)
select count(*) over () as breaches, business_id, date,
       format('room type %s says %s nights are sold; %s are held', room_type_id, coalesce(c.sold, 0), coalesce(h.nights, 0)) as said
from counters c
full join held h using (business_id, room_type_id, date)
where coalesce(c.sold, 0) <> coalesce(h.nights, 0)
order by business_id, room_type_id, date
limit :at_most;

-- name: nights_belong_to_their_stays
-- rows: many Breach
-- Every night held belongs to a stay of the same hotel that is neither cancelled nor a no-show, and lies within it.
select count(*) over () as breaches, n.business_id, n.date,
       case when r.id is null then format('a night is held for the stay %s, which is not of this hotel', n.reservation_id)
            else format('the stay %s (%s, %s to %s) holds the night', r.code, r.status, r.arrival, r.departure) end as said
from reservation_nights n
left join reservations r on r.id = n.reservation_id
where n.omd_id = :omd_id
  and ((r.omd_id, r.business_id) is distinct from (n.omd_id, n.business_id)
       or r.status in ('cancelled', 'no_show') or n.date < r.arrival or n.date >= r.departure)
order by n.business_id, n.reservation_id, n.date
limit :at_most;

-- name: stays_hold_every_night
-- rows: many Breach
-- A tentative, confirmed, in-house or checked-out stay holds exactly one night for each date from its arrival to its departure that is not archived.
with horizon as (select h.starts_on, h.ends_on from availability_horizons h where h.omd_id = :omd_id),
     held as (select n.reservation_id, count(*) as nights, min(n.date) as first, max(n.date) + 1 as until
              from reservation_nights n where n.omd_id = :omd_id group by n.reservation_id)
select count(*) over () as breaches, r.business_id, r.arrival as date,
       format('the stay %s (%s, %s to %s) holds %s nights from %s to %s', r.code, r.status, r.arrival, r.departure,
              coalesce(n.nights, 0), n.first, n.until) as said
from reservations r
left join horizon h on true
left join held n on n.reservation_id = r.id
where r.omd_id = :omd_id and r.status in ('tentative', 'confirmed', 'in_house', 'checked_out')
  and (r.departure > r.arrival or n.nights is not null)
  and (h.starts_on is null or r.departure > h.starts_on)
  and (n.nights, n.first, n.until) is distinct from
      ((r.departure - greatest(r.arrival, h.starts_on))::bigint, greatest(r.arrival, h.starts_on), r.departure)
order by r.business_id, r.arrival, r.id
limit :at_most;

-- name: nights_consume_the_type_of_their_room
-- rows: many Breach
-- The room of a night is of the hotel and of the type whose inventory the night consumes, and in use that night.
select count(*) over () as breaches, n.business_id, n.date,
       format('the stay %s consumes room type %s in room %s, which %s', n.reservation_id, n.room_type_id, n.room_id,
              case when i.id is null or i.business_id <> n.business_id then 'is not of this hotel'
                   when i.room_type_id <> n.room_type_id then format('is of type %s', i.room_type_id)
                   else format('left on %s', i.retired_on) end) as said
from reservation_nights n
left join individual_rooms i on i.id = n.room_id
where n.omd_id = :omd_id and n.room_id is not null
  and ((i.omd_id, i.business_id, i.room_type_id) is distinct from (n.omd_id, n.business_id, n.room_type_id)
       or i.retired_on <= n.date)
order by n.business_id, n.date, n.room_id
limit :at_most;

-- name: stays_have_their_rooms
-- rows: many Breach
-- A night without a room, today or later, is one on which more is sold than there are rooms in order. Only a room of the type out of order or held back on that very night excuses it, and, of who is in the house tonight, guests who were to leave and are in a room of it yet.
select count(*) over () as breaches, n.business_id, n.date,
       format('the stay %s has no room on this night, though no more of room type %s is sold than there is',
              n.reservation_id, n.room_type_id) as said
from reservation_nights n
join businesses b on b.omd_id = n.omd_id and b.id = n.business_id
join room_type_availability c on c.omd_id = n.omd_id and c.business_id = n.business_id
    and c.room_type_id = n.room_type_id and c.date = n.date
where n.omd_id = :omd_id and c.omd_id = :omd_id and n.room_id is null
  and n.date >= coalesce(b.business_date, (:now::timestamptz at time zone b.time_zone)::date)
  and c.sold <= c.physical and c.out_of_order = 0
  and not exists (select from room_availability s
                  join individual_rooms i on i.omd_id = s.omd_id and i.business_id = s.business_id and i.id = s.room_id
                  where s.omd_id = :omd_id and s.business_id = n.business_id and s.date = n.date and s.held_back
                    and i.room_type_id = n.room_type_id)
  and not (n.date = coalesce(b.business_date, (:now::timestamptz at time zone b.time_zone)::date)
           and exists (select from reservations r
                       where r.omd_id = n.omd_id and r.business_id = n.business_id and r.id = n.reservation_id and r.status = 'in_house')
           and exists (select from reservations r
                       join reservation_nights s on s.omd_id = r.omd_id and s.business_id = r.business_id and s.reservation_id = r.id
                           and s.date = r.departure - 1 and s.room_type_id = n.room_type_id
                       where r.omd_id = n.omd_id and r.business_id = n.business_id and r.status = 'in_house' and r.departure <= n.date))
order by n.business_id, n.date, n.reservation_id
limit :at_most;

-- name: demand_stays_within_its_hotel
-- rows: many Breach
-- Every stay names a room type, and every guest a stay, of its own OMD and hotel.
select count(*) over () as breaches, f.business_id, null::date as date, f.said
from (
    select r.business_id, format('the stay %s names room type %s, which this hotel does not have', r.code, r.room_type_id) as said
    from reservations r
    left join room_types t on t.id = r.room_type_id
    where r.omd_id = :omd_id and (t.omd_id, t.business_id) is distinct from (r.omd_id, r.business_id)
    union all
    select g.business_id, format('guest %s is named on the stay %s, which this hotel does not have', g.id, g.reservation_id)
    from reservation_guests g
    left join reservations r on r.id = g.reservation_id
    where g.omd_id = :omd_id and (r.omd_id, r.business_id) is distinct from (g.omd_id, g.business_id)) f
order by f.business_id, f.said
limit :at_most;

-- name: prices_add_up
-- rows: many Breach
-- A stay that was sold by an offer is charged its total: the sum of its charges and of the taxes on top, each owed tax beside it.
with charged as (select c.business_id, c.reservation_id, sum(c.amount) as gross from reservation_charges c
                 where c.omd_id = :omd_id group by 1, 2),
     taxed as (select t.business_id, t.reservation_id, sum(t.amount) filter (where t.placement = 'on_top') as on_top,
                      sum(t.amount) filter (where t.placement = 'owed') as owed
               from reservation_taxes t where t.omd_id = :omd_id group by 1, 2)
select count(*) over () as breaches, coalesce(p.business_id, c.business_id, t.business_id) as business_id, p.arrival as date,
       case when p.reservation_id is null then format('lines of a price are there for the stay %s, which has none', coalesce(c.reservation_id, t.reservation_id))
            else format('the stay %s is charged %s, its price says %s + %s = %s and owes %s, its lines come to %s, %s and %s',
                        coalesce(r.code, p.reservation_id::text), r.amount, p.gross, p.on_top, p.total, p.owed,
                        coalesce(c.gross, 0), coalesce(t.on_top, 0), coalesce(t.owed, 0)) end as said
from (select * from reservation_prices where omd_id = :omd_id) p
full join charged c on c.business_id = p.business_id and c.reservation_id = p.reservation_id
full join taxed t on t.business_id = coalesce(p.business_id, c.business_id) and t.reservation_id = coalesce(p.reservation_id, c.reservation_id)
left join reservations r on r.id = p.reservation_id
where p.reservation_id is null
   or (p.gross, p.on_top, p.owed, p.total) is distinct from
      (coalesce(c.gross, 0), coalesce(t.on_top, 0), coalesce(t.owed, 0), coalesce(c.gross, 0) + coalesce(t.on_top, 0))
   or (r.omd_id, r.business_id, r.amount, r.currency) is distinct from (p.omd_id, p.business_id, p.total, p.currency)
order by 2, p.arrival, p.reservation_id
limit :at_most;

-- name: nights_consume_the_quota_of_their_agency
-- rows: many Breach
-- A night consumes the quota of the agency that sold its stay, and of no other.
select count(*) over () as breaches, n.business_id, n.date,
       format('the stay %s was sold by %s, the night is of %s', r.code, coalesce(r.agency, 'no agency'), coalesce(n.agency, 'no agency')) as said
from reservation_nights n
join reservations r on r.omd_id = :omd_id and r.business_id = n.business_id and r.id = n.reservation_id
where n.omd_id = :omd_id and n.agency is distinct from r.agency
order by n.business_id, n.date, n.reservation_id
limit :at_most;

-- name: quotas_are_kept
-- rows: many Breach
-- Of a room type and date, an agency that has a quota has sold no more nights than it says.
with sold as (select n.business_id, n.room_type_id, n.date, n.agency, count(*) as nights from reservation_nights n
              where n.omd_id = :omd_id and n.agency is not null group by 1, 2, 3, 4)
select count(*) over () as breaches, q.business_id, q.date,
       format('agency %s may sell %s of room type %s and has sold %s', q.agency, q.rooms, q.room_type_id, s.nights) as said
from quotas q
join sold s on s.business_id = q.business_id and s.room_type_id = q.room_type_id and s.date = q.date and s.agency = q.agency
where q.omd_id = :omd_id and s.nights > q.rooms
order by q.business_id, q.date, q.room_type_id
limit :at_most;

-- name: holds_end
-- rows: many Breach
-- A hold that was over a day ago holds no nights any more.
select count(*) over () as breaches, r.business_id, r.arrival as date,
       format('the stay %s (%s to %s) was held until %s', r.code, r.arrival, r.departure, r.hold_until) as said
from reservations r
where r.omd_id = :omd_id and r.status = 'tentative' and r.hold_until < :now::timestamptz - interval '1 day'
order by r.business_id, r.hold_until, r.id
limit :at_most;

-- name: who_was_promoted_has_stays
-- rows: many Breach
-- An entry of the waiting list that was promoted has a stay for each of its rooms, and no other entry has any.
with became as (select s.business_id, s.waiting_entry_id, count(*) as stays from waiting_list_stays s
                where s.omd_id = :omd_id group by s.business_id, s.waiting_entry_id)
select count(*) over () as breaches, e.business_id, e.arrival as date,
       format('entry %s of the waiting list, for %s rooms, is %s; it has %s stays', e.id, e.rooms, e.status, coalesce(b.stays, 0)) as said
from waiting_list_entries e
left join became b on b.business_id = e.business_id and b.waiting_entry_id = e.id
where e.omd_id = :omd_id and coalesce(b.stays, 0) <> case e.status when 'promoted' then e.rooms else 0 end
order by e.business_id, e.id
limit :at_most;

-- name: day_uses_are_apart
-- rows: many Breach
-- A room used by day is a day use's until that is over, no guest is in it then, and the nights around it say so.
with running as (select d.business_id, d.room_id, d.date, d.bars_departure, d.bars_arrival, d.reservation_id from day_uses d
                 where d.omd_id = :omd_id and not d.is_over),
     -- A room that is new on the day, or the first day that is open, has no night before it.
     around as (select s.business_id, s.room_id, s.date from room_availability s
                where s.omd_id = :omd_id and exists (
                    select from running u
                    where u.business_id = s.business_id and u.room_id = s.room_id and u.date in (s.date, s.date + 1))),
     marked as (select s.business_id, s.room_id, s.date from room_availability s where s.omd_id = :omd_id and s.day_use)
select count(*) over () as breaches, f.business_id, f.date, f.said
from (
    select u.business_id, u.date, format('room %s is used by day by the stay %s while %s has it', u.room_id, u.reservation_id,
                                         coalesce(a.reservation_id, b.reservation_id)) as said
    from running u
    left join room_availability a on a.omd_id = :omd_id and a.business_id = u.business_id and a.room_id = u.room_id and a.date = u.date
    left join room_availability b on b.omd_id = :omd_id and b.business_id = u.business_id and b.room_id = u.room_id and b.date = u.date - 1
    where a.reservation_id = b.reservation_id or (u.bars_arrival and a.reservation_id is not null)
       or (u.bars_departure and b.reservation_id is not null)
    union all
    select business_id, date, format('the night of room %s says otherwise than the day uses beside it', room_id)
    from (select a.*, true as used from around a) a
    full join (select m.*, true as said from marked m) m using (business_id, room_id, date)
    where a.used is distinct from m.said
    union all
    select r.business_id, r.arrival, format('the stay %s (%s) has no day use that is as it is', r.code, r.status)
    from reservations r
    left join day_uses d on d.omd_id = r.omd_id and d.business_id = r.business_id and d.reservation_id = r.id
    where r.omd_id = :omd_id and (r.day_use or d.reservation_id is not null)
      and (d.date, d.is_over) is distinct from
          (case when r.day_use then r.arrival end, r.status in ('checked_out', 'cancelled', 'no_show'))) f
order by f.business_id, f.date, f.said
limit :at_most;
