-- name: book_reservation
-- rows: one BookingOutcome
-- Books a stay in one call, or says why not.
select outcome, reservation_id, room_id, room_number, business_date, type_name, max_adults, max_occupancy, nights_short, currency
from book_reservation(:omd_id, :business_id, :room_type_id, :arrival, :departure, :adults, :children, :guests::jsonb,
    :amount, :currency, :note, :external_reference, :code, :room_id, :room_locked, :override_reason, :actor, :now,
    p_hold_until => :hold_until);

-- name: book_for_agency
-- rows: one BookingOutcome
-- The same for an agency, whose quotas the nights consume.
select outcome, reservation_id, room_id, room_number, business_date, type_name, max_adults, max_occupancy, nights_short, currency
from book_reservation(:omd_id, :business_id, :room_type_id, :arrival, :departure, :adults, :children, :guests::jsonb,
    :amount, :currency, :note, :external_reference, :code, :room_id, :room_locked, :override_reason, :actor, :now, :agency,
    :hold_until);

-- name: say_lock_reason
-- rows: none
-- Says why a stay that was just booked is not to leave its room.
update reservations r set room_lock_reason = :reason
where r.omd_id = :omd_id and r.business_id = :business_id and r.id = :reservation_id;

-- name: find_reservation
-- rows: maybe ReservationRow
-- A stay with its guests and nights, and the business date its hotel works on.
select id, code, business_id, room_type_id, arrival, departure, adults, children, status, room_locked, amount, currency,
       note, external_reference, version, booked_at, booked_by, checked_in_at, checked_out_at, cancelled_at,
       cancellation_reason, no_show_at, business_date, checked_in_on, checked_out_on, planned_departure, hold_until, guests, nights, occupant, day_use,
       unready, room_lock
from read_reservation(:omd_id, :business_id, :reservation_id, :arrival, :departure, :now);

-- name: find_stay_key
-- rows: maybe StayKey
-- Which hotel holds a stay, and its dates, by which its nights are found in their partitions.
select r.business_id, r.arrival, r.departure
from reservations r
where r.omd_id = :omd_id and r.business_id = any (:business_ids::int[]) and r.id = :reservation_id;

-- name: lock_stay_key
-- rows: maybe StayKey
-- The same, and locks the stay for a change.
select r.business_id, r.arrival, r.departure
from reservations r
where r.omd_id = :omd_id and r.business_id = any (:business_ids::int[]) and r.id = :reservation_id
for update;

-- name: lock_for_change
-- rows: maybe StayKey
-- The same, but first locks the counters of the nights the stay holds and of those it is to hold.
select business_id, arrival, departure
from lock_for_change(:omd_id, :business_ids, :reservation_id, :room_type_id, :arrival, :departure, :now);

-- name: lock_standing
-- rows: maybe StandingRow
-- Locks the counters of the nights that a step frees, then the stay, and answers what the rules of its life look at.
select business_id, room_type_id, arrival, departure, status, version, business_date, checked_in_on, nights_without_room,
       hold_until, held_type_ids, day_use, day_use_ends_at
from lock_standing(:omd_id, :business_ids, :reservation_id, :frees, :now);

-- name: reinstate
-- rows: value
-- Takes a stay that is over back into its life, with the nights it holds again; gives its new version.
select reinstate_reservation(:omd_id, :business_id, :reservation_id, :status, :arrival, :departure, :event_type, :actor, :now);

-- name: free_expired_holds
-- rows: many FreedHold
-- Cancels the stays of a hotel that touch a period and whose hold is over; gives what each gave back.
select reservation_id, room_type_ids, arrival, departure, business_date
from free_expired_holds(:omd_id, :business_id, :room_type_ids::int[], :since, :until, null, :now);

-- name: list_expired_holds
-- rows: many ExpiredHold
-- The stays of a hotel whose hold is over and that are not freed yet.
select r.id, r.arrival, r.departure
from reservations r
where r.omd_id = :omd_id and r.business_id = :business_id and r.status = 'tentative' and r.hold_until <= :now
order by r.hold_until, r.id;

-- name: extend_hold
-- rows: value
-- Holds a tentative stay until another instant; gives `extended`, or why not.
select extend_hold(:omd_id, :business_id, :reservation_id, :hold_until, :actor, :now);

