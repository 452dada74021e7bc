-- The foundation: tenants, inventory, availability, reservations, events.

-- identity: the tenants, and the keys with which programs come in.

create table omds (
    id int generated always as identity,
    code text not null,
    name text not null,
    created_at timestamptz not null default now(),
    constraint omds_pkey primary key (id),
    constraint omds_code_unique unique (code),
    constraint omds_code_form check (code ~ '^[A-Za-z0-9._/-]{1,40}$'),
    constraint omds_name_given check (btrim(name) <> '' and length(name) <= 200)
);
comment on table omds is 'A destination management organisation: the tenant. Its id leads every key below it.';

create table access_tokens (
    omd_id int not null,
    id int generated always as identity,
    business_id int,
    name text not null,
    prefix text not null,
    token_hash bytea not null,
    created_at timestamptz not null default now(),
    revoked_at timestamptz,
    constraint access_tokens_pkey primary key (omd_id, id),
    constraint access_tokens_omd_fkey foreign key (omd_id) references omds (id) on delete restrict,
    constraint access_tokens_hash_unique unique (token_hash),
    constraint access_tokens_hash_is_sha256 check (octet_length(token_hash) = 32),
    constraint access_tokens_name_given check (btrim(name) <> '' and length(name) <= 200)
);
comment on table access_tokens is 'A fixed token of one hotel (business_id set) or of the whole OMD (null); only its SHA-256 is kept.';
create index access_tokens_business on access_tokens (omd_id, business_id);
-- platform: what every feature writes through: events and the answers kept for retried requests.

create table events (
    omd_id int not null,
    seq bigint generated always as identity,
    xid xid8 not null default pg_current_xact_id(),
    position bigint,
    business_id int,
    aggregate text not null,
    aggregate_id text not null,
    aggregate_version int not null,
    type text not null,
    actor text not null,
    occurred_at timestamptz not null default now(),
    data jsonb not null,
    constraint events_pkey primary key (omd_id, seq),
    constraint events_type_form check (type ~ '^[a-z_]+\.[a-z_]+$')
);
comment on table events is
    'What happened, in the transaction in which it happened; append-only. seq is not commit order: readers wait for position.';
create index events_by_aggregate on events (omd_id, aggregate, aggregate_id, seq);

create table idempotency_keys (
    omd_id int not null,
    actor text not null,
    key text not null,
    request_hash bytea not null,
    status smallint not null,
    headers jsonb not null,
    body bytea not null,
    created_at timestamptz not null default now(),
    constraint idempotency_keys_pkey primary key (omd_id, actor, key),
    constraint idempotency_keys_key_length check (length(key) between 1 and 255)
);
comment on table idempotency_keys is
    'The complete answer given to a request that carried an Idempotency-Key, committed with what the request did.';
create index idempotency_keys_by_age on idempotency_keys (created_at);
-- inventory: hotels, what they sell, and the numbered rooms they sell it with.

create table businesses (
    omd_id int not null,
    id int generated always as identity,
    code text not null,
    name text not null,
    time_zone text not null,
    currency text not null,
    business_date date,
    created_at timestamptz not null default now(),
    constraint businesses_pkey primary key (omd_id, id),
    constraint businesses_omd_fkey foreign key (omd_id) references omds (id) on delete restrict,
    constraint businesses_code_unique unique (omd_id, code),
    constraint businesses_code_form check (code ~ '^[A-Za-z0-9._/-]{1,40}$'),
    constraint businesses_name_given check (btrim(name) <> '' and length(name) <= 200),
    constraint businesses_time_zone_known check (now() at time zone time_zone is not null),
    constraint businesses_currency_form check (currency ~ '^[A-Z]{3}$')
);
alter table access_tokens add constraint access_tokens_business_fkey
    foreign key (omd_id, business_id) references businesses (omd_id, id) on delete restrict;
comment on table businesses is 'A hotel, member of one OMD.';
comment on column businesses.business_date is
    'The day the hotel works on, where it is held by hand (a replay of the past); null = today on the hotel''s wall clock.';

