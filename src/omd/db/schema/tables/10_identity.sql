-- identity: the tenants, and the keys with which programs come in.

create table omds (
    id int generated always as identity,
    code text not null,
    name text not null,
    created_at timestamptz not null default now(),
    constraint omds_pkey primary key (id),
    constraint omds_code_unique unique (code),
    constraint omds_code_form check (code ~ '^[A-Za-z0-9._/-]{1,40}$'),
    constraint omds_name_given check (btrim(name) <> '' and length(name) <= 200)
);
comment on table omds is 'A destination management organisation: the tenant. Its id leads every key below it.';

create table access_tokens (
    omd_id int not null,
    id int generated always as identity,
    business_id int,
    name text not null,
    prefix text not null,
    token_hash bytea not null,
    created_at timestamptz not null default now(),
    revoked_at timestamptz,
    service_account_id int,
    kind text not null default 'key',
    scopes text[],
    expires_at timestamptz,
    last_used_at timestamptz,
    created_by text not null default 'cli',
    issued_by_id int,
    replaces_id int,
    constraint access_tokens_pkey primary key (omd_id, id),
    constraint access_tokens_omd_fkey foreign key (omd_id) references omds (id) on delete restrict,
    constraint access_tokens_hash_unique unique (token_hash),
    constraint access_tokens_hash_is_sha256 check (octet_length(token_hash) = 32),
    constraint access_tokens_name_given check (btrim(name) <> '' and length(name) <= 200),
    constraint access_tokens_kind_known check (kind in ('key', 'oauth')),
    constraint access_tokens_scopes_given check (cardinality(scopes) > 0),
    constraint access_tokens_oauth_expires check (kind <> 'oauth' or (expires_at is not null and scopes is not null)),
    constraint access_tokens_issued_by_fkey
        foreign key (omd_id, issued_by_id) references access_tokens (omd_id, id) on delete restrict,
    constraint access_tokens_replaces_fkey
        foreign key (omd_id, replaces_id) references access_tokens (omd_id, id) on delete restrict,
    constraint access_tokens_account_scoped check (service_account_id is null or scopes is not null),
    constraint access_tokens_oauth_issued check ((kind = 'oauth') = (issued_by_id is not null))
);
comment on table access_tokens is
    'What a program comes in with: a key, or a short-lived OAuth token, of one hotel (business_id set) or of the whole OMD (null); only its SHA-256 is kept.';
comment on column access_tokens.scopes is 'The actions it may do; null = all that a program may.';
comment on column access_tokens.last_used_at is 'When it last came in, true to five minutes.';
comment on column access_tokens.issued_by_id is 'The key for which an OAuth token was issued: it never outlives that key.';
comment on column access_tokens.replaces_id is 'The key whose place this one took; one key has one successor.';
create index access_tokens_business on access_tokens (omd_id, business_id);
create index access_tokens_issued_by on access_tokens (omd_id, issued_by_id);
create unique index access_tokens_one_successor on access_tokens (omd_id, replaces_id);
create index access_tokens_expiry on access_tokens (expires_at) where kind = 'oauth';

create table service_accounts (
    omd_id int not null,
    id int generated always as identity,
    business_id int,
    client_id text not null,
    name text not null,
    scopes text[] not null,
    created_at timestamptz not null default now(),
    created_by text not null,
    disabled_at timestamptz,
    constraint service_accounts_pkey primary key (omd_id, id),
    constraint service_accounts_omd_fkey foreign key (omd_id) references omds (id) on delete restrict,
    constraint service_accounts_client_id_unique unique (client_id),
    constraint service_accounts_name_given check (btrim(name) <> '' and length(name) <= 200),
    constraint service_accounts_scopes_given check (cardinality(scopes) > 0)
);
comment on table service_accounts is
    'A partner''s program, such as a channel manager: its keys and OAuth tokens never open more than its scopes.';
create index service_accounts_business on service_accounts (omd_id, business_id);
alter table access_tokens add constraint access_tokens_service_account_fkey
    foreign key (omd_id, service_account_id) references service_accounts (omd_id, id) on delete restrict;
create index access_tokens_service_account on access_tokens (omd_id, service_account_id);

create table users (
    id int generated always as identity,
    email text not null,
    name text not null,
    language text not null default 'en',
    sessions_from timestamptz not null default now(),
    is_operator boolean not null default false,
    created_at timestamptz not null default now(),
    disabled_at timestamptz,
    constraint users_pkey primary key (id),
    constraint users_email_unique unique (email),
    constraint users_email_form check (email = lower(email) and email ~ '^[^@[:space:]]+@[^@[:space:]]+$' and length(email) <= 320),
    constraint users_name_given check (btrim(name) <> '' and length(name) <= 200),
    constraint users_language_known check (language in ('en', 'ro'))
);
comment on table users is
    'A person who signs in. Belongs to no tenant: memberships say where, and a row opens only to its person, its e-mail or a fellow member.';
comment on column users.sessions_from is 'Sessions begun before this instant are over: a new password or signing out everywhere moves it.';

