-- Takes away of which stay and item a charge is, what was let off, and for which nights a price was agreed; the ledger itself stays.

alter table ledger_entries no force row level security;
drop trigger if exists _100_append_only on ledger_entries;
alter table ledger_entries drop constraint ledger_entries_reservation_fkey, drop constraint ledger_entries_served_is_charged,
    drop column reservation_id, drop column item, drop column charged, drop column taxed, drop column rebated;
update ledger_entries set served_on = null where kind <> 'charge';
alter table ledger_entries
    add constraint ledger_entries_served_is_charged check (kind = 'charge' or num_nonnulls(served_on, credits_id) = 0);
alter table ledger_entries force row level security;
alter table reservations drop constraint reservations_agreed_nights, drop column agreed_from, drop column agreed_until;
