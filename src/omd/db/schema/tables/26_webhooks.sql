-- webhooks: who is told elsewhere of what happens, what is yet to be told, and what came of it.

create table webhook_subscriptions (
    omd_id int not null,
    id uuid not null,
    business_id int,
    url text not null,
    event_types text[] not null,
    description text not null,
    secret bytea not null,
    old_secret bytea,
    overlap_until timestamptz,
    created_at timestamptz not null,
    created_by text not null,
    disabled_at timestamptz,
    disabled_why text,
    failing_since timestamptz,
    failing_told_at timestamptz,
    unanswered int not null default 0,
    rests_until timestamptz,
    replay_since timestamptz,
    replay_after bigint,
    replay_until bigint,
    deleted_at timestamptz,
    constraint webhook_subscriptions_pkey primary key (omd_id, id),
    constraint webhook_subscriptions_omd_fkey foreign key (omd_id) references omds (id) on delete restrict,
    constraint webhook_subscriptions_business_fkey foreign key (omd_id, business_id) references businesses (omd_id, id)
        on delete restrict,
    constraint webhook_subscriptions_url_form check (url ~ '^https?://' and length(url) <= 2000),
    constraint webhook_subscriptions_description_short check (length(description) <= 500),
    constraint webhook_subscriptions_old_secret_ends check ((old_secret is null) = (overlap_until is null)),
    constraint webhook_subscriptions_disabled_why_known check (disabled_why in ('asked', 'gone')),
    constraint webhook_subscriptions_end_explained check ((disabled_at is null) = (disabled_why is null)),
    constraint webhook_subscriptions_replay_ends
        check ((replay_since is null and replay_after is null) = (replay_until is null)),
    constraint webhook_subscriptions_deleted_are_disabled
        check (deleted_at is null or (disabled_at is not null and replay_until is null))
);
comment on table webhook_subscriptions is
    'An address that is told of what happens: in a hotel (business_id set), or, by totals only, in the whole OMD (null).';
comment on column webhook_subscriptions.event_types is 'The types it is told of; empty = all.';
comment on column webhook_subscriptions.secret is 'What signs, encrypted with a key that is not in the database.';
comment on column webhook_subscriptions.old_secret is 'What signed before, and signs beside the new one until overlap_until.';
comment on column webhook_subscriptions.failing_since is 'The first failed attempt after the last good one.';
comment on column webhook_subscriptions.failing_told_at is 'When its owners were told that it fails; once each time it begins to.';
comment on column webhook_subscriptions.unanswered is 'Attempts in a row that got no answer at all; it rests longer after each.';
comment on column webhook_subscriptions.replay_after is 'Events after this position, up to replay_until, are yet to be told again.';
comment on column webhook_subscriptions.deleted_at is
    'Taken away: nobody sees it any more; its deliveries and their log, then it itself, are thrown away in batches.';
create index webhook_subscriptions_deleted on webhook_subscriptions (omd_id, id) where deleted_at is not null;
create index webhook_subscriptions_business on webhook_subscriptions (omd_id, business_id);

create table webhook_deliveries (
    omd_id int not null,
    subscription_id uuid not null,
    position bigint not null,
    business_id int,
    type text not null,
    aggregate text not null,
    aggregate_id text not null,
    status text not null default 'pending',
    attempts int not null default 0,
    planned_at timestamptz not null,
    next_attempt_at timestamptz not null,
    claimed_until timestamptz,
    last_attempt_at timestamptz,
    last_status int,
    last_error text,
    ended_at timestamptz,
    constraint webhook_deliveries_pkey primary key (omd_id, subscription_id, position),
    constraint webhook_deliveries_subscription_fkey foreign key (omd_id, subscription_id)
        references webhook_subscriptions (omd_id, id) on delete cascade,
    constraint webhook_deliveries_status_known check (status in ('pending', 'delivered', 'dead')),
    constraint webhook_deliveries_end_dated check ((status = 'pending') = (ended_at is null))
);
comment on table webhook_deliveries is
    'That a subscription is to be told of an event, once each; the message itself is made when it is sent, of what is true then.';
comment on column webhook_deliveries.claimed_until is 'Until then a worker is at it; one that died leaves it to the next.';
create index webhook_deliveries_due on webhook_deliveries (omd_id, subscription_id, next_attempt_at) where status = 'pending';
create index webhook_deliveries_in_order on webhook_deliveries (omd_id, subscription_id, aggregate, aggregate_id, position)
    where status = 'pending';
create index webhook_deliveries_by_status on webhook_deliveries (omd_id, subscription_id, status, position);
create index webhook_deliveries_by_end on webhook_deliveries (ended_at) where status <> 'pending';

create table webhook_attempts (
    omd_id int not null,
    id bigint generated always as identity,
    subscription_id uuid not null,
    business_id int,
    position bigint,
    at timestamptz not null,
    milliseconds int not null,
    status int,
    error text,
    constraint webhook_attempts_pkey primary key (omd_id, id),
    constraint webhook_attempts_subscription_fkey foreign key (omd_id, subscription_id)
        references webhook_subscriptions (omd_id, id) on delete cascade
);
comment on table webhook_attempts is
    'What came of every attempt: the status that was answered, or why there is none. Without a position: a test.';
create index webhook_attempts_of_subscription on webhook_attempts (omd_id, subscription_id, id);
create index webhook_attempts_by_age on webhook_attempts (at);

create table webhook_cursor (
    only_row boolean not null default true,
    position bigint not null,
    constraint webhook_cursor_pkey primary key (only_row),
    constraint webhook_cursor_one_row check (only_row)
);
comment on table webhook_cursor is 'Up to which event every subscription has its deliveries. Belongs to no tenant.';
insert into webhook_cursor (position) select last_position from event_positions;
