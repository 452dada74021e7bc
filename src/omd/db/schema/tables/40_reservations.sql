-- reservations: demand. A stay, its guests, and one row per night while inventory is held.

create table reservations (
    omd_id int not null,
    business_id int not null,
    id uuid not null default uuidv7(),
    code text not null,
    room_type_id int not null,
    arrival date not null,
    departure date not null,
    adults int not null,
    children int not null,
    status text not null default 'confirmed',
    room_locked boolean not null default false,
    amount numeric(12, 2),
    currency text,
    note text,
    external_reference text,
    version int not null default 1,
    booked_at timestamptz not null,
    booked_by text not null,
    checked_in_at timestamptz,
    checked_out_at timestamptz,
    cancelled_at timestamptz,
    cancellation_reason text,
    no_show_at timestamptz,
    constraint reservations_pkey primary key (omd_id, business_id, id),
    constraint reservations_code_unique unique (omd_id, code),
    constraint reservations_type_fkey foreign key (omd_id, business_id, room_type_id)
        references room_types (omd_id, business_id, id) on delete restrict,
    constraint reservations_status_known
        check (status in ('confirmed', 'in_house', 'checked_out', 'cancelled', 'no_show')),
    constraint reservations_departure_after_arrival
        check (departure > arrival or (departure = arrival and status = 'checked_out')),
    constraint reservations_guests_counted check (adults >= 1 and children >= 0),
    constraint reservations_amount_with_currency check ((amount is null) = (currency is null)),
    constraint reservations_amount_not_negative check (amount >= 0),
    constraint reservations_currency_form check (currency ~ '^[A-Z]{3}$'),
    constraint reservations_status_dated check (
        (checked_in_at is not null) = (status in ('in_house', 'checked_out'))
        and (checked_out_at is not null) = (status = 'checked_out')
        and (cancelled_at is not null) = (status = 'cancelled')
        and (no_show_at is not null) = (status = 'no_show'))
);
comment on table reservations is
    'One room type for one stay [arrival, departure); who left on the day of arrival stayed no night.';
comment on column reservations.room_type_id is 'The type sold; the type whose inventory a night consumes stands on the night.';
create index reservations_by_arrival on reservations (omd_id, business_id, arrival, id);
create index reservations_by_departure on reservations (omd_id, business_id, departure, id);
create index reservations_by_type on reservations (omd_id, business_id, room_type_id);

create table reservation_guests (
    omd_id int not null,
    business_id int not null,
    id uuid not null default uuidv7(),
    reservation_id uuid not null,
    is_primary boolean not null,
    first_name text,
    last_name text not null,
    email text,
    phone text,
    country text,
    constraint reservation_guests_pkey primary key (omd_id, business_id, id),
    constraint reservation_guests_reservation_fkey foreign key (omd_id, business_id, reservation_id)
        references reservations (omd_id, business_id, id) on delete cascade,
    constraint reservation_guests_last_name_given check (btrim(last_name) <> '')
);
comment on table reservation_guests is 'The persons named on a reservation; one of them is the primary guest.';
create index reservation_guests_by_reservation on reservation_guests (omd_id, business_id, reservation_id);
create unique index reservation_guests_one_primary
    on reservation_guests (omd_id, business_id, reservation_id) where is_primary;

create table reservation_nights (
    omd_id int not null,
    business_id int not null,
    reservation_id uuid not null,
    date date not null,
    room_type_id int not null,
    room_id int,
    constraint reservation_nights_pkey primary key (omd_id, business_id, reservation_id, date),
    constraint reservation_nights_room_once unique (omd_id, business_id, room_id, date),
    constraint reservation_nights_reservation_fkey foreign key (omd_id, business_id, reservation_id)
        references reservations (omd_id, business_id, id) on delete restrict,
    constraint reservation_nights_room_fkey foreign key (omd_id, business_id, room_type_id, room_id)
        references individual_rooms (omd_id, business_id, room_type_id, id) on delete restrict
) partition by list (omd_id);
comment on table reservation_nights is
    'One row per night held: the type whose inventory it consumes, and its room unless overbooking left it without one.';
create index reservation_nights_by_type on reservation_nights (omd_id, business_id, room_type_id, room_id, date);
