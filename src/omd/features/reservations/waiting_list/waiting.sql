-- name: list_wanted_types
-- rows: many WantedType
-- The room types of a hotel and the party each takes.
select t.id, t.name, t.max_adults, t.max_occupancy
from room_types t
where t.omd_id = :omd_id and t.business_id = :business_id
order by t.id;

-- name: add_entry
-- rows: value
-- Puts somebody on the waiting list; the id of the entry.
insert into waiting_list_entries (omd_id, business_id, arrival, departure, rooms, adults, children, room_type_ids, rate_plan_id,
                                  highest_price, priority, counts_until, source, first_name, last_name, email, phone, note,
                                  added_at, added_by, changed_at)
values (:omd_id, :business_id, :arrival, :departure, :rooms, :adults, :children, :room_type_ids::int[], :rate_plan_id,
        :highest_price, :priority, :counts_until, :source, :first_name, :last_name, :email, :phone, :note, :now, :actor, :now)
returning id;

-- name: change_entry
-- rows: none
-- Writes anew what an entry waits for; what it was told of the former is forgotten.
update waiting_list_entries e
set arrival = :arrival, departure = :departure, rooms = :rooms, adults = :adults, children = :children,
    room_type_ids = :room_type_ids::int[], rate_plan_id = :rate_plan_id, highest_price = :highest_price, priority = :priority,
    counts_until = :counts_until, source = :source, first_name = :first_name, last_name = :last_name, email = :email,
    phone = :phone, note = :note, told_at = null, changed_at = :now, version = e.version + 1
where e.omd_id = :omd_id and e.business_id = :business_id and e.id = :entry_id;

-- name: close_entry
-- rows: none
-- Closes an entry: promoted, or removed for a reason.
update waiting_list_entries e
set status = :status, reason = :reason, closed_at = :now, closed_by = :actor, changed_at = :now, version = e.version + 1
where e.omd_id = :omd_id and e.business_id = :business_id and e.id = :entry_id;

-- name: add_stays
-- rows: none
-- Says which stays an entry became.
insert into waiting_list_stays (omd_id, business_id, waiting_entry_id, reservation_id)
select :omd_id, :business_id, :entry_id, s.id from unnest(:reservation_ids::uuid[]) s (id);

-- name: find_entry
-- rows: maybe WaitingEntry
-- An entry of a hotel's waiting list.
select w.id, w.business_id, w.status, w.priority, w.arrival, w.departure, w.rooms, w.adults, w.children, w.room_type_ids, w.rate_plan_id,
       w.highest_price, w.counts_until, w.source, w.first_name, w.last_name, w.email, w.phone, w.note, w.reason, w.added_at, w.added_by,
       w.closed_at, w.closed_by, w.told_at, w.version, w.reservation_ids
from waiting_list w
where w.omd_id = :omd_id and w.business_id = :business_id and w.id = :entry_id;

-- name: lock_entries
-- rows: none
-- Locks entries, in the order every writer uses.
select from waiting_list_entries e
where e.omd_id = :omd_id and e.business_id = :business_id and e.id = any (:entry_ids::uuid[])
order by e.id for update;

-- name: list_entries
-- rows: many WaitingEntry
-- A page of a hotel's waiting list by priority, then since when; narrowed by status, overlap with a period, or a type that would do.
select w.id, w.business_id, w.status, w.priority, w.arrival, w.departure, w.rooms, w.adults, w.children, w.room_type_ids, w.rate_plan_id,
       w.highest_price, w.counts_until, w.source, w.first_name, w.last_name, w.email, w.phone, w.note, w.reason, w.added_at, w.added_by,
       w.closed_at, w.closed_by, w.told_at, w.version, w.reservation_ids
from waiting_list w
where w.omd_id = :omd_id and w.business_id = :business_id and w.status = any (:statuses::text[])
  and (w.priority, w.id) > (:after_priority::int, :after_id::uuid)
  and w.arrival < :until::date and w.departure > :since::date
  and (:room_type_id::int is null or w.room_type_ids = '{}' or :room_type_id::int = any (w.room_type_ids))
order by w.priority, w.id
limit :page_size;

-- name: find_span
-- rows: one Span
-- The nights for which somebody waits in a hotel, from the first to the last; nothing where nobody does.
select min(e.arrival) as starts_on, max(e.departure) as ends_on
from waiting_list_entries e
where e.omd_id = :omd_id and e.business_id = :business_id and e.status = 'waiting' and e.counts_until >= :today;

-- name: list_servable
-- rows: many ServableEntry
-- The entries that a type has room for on all their nights, which lie in [since, until), by priority, then since when.
with wanted as materialized (
    select e.id, e.arrival, e.departure, e.rooms, t.id as room_type_id
    from waiting_list_entries e
    join room_types t on t.omd_id = :omd_id and t.business_id = :business_id
     and (e.room_type_ids = '{}' or t.id = any (e.room_type_ids))
     and e.adults <= t.max_adults and e.adults + e.children <= t.max_occupancy
    where e.omd_id = :omd_id and e.business_id = :business_id and e.status = 'waiting' and e.counts_until >= :today),
free as (
    select w.id, w.room_type_id
    from wanted w
    join room_type_availability c on c.room_type_id = w.room_type_id and c.date >= w.arrival and c.date < w.departure
    left join house_availability h on h.omd_id = :omd_id and h.business_id = :business_id and h.date = c.date
    where c.omd_id = :omd_id and c.business_id = :business_id and c.date >= :since and c.date < :until
    group by w.id, w.room_type_id, w.arrival, w.departure, w.rooms
    having count(*) = w.departure - w.arrival
       and min(least(c.physical - c.out_of_order - c.held + c.overbooking - c.sold,
                     h.physical - h.out_of_order - h.held + h.overbooking - h.sold)) >= w.rooms)
