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
    room_lock_reason text,
    room_locked_at timestamptz,
    room_locked_by text,
    amount numeric(12, 2),
    currency text,
    note text,
    external_reference text,
    agency text,
    version int not null default 1,
    booked_at timestamptz not null,
    booked_by text not null,
    checked_in_at timestamptz,
    checked_out_at timestamptz,
    cancelled_at timestamptz,
    cancellation_reason text,
    no_show_at timestamptz,
    planned_departure date,
    hold_until timestamptz,
    estimated_arrival time,
    day_use boolean not null default false,
    agreed_from date,
    agreed_until date,
    constraint reservations_pkey primary key (omd_id, business_id, id),
    constraint reservations_code_unique unique (omd_id, code),
    constraint reservations_type_fkey foreign key (omd_id, business_id, room_type_id)
        references room_types (omd_id, business_id, id) on delete restrict,
    constraint reservations_status_known
        check (status in ('tentative', 'confirmed', 'in_house', 'checked_out', 'cancelled', 'no_show')),
    constraint reservations_departure_after_arrival
        check (departure > arrival or (departure = arrival and (day_use or status = 'checked_out'))),
    constraint reservations_day_use_no_night check (not day_use or departure = arrival),
    constraint reservations_guests_counted check (adults >= 1 and children >= 0),
    constraint reservations_amount_with_currency check ((amount is null) = (currency is null)),
    constraint reservations_amount_not_negative check (amount >= 0),
    constraint reservations_currency_form check (currency ~ '^[A-Z]{3}$'),
    constraint reservations_agency_form check (agency ~ '^[A-Za-z0-9._/-]{1,40}$'),
    constraint reservations_planned_later
        check (planned_departure is null or (status = 'checked_out' and planned_departure > departure)),
    constraint reservations_status_dated check (
        (checked_in_at is not null) = (status in ('in_house', 'checked_out'))
        and (checked_out_at is not null) = (status = 'checked_out')
        and (cancelled_at is not null) = (status = 'cancelled')
        and (no_show_at is not null) = (status = 'no_show')),
    constraint reservations_hold_ends
        check (status = 'cancelled' or (hold_until is not null) = (status = 'tentative')),
    constraint reservations_agreed_nights
        check ((agreed_from is null) = (agreed_until is null) and agreed_until > agreed_from),
    constraint reservations_lock_reason_given check (btrim(room_lock_reason) <> '' and length(room_lock_reason) <= 200),
    constraint reservations_lock_of_locked
        check (room_locked or num_nonnulls(room_lock_reason, room_locked_at, room_locked_by) = 0),
    constraint reservations_lock_dated check ((room_locked_at is null) = (room_locked_by is null))
);
comment on table reservations is
    'One room type for one stay [arrival, departure); who left on the day of arrival stayed no night.';
comment on column reservations.agency is
    'The agency or channel that sold it, whose quotas its nights consume; null = the hotel itself.';
comment on column reservations.room_type_id is 'The type sold; the type whose inventory a night consumes stands on the night.';
comment on column reservations.planned_departure is
    'The departure it had before an early check-out, for its undo; null = it left on the day it was to.';
comment on column reservations.hold_until is
    'Until when a tentative stay is held; a cancelled stay that has it was never confirmed, and owes nothing.';
comment on column reservations.estimated_arrival is
    'When the guests think they will arrive, on the hotel''s clock; early in the morning it is the night after the day of arrival.';
comment on column reservations.day_use is 'A room for a part of a day, in day_uses; it holds no night.';
comment on column reservations.agreed_from is
    'The nights that an amount agreed on by hand is for, [agreed_from, agreed_until); null = those that the stay has.';
comment on column reservations.room_lock_reason is 'Why the stay is not to leave its room; null = nobody said.';
comment on column reservations.room_locked_at is
    'When the room was locked, or the reason last changed; null where it is not, of a day use, and where it was locked before this was kept.';
comment on column reservations.room_locked_by is 'Who locked the room, or last changed the reason.';
create index reservations_by_arrival on reservations (omd_id, business_id, arrival, id);
create index reservations_by_type on reservations (omd_id, business_id, room_type_id);
create index reservations_by_status on reservations (omd_id, business_id, status, departure, arrival, id);

