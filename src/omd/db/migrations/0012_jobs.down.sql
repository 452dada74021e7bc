-- Takes the jobs away, with what was yet to be done, and the hotels' hours.

alter table businesses drop column night_hour;
drop table job_cursor;
drop table job_effects;
drop table job_keys;
drop table job_log;
drop table jobs;
drop type job_status;
