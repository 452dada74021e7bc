-- Takes away what charges tell of their nights. Refused while an invoice has several credit notes.

alter table invoices no force row level security;
drop index invoices_by_credits;
alter table invoices add constraint invoices_credited_once unique (omd_id, business_id, credits_id);
alter table invoices force row level security;
comment on table invoices is
    'What was invoiced, as it was then: supplier, customer, lines, taxes and totals. Never changed: a credit note takes an invoice back whole.';

drop index ledger_entries_by_credits;
alter table ledger_entries
    drop constraint ledger_entries_served_is_charged,
    drop constraint ledger_entries_credits_fkey,
    drop column credits_id,
    drop column served_on;
