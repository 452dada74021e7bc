-- Maintenance has tickets, and a room comes back from it as its interval says.

alter table maintenance_intervals add column returns_as text;
alter table maintenance_intervals add constraint maintenance_intervals_returns_as_known
    check (returns_as in ('dirty', 'pickup', 'clean', 'as_it_was'));
comment on column maintenance_intervals.returns_as is
    'What the room is at best when this ends; as_it_was leaves its condition alone, null = what its hotel says of every room.';

alter table memberships drop constraint memberships_role_known;
alter table memberships add constraint memberships_role_known check (
    case when business_id is null then role in ('omd_administrator', 'omd_analyst')
         else role in ('owner', 'manager', 'receptionist', 'housekeeper', 'technician', 'accountant') end);

create table maintenance_tickets (
    omd_id int not null,
    business_id int not null,
    id uuid not null default uuidv7(),
    room_id int,
    area text,
    title text not null,
    description text,
    category text not null,
    priority text not null,
    status text not null default 'open',
    assignee_id int,
    due_on date,
    cost_note text,
    interval_id int,
    reported_at timestamptz not null,
    reported_by text not null,
    received_at timestamptz not null,
    started_at timestamptz,
    resolved_at timestamptz,
    closed_at timestamptz,
    step text not null,
    note text,
    changed_at timestamptz not null,
    changed_by text not null,
    version int not null default 1,
    constraint maintenance_tickets_pkey primary key (omd_id, business_id, id),
    constraint maintenance_tickets_business_fkey foreign key (omd_id, business_id)
        references businesses (omd_id, id) on delete restrict,
    constraint maintenance_tickets_room_fkey foreign key (omd_id, business_id, room_id)
        references individual_rooms (omd_id, business_id, id) on delete restrict,
    constraint maintenance_tickets_assignee_fkey foreign key (assignee_id) references users (id) on delete restrict,
    constraint maintenance_tickets_interval_fkey foreign key (omd_id, business_id, interval_id)
        references maintenance_intervals (omd_id, business_id, id) on delete set null (interval_id),
    constraint maintenance_tickets_somewhere check (room_id is not null or area is not null),
    constraint maintenance_tickets_area_given check (btrim(area) <> '' and length(area) <= 200),
    constraint maintenance_tickets_title_given check (btrim(title) <> '' and length(title) <= 200),
    constraint maintenance_tickets_description_bounded check (length(description) <= 4000),
    constraint maintenance_tickets_category_known check (category in (
        'plumbing', 'electrical', 'heating_cooling', 'furniture', 'fixtures', 'appliance', 'electronics', 'structure', 'safety', 'other')),
    constraint maintenance_tickets_priority_known check (priority in ('low', 'normal', 'high', 'urgent')),
    constraint maintenance_tickets_status_known check (status in (
        'open', 'assigned', 'in_progress', 'waiting', 'resolved', 'closed', 'cancelled')),
    constraint maintenance_tickets_assigned_to_somebody check (status <> 'assigned' or assignee_id is not null),
    constraint maintenance_tickets_cost_note_bounded check (length(cost_note) <= 500),
    constraint maintenance_tickets_known_before_received check (reported_at <= received_at),
    constraint maintenance_tickets_step_known check (step in (
        'reported', 'changed', 'assigned', 'started', 'paused', 'resolved', 'verified', 'reopened', 'cancelled', 'commented',
        'photographed', 'photo_removed', 'room_taken_out', 'room_given_back')),
    constraint maintenance_tickets_note_bounded check (btrim(note) <> '' and length(note) <= 4000),
    constraint maintenance_tickets_resolved_when check ((status in ('resolved', 'closed')) = (resolved_at is not null)),
    constraint maintenance_tickets_closed_when check ((status in ('closed', 'cancelled')) = (closed_at is not null))
);
comment on table maintenance_tickets is
    'What is broken in a room or another place of a hotel, who sees to it, and how far that is; each version stands in maintenance_ticket_changes.';
