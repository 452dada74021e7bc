-- name: find_stay_hotel
-- rows: value
-- Which of some hotels holds a stay.
select r.business_id from reservations r
where r.omd_id = :omd_id and r.business_id = any (:business_ids::int[]) and r.id = :reservation_id;

-- name: open_folio
-- rows: value
-- Opens the next folio of a stay, or of the house, and gives its id.
select open_folio(:omd_id, :business_id, :reservation_id, :payer, :company_id, :label, :actor, :now);

-- name: find_folio_for
-- rows: value
-- The folio on which a kind of charge of a stay goes, opened where there is none.
select find_folio_for(:omd_id, :business_id, :reservation_id, :kind, :actor, :now);

-- name: change_folio
-- rows: value
-- Writes who pays a folio and its label, or closes it; gives the new version.
select change_folio(:omd_id, :business_id, :folio_id, :payer, :company_id, :label, :closes, :actor, :now);

-- name: list_folios
-- rows: many Folio
-- The folios of a stay, or of the house, after a number, by number.
select f.id, f.business_id, f.reservation_id, f.number, f.payer, f.company_id, f.label, f.currency, f.charged, f.paid, f.billed,
       f.balance, f.deposit, f.opened_at, f.opened_by, f.closed_at, f.version
from folios f
where f.omd_id = :omd_id and f.business_id = :business_id and f.reservation_id is not distinct from :reservation_id::uuid
  and f.number > :after
order by f.number limit :limit;

-- name: find_folio
-- rows: maybe Folio
-- A folio as it is now.
select f.id, f.business_id, f.reservation_id, f.number, f.payer, f.company_id, f.label, f.currency, f.charged, f.paid, f.billed,
       f.balance, f.deposit, f.opened_at, f.opened_by, f.closed_at, f.version
from folios f
where f.omd_id = :omd_id and f.business_id = :business_id and f.id = :folio_id;

-- name: lock_folios
-- rows: many Folio
-- Folios that are going to be written to, in the order in which everybody locks them.
select f.id, f.business_id, f.reservation_id, f.number, f.payer, f.company_id, f.label, f.currency, f.charged, f.paid, f.billed,
       f.balance, f.deposit, f.opened_at, f.opened_by, f.closed_at, f.version
from folios f
where f.omd_id = :omd_id and f.business_id = :business_id and f.id = any (:folio_ids::uuid[])
order by f.id for update;

-- name: nobody_pays
-- rows: value
-- Whether neither a company nor a guest whose stay is not over pays a folio.
select nobody_pays(:omd_id, :business_id, :folio_id);

-- name: list_routed_stays
-- rows: value
-- The codes of some stays of others, not over yet, of which a kind of charge goes on a folio.
select coalesce(array_agg(s.code order by s.code), '{}') from (
select distinct r.code from folio_routes o
join reservations r on r.omd_id = o.omd_id and r.business_id = o.business_id and r.id = o.reservation_id
where o.omd_id = :omd_id and o.business_id = :business_id and o.folio_id = :folio_id
  and r.id is distinct from :reservation_id::uuid and r.status not in ('checked_out', 'cancelled', 'no_show')
order by r.code limit :limit) s;

-- name: post_entry
-- rows: value
-- Posts an entry and gives its id, nothing where its cause was posted for already.
select post_entry(:omd_id, :business_id, :entry::jsonb, :postings::jsonb, :actor, :now);

-- name: find_entry
-- rows: maybe Entry
-- An entry, and the one that followed it.
select e.id, e.kind, e.charge_kind, e.method, e.business_date, e.text, e.follows_id, e.origin_id, n.id as followed_by_id,
       e.posted_at, e.posted_by, e.served_on, e.credits_id
from ledger_entries e
left join ledger_entries n on n.omd_id = e.omd_id and n.business_id = e.business_id and n.follows_id = e.id
where e.omd_id = :omd_id and e.business_id = :business_id and e.id = :entry_id;

