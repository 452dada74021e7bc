-- name: rooms_in_use_have_a_condition
-- rows: many Breach
-- Every room in use has its condition.
select count(*) over () as breaches, i.business_id, null::date as date, format('room %s has no condition', i.number) as said
from individual_rooms i
left join room_conditions c on c.omd_id = i.omd_id and c.business_id = i.business_id and c.room_id = i.id
where i.omd_id = :omd_id and i.retired_on is null and c.room_id is null
order by i.business_id, i.number
limit :at_most;

-- name: conditions_are_what_their_history_ends_in
-- rows: many Breach
-- The condition of a room is the last version of its history, which has them all.
select count(*) over () as breaches, c.business_id, null::date as date,
       format('room %s is %s by version %s; its history has %s versions and ends in %s by %s', c.room_id, c.condition, c.version,
              h.versions, coalesce(l.condition, 'nothing'), coalesce(h.last, 0)) as said
from room_conditions c
cross join lateral (
    select count(*) as versions, max(k.version) as last from room_condition_changes k
    where k.omd_id = c.omd_id and k.business_id = c.business_id and k.room_id = c.room_id) h
left join room_condition_changes l on l.omd_id = c.omd_id and l.business_id = c.business_id and l.room_id = c.room_id and l.version = h.last
where c.omd_id = :omd_id
  and (h.versions <> c.version
       or (l.version, l.condition, l.cause, l.reason, l.reservation_id, l.business_date, l.changed_at, l.changed_by, l.seen_occupancy, l.seen_persons)
          is distinct from
          (c.version, c.condition, c.cause, c.reason, c.reservation_id, c.business_date, c.changed_at, c.changed_by, c.seen_occupancy, c.seen_persons))
order by c.business_id, c.room_id
limit :at_most;

-- name: rooms_are_in_use_by_who_is_in_the_house
-- rows: many Breach
-- The stay that was last known to be in a room is in the house.
select count(*) over () as breaches, c.business_id, null::date as date,
       format('room %s is in use by stay %s, which is %s', c.room_id, r.code, r.status) as said
from room_conditions c
join reservations r on r.omd_id = c.omd_id and r.business_id = c.business_id and r.id = c.in_use_by
where c.omd_id = :omd_id and r.status <> 'in_house'
order by c.business_id, c.room_id
limit :at_most;

-- name: tasks_are_what_was_said_of_them
-- rows: many Breach
-- A task that is not open is what a command that counts says of it.
select count(*) over () as breaches, t.business_id, t.business_date as date,
       format('task %s in room %s is %s, and no command says so', t.id, t.room_id, t.status) as said
from housekeeping_tasks t
where t.omd_id = :omd_id and t.status <> 'open'
  and not exists (
      select from housekeeping_commands c
      where c.omd_id = t.omd_id and c.business_id = t.business_id and c.task_id = t.id and c.counts
        and t.status = any (case c.action when 'start' then array['in_progress'] when 'pause' then array['paused'] when 'done' then array['done']
                                          when 'pass' then array['inspected'] when 'refuse' then array['refused']
                                          when 'do_not_disturb' then array['do_not_disturb'] when 'decline' then array['declined']
                                          when 'cancel' then array['cancelled'] when 'withdraw' then array['cancelled'] else '{}' end))
order by t.business_id, t.business_date, t.id
limit :at_most;
