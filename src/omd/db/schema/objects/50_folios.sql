-- folios: for the hotel's staff. Entries are posted by post_entry alone; the triggers here keep the sums of folios, and
-- hold what a ledger is, whoever writes: it balances, nothing of it changes, and a closed bill takes nothing.

do $policies$
declare
    v_table text;
begin
    foreach v_table in array array['companies', 'folios', 'folio_routes', 'ledger_entries', 'ledger_postings'] loop
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

create or replace function tg_ledger_entries__append_only() returns trigger
language plpgsql set search_path = public, pg_temp as $$
begin
    raise exception 'the ledger is only added to: % refused for entry %', tg_op, old.id
        using errcode = 'OMD01', constraint = 'ledger_append_only';
end
$$;
comment on function tg_ledger_entries__append_only() is 'Refuses every change of an entry: another one follows it.';
create or replace trigger _100_append_only before update or delete on ledger_entries
    for each row execute function tg_ledger_entries__append_only();

create or replace function tg_ledger_postings__append_only() returns trigger
language plpgsql set search_path = public, pg_temp as $$
begin
    raise exception 'the ledger is only added to: % refused for a posting of entry %', tg_op, old.entry_id
        using errcode = 'OMD01', constraint = 'ledger_append_only';
end
$$;
comment on function tg_ledger_postings__append_only() is 'Refuses every change of a posting.';
create or replace trigger _100_append_only before update or delete on ledger_postings
    for each row execute function tg_ledger_postings__append_only();

create or replace function tg_ledger_postings__book() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
declare
    v_postings int;
    v_credits_id uuid;
begin
    select e.postings, e.credits_id into v_postings, v_credits_id from ledger_entries e
    where e.omd_id = new.omd_id and e.business_id = new.business_id and e.id = new.entry_id;
    if new.position not between 1 and v_postings then
        raise exception 'entry % has no posting %', new.entry_id, new.position
            using errcode = 'OMD01', constraint = 'ledger_postings_counted';
    end if;
    if new.folio_id is null then
        return new;
    end if;
    update folios f
    set charged = f.charged + case when new.side = 'charged' then new.amount else 0 end,
        paid = f.paid - case when new.side = 'paid' then new.amount else 0 end,
        billed = f.billed - case when new.side = 'billed' then new.amount else 0 end,
        deposit = f.deposit - case when new.account = 'deposits' then new.amount else 0 end,
        lines = f.lines + 1, version = f.version + 1
    where f.omd_id = new.omd_id and f.business_id = new.business_id and f.id = new.folio_id
    returning f.lines, f.balance into new.line, new.balance;
    if new.side = 'charged' and v_credits_id is null and is_invoiced(new.omd_id, new.business_id, new.folio_id) then
        raise exception 'folio % is invoiced', new.folio_id using errcode = 'OMD01', constraint = 'folios_invoiced';
    end if;
    return new;
end
$$;
comment on function tg_ledger_postings__book() is
    'Gives a posting its line on its folio and keeps the folio''s sums, whose checks refuse what was not paid. A closed folio takes nothing, and one that is invoiced no charge but what a credit note takes off.';
create or replace trigger _200_book before insert on ledger_postings
    for each row execute function tg_ledger_postings__book();

create or replace function require_follower(p_entry ledger_entries) returns void
language plpgsql set search_path = public, pg_temp as $$
declare
    v_followed ledger_entries;
    v_folio_id uuid;
    v_odd int;