-- name: is_of_card_payment
-- rows: value
-- Whether an entry posted what a provider of card payments moved.
select exists (
    select from ledger_entries e
    where e.omd_id = :omd_id and e.business_id = :business_id and e.id = :entry_id and e.cause like 'payment:%');

-- name: is_credited
-- rows: value
-- Whether a credit note takes something off a charge, or an entry is what one takes off.
select exists (
    select from ledger_entries e
    where e.omd_id = :omd_id and e.business_id = :business_id
      and (e.credits_id = :entry_id or e.id = :entry_id and e.credits_id is not null));

-- name: list_postings
-- rows: many Posting
-- The postings of an entry.
select p.account, p.amount, p.side, p.folio_id, p.company_id, p.tax_code
from ledger_postings p
where p.omd_id = :omd_id and p.business_id = :business_id and p.entry_id = :entry_id
order by p.position;

-- name: list_lines
-- rows: many LineRow
-- A folio's statement after a line, in the order in which it was posted.
select p.line, p.account, p.amount, p.balance,
       (select coalesce(jsonb_agg(jsonb_build_object('code', t.tax_code, 'amount', (- t.amount)::text) order by t.position), '[]')
        from ledger_postings t
        where t.omd_id = p.omd_id and t.business_id = p.business_id and t.entry_id = p.entry_id and t.account = 'tax_payable')::text as taxes,
       e.id, e.kind, e.charge_kind, e.method, e.business_date, e.text, e.follows_id, e.origin_id, n.id as followed_by_id,
       e.posted_at, e.posted_by, e.served_on, e.credits_id
from ledger_postings p
join ledger_entries e on e.omd_id = p.omd_id and e.business_id = p.business_id and e.id = p.entry_id
left join ledger_entries n on n.omd_id = e.omd_id and n.business_id = e.business_id and n.follows_id = e.id
where p.omd_id = :omd_id and p.business_id = :business_id and p.folio_id = :folio_id and p.line > :after
order by p.line limit :limit;

-- name: list_routes
-- rows: many Route
-- On which folios the charges of a stay go.
select r.kind, r.folio_id from folio_routes r
where r.omd_id = :omd_id and r.business_id = :business_id and r.reservation_id = :reservation_id
order by r.kind;

-- name: remove_routes
-- rows: none
-- Takes the routes of a stay away but those of some kinds.
delete from folio_routes
where omd_id = :omd_id and business_id = :business_id and reservation_id = :reservation_id and kind <> all (:kinds::text[]);

-- name: put_route
-- rows: none
-- Says on which folio a kind of charge of a stay goes.
insert into folio_routes (omd_id, business_id, reservation_id, kind, folio_id)
values (:omd_id, :business_id, :reservation_id, :kind, :folio_id)
on conflict (omd_id, business_id, reservation_id, kind) do update set folio_id = excluded.folio_id;

-- name: list_companies
-- rows: many Company
-- The companies of a hotel after an id, with what each owes.
select c.id, c.name, c.tax_number, c.registration, c.address, c.country, c.email, c.version,
       (select coalesce(sum(p.amount), 0) from ledger_postings p
        where p.omd_id = c.omd_id and p.business_id = c.business_id and p.company_id = c.id)::numeric(16, 2) as balance
from companies c
where c.omd_id = :omd_id and c.business_id = :business_id and c.id > :after_id
order by c.id limit :limit;

-- name: find_company
-- rows: maybe Company
-- A company of a hotel, with what it owes.
select c.id, c.name, c.tax_number, c.registration, c.address, c.country, c.email, c.version,
       (select coalesce(sum(p.amount), 0) from ledger_postings p
        where p.omd_id = c.omd_id and p.business_id = c.business_id and p.company_id = c.id)::numeric(16, 2) as balance
from companies c
where c.omd_id = :omd_id and c.business_id = :business_id and c.id = :company_id;

-- name: lock_company
-- rows: value
-- The version of a company that is going to be changed.
select c.version from companies c
where c.omd_id = :omd_id and c.business_id = :business_id and c.id = :company_id for update;

