-- Takes away rooms for a part of a day; refused while there is a stay that has one.

alter table daily_statistics drop column day_use_revenue;
alter table daily_statistics drop column day_uses;
drop table stay_settings;
drop table day_uses;
alter table room_availability drop column day_use;
alter table reservations drop constraint reservations_departure_after_arrival;
alter table reservations drop column day_use;
alter table reservations add constraint reservations_departure_after_arrival
    check (departure > arrival or (departure = arrival and status = 'checked_out'));