begin
    select * into v_followed from ledger_entries e
    where e.omd_id = p_entry.omd_id and e.business_id = p_entry.business_id and e.id = p_entry.follows_id;
    if exists (select from ledger_entries c
               where c.omd_id = p_entry.omd_id and c.business_id = p_entry.business_id
                 and (c.credits_id = p_entry.origin_id or c.id = p_entry.origin_id and c.credits_id is not null)) then
        raise exception 'a credit note takes something off entry %', p_entry.origin_id
            using errcode = 'OMD01', constraint = 'ledger_entries_credited';
    end if;
    -- The last posting on a folio tells where the chain is now: a transfer leaves one by its first, and enters one by its second.
    select p.folio_id into v_folio_id from ledger_postings p
    where p.omd_id = p_entry.omd_id and p.business_id = p_entry.business_id and p.entry_id = v_followed.id
      and p.folio_id is not null
    order by p.position desc limit 1;
    with origin as (
        select p.account, p.side, p.company_id, p.tax_code, p.amount, p.folio_id is not null as on_folio from ledger_postings p
        where p.omd_id = p_entry.omd_id and p.business_id = p_entry.business_id
          and p.entry_id = coalesce(v_followed.origin_id, v_followed.id)),
    due as (
        select o.account, o.side, o.company_id, o.tax_code, - o.amount as amount, case when o.on_folio then v_folio_id end as folio_id, 1 as at
        from origin o where p_entry.kind = 'correction' or o.on_folio
        union all
        select o.account, o.side, o.company_id, o.tax_code, o.amount, null, 2 from origin o where p_entry.kind = 'transfer' and o.on_folio),
    there as (
        select p.account, p.side, p.company_id, p.tax_code, p.amount,
               case when p_entry.kind = 'correction' or p.position = 1 then p.folio_id end as folio_id,
               case when p_entry.kind = 'correction' then 1 else p.position end as at
        from ledger_postings p
        where p.omd_id = p_entry.omd_id and p.business_id = p_entry.business_id and p.entry_id = p_entry.id)
    select count(*) into v_odd from (
        (table due except all table there) union all (table there except all table due)) d;
    if v_odd > 0 or v_followed.kind = 'correction' or p_entry.origin_id <> coalesce(v_followed.origin_id, v_followed.id) then
        raise exception 'entry % does not take back, or move, just what entry % is', p_entry.id, v_followed.id
            using errcode = 'OMD01', constraint = 'ledger_entries_follower';
    end if;
end
$$;
comment on function require_follower(ledger_entries) is
    'Refuses a correction that is not its origin turned round, on the folio where that is now, and a transfer that moves anything else; what was taken back, or credited, stays so.';
create or replace function tg_ledger_entries__balanced() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
declare
    v_count int;
    v_sum numeric;
begin
    select count(*), coalesce(sum(p.amount), 0) into v_count, v_sum from ledger_postings p
    where p.omd_id = new.omd_id and p.business_id = new.business_id and p.entry_id = new.id;
    if v_count <> new.postings or v_sum <> 0 then
        raise exception 'entry % has % of % postings, and they come to %', new.id, v_count, new.postings, v_sum
            using errcode = 'OMD01', constraint = 'ledger_entries_balance';
    end if;
    if new.follows_id is not null then
        perform require_follower(new);
    end if;
    return null;
end
$$;

comment on function tg_ledger_entries__balanced() is
    'At commit: an entry has all its postings, they sum to zero, and one that follows another does so to the cent.';
drop trigger if exists _900_balanced on ledger_entries;
create constraint trigger _900_balanced after insert on ledger_entries
    deferrable initially deferred for each row execute function tg_ledger_entries__balanced();

create or replace function open_folio(p_omd_id int, p_business_id int, p_reservation_id uuid, p_payer text, p_company_id int,
                                      p_label text, p_actor text, p_now timestamptz) returns uuid
language plpgsql security definer set search_path = public, pg_temp as $$
declare
    -- Of its own and that of find_folio_for: no other lock of the product uses this class.
    c_lock_class constant int := 1870212713;
    v_id uuid;
begin
    perform require_staff(p_business_id);
    perform pg_advisory_xact_lock(c_lock_class, p_business_id);
    insert into folios (omd_id, business_id, reservation_id, number, payer, company_id, label, currency, opened_at, opened_by)
    select p_omd_id, p_business_id, p_reservation_id,
           1 + coalesce((select max(f.number) from folios f
                         where f.omd_id = p_omd_id and f.business_id = p_business_id
                           and f.reservation_id is not distinct from p_reservation_id), 0),
           p_payer, p_company_id, p_label, b.currency, p_now, p_actor
    from businesses b where b.omd_id = p_omd_id and b.id = p_business_id
    returning id into v_id;
    perform record_folio_event(p_omd_id, p_business_id, v_id, 'folio.opened', p_actor, p_now, '{}');
    return v_id;
