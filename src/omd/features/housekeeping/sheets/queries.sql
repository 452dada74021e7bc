-- name: list_sections
-- rows: many SectionRow
-- The sections of a hotel, with the rooms that are named in them.
select s.name, s.floors,
       array(select r.room_id from housekeeping_section_rooms r
             where r.omd_id = s.omd_id and r.business_id = s.business_id and r.section_name = s.name order by r.room_id) as room_ids
from housekeeping_sections s
where s.omd_id = :omd_id and s.business_id = :business_id
order by s.name;

-- name: drop_sections
-- rows: none
-- Takes away the sections of a hotel that are not named.
delete from housekeeping_sections s
where s.omd_id = :omd_id and s.business_id = :business_id and s.name <> all (:names::text[]);

-- name: put_section
-- rows: none
-- Says which floors a section has.
insert into housekeeping_sections (omd_id, business_id, name, floors) values (:omd_id, :business_id, :name, :floors::int[])
on conflict (omd_id, business_id, name) do update set floors = excluded.floors
where housekeeping_sections.floors <> excluded.floors;

-- name: drop_section_rooms
-- rows: none
-- Takes rooms out of a section that are not named.
delete from housekeeping_section_rooms r
where r.omd_id = :omd_id and r.business_id = :business_id and r.section_name = :name and r.room_id <> all (:room_ids::int[]);

-- name: add_section_rooms
-- rows: none
-- Takes rooms into a section.
insert into housekeeping_section_rooms (omd_id, business_id, section_name, room_id)
select :omd_id, :business_id, :name, r from unnest(:room_ids::int[]) r
on conflict do nothing;

-- name: list_room_ids
-- rows: value
-- Those of these rooms that a hotel has in use.
select array(select i.id from individual_rooms i
             where i.omd_id = :omd_id and i.business_id = :business_id and i.id = any (:room_ids::int[]) and i.retired_on is null);

-- name: list_attendances
-- rows: many AttendanceRow
-- Who works on a date.
select a.attendant_id, a.max_credits,
       array(select s.section_name from housekeeping_attendance_sections s
             where s.omd_id = a.omd_id and s.business_id = a.business_id and s.business_date = a.business_date
               and s.attendant_id = a.attendant_id order by s.section_name) as sections
from housekeeping_attendances a
where a.omd_id = :omd_id and a.business_id = :business_id and a.business_date = :on
order by a.attendant_id;

-- name: list_staff_ids
-- rows: value
-- Those of these people who work in a hotel.
select array(select a.attendant_id from list_attendants(:omd_id, :business_id) a where not a.is_over and a.attendant_id = any (:ids::int[]));

-- name: drop_attendances
-- rows: none
-- Says who does not work on a date after all: all who are not named.
delete from housekeeping_attendances a
where a.omd_id = :omd_id and a.business_id = :business_id and a.business_date = :on and a.attendant_id <> all (:ids::int[]);

-- name: put_attendance
-- rows: none
-- Says that somebody works on a date, and what they are given at most.
insert into housekeeping_attendances (omd_id, business_id, business_date, attendant_id, max_credits)
values (:omd_id, :business_id, :on, :attendant_id, :max_credits)
on conflict (omd_id, business_id, business_date, attendant_id) do update set max_credits = excluded.max_credits
where housekeeping_attendances.max_credits is distinct from excluded.max_credits;

-- name: drop_attendance_sections
-- rows: none
-- Takes sections from somebody on a date that are not named.
delete from housekeeping_attendance_sections s
where s.omd_id = :omd_id and s.business_id = :business_id and s.business_date = :on and s.attendant_id = :attendant_id
  and s.section_name <> all (:names::text[]);

-- name: add_attendance_sections
-- rows: none
-- Gives sections to somebody on a date.
insert into housekeeping_attendance_sections (omd_id, business_id, business_date, attendant_id, section_name)
select :omd_id, :business_id, :on, :attendant_id, s from unnest(:names::text[]) s
on conflict do nothing;

-- name: list_sheets
-- rows: many SheetRow
-- Who works on a date or has tasks on it, by name.
select a.attendant_id, a.name, w.attendant_id is not null as works, w.max_credits,
       array(select s.section_name from housekeeping_attendance_sections s
             where s.omd_id = :omd_id and s.business_id = :business_id and s.business_date = :on and s.attendant_id = a.attendant_id
             order by s.section_name) as sections,
       p.published_at, p.published_by
