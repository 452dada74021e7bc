-- Prices: policies, rate plans and their brackets, rates by date, restrictions and quotas.

-- The owner is bound by row security too, and a constraint must look at the rows there are.
alter table businesses no force row level security;
alter table room_types no force row level security;
create table rate_policies (
    omd_id int not null,
    business_id int not null,
    id int generated always as identity,
    kind text not null,
    code text not null,
    version int not null default 1,
    name text not null,
    fees jsonb not null,
    texts jsonb not null,
    created_at timestamptz not null default now(),
    created_by text not null,
    constraint rate_policies_pkey primary key (omd_id, business_id, id),
    constraint rate_policies_business_fkey
        foreign key (omd_id, business_id) references businesses (omd_id, id) on delete restrict,
    constraint rate_policies_code_unique unique (omd_id, business_id, kind, code, version),
    constraint rate_policies_kind_known check (kind in ('cancellation', 'no_show')),
    constraint rate_policies_code_form check (code ~ '^[A-Za-z0-9._/-]{1,40}$'),
    constraint rate_policies_name_given check (btrim(name) <> '' and length(name) <= 200),
    constraint rate_policies_version_positive check (version >= 1),
    constraint rate_policies_fees_listed check (jsonb_typeof(fees) = 'array' and jsonb_array_length(fees) <= 20),
    constraint rate_policies_texts_by_language check (jsonb_typeof(texts) = 'object')
);
comment on table rate_policies is
    'What a guest owes who cancels, or does not come. Never changed: a stay keeps the version it was sold under, a new one is a new row.';
comment on column rate_policies.fees is 'From when on what is owed: an amount, and a share of the first nights.';
comment on column rate_policies.texts is 'What the guest reads, by language.';

create table rate_plans (
    omd_id int not null,
    business_id int not null,
    id int generated always as identity,
    code text not null,
    name text not null,
    meals text not null,
    basis text not null,
    guarantee text not null,
    cancellation_policy_id int,
    no_show_policy_id int,
    terms jsonb not null,
    parent_plan_id int,
    factor numeric(9, 5),
    amount numeric(12, 2),
    rounding text,
    rounding_step numeric(12, 2),
    inherits text[] not null default '{}',
    sold_from date,
    sold_until date,
    retired_at timestamptz,
    version int not null default 1,
    created_at timestamptz not null default now(),
    constraint rate_plans_pkey primary key (omd_id, business_id, id),
    constraint rate_plans_business_fkey
        foreign key (omd_id, business_id) references businesses (omd_id, id) on delete restrict,
    constraint rate_plans_parent_fkey foreign key (omd_id, business_id, parent_plan_id)
        references rate_plans (omd_id, business_id, id) on delete restrict,
    constraint rate_plans_cancellation_policy_fkey foreign key (omd_id, business_id, cancellation_policy_id)
        references rate_policies (omd_id, business_id, id) on delete restrict,
    constraint rate_plans_no_show_policy_fkey foreign key (omd_id, business_id, no_show_policy_id)
        references rate_policies (omd_id, business_id, id) on delete restrict,
    constraint rate_plans_code_unique unique (omd_id, business_id, code),
    constraint rate_plans_code_form check (code ~ '^[A-Za-z0-9._/-]{1,40}$'),
    constraint rate_plans_name_given check (btrim(name) <> '' and length(name) <= 200),
    constraint rate_plans_meals_known
        check (meals in ('none', 'breakfast', 'half_board', 'full_board', 'all_inclusive')),
    constraint rate_plans_basis_known check (basis in ('person', 'room')),
    constraint rate_plans_guarantee_known check (guarantee in ('none', 'six_pm', 'card', 'prepayment')),
    constraint rate_plans_rounding_known check (rounding in ('half_up', 'half_even', 'down', 'up')),
    constraint rate_plans_derivation_whole
        check (num_nulls(parent_plan_id, factor, amount, rounding, rounding_step) in (0, 5)
               and (parent_plan_id is not null or inherits = '{}')),
    constraint rate_plans_factor_sane check (factor between 0 and 100),
    constraint rate_plans_rounding_step_positive check (rounding_step > 0),
    constraint rate_plans_inherits_known check (inherits <@ array[
        'closed', 'closed_to_arrival', 'closed_to_departure', 'min_stay_arrival', 'max_stay_arrival', 'min_stay_through',
        'max_stay_through', 'min_advance', 'max_advance']),
    constraint rate_plans_sold_for_a_while check (sold_until > sold_from)
);
comment on table rate_plans is
    'Under which terms a hotel sells a night. A root plan has rates; a derived one has those of its parent times a factor plus an amount, rounded.';
comment on column rate_plans.basis is 'What an amount of its rates is for: each person, or the room.';
comment on column rate_plans.inherits is 'Which restrictions of its parent hold for a derived plan too.';
comment on column rate_plans.sold_from is 'The first day it is sold on, by the hotel''s business date; sold_until is the first day it is not sold any more.';
create index rate_plans_by_parent on rate_plans (omd_id, business_id, parent_plan_id);
create index rate_plans_by_cancellation_policy on rate_plans (omd_id, business_id, cancellation_policy_id);
create index rate_plans_by_no_show_policy on rate_plans (omd_id, business_id, no_show_policy_id);

create table rate_plan_brackets (
    omd_id int not null,
    business_id int not null,
    rate_plan_id int not null,
    position int not null,
    from_age int not null,
    until_age int not null,
    constraint rate_plan_brackets_pkey primary key (omd_id, business_id, rate_plan_id, position),
    constraint rate_plan_brackets_plan_fkey foreign key (omd_id, business_id, rate_plan_id)
        references rate_plans (omd_id, business_id, id) on delete cascade,
    constraint rate_plan_brackets_position_sane check (position between 1 and 6),
    constraint rate_plan_brackets_ages_sane check (from_age >= 0 and until_age > from_age and until_age <= 18)
);
comment on table rate_plan_brackets is
    'The ages of children that a root plan prices apart, [from_age, until_age); the price of a bracket stands at its position.';

