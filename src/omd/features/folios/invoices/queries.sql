-- name: find_issuer
-- rows: maybe Party
-- The firm that a hotel is.
select i.name, i.tax_number, i.registration, i.address, i.country, i.email, i.bank_account
from invoice_issuers i
where i.omd_id = :omd_id and i.business_id = :business_id;

-- name: put_issuer
-- rows: none
-- Says which firm a hotel is.
insert into invoice_issuers (omd_id, business_id, name, tax_number, registration, address, country, email, bank_account)
values (:omd_id, :business_id, :name, :tax_number, :registration, :address, :country, :email, :bank_account)
on conflict (omd_id, business_id) do update
set name = excluded.name, tax_number = excluded.tax_number, registration = excluded.registration, address = excluded.address,
    country = excluded.country, email = excluded.email, bank_account = excluded.bank_account;

-- name: list_series
-- rows: many Series
-- The series of a hotel after an id.
select s.id, s.prefix, s.next_number from invoice_series s
where s.omd_id = :omd_id and s.business_id = :business_id and s.id > :after_id
order by s.id limit :limit;

-- name: add_series
-- rows: one Series
-- Adds a series.
insert into invoice_series (omd_id, business_id, prefix, next_number)
values (:omd_id, :business_id, :prefix, :next_number)
returning id, prefix, next_number;

-- name: list_charged
-- rows: many ChargedRow
-- What is charged on a folio as it stands, by the nights it is of: not what was taken back, credited, or moved away.
select coalesce(o.served_on, o.business_date) as date, coalesce(o.charge_kind, 'fee') as kind, o.text, g.gross, case when o.kind = 'charge' then o.id end as entry_id,
       (select coalesce(jsonb_agg(jsonb_build_object('code', t.tax_code, 'amount', t.amount::text) order by t.position), '[]')
        from (select p.tax_code, - sum(p.amount) as amount, min(p.position) as position
              from (select o.id union all
                    select c.id from ledger_entries c
                    where c.omd_id = o.omd_id and c.business_id = o.business_id and c.credits_id = o.id) c
              join ledger_postings p on p.omd_id = o.omd_id and p.business_id = o.business_id and p.entry_id = c.id
              where p.account = 'tax_payable'
              group by p.tax_code) t)::text as taxes
from (select coalesce(e.credits_id, e.origin_id, e.id) as origin_id, sum(p.amount) as gross, min(p.line) as line
      from ledger_postings p
      join ledger_entries e on e.omd_id = p.omd_id and e.business_id = p.business_id and e.id = p.entry_id
      where p.omd_id = :omd_id and p.business_id = :business_id and p.folio_id = :folio_id and p.side = 'charged'
      group by 1 having sum(p.amount) <> 0) g
join ledger_entries o on o.omd_id = :omd_id and o.business_id = :business_id and o.id = g.origin_id
order by g.line;

-- name: find_guest
-- rows: maybe Party
-- The primary guest of a stay, as an invoice names them.
select concat_ws(' ', g.first_name, g.last_name) as name, null::text as tax_number, null::text as registration, null::text as address,
       g.country, null::text as email, null::text as bank_account
from reservation_guests g
where g.omd_id = :omd_id and g.business_id = :business_id and g.reservation_id = :reservation_id and g.is_primary;

-- name: issue_invoice
-- rows: value
-- Issues an invoice or a credit note and gives its id, nothing without such a series.
select issue_invoice(:omd_id, :business_id, :kind, :series_id, :folio_id, :credits_id, :content::jsonb, :actor, :now);

-- name: find_invoice
-- rows: maybe InvoiceRow
-- An invoice, and what credit notes took back of it.
select i.id, i.kind, i.code, i.series_id, i.number, i.folio_id, i.credits_id,
       case when c.credited = i.total then c.ids[cardinality(c.ids)] end as credited_by_id, c.credited, c.ids as credit_note_ids, i.issued_on,
       i.issued_at, i.issued_by, i.content::text
from invoices i
cross join lateral (
    select coalesce(- sum(n.total), 0) as credited, coalesce(array_agg(n.id order by n.issued_at, n.id), '{}') as ids
    from invoices n where n.omd_id = i.omd_id and n.business_id = i.business_id and n.credits_id = i.id) c
where i.omd_id = :omd_id and i.business_id = :business_id and i.id = :invoice_id;

-- name: list_invoices
-- rows: many InvoiceRow
-- The invoices and credit notes of a series after a number, and what credit notes took back of each.
select i.id, i.kind, i.code, i.series_id, i.number, i.folio_id, i.credits_id,
       case when c.credited = i.total then c.ids[cardinality(c.ids)] end as credited_by_id, c.credited, c.ids as credit_note_ids, i.issued_on,
       i.issued_at, i.issued_by, i.content::text
from invoices i
cross join lateral (
    select coalesce(- sum(n.total), 0) as credited, coalesce(array_agg(n.id order by n.issued_at, n.id), '{}') as ids
    from invoices n where n.omd_id = i.omd_id and n.business_id = i.business_id and n.credits_id = i.id) c
where i.omd_id = :omd_id and i.business_id = :business_id and i.series_id = :series_id and i.number > :after
order by i.number limit :limit;

-- name: list_credit_notes
-- rows: many NoteRow
-- What the credit notes of an invoice say.
select n.content::text from invoices n
where n.omd_id = :omd_id and n.business_id = :business_id and n.credits_id = :invoice_id
order by n.issued_at, n.id;