create table guest_profiles (
    omd_id int not null,
    business_id int not null,
    id uuid not null default uuidv7(),
    first_name text,
    last_name text,
    email text,
    phone text,
    language text,
    country text,
    date_of_birth date,
    company text,
    vip_code text,
    note text,
    preferences text[] not null default '{}',
    room_wishes jsonb not null default '[]',
    marketing_consent_at timestamptz,
    created_at timestamptz not null,
    created_by text not null,
    changed_at timestamptz not null,
    version int not null default 1,
    merged_into uuid,
    erased_at timestamptz,
    name_key text collate "C",
    first_name_key text collate "C",
    email_key text collate "C",
    phone_key text collate "C",
    constraint guest_profiles_pkey primary key (omd_id, business_id, id),
    constraint guest_profiles_business_fkey foreign key (omd_id, business_id)
        references businesses (omd_id, id) on delete restrict,
    constraint guest_profiles_merged_fkey foreign key (omd_id, business_id, merged_into)
        references guest_profiles (omd_id, business_id, id) on delete restrict,
    constraint guest_profiles_of_somebody
        check ((btrim(last_name) <> '') is true or merged_into is not null or erased_at is not null),
    constraint guest_profiles_not_into_itself check (merged_into <> id),
    constraint guest_profiles_gone_holds_nothing check (
        (merged_into is null and erased_at is null)
        or (num_nonnulls(first_name, last_name, email, phone, language, date_of_birth, company, vip_code, note,
                         marketing_consent_at) = 0 and preferences = '{}' and room_wishes = '[]'))
);
comment on table guest_profiles is
    'Who comes to a hotel again: what it knows of a person beyond one stay. One that was merged points at the one that holds its stays, and holds nothing itself.';
comment on column guest_profiles.room_wishes is
    'What the guest wishes of every room: kind, value, importance and whether it is required. Stays look here; they hold no copy.';
comment on column guest_profiles.marketing_consent_at is 'When the guest agreed to be written to; null = never, or taken back.';
comment on column guest_profiles.name_key is 'Last and first name as they are searched: small letters without their marks; kept by a trigger, as are the other keys.';
comment on column guest_profiles.phone_key is 'The last nine digits of the phone, which are the same with and without its country.';
create index guest_profiles_by_name on guest_profiles (omd_id, business_id, name_key);
create index guest_profiles_by_first_name on guest_profiles (omd_id, business_id, first_name_key);
create index guest_profiles_by_email on guest_profiles (omd_id, business_id, email_key);
create index guest_profiles_by_phone on guest_profiles (omd_id, business_id, phone_key);
create index guest_profiles_by_survivor on guest_profiles (omd_id, business_id, merged_into);

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
    date_of_birth date,
    document_type text,
    document_number bytea,
    document_ending text,
    document_country text,
    erased_at timestamptz,
    citizenship text,
    place_of_birth text,
    address text,
    profile_id uuid,
    arrives_on date,
    leaves_on date,
    constraint reservation_guests_pkey primary key (omd_id, business_id, id),
    constraint reservation_guests_reservation_fkey foreign key (omd_id, business_id, reservation_id)
        references reservations (omd_id, business_id, id) on delete cascade,
    constraint reservation_guests_profile_fkey foreign key (omd_id, business_id, profile_id)
        references guest_profiles (omd_id, business_id, id) on delete restrict,
    constraint reservation_guests_last_name_given check (btrim(last_name) <> ''),
    constraint reservation_guests_own_dates check (arrives_on < leaves_on),
    constraint reservation_guests_document_type_known
        check (document_type in ('passport', 'identity_card', 'driving_licence', 'residence_permit', 'other')),
    constraint reservation_guests_document_whole
        check ((document_number is null) = (document_ending is null) and (document_number is null or document_type is not null))
);
comment on table reservation_guests is 'The persons named on a reservation; one of them is the primary guest.';
comment on column reservation_guests.profile_id is 'The profile of this person in the hotel, where somebody said so.';
comment on column reservation_guests.arrives_on is 'When this person comes, where that is after the others; null = with the stay.';
comment on column reservation_guests.leaves_on is 'When this person leaves, where that is before the others; null = with the stay.';
comment on column reservation_guests.document_number is
    'The number of the identity document, encrypted with a key that is not in the database.';
