-- name: list_entries
-- rows: many EntryRow
-- A page of the audit of a hotel, or, without one, of the destination itself: the newest first, from before a cursor on.
select a.id, a.at, a.business_id, a.thing, a.row_key, a.action, a.actor, a.user_id, a.address, a.request_id,
       a.before, a.after
from audit_log a
where a.omd_id = :omd_id
  and case when :business_id::int is null then a.business_id is null else a.business_id = :business_id::int end
  and a.at >= :since and a.at < :until and (a.at, a.id) < (:before_at, :before_id::uuid)
  and (:thing::text is null or a.thing = :thing::text)
  and (:row_key::text is null or a.row_key = :row_key::text)
  and (:actor::text is null or a.actor = :actor::text)
  and (:action::text is null or a.action = :action::text)
order by a.at desc, a.id desc
limit :page_size;

-- name: record_disclosure
-- rows: value
-- Writes into the audit that guests' data was shown in full or handed out.
select record_disclosure(:omd_id, :business_id, :thing, :row_key, :action, :said::jsonb);

-- name: make_months
-- rows: value
-- Makes the missing months of the audit, as far ahead as rooms are sold; gives how many.
select create_audit_months(current_date, (current_date + interval '13 months')::date);

-- name: find_longest_keeping
-- rows: value
-- For how many days the destination keeps the audit.
select days_kept(:omd_id, null, 'audit', :default_days);

-- name: drop_months
-- rows: value
-- Takes the months of the audit away that end on or before a date; gives their names.
select drop_audit_before(:before::date);

-- name: list_old_months
-- rows: value
-- The names of the months of the audit that end on or before a date.
select coalesce(array_agg(c.relname::text order by c.relname), '{}')
from pg_inherits i
join pg_class c on c.oid = i.inhrelid
where i.inhparent = 'audit_log'::regclass
  and to_date(right(c.relname, 7), 'YYYY"m"MM') + interval '1 month' <= :before::date;

-- name: list_rules
-- rows: many RuleInForce
-- The retention rules of a destination and its hotels.
select r.what, b.code as business_code, r.keep_days, r.set_by
from retention_rules r
left join businesses b on b.omd_id = r.omd_id and b.id = r.business_id
where r.omd_id = :omd_id
order by r.what, b.code nulls first;

-- name: set_rule
-- rows: none
-- Keeps something so many days in a hotel, or, without one, in every hotel of the destination that has no rule of its own.
insert into retention_rules (omd_id, business_id, what, keep_days, set_at, set_by)
values (:omd_id, :business_id, :what, :keep_days, :now, :actor)
on conflict (omd_id, business_id, what) do update
    set keep_days = excluded.keep_days, set_at = excluded.set_at, set_by = excluded.set_by;

-- name: drop_rule
-- rows: none
-- Takes a rule away.
delete from retention_rules
where omd_id = :omd_id and business_id is not distinct from :business_id::int and what = :what;