create table user_credentials (
    user_id int not null,
    password_hash text,
    password_changed_at timestamptz,
    totp_secret bytea,
    totp_confirmed_at timestamptz,
    totp_last_step bigint,
    constraint user_credentials_pkey primary key (user_id),
    constraint user_credentials_user_fkey foreign key (user_id) references users (id) on delete cascade,
    constraint user_credentials_password_is_argon2id check (password_hash like '$argon2id$%'),
    constraint user_credentials_totp_has_secret check (totp_confirmed_at is null or totp_secret is not null)
);
comment on table user_credentials is 'What a person proves who they are with; opens to that person only, never to a colleague.';
comment on column user_credentials.totp_secret is
    'The shared secret of the second factor, encrypted with a key that is not in the database.';
comment on column user_credentials.totp_last_step is 'The last time step whose code was taken: none is taken twice.';

create table user_recovery_codes (
    user_id int not null,
    code_hash bytea not null,
    used_at timestamptz,
    constraint user_recovery_codes_pkey primary key (user_id, code_hash),
    constraint user_recovery_codes_user_fkey foreign key (user_id) references users (id) on delete cascade
);
comment on table user_recovery_codes is 'What stands in for a lost second factor, once each; only hashes are kept.';

create table user_identities (
    issuer text not null,
    subject text not null,
    user_id int not null,
    created_at timestamptz not null default now(),
    constraint user_identities_pkey primary key (issuer, subject),
    constraint user_identities_user_fkey foreign key (user_id) references users (id) on delete cascade
);
comment on table user_identities is 'The account at an OpenID Connect provider by which a person signs in.';
create index user_identities_user on user_identities (user_id);

create table user_sessions (
    token_hash bytea not null,
    user_id int not null,
    working_omd_id int,
    second_factor boolean not null,
    created_at timestamptz not null,
    last_seen_at timestamptz not null,
    expires_at timestamptz not null,
    ended_at timestamptz,
    address text not null,
    agent text not null,
    constraint user_sessions_pkey primary key (token_hash),
    constraint user_sessions_user_fkey foreign key (user_id) references users (id) on delete cascade,
    constraint user_sessions_omd_fkey foreign key (working_omd_id) references omds (id) on delete restrict,
    constraint user_sessions_hash_is_sha256 check (octet_length(token_hash) = 32)
);
comment on table user_sessions is 'A signed-in browser: the truth beside the copy in Redis. working_omd_id is the destination it works in now.';
create index user_sessions_user on user_sessions (user_id);
create index user_sessions_omd on user_sessions (working_omd_id);
create index user_sessions_expiry on user_sessions (expires_at);

create table one_time_links (
    token_hash bytea not null,
    purpose text not null,
    email text not null,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    used_at timestamptz,
    constraint one_time_links_pkey primary key (token_hash),
    constraint one_time_links_purpose_known check (purpose in ('password_reset', 'invitation')),
    constraint one_time_links_hash_is_sha256 check (octet_length(token_hash) = 32)
);
comment on table one_time_links is 'What an e-mail of ours carries: opens one thing, once, for a while; only its hash is kept.';
create index one_time_links_email on one_time_links (email);
create index one_time_links_expiry on one_time_links (expires_at);

create table memberships (
    omd_id int not null,
    id int generated always as identity,
    business_id int,
    user_id int not null,
    role text not null,
    created_at timestamptz not null default now(),
    created_by text not null,
    ended_at timestamptz,
    ended_by text,
    constraint memberships_pkey primary key (omd_id, id),
    constraint memberships_of_business unique (omd_id, business_id, id),
    constraint memberships_omd_fkey foreign key (omd_id) references omds (id) on delete restrict,
    constraint memberships_user_fkey foreign key (user_id) references users (id) on delete restrict,
    constraint memberships_role_known check (
        case when business_id is null then role in ('omd_administrator', 'omd_analyst')
             else role in ('owner', 'manager', 'receptionist', 'housekeeper', 'technician', 'accountant') end),
    constraint memberships_end_named check ((ended_at is null) = (ended_by is null))
);
comment on table memberships is 'A person''s role in a hotel (business_id set) or in the destination itself (null).';
create unique index memberships_once on memberships (omd_id, business_id, user_id, role) nulls not distinct
    where ended_at is null;
create index memberships_business on memberships (omd_id, business_id);
create index memberships_user on memberships (user_id);

create table consents (
    omd_id int not null,
    business_id int not null,
    id int generated always as identity,
    what text not null,
    granted_at timestamptz not null,
    granted_by text not null,
    revoked_at timestamptz,
    revoked_by text,
    constraint consents_pkey primary key (omd_id, business_id, id),
    constraint consents_what_known check (what in ('guests')),
    constraint consents_end_named check ((revoked_at is null) = (revoked_by is null))
);
comment on table consents is 'What a hotel lets its OMD see beyond totals, from when to when, and who said so.';
create unique index consents_once on consents (omd_id, business_id, what) where revoked_at is null;

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
create index access_events_working_omd on access_events (working_omd_id, id);
create index access_events_at on access_events (at);