select w.id, w.business_id, w.status, w.priority, w.arrival, w.departure, w.rooms, w.adults, w.children, w.room_type_ids, w.rate_plan_id,
       w.highest_price, w.counts_until, w.source, w.first_name, w.last_name, w.email, w.phone, w.note, w.reason, w.added_at, w.added_by,
       w.closed_at, w.closed_by, w.told_at, w.version, w.reservation_ids,
       f.room_type_ids as servable_room_type_ids
from (select id, array_agg(room_type_id order by room_type_id) as room_type_ids from free group by id) f
join waiting_list w on w.omd_id = :omd_id and w.business_id = :business_id and w.id = f.id
order by w.priority, w.id
limit :page_size;

-- name: expire_entries
-- rows: none
-- Closes the entries of a hotel that count no more.
update waiting_list_entries e
set status = 'expired', closed_at = :now, closed_by = :actor, changed_at = :now, version = e.version + 1
where e.omd_id = :omd_id and e.business_id = :business_id and e.status = 'waiting'
  and e.id in (select o.id from waiting_list_entries o
               where o.omd_id = :omd_id and o.business_id = :business_id and o.status = 'waiting' and o.counts_until < :today
               order by o.id for update);

-- name: return_entries
-- rows: none
-- Lets those wait again whose holds all lapsed and whose entries still count; what they were told is forgotten.
update waiting_list_entries e
set status = 'waiting', closed_at = null, closed_by = null, told_at = null, changed_at = :now, version = e.version + 1
where e.omd_id = :omd_id and e.business_id = :business_id and e.status = 'promoted'
  and e.id in (select o.id from waiting_list_entries o
               where o.omd_id = :omd_id and o.business_id = :business_id and o.status = 'promoted' and o.counts_until >= :today
                 and o.erased_at is null and holds_lapsed(o.omd_id, o.business_id, o.id)
               order by o.id for update);

-- name: tell_entries
-- rows: none
-- Puts on record that nights which became free would serve entries: once for what freed them, at an instant.
update waiting_list_entries e
set told_at = :freed_at, changed_at = :now
where e.omd_id = :omd_id and e.business_id = :business_id and e.status = 'waiting' and (e.told_at is null or e.told_at < :freed_at)
  and e.id in (select o.id from waiting_list_entries o
               where o.omd_id = :omd_id and o.business_id = :business_id and o.id = any (:entry_ids::uuid[])
               order by o.id for update);

-- name: find_entries_of
-- rows: value
-- The entries of an e-mail address, and those of some guests, by name, that became their stays.
select array(
    select e.id from waiting_list_entries e
    where e.omd_id = :omd_id and e.business_id = :business_id and e.erased_at is null
      and (lower(e.email) = lower(:email::text)
           or exists (select from waiting_list_stays s
                      join reservation_guests g on g.omd_id = s.omd_id and g.business_id = s.business_id
                       and g.reservation_id = s.reservation_id
                      where s.omd_id = :omd_id and s.business_id = :business_id and s.waiting_entry_id = e.id
                        and g.id = any (:guest_ids::uuid[]) and lower(g.last_name) = lower(e.last_name)))
    order by e.id);

-- name: export_entries
-- rows: value
-- What is held of who waited, as a JSON array.
select coalesce(jsonb_agg(to_jsonb(w) - 'omd_id' order by w.id), '[]')::text
from waiting_list w
where w.omd_id = :omd_id and w.business_id = :business_id and w.id = any (:entry_ids::uuid[]);

-- name: erase_waiting
-- rows: value
-- Forgets who waited; how many.
select erase_waiting(:omd_id, :business_id, :entry_ids::uuid[], :cause, :now);

-- name: list_due_entries
-- rows: many DueEntry
-- Entries of an OMD that are to be forgotten by age, each hotel's by its rules: closed, and their stay would long be over.
with hotels as materialized (
    select b.id, coalesce(b.business_date, (:now::timestamptz at time zone b.time_zone)::date) as today,
           greatest(days_kept(b.omd_id, b.id, 'guest_contacts', :days), days_kept(b.omd_id, b.id, 'guest_minimum', :minimum_days)) as days
    from businesses b where b.omd_id = :omd_id)
select e.business_id, e.id
from hotels h
join waiting_list_entries e on e.omd_id = :omd_id and e.business_id = h.id
where e.erased_at is null and e.status <> 'waiting'
  and case e.status when 'promoted' then e.departure else e.closed_at::date end + h.days <= h.today
order by e.business_id, e.id
limit :batch;

-- name: add_turnaway
-- rows: one Turnaway
-- Puts on record that somebody was turned away.
insert into turnaways as t (omd_id, business_id, business_date, arrival, departure, rooms, adults, children, room_type_id, reason, source,
                            recorded_at, recorded_by)
values (:omd_id, :business_id, :today, :arrival, :departure, :rooms, :adults, :children, :room_type_id, :reason, :source, :now, :actor)
returning t.id, t.business_id, t.business_date, t.arrival, t.departure, t.rooms, t.adults, t.children, t.room_type_id, t.reason, t.source,
          t.recorded_at, t.recorded_by;

-- name: list_turnaways
-- rows: many Turnaway
-- A page of a hotel's turnaways, the newest first, narrowed by a period they asked for and by reason.
select t.id, t.business_id, t.business_date, t.arrival, t.departure, t.rooms, t.adults, t.children, t.room_type_id, t.reason, t.source,
       t.recorded_at, t.recorded_by
from turnaways t
where t.omd_id = :omd_id and t.business_id = :business_id and (:before::uuid is null or t.id < :before::uuid)
  and t.arrival < :until::date and t.departure > :since::date and t.reason = any (:reasons::text[])
order by t.id desc
limit :page_size;
