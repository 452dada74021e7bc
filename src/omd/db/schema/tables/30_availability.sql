-- availability: supply. One row per room and night, one counter row per room type and night.
-- Both are LIST (omd_id), each of these RANGE (date) by quarter; create_availability_quarter makes the leaves.

create schema archive;
comment on schema archive is 'Quarters detached from the horizon: kept, no longer served.';

create table availability_horizons (
    omd_id int not null,
    starts_on date not null,
    ends_on date not null,
    constraint availability_horizons_pkey primary key (omd_id),
    constraint availability_horizons_omd_fkey foreign key (omd_id) references omds (id) on delete restrict,
    constraint availability_horizons_order check (starts_on < ends_on)
);
comment on table availability_horizons is 'The dates an OMD has rows for: [starts_on, ends_on). Outside of it nothing can be sold.';

create table room_availability (
    omd_id int not null,
    business_id int not null,
    room_id int not null,
    date date not null,
    maintenance text,
    reservation_id uuid,
    available boolean generated always as
        (reservation_id is null and (maintenance is null or maintenance = 'out_of_service') and not held_back) stored,
    day_use boolean not null default false,
    held_back boolean not null default false,
    constraint room_availability_pkey primary key (omd_id, business_id, room_id, date),
    constraint room_availability_room_fkey foreign key (omd_id, business_id, room_id)
        references individual_rooms (omd_id, business_id, id) on delete restrict,
    constraint room_availability_maintenance_known check (maintenance in ('out_of_order', 'out_of_service')),
    constraint room_availability_no_stay_out_of_order
        check (reservation_id is null or maintenance is null or maintenance = 'out_of_service'),
    constraint room_availability_no_stay_held_back check (reservation_id is null or not held_back)
) partition by list (omd_id);
comment on table room_availability is
    'One row per room and night: its maintenance and the one reservation that claims it. No foreign key may reference it.';

comment on column room_availability.day_use is
    'Whether the room is used on the day before the night or after it, which a claim of the night has to look at: here, as the claim has this row anyway.';
comment on column room_availability.held_back is
    'Whether a hold-back of this very room keeps it from being given to anybody that night; its maintenance is another matter.';

create table room_type_availability (
    omd_id int not null,
    business_id int not null,
    room_type_id int not null,
    date date not null,
    physical int not null,
    out_of_order int not null default 0,
    held int not null default 0,
    sold int not null default 0,
    overbooking int not null default 0,
    forced int not null default 0,
    house_limited boolean not null default false,
    constraint room_type_availability_pkey primary key (omd_id, business_id, room_type_id, date),
    constraint room_type_availability_type_fkey foreign key (omd_id, business_id, room_type_id)
        references room_types (omd_id, business_id, id) on delete restrict,
    constraint room_type_availability_counts_sane
        check (out_of_order between 0 and physical and held >= 0 and sold >= 0 and forced >= 0),
    constraint room_type_availability_never_oversold
        check (sold <= greatest(0, physical - out_of_order - held + overbooking) + forced)
) partition by list (omd_id);
comment on table room_type_availability is
    'Counters per room type and night, kept in the transaction of what they count; they answer every search and guard every sale.';
comment on column room_type_availability.forced is
    'Nights sold above every limit by a named, recorded override; never more than the excess it covers.';
comment on column room_type_availability.house_limited is
    'Whether the hotel has a row in house_availability that night. It stands on the row every sale locks anyway, so that a hotel without a house-wide limit pays nothing.';
comment on column room_type_availability.held is
    'Rooms that hold-backs keep off sale that night; one of a certain room does not count while that room is out of order, which takes it off sale already.';
create index room_type_availability_by_date on room_type_availability (omd_id, date, business_id);

create table house_availability (
    omd_id int not null,
    business_id int not null,
    date date not null,
    physical int not null,
    out_of_order int not null,
    held int not null,
    sold int not null,
    overbooking int not null,
    forced int not null default 0,
    constraint house_availability_pkey primary key (omd_id, business_id, date),
    constraint house_availability_business_fkey foreign key (omd_id, business_id)
        references businesses (omd_id, id) on delete restrict,
    constraint house_availability_counts_sane
        check (out_of_order between 0 and physical and held >= 0 and sold >= 0 and forced >= 0),
    constraint house_availability_never_oversold
        check (sold <= greatest(0, physical - out_of_order - held + overbooking) + forced)
);
comment on table house_availability is
    'The counters of a whole hotel on the nights for which it sets a house-wide overbooking limit, and on no other: the sums over its room types, and the limit over all of them together.';

create table maintenance_intervals (
    omd_id int not null,
    business_id int not null,
    id int generated always as identity,
    room_id int not null,
    kind text not null,
    starts_on date not null,
    ends_on date not null,
    reason text not null,
    created_at timestamptz not null default now(),
    created_by text not null,
    returns_as text,
    constraint maintenance_intervals_pkey primary key (omd_id, business_id, id),
    constraint maintenance_intervals_room_fkey foreign key (omd_id, business_id, room_id)
        references individual_rooms (omd_id, business_id, id) on delete restrict,
    constraint maintenance_intervals_kind_known check (kind in ('out_of_order', 'out_of_service')),
    constraint maintenance_intervals_order check (starts_on < ends_on),
    constraint maintenance_intervals_reason_given check (btrim(reason) <> '' and length(reason) <= 500),
    constraint maintenance_intervals_returns_as_known check (returns_as in ('dirty', 'pickup', 'clean', 'as_it_was'))
);
comment on table maintenance_intervals is
    'A room out of order (not sold) or out of service (still sold) for the nights [starts_on, ends_on).';
comment on column maintenance_intervals.returns_as is
    'What the room is at best when this ends; as_it_was leaves its condition alone, null = what its hotel says of every room.';
create index maintenance_intervals_by_room on maintenance_intervals (omd_id, business_id, room_id, starts_on);

create table hold_backs (
    omd_id int not null,
    business_id int not null,
    id int generated always as identity,
    room_type_id int not null,
    room_id int,
    rooms int not null,
    kind text not null,
    starts_on date not null,
    ends_on date not null,
    reason text not null,
    created_at timestamptz not null default now(),
    created_by text not null,
    constraint hold_backs_pkey primary key (omd_id, business_id, id),
    constraint hold_backs_type_fkey foreign key (omd_id, business_id, room_type_id)
        references room_types (omd_id, business_id, id) on delete restrict,
    constraint hold_backs_room_fkey foreign key (omd_id, business_id, room_id)
        references individual_rooms (omd_id, business_id, id) on delete restrict,
    constraint hold_backs_kind_known check (kind in ('owner', 'staff', 'show_room', 'renovation_reserve', 'other')),
    constraint hold_backs_rooms_sane check (rooms between 1 and 10000 and (room_id is null or rooms = 1)),
    constraint hold_backs_order check (starts_on < ends_on),
    constraint hold_backs_reason_given check (btrim(reason) <> '' and length(reason) <= 500)
);
comment on table hold_backs is
    'Rooms of a type, or a certain room, that a hotel keeps off sale for the nights [starts_on, ends_on) for a reason that is no defect.';
comment on column hold_backs.room_id is 'The room that is held back; null = so many rooms of the type, whichever.';
create index hold_backs_by_type on hold_backs (omd_id, business_id, room_type_id, starts_on);
create index hold_backs_by_room on hold_backs (omd_id, business_id, room_id, starts_on);
