-- name: find_settings
-- rows: maybe SettingsRow
-- How a hotel plans its housekeeping, where that was ever said.
select s.planned_daily, s.service_every, s.linen_every, s.inspects from housekeeping_task_settings s
where s.omd_id = :omd_id and s.business_id = :business_id;

-- name: list_credits
-- rows: many CreditRule
-- What tasks count in a hotel, where that was ever said.
select c.kind, c.credits, c.room_type_id from housekeeping_credits c
where c.omd_id = :omd_id and c.business_id = :business_id
order by c.kind, c.room_type_id nulls first;

-- name: put_settings
-- rows: none
-- Says how a hotel plans its housekeeping; whoever says so at once waits.
insert into housekeeping_task_settings (omd_id, business_id, planned_daily, service_every, linen_every, inspects)
values (:omd_id, :business_id, :planned_daily, :service_every, :linen_every, :inspects::text[])
on conflict (omd_id, business_id) do update
    set planned_daily = excluded.planned_daily, service_every = excluded.service_every, linen_every = excluded.linen_every,
        inspects = excluded.inspects;

-- name: forget_credits
-- rows: none
-- Takes back what was said of what tasks count.
delete from housekeeping_credits c where c.omd_id = :omd_id and c.business_id = :business_id;

-- name: list_types_there
-- rows: many TypeRow
-- Which of these room types the hotel has.
select t.id from room_types t where t.omd_id = :omd_id and t.business_id = :business_id and t.id = any (:room_type_ids::int[]);

-- name: add_credit
-- rows: none
-- Says what a task of a kind counts, in one type of rooms or in all.
insert into housekeeping_credits (omd_id, business_id, kind, room_type_id, credits)
values (:omd_id, :business_id, :kind, :room_type_id, :credits);

-- name: find_today
-- rows: one TodayRow
-- The business date of a hotel, and whether it has a plan or is to have one.
select d.today,
       exists (select from housekeeping_plans p where p.omd_id = b.omd_id and p.business_id = b.id and p.business_date = d.today) as is_planned,
       coalesce((select s.planned_daily from housekeeping_task_settings s where s.omd_id = b.omd_id and s.business_id = b.id), false) as planned_daily
from businesses b
cross join lateral (select coalesce(b.business_date, (:now::timestamptz at time zone b.time_zone)::date) as today) d
where b.omd_id = :omd_id and b.id = :business_id;

-- name: plan
-- rows: one PlanRow
-- Brings the tasks of a date in step with its stays.
select p.added, p.renewed, p.withdrawn from plan_housekeeping(:omd_id, :business_id, :on, :actor, :now::timestamptz) p;

-- name: list_ids_of_date
-- rows: many TaskIdRow
-- The tasks of a date, those of a person or all.
select t.id from housekeeping_tasks t
where t.omd_id = :omd_id and t.business_id = :business_id and t.business_date = :on
  and (:user_id::int is null
       or t.attendant_id in (select a.attendant_id from list_attendants(:omd_id, :business_id) a where a.user_id = :user_id));

-- name: list_ids_of_room
-- rows: many TaskIdRow
-- The tasks of a room on a date.
select t.id from housekeeping_tasks t
where t.omd_id = :omd_id and t.business_id = :business_id and t.business_date = :on and t.room_id = :room_id
order by t.kind, t.round;

-- name: list_tasks
-- rows: many TaskRow
-- Tasks as they are, in the order of their work: where a guest waits first.
select t.id, t.business_date, t.room_id, i.number as room_number, i.floor, t.kind, t.round, t.status, t.credits,
       t.attendant_id, a.name as attendant_name, a.user_id as attendant_user_id, t.supervisor_id, s.name as supervisor_name,
       t.position, t.rush, t.notes, t.inspects_id, t.is_planned, t.reason, t.begun_at, t.running_since, t.worked_seconds,
       t.ended_at, t.changed_at, t.changed_by, t.version
