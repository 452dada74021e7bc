-- Who checks out on the day of arrival stayed no night: the stay ends on the day it began.

alter table reservations drop constraint reservations_departure_after_arrival;
alter table reservations add constraint reservations_departure_after_arrival
    check (departure > arrival or (departure = arrival and status = 'checked_out'));
comment on table reservations is
    'One room type for one stay [arrival, departure); who left on the day of arrival stayed no night.';
