-- webhooks: kept by whoever administers the hotel or the destination; planned and delivered, for all, by the relay's role.

alter table webhook_subscriptions enable row level security;
alter table webhook_subscriptions force row level security;
drop policy if exists webhook_subscriptions_of_tenant on webhook_subscriptions;
create policy webhook_subscriptions_of_tenant on webhook_subscriptions to omd_app
    using (omd_id = (select current_omd_id())
           and ((select current_omd_scope()) = 'system'
                or business_id = any ((select current_admin_business_ids())::int[])
                or (business_id is null and (select current_administers_omd()))));
drop policy if exists webhook_subscriptions_for_relay on webhook_subscriptions;
create policy webhook_subscriptions_for_relay on webhook_subscriptions to omd_relay using (true);
drop policy if exists webhook_subscriptions_for_maintenance on webhook_subscriptions;
create policy webhook_subscriptions_for_maintenance on webhook_subscriptions to omd_maintenance using (true);

alter table webhook_deliveries enable row level security;
alter table webhook_deliveries force row level security;
drop policy if exists webhook_deliveries_of_tenant on webhook_deliveries;
create policy webhook_deliveries_of_tenant on webhook_deliveries for select to omd_app
    using (omd_id = (select current_omd_id())
           and ((select current_omd_scope()) = 'system'
                or business_id = any ((select current_admin_business_ids())::int[])
                or (business_id is null and (select current_administers_omd()))));
drop policy if exists webhook_deliveries_for_relay on webhook_deliveries;
create policy webhook_deliveries_for_relay on webhook_deliveries to omd_relay using (true);
drop policy if exists webhook_deliveries_for_maintenance on webhook_deliveries;
create policy webhook_deliveries_for_maintenance on webhook_deliveries to omd_maintenance using (true);

alter table webhook_attempts enable row level security;
alter table webhook_attempts force row level security;
drop policy if exists webhook_attempts_of_tenant on webhook_attempts;
create policy webhook_attempts_of_tenant on webhook_attempts to omd_app
    using (omd_id = (select current_omd_id())
           and ((select current_omd_scope()) = 'system'
                or business_id = any ((select current_admin_business_ids())::int[])
                or (business_id is null and (select current_administers_omd()))));
drop policy if exists webhook_attempts_for_relay on webhook_attempts;
create policy webhook_attempts_for_relay on webhook_attempts to omd_relay using (true);
drop policy if exists webhook_attempts_for_maintenance on webhook_attempts;
create policy webhook_attempts_for_maintenance on webhook_attempts to omd_maintenance using (true);

grant select on webhook_subscriptions, webhook_deliveries, webhook_attempts to omd_app, omd_relay;
grant insert (omd_id, id, business_id, url, event_types, description, secret, created_at, created_by),
    update (url, event_types, description, secret, old_secret, overlap_until, disabled_at, disabled_why, failing_since,
            failing_told_at, unanswered, rests_until, replay_since, replay_after, replay_until, deleted_at), delete
    on webhook_subscriptions to omd_app;
grant select (omd_id, id, deleted_at), delete on webhook_subscriptions to omd_maintenance;
grant insert (omd_id, subscription_id, business_id, position, at, milliseconds, status, error) on webhook_attempts to omd_app, omd_relay;
grant update (disabled_at, disabled_why, failing_since, failing_told_at, unanswered, rests_until, replay_since, replay_after, replay_until)
    on webhook_subscriptions to omd_relay;
grant insert (omd_id, subscription_id, position, business_id, type, aggregate, aggregate_id, planned_at, next_attempt_at),
    update (status, attempts, planned_at, next_attempt_at, claimed_until, last_attempt_at, last_status, last_error, ended_at), delete
    on webhook_deliveries to omd_relay;
grant select on webhook_cursor to omd_app;
grant select, update on webhook_cursor to omd_relay;
grant select, delete on webhook_deliveries, webhook_attempts to omd_maintenance;