end
$$;
comment on function open_folio(int, int, uuid, text, int, text, text, timestamptz) is
    'Opens the next folio of a stay, or of the house (null), whose numbers have no gap. Returns its id.';

create or replace function nobody_pays(p_omd_id int, p_business_id int, p_folio_id uuid) returns boolean
language sql stable set search_path = public, pg_temp
return not exists (
    select from folios f
    where f.omd_id = p_omd_id and f.business_id = p_business_id and f.id = p_folio_id
      and (f.payer = 'company'
           or exists (select from reservations r
                      where r.omd_id = f.omd_id and r.business_id = f.business_id and r.id = f.reservation_id
                        and r.status not in ('checked_out', 'cancelled', 'no_show'))));
comment on function nobody_pays(int, int, uuid) is
    'Whether neither a company pays a folio nor a guest whose stay is not over: what is owed there is owed by nobody.';

create or replace function find_folio_for(p_omd_id int, p_business_id int, p_reservation_id uuid, p_kind text, p_actor text,
                                          p_now timestamptz) returns uuid
language plpgsql security definer set search_path = public, pg_temp as $$
declare
    c_lock_class constant int := 1870212713;
    v_id uuid;
begin
    perform require_staff(p_business_id);
    select r.folio_id into v_id from folio_routes r
    join folios f on f.omd_id = r.omd_id and f.business_id = r.business_id and f.id = r.folio_id
    where r.omd_id = p_omd_id and r.business_id = p_business_id and r.reservation_id = p_reservation_id and r.kind = p_kind
      and f.closed_at is null and not is_invoiced(p_omd_id, p_business_id, f.id)
      and (f.reservation_id = p_reservation_id or not nobody_pays(p_omd_id, p_business_id, f.id));
    if v_id is null then
        select f.id into v_id from folios f
        where f.omd_id = p_omd_id and f.business_id = p_business_id and f.reservation_id = p_reservation_id and f.closed_at is null
          and not is_invoiced(p_omd_id, p_business_id, f.id)
        order by f.number limit 1;
    end if;
    if v_id is null then
        -- Whoever opened one meanwhile did so under this lock, and whoever waits for it finds theirs.
        perform pg_advisory_xact_lock(c_lock_class, p_business_id);
        select f.id into v_id from folios f
        where f.omd_id = p_omd_id and f.business_id = p_business_id and f.reservation_id = p_reservation_id and f.closed_at is null
          and not is_invoiced(p_omd_id, p_business_id, f.id)
        order by f.number limit 1;
    end if;
    return coalesce(v_id, open_folio(p_omd_id, p_business_id, p_reservation_id, 'guest', null, null, p_actor, p_now));
end
$$;
comment on function find_folio_for(int, int, uuid, text, text, timestamptz) is
    'The folio on which a kind of charge of a stay goes: by its route, unless nobody pays that folio, else the stay''s first that is open and not invoiced; where there is none, it is opened.';

create or replace function post_entry(p_omd_id int, p_business_id int, p_entry jsonb, p_postings jsonb, p_actor text, p_now timestamptz)
returns uuid
language plpgsql security definer set search_path = public, pg_temp as $$
declare
    v_id uuid;
    v_folio_id uuid;
    v_date date;
