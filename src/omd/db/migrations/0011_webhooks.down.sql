-- Takes webhooks away, with what was yet to be delivered.

drop table webhook_cursor;
drop table webhook_attempts;
drop table webhook_deliveries;
drop table webhook_subscriptions;
