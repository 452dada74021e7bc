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