begin
    perform require_staff(p_business_id);
    -- Whoever closes the date waits for this, or this for them: nothing is posted on a date that is closed.
    select coalesce(b.business_date, (p_now at time zone b.time_zone)::date) into v_date
    from businesses b where b.omd_id = p_omd_id and b.id = p_business_id for key share;
    insert into ledger_entries (omd_id, business_id, kind, charge_kind, method, business_date, text, follows_id, origin_id, cause,
                                served_on, credits_id, reservation_id, item, charged, taxed, rebated, postings, posted_at, posted_by)
    select p_omd_id, p_business_id, p_entry ->> 'kind', p_entry ->> 'charge_kind', p_entry ->> 'method', v_date, p_entry ->> 'text',
           (p_entry ->> 'follows_id')::uuid, (p_entry ->> 'origin_id')::uuid, p_entry ->> 'cause',
           coalesce((p_entry ->> 'served_on')::date, o.served_on), (p_entry ->> 'credits_id')::uuid,
           coalesce((p_entry ->> 'reservation_id')::uuid, o.reservation_id, case when p_entry ->> 'kind' = 'charge' then
               (select f.reservation_id from folios f
                where f.omd_id = p_omd_id and f.business_id = p_business_id and f.id = s.folio_id) end),
           i.item, case when i.item is null then 0 else s.charged end, case when i.item is null then 0 else s.taxed end,
           case when i.item is not null and p_entry ? 'credits_id' then - s.charged else coalesce((p_entry ->> 'rebated')::numeric, 0) end,
           jsonb_array_length(p_postings), p_now, p_actor
    from (select (array_agg((p.value ->> 'folio_id')::uuid) filter (where p.value ? 'folio_id'))[1] as folio_id,
                 coalesce(sum((p.value ->> 'amount')::numeric) filter (where p.value ->> 'account' = 'guest_ledger'), 0) as charged,
                 - coalesce(sum((p.value ->> 'amount')::numeric) filter (where p.value ->> 'account' = 'tax_payable'), 0) as taxed
          from jsonb_array_elements(p_postings) p) s
    -- What is taken back, or credited, is of the night that it was charged for.
    left join ledger_entries o on o.omd_id = p_omd_id and o.business_id = p_business_id
        and o.id = case when p_entry ->> 'kind' = 'correction' then (p_entry ->> 'origin_id')::uuid else (p_entry ->> 'credits_id')::uuid end
    cross join lateral (select coalesce(p_entry ->> 'item', o.item) as item) i
    on conflict (omd_id, business_id, cause) do nothing
    returning id into v_id;
    if v_id is null then
        return null;
    end if;
    -- In one order for everybody, before any of them is written to.
    perform from folios f
    where f.omd_id = p_omd_id and f.business_id = p_business_id
      and f.id in (select (p.value ->> 'folio_id')::uuid from jsonb_array_elements(p_postings) p)
    order by f.id for update;
    insert into ledger_postings (omd_id, business_id, entry_id, position, account, side, folio_id, company_id, tax_code, amount)
    select p_omd_id, p_business_id, v_id, p.position, p.value ->> 'account', p.value ->> 'side', (p.value ->> 'folio_id')::uuid,
           (p.value ->> 'company_id')::int, p.value ->> 'tax_code', (p.value ->> 'amount')::numeric
    from jsonb_array_elements(p_postings) with ordinality p (value, position)
    order by p.position;
    for v_folio_id in
        select distinct (p.value ->> 'folio_id')::uuid from jsonb_array_elements(p_postings) p where p.value ? 'folio_id'
    loop
        perform record_folio_event(p_omd_id, p_business_id, v_folio_id, 'folio.posted', p_actor, p_now,
                                   jsonb_build_object('entry_id', v_id, 'kind', p_entry ->> 'kind'));
    end loop;
    return v_id;
end
$$;
comment on function post_entry(int, int, jsonb, jsonb, text, timestamptz) is
    'Posts an entry on the hotel''s business date and returns its id, or null where its cause was posted for already.';

create or replace function post_entries(p_omd_id int, p_business_id int, p_entries jsonb, p_actor text, p_now timestamptz) returns int
language plpgsql security definer set search_path = public, pg_temp as $$
declare
    v_each jsonb;
    v_posted int := 0;
begin
    perform from folios f
    where f.omd_id = p_omd_id and f.business_id = p_business_id
      and f.id in (select (p.value ->> 'folio_id')::uuid from jsonb_array_elements(p_entries) e, jsonb_array_elements(e.value -> 'postings') p)
    order by f.id for update;
    for v_each in select e.value from jsonb_array_elements(p_entries) with ordinality e (value, position) order by e.position loop
        if post_entry(p_omd_id, p_business_id, v_each -> 'entry', v_each -> 'postings', p_actor, p_now) is not null then
            v_posted := v_posted + 1;
        end if;
    end loop;
    return v_posted;
