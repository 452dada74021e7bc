-- name: tickets_are_what_their_history_ends_in
-- rows: many Breach
-- A ticket is the last version of its history, which has them all.
select count(*) over () as breaches, t.business_id, null::date as date,
       format('ticket %s is %s by version %s; its history has %s versions and ends in %s', t.id, t.status, t.version, h.versions,
              coalesce(l.status, 'nothing')) as said
from maintenance_tickets t
cross join lateral (
    select count(*) as versions, max(k.version) as last from maintenance_ticket_changes k
    where k.omd_id = t.omd_id and k.business_id = t.business_id and k.ticket_id = t.id) h
left join maintenance_ticket_changes l
    on l.omd_id = t.omd_id and l.business_id = t.business_id and l.ticket_id = t.id and l.version = h.last
where t.omd_id = :omd_id
  and (h.versions <> t.version
       or (l.version, l.step, l.note, l.status, l.priority, l.assignee_id, l.changed_at, l.changed_by)
          is distinct from (t.version, t.step, t.note, t.status, t.priority, t.assignee_id, t.changed_at, t.changed_by))
order by t.business_id, t.id
limit :at_most;

-- name: tickets_take_out_their_own_room
-- rows: many Breach
-- The interval of a ticket is one of the ticket's room.
select count(*) over () as breaches, t.business_id, null::date as date,
       format('ticket %s of room %s has an interval of room %s', t.id, t.room_id, i.room_id) as said
from maintenance_tickets t
join maintenance_intervals i on i.omd_id = t.omd_id and i.business_id = t.business_id and i.id = t.interval_id
where t.omd_id = :omd_id and i.room_id is distinct from t.room_id
order by t.business_id, t.id
limit :at_most;
