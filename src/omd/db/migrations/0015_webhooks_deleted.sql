-- A webhook that is taken away is hidden at once; what it leaves is thrown away in batches, not in the request.

alter table webhook_subscriptions add column deleted_at timestamptz;
alter table webhook_subscriptions add constraint webhook_subscriptions_deleted_are_disabled
    check (deleted_at is null or (disabled_at is not null and replay_until is null));
comment on column webhook_subscriptions.deleted_at is
    'Taken away: nobody sees it any more; its deliveries and their log, then it itself, are thrown away in batches.';
create index webhook_subscriptions_deleted on webhook_subscriptions (omd_id, id) where deleted_at is not null;