create table room_types (
    omd_id int not null,
    business_id int not null,
    id int generated always as identity,
    code text not null,
    name text not null,
    quantity int not null default 0,
    max_adults int not null,
    max_children int not null,
    max_occupancy int not null,
    overbooking int not null default 0,
    created_at timestamptz not null default now(),
    constraint room_types_pkey primary key (omd_id, business_id, id),
    constraint room_types_business_fkey
        foreign key (omd_id, business_id) references businesses (omd_id, id) on delete restrict,
    constraint room_types_code_unique unique (omd_id, business_id, code),
    constraint room_types_code_given check (btrim(code) <> '' and length(code) <= 40),
    constraint room_types_name_given check (btrim(name) <> '' and length(name) <= 200),
    constraint room_types_quantity_not_negative check (quantity >= 0),
    constraint room_types_capacity_sane
        check (max_adults >= 1 and max_children >= 0 and max_occupancy between max_adults and max_adults + max_children)
);
comment on table room_types is 'What a hotel sells: rooms that are interchangeable for the guest.';
comment on column room_types.quantity is 'Rooms of the type in use; a trigger counts them.';
comment on column room_types.overbooking is 'How many rooms above those there are may be sold a night, on dates opened from now on.';

create table individual_rooms (
    omd_id int not null,
    business_id int not null,
    id int generated always as identity,
    room_type_id int not null,
    number text not null,
    floor int,
    features text[] not null default '{}',
    retired_on date,
    created_at timestamptz not null default now(),
    constraint individual_rooms_pkey primary key (omd_id, business_id, id),
    constraint individual_rooms_type_unique unique (omd_id, business_id, room_type_id, id),
    constraint individual_rooms_type_fkey foreign key (omd_id, business_id, room_type_id)
        references room_types (omd_id, business_id, id) on delete restrict,
    constraint individual_rooms_number_given check (btrim(number) <> '' and length(number) <= 20)
);
comment on table individual_rooms is 'A numbered room. A room that leaves the house is retired, never deleted: its past stays.';
create unique index individual_rooms_number_unique
    on individual_rooms (omd_id, business_id, number) where retired_on is null;
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
        (reservation_id is null and (maintenance is null or maintenance = 'out_of_service')) stored,
    constraint room_availability_pkey primary key (omd_id, business_id, room_id, date),
    constraint room_availability_room_fkey foreign key (omd_id, business_id, room_id)
        references individual_rooms (omd_id, business_id, id) on delete restrict,
    constraint room_availability_maintenance_known check (maintenance in ('out_of_order', 'out_of_service')),
    constraint room_availability_no_stay_out_of_order
        check (reservation_id is null or maintenance is null or maintenance = 'out_of_service')
) partition by list (omd_id);
comment on table room_availability is
    'One row per room and night: its maintenance and the one reservation that claims it. No foreign key may reference it.';

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
    constraint room_type_availability_pkey primary key (omd_id, business_id, room_type_id, date),
    constraint room_type_availability_type_fkey foreign key (omd_id, business_id, room_type_id)
        references room_types (omd_id, business_id, id) on delete restrict,
    constraint room_type_availability_counts_sane
        check (out_of_order between 0 and physical and held >= 0 and sold >= 0 and forced >= 0),
    constraint room_type_availability_never_oversold
        check (sold <= physical - out_of_order - held + overbooking + forced)
) partition by list (omd_id);
comment on table room_type_availability is
    'Counters per room type and night, kept in the transaction of what they count; they answer every search and guard every sale.';
comment on column room_type_availability.forced is
    'Nights sold above every limit by a named, recorded override; never more than the excess it covers.';
create index room_type_availability_by_date on room_type_availability (omd_id, date, business_id);

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
    constraint maintenance_intervals_pkey primary key (omd_id, business_id, id),
    constraint maintenance_intervals_room_fkey foreign key (omd_id, business_id, room_id)
        references individual_rooms (omd_id, business_id, id) on delete restrict,
    constraint maintenance_intervals_kind_known check (kind in ('out_of_order', 'out_of_service')),
    constraint maintenance_intervals_order check (starts_on < ends_on),
    constraint maintenance_intervals_reason_given check (btrim(reason) <> '' and length(reason) <= 500)
);
comment on table maintenance_intervals is
    'A room out of order (not sold) or out of service (still sold) for the nights [starts_on, ends_on).';
create index maintenance_intervals_by_room on maintenance_intervals (omd_id, business_id, room_id, starts_on);
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
    constraint reservations_departure_after_arrival check (departure > arrival),
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
comment on table reservations is 'One room type for one stay [arrival, departure).';
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
