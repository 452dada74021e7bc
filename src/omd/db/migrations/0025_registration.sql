-- What a registration form asks of a guest beyond the booking, and which fields the form of a hotel has.

alter table reservation_guests
    add column citizenship text,
    add column place_of_birth text,
    add column address text;

create table registration_rules (
    omd_id int not null,
    business_id int not null,
    rules jsonb not null,
    blocks_check_in boolean not null,
    constraint registration_rules_pkey primary key (omd_id, business_id),
    constraint registration_rules_business_fkey foreign key (omd_id, business_id)
        references businesses (omd_id, id) on delete restrict,
    constraint registration_rules_given check (jsonb_typeof(rules) = 'array' and jsonb_array_length(rules) between 1 and 50)
);
comment on table registration_rules is
    'Which fields the registration form of a hotel has, by where guests live, and which must be there; a hotel without a row has those of the product.';
comment on column registration_rules.rules is
    'A list of {residence, fields: [{field, required}]}: residence is a country, or null for guests of all others; field is a column of reservation_guests.';
comment on column registration_rules.blocks_check_in is 'Nobody checks in while a named guest lacks what is required.';
