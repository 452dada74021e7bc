-- Nights on bills: which night of which stay a charge is of, what of it was let off, and for which nights a price was agreed.

-- The owner is bound by row security too, and a constraint must look at the rows there are.
alter table reservations no force row level security;
alter table folios no force row level security;
alter table ledger_entries no force row level security;
alter table ledger_postings no force row level security;

alter table reservations add column agreed_from date, add column agreed_until date;
alter table reservations add constraint reservations_agreed_nights
    check ((agreed_from is null) = (agreed_until is null) and agreed_until > agreed_from);
comment on column reservations.agreed_from is
    'The nights that an amount agreed on by hand is for, [agreed_from, agreed_until); null = those that the stay has.';

alter table ledger_entries add column reservation_id uuid, add column item text,
    add column charged numeric(12, 2) not null default 0, add column taxed numeric(12, 2) not null default 0,
    add column rebated numeric(12, 2) not null default 0;
comment on column ledger_entries.reservation_id is 'The stay that a charge is of, or its correction, wherever it was moved: the one of its first folio, unless said.';
comment on column ledger_entries.item is 'What it is of that night: room, meals, supplement, or tax: and the code of a tax on top.';
comment on column ledger_entries.charged is 'What it adds to what is charged of that item.';
comment on column ledger_entries.taxed is 'How much of that are taxes.';
comment on column ledger_entries.rebated is 'How much of what a correction, or a credit note, takes back was let off: it is owed no more.';

-- What is charged is never changed, but told more of: the trigger comes back with all objects.
drop trigger if exists _100_append_only on ledger_entries;
update ledger_entries e
set reservation_id = case when e.cause like 'night:%' then
                              (select r.id from reservations r
                               where r.omd_id = e.omd_id and r.business_id = e.business_id and r.id = split_part(e.cause, ':', 2)::uuid)
                          else (select f.reservation_id from ledger_postings p
                                join folios f on f.omd_id = p.omd_id and f.business_id = p.business_id and f.id = p.folio_id
                                where p.omd_id = e.omd_id and p.business_id = e.business_id and p.entry_id = e.id limit 1) end,
    item = case when e.cause like 'night:%' and e.charge_kind = 'tax' then
                    (select 'tax:' || min(p.tax_code) from ledger_postings p
                     where p.omd_id = e.omd_id and p.business_id = e.business_id and p.entry_id = e.id and p.tax_code is not null)
                when e.cause like 'night:%' then e.charge_kind end
where e.kind = 'charge';
update ledger_entries set item = null where reservation_id is null and item is not null;

-- What a charge was divided into was posted with the correction that took it back, in its words; what is missing of it was let off.
do $parts$
begin
    loop
        update ledger_entries p set reservation_id = o.reservation_id, served_on = o.served_on, item = o.item
        from ledger_entries c
        join ledger_entries o on o.omd_id = c.omd_id and o.business_id = c.business_id and o.id = c.origin_id
        where c.kind = 'correction' and o.item is not null and p.omd_id = c.omd_id and p.business_id = c.business_id
          and p.posted_at = c.posted_at and p.posted_by = c.posted_by and p.kind = 'charge' and p.cause is null and p.item is null
          and p.charge_kind = o.charge_kind and p.text = o.text and p.id > c.id;
        exit when not found;
    end loop;
end
$parts$;
update ledger_entries c set rebated = l.amount
from (
    select c.omd_id, c.business_id, c.id, g.amount - sum(h.amount) as amount
    from ledger_entries c
    join ledger_entries o on o.omd_id = c.omd_id and o.business_id = c.business_id and o.id = c.origin_id
    join ledger_postings g on g.omd_id = o.omd_id and g.business_id = o.business_id and g.entry_id = o.id and g.account = 'guest_ledger'
    join ledger_entries p on p.omd_id = c.omd_id and p.business_id = c.business_id and p.posted_at = c.posted_at and p.posted_by = c.posted_by
        and p.kind = 'charge' and p.cause is null and p.served_on = o.served_on and p.reservation_id = o.reservation_id
        and p.charge_kind = o.charge_kind and p.text = o.text and p.id > c.id
    join ledger_postings h on h.omd_id = p.omd_id and h.business_id = p.business_id and h.entry_id = p.id and h.account = 'guest_ledger'
    where c.kind = 'correction' and o.item is not null
    group by c.omd_id, c.business_id, c.id, g.amount
    having g.amount > sum(h.amount)) l
where c.omd_id = l.omd_id and c.business_id = l.business_id and c.id = l.id;
alter table ledger_entries drop constraint ledger_entries_served_is_charged;
update ledger_entries c set reservation_id = o.reservation_id, served_on = o.served_on, item = o.item
from ledger_entries o
where o.omd_id = c.omd_id and o.business_id = c.business_id and o.reservation_id is not null
  and (c.kind = 'correction' and o.id = c.origin_id or o.id = c.credits_id);
update ledger_entries e set charged = s.charged, taxed = s.taxed
from (
    select p.omd_id, p.business_id, p.entry_id, coalesce(sum(p.amount) filter (where p.account = 'guest_ledger'), 0) as charged,
           - coalesce(sum(p.amount) filter (where p.account = 'tax_payable'), 0) as taxed
    from ledger_postings p group by 1, 2, 3) s
where e.item is not null and s.omd_id = e.omd_id and s.business_id = e.business_id and s.entry_id = e.id;
update ledger_entries set rebated = - charged where credits_id is not null and item is not null;

alter table ledger_entries
    add constraint ledger_entries_reservation_fkey foreign key (omd_id, business_id, reservation_id)
        references reservations (omd_id, business_id, id) on delete restrict,
    add constraint ledger_entries_stay_of_charges check (reservation_id is null or kind in ('charge', 'correction')),
    add constraint ledger_entries_served_is_charged
        check (kind = 'charge' or (credits_id is null and (served_on is null or kind = 'correction'))),
    add constraint ledger_entries_item_of_night check (item is null or num_nulls(served_on, reservation_id) = 0),
    add constraint ledger_entries_charged_of_item check (item is not null or (charged = 0 and taxed = 0)),
    add constraint ledger_entries_rebated_by_decision
        check (rebated = 0 or (rebated > 0 and (kind = 'correction' or credits_id is not null)));
create index ledger_entries_by_stay on ledger_entries (omd_id, business_id, reservation_id, served_on);

alter table reservations force row level security;
alter table folios force row level security;
alter table ledger_entries force row level security;
alter table ledger_postings force row level security;
