-- Invoices: numbered without a gap in the transaction that issues them, and never changed.

do $policies$
declare
    v_table text;
begin
    foreach v_table in array array['invoice_issuers', 'invoice_series', 'invoices'] loop
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

create or replace function tg_invoices__kept() returns trigger
language plpgsql set search_path = public, pg_temp as $$
begin
    raise exception 'an invoice stays as it was issued: % refused for %', tg_op, old.code
        using errcode = 'OMD01', constraint = 'invoices_kept';
end
$$;
comment on function tg_invoices__kept() is 'Refuses every change of an invoice: credit notes take it back.';
create or replace trigger _100_kept before update or delete on invoices
    for each row execute function tg_invoices__kept();

create or replace function invoiced_total(p_omd_id int, p_business_id int, p_folio_id uuid) returns numeric
language sql stable set search_path = public, pg_temp
return (select sum(i.total) from invoices i
        where i.omd_id = p_omd_id and i.business_id = p_business_id and i.folio_id = p_folio_id);
comment on function invoiced_total(int, int, uuid) is
    'What is invoiced of a folio, less what credit notes took back; null where it never was.';

create or replace function is_invoiced(p_omd_id int, p_business_id int, p_folio_id uuid) returns boolean
language sql stable set search_path = public, pg_temp
return coalesce(invoiced_total(p_omd_id, p_business_id, p_folio_id), 0) <> 0;
comment on function is_invoiced(int, int, uuid) is 'Whether a folio has an invoice of which credit notes left something.';

create or replace function list_credited_lines(p_omd_id int, p_business_id int, p_invoice_id uuid)
returns table (line int, gross numeric, credited numeric)
language sql stable set search_path = public, pg_temp
as $$
    select l.line::int, (l.value ->> 'gross')::numeric, coalesce(n.credited, 0)
    from invoices i
    cross join lateral jsonb_array_elements(i.content -> 'lines') with ordinality l (value, line)
    left join lateral (
        select - sum((t.value ->> 'gross')::numeric) as credited
        from invoices c cross join lateral jsonb_array_elements(c.content -> 'lines') t
        where c.omd_id = i.omd_id and c.business_id = i.business_id and c.credits_id = i.id and (t.value ->> 'credits')::int = l.line) n on true
    where i.omd_id = p_omd_id and i.business_id = p_business_id and i.id = p_invoice_id;
$$;
comment on function list_credited_lines(int, int, uuid) is 'The lines of an invoice by number, with what its credit notes took off each.';

create or replace function tg_invoices__adds_up() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
declare
    v_charged numeric;
    v_lines numeric;
begin
    select coalesce(sum((l.value ->> 'gross')::numeric), 0) into v_lines from jsonb_array_elements(new.content -> 'lines') l;
    select f.charged into v_charged from folios f
    where f.omd_id = new.omd_id and f.business_id = new.business_id and f.id = new.folio_id;
    if v_lines <> new.total or (new.content ->> 'total')::numeric <> new.total or new.kind = 'invoice' and new.total <> v_charged then
        raise exception '% says %, its lines come to %, and its folio to %', new.code, new.total, v_lines, v_charged
            using errcode = 'OMD01', constraint = 'invoices_add_up';
    end if;
    if new.kind = 'credit_note' and (
        -- Every line takes something off one of the invoice, whose folio this is, and none more than there was.
        not exists (select from invoices i
                    where i.omd_id = new.omd_id and i.business_id = new.business_id and i.id = new.credits_id
                      and i.kind = 'invoice' and i.folio_id = new.folio_id
                      and not exists (select from jsonb_array_elements(new.content -> 'lines') n
                                      where (n.value ->> 'gross')::numeric >= 0 or n.value ->> 'credits' is null
                                         or (n.value ->> 'credits')::int not between 1 and jsonb_array_length(i.content -> 'lines')))
        or exists (select from list_credited_lines(new.omd_id, new.business_id, new.credits_id) l where l.credited > l.gross)) then
        raise exception '% takes back more than there is of its invoice', new.code
            using errcode = 'OMD01', constraint = 'invoices_credited_within';
    end if;
    return null;
end
$$;
comment on function tg_invoices__adds_up() is
    'An invoice is the sum of its lines and what was charged on its folio; credit notes take no more off a line than it holds.';
create or replace trigger _500_adds_up after insert on invoices
    for each row execute function tg_invoices__adds_up();

create or replace function sum_credited(p_note invoices) returns numeric
language sql stable set search_path = public, pg_temp
return (select coalesce(sum(p.amount), 0)
        from generate_series(1, jsonb_array_length((p_note).content -> 'lines')) as n (line)
        join ledger_entries e on e.omd_id = (p_note).omd_id and e.business_id = (p_note).business_id
                             and e.cause = format('credit:%s:%s', (p_note).id, n.line)
        join ledger_postings p on p.omd_id = e.omd_id and p.business_id = e.business_id and p.entry_id = e.id
                              and p.folio_id = (p_note).folio_id and p.side = 'charged');
