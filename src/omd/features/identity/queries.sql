-- name: list_token_grants
-- rows: many TokenGrant
-- What those of the tokens with these hashes open that are in force at an instant.
select token_hash, omd_id, business_id, id, kind, prefix, service_account_id, scopes, expires_at, last_used_at
from access_tokens
where token_hash = any (:token_hashes::bytea[]) and revoked_at is null and (expires_at is null or expires_at > :now);

-- name: note_token_use
-- rows: value
-- Notes when tokens last came in; never back in time.
select note_token_use(:token_hashes::bytea[], :used_at::timestamptz[]);

-- name: find_places
-- rows: one Places
-- The hotels of an OMD, and those that let it read their guests, as arrays.
select
    (select coalesce(array_agg(b.id order by b.id), '{}') from businesses b where b.omd_id = :omd_id) as members,
    (select coalesce(array_agg(c.business_id order by c.business_id), '{}') from consents c
     where c.omd_id = :omd_id and c.what = 'guests' and c.revoked_at is null) as consented;

-- name: find_member_by_code
-- rows: value
-- The id of the hotel with this code.
select id from businesses where omd_id = :omd_id and code = :code;

-- name: has_member
-- rows: value
-- Whether the hotel is a member of the OMD.
select exists (select from businesses where omd_id = :omd_id and id = :business_id);

-- name: list_omds
-- rows: many Omd
-- Every destination the actor may see, by code.
select id, code, name from omds order by code;

-- name: find_omd_by_code
-- rows: maybe Omd
-- The destination with this code.
select id, code, name from omds where code = :code;

-- name: find_omd
-- rows: maybe Omd
-- The destination with this id.
select id, code, name from omds where id = :omd_id;

-- name: add_omd
-- rows: value
-- Adds a destination; another transaction that is adding the same code is waited for. Returns the id, or nothing if it is there.
insert into omds (code, name) values (:code, :name) on conflict (code) do nothing returning id;

-- name: rename_omd
-- rows: none
-- Gives a destination another name.
update omds set name = :name where id = :omd_id;

-- name: add_token
-- rows: none
-- Keeps a new token by its hash.
insert into access_tokens (omd_id, business_id, name, prefix, token_hash, scopes, expires_at)
values (:omd_id, :business_id, :name, :prefix, :token_hash, :scopes::text[], :expires_at);

-- name: list_tokens
-- rows: many AccessToken
-- The keys of an OMD and its hotels, the newest first.
select t.prefix, t.name, b.code as business_code, t.created_at, t.revoked_at
from access_tokens t
left join businesses b on b.omd_id = t.omd_id and b.id = t.business_id
where t.omd_id = :omd_id and t.kind = 'key'
order by t.created_at desc, t.id desc;

-- name: revoke_token
-- rows: none
-- Ends the tokens in force that have this prefix.
update access_tokens set revoked_at = :now
where omd_id = :omd_id and prefix = :prefix and revoked_at is null;
