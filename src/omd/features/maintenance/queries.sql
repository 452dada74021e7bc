-- name: add_ticket
-- rows: maybe TicketId
-- Puts a ticket on record, unless one has its id.
insert into maintenance_tickets (omd_id, business_id, id, room_id, area, title, description, category, priority, due_on, reported_at,
                                 reported_by, received_at, step, changed_at, changed_by)
values (:omd_id, :business_id, coalesce(:id::uuid, uuidv7()), :room_id, :area, :title, :description, :category, :priority, :due_on,
        :reported_at::timestamptz, :actor, :now::timestamptz, 'reported', :now::timestamptz, :actor)
on conflict (omd_id, business_id, id) do nothing
returning id;

-- name: lock_ticket
-- rows: none
-- Locks a ticket for a change.
select from maintenance_tickets t
where t.omd_id = :omd_id and t.business_id = :business_id and t.id = :ticket_id
for update;

-- name: find_ticket
-- rows: maybe TicketRow
-- A ticket, with the last time its room was taken out for it, and whether that is not over on the business date.
select t.id, t.business_id, t.room_id, r.number as room_number, t.area, t.title, t.description, t.category, t.priority, t.status,
       t.assignee_id, t.due_on, t.cost_note, t.reported_at, t.reported_by, t.received_at, t.started_at, t.resolved_at, t.closed_at,
       t.step, t.note, t.changed_at, t.changed_by, t.version, i.id as interval_id, i.kind, i.starts_on, i.ends_on, i.returns_as,
       coalesce(i.ends_on > coalesce(b.business_date, (:now::timestamptz at time zone b.time_zone)::date), false) as is_out
from maintenance_tickets t
join businesses b on b.omd_id = t.omd_id and b.id = t.business_id
left join individual_rooms r on r.omd_id = t.omd_id and r.business_id = t.business_id and r.id = t.room_id
left join maintenance_intervals i on i.omd_id = t.omd_id and i.business_id = t.business_id and i.id = t.interval_id
where t.omd_id = :omd_id and t.business_id = :business_id and t.id = :ticket_id;

-- name: list_tickets
-- rows: many TicketSummary
-- The tickets of a hotel in some statuses, the newest first.
select t.id, t.room_id, r.number as room_number, t.area, t.title, t.category, t.priority, t.status, t.assignee_id, t.due_on,
       t.reported_at, t.reported_by, t.changed_at, t.version
from maintenance_tickets t
left join individual_rooms r on r.omd_id = t.omd_id and r.business_id = t.business_id and r.id = t.room_id
where t.omd_id = :omd_id and t.business_id = :business_id and t.status = any (:statuses::text[])
  and (:room_id::int is null or t.room_id = :room_id) and (:assignee_id::int is null or t.assignee_id = :assignee_id)
  and t.priority = any (:priorities::text[]) and t.category = any (:categories::text[])
  and (:before::uuid is null or t.id < :before)
order by t.id desc
limit :page_size;

-- name: list_changes
-- rows: many TicketChange
-- The versions of a ticket before one, the newest first.
select h.version, h.step, h.note, h.status, h.priority, h.assignee_id, h.interval_id, h.changed_at, h.changed_by
from maintenance_ticket_changes h
where h.omd_id = :omd_id and h.business_id = :business_id and h.ticket_id = :ticket_id and h.version < :before
order by h.version desc
limit :limit;

-- name: change_ticket
-- rows: none
-- Writes anew what a ticket says.
update maintenance_tickets t
set title = :title, area = :area, description = :description, category = :category, priority = :priority, due_on = :due_on,
    cost_note = :cost_note, step = 'changed', note = null, changed_at = :now::timestamptz, changed_by = :actor, version = t.version + 1
where t.omd_id = :omd_id and t.business_id = :business_id and t.id = :ticket_id;

-- name: take_step
-- rows: none
-- Takes a step of a ticket: who sees to it and what it cost stay as they are where nothing is said of them.
update maintenance_tickets t
set step = :step, note = :note::text, status = :status::text, assignee_id = case :status::text when 'open' then null
                                                                     else coalesce(:assignee_id::int, t.assignee_id) end,
    cost_note = coalesce(:cost_note::text, t.cost_note), interval_id = coalesce(:interval_id::int, t.interval_id),
    started_at = case when :status::text = 'in_progress' then coalesce(t.started_at, :now::timestamptz) else t.started_at end,
    resolved_at = case when :status::text in ('resolved', 'closed') then coalesce(t.resolved_at, :now::timestamptz) end,
    closed_at = case when :status::text in ('closed', 'cancelled') then coalesce(t.closed_at, :now::timestamptz) end,
    changed_at = :now::timestamptz, changed_by = :actor, version = t.version + 1
where t.omd_id = :omd_id and t.business_id = :business_id and t.id = :ticket_id;

-- name: list_photos
-- rows: many TicketPhoto
-- The photos of a ticket, the first first.
select p.id, p.width, p.height, octet_length(p.image) as size, p.added_at, p.added_by
from maintenance_ticket_photos p
where p.omd_id = :omd_id and p.business_id = :business_id and p.ticket_id = :ticket_id
order by p.added_at, p.id;

-- name: find_photo
-- rows: maybe PhotoRow
-- What is known of a photo, of whichever ticket.
select p.id, p.ticket_id, p.width, p.height, octet_length(p.image) as size, p.added_at, p.added_by, p.sent_digest
from maintenance_ticket_photos p
where p.omd_id = :omd_id and p.business_id = :business_id and p.id = :photo_id;

-- name: read_photo
-- rows: value
-- A photo of a ticket, or its thumbnail.
select case when :small then p.thumbnail else p.image end
from maintenance_ticket_photos p
where p.omd_id = :omd_id and p.business_id = :business_id and p.ticket_id = :ticket_id and p.id = :photo_id;

-- name: add_photo
-- rows: none
-- Adds a photo to a ticket.
insert into maintenance_ticket_photos (omd_id, business_id, id, ticket_id, width, height, image, thumbnail, sent_digest, added_at, added_by)
values (:omd_id, :business_id, :photo_id, :ticket_id, :width, :height, :image, :thumbnail, :sent_digest, :now, :actor);

-- name: remove_photo
-- rows: none
-- Takes a photo off a ticket.
delete from maintenance_ticket_photos p
where p.omd_id = :omd_id and p.business_id = :business_id and p.ticket_id = :ticket_id and p.id = :photo_id;

-- name: purge_photos
-- rows: value
-- Throws away photos of tickets that are long closed; says how many.
select purge_ticket_photos(:omd_id, :days, :now, :most);