comment on column reservation_guests.document_ending is 'The last three characters of the number, which is all that is shown of it.';
create index reservation_guests_by_reservation on reservation_guests (omd_id, business_id, reservation_id);
create index reservation_guests_by_profile on reservation_guests (omd_id, business_id, profile_id);
create unique index reservation_guests_one_primary
    on reservation_guests (omd_id, business_id, reservation_id) where is_primary;

create table reservation_requests (
    omd_id int not null,
    business_id int not null,
    reservation_id uuid not null,
    id uuid not null default uuidv7(),
    kind text,
    text text,
    asked_at timestamptz not null,
    asked_by text not null,
    done_at timestamptz,
    done_by text,
    constraint reservation_requests_pkey primary key (omd_id, business_id, reservation_id, id),
    constraint reservation_requests_reservation_fkey foreign key (omd_id, business_id, reservation_id)
        references reservations (omd_id, business_id, id) on delete cascade,
    constraint reservation_requests_kind_form check (kind ~ '^[a-z0-9_]{1,40}$'),
    constraint reservation_requests_says_something check (kind is not null or btrim(text) <> ''),
    constraint reservation_requests_done_by_somebody check ((done_at is null) = (done_by is null))
);
comment on table reservation_requests is 'What the guests of a stay asked for: a kind of the hotel''s, words, or both; done when somebody said so.';

create table reservation_nights (
    omd_id int not null,
    business_id int not null,
    reservation_id uuid not null,
    date date not null,
    room_type_id int not null,
    room_id int,
    agency text,
    constraint reservation_nights_pkey primary key (omd_id, business_id, reservation_id, date),
    constraint reservation_nights_room_once unique (omd_id, business_id, room_id, date),
    constraint reservation_nights_reservation_fkey foreign key (omd_id, business_id, reservation_id)
        references reservations (omd_id, business_id, id) on delete restrict,
    constraint reservation_nights_room_fkey foreign key (omd_id, business_id, room_type_id, room_id)
        references individual_rooms (omd_id, business_id, room_type_id, id) on delete restrict
) partition by list (omd_id);
comment on table reservation_nights is
    'One row per night held: the type whose inventory it consumes, and its room unless overbooking left it without one.';
comment on column reservation_nights.agency is
    'The agency or channel whose quota the night consumes; that of the stay, on the row that is counted.';
create index reservation_nights_by_type on reservation_nights (omd_id, business_id, room_type_id, room_id, date);

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
    late_from time not null,
    constraint stay_settings_pkey primary key (omd_id, business_id),
    constraint stay_settings_business_fkey foreign key (omd_id, business_id)
        references businesses (omd_id, id) on delete restrict,
    constraint stay_settings_night_apart check (check_out_until <= check_in_from)
);
comment on table stay_settings is
    'From when on a hotel''s rooms are entered, until when they are left, and after when an arrival is late, on its clock; a hotel without a row has 15:00, 11:00 and 18:00.';

create table bookings (
    omd_id int not null,
    business_id int not null,
    id uuid not null default uuidv7(),
    code text not null,
    booked_at timestamptz not null,
    booked_by text not null,
    constraint bookings_pkey primary key (omd_id, business_id, id),
    constraint bookings_business_fkey foreign key (omd_id, business_id)
        references businesses (omd_id, id) on delete restrict,
    constraint bookings_code_unique unique (omd_id, code)
);
comment on table bookings is
    'The deal: offers booked together, a stay each. It holds no words, so that there is nothing of a guest to forget.';

