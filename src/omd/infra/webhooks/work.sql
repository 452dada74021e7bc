-- name: is_behind
-- rows: value
-- Whether there is something to plan: events after the cursor, or a replay.
select (select c.position from webhook_cursor c) < (select p.last_position from event_positions p)
    or exists (select from webhook_subscriptions s where s.replay_until is not null and s.disabled_at is null);

-- name: lock_cursor
-- rows: value
-- How far planning is; nothing while another worker is at it.
select position from webhook_cursor for update skip locked;

-- name: move_cursor
-- rows: none
-- Says how far planning is.
update webhook_cursor set position = :position;

-- name: list_targets
-- rows: many Target
-- The subscriptions of some tenants that are told of what happens.
select omd_id, id, business_id, event_types
from webhook_subscriptions
where omd_id = any (:omd_ids::int[]) and disabled_at is null;

-- name: lock_replay
-- rows: maybe Replay
-- One subscription that is to be told of the past, if nobody else is at it.
select omd_id, id, business_id, event_types, replay_since, replay_after, replay_until
from webhook_subscriptions
where replay_until is not null and disabled_at is null
order by id
limit 1
for update skip locked;

-- name: set_replay
-- rows: none
-- Says how far a replay is; without a position it is over.
update webhook_subscriptions
set replay_since = null, replay_after = :after::bigint,
    replay_until = case when :after::bigint is not null then replay_until end
where omd_id = :omd_id and id = :id;

-- name: find_instant_at
-- rows: value
-- When the first event of a tenant at or after a position occurred.
select occurred_at from events where omd_id = :omd_id and position >= :position order by position limit 1;

-- name: add_deliveries
-- rows: none
-- Plans deliveries, each once.
insert into webhook_deliveries
    (omd_id, subscription_id, position, business_id, type, aggregate, aggregate_id, planned_at, next_attempt_at)
select p.omd_id, p.subscription_id, p.position, p.business_id, p.type, p.aggregate, p.aggregate_id, :now, :now
from unnest(:omd_ids::int[], :subscription_ids::uuid[], :positions::bigint[], :business_ids::int[], :types::text[],
            :aggregates::text[], :aggregate_ids::text[])
     as p (omd_id, subscription_id, position, business_id, type, aggregate, aggregate_id)
on conflict (omd_id, subscription_id, position) do nothing;

-- name: revive_deliveries
-- rows: none
-- Has what was delivered, or given up, delivered again.
update webhook_deliveries d
set status = 'pending', attempts = 0, planned_at = :now, next_attempt_at = :now, claimed_until = null, ended_at = null
where d.omd_id = :omd_id and d.subscription_id = :subscription_id and d.position = any (:positions::bigint[])
  and d.status <> 'pending';

-- name: claim_deliveries
-- rows: many Claimed
-- Takes deliveries that are due for a while: of one aggregate the first alone, of one target and of one tenant so many
-- at once, and of those first who have the fewest under way.
with targets as materialized (
    select s.omd_id, s.id, case when s.failing_since is null then :most_each::int else 1 end as slots
    from webhook_subscriptions s
    where s.disabled_at is null and (s.rests_until is null or s.rests_until <= :now)
      and exists (select from webhook_deliveries d
                  where d.omd_id = s.omd_id and d.subscription_id = s.id and d.status = 'pending' and d.next_attempt_at <= :now)
    for update of s skip locked),
