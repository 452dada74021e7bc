-- name: dates_are_closed_without_a_gap
-- rows: many Breach
-- Every business date of a hotel, from the one on which it went over to audits to the one it works on, was closed.
select count(*) over () as breaches, s.business_id, d.date,
       format('the date was left without being closed; its audit is %s', coalesce(a.status, 'not there')) as said
from night_audit_settings s
join businesses b on b.omd_id = s.omd_id and b.id = s.business_id
cross join lateral (select s.audited_from + n as date from generate_series(0, b.business_date - s.audited_from - 1) n) d
left join night_audits a on a.omd_id = s.omd_id and a.business_id = s.business_id and a.business_date = d.date
where s.omd_id = :omd_id and s.mode = 'audit' and a.status is distinct from 'succeeded'
order by s.business_id, d.date
limit :at_most;

-- name: statistics_are_what_the_ledger_says
-- rows: many Breach
-- The revenue of a closed date, over all room types, is what the ledger earned on it.
select count(*) over () as breaches, a.business_id, a.business_date as date,
       format('the statistics say %s, the ledger %s', s.revenue, l.revenue) as said
from night_audits a
cross join lateral (
    select array[coalesce(sum(t.room_revenue), 0), coalesce(sum(t.meals_revenue), 0), coalesce(sum(t.supplement_revenue), 0),
                 coalesce(sum(t.fee_revenue), 0)] as revenue
    from daily_statistics t where t.omd_id = a.omd_id and t.business_id = a.business_id and t.date = a.business_date) s
cross join lateral (
    select array[coalesce(- sum(p.amount) filter (where p.account = 'room_revenue'), 0),
                 coalesce(- sum(p.amount) filter (where p.account = 'meals_revenue'), 0),
                 coalesce(- sum(p.amount) filter (where p.account = 'supplement_revenue'), 0),
                 coalesce(- sum(p.amount) filter (where p.account = 'fee_revenue'), 0)] as revenue
    from ledger_entries e
    join ledger_postings p on p.omd_id = e.omd_id and p.business_id = e.business_id and p.entry_id = e.id
    where e.omd_id = a.omd_id and e.business_id = a.business_id and e.business_date = a.business_date) l
where a.omd_id = :omd_id and a.status = 'succeeded' and s.revenue <> l.revenue
order by a.business_id, a.business_date
limit :at_most;