create table used_offers (
    omd_id int not null,
    offer_id uuid not null,
    business_id int not null,
    used_at timestamptz not null,
    constraint used_offers_pkey primary key (omd_id, offer_id),
    constraint used_offers_business_fkey foreign key (omd_id, business_id)
        references businesses (omd_id, id) on delete restrict
);
comment on table used_offers is 'Offers that were taken: an offer books or re-prices one stay, once.';
create index used_offers_by_business on used_offers (omd_id, business_id);

create table reservation_prices (
    omd_id int not null,
    business_id int not null,
    reservation_id uuid not null,
    booking_id uuid,
    offer_id uuid not null,
    room_type_id int not null,
    arrival date not null,
    departure date not null,
    adults int not null,
    children_ages int[] not null,
    country text,
    locality_id int,
    rate_plan_id int not null,
    plan_version int not null,
    plan_code text not null,
    plan_name text not null,
    meals text not null,
    guarantee text not null,
    cancellation_policy_id int,
    no_show_policy_id int,
    currency text not null,
    gross numeric(12, 2) not null,
    on_top numeric(12, 2) not null,
    owed numeric(12, 2) not null,
    total numeric(12, 2) not null,
    shown_at timestamptz not null,
    priced_at timestamptz not null,
    priced_by text not null,
    constraint reservation_prices_pkey primary key (omd_id, business_id, reservation_id),
    constraint reservation_prices_reservation_fkey foreign key (omd_id, business_id, reservation_id)
        references reservations (omd_id, business_id, id) on delete restrict,
    constraint reservation_prices_booking_fkey foreign key (omd_id, business_id, booking_id)
        references bookings (omd_id, business_id, id) on delete restrict,
    constraint reservation_prices_plan_fkey foreign key (omd_id, business_id, rate_plan_id)
        references rate_plans (omd_id, business_id, id) on delete restrict,
    constraint reservation_prices_total check (total = gross + on_top),
    constraint reservation_prices_currency_form check (currency ~ '^[A-Z]{3}$')
);
comment on table reservation_prices is
    'What a stay was sold at: the offer it was booked or last re-priced by, charged as it was shown. Whoever changes rates does not touch it.';
comment on column reservation_prices.booking_id is 'The booking it was made in; null = a stay booked without an offer and priced by one later.';
comment on column reservation_prices.arrival is 'The nights that are priced, [arrival, departure); those of the stay may be others since.';
comment on column reservation_prices.owed is 'The taxes that the hotel pays and the guest does not see.';
comment on column reservation_prices.shown_at is 'When the offer was made.';
create index reservation_prices_by_booking on reservation_prices (omd_id, business_id, booking_id);
create index reservation_prices_by_plan on reservation_prices (omd_id, business_id, rate_plan_id);

create table reservation_charges (
    omd_id int not null,
    business_id int not null,
    reservation_id uuid not null,
    date date not null,
    position int not null,
    part text not null,
    code text not null,
    count int not null,
    amount numeric(12, 2) not null,
    constraint reservation_charges_pkey primary key (omd_id, business_id, reservation_id, date, position),
    constraint reservation_charges_reservation_fkey foreign key (omd_id, business_id, reservation_id)
        references reservations (omd_id, business_id, id) on delete restrict,
    constraint reservation_charges_part_known check (part in ('base', 'extra_adults', 'children', 'supplement', 'meals'))
);
comment on table reservation_charges is 'What one part of one night of a stay costs, taxes that are included in it and all.';

create table reservation_taxes (
    omd_id int not null,
    business_id int not null,
    reservation_id uuid not null,
    date date not null,
    position int not null,
    rule_id int,
    code text not null,
    name text not null,
    placement text not null,
    base numeric not null,
    amount numeric(12, 2) not null,
    constraint reservation_taxes_pkey primary key (omd_id, business_id, reservation_id, date, position),
    constraint reservation_taxes_reservation_fkey foreign key (omd_id, business_id, reservation_id)
        references reservations (omd_id, business_id, id) on delete restrict,
    constraint reservation_taxes_placement_known check (placement in ('included', 'on_top', 'owed'))
);
comment on table reservation_taxes is
    'What a tax rule came to on one night of a stay, by the words it had when the price was made: the source of declarations.';
create index reservation_taxes_by_date on reservation_taxes (omd_id, business_id, date);
