-- nightaudit: how a hotel's date is closed, what was done for it, and what stays as it was then.

create table night_audit_settings (
    omd_id int not null,
    business_id int not null,
    mode text not null,
    hour smallint,
    no_shows text not null,
    due_outs text not null,
    audited_from date,
    constraint night_audit_settings_pkey primary key (omd_id, business_id),
    constraint night_audit_settings_business_fkey foreign key (omd_id, business_id)
        references businesses (omd_id, id) on delete restrict,
    constraint night_audit_settings_mode_known check (mode in ('clock', 'audit')),
    constraint night_audit_settings_hour_known check (hour between 0 and 23),
    constraint night_audit_settings_no_shows_known check (no_shows in ('mark', 'keep')),
    constraint night_audit_settings_due_outs_known check (due_outs in ('extend', 'decide')),
    constraint night_audit_settings_from_of_audit check ((audited_from is not null) = (mode = 'audit'))
);
comment on table night_audit_settings is
    'How a hotel''s business date advances: by the clock at midnight, or by its night audit; a hotel without a row goes by the clock.';
comment on column night_audit_settings.hour is 'The hour of the hotel''s own clock at which the audit is run by itself; null = by people alone.';
comment on column night_audit_settings.audited_from is 'The business date on which it went over to audits: each since then has its own.';

create table night_audits (
    omd_id int not null,
    business_id int not null,
    business_date date not null,
    status text not null default 'running',
    attempts int not null default 1,
    open_since timestamptz not null,
    started_at timestamptz not null,
    started_by text not null,
    finished_at timestamptz,
    error text,
    runner uuid not null,
    beat_at timestamptz not null default clock_timestamp(),
    constraint night_audits_pkey primary key (omd_id, business_id, business_date),
    constraint night_audits_business_fkey foreign key (omd_id, business_id)
        references businesses (omd_id, id) on delete restrict,
    constraint night_audits_status_known check (status in ('running', 'succeeded', 'failed')),
    constraint night_audits_finished_unless_running check ((finished_at is null) = (status = 'running')),
    constraint night_audits_error_of_failed check ((error is not null) = (status = 'failed')),
    constraint night_audits_attempts_counted check (attempts >= 1)
);
comment on table night_audits is 'The closing of one business date of a hotel. One that succeeded is never changed.';
comment on column night_audits.open_since is 'When the date began: as the one before was closed, else at its midnight.';
comment on column night_audits.started_by is 'Who started it, or resumed it last.';
comment on column night_audits.error is 'The code of what kept the last attempt from its end.';
comment on column night_audits.runner is 'Who runs it now: each transaction of the audit writes on, and whoever was taken over from writes nothing more.';
comment on column night_audits.beat_at is 'When its runner last wrote, by the server''s clock; one that is silent is taken over from.';

create table night_audit_steps (
    omd_id int not null,
    business_id int not null,
    business_date date not null,
    step text not null,
    started_at timestamptz not null,
    finished_at timestamptz,
    counts jsonb not null,
    refused jsonb not null,
    constraint night_audit_steps_pkey primary key (omd_id, business_id, business_date, step),
    constraint night_audit_steps_audit_fkey foreign key (omd_id, business_id, business_date)
        references night_audits (omd_id, business_id, business_date) on delete restrict,
    constraint night_audit_steps_step_known check (step in ('arrivals', 'departures', 'charges', 'on_the_books', 'close'))
);
comment on table night_audit_steps is 'What a night audit did, step by step, written with what was done.';
comment on column night_audit_steps.counts is 'How many of what the step did, by name.';
comment on column night_audit_steps.refused is 'The stays that the last attempt could not extend: id, and the code of the refusal.';

create table daily_statistics (
    omd_id int not null,
    business_id int not null,
    date date not null,
    room_type_id int,
    line int not null generated always as (coalesce(room_type_id, 0)) stored,
    rooms int not null,
    out_of_order int not null,
    sold int not null,
    occupied int not null,
    arrivals int not null,
    departures int not null,
    adults int not null,
    children int not null,
    no_shows int not null,
    cancellations int not null,
    room_revenue numeric(16, 2) not null,
    meals_revenue numeric(16, 2) not null,
    supplement_revenue numeric(16, 2) not null,
    fee_revenue numeric(16, 2) not null,
    day_uses int not null default 0,
    day_use_revenue numeric(16, 2) not null default 0,
    held_back int not null default 0,
    constraint daily_statistics_pkey primary key (omd_id, business_id, date, line),
    constraint daily_statistics_audit_fkey foreign key (omd_id, business_id, date)
        references night_audits (omd_id, business_id, business_date) on delete restrict,
    constraint daily_statistics_type_fkey foreign key (omd_id, business_id, room_type_id)
        references room_types (omd_id, business_id, id) on delete restrict
);
comment on table daily_statistics is 'A business date by room type, as it was when it was closed. Never changed.';
comment on column daily_statistics.room_type_id is 'The type that was sold; null = revenue of no stay, such as that of the house''s own bills.';
comment on column daily_statistics.rooms is 'All rooms of the type, those out of order and those held back among them.';
comment on column daily_statistics.sold is 'Nights of the type that stays held, whether their guests had come or not.';
comment on column daily_statistics.occupied is 'Nights of the type whose guests were in the house.';
comment on column daily_statistics.room_revenue is 'What the ledger earned on the date by rooms, taxes that are included not in it; so the other revenues.';
comment on column daily_statistics.day_uses is 'Rooms entered for a part of the day, which are neither nights nor arrivals.';
comment on column daily_statistics.day_use_revenue is 'What of room_revenue was earned by them.';
comment on column daily_statistics.held_back is 'Rooms of the type that hold-backs kept off sale, which could have been slept in.';
create index daily_statistics_by_type on daily_statistics (omd_id, business_id, room_type_id);

create table on_the_books (
    omd_id int not null,
    business_id int not null,
    as_of date not null,
    date date not null,
    room_type_id int not null,
    rooms int not null,
    revenue numeric(16, 2) not null,
    unpriced int not null,
    constraint on_the_books_pkey primary key (omd_id, business_id, as_of, date, room_type_id),
    constraint on_the_books_audit_fkey foreign key (omd_id, business_id, as_of)
        references night_audits (omd_id, business_id, business_date) on delete restrict,
    constraint on_the_books_type_fkey foreign key (omd_id, business_id, room_type_id)
        references room_types (omd_id, business_id, id) on delete restrict,
    constraint on_the_books_ahead check (date > as_of),
    constraint on_the_books_something check (rooms > 0 and unpriced between 0 and rooms)
);
comment on table on_the_books is
    'What was booked for the dates ahead as a business date was closed; a date and type that nobody had booked has no row. Never changed.';
comment on column on_the_books.revenue is 'What the nights were sold at, taxes that are included in it and all.';
comment on column on_the_books.unpriced is 'Nights of stays that have no prices by night.';
create index on_the_books_by_type on on_the_books (omd_id, business_id, room_type_id);
