-- Takes the bonds between keys and tokens away. A token without its key could outlive it, so the tokens go.

alter table access_tokens no force row level security;
delete from access_tokens where kind = 'oauth';
alter table access_tokens force row level security;
drop index access_tokens_expiry;
alter table access_tokens
    drop constraint access_tokens_oauth_issued,
    drop constraint access_tokens_account_scoped,
    drop column issued_by_id,
    drop column replaces_id;
