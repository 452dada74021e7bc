-- Takes the foundation away, and everything in it: data of every tenant, and the quarters kept in archive.

drop schema archive cascade;
drop table reservation_nights;
drop table reservation_guests;
drop table reservations;
drop table maintenance_intervals;
drop table room_type_availability;
drop table room_availability;
drop table availability_horizons;
drop table individual_rooms;
drop table room_types;
drop table access_tokens;
drop table businesses;
drop table idempotency_keys;
drop table events;
drop table omds;
