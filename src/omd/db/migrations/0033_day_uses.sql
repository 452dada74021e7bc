-- Rooms for a part of a day, from when on and until when rooms are a guest's, and how both are counted.

-- The owner is bound by row security too, and a constraint must look at the rows there are.
alter table reservations no force row level security;
alter table room_availability no force row level security;
alter table daily_statistics no force row level security;

alter table reservations add column day_use boolean not null default false;
alter table reservations drop constraint reservations_departure_after_arrival;
alter table reservations add constraint reservations_departure_after_arrival
    check (departure > arrival or (departure = arrival and (day_use or status = 'checked_out')));
alter table reservations add constraint reservations_day_use_no_night check (not day_use or departure = arrival);
comment on column reservations.day_use is 'A room for a part of a day, in day_uses; it holds no night.';

alter table room_availability add column day_use boolean not null default false;
comment on column room_availability.day_use is
    'Whether the room is used on the day before the night or after it, which a claim of the night has to look at: here, as the claim has this row anyway.';

create table day_uses (
    omd_id int not null,
    business_id int not null,
    reservation_id uuid not null,
    room_id int not null,
    date date not null,
    starts_at timestamptz not null,
    ends_at timestamptz not null,
    bars_departure boolean not null,
    bars_arrival boolean not null,
    is_over boolean not null default false,
    constraint day_uses_pkey primary key (omd_id, business_id, reservation_id),
    constraint day_uses_reservation_fkey foreign key (omd_id, business_id, reservation_id)
        references reservations (omd_id, business_id, id) on delete restrict,
    constraint day_uses_room_fkey foreign key (omd_id, business_id, room_id)
        references individual_rooms (omd_id, business_id, id) on delete restrict,
    constraint day_uses_some_time check (starts_at < ends_at),
    constraint day_uses_room_once exclude using gist
        (int4range(room_id, room_id, '[]') with &&, tstzrange(starts_at, ends_at) with &&) where (not is_over)
);
comment on table day_uses is
    'A room for a part of a day, [starts_at, ends_at), without a night: the time slice of a stay that departs on its day of arrival.';
comment on column day_uses.bars_departure is 'Whether it begins before rooms are left: no stay departs from the room on that day.';
comment on column day_uses.bars_arrival is 'Whether it ends after rooms are entered: no stay arrives in the room on that day.';
comment on column day_uses.is_over is 'Its stay was checked out, cancelled, or did not come: the room is free of it.';
create index day_uses_by_room on day_uses (omd_id, business_id, room_id, date);

create table stay_settings (
    omd_id int not null,
    business_id int not null,
    check_in_from time not null,
    check_out_until time not null,
    constraint stay_settings_pkey primary key (omd_id, business_id),
    constraint stay_settings_business_fkey foreign key (omd_id, business_id)
        references businesses (omd_id, id) on delete restrict,
    constraint stay_settings_night_apart check (check_out_until <= check_in_from)
);
comment on table stay_settings is
    'From when on a hotel''s rooms are entered, and until when they are left, on its clock; a hotel without a row has 15:00 and 11:00.';

alter table daily_statistics add column day_uses int not null default 0;
alter table daily_statistics add column day_use_revenue numeric(16, 2) not null default 0;
comment on column daily_statistics.day_uses is 'Rooms entered for a part of the day, which are neither nights nor arrivals.';
comment on column daily_statistics.day_use_revenue is 'What of room_revenue was earned by them.';

alter table reservations force row level security;
alter table room_availability force row level security;
alter table daily_statistics force row level security;