-- name: list_happened_since
-- rows: many HappenedRow
-- What happened to a stay after a version of it, the oldest first.
select e.aggregate_version as version, e.type, e.actor as by, e.occurred_at as at, e.data::text as data
from events e
where e.omd_id = :omd_id and e.aggregate = 'reservation' and e.aggregate_id = (:reservation_id::uuid)::text
  and e.aggregate_version > :version
order by e.seq
limit :at_most;

-- name: list_reservations
-- rows: many ReservationSummary
-- A page of a hotel's stays by arrival, narrowed by status, overlap with a period, or code.
select r.id, r.code, r.business_id, r.room_type_id, r.arrival, r.departure, r.adults, r.children, r.status,
       (select concat_ws(' ', g.first_name, g.last_name) from reservation_guests g
        where g.omd_id = r.omd_id and g.business_id = r.business_id and g.reservation_id = r.id and g.is_primary) as guest_name,
       array(select i.number from reservation_nights n
             join individual_rooms i on i.omd_id = n.omd_id and i.business_id = n.business_id and i.id = n.room_id
             where n.omd_id = :omd_id and n.business_id = r.business_id and n.reservation_id = r.id
             group by i.number order by min(n.date)) as room_numbers,
       (select count(*)::int from reservation_nights n
        where n.omd_id = :omd_id and n.business_id = r.business_id and n.reservation_id = r.id and n.room_id is null)
           as unassigned_nights,
       r.version
from reservations r
where r.omd_id = :omd_id and r.business_id = :business_id
  and (r.arrival, r.id) > (:after_arrival::date, :after_id::uuid)
  and r.arrival < :until::date and (r.departure > :since::date or (r.day_use and r.departure = :since::date))
  and r.status = any (:statuses::text[])
  and (:code::text is null or r.code = :code::text)
order by r.arrival, r.id
limit :page_size;

-- name: list_summaries
-- rows: many ReservationSummary
-- Some stays of a hotel as its list shows them.
select r.id, r.code, r.business_id, r.room_type_id, r.arrival, r.departure, r.adults, r.children, r.status,
       (select concat_ws(' ', g.first_name, g.last_name) from reservation_guests g
        where g.omd_id = r.omd_id and g.business_id = r.business_id and g.reservation_id = r.id and g.is_primary) as guest_name,
       array(select i.number from reservation_nights n
             join individual_rooms i on i.omd_id = n.omd_id and i.business_id = n.business_id and i.id = n.room_id
             where n.omd_id = :omd_id and n.business_id = r.business_id and n.reservation_id = r.id
             group by i.number order by min(n.date)) as room_numbers,
       (select count(*)::int from reservation_nights n
        where n.omd_id = :omd_id and n.business_id = r.business_id and n.reservation_id = r.id and n.room_id is null)
           as unassigned_nights,
       r.version
from reservations r
where r.omd_id = :omd_id and r.business_id = :business_id and r.id = any (:reservation_ids::uuid[]);

-- name: list_rooms_of_type
-- rows: many PackingRoom
-- The rooms of a type in use on a date, lowest id first.
select r.id, r.number, r.retired_on
from individual_rooms r
where r.omd_id = :omd_id and r.business_id = :business_id and r.room_type_id = :room_type_id
  and (r.retired_on is null or r.retired_on > :from_date)
order by r.id;

-- name: list_occupancies
-- rows: many OccupancyRow
-- Every run of nights that a room of a type in use is taken, by a stay, by being out of order or held back, from a date on.
select n.room_id, n.reservation_id, min(n.date) as arrival, max(n.date) + 1 as departure,
       bool_or(r.status not in ('tentative', 'confirmed') or r.room_locked) as fixed, min(r.code) as code,
       'stay' as what, min(r.room_lock_reason) as lock_reason
from (select o.*, o.date - row_number() over (partition by o.reservation_id, o.room_id order by o.date)::int as run
      from reservation_nights o
      where o.omd_id = :omd_id and o.business_id = :business_id and o.room_type_id = :room_type_id
        and o.room_id is not null and o.date >= :from_date::date - 400
        and o.reservation_id in (select h.reservation_id from reservation_nights h
                                 where h.omd_id = :omd_id and h.business_id = :business_id
                                   and h.room_type_id = :room_type_id and h.date >= :from_date)) n
