-- inventory: hotels, what they sell, and the numbered rooms they sell it with.

create table businesses (
    omd_id int not null,
    id int generated always as identity,
    code text not null,
    name text not null,
    time_zone text not null,
    currency text not null,
    business_date date,
    night_hour smallint not null default 4,
    created_at timestamptz not null default now(),
    constraint businesses_pkey primary key (omd_id, id),
    constraint businesses_omd_fkey foreign key (omd_id) references omds (id) on delete restrict,
    constraint businesses_code_unique unique (omd_id, code),
    constraint businesses_code_form check (code ~ '^[A-Za-z0-9._/-]{1,40}$'),
    constraint businesses_name_given check (btrim(name) <> '' and length(name) <= 200),
    constraint businesses_time_zone_known check (now() at time zone time_zone is not null),
    constraint businesses_currency_form check (currency ~ '^[A-Z]{3}$'),
    constraint businesses_currency_in_hundredths check (currency not in (
        'BHD', 'BIF', 'CLF', 'CLP', 'DJF', 'GNF', 'IQD', 'ISK', 'JOD', 'JPY', 'KMF', 'KRW', 'KWD', 'LYD', 'OMR', 'PYG',
        'RWF', 'TND', 'UGX', 'UYI', 'UYW', 'VND', 'VUV', 'XAF', 'XAG', 'XAU', 'XBA', 'XBB', 'XBC', 'XBD', 'XDR',
        'XOF', 'XPD', 'XPF', 'XPT', 'XSU', 'XTS', 'XUA', 'XXX')),
    constraint businesses_night_hour_known check (night_hour between 0 and 23)
);
alter table access_tokens add constraint access_tokens_business_fkey
    foreign key (omd_id, business_id) references businesses (omd_id, id) on delete restrict;
alter table service_accounts add constraint service_accounts_business_fkey
    foreign key (omd_id, business_id) references businesses (omd_id, id) on delete restrict;
alter table memberships add constraint memberships_business_fkey
    foreign key (omd_id, business_id) references businesses (omd_id, id) on delete restrict;
alter table consents add constraint consents_business_fkey
    foreign key (omd_id, business_id) references businesses (omd_id, id) on delete restrict;
alter table retention_rules add constraint retention_rules_business_fkey
    foreign key (omd_id, business_id) references businesses (omd_id, id) on delete restrict;
alter table erasures add constraint erasures_business_fkey
    foreign key (omd_id, business_id) references businesses (omd_id, id) on delete restrict;
comment on table businesses is 'A hotel, member of one OMD.';
comment on column businesses.night_hour is 'The hour of its own clock at which its work of the night is due.';
comment on column businesses.currency is 'ISO 4217, of those that are counted in hundredths, as every amount here is.';
comment on column businesses.business_date is
    'The day the hotel works on, where its night audit opens it, or it is held by hand (a replay of the past); null = today on the hotel''s wall clock.';

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
    min_occupancy int not null default 1,
    standard_occupancy int,
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
        check (max_adults >= 1 and max_children >= 0 and max_occupancy between max_adults and max_adults + max_children),
    constraint room_types_min_occupancy_sane check (min_occupancy between 1 and max_occupancy),
    constraint room_types_standard_occupancy_sane check (standard_occupancy between 1 and max_occupancy)
);
comment on table room_types is 'What a hotel sells: rooms that are interchangeable for the guest.';
comment on column room_types.quantity is 'Rooms of the type in use; a trigger counts them.';
comment on column room_types.min_occupancy is 'The fewest persons it is sold to.';
comment on column room_types.standard_occupancy is
    'How many persons are in its price; adults above that are extra. Null = as many as max_adults.';
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
