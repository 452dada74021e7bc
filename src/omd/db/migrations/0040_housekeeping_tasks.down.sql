-- The tasks of housekeeping are lost, with what was said of them and what was found.

drop table found_items;
drop table housekeeping_commands;
drop table housekeeping_tasks;
drop table housekeeping_plans;
drop table housekeeping_credits;
drop table housekeeping_task_settings;
alter table room_conditions drop column soiled_at;
alter table memberships drop constraint memberships_of_business;