join reservations r on r.omd_id = n.omd_id and r.business_id = n.business_id and r.id = n.reservation_id
join individual_rooms i on i.omd_id = n.omd_id and i.business_id = n.business_id and i.id = n.room_id
where i.retired_on is null or i.retired_on > :from_date
group by n.room_id, n.reservation_id, n.run
union all
select m.room_id, null, m.starts_on, m.ends_on, true, m.reason, 'out_of_order', null
from maintenance_intervals m
join individual_rooms i on i.omd_id = m.omd_id and i.business_id = m.business_id and i.id = m.room_id
where m.omd_id = :omd_id and m.business_id = :business_id and i.room_type_id = :room_type_id
  and (i.retired_on is null or i.retired_on > :from_date) and m.kind = 'out_of_order' and m.ends_on > :from_date
union all
select h.room_id, null, h.starts_on, h.ends_on, true, h.reason, 'held_back', null
from room_hold_backs h
join individual_rooms i on i.omd_id = h.omd_id and i.business_id = h.business_id and i.id = h.room_id
where h.omd_id = :omd_id and h.business_id = :business_id and i.room_type_id = :room_type_id
  and (i.retired_on is null or i.retired_on > :from_date) and h.ends_on > :from_date
union all
-- A room used by day is left out of plans for the night after it, and for the one before if nobody could leave late: where these are free.
select s.room_id, null, s.date, s.date + 1, true, 'used by day', 'out_of_order', null
from day_uses d
join individual_rooms i on i.omd_id = d.omd_id and i.business_id = d.business_id and i.id = d.room_id
join room_availability s on s.omd_id = d.omd_id and s.business_id = d.business_id and s.room_id = d.room_id and s.available
    and s.date >= :from_date::date and (s.date = d.date or (s.date = d.date - 1 and d.bars_departure))
where d.omd_id = :omd_id and d.business_id = :business_id and not d.is_over and d.date >= :from_date::date
  and i.room_type_id = :room_type_id and (i.retired_on is null or i.retired_on > :from_date)
order by 1, 3;

-- name: list_unassigned
-- rows: many UnassignedStay
-- Stays of a type that hold nights without a room in a period, longest waiting first.
select r.id, r.arrival, r.departure
from reservation_nights n
join reservations r on r.omd_id = n.omd_id and r.business_id = n.business_id and r.id = n.reservation_id
where n.omd_id = :omd_id and n.business_id = :business_id and n.room_type_id = :room_type_id and n.room_id is null
  and n.date >= :since and n.date < :until
group by r.id, r.arrival, r.departure, r.booked_at
order by r.booked_at, r.id;

-- name: list_waiting_types
-- rows: many WaitingType
-- The room types of an OMD in which stays wait for a room, with the business date of their hotel.
select n.business_id, n.room_type_id, coalesce(b.business_date, (:now::timestamptz at time zone b.time_zone)::date) as business_date
from reservation_nights n
join businesses b on b.omd_id = n.omd_id and b.id = n.business_id
where n.omd_id = :omd_id and n.room_id is null and n.date >= coalesce(b.business_date, (:now::timestamptz at time zone b.time_zone)::date)
group by n.business_id, n.room_type_id, b.business_date, b.time_zone
order by n.business_id, n.room_type_id;

-- name: list_stays_in_room
-- rows: many StayInRoom
-- The stays that hold a room on some night of an interval, on which nights, and whether all they hold is of the room's type.
select r.id, r.code, r.status, r.room_locked, r.room_lock_reason, r.arrival, r.departure, min(n.date) as first_night, max(n.date) as last_night,
       array_agg(n.date order by n.date) as nights,
       not exists (select from reservation_nights o
                   where o.omd_id = :omd_id and o.business_id = :business_id and o.reservation_id = r.id
                     and o.date >= r.arrival and o.date < r.departure and o.room_type_id <> min(n.room_type_id)) as is_of_one_type
from reservation_nights n
join reservations r on r.omd_id = n.omd_id and r.business_id = n.business_id and r.id = n.reservation_id
where n.omd_id = :omd_id and n.business_id = :business_id and n.room_id = :room_id
  and n.date >= :starts_on and n.date < :ends_on
group by r.id, r.code, r.status, r.room_locked, r.room_lock_reason, r.arrival, r.departure
order by min(n.date);

-- name: count_free_nights
-- rows: value
-- On how many nights of [since, until) a room is free, or a stay's own.
select count(*)::int from room_availability s
where s.omd_id = :omd_id and s.business_id = :business_id and s.room_id = :room_id and s.date >= :since and s.date < :until
  and (s.available or s.reservation_id = :reservation_id);

