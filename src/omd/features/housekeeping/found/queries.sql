-- name: add_item
-- rows: maybe ItemIdRow
-- Puts on record what was found in a room, unless it is, with the stay in the room or the last that was in it.
insert into found_items (omd_id, business_id, id, room_id, place, description, found_at, found_by, reservation_id, changed_at, changed_by)
select i.omd_id, i.business_id, :id, i.id, :place, :description, :now::timestamptz, :actor, s.reservation_id, :now::timestamptz, :actor
from individual_rooms i
join businesses b on b.omd_id = i.omd_id and b.id = i.business_id
cross join lateral (select coalesce(b.business_date, (:now::timestamptz at time zone b.time_zone)::date) as today) d
left join lateral (
    select f.reservation_id
    from (select o.reservation_id, true as is_in, d.today as date from list_occupants(:omd_id, :business_id, array[i.id], d.today) o
          union all
          select n.reservation_id, false, n.date from reservation_nights n
          join reservations r on r.omd_id = n.omd_id and r.business_id = n.business_id and r.id = n.reservation_id
          where n.omd_id = :omd_id and n.business_id = :business_id and n.room_id = i.id and n.date < d.today
            and n.date >= d.today - 30 and r.status in ('in_house', 'checked_out')) f
    order by f.is_in desc, f.date desc limit 1) s on true
where i.omd_id = :omd_id and i.business_id = :business_id and i.id = :room_id
on conflict (omd_id, business_id, id) do nothing
returning id;

-- name: find_item
-- rows: maybe FoundItem
-- A thing that was found.
select f.id, f.room_id, i.number as room_number, f.place, f.description, f.found_at, f.found_by, f.reservation_id, f.status, f.note,
       f.changed_at, f.changed_by, f.version
from found_items f
join individual_rooms i on i.omd_id = f.omd_id and i.business_id = f.business_id and i.id = f.room_id
where f.omd_id = :omd_id and f.business_id = :business_id and f.id = :id;

-- name: lock_item
-- rows: none
-- Locks a thing that was found for a change.
select from found_items f where f.omd_id = :omd_id and f.business_id = :business_id and f.id = :id for update;

-- name: list_items
-- rows: many FoundItem
-- The things that were found and are in a status, the newest first.
select f.id, f.room_id, i.number as room_number, f.place, f.description, f.found_at, f.found_by, f.reservation_id, f.status, f.note,
       f.changed_at, f.changed_by, f.version
from found_items f
join individual_rooms i on i.omd_id = f.omd_id and i.business_id = f.business_id and i.id = f.room_id
where f.omd_id = :omd_id and f.business_id = :business_id and f.status = :status
order by f.found_at desc, f.id
limit :limit;

-- name: end_item
-- rows: none
-- Says what became of a thing that was found.
update found_items f set status = :status, note = :note, changed_at = :now::timestamptz, changed_by = :actor
where f.omd_id = :omd_id and f.business_id = :business_id and f.id = :id;

-- name: find_occupant
-- rows: maybe OccupantRow
-- The stay that is in a room on the business date.
select o.reservation_id
from businesses b
cross join lateral list_occupants(:omd_id, :business_id, array[:room_id::int],
                                  coalesce(b.business_date, (:now::timestamptz at time zone b.time_zone)::date)) o
where b.omd_id = :omd_id and b.id = :business_id
order by o.reservation_id limit 1;

-- name: list_causes
-- rows: many CauseRow
-- What was posted for a use of the minibar of a room, by its cause.
select e.cause from ledger_entries e
where e.omd_id = :omd_id and e.business_id = :business_id and e.cause >= :prefix::text and e.cause < :prefix::text || '~';
