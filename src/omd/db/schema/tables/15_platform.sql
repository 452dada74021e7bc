-- platform: what every feature writes through: events and the answers kept for retried requests.

create table events (
    omd_id int not null,
    seq bigint generated always as identity,
    xid xid8 not null default pg_current_xact_id(),
    position bigint,
    business_id int,
    aggregate text not null,
    aggregate_id text not null,
    aggregate_version int not null,
    type text not null,
    actor text not null,
    occurred_at timestamptz not null default now(),
    data jsonb not null,
    recorded_at timestamptz not null default clock_timestamp(),
    constraint events_pkey primary key (omd_id, seq),
    constraint events_type_form check (type ~ '^[a-z_]+\.[a-z_]+$')
);
comment on table events is
    'What happened, in the transaction in which it happened; append-only. seq is not commit order: readers wait for position.';
comment on column events.recorded_at is 'When the server wrote it, by its own clock; occurred_at is the product''s.';
create index events_by_aggregate on events (omd_id, aggregate, aggregate_id, seq);
create index events_waiting on events (seq) where position is null;
create unique index events_position on events (position) where position is not null;
create index events_by_position on events (omd_id, position) where position is not null;

create table event_positions (
    only_row boolean not null default true,
    last_position bigint not null,
    constraint event_positions_pkey primary key (only_row),
    constraint event_positions_one_row check (only_row)
);
comment on table event_positions is 'The last position the relay gave to an event. Belongs to no tenant.';
insert into event_positions (last_position) values (0);

create table idempotency_keys (
    omd_id int not null,
    actor text not null,
    key text not null,
    request_hash bytea not null,
    status smallint not null,
    headers jsonb not null,
    body bytea not null,
    created_at timestamptz not null default now(),
    constraint idempotency_keys_pkey primary key (omd_id, actor, key),
    constraint idempotency_keys_key_length check (length(key) between 1 and 255)
);
comment on table idempotency_keys is
    'The complete answer given to a request that carried an Idempotency-Key, committed with what the request did.';
create index idempotency_keys_by_age on idempotency_keys (created_at);