from housekeeping_tasks t
join individual_rooms i on i.omd_id = t.omd_id and i.business_id = t.business_id and i.id = t.room_id
left join list_attendants(:omd_id, :business_id) a on a.attendant_id = t.attendant_id
left join list_attendants(:omd_id, :business_id) s on s.attendant_id = t.supervisor_id
where t.omd_id = :omd_id and t.business_id = :business_id and t.id = any (:ids::uuid[])
order by t.rush desc, t.position nulls last, i.number, t.kind, t.round;

-- name: lock_tasks
-- rows: none
-- Locks tasks for a change, in one order for everybody.
select from housekeeping_tasks t
where t.omd_id = :omd_id and t.business_id = :business_id and t.id = any (:ids::uuid[])
order by t.id for update;

-- name: find_inspection
-- rows: maybe TaskIdRow
-- The inspection that is asked for after a task and has not ended, locked.
select t.id from housekeeping_tasks t
where t.omd_id = :omd_id and t.business_id = :business_id and t.inspects_id = :inspects_id and t.status in ('open', 'in_progress', 'paused')
for update;

-- name: add_task
-- rows: maybe TaskIdRow
-- Adds a task to a room in use, a further one of its kind where that may be.
insert into housekeeping_tasks (omd_id, business_id, business_date, room_id, kind, round, credits, attendant_id, supervisor_id, rush, notes,
                                inspects_id, is_planned, created_at, changed_at, changed_by)
select :omd_id, :business_id, :on, i.id, :kind::text,
       case when :again then (select coalesce(max(t.round), 0) + 1 from housekeeping_tasks t
                              where t.omd_id = :omd_id and t.business_id = :business_id and t.business_date = :on and t.room_id = i.id
                                and t.kind = :kind::text)
            else 1 end,
       count_credits(:omd_id, :business_id, :kind::text, i.id), :attendant_id::int, :supervisor_id::int, :rush, :notes::text,
       :inspects_id::uuid, :inspects_id::uuid is not null, :now::timestamptz, :now::timestamptz, :actor::text
from individual_rooms i
where i.omd_id = :omd_id and i.business_id = :business_id and i.id = :room_id and i.retired_on is null
returning id;

-- name: assign_task
-- rows: none
-- Says whose a task is.
update housekeeping_tasks t
set attendant_id = :attendant_id, supervisor_id = :supervisor_id, position = :position, changed_at = :now::timestamptz, changed_by = :actor
where t.omd_id = :omd_id and t.business_id = :business_id and t.id = :id;

-- name: take_task
-- rows: none
-- Gives a task that is nobody's to a person of the hotel's staff, by whichever role they have there.
update housekeeping_tasks t
set attendant_id = (select a.attendant_id from list_attendants(:omd_id, :business_id) a
                    where a.user_id = :user_id and not a.is_over order by a.role <> 'housekeeper', a.attendant_id limit 1),
    changed_at = :now::timestamptz, changed_by = :actor
where t.omd_id = :omd_id and t.business_id = :business_id and t.id = :id and t.attendant_id is null;

-- name: rush_tasks
-- rows: none
-- Says whether a guest waits for the room of tasks.
update housekeeping_tasks t set rush = :rush, changed_at = :now::timestamptz, changed_by = :actor
where t.omd_id = :omd_id and t.business_id = :business_id and t.id = any (:ids::uuid[]);

-- name: set_course
-- rows: none
-- Says what the commands of a task come to.
update housekeeping_tasks t
set status = :status, reason = :reason, begun_at = :begun_at, running_since = :running_since, worked_seconds = :worked_seconds,
    ended_at = :ended_at, changed_at = :now::timestamptz, changed_by = :actor
where t.omd_id = :omd_id and t.business_id = :business_id and t.id = :id;

