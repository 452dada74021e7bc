-- identity: tenants are visible from inside; a token row also to whoever already holds its hash.

alter table omds enable row level security;
alter table omds force row level security;
drop policy if exists omds_of_tenant on omds;
create policy omds_of_tenant on omds using (id = (select current_omd_id()));
drop policy if exists omds_for_maintenance on omds;
create policy omds_for_maintenance on omds to omd_maintenance using (true) with check (true);

alter table access_tokens enable row level security;
alter table access_tokens force row level security;
drop policy if exists access_tokens_of_tenant on access_tokens;
create policy access_tokens_of_tenant on access_tokens
    using (omd_id = (select current_omd_id()) and (select current_omd_scope()) = 'system');
drop policy if exists access_tokens_by_hash on access_tokens;
create policy access_tokens_by_hash on access_tokens for select
    using (token_hash = any ((select current_token_hashes())::bytea[]));

grant select on omds, access_tokens to omd_app;
grant select on omds to omd_relay;
grant select on omds, access_tokens to omd_maintenance;
grant insert (code, name) on omds to omd_maintenance;
grant update (name) on omds to omd_maintenance;
grant insert (omd_id, business_id, name, prefix, token_hash) on access_tokens to omd_maintenance;
grant update (revoked_at) on access_tokens to omd_maintenance;
