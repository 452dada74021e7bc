-- Fees on the bill: for the hotel's staff; what was charged or waived stays so.

alter table stay_fees enable row level security;
alter table stay_fees force row level security;
drop policy if exists stay_fees_read on stay_fees;
create policy stay_fees_read on stay_fees for select
    using (omd_id = (select nullif(current_setting('omd.omd_id', true), '')::int)
           and business_id = any ((select nullif(current_setting('omd.reader_business_ids', true), '')::int[])::int[]));
drop policy if exists stay_fees_written on stay_fees;
create policy stay_fees_written on stay_fees
    using (omd_id = (select nullif(current_setting('omd.omd_id', true), '')::int)
           and business_id = any ((select nullif(current_setting('omd.staff_business_ids', true), '')::int[])::int[]));

create or replace function tg_stay_fees__kept() returns trigger
language plpgsql set search_path = public, pg_temp as $$
begin
    if old.entry_id is not null or new.waived < old.waived then
        raise exception 'the fee of stay % is settled', old.reservation_id
            using errcode = 'OMD01', constraint = 'stay_fees_kept';
    end if;
    return new;
end
$$;
comment on function tg_stay_fees__kept() is 'A fee that was charged stays as it is, and what was waived of one is not owed again.';
create or replace trigger _100_kept before update on stay_fees
    for each row execute function tg_stay_fees__kept();

revoke execute on function tg_stay_fees__kept() from public;
grant select on stay_fees to omd_app, omd_maintenance;
grant insert (omd_id, business_id, reservation_id, kind, ended_at, policy_id, owed),
    update (waived, reason, waived_at, waived_by, entry_id, charged_at, charged_by) on stay_fees to omd_app;