turns as (
    select c.omd_id, c.subscription_id, c.position, coalesce(b.under_way, 0)
        + row_number() over (partition by c.omd_id order by c.place, c.next_attempt_at, c.position) as turn
    from targets t
    left join unnest(:busy_omds::int[], :busy::int[]) as b (omd_id, under_way) on b.omd_id = t.omd_id
    cross join lateral (
        select d.omd_id, d.subscription_id, d.position, d.next_attempt_at,
               row_number() over (order by d.next_attempt_at, d.position) as place
        from webhook_deliveries d
        where d.omd_id = t.omd_id and d.subscription_id = t.id and d.status = 'pending' and d.next_attempt_at <= :now
          and (d.claimed_until is null or d.claimed_until <= :now)
          and not exists (select from webhook_deliveries e
                          where e.omd_id = d.omd_id and e.subscription_id = d.subscription_id and e.aggregate = d.aggregate
                            and e.aggregate_id = d.aggregate_id and e.position < d.position and e.status = 'pending')
        order by d.next_attempt_at, d.position
        limit greatest(0, t.slots - (select count(*) from webhook_deliveries f
                                     where f.omd_id = t.omd_id and f.subscription_id = t.id and f.status = 'pending'
                                       and f.claimed_until > :now))) c),
chosen as materialized (
    select omd_id, subscription_id, position from turns where turn <= :most_of_tenant::int order by turn limit :most),
claimed as (
    update webhook_deliveries d
    set claimed_until = :until, attempts = d.attempts + 1, last_attempt_at = :now
    from chosen c
    where d.omd_id = c.omd_id and d.subscription_id = c.subscription_id and d.position = c.position
      and d.status = 'pending' and (d.claimed_until is null or d.claimed_until <= :now)
    returning d.omd_id, d.subscription_id, d.position, d.attempts, d.planned_at)
select d.omd_id, d.subscription_id, s.business_id as subscription_business_id, s.url, s.secret, s.old_secret,
       s.overlap_until, s.unanswered, d.attempts, d.planned_at, e.position, e.business_id, e.aggregate, e.aggregate_id,
       e.aggregate_version, e.type, e.actor, e.occurred_at, e.recorded_at, e.data::text
from claimed d
join webhook_subscriptions s on s.omd_id = d.omd_id and s.id = d.subscription_id
join events e on e.omd_id = d.omd_id and e.position = d.position
order by d.position;

-- name: end_attempt
-- rows: none
-- Says what came of an attempt, if the delivery is still that attempt's.
update webhook_deliveries
set status = :status, next_attempt_at = :next_attempt_at, claimed_until = null, last_status = :last_status,
    last_error = :last_error, ended_at = :ended_at::timestamptz
where omd_id = :omd_id and subscription_id = :subscription_id and position = :position and attempts = :attempts
  and status = 'pending'
  and exists (select from webhook_subscriptions s where s.omd_id = :omd_id and s.id = :subscription_id and s.deleted_at is null);

-- name: drop_delivery
-- rows: none
-- Takes away a delivery of which there is nothing to tell.
delete from webhook_deliveries
where omd_id = :omd_id and subscription_id = :subscription_id and position = :position and attempts = :attempts;

-- name: release_delivery
-- rows: none
-- Gives back a delivery whose attempt was not made or not finished.
update webhook_deliveries set claimed_until = null
where omd_id = :omd_id and subscription_id = :subscription_id and position = :position and attempts = :attempts
  and status = 'pending';

-- name: note_success
-- rows: none
-- The target works: nothing is held against it any more, but for a rest that another attempt was asked for just now.
update webhook_subscriptions
set failing_since = null, failing_told_at = null, unanswered = 0,
    rests_until = case when rests_until > :now then rests_until end
where omd_id = :omd_id and id = :id and failing_since is not null;

-- name: note_failure
-- rows: none
-- The target failed; one that gave no answer, or asked for it, rests; one that is gone is told no more.
update webhook_subscriptions
set failing_since = coalesce(failing_since, :now), unanswered = :unanswered,
    rests_until = greatest(rests_until, :rests_until::timestamptz),
    disabled_at = case when :is_gone then coalesce(disabled_at, :now) else disabled_at end,
    disabled_why = case when :is_gone then coalesce(disabled_why, 'gone') else disabled_why end
where omd_id = :omd_id and id = :id;

