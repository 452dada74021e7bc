-- papers: what a hotel asks its guests for on the registration form.

create table registration_rules (
    omd_id int not null,
    business_id int not null,
    rules jsonb not null,
    blocks_check_in boolean not null,
    series text,
    constraint registration_rules_pkey primary key (omd_id, business_id),
    constraint registration_rules_business_fkey foreign key (omd_id, business_id)
        references businesses (omd_id, id) on delete restrict,
    constraint registration_rules_given check (jsonb_typeof(rules) = 'array' and jsonb_array_length(rules) between 1 and 50),
    constraint registration_rules_series_form check (series ~ '^[A-Z0-9]{1,10}$')
);
comment on table registration_rules is
    'Which fields the registration form of a hotel has, by where guests live, and which must be there; a hotel without a row has those of the product.';
comment on column registration_rules.rules is
    'A list of {residence, fields: [{field, required}]}: residence is a country, or null for guests of all others; field is a column of reservation_guests.';
comment on column registration_rules.blocks_check_in is 'Nobody checks in while a named guest lacks what is required.';
comment on column registration_rules.series is
    'The series in which the forms are numbered, without a gap; null = they are numbered by stay and guest.';

create table registration_numbers (
    omd_id int not null,
    business_id int not null,
    series text not null,
    number int not null,
    reservation_id uuid not null,
    place int not null,
    issued_at timestamptz not null,
    issued_by text not null,
    constraint registration_numbers_pkey primary key (omd_id, business_id, series, number),
    constraint registration_numbers_once unique (omd_id, business_id, reservation_id, place),
    constraint registration_numbers_reservation_fkey foreign key (omd_id, business_id, reservation_id)
        references reservations (omd_id, business_id, id) on delete restrict,
    constraint registration_numbers_counted check (number >= 1 and place >= 1)
);
comment on table registration_numbers is
    'The numbers of the series that registration forms got when they were first drawn up: one a guest of a stay, for good, and without a gap.';
comment on column registration_numbers.place is 'Which guest of the stay, counted from 1 as the stay names them.';
