-- name: list_keys
-- rows: many Key
-- The keys of a hotel, or of the OMD itself, the newest first, ended ones among them; those made before one of them.
select id, prefix, name, scopes, service_account_id, created_at, created_by, expires_at, last_used_at, revoked_at, replaces_id
from access_tokens
where omd_id = :omd_id and business_id is not distinct from :business_id and kind = 'key'
  and id < :before::bigint
order by id desc
limit :most;

-- name: lock_key
-- rows: maybe Key
-- One key of a hotel, or of the OMD itself, kept from changing until the transaction ends.
select id, prefix, name, scopes, service_account_id, created_at, created_by, expires_at, last_used_at, revoked_at, replaces_id
from access_tokens
where omd_id = :omd_id and business_id is not distinct from :business_id and id = :id and kind = 'key'
for update;

-- name: is_replaced
-- rows: value
-- Whether another key took the place of this one.
select exists (select from access_tokens where omd_id = :omd_id and replaces_id = :id);

-- name: add_key
-- rows: one Key
-- Keeps a new key, or an OAuth token, by its hash.
insert into access_tokens (omd_id, business_id, name, prefix, token_hash, kind, scopes, expires_at, service_account_id,
                           created_by, issued_by_id, replaces_id)
values (:omd_id, :business_id, :name, :prefix, :token_hash, :kind, :scopes::text[], :expires_at, :service_account_id,
        :created_by, :issued_by_id, :replaces_id)
returning id, prefix, name, scopes, service_account_id, created_at, created_by, expires_at, last_used_at, revoked_at, replaces_id;

-- name: end_key
-- rows: none
-- Lets a key, or a token, open until an instant and no longer; revoked_at ends it now.
update access_tokens
set expires_at = least(expires_at, :expires_at::timestamptz), revoked_at = :revoked_at::timestamptz
where omd_id = :omd_id and id = :id and revoked_at is null;

-- name: list_accounts
-- rows: many ServiceAccount
-- The service accounts of a hotel, or of the OMD itself, the newest first; those made before one of them.
select id, client_id, name, scopes, created_at, created_by, disabled_at
from service_accounts
where omd_id = :omd_id and business_id is not distinct from :business_id and id < :before::bigint
order by id desc
limit :most;

-- name: find_client_id
-- rows: value
-- The name by which a partner's program says who it is.
select client_id from service_accounts where omd_id = :omd_id and id = :id;

-- name: lock_account
-- rows: maybe ServiceAccount
-- One service account, kept from changing until the transaction ends.
select id, client_id, name, scopes, created_at, created_by, disabled_at
from service_accounts
where omd_id = :omd_id and business_id is not distinct from :business_id and id = :id
for update;

-- name: add_account
-- rows: one ServiceAccount
-- Adds a service account.
insert into service_accounts (omd_id, business_id, client_id, name, scopes, created_by)
values (:omd_id, :business_id, :client_id, :name, :scopes::text[], :created_by)
returning id, client_id, name, scopes, created_at, created_by, disabled_at;

-- name: change_account
-- rows: one ServiceAccount
-- Gives a service account another name and other scopes; its keys lose those that it lost.
update service_accounts set name = :name, scopes = :scopes::text[]
where omd_id = :omd_id and id = :id
returning id, client_id, name, scopes, created_at, created_by, disabled_at;

-- name: revoke_keys_beyond
-- rows: none
-- Ends the keys and tokens of an account that have none of these scopes.
update access_tokens set revoked_at = :now
where omd_id = :omd_id and service_account_id = :id and revoked_at is null and not scopes && :scopes::text[];

-- name: disable_account
-- rows: none
-- Disables a service account, and with it all its keys and tokens.
update service_accounts set disabled_at = :now where omd_id = :omd_id and id = :id and disabled_at is null;

-- name: find_token_of_account
-- rows: maybe IssuedToken
-- What an account holds under this hash: a key or an OAuth token.
select id, kind, revoked_at from access_tokens
where omd_id = :omd_id and service_account_id = :service_account_id and token_hash = :token_hash;

-- name: purge_oauth_tokens
-- rows: none
-- Deletes OAuth tokens that expired before an instant, the oldest first, at most as many as given.
delete from access_tokens t
using (select omd_id, id from access_tokens
       where kind = 'oauth' and expires_at < :before order by expires_at limit :batch) old
where t.omd_id = old.omd_id and t.id = old.id;
