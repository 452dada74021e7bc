-- Card payments: for the hotel's staff, and for whoever acts for the hotel when the provider tells something.

do $policies$
declare
    v_table text;
begin
    foreach v_table in array array['payment_accounts', 'payment_intents', 'payment_refunds', 'payment_events'] loop
        execute format('alter table %I enable row level security', v_table);
        execute format('alter table %I force row level security', v_table);
        execute format('drop policy if exists %I on %I', v_table || '_read', v_table);
        execute format(
            'create policy %I on %I for select using (omd_id = (select nullif(current_setting(''omd.omd_id'', true), '''')::int) '
            'and business_id = any ((select nullif(current_setting(''omd.reader_business_ids'', true), '''')::int[])::int[]))',
            v_table || '_read', v_table);
        execute format('drop policy if exists %I on %I', v_table || '_written', v_table);
        execute format(
            'create policy %I on %I using (omd_id = (select nullif(current_setting(''omd.omd_id'', true), '''')::int) '
            'and business_id = any ((select nullif(current_setting(''omd.staff_business_ids'', true), '''')::int[])::int[]))',
            v_table || '_written', v_table);
    end loop;
end
$policies$;

create or replace function tg_payment_intents__forward() returns trigger
language plpgsql set search_path = public, pg_temp as $$
begin
    if (old.captured > 0 and (new.captured <> old.captured or new.entry_id <> old.entry_id))
       or (old.outcome is not null and new.outcome is distinct from old.outcome
           -- What failed without a word of the provider, its first word overrules.
           and not (old.outcome = 'failed' and old.reference is null and new.reference is not null))
       or (old.reference is not null and new.reference is distinct from old.reference)
       or old.authorised > new.authorised then
        raise exception 'payment % does not go back from %', old.id, old.status
            using errcode = 'OMD01', constraint = 'payment_intents_forward';
    end if;
    return new;
end
$$;
comment on function tg_payment_intents__forward() is
    'A payment goes forward only: what the provider captured, refused or authorised once stays so, and is its same payment.';
create or replace trigger _100_forward before update on payment_intents
    for each row execute function tg_payment_intents__forward();

create or replace function tg_payment_refunds__forward() returns trigger
language plpgsql set search_path = public, pg_temp as $$
begin
    -- What failed without a word of the provider, its first word overrules.
    if (old.status = 'failed' and new.status <> 'failed' and (old.reference is not null or new.reference is null)) or (old.status = 'done' and new.status = 'asked') then
        raise exception 'refund % does not go back from % to %', old.id, old.status, new.status
            using errcode = 'OMD01', constraint = 'payment_refunds_forward';
    end if;
    return new;
end
$$;
comment on function tg_payment_refunds__forward() is 'A refund is asked for, then done; it may fail even after it was said to be done, and that is its end where the provider says so.';
create or replace trigger _100_forward before update on payment_refunds
    for each row execute function tg_payment_refunds__forward();

revoke execute on function tg_payment_intents__forward(), tg_payment_refunds__forward() from public;
grant select on payment_accounts, payment_intents, payment_refunds, payment_events to omd_app, omd_maintenance;
grant insert (omd_id, business_id, provider, api_key, webhook_secret, set_at, set_by),
    update (provider, api_key, webhook_secret, set_at, set_by, version) on payment_accounts to omd_app;
grant insert (omd_id, business_id, folio_id, purpose, provider, is_test, currency, amount, captures, text, asked, token,
              created_at, created_by),
    update (asked, token, capture_amount, reference, authorised, captured, refunds_asked, refunded, outcome, reason, confirm_url,
            entry_id, version) on payment_intents to omd_app;
grant insert (omd_id, business_id, id, intent_id, amount, of_deposit, text, status, reference, entry_id, asked_at, asked_by),
    update (status, reference, entry_id) on payment_refunds to omd_app;
grant insert (omd_id, business_id, provider, event_id, type, reference, intent_id, state, occurred_at, received_at)
    on payment_events to omd_app;
