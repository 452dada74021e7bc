-- Tickets are lost, with their history, and what rooms come back as; technicians are housekeepers then.

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
