-- name: take_keys
-- rows: value
-- Those of the names that no job was put in under before, as an array; another transaction putting one in is waited for.
with taken as (
    insert into job_keys (key, added_at) select k, :now from unnest(:keys::text[]) k
    on conflict (key) do nothing
    returning key)
select coalesce(array_agg(key), '{}') from taken;

-- name: put_for_request
-- rows: value
-- Puts a letter in for a request, whose role has no right on the queue.
select put_job_for_request(:kind, :priority, :payload);

-- name: list_jobs
-- rows: many Job
-- The jobs that are not done, in one state or in any, those that changed last first; before a job the newest first.
select j.id, j.entrypoint as kind, j.dedupe_key as key, s.state,
       (select count(*)::int from job_log l where l.job_id = j.id and l.status = 'picked') as attempts,
       j.created as added_at, j.execute_after as due_at, j.updated as changed_at,
       (select l.traceback ->> 'exception_message' from job_log l
        where l.job_id = j.id and l.traceback is not null order by l.id desc limit 1) as last_error
from jobs j
cross join lateral (select case when j.status = 'failed' then 'dead' when j.status = 'picked' then 'running'
                                when j.execute_after <= now() then 'due' else 'waiting' end as state) s
where (:state::text is null or s.state = :state) and (:id::bigint is null or j.id = :id)
  and (:kind::text is null or j.entrypoint = :kind) and (:before::bigint is null or j.id < :before)
order by case when :before::bigint is null then j.updated end desc, j.id desc
limit :most;

-- name: list_steps
-- rows: many Step
-- What became of a job, step by step.
select created as at,
       case status when 'queued' then case when traceback is null then 'put in' else 'to be tried again' end
                   when 'picked' then 'taken' when 'successful' then 'done' when 'failed' then 'given up'
                   when 'deleted' then 'discarded' else status::text end as step,
       traceback ->> 'exception_message' as error
from job_log
where job_id = :id
order by id;

-- name: find_attempt
-- rows: one Attempt
-- Under which key a job has its effect, and how many attempts were begun since it was put in, or retried by an operator.
select :id::bigint as job_id, coalesce((select j.dedupe_key from jobs j where j.id = :id), 'job/' || :id) as key,
       (count(*) filter (where l.status = 'picked')
        - count(*) filter (where l.traceback ->> 'exception_message' = any (:not_counted::text[])))::int as number
from job_log l
where l.job_id = :id
  and l.id >= (select max(p.id) from job_log p where p.job_id = :id and p.status = 'queued' and p.traceback is null);

-- name: discard_job
-- rows: none
-- Forgets a job that no worker is at.
with gone as (
    delete from jobs where id = :id and status in ('queued', 'failed')
    returning id, entrypoint, priority)
insert into job_log (job_id, status, entrypoint, priority) select id, 'deleted', entrypoint, priority from gone;

-- name: find_figures
-- rows: one Figures
-- How many jobs stand how, and how long the oldest that is due has waited.
select count(*) filter (where status = 'queued' and execute_after <= now())::int as due,
       count(*) filter (where status = 'queued' and execute_after > now())::int as waiting,
       count(*) filter (where status = 'picked')::int as running,
       count(*) filter (where status = 'failed')::int as dead,
       coalesce(extract(epoch from now() - min(execute_after) filter (where status = 'queued' and execute_after <= now())), 0)::float8
           as oldest_due_seconds
from jobs;

-- name: take_effect
-- rows: value
-- Whether a job's effect is to be had in this transaction.
select take_job_effect(:key);

-- name: find_time
-- rows: value
-- What time it is by the database's clock.
select clock_timestamp();

-- name: purge_log
-- rows: none
-- Throws away the steps of jobs that are done, the oldest first, at most so many.
delete from job_log where id in
    (select l.id from job_log l where l.created < :before and not exists (select from jobs j where j.id = l.job_id)
     order by l.created limit :most);

-- name: purge_keys
-- rows: none
-- Throws away the names of jobs that are done, the oldest first, at most so many.
delete from job_keys where key in
    (select k.key from job_keys k where k.added_at < :before and not exists (select from jobs j where j.dedupe_key = k.key)
     order by k.added_at limit :most);

-- name: purge_effects
-- rows: none
-- Throws away that jobs had their effect, the oldest first, at most so many.
delete from job_effects where key in (select e.key from job_effects e where e.at < :before order by e.at limit :most);

-- name: purge_dead
-- rows: none
-- Forgets jobs that were given up before an instant and that no operator retried, the oldest first, at most so many.
with gone as (
    delete from jobs where status = 'failed' and id in
        (select d.id from jobs d where d.status = 'failed' and d.updated < :before order by d.updated limit :most)
    returning id, entrypoint, priority)
insert into job_log (job_id, status, entrypoint, priority) select id, 'deleted', entrypoint, priority from gone;

-- name: is_behind
-- rows: value
-- Whether there are events of which nobody asked yet what they cause.
select (select c.position from job_cursor c) < (select p.last_position from event_positions p);

-- name: lock_cursor
-- rows: value
-- How far that was asked; nothing while another worker is at it.
select position from job_cursor for update skip locked;

-- name: move_cursor
-- rows: none
-- Says how far that was asked.
update job_cursor set position = :position;

-- name: lock_payloads
-- rows: many KeptPayload
-- Locks what the jobs of some kinds need to know, of all that are not done.
select id, entrypoint as kind, payload from jobs where entrypoint = any (:kinds::text[]) and payload is not null
order by id for update;

-- name: keep_payload
-- rows: none
-- Keeps what a job needs to know, encrypted under another key.
update jobs set payload = :payload where id = :id;
