-- Takes away when guests will arrive, and what they asked for.

drop table reservation_requests;
alter table reservations drop column estimated_arrival;
