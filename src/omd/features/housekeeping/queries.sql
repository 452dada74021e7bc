-- name: find_settings
-- rows: maybe HousekeepingSettings
-- What a hotel asks of the condition of its rooms, where that was ever said.
select s.check_in_needs, s.vacant_days, s.vacant_becomes, s.after_maintenance from housekeeping_settings s
where s.omd_id = :omd_id and s.business_id = :business_id;

-- name: put_settings
-- rows: none
-- Says what a hotel asks of the condition of its rooms.
insert into housekeeping_settings (omd_id, business_id, check_in_needs, vacant_days, vacant_becomes, after_maintenance)
values (:omd_id, :business_id, :check_in_needs, :vacant_days, :vacant_becomes, :after_maintenance)
on conflict (omd_id, business_id) do update
    set check_in_needs = excluded.check_in_needs, vacant_days = excluded.vacant_days, vacant_becomes = excluded.vacant_becomes,
        after_maintenance = excluded.after_maintenance;

-- name: find_condition
-- rows: maybe RoomCondition
-- The condition of a room in use.
select c.room_id, i.number, c.condition, c.cause, c.reason, c.reservation_id, c.changed_at, c.changed_by,
       c.seen_occupancy, c.seen_persons, c.seen_at, c.seen_by, c.version
from room_conditions c
join individual_rooms i on i.omd_id = c.omd_id and i.business_id = c.business_id and i.id = c.room_id
where c.omd_id = :omd_id and c.business_id = :business_id and c.room_id = :room_id and i.retired_on is null;

-- name: lock_condition
-- rows: none
-- Locks the condition of a room for a change.
select from room_conditions c
where c.omd_id = :omd_id and c.business_id = :business_id and c.room_id = :room_id
for update;

-- name: set_condition
-- rows: none
-- Says what a room is; who says so has seen to it on the business date.
update room_conditions c
set condition = :condition, cause = :cause, reason = :reason, reservation_id = null,
    soiled_at = case when :condition in ('dirty', 'pickup') then greatest(c.soiled_at, :now::timestamptz) else c.soiled_at end,
    idle_since = d.today, business_date = d.today, changed_at = :now::timestamptz, changed_by = :actor
from businesses b
cross join lateral (select coalesce(b.business_date, (:now::timestamptz at time zone b.time_zone)::date) as today) d
where b.omd_id = :omd_id and b.id = :business_id
  and c.omd_id = :omd_id and c.business_id = :business_id and c.room_id = :room_id;

-- name: say_seen
-- rows: none
-- Says what was seen in a room, or sets aside what was.
update room_conditions c
set seen_occupancy = :occupancy::text, seen_persons = :persons,
    seen_at = case when :occupancy::text is not null then :now::timestamptz end, seen_by = case when :occupancy::text is not null then :actor::text end,
    cause = :cause, reason = :reason, reservation_id = null,
    business_date = coalesce(b.business_date, (:now::timestamptz at time zone b.time_zone)::date), changed_at = :now::timestamptz, changed_by = :actor::text
from businesses b
where b.omd_id = :omd_id and b.id = :business_id
  and c.omd_id = :omd_id and c.business_id = :business_id and c.room_id = :room_id;

-- name: list_changes
-- rows: many ConditionChange
-- The versions of a room's condition before one, the newest first.
select h.version, h.condition, h.cause, h.reason, h.reservation_id, h.business_date, h.changed_at, h.changed_by,
       h.seen_occupancy, h.seen_persons
from room_condition_changes h
where h.omd_id = :omd_id and h.business_id = :business_id and h.room_id = :room_id and h.version < :before
order by h.version desc
limit :limit;

-- name: read_rack
-- rows: many RackRow
-- Every room of a hotel on its business date.
select k.room_id, k.number, k.floor, k.room_type_id, k.room_type_code, k.condition, k.changed_at, k.version, k.status, k.occupancy,
       k.persons, k.seen_occupancy, k.seen_persons, k.seen_at, k.seen_by, k.discrepancy, k.maintenance, k.maintenance_ends_on,
       k.in_house, k.arriving
from read_room_rack(:omd_id, :business_id, :names, :now) k;

-- name: list_discrepancies
-- rows: many RackRow
-- The rooms of a hotel in which housekeeping saw other than the front office knows.
select k.room_id, k.number, k.floor, k.room_type_id, k.room_type_code, k.condition, k.changed_at, k.version, k.status, k.occupancy,
       k.persons, k.seen_occupancy, k.seen_persons, k.seen_at, k.seen_by, k.discrepancy, k.maintenance, k.maintenance_ends_on,
       k.in_house, k.arriving
from read_room_rack(:omd_id, :business_id, false, :now) k
where k.discrepancy is not null;

-- name: list_statuses
-- rows: many RoomOnDate
-- The one status of each room of a hotel on a date.
select s.room_id, s.number, s.floor, s.room_type_id, s.status from list_room_statuses(:omd_id, :business_id, :date, :now) s;

-- name: turn_rooms
-- rows: value
-- Reckons with the night before a hotel's business date, once for each room; says how many rooms that was.
select turn_rooms(b.omd_id, b.id, coalesce(b.business_date, (:now::timestamptz at time zone b.time_zone)::date), :now::timestamptz)
from businesses b where b.omd_id = :omd_id and b.id = :business_id;