comment on column maintenance_tickets.id is 'The reporter''s own where they gave one, so that what a phone sends twice is reported once.';
comment on column maintenance_tickets.area is 'The place: of the hotel where there is no room, else in the room.';
comment on column maintenance_tickets.interval_id is 'The last time that the room was taken out for it, while that is on record.';
comment on column maintenance_tickets.reported_at is 'When it was seen, by the reporter''s clock; never after it was received.';
comment on column maintenance_tickets.step is 'What was done last.';
comment on column maintenance_tickets.note is 'What was said with it.';
create index maintenance_tickets_by_status on maintenance_tickets (omd_id, business_id, status, id);
create index maintenance_tickets_by_room on maintenance_tickets (omd_id, business_id, room_id);
create index maintenance_tickets_by_interval on maintenance_tickets (omd_id, business_id, interval_id);
create index maintenance_tickets_by_assignee on maintenance_tickets (assignee_id);

create table maintenance_ticket_changes (
    omd_id int not null,
    business_id int not null,
    ticket_id uuid not null,
    version int not null,
    step text not null,
    note text,
    status text not null,
    priority text not null,
    assignee_id int,
    interval_id int,
    changed_at timestamptz not null,
    changed_by text not null,
    constraint maintenance_ticket_changes_pkey primary key (omd_id, business_id, ticket_id, version),
    constraint maintenance_ticket_changes_ticket_fkey foreign key (omd_id, business_id, ticket_id)
        references maintenance_tickets (omd_id, business_id, id) on delete restrict
);
comment on table maintenance_ticket_changes is 'Every version of a ticket: what was done and said, by whom, and what it was then. Append-only.';
comment on column maintenance_ticket_changes.interval_id is 'The interval as the ticket had it; it may be gone since.';

create table maintenance_ticket_photos (
    omd_id int not null,
    business_id int not null,
    id uuid not null,
    ticket_id uuid not null,
    width int not null,
    height int not null,
    image bytea not null,
    thumbnail bytea not null,
    sent_digest bytea not null,
    added_at timestamptz not null,
    added_by text not null,
    constraint maintenance_ticket_photos_pkey primary key (omd_id, business_id, id),
    constraint maintenance_ticket_photos_ticket_fkey foreign key (omd_id, business_id, ticket_id)
        references maintenance_tickets (omd_id, business_id, id) on delete restrict,
    constraint maintenance_ticket_photos_size check (width between 1 and 1600 and height between 1 and 1600),
    constraint maintenance_ticket_photos_bytes
        check (octet_length(image) between 1 and 5000000 and octet_length(thumbnail) between 1 and 500000),
    constraint maintenance_ticket_photos_jpeg
        check (substring(image from 1 for 3) = '\xffd8ff'::bytea and substring(thumbnail from 1 for 3) = '\xffd8ff'::bytea)
);
comment on table maintenance_ticket_photos is
    'What is broken as somebody saw it: drawn anew as JPEG, nothing of the file that was sent is in it. Here, so that row security, backups and whatever is committed hold for it too.';
comment on column maintenance_ticket_photos.id is 'The sender''s own, so that what a phone sends twice is there once.';
comment on column maintenance_ticket_photos.sent_digest is 'SHA-256 of the file that was sent, by which it is known when it comes again.';
create index maintenance_ticket_photos_by_ticket on maintenance_ticket_photos (omd_id, business_id, ticket_id);

alter table retention_rules drop constraint retention_rules_what_known;
alter table retention_rules add constraint retention_rules_what_known
    check (what in ('guest_contacts', 'guest_documents', 'guest_minimum', 'audit', 'ticket_photos'));
comment on column retention_rules.what is
    'guest_contacts and guest_documents are erased so many days after the departure; guest_minimum is how long the law asks a stay''s guests to be kept, which refuses an erasure; audit is the age at which a month of the audit goes; ticket_photos go so many days after their ticket was closed or set aside.';
