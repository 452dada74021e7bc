-- Stays without a night are left as they are: they are closed, and nothing writes them any more.

alter table reservations drop constraint reservations_departure_after_arrival;
alter table reservations add constraint reservations_departure_after_arrival check (departure > arrival) not valid;
comment on table reservations is 'One room type for one stay [arrival, departure).';
