-- Takes the relay's positions away.

drop table event_positions;
drop index events_by_position;
drop index events_position;
drop index events_waiting;
alter table events no force row level security;
update events set position = null where position is not null;
alter table events force row level security;
alter table events drop column recorded_at;