-- name: add_company
-- rows: value
-- Adds a company and gives its id.
insert into companies (omd_id, business_id, name, tax_number, registration, address, country, email)
values (:omd_id, :business_id, :name, :tax_number, :registration, :address, :country, :email)
returning id;

-- name: change_company
-- rows: none
-- Rewrites what is known of a company.
update companies
set name = :name, tax_number = :tax_number, registration = :registration, address = :address, country = :country, email = :email,
    version = version + 1
where omd_id = :omd_id and business_id = :business_id and id = :company_id;

-- name: sum_accounts
-- rows: many AccountTotal
-- What went on each account on the business dates [starts_on, ends_on).
select p.account, p.tax_code, coalesce(sum(p.amount) filter (where p.amount > 0), 0) as debits,
       coalesce(- sum(p.amount) filter (where p.amount < 0), 0) as credits, sum(p.amount) as total
from ledger_entries e
join ledger_postings p on p.omd_id = e.omd_id and p.business_id = e.business_id and p.entry_id = e.id
where e.omd_id = :omd_id and e.business_id = :business_id and e.business_date >= :starts_on and e.business_date < :ends_on
group by p.account, p.tax_code
order by p.account, p.tax_code nulls first;

-- name: find_spent_until
-- rows: value
-- The day up to which the nights of a stay were spent: its departure, or the day the hotel works on.
select least(r.departure, coalesce(b.business_date, (:now::timestamptz at time zone b.time_zone)::date))
from reservations r
join businesses b on b.omd_id = r.omd_id and b.id = r.business_id
where r.omd_id = :omd_id and r.business_id = :business_id and r.id = :reservation_id;

-- name: find_departure
-- rows: value
-- When a stay departs.
select r.departure from reservations r
where r.omd_id = :omd_id and r.business_id = :business_id and r.id = :reservation_id;

-- name: lock_stays
-- rows: value
-- Stays whose nights are going to be charged; whoever changes them waits.
select array_agg(s.id) from (
    select r.id from reservations r
    where r.omd_id = :omd_id and r.business_id = :business_id and r.id = any (:reservation_ids::uuid[])
    order by r.id for no key update) s;

-- name: lock_folios_of_stays
-- rows: value
-- The folios of stays, and those that their charges are routed to.
select array_agg(l.id) from (
    select f.id from folios f
    where f.omd_id = :omd_id and f.business_id = :business_id
      and f.id = any (array(
          select o.id from folios o
          where o.omd_id = :omd_id and o.business_id = :business_id and o.reservation_id = any (:reservation_ids::uuid[])
          union
          select r.folio_id from folio_routes r
          where r.omd_id = :omd_id and r.business_id = :business_id and r.reservation_id = any (:reservation_ids::uuid[])))
    order by f.id for update) l;

-- name: list_uncharged_stays
-- rows: value
-- Some stays in the house of which a night before a date, or one that was charged ahead, is not charged at what it owes.
select coalesce(array_agg(s.id order by s.id), '{}') from (
    select distinct d.reservation_id as id
    from night_differences(
        :omd_id, :business_id,
        (select array_agg(r.id) from reservations r
         where r.omd_id = :omd_id and r.business_id = :business_id and r.status = 'in_house'), :until) d
    order by 1 limit :limit) s;

-- name: list_owed_parts
-- rows: many OwedPart
-- What the nights of stays owe, by stay, date and kind of charge.
select o.date, o.item as kind, o.amount, o.reservation_id, o.agreed from owed_nights o
where o.omd_id = :omd_id and o.business_id = :business_id and o.reservation_id = any (:reservation_ids::uuid[])
  and o.item not like 'tax:%'
order by o.reservation_id, o.date, o.item;

