-- Takes back how few persons a room type takes, and for how many its price is.

alter table room_types drop column standard_occupancy, drop column min_occupancy;
