-- platform: events are only ever added to; the relay alone gives them their position.

alter table events enable row level security;
alter table events force row level security;
drop policy if exists events_of_tenant on events;
drop policy if exists events_seen on events;
create policy events_seen on events for select
    using (omd_id = (select nullif(current_setting('omd.omd_id', true), '')::int)
           and (business_id is null
                or business_id = any ((select nullif(current_setting('omd.reader_business_ids', true), '')::int[])::int[])
                or (aggregate <> all ('{reservation,folio,waiting_list,ticket}'::text[])
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
    if tg_op = 'UPDATE' and to_jsonb(new) - 'data' = to_jsonb(old) - 'data' and is_erasing(old.omd_id, old.business_id) then
        return new;
    end if;
    raise exception 'events are append-only: % refused for event %', tg_op, old.seq
        using errcode = 'OMD01', constraint = 'events_append_only';
end
$$;
comment on function tg_events__append_only() is 'Refuses every change of an event but the relay''s giving it a position, and what an erasure, in the transaction that records it, takes out of its data.';
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

drop policy if exists idempotency_keys_redacted on idempotency_keys;
create policy idempotency_keys_redacted on idempotency_keys to omd_owner
    using (omd_id = (select current_omd_id()) and (select nullif(current_setting('omd.erasure_id', true), '')) is not null);
drop policy if exists events_redacted on events;
create policy events_redacted on events for update to omd_owner
    using (omd_id = (select current_omd_id()) and business_id = any ((select current_staff_business_ids())::int[]));

create or replace function redact_events(p_omd_id int, p_aggregate text, p_aggregate_ids text[], p_fields text[]) returns int
language plpgsql security definer set search_path = public, pg_temp as $$
declare
    v_touched int;
begin
    update events e set data = redact(e.data, p_fields)
    where e.omd_id = p_omd_id and e.aggregate = p_aggregate and e.aggregate_id = any (p_aggregate_ids) and e.data ?| p_fields;
    get diagnostics v_touched = row_count;
    return v_touched;
end
$$;
comment on function redact_events(int, text, text[], text[]) is
    'Takes fields out of the data of some aggregates'' events; refused outside of the transaction of a recorded erasure. Returns the events changed.';

create or replace function redact_stay(p_stay jsonb, p_fields text[], p_guest_fields text[]) returns jsonb
language plpgsql immutable set search_path = public, pg_temp as $$
declare
    v_stay jsonb := redact(p_stay, p_fields);
begin
    if v_stay ? 'guests' then
        v_stay := jsonb_set(v_stay, '{guests}', (select jsonb_agg(redact(g, p_guest_fields))
                                                 from jsonb_array_elements(v_stay -> 'guests') g));
    end if;
    if jsonb_typeof(v_stay -> 'room_lock') = 'object' then
        v_stay := jsonb_set(v_stay, '{room_lock}', redact(v_stay -> 'room_lock', '{reason}'));
    end if;
    return v_stay;
end
$$;
comment on function redact_stay(jsonb, text[], text[]) is 'A stay as answers hold it, without some fields of its own and of its guests.';

create or replace function redact_answers(p_omd_id int, p_ids text[], p_fields text[], p_guest_fields text[]) returns int
language plpgsql security definer set search_path = public, pg_temp as $$
declare
    v_kept record;
    v_body jsonb;
    v_touched int := 0;
begin
    for v_kept in
        select k.actor, k.key, convert_from(k.body, 'UTF8') as body from idempotency_keys k
        where k.omd_id = p_omd_id and exists (select from unnest(p_ids) i where position(convert_to(i, 'UTF8') in k.body) > 0)
    loop
        v_body := redact_stay(v_kept.body::jsonb, p_fields, p_guest_fields);
        -- Who came too late was told the stay as it was by then.
        if v_body #> '{data,current}' is not null then
            v_body := jsonb_set(v_body, '{data,current}', redact_stay(v_body #> '{data,current}', p_fields, p_guest_fields));
        end if;
        update idempotency_keys k set body = convert_to(v_body::text, 'UTF8')
        where k.omd_id = p_omd_id and k.actor = v_kept.actor and k.key = v_kept.key;
        v_touched := v_touched + 1;
    end loop;
    return v_touched;
end
$$;
comment on function redact_answers(int, text[], text[], text[]) is
    'Takes fields, of a stay and of its guests, out of the answers kept for retried requests that name one of these ids. Returns the answers changed.';

revoke execute on function redact_stay(jsonb, text[], text[]), redact_events(int, text, text[], text[]), redact_answers(int, text[], text[], text[]) from public;
grant select on events to omd_app, omd_maintenance;
grant insert (omd_id, business_id, aggregate, aggregate_id, aggregate_version, type, actor, occurred_at, data)
    on events to omd_app, omd_maintenance;
grant select on events to omd_relay;
grant update (position) on events to omd_relay;
grant select, update on event_positions to omd_relay;
grant select on event_positions to omd_app;

create or replace function record_event(p_omd_id int, p_business_id int, p_type text, p_data jsonb) returns void
language plpgsql set search_path = public, pg_temp as $$
declare
    v_aggregate constant text := case when p_business_id is null then 'omd' else 'business' end;
    v_aggregate_id constant text := coalesce(p_business_id, p_omd_id)::text;
begin
    insert into events (omd_id, business_id, aggregate, aggregate_id, aggregate_version, type, actor, data)
    values (p_omd_id, p_business_id, v_aggregate, v_aggregate_id,
            1 + (select count(*) from events e
                 where e.omd_id = p_omd_id and e.aggregate = v_aggregate and e.aggregate_id = v_aggregate_id),
            p_type, coalesce(current_actor(), session_user), p_data);
end
$$;
comment on function record_event(int, int, text, jsonb) is
    'Puts on record, for a trigger, what happened to a hotel or, without one, to its destination.';

create or replace function record_event_of(p_omd_id int, p_business_id int, p_aggregate text, p_aggregate_id text, p_version int,
                                           p_type text, p_at timestamptz, p_data jsonb) returns void
language sql set search_path = public, pg_temp
begin atomic
    insert into events (omd_id, business_id, aggregate, aggregate_id, aggregate_version, type, actor, occurred_at, data)
    values (p_omd_id, p_business_id, p_aggregate, p_aggregate_id, p_version, p_type, coalesce(current_actor(), session_user), p_at, p_data);
end;
comment on function record_event_of(int, int, text, text, int, text, timestamptz, jsonb) is
    'Puts on record, for a trigger, what happened to something of a hotel.';

create or replace function database_life() returns text
language sql stable set search_path = public, pg_temp
return extract(epoch from pg_postmaster_start_time())::text || '-'
       || (select d.oid from pg_database d where d.datname = current_database())::text;
comment on function database_life() is
    'Names this life of this database: another one after every start of the server, so that what was known of a database that was since restored, failed over or made anew is not taken for this one''s.';

drop function if exists give_positions(int);
create or replace function give_positions(p_most int, out is_leader boolean, out given int, out last_position bigint,
                                          out oldest_seconds float8, out waiting_seconds float8)
language plpgsql set search_path = public, pg_temp as $$
#variable_conflict use_column
begin
    -- 'omd_rela' in ASCII. Held until this transaction ends: whoever holds it is the leader, a dead one holds nothing.
    is_leader := pg_try_advisory_xact_lock(x'6F6D645F72656C61'::bigint);
    given := 0;
    if not is_leader then
        return;
    end if;
    select p.last_position into last_position from event_positions p for update;
    with horizon as materialized (
        select pg_snapshot_xmin(pg_current_snapshot()) as xmin),
    -- Of one aggregate, seq is the order of commits, xid is not: whoever waited for its lock may have begun first.
    barrier as materialized (
        select min(e.seq) as seq from events e where e.position is null and e.xid >= (select xmin from horizon)),
    ready as materialized (
        select e.omd_id, e.seq, e.recorded_at from events e
        where e.position is null and e.xid < (select xmin from horizon)
          and e.seq < coalesce((select b.seq from barrier b), 9223372036854775807)
        order by e.seq limit p_most),
    numbered as (
        select r.omd_id, r.seq, last_position + row_number() over (order by r.seq) as position from ready r),
    positioned as (
        update events e set position = n.position from numbered n
        where e.omd_id = n.omd_id and e.seq = n.seq
        returning e.position)
    select count(*), coalesce(max(p.position), last_position), (select extract(epoch from clock_timestamp() - min(r.recorded_at)) from ready r)
    into given, last_position, oldest_seconds
    from positioned p;
    if given > 0 then
        update event_positions p set last_position = give_positions.last_position;
    end if;
    select coalesce(extract(epoch from clock_timestamp() - min(e.recorded_at)), 0) into waiting_seconds
    from events e where e.position is null;
end
$$;
comment on function give_positions(int) is
    'Gives the next gapless positions to events of transactions that are over and can have none before them any more, if nobody else is at it. Says how long the oldest of them waited, and for how long the oldest that is left does.';
grant select on idempotency_keys to omd_app;
grant insert (omd_id, actor, key, request_hash, status, headers, body) on idempotency_keys to omd_app;
grant update (request_hash, created_at, status, headers, body) on idempotency_keys to omd_app;
grant select, delete on idempotency_keys to omd_maintenance;
