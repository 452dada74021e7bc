-- People: what happens at the way in.

create table access_events (
    id bigint generated always as identity,
    at timestamptz not null,
    kind text not null,
    outcome text not null,
    user_id int,
    email_mark bytea,
    working_omd_id int,
    address text not null,
    request_id text not null,
    constraint access_events_pkey primary key (id),
    constraint access_events_user_fkey foreign key (user_id) references users (id) on delete restrict,
    constraint access_events_kind_form check (kind ~ '^[a-z_]{1,40}$'),
    constraint access_events_outcome_form check (outcome ~ '^[a-z_]{1,40}$'),
    constraint access_events_mark_is_a_digest check (octet_length(email_mark) = 32)
);
comment on table access_events is
    'Who signed in, failed to, left, or changed a way in: append-only, without any secret. Belongs to no tenant; a person reads their own.';
comment on column access_events.email_mark is 'Stands for an address that is no user''s, and tells it to nobody.';
create index access_events_user on access_events (user_id, id);
create index access_events_at on access_events (at);
