-- name: entries_balance
-- rows: many Breach
-- Every entry of the ledger has all its postings, and they sum to zero.
select count(*) over () as breaches, e.business_id, e.business_date as date,
       format('entry %s (%s) has %s of %s postings, which come to %s', e.id, e.kind, p.count, e.postings, p.sum) as said
from ledger_entries e
cross join lateral (select count(*) as count, coalesce(sum(p.amount), 0) as sum from ledger_postings p
                    where p.omd_id = e.omd_id and p.business_id = e.business_id and p.entry_id = e.id) p
where e.omd_id = :omd_id and (p.count <> e.postings or p.sum <> 0)
order by e.business_id, e.id
limit :at_most;

-- name: folios_sum_their_postings
-- rows: many Breach
-- What a folio was charged, paid, billed and holds is what its postings say, and their lines have no gap.
select count(*) over () as breaches, f.business_id, null::date as date,
       format('folio %s says %s charged, %s paid, %s billed, %s held, %s lines; its postings say %s, %s, %s, %s, %s', f.id, f.charged,
              f.paid, f.billed, f.deposit, f.lines, s.charged, s.paid, s.billed, s.deposit, s.lines) as said
from folios f
cross join lateral (
    select coalesce(sum(p.amount) filter (where p.side = 'charged'), 0) as charged,
           - coalesce(sum(p.amount) filter (where p.side = 'paid'), 0) as paid,
           - coalesce(sum(p.amount) filter (where p.side = 'billed'), 0) as billed,
           - coalesce(sum(p.amount) filter (where p.account = 'deposits'), 0) as deposit,
           count(*) as lines, count(distinct p.line) as numbers, coalesce(max(p.line), 0) as last
    from ledger_postings p where p.omd_id = f.omd_id and p.business_id = f.business_id and p.folio_id = f.id) s
where f.omd_id = :omd_id
  and ((f.charged, f.paid, f.billed, f.deposit, f.lines) <> (s.charged, s.paid, s.billed, s.deposit, s.lines)
       or s.lines <> s.numbers or s.lines <> s.last)
order by f.business_id, f.id
limit :at_most;

-- name: invoices_add_up
-- rows: many Breach
-- What is invoiced of a folio, less its credit notes, is what it was charged; no line is credited above what it says.
select count(*) over () as breaches, b.business_id, b.date, b.said
from (
    select i.omd_id, i.business_id, max(i.issued_on) as date,
           format('folio %s was charged %s; its invoices less their credit notes come to %s', f.id, f.charged, sum(i.total)) as said
    from invoices i
    join folios f on f.omd_id = i.omd_id and f.business_id = i.business_id and f.id = i.folio_id
    where i.omd_id = :omd_id
    group by i.omd_id, i.business_id, f.id, f.charged
    having sum(i.total) not in (0, f.charged)
    union all
    select i.omd_id, i.business_id, i.issued_on,
           format('line %s of invoice %s is %s; its credit notes take %s', l.line, i.code, l.gross, l.credited)
    from invoices i
    cross join lateral list_credited_lines(i.omd_id, i.business_id, i.id) l
    where i.omd_id = :omd_id and i.kind = 'invoice' and (l.credited < 0 or l.credited > l.gross)) b
where b.omd_id = :omd_id
order by b.business_id, b.said
limit :at_most;

-- name: credit_notes_are_posted
-- rows: many Breach
-- What a credit note takes back of a part of an invoice was taken off its folio, once.
select count(*) over () as breaches, c.business_id, c.issued_on as date,
       format('credit note %s takes %s back of %s, and %s was posted', c.code, - c.total, i.code, - sum_credited(c)) as said
from invoices c
join invoices i on i.omd_id = c.omd_id and i.business_id = c.business_id and i.id = c.credits_id
where c.omd_id = :omd_id and sum_credited(c) <> c.total and not (sum_credited(c) = 0 and c.total = - i.total)
order by c.business_id, c.id
limit :at_most;

-- name: card_payments_are_posted
-- rows: many Breach
-- What providers took from cards and gave back is what the ledger posted for it, once, and what they told is known.
select count(*) over () as breaches, i.business_id, null::date as date,
       format('payment %s took %s and gives %s back, %s of it done; posted are %s and %s, its refunds say %s and %s, its provider told of %s taken',
              i.id, i.captured, i.refunds_asked, i.refunded, l.taken, l.given, r.asked, r.done, t.taken) as said
from payment_intents i
left join (
    select e.business_id, split_part(e.cause, ':', 2) as intent, sum(p.amount) filter (where split_part(e.cause, ':', 3) = 'capture') as taken,
           - sum(p.amount) filter (where split_part(e.cause, ':', 3) = 'refund') as given
    from ledger_entries e
    join ledger_postings p on p.omd_id = e.omd_id and p.business_id = e.business_id and p.entry_id = e.id
    where e.omd_id = :omd_id and e.cause like 'payment:%' and p.account = 'card_clearing'
    group by e.business_id, intent) posted on posted.business_id = i.business_id and posted.intent = i.id::text
cross join lateral (select coalesce(posted.taken, 0) as taken, coalesce(posted.given, 0) as given) l
cross join lateral (
    select coalesce(sum(f.amount) filter (where f.status <> 'failed'), 0) as asked,
           coalesce(sum(f.amount) filter (where f.status = 'done'), 0) as done
    from payment_refunds f where f.omd_id = i.omd_id and f.business_id = i.business_id and f.intent_id = i.id) r
cross join lateral (
    select coalesce(max((e.state ->> 'captured')::numeric), 0) as taken
    from payment_events e where e.omd_id = i.omd_id and e.business_id = i.business_id and e.intent_id = i.id) t
where i.omd_id = :omd_id
  and ((i.captured, i.refunds_asked, i.refunds_asked, i.refunded) <> (l.taken, l.given, r.asked, r.done) or t.taken > i.captured)
order by i.business_id, i.id
limit :at_most;

-- name: left_stays_are_charged_what_they_owe
-- rows: many Breach
-- A stay that has left, was cancelled or did not come is charged for its nights just what these owe, less what was let off.
select count(*) over () as breaches, r.business_id, d.date,
       format('the stay %s owes %s of %s for the night, and is charged %s', r.code, d.owed, d.item, d.charged) as said
from reservations r
cross join lateral night_differences(r.omd_id, r.business_id, array[r.id], r.departure) d
where r.omd_id = :omd_id and r.status in ('checked_out', 'cancelled', 'no_show')
  and (exists (select from reservation_prices p
               where p.omd_id = r.omd_id and p.business_id = r.business_id and p.reservation_id = r.id)
       or exists (select from ledger_entries e
                  where e.omd_id = r.omd_id and e.business_id = r.business_id and e.reservation_id = r.id and e.item is not null))
order by r.business_id, d.date, r.id
limit :at_most;
