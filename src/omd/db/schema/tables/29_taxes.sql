-- taxes: where hotels lie, and what is charged on their stays, by whose rule and from when to when.

create table localities (
    omd_id int not null,
    id int generated always as identity,
    code text not null,
    name text not null,
    version int not null default 1,
    constraint localities_pkey primary key (omd_id, id),
    constraint localities_omd_fkey foreign key (omd_id) references omds (id) on delete restrict,
    constraint localities_code_unique unique (omd_id, code),
    constraint localities_code_form check (code ~ '^[A-Za-z0-9._/-]{1,40}$'),
    constraint localities_name_given check (btrim(name) <> '' and length(name) <= 200)
);
comment on table localities is 'A town or village of a destination, which sets taxes on stays there and is told of them.';

create table business_localities (
    omd_id int not null,
    business_id int not null,
    locality_id int not null,
    constraint business_localities_pkey primary key (omd_id, business_id),
    constraint business_localities_business_fkey
        foreign key (omd_id, business_id) references businesses (omd_id, id) on delete restrict,
    constraint business_localities_locality_fkey
        foreign key (omd_id, locality_id) references localities (omd_id, id) on delete restrict
);
comment on table business_localities is 'The locality a hotel lies in, whose taxes hold there; a hotel without a row lies in none.';
create index business_localities_by_locality on business_localities (omd_id, locality_id);

create table tax_rules (
    omd_id int not null,
    id int generated always as identity,
    business_id int,
    locality_id int,
    code text not null,
    name text not null,
    basis text not null,
    placement text not null,
    value numeric not null,
    since date not null,
    until date,
    kinds text[] not null default '{}',
    min_age int,
    max_age int,
    max_nights int,
    spares_countries text[] not null default '{}',
    only_countries text[] not null default '{}',
    version int not null default 1,
    constraint tax_rules_pkey primary key (omd_id, id),
    constraint tax_rules_omd_fkey foreign key (omd_id) references omds (id) on delete restrict,
    constraint tax_rules_business_fkey
        foreign key (omd_id, business_id) references businesses (omd_id, id) on delete restrict,
    constraint tax_rules_locality_fkey
        foreign key (omd_id, locality_id) references localities (omd_id, id) on delete restrict,
    constraint tax_rules_of_one_place check (num_nonnulls(business_id, locality_id) <= 1),
    constraint tax_rules_code_form check (code ~ '^[A-Za-z0-9._/-]{1,40}$'),
    constraint tax_rules_name_given check (btrim(name) <> '' and length(name) <= 200),
    constraint tax_rules_basis_known
        check (basis in ('percent', 'percent_of_net', 'person_night', 'room_night', 'person_stay', 'stay')),
    constraint tax_rules_placement_known check (placement in ('included', 'on_top', 'owed')),
    constraint tax_rules_value_sane
        check (value between 0 and case when basis in ('percent', 'percent_of_net') then 100 else 1000000 end
               and scale(value) <= 4),
    constraint tax_rules_holds_for_a_while check (until > since),
    constraint tax_rules_kinds_known check (kinds <@ array['room', 'meals', 'supplement']),
    constraint tax_rules_kinds_of_percentages check (kinds = '{}' or basis in ('percent', 'percent_of_net')),
    constraint tax_rules_ages_sane check (min_age between 0 and 150 and max_age between 0 and 150 and min_age <= max_age),
    constraint tax_rules_max_nights_sane check (max_nights between 1 and 366),
    constraint tax_rules_max_nights_of_nights check (max_nights is null or basis not in ('person_stay', 'stay')),
    constraint tax_rules_countries_sane
        check (cardinality(spares_countries) <= 250 and cardinality(only_countries) <= 250
               and not spares_countries && only_countries
               and array_to_string(spares_countries || only_countries, ',') ~ '^([A-Z]{2}(,[A-Z]{2})*)?$')
);
comment on table tax_rules is
    'What is charged on stays from since to the day before until: in one hotel (business_id), one locality (locality_id), or the whole destination (neither).';
comment on column tax_rules.basis is 'What it is charged on: a percentage of charges, or an amount in the hotel''s currency a person, room, night or stay.';
comment on column tax_rules.placement is 'Included in the prices shown, on top of them, or owed by the hotel beside the bill.';
comment on column tax_rules.kinds is 'The kinds of charges a percentage is of; empty = of all.';
comment on column tax_rules.until is 'The first day it does not hold on any more; null = no end is known.';
create index tax_rules_by_business on tax_rules (omd_id, business_id);
create index tax_rules_by_locality on tax_rules (omd_id, locality_id);
