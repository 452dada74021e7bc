-- waiting: who waits for nights that are sold, and demand that was turned away. Part of reservations; none of it is inventory.

create table waiting_list_entries (
    omd_id int not null,
    business_id int not null,
    id uuid not null default uuidv7(),
    arrival date not null,
    departure date not null,
    rooms int not null,
    adults int not null,
    children int not null,
    room_type_ids int[] not null default '{}',
    rate_plan_id int,
    highest_price numeric(12, 2),
    priority int not null,
    counts_until date not null,
    source text,
    first_name text,
    last_name text,
    email text,
    phone text,
    note text,
    status text not null default 'waiting',
    reason text,
    added_at timestamptz not null,
    added_by text not null,
    changed_at timestamptz not null,
    closed_at timestamptz,
    closed_by text,
    told_at timestamptz,
    erased_at timestamptz,
    version int not null default 1,
    constraint waiting_list_entries_pkey primary key (omd_id, business_id, id),
    constraint waiting_list_entries_business_fkey foreign key (omd_id, business_id)
        references businesses (omd_id, id) on delete restrict,
    constraint waiting_list_entries_plan_fkey foreign key (omd_id, business_id, rate_plan_id)
        references rate_plans (omd_id, business_id, id) on delete restrict,
    constraint waiting_list_entries_status_known check (status in ('waiting', 'promoted', 'removed', 'expired')),
    constraint waiting_list_entries_departure_after_arrival check (departure > arrival),
    constraint waiting_list_entries_counted check (rooms between 1 and 9 and adults >= 1 and children >= 0),
    constraint waiting_list_entries_counts_until_arrival check (counts_until <= arrival),
    constraint waiting_list_entries_priority_known check (priority between 1 and 9),
    constraint waiting_list_entries_price_not_negative check (highest_price >= 0),
    constraint waiting_list_entries_source_form check (source ~ '^[a-z0-9_]{1,40}$'),
    constraint waiting_list_entries_closed_by_somebody
        check (num_nonnulls(closed_at, closed_by) = case status when 'waiting' then 0 else 2 end),
    constraint waiting_list_entries_removed_for_a_reason check ((status = 'removed') = (reason is not null)),
    constraint waiting_list_entries_reason_known
        check (reason in ('found_elsewhere', 'gave_up', 'not_reached', 'mistake', 'forgotten', 'other')),
    constraint waiting_list_entries_of_somebody check ((btrim(last_name) <> '') is true or erased_at is not null),
    constraint waiting_list_entries_erased_holds_nothing check (
        erased_at is null or (status <> 'waiting' and num_nonnulls(first_name, last_name, email, phone, note) = 0))
);
comment on table waiting_list_entries is
    'Who waits for nights that are sold: wishes, and no inventory. Whoever is promoted has stays, in waiting_list_stays.';
comment on column waiting_list_entries.rooms is 'How many rooms, each for this many adults and children.';
comment on column waiting_list_entries.room_type_ids is 'The types that would do; empty = any that takes the party.';
comment on column waiting_list_entries.highest_price is
    'What one room may cost at most for the whole stay, in the hotel''s currency.';
comment on column waiting_list_entries.priority is '1 is served first, 9 last; of one priority who waits longest.';
comment on column waiting_list_entries.counts_until is 'The last business date on which the entry counts.';
comment on column waiting_list_entries.told_at is
    'When nights last became free of which it was told that they would serve the entry; null = never.';
create index waiting_list_entries_by_priority on waiting_list_entries (omd_id, business_id, status, priority, id);
create index waiting_list_entries_by_plan on waiting_list_entries (omd_id, business_id, rate_plan_id);

create table waiting_list_stays (
    omd_id int not null,
    business_id int not null,
    waiting_entry_id uuid not null,
    reservation_id uuid not null,
    constraint waiting_list_stays_pkey primary key (omd_id, business_id, waiting_entry_id, reservation_id),
    constraint waiting_list_stays_stay_once unique (omd_id, business_id, reservation_id),
    constraint waiting_list_stays_entry_fkey foreign key (omd_id, business_id, waiting_entry_id)
        references waiting_list_entries (omd_id, business_id, id) on delete restrict,
    constraint waiting_list_stays_reservation_fkey foreign key (omd_id, business_id, reservation_id)
        references reservations (omd_id, business_id, id) on delete restrict
);
comment on table waiting_list_stays is 'The stays that an entry of the waiting list was promoted to, one a room.';

create table turnaways (
    omd_id int not null,
    business_id int not null,
    id uuid not null default uuidv7(),
    business_date date not null,
    arrival date not null,
    departure date not null,
    rooms int not null,
    adults int not null,
    children int not null,
    room_type_id int,
    reason text not null,
    source text,
    recorded_at timestamptz not null,
    recorded_by text not null,
    constraint turnaways_pkey primary key (omd_id, business_id, id),
    constraint turnaways_business_fkey foreign key (omd_id, business_id)
        references businesses (omd_id, id) on delete restrict,
    constraint turnaways_type_fkey foreign key (omd_id, business_id, room_type_id)
        references room_types (omd_id, business_id, id) on delete restrict,
    constraint turnaways_departure_after_arrival check (departure > arrival),
    constraint turnaways_counted check (rooms between 1 and 99 and adults >= 1 and children >= 0),
    constraint turnaways_reason_known check (reason in ('sold_out', 'price', 'restriction', 'other')),
    constraint turnaways_source_form check (source ~ '^[a-z0-9_]{1,40}$')
);
comment on table turnaways is
    'Demand that was not sold, and why. It names nobody, so that there is nothing of a guest to forget.';
comment on column turnaways.business_date is 'The date the hotel worked on when somebody was turned away.';
comment on column turnaways.room_type_id is 'The type asked for; null = any.';
create index turnaways_by_type on turnaways (omd_id, business_id, room_type_id);
