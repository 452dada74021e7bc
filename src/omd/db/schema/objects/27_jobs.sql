-- jobs: put in, taken and ended in the relay's role; requests have no right on them.

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

grant select, insert, delete,
    update (priority, queue_manager_id, updated, heartbeat, execute_after, status, attempts, slot, payload) on jobs to omd_relay;
grant usage on sequence jobs_id_seq to omd_relay;
grant select, insert, delete on job_log to omd_relay;
grant select, insert, delete on job_keys to omd_relay;
grant select, delete on job_effects to omd_relay;
grant select, update on job_cursor to omd_relay;