comment on function sum_credited(invoices) is 'What the entries of a credit note took off its folio.';

create or replace function tg_invoices__credited() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
declare
    v_posted numeric := sum_credited(new);
begin
    -- One that takes its whole invoice back leaves the charges on the folio, to be corrected and invoiced anew.
    if v_posted <> new.total and not (
        v_posted = 0 and new.total = - (select i.total from invoices i
                                        where i.omd_id = new.omd_id and i.business_id = new.business_id and i.id = new.credits_id)) then
        raise exception '% takes % off its folio, and % was posted', new.code, new.total, v_posted
            using errcode = 'OMD01', constraint = 'invoices_credits_posted';
    end if;
    return null;
end
$$;
comment on function tg_invoices__credited() is 'At commit: what a credit note takes off a part of an invoice is taken off its folio.';
drop trigger if exists _900_credited on invoices;
create constraint trigger _900_credited after insert on invoices
    deferrable initially deferred for each row when (new.kind = 'credit_note') execute function tg_invoices__credited();

create or replace function issue_invoice(p_omd_id int, p_business_id int, p_kind text, p_series_id int, p_folio_id uuid, p_credits_id uuid,
                                         p_content jsonb, p_actor text, p_now timestamptz) returns uuid
language plpgsql security definer set search_path = public, pg_temp as $$
declare
    v_series invoice_series;
    v_id uuid;
begin
    perform require_staff(p_business_id);
    perform from folios f where f.omd_id = p_omd_id and f.business_id = p_business_id and f.id = p_folio_id for update;
    perform from invoices i where i.omd_id = p_omd_id and i.business_id = p_business_id and i.id = p_credits_id for update;
    if p_kind = 'invoice' and is_invoiced(p_omd_id, p_business_id, p_folio_id) then
        raise exception 'folio % is invoiced', p_folio_id using errcode = 'OMD01', constraint = 'invoices_once';
    end if;
    -- The row is held until the transaction ends: whoever comes next waits, and a transaction that fails gives its number back.
    update invoice_series s set next_number = s.next_number + 1
    where s.omd_id = p_omd_id and s.business_id = p_business_id and s.id = p_series_id
    returning s.* into v_series;
    if v_series.id is null then
        return null;
    end if;
    insert into invoices (omd_id, business_id, kind, series_id, number, code, folio_id, credits_id, issued_on, currency, total, content,
                          issued_at, issued_by)
    select p_omd_id, p_business_id, p_kind, p_series_id, v_series.next_number - 1, v_series.prefix || (v_series.next_number - 1),
           p_folio_id, p_credits_id, coalesce(b.business_date, (p_now at time zone b.time_zone)::date), f.currency,
           (p_content ->> 'total')::numeric, p_content, p_now, p_actor
    from folios f
    join businesses b on b.omd_id = f.omd_id and b.id = f.business_id
    where f.omd_id = p_omd_id and f.business_id = p_business_id and f.id = p_folio_id
    returning id into v_id;
    update folios f
    set closed_at = case p_kind when 'invoice' then p_now end, version = f.version + 1
    where f.omd_id = p_omd_id and f.business_id = p_business_id and f.id = p_folio_id
      and (f.closed_at is null) = (p_kind = 'invoice');
    perform record_folio_event(p_omd_id, p_business_id, p_folio_id,
                               case p_kind when 'invoice' then 'folio.invoiced' else 'folio.credited' end, p_actor, p_now,
                               jsonb_build_object('invoice_id', v_id));
    return v_id;
end
$$;
comment on function issue_invoice(int, int, text, int, uuid, uuid, jsonb, text, timestamptz) is
    'Issues an invoice under the next number of its series and closes its folio, or a credit note of one and opens its folio again. Returns its id, null without such a series.';

revoke execute on function
    tg_invoices__adds_up(), tg_invoices__credited(), issue_invoice(int, int, text, int, uuid, uuid, jsonb, text, timestamptz) from public;
grant execute on function issue_invoice(int, int, text, int, uuid, uuid, jsonb, text, timestamptz) to omd_app;
grant select on invoice_issuers, invoice_series, invoices to omd_app, omd_maintenance;
grant insert (omd_id, business_id, name, tax_number, registration, address, country, email, bank_account),
    update (name, tax_number, registration, address, country, email, bank_account) on invoice_issuers to omd_app;
grant insert (omd_id, business_id, prefix, next_number) on invoice_series to omd_app;