-- name: list_broken_rules
-- rows: many BrokenRow
-- The rules that a stay would break in a room on the nights [since, until), which a person may override.
select rule, detail, starts_on, ends_on
from list_broken_rules(:omd_id, :business_id, :reservation_id, :room_id, :since, :until, :now);

-- name: find_business_date
-- rows: value
-- The day a hotel works on.
select coalesce(b.business_date, (:now::timestamptz at time zone b.time_zone)::date)
from businesses b where b.omd_id = :omd_id and b.id = :business_id;

-- name: find_room
-- rows: maybe RoomOfType
-- A room with its type, the day it leaves or left the house, and the business date of its hotel.
select r.id, r.number, r.room_type_id, r.retired_on,
       coalesce(b.business_date, (:now::timestamptz at time zone b.time_zone)::date) as business_date
from individual_rooms r
join businesses b on b.omd_id = r.omd_id and b.id = r.business_id
where r.omd_id = :omd_id and r.business_id = :business_id and r.id = :room_id;

-- name: list_rooms_held
-- rows: many RoomHeld
-- The room in which stays begin what they hold in a period.
select distinct on (n.reservation_id) n.reservation_id, n.room_id
from reservation_nights n
where n.omd_id = :omd_id and n.business_id = :business_id and n.reservation_id = any (:reservation_ids::uuid[])
  and n.date >= :since and n.date < :until
order by n.reservation_id, n.date;

-- name: find_room_type
-- rows: maybe PartyLimits
-- What a room type takes, and the currency of its hotel.
select t.name, t.max_adults, t.max_occupancy, b.currency
from room_types t
join businesses b on b.omd_id = t.omd_id and b.id = t.business_id
where t.omd_id = :omd_id and t.business_id = :business_id and t.id = :room_type_id;

-- name: move_nights
-- rows: value
-- Gives nights other rooms, all at once; gives the number of nights moved.
select move_nights(:omd_id, :business_id, :moves::jsonb, :cause, :actor, :now);

-- name: hold_again
-- rows: one HoldOutcome
-- Gives back nights of a stay and holds others instead, or says why not.
select outcome, room_id, nights_short, nights_full
from hold_again(:omd_id, :business_id, :reservation_id, :release_from, :release_until, :room_type_id, :from_date, :until_date,
    :preferred_room_id, :required_room_id, :needs_room, :override_reason, :granted, :house_granted, :now);

-- name: hold_nights
-- rows: value
-- Holds a run of nights for a stay in one room, or without a room.
select hold_nights(:omd_id, :business_id, :reservation_id, :room_type_id, :from_date, :until_date, :room_id, :now);

-- name: find_occupied
-- rows: many OccupiedRoom
-- Which of these stays could not be taken in now because somebody is in their room; the room, and who it is.
select reservation_id, room_number, code from find_occupied(:omd_id, :business_id, :reservation_ids::uuid[], :now);

-- name: is_wanted_by_day
-- rows: value
-- Whether somebody has the room by day, now or later today, in which a stay of tonight is to sleep.
select exists (
    select from reservation_nights n
    cross join lateral list_wanted_by_day(n.omd_id, n.business_id, array[n.room_id], n.date, :now) w
    where n.omd_id = :omd_id and n.business_id = :business_id and n.reservation_id = :reservation_id and n.date = :date);

-- name: choose_empty_room
-- rows: value
-- The best room of a type that is free for some nights and has nobody else in it now.
select choose_empty_room(:omd_id, :business_id, :room_type_id, :arrival, :departure, :own, :now);

-- name: end_or_enter
-- rows: value
-- Takes a stay over one edge of its life; gives its new version.
select end_or_enter_reservation(:omd_id, :business_id, :reservation_id, :held_until, :status, :release_from, :departure, :reason,
    :event_type, :actor, :now);

-- name: amend_reservation
-- rows: value
-- Writes the new terms of a stay; gives its new version.
select amend_reservation(:omd_id, :business_id, :reservation_id, :room_type_id, :arrival, :departure, :adults, :children,
    :room_locked, :room_lock_reason, :amount, :currency, :note, :external_reference, :agrees, :guests::jsonb, :changes::jsonb, :actor, :now);

