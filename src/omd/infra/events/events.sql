-- name: give_positions
-- rows: one Given
-- Gives the next positions to the events that can have none before them any more.
select is_leader, given, last_position, oldest_seconds, waiting_seconds from give_positions(:most);

-- name: find_end
-- rows: one End
-- Where the one order ends, in which life of the database, and when the event at a position (null: at the end) was written.
select p.last_position, database_life() as life,
       (select e.recorded_at from events e where e.position = coalesce(:position::bigint, p.last_position)) as recorded_at
from event_positions p;

-- name: list_events_after
-- rows: many Event
-- The events after a position, of every tenant, in their order.
select e.position, e.omd_id, e.business_id, e.aggregate, e.aggregate_id, e.aggregate_version, e.type, e.actor,
       e.occurred_at, e.recorded_at, e.data::text
from events e
where e.position > :after
order by e.position
limit :most;

-- name: list_omd_events_after
-- rows: many Event
-- The events of one tenant after a position and up to another, in their order.
select e.position, e.omd_id, e.business_id, e.aggregate, e.aggregate_id, e.aggregate_version, e.type, e.actor,
       e.occurred_at, e.recorded_at, e.data::text
from events e
where e.omd_id = :omd_id and e.position > :after and e.position <= :until
order by e.position
limit :most;

-- name: find_head
-- rows: one Head
-- Where the one order ends, how long the oldest event has waited for its place in it, and which life of the database this is.
select p.last_position,
       coalesce((select extract(epoch from clock_timestamp() - min(e.recorded_at)) from events e where e.position is null), 0)::float8
           as waiting_seconds,
       database_life() as life
from event_positions p;

-- name: find_newest_event_at
-- rows: value
-- When something last happened in a business, or in the whole tenant, of the newest events that the actor sees.
select e.occurred_at
from (select n.seq, n.business_id, n.occurred_at from events n where n.omd_id = :omd_id order by n.seq desc limit :most) e
where :business_id::int is null or e.business_id = :business_id::int
order by e.seq desc
limit 1;
