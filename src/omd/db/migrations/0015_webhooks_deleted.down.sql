alter table webhook_subscriptions no force row level security;
delete from webhook_subscriptions where deleted_at is not null;
alter table webhook_subscriptions force row level security;
drop index webhook_subscriptions_deleted;
alter table webhook_subscriptions drop constraint webhook_subscriptions_deleted_are_disabled;
alter table webhook_subscriptions drop column deleted_at;
