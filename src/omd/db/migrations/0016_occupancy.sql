-- How few persons a room type takes, and for how many its price is: what offers are made by.

alter table room_types
    add column min_occupancy int not null default 1,
    add column standard_occupancy int,
    add constraint room_types_min_occupancy_sane check (min_occupancy between 1 and max_occupancy),
    add constraint room_types_standard_occupancy_sane check (standard_occupancy between 1 and max_occupancy);
comment on column room_types.min_occupancy is 'The fewest persons it is sold to.';
comment on column room_types.standard_occupancy is
    'How many persons are in its price; adults above that are extra. Null = as many as max_adults.';
