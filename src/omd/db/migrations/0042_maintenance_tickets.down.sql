-- Tickets are lost, with their photos and history, and how long photos are kept and what rooms come back as; technicians are housekeepers then.

alter table retention_rules no force row level security;
delete from retention_rules where what = 'ticket_photos';
alter table retention_rules force row level security;
alter table retention_rules drop constraint retention_rules_what_known;
alter table retention_rules add constraint retention_rules_what_known
    check (what in ('guest_contacts', 'guest_documents', 'guest_minimum', 'audit'));
comment on column retention_rules.what is
    'guest_contacts and guest_documents are erased so many days after the departure; guest_minimum is how long the law asks a stay''s guests to be kept, which refuses an erasure; audit is the age at which a month of the audit goes.';

drop table maintenance_ticket_photos;
drop table maintenance_ticket_changes;
drop table maintenance_tickets;
alter table maintenance_intervals drop column returns_as;

alter table memberships no force row level security;
update memberships set role = 'housekeeper' where role = 'technician';
alter table memberships force row level security;
alter table memberships drop constraint memberships_role_known;
alter table memberships add constraint memberships_role_known check (
    case when business_id is null then role in ('omd_administrator', 'omd_analyst')
         else role in ('owner', 'manager', 'receptionist', 'housekeeper', 'accountant') end);
