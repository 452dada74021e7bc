-- platform: events are only ever added to; the relay alone gives them their position.

alter table events enable row level security;
alter table events force row level security;
drop policy if exists events_of_tenant on events;
drop policy if exists events_seen on events;
create policy events_seen on events for select
    using (omd_id = (select nullif(current_setting('omd.omd_id', true), '')::int)
           and (business_id is null
                or business_id = any ((select nullif(current_setting('omd.reader_business_ids', true), '')::int[])::int[])
                or (aggregate <> 'reservation'
                    and business_id = any ((select nullif(current_setting('omd.business_ids', true), '')::int[])::int[]))));
drop policy if exists events_written on events;
create policy events_written on events for insert
    with check (omd_id = (select nullif(current_setting('omd.omd_id', true), '')::int)
                and (business_id is null or business_id = any ((select nullif(current_setting('omd.staff_business_ids', true), '')::int[])::int[])));
drop policy if exists events_for_relay on events;
create policy events_for_relay on events to omd_relay using (true);

create or replace function tg_events__append_only() returns trigger
language plpgsql set search_path = public, pg_temp as $$
begin
    if tg_op = 'UPDATE' and old.position is null
       and to_jsonb(new) - 'position' = to_jsonb(old) - 'position' then
        return new;
    end if;
    raise exception 'events are append-only: % refused for event %', tg_op, old.seq
        using errcode = 'OMD01', constraint = 'events_append_only';
end
$$;
comment on function tg_events__append_only() is 'Refuses every change of an event but the relay''s giving it a position.';
create or replace trigger _100_append_only before update or delete on events
    for each row execute function tg_events__append_only();

alter table idempotency_keys enable row level security;
alter table idempotency_keys force row level security;
drop policy if exists idempotency_keys_of_tenant on idempotency_keys;
create policy idempotency_keys_of_tenant on idempotency_keys
    using (omd_id = (select nullif(current_setting('omd.omd_id', true), '')::int)
           and actor = (select nullif(current_setting('omd.actor', true), '')));
drop policy if exists idempotency_keys_for_maintenance on idempotency_keys;
create policy idempotency_keys_for_maintenance on idempotency_keys to omd_maintenance using (true);

grant select on events to omd_app, omd_maintenance;
grant insert (omd_id, business_id, aggregate, aggregate_id, aggregate_version, type, actor, occurred_at, data)
    on events to omd_app, omd_maintenance;
grant select on events to omd_relay;
grant update (position) on events to omd_relay;
grant select on idempotency_keys to omd_app;
grant insert (omd_id, actor, key, request_hash, status, headers, body) on idempotency_keys to omd_app;
grant update (request_hash, created_at, status, headers, body) on idempotency_keys to omd_app;
grant select, delete on idempotency_keys to omd_maintenance;
