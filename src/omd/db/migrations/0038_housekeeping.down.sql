-- The condition of rooms is lost, with its history.

drop table room_condition_changes;
drop table room_conditions;
drop table housekeeping_settings;