create table rate_plan_types (
    omd_id int not null,
    business_id int not null,
    rate_plan_id int not null,
    room_type_id int not null,
    constraint rate_plan_types_pkey primary key (omd_id, business_id, rate_plan_id, room_type_id),
    constraint rate_plan_types_plan_fkey foreign key (omd_id, business_id, rate_plan_id)
        references rate_plans (omd_id, business_id, id) on delete restrict,
    constraint rate_plan_types_type_fkey foreign key (omd_id, business_id, room_type_id)
        references room_types (omd_id, business_id, id) on delete restrict
);
comment on table rate_plan_types is 'For which room types a root plan ever had rates.';
create index rate_plan_types_by_type on rate_plan_types (omd_id, business_id, room_type_id);

create table rates (
    omd_id int not null,
    business_id int not null,
    rate_plan_id int not null,
    room_type_id int not null,
    date date not null,
    season_from date not null,
    unit_nights smallint not null default 1,
    extra_adult numeric(12, 2),
    amounts numeric(12, 2)[] not null,
    children numeric(12, 2)[] not null default '{}',
    constraint rates_pkey primary key (omd_id, business_id, rate_plan_id, room_type_id, date),
    constraint rates_plan_type_fkey foreign key (omd_id, business_id, rate_plan_id, room_type_id)
        references rate_plan_types (omd_id, business_id, rate_plan_id, room_type_id) on delete restrict,
    constraint rates_amounts_not_negative check (0 <= all (amounts) is not false),
    constraint rates_children_not_negative check (0 <= all (children) is not false),
    constraint rates_extra_adult_not_negative check (extra_adult >= 0),
    constraint rates_amounts_given check (cardinality(amounts) between 1 and 30),
    constraint rates_unit_nights_sane check (unit_nights between 1 and 31),
    constraint rates_season_begun check (season_from <= date)
);
comment on table rates is 'The price of a root plan, a room type and a date, in the hotel''s currency, taxes included.';
comment on column rates.amounts is 'By the number of who pays, 1 first; null = not sold to so many.';
comment on column rates.children is 'By the position of the plan''s bracket; null = no child of that age.';
comment on column rates.unit_nights is 'For how many nights an amount is: 7 = a week''s, of which a night has a seventh.';
comment on column rates.season_from is 'The first date it was entered with: nights of one season have the same.';

create table restrictions (
    omd_id int not null,
    business_id int not null,
    date date not null,
    rate_plan_id int,
    room_type_id int,
    plan_level int generated always as (coalesce(rate_plan_id, 0)) stored,
    type_level int generated always as (coalesce(room_type_id, 0)) stored,
    closed boolean,
    closed_to_arrival boolean,
    closed_to_departure boolean,
    min_stay_arrival smallint,
    max_stay_arrival smallint,
    min_stay_through smallint,
    max_stay_through smallint,
    min_advance smallint,
    max_advance smallint,
    constraint restrictions_pkey primary key (omd_id, business_id, date, plan_level, type_level),
    constraint restrictions_business_fkey
        foreign key (omd_id, business_id) references businesses (omd_id, id) on delete restrict,
    constraint restrictions_plan_fkey foreign key (omd_id, business_id, rate_plan_id)
        references rate_plans (omd_id, business_id, id) on delete restrict,
    constraint restrictions_type_fkey foreign key (omd_id, business_id, room_type_id)
        references room_types (omd_id, business_id, id) on delete restrict,
    constraint restrictions_say_something
        check (num_nonnulls(closed, closed_to_arrival, closed_to_departure, min_stay_arrival, max_stay_arrival,
                            min_stay_through, max_stay_through, min_advance, max_advance) > 0),
    constraint restrictions_closed_or_silent
        check (coalesce(closed, true) and coalesce(closed_to_arrival, true) and coalesce(closed_to_departure, true)),
    constraint restrictions_stays_sane
        check (min_stay_arrival between 1 and 366 and max_stay_arrival between 1 and 366
               and min_stay_through between 1 and 366 and max_stay_through between 1 and 366),
    constraint restrictions_advance_sane check (min_advance between 0 and 1830 and max_advance between 0 and 1830)
);
comment on table restrictions is
    'What keeps a date from being sold at a level: the hotel, a room type, a plan, or both. Null says nothing; the narrowest of all levels holds.';
comment on column restrictions.rate_plan_id is 'Null = of every plan.';
comment on column restrictions.room_type_id is 'Null = of every room type.';
create index restrictions_by_plan on restrictions (omd_id, business_id, rate_plan_id);
create index restrictions_by_type on restrictions (omd_id, business_id, room_type_id);

create table quotas (
    omd_id int not null,
    business_id int not null,
    room_type_id int not null,
    date date not null,
    agency text not null,
    rooms int not null,
    constraint quotas_pkey primary key (omd_id, business_id, room_type_id, date, agency),
    constraint quotas_type_fkey foreign key (omd_id, business_id, room_type_id)
        references room_types (omd_id, business_id, id) on delete restrict,
    constraint quotas_agency_form check (agency ~ '^[A-Za-z0-9._/-]{1,40}$'),
    constraint quotas_rooms_sane check (rooms between 0 and 10000)
);
comment on table quotas is
    'How many rooms of a type an agency or channel may sell on a date at most. Apart from prices and restrictions.';

alter table businesses force row level security;
alter table room_types force row level security;