from list_attendants(:omd_id, :business_id) a
left join housekeeping_attendances w
    on w.omd_id = :omd_id and w.business_id = :business_id and w.business_date = :on and w.attendant_id = a.attendant_id
left join housekeeping_sheets p
    on p.omd_id = :omd_id and p.business_id = :business_id and p.business_date = :on and p.attendant_id = a.attendant_id
where w.attendant_id is not null
   or p.attendant_id is not null
   or exists (select from housekeeping_tasks t
              where t.omd_id = :omd_id and t.business_id = :business_id and t.business_date = :on and t.attendant_id = a.attendant_id
                and t.status <> 'cancelled')
order by a.name, a.attendant_id;

-- name: list_tasks
-- rows: many TaskRow
-- The tasks of a date in the order of their sheets.
select t.id, t.room_id, t.room_number, t.floor, t.room_type_code, t.kind, t.status, t.credits, t.attendant_id, t.position, t.rush,
       t.notes, t.is_begun, t.version, t.before_id, t.sections, t.stays::text as stays
from list_sheet_tasks(:omd_id, :business_id, :on, :now) t;

-- name: lock_tasks
-- rows: many LockedTask
-- These tasks of a date, locked in their order.
select t.id, t.status, t.version, i.number as room_number
from housekeeping_tasks t
join individual_rooms i on i.omd_id = t.omd_id and i.business_id = t.business_id and i.id = t.room_id
where t.omd_id = :omd_id and t.business_id = :business_id and t.business_date = :on and t.id = any (:ids::uuid[])
order by t.id for update of t;

-- name: place_tasks
-- rows: none
-- Says whose tasks are, and where they stand on their sheets.
update housekeeping_tasks t
set attendant_id = p.attendant_id, position = p.position, changed_at = :now::timestamptz, changed_by = :actor
from jsonb_to_recordset(:placings::jsonb) as p (task_id uuid, attendant_id int, position int)
where t.omd_id = :omd_id and t.business_id = :business_id and t.id = p.task_id;

-- name: publish_sheets
-- rows: none
-- Says that sheets of a date are published, again where they were.
insert into housekeeping_sheets (omd_id, business_id, business_date, attendant_id, published_at, published_by)
select :omd_id, :business_id, :on, a, :now::timestamptz, :actor::text from unnest(:ids::int[]) a order by a
on conflict (omd_id, business_id, business_date, attendant_id)
do update set published_at = excluded.published_at, published_by = excluded.published_by, version = housekeeping_sheets.version + 1;

-- name: drop_published_rooms
-- rows: none
-- Forgets which rooms of stays sheets said.
delete from housekeeping_published_rooms p
where p.omd_id = :omd_id and p.business_id = :business_id and p.business_date = :on and p.attendant_id = any (:ids::int[]);

-- name: add_published_rooms
-- rows: none
-- Keeps the room of each stay that is to come on a date to a room of these sheets.
insert into housekeeping_published_rooms (omd_id, business_id, business_date, reservation_id, room_id, attendant_id)
select distinct on (s.reservation_id) :omd_id, :business_id, :on, s.reservation_id, s.room_id, t.attendant_id
from housekeeping_tasks t
join list_sheet_stays(:omd_id, :business_id, :on,
                      array(select k.room_id from housekeeping_tasks k
                            where k.omd_id = :omd_id and k.business_id = :business_id and k.business_date = :on
                              and k.attendant_id = any (:ids::int[])), :now) s
    on s.room_id = t.room_id and s.part in ('arrives', 'by_day')
where t.omd_id = :omd_id and t.business_id = :business_id and t.business_date = :on and t.attendant_id = any (:ids::int[])
  and t.status <> 'cancelled'
order by s.reservation_id, t.id
on conflict (omd_id, business_id, business_date, reservation_id)
do update set room_id = excluded.room_id, attendant_id = excluded.attendant_id;

-- name: find_hotel
-- rows: value
-- The name of a hotel.
select b.name from businesses b where b.omd_id = :omd_id and b.id = :business_id;
