-- Charges tell the night that they are of, and which charge a credit note takes them off; an invoice is credited in parts.

-- The owner is bound by row security too, and a constraint must look at the rows there are.
alter table ledger_entries no force row level security;

alter table ledger_entries
    add column served_on date,
    add column credits_id uuid,
    add constraint ledger_entries_credits_fkey foreign key (omd_id, business_id, credits_id)
        references ledger_entries (omd_id, business_id, id) on delete restrict,
    add constraint ledger_entries_served_is_charged check (kind = 'charge' or num_nonnulls(served_on, credits_id) = 0);
comment on column ledger_entries.served_on is 'The night that a charge is of, whose taxes it holds; null = its business date.';
comment on column ledger_entries.credits_id is 'The charge of which a credit note takes this off.';
create index ledger_entries_by_credits on ledger_entries (omd_id, business_id, credits_id);

-- What was posted stays as it was; it learns the night that its cause has always said. Parts of such charges have its words.
-- The objects, which are applied after this, put the trigger back.
drop trigger if exists _100_append_only on ledger_entries;
update ledger_entries set served_on = split_part(cause, ':', 3)::date where kind = 'charge' and cause like 'night:%';
update ledger_entries e set served_on = n.served_on
from (select distinct n.omd_id, n.business_id, n.charge_kind, n.text, n.served_on from ledger_entries n where n.served_on is not null) n
where e.omd_id = n.omd_id and e.business_id = n.business_id and e.charge_kind = n.charge_kind and e.text = n.text
  and e.kind = 'charge' and e.cause is null;

alter table ledger_entries force row level security;

alter table invoices drop constraint invoices_credited_once;
create index invoices_by_credits on invoices (omd_id, business_id, credits_id);
comment on table invoices is
    'What was invoiced, as it was then: supplier, customer, lines, taxes and totals. Never changed: credit notes take an invoice back, whole or in parts.';
