-- name: find_token_grant
-- rows: maybe TokenGrant
-- What the token with this hash opens, while it is in force.
select omd_id, business_id, prefix, scopes
from access_tokens
where token_hash = :token_hash and revoked_at is null and (expires_at is null or expires_at > now());

-- name: list_in_force
-- rows: value
-- Which of these hashes are those of tokens in force, as an array.
select coalesce(array_agg(token_hash), '{}') from access_tokens
where token_hash = any (:token_hashes::bytea[]) and revoked_at is null and (expires_at is null or expires_at > now());

-- name: list_consenting_ids
-- rows: value
-- The hotels of an OMD that let it read their guests, as an array.
select coalesce(array_agg(business_id order by business_id), '{}') from consents
where omd_id = :omd_id and what = 'guests' and revoked_at is null;

-- name: list_member_ids
-- rows: value
-- The hotels of an OMD, as an array: whom its staff sees.
select coalesce(array_agg(id order by id), '{}') from businesses where omd_id = :omd_id;

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
insert into access_tokens (omd_id, business_id, name, prefix, token_hash)
values (:omd_id, :business_id, :name, :prefix, :token_hash);

-- name: list_tokens
-- rows: many AccessToken
-- The tokens of an OMD and its hotels, the newest first.
select t.prefix, t.name, b.code as business_code, t.created_at, t.revoked_at
from access_tokens t
left join businesses b on b.omd_id = t.omd_id and b.id = t.business_id
where t.omd_id = :omd_id
order by t.created_at desc, t.id desc;

-- name: revoke_token
-- rows: none
-- Ends the tokens in force that have this prefix.
update access_tokens set revoked_at = :now
where omd_id = :omd_id and prefix = :prefix and revoked_at is null;