end
$$;
comment on function post_entries(int, int, jsonb, text, timestamptz) is
    'Posts entries one by one, their folios locked first, and returns how many were posted: those whose cause was not.';

create or replace function record_folio_event(p_omd_id int, p_business_id int, p_folio_id uuid, p_type text, p_actor text,
                                              p_now timestamptz, p_data jsonb) returns void
language sql set search_path = public, pg_temp as $$
    insert into events (omd_id, business_id, aggregate, aggregate_id, aggregate_version, type, actor, occurred_at, data)
    select p_omd_id, p_business_id, 'folio', p_folio_id::text, f.version, p_type, p_actor, p_now,
           jsonb_strip_nulls(p_data || jsonb_build_object('reservation_id', f.reservation_id))
    from folios f where f.omd_id = p_omd_id and f.business_id = p_business_id and f.id = p_folio_id;
$$;
comment on function record_folio_event(int, int, uuid, text, text, timestamptz, jsonb) is
    'Writes the event of a folio, at its version and without amounts.';

create or replace function change_folio(p_omd_id int, p_business_id int, p_folio_id uuid, p_payer text, p_company_id int, p_label text,
                                        p_closes boolean, p_actor text, p_now timestamptz) returns int
language plpgsql security definer set search_path = public, pg_temp as $$
declare
    v_version int;
begin
    perform require_staff(p_business_id);
    update folios f
    set payer = p_payer, company_id = p_company_id, label = p_label, version = f.version + 1,
        closed_at = case when p_closes then p_now else f.closed_at end
    where f.omd_id = p_omd_id and f.business_id = p_business_id and f.id = p_folio_id
    returning f.version into v_version;
    perform record_folio_event(p_omd_id, p_business_id, p_folio_id, case when p_closes then 'folio.closed' else 'folio.changed' end,
                               p_actor, p_now, '{}');
    return v_version;
end
$$;
comment on function change_folio(int, int, uuid, text, int, text, boolean, text, timestamptz) is
    'Writes who pays a folio and what it is called, or closes it. Returns the new version.';

create or replace function tg_folios__closed() returns trigger
language plpgsql set search_path = public, pg_temp as $$
begin
    -- What was invoiced and is taken back, whole or in part, is open again, and only so.
    if new.closed_at is null and to_jsonb(new) - '{closed_at,version,balance}'::text[] = to_jsonb(old) - '{closed_at,version,balance}'::text[]
       and invoiced_total(old.omd_id, old.business_id, old.id) <> old.charged then
        return new;
    end if;
    raise exception 'folio % is closed', old.id using errcode = 'OMD01', constraint = 'folios_closed';
end
$$;
comment on function tg_folios__closed() is 'A closed folio stays as it is, until a credit note takes its invoice back.';
create or replace trigger _100_closed before update on folios
    for each row when (old.closed_at is not null) execute function tg_folios__closed();

revoke execute on function
    tg_ledger_postings__book(), tg_ledger_entries__balanced(),
    open_folio(int, int, uuid, text, int, text, text, timestamptz),
    find_folio_for(int, int, uuid, text, text, timestamptz),
    post_entry(int, int, jsonb, jsonb, text, timestamptz),
    post_entries(int, int, jsonb, text, timestamptz),
    change_folio(int, int, uuid, text, int, text, boolean, text, timestamptz)
    from public;
grant execute on function
    open_folio(int, int, uuid, text, int, text, text, timestamptz),
    find_folio_for(int, int, uuid, text, text, timestamptz),
    post_entry(int, int, jsonb, jsonb, text, timestamptz),
    post_entries(int, int, jsonb, text, timestamptz),
    change_folio(int, int, uuid, text, int, text, boolean, text, timestamptz)
    to omd_app;
grant select on companies, folios, folio_routes, ledger_entries, ledger_postings to omd_app, omd_maintenance;
grant insert (omd_id, business_id, name, tax_number, registration, address, country, email),
    update (name, tax_number, registration, address, country, email, version) on companies to omd_app;
grant insert (omd_id, business_id, reservation_id, kind, folio_id), update (folio_id), delete on folio_routes to omd_app;
grant update (version) on folios to omd_app;