-- name: list_owed_taxes
-- rows: many OwedTax
-- The taxes that guests pay of the nights of stays, as they were sold, and of which kinds of charges each is.
select t.date, t.code, t.name, t.placement, t.amount, coalesce(u.kinds, '{}') as kinds, t.reservation_id
from reservations r
join reservation_taxes t on t.omd_id = r.omd_id and t.business_id = r.business_id and t.reservation_id = r.id
left join tax_rules u on u.omd_id = t.omd_id and u.id = t.rule_id
where r.omd_id = :omd_id and r.business_id = :business_id and r.id = any (:reservation_ids::uuid[])
  and r.status in ('confirmed', 'in_house', 'checked_out') and t.date >= r.arrival and t.date < r.departure
  and t.placement in ('included', 'on_top')
order by t.reservation_id, t.date, t.position;

-- name: find_day_use_due
-- rows: maybe DayUseDue
-- What a room used by day is to be charged with from the day on, unless it is.
select r.amount, r.arrival as date, format('day_use:%s', r.id) as cause
from reservations r
join businesses b on b.omd_id = r.omd_id and b.id = r.business_id and b.currency = r.currency
where r.omd_id = :omd_id and r.business_id = :business_id and r.id = :reservation_id and r.day_use and r.amount > 0
  and not exists (select from ledger_entries e
                  where e.omd_id = r.omd_id and e.business_id = r.business_id and e.cause = format('day_use:%s', r.id));

-- name: list_charged_items
-- rows: many ChargedItem
-- What was charged of the nights of stays, item by item: what stands, what was let off, and how many charges there were.
select c.reservation_id, c.date, c.item, sum(c.charged) as charged, sum(c.taxed) as taxed, sum(c.rebated) as rebated,
       count(*) filter (where c.kind = 'charge') as charges
from charged_nights c
where c.omd_id = :omd_id and c.business_id = :business_id and c.reservation_id = any (:reservation_ids::uuid[])
group by c.reservation_id, c.date, c.item;

-- name: list_standing_nights
-- rows: many StandingCharge
-- The charges of nights of stays that stand, where each is, and the taxes in it.
select s.reservation_id, s.date, s.item, s.standing_id, s.folio_id, s.is_closed, s.charged as amount,
       (select coalesce(jsonb_agg(jsonb_build_object('code', t.tax_code, 'amount', (- t.amount)::text) order by t.position), '[]')
        from ledger_postings t
        where t.omd_id = s.omd_id and t.business_id = s.business_id and t.account = 'tax_payable'
          and t.entry_id in (select s.entry_id
                             union all
                             select n.id from ledger_entries n
                             where n.omd_id = s.omd_id and n.business_id = s.business_id and n.credits_id = s.entry_id))::text as taxes
from standing_nights s
where s.omd_id = :omd_id and s.business_id = :business_id and s.reservation_id = any (:reservation_ids::uuid[])
order by s.reservation_id, s.date, s.item, s.entry_id;

-- name: find_item
-- rows: one ItemOf
-- Of which stay and night a charge is, and whether the stay has left.
select e.reservation_id, e.item, coalesce(r.status = 'checked_out', false) as has_left
from ledger_entries e
left join reservations r on r.omd_id = e.omd_id and r.business_id = e.business_id and r.id = e.reservation_id
where e.omd_id = :omd_id and e.business_id = :business_id and e.id = :entry_id;

-- name: take_back
-- rows: value
-- Takes an entry back on the folio where it is now, and gives the id of the correction.
select take_back(:omd_id, :business_id, :entry_id, :text, :rebated, :actor, :now);

-- name: find_folios_for
-- rows: many FolioFor
-- The folios on which kinds of charges of stays go, opened where a stay has none.
select w.reservation_id, w.kind, find_folio_for(:omd_id, :business_id, w.reservation_id, w.kind, :actor, :now) as folio_id
from unnest(:reservation_ids::uuid[], :kinds::text[]) as w (reservation_id, kind);

-- name: post_entries
-- rows: value
-- Posts entries with what they consist of; gives how many were not posted before.
select post_entries(:omd_id, :business_id, :entries::jsonb, :actor, :now);