-- name: list_said
-- rows: many Said
-- The commands about a task that count, in the order of when they were given.
select c.id, c.action, c.at, c.reason from housekeeping_commands c
where c.omd_id = :omd_id and c.business_id = :business_id and c.task_id = :task_id and c.counts
order by c.at, c.id;

-- name: keep_command
-- rows: maybe TaskIdRow
-- Puts a command on record, unless it is; whoever does so at once waits.
insert into housekeeping_commands (omd_id, business_id, id, task_id, action, reason, at, counts, given_by, given_by_user,
                                   received_at, device, told_at, sent_at, seen_version, body_hash, outcome, because)
values (:omd_id, :business_id, :id, :task_id, :action, :reason, :at::timestamptz, :counts, :actor, :user_id,
        greatest(:now::timestamptz, :at::timestamptz), :device, :told_at, :sent_at, :seen_version, :body_hash, :outcome, :because)
on conflict (omd_id, business_id, id) do nothing
returning id;

-- name: list_known
-- rows: many KnownCommand
-- Those of these commands that are on record.
select c.id, c.task_id, c.body_hash, c.outcome, c.because from housekeeping_commands c
where c.omd_id = :omd_id and c.business_id = :business_id and c.id = any (:ids::uuid[]);

-- name: lock_conflict
-- rows: maybe KnownCommand
-- A conflict that nobody resolved, locked.
select c.id, c.task_id, c.body_hash, c.outcome, c.because from housekeeping_commands c
where c.omd_id = :omd_id and c.business_id = :business_id and c.id = :id and c.outcome = 'conflict' and c.resolved_at is null
for update;

-- name: resolve_conflict
-- rows: none
-- Says whether a command counts that was a conflict, and what was found out.
update housekeeping_commands c
set counts = :counts, resolved_at = :now::timestamptz, resolved_by = :actor, resolution = :resolution
where c.omd_id = :omd_id and c.business_id = :business_id and c.id = :id;

-- name: list_conflicts
-- rows: many Conflict
-- The conflicts that nobody resolved, the oldest first.
select c.id, c.task_id, c.action, c.reason, c.at, c.counts, c.given_by, c.received_at, c.device, c.because,
       i.number as room_number, t.status
from housekeeping_commands c
join housekeeping_tasks t on t.omd_id = c.omd_id and t.business_id = c.business_id and t.id = c.task_id
join individual_rooms i on i.omd_id = t.omd_id and i.business_id = t.business_id and i.id = t.room_id
where c.omd_id = :omd_id and c.business_id = :business_id and c.outcome = 'conflict' and c.resolved_at is null
order by c.received_at, c.id
limit :limit;

-- name: list_attendants
-- rows: many Attendant
-- Who works in a hotel now, by name.
select a.attendant_id, a.name, a.role from list_attendants(:omd_id, :business_id) a
where not a.is_over
order by a.name, a.attendant_id;

-- name: is_seen_to_since
-- rows: value
-- Whether somebody else saw to a room, or something made it what it is, after an instant; a dirty room gets dirty without a new version.
select exists (
    select from room_conditions c
    where c.omd_id = :omd_id and c.business_id = :business_id and c.room_id = :room_id and c.soiled_at > :at::timestamptz
      and c.soiled_at <> all (:own::timestamptz[]))
or exists (
    select from room_condition_changes h
    where h.omd_id = :omd_id and h.business_id = :business_id and h.room_id = :room_id and h.changed_at > :at::timestamptz
      and h.changed_at <> all (:own::timestamptz[])
      and h.cause <> all (array['seen', 'discrepancy_resolved', 'check_in', 'check_in_undone', 'room_entered']));

-- name: is_out_of_order
-- rows: value
-- Whether a room is out of order on a date.
select exists (
    select from maintenance_intervals m
    where m.omd_id = :omd_id and m.business_id = :business_id and m.room_id = :room_id and m.kind = 'out_of_order'
      and m.starts_on <= :on and m.ends_on > :on);
