-- Machines: which key a token was issued for, which key took another's place, and no account's key without scopes.

-- The owner is bound by row security too, and a constraint must look at the rows there are.
alter table access_tokens no force row level security;
alter table access_tokens
    add column issued_by_id int,
    add column replaces_id int,
    add constraint access_tokens_issued_by_fkey
        foreign key (omd_id, issued_by_id) references access_tokens (omd_id, id) on delete restrict,
    add constraint access_tokens_replaces_fkey
        foreign key (omd_id, replaces_id) references access_tokens (omd_id, id) on delete restrict,
    add constraint access_tokens_account_scoped check (service_account_id is null or scopes is not null),
    add constraint access_tokens_oauth_issued check ((kind = 'oauth') = (issued_by_id is not null));
comment on column access_tokens.issued_by_id is 'The key for which an OAuth token was issued: it never outlives that key.';
comment on column access_tokens.replaces_id is 'The key whose place this one took; one key has one successor.';
create index access_tokens_issued_by on access_tokens (omd_id, issued_by_id);
create unique index access_tokens_one_successor on access_tokens (omd_id, replaces_id);
create index access_tokens_expiry on access_tokens (expires_at) where kind = 'oauth';
alter table access_tokens force row level security;
