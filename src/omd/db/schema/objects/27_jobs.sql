-- jobs: put in, taken and ended in the relay's role; requests put letters in, and have no other right on them.

create or replace function take_job_effect(p_key text) returns boolean
language plpgsql security definer set search_path = public, pg_temp as $$
begin
    insert into job_effects (key) values (p_key) on conflict (key) do nothing;
    return found;
end
$$;
comment on function take_job_effect(text) is
    'Whether a job''s effect is to be had in this transaction: true for one transaction that commits, ever. A second one waits for the first.';
revoke execute on function take_job_effect(text) from public;
grant execute on function take_job_effect(text) to omd_app, omd_relay, omd_maintenance;

create or replace function put_job_for_request(p_kind text, p_priority int, p_payload bytea) returns void
language plpgsql security definer set search_path = public, pg_temp as $$
declare
    v_id bigint;
begin
    if p_kind <> 'send_mail' then
        raise exception 'requests put in letters alone, not %', p_kind using errcode = 'insufficient_privilege';
    end if;
    insert into jobs (priority, entrypoint, payload, status) values (p_priority, p_kind, p_payload, 'queued') returning id into v_id;
    insert into job_log (job_id, status, entrypoint, priority) values (v_id, 'queued', p_kind, p_priority);
end
$$;
comment on function put_job_for_request(text, int, bytea) is
    'Puts a letter in the queue, as its library does, in the transaction of the request whose work it tells of.';
revoke execute on function put_job_for_request(text, int, bytea) from public;
grant execute on function put_job_for_request(text, int, bytea) to omd_app;

grant select, insert, delete,
    update (priority, queue_manager_id, updated, heartbeat, execute_after, status, attempts, slot, payload) on jobs to omd_relay;
grant usage on sequence jobs_id_seq to omd_relay;
grant select, insert, delete on job_log to omd_relay;
grant select, insert, delete on job_keys to omd_relay;
grant select, delete on job_effects to omd_relay;
grant select, update on job_cursor to omd_relay;
