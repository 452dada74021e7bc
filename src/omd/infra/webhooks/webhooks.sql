-- name: list_webhooks
-- rows: many Webhook
-- The webhooks of a business, or of the tenant itself, the newest first.
select id, url, event_types, description, created_at, created_by, disabled_at, disabled_why, failing_since, rests_until,
       overlap_until, replay_until
from webhook_subscriptions
where omd_id = :omd_id and business_id is not distinct from :business_id and deleted_at is null
order by id desc;

-- name: lock_webhook
-- rows: maybe Webhook
-- One webhook, kept from changing until the transaction ends.
select id, url, event_types, description, created_at, created_by, disabled_at, disabled_why, failing_since, rests_until,
       overlap_until, replay_until
from webhook_subscriptions
where omd_id = :omd_id and business_id is not distinct from :business_id and id = :id and deleted_at is null
for update;

-- name: find_webhook
-- rows: maybe Webhook
-- One webhook.
select id, url, event_types, description, created_at, created_by, disabled_at, disabled_why, failing_since, rests_until,
       overlap_until, replay_until
from webhook_subscriptions
where omd_id = :omd_id and business_id is not distinct from :business_id and id = :id and deleted_at is null;

-- name: count_webhooks
-- rows: value
-- How many webhooks a business, or the tenant itself, has.
select count(*)::int from webhook_subscriptions
where omd_id = :omd_id and business_id is not distinct from :business_id and deleted_at is null;

-- name: add_webhook
-- rows: none
-- Adds a webhook.
insert into webhook_subscriptions (omd_id, id, business_id, url, event_types, description, secret, created_at, created_by)
values (:omd_id, :id, :business_id, :url, :event_types::text[], :description, :secret, :now, :created_by);

-- name: change_webhook
-- rows: none
-- Changes where a webhook leads, of what it is told, and whether; one that is told again begins anew.
update webhook_subscriptions
set url = :url, event_types = :event_types::text[], description = :description, disabled_at = :disabled_at::timestamptz,
    disabled_why = case when :disabled_at::timestamptz is null then null else coalesce(disabled_why, 'asked') end,
    failing_since = null, failing_told_at = null, unanswered = 0, rests_until = null
where omd_id = :omd_id and id = :id;

-- name: rotate_secret
-- rows: none
-- Puts a new secret in the place of one that signs beside it until an instant.
update webhook_subscriptions
set secret = :secret, old_secret = case when :until::timestamptz is not null then secret end, overlap_until = :until::timestamptz
where omd_id = :omd_id and id = :id;

-- name: delete_webhook
-- rows: none
-- Takes a webhook away: nobody sees it or tells it anything any more; what it leaves goes in batches.
update webhook_subscriptions
set deleted_at = :now, disabled_at = coalesce(disabled_at, :now), disabled_why = coalesce(disabled_why, 'asked'),
    replay_since = null, replay_after = null, replay_until = null
where omd_id = :omd_id and id = :id;

-- name: ask_for_replay
-- rows: none
-- Has the worker tell a webhook again of what came after a position, or since an instant.
update webhook_subscriptions
set replay_since = :since::timestamptz, replay_after = :after::bigint, replay_until = :until
where omd_id = :omd_id and id = :id;

-- name: find_secret
-- rows: maybe SecretRow
-- Where a webhook leads, and what it is signed with.
select url, secret, old_secret, overlap_until
from webhook_subscriptions
where omd_id = :omd_id and business_id is not distinct from :business_id and id = :id and deleted_at is null;

-- name: list_deliveries
-- rows: many Delivery
-- The deliveries of a webhook before a position, the newest first.
select position, type, aggregate, aggregate_id, status, attempts, planned_at, next_attempt_at, last_attempt_at, last_status,
       last_error, ended_at
from webhook_deliveries
where omd_id = :omd_id and subscription_id = :id and position < :before
  and (:status::text is null or status = :status::text)
order by position desc
limit :most;

-- name: list_attempts
-- rows: many Attempt
-- The attempts of a webhook before one, the newest first.
select id, position, at, milliseconds, status, error
from webhook_attempts
where omd_id = :omd_id and subscription_id = :subscription_id and id < :before
  and (:position::bigint is null or position = :position::bigint)
order by id desc
limit :most;

-- name: add_attempt
-- rows: none
-- Writes down what came of an attempt.
insert into webhook_attempts (omd_id, subscription_id, business_id, position, at, milliseconds, status, error)
values (:omd_id, :subscription_id, :business_id, :position, :now, :milliseconds, :status, :error);

-- name: find_planned_position
-- rows: value
-- Up to which event every webhook has its deliveries.
select position from webhook_cursor;

-- name: lock_secrets
-- rows: many KeptSecret
-- What the webhooks of a tenant are signed with, kept from changing until the transaction ends.
select id, secret, old_secret from webhook_subscriptions where omd_id = :omd_id and deleted_at is null order by id for update;

-- name: keep_secrets
-- rows: none
-- Puts the same secrets, encrypted anew, in their place.
update webhook_subscriptions set secret = :secret, old_secret = :old_secret::bytea where omd_id = :omd_id and id = :id;
