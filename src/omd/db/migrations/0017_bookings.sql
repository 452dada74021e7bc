-- Bookings of offers: what a stay was sold at, and the agency whose quota a night consumes.

-- The owner is bound by row security too, and a constraint must look at the rows there are.
alter table businesses no force row level security;
alter table reservations no force row level security;
alter table rate_plans no force row level security;
alter table reservations add column agency text,
    add constraint reservations_agency_form check (agency ~ '^[A-Za-z0-9._/-]{1,40}$');
comment on column reservations.agency is
    'The agency or channel that sold it, whose quotas its nights consume; null = the hotel itself.';
alter table reservation_nights add column agency text;
comment on column reservation_nights.agency is
    'The agency or channel whose quota the night consumes; that of the stay, on the row that is counted.';

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
    constraint reservation_charges_part_known check (part in ('base', 'extra_adults', 'children', 'supplement'))
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

alter table businesses force row level security;
alter table reservations force row level security;
alter table rate_plans force row level security;
