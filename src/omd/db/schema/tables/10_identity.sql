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
    constraint access_tokens_pkey primary key (omd_id, id),
    constraint access_tokens_omd_fkey foreign key (omd_id) references omds (id) on delete restrict,
    constraint access_tokens_hash_unique unique (token_hash),
    constraint access_tokens_hash_is_sha256 check (octet_length(token_hash) = 32),
    constraint access_tokens_name_given check (btrim(name) <> '' and length(name) <= 200)
);
comment on table access_tokens is 'A fixed token of one hotel (business_id set) or of the whole OMD (null); only its SHA-256 is kept.';
create index access_tokens_business on access_tokens (omd_id, business_id);