-- name: give_up_old
-- rows: none
-- Gives up what waits for a target that does not answer, and has been waiting for too long, at most so many.
update webhook_deliveries
set status = 'dead', ended_at = :now, last_error = coalesce(last_error, 'target_rested')
where omd_id = :omd_id and subscription_id = :id and status = 'pending' and position in
    (select d.position from webhook_deliveries d
     where d.omd_id = :omd_id and d.subscription_id = :id and d.status = 'pending' and d.planned_at <= :planned_before
       and (d.claimed_until is null or d.claimed_until <= :now)
     order by d.position limit :most);

-- name: take_failing
-- rows: value
-- Whether the owners of a failing subscription are to be told now; they are told once.
update webhook_subscriptions set failing_told_at = :now
where omd_id = :omd_id and id = :id and failing_told_at is null and deleted_at is null and (failing_since <= :failing_before or disabled_why = 'gone')
returning url;

-- name: list_untold
-- rows: many Target
-- The subscriptions that fail and whose owners have not been told so.
select omd_id, id, business_id, event_types
from webhook_subscriptions
where failing_told_at is null and deleted_at is null and (failing_since is not null or disabled_why = 'gone')
order by omd_id, id;

-- name: add_event
-- rows: none
-- Puts on record what happened to a subscription.
insert into events (omd_id, business_id, aggregate, aggregate_id, aggregate_version, type, actor, occurred_at, data)
values (:omd_id, :business_id, 'webhook', :id::text,
        (select count(*) + 1 from events e where e.omd_id = :omd_id and e.aggregate = 'webhook' and e.aggregate_id = :id::text),
        :type, :actor, :now, :data::jsonb);

-- name: purge_deliveries
-- rows: none
-- Throws away deliveries that ended so before an instant, the oldest first, at most so many.
delete from webhook_deliveries d
using (select o.omd_id, o.subscription_id, o.position from webhook_deliveries o
       where o.status <> 'pending' and o.status = :status and o.ended_at < :before order by o.ended_at limit :most) old
where d.omd_id = old.omd_id and d.subscription_id = old.subscription_id and d.position = old.position and d.status = :status;

-- name: purge_attempts
-- rows: none
-- Throws away the log of attempts before an instant, the oldest first, at most so many.
delete from webhook_attempts a
using (select o.omd_id, o.id from webhook_attempts o where o.at < :before order by o.at limit :most) old
where a.omd_id = old.omd_id and a.id = old.id;

-- name: bury_deliveries
-- rows: none
-- Throws away deliveries of subscriptions that were taken away, at most so many.
delete from webhook_deliveries d
using (select o.omd_id, o.subscription_id, o.position
       from webhook_subscriptions s join webhook_deliveries o on o.omd_id = s.omd_id and o.subscription_id = s.id
       where s.deleted_at is not null limit :most) old
where d.omd_id = old.omd_id and d.subscription_id = old.subscription_id and d.position = old.position;

-- name: bury_attempts
-- rows: none
-- Throws away the log of subscriptions that were taken away, at most so many rows.
delete from webhook_attempts a
using (select o.omd_id, o.id
       from webhook_subscriptions s join webhook_attempts o on o.omd_id = s.omd_id and o.subscription_id = s.id
       where s.deleted_at is not null limit :most) old
where a.omd_id = old.omd_id and a.id = old.id;

-- name: bury_subscriptions
-- rows: none
-- Throws away subscriptions that were taken away and of which nothing else is left, at most so many.
delete from webhook_subscriptions s
using (select o.omd_id, o.id from webhook_subscriptions o
       where o.deleted_at is not null
         and not exists (select from webhook_deliveries d where d.omd_id = o.omd_id and d.subscription_id = o.id)
         and not exists (select from webhook_attempts a where a.omd_id = o.omd_id and a.subscription_id = o.id)
       limit :most) old
where s.omd_id = old.omd_id and s.id = old.id;
