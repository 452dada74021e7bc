-- name: open_email
-- rows: value
-- Opens, for the rest of the transaction, what belongs to an e-mail address; an empty one closes it.
select set_config('omd.email', :email::text, true);

-- name: add_link
-- rows: none
-- Keeps a one-time link by its hash.
insert into one_time_links (token_hash, purpose, email, created_at, expires_at)
values (:token_hash, :purpose, :email, :now, :expires_at);
