-- identity: tenants are visible from inside, people to themselves, their secrets to nobody else.
-- What is not a tenant's yet (a token, a session, a link, an e-mail) opens to whoever already holds its key.

alter table omds enable row level security;
alter table omds force row level security;
drop policy if exists omds_of_tenant on omds;
create policy omds_of_tenant on omds for select using (id = (select current_omd_id()));
drop policy if exists omds_of_operator on omds;
create policy omds_of_operator on omds to omd_app
    using ((select current_operates_platform())) with check ((select current_operates_platform()));
drop policy if exists omds_for_maintenance on omds;
create policy omds_for_maintenance on omds to omd_maintenance using (true) with check (true);

alter table access_tokens enable row level security;
alter table access_tokens force row level security;
drop policy if exists access_tokens_of_tenant on access_tokens;
create policy access_tokens_of_tenant on access_tokens
    using (omd_id = (select current_omd_id())
           and ((select current_omd_scope()) = 'system'
                or business_id = any ((select current_admin_business_ids())::int[])
                or (business_id is null and (select current_administers_omd()))));
drop policy if exists access_tokens_by_hash on access_tokens;
create policy access_tokens_by_hash on access_tokens for select
    using (token_hash = any ((select current_token_hashes())::bytea[]));

alter table service_accounts enable row level security;
alter table service_accounts force row level security;
drop policy if exists service_accounts_of_tenant on service_accounts;
create policy service_accounts_of_tenant on service_accounts
    using (omd_id = (select current_omd_id())
           and ((select current_omd_scope()) = 'system'
                or business_id = any ((select current_admin_business_ids())::int[])
                or (business_id is null and (select current_administers_omd()))));

alter table memberships enable row level security;
alter table memberships force row level security;
drop policy if exists memberships_of_tenant on memberships;
create policy memberships_of_tenant on memberships
    using (omd_id = (select current_omd_id())
           and ((select current_omd_scope()) = 'system'
                or business_id = any ((select current_admin_business_ids())::int[])
                or (business_id is null and (select current_administers_omd()))));
drop policy if exists memberships_of_user on memberships;
create policy memberships_of_user on memberships for select using (user_id = (select current_user_id()));
drop policy if exists memberships_of_sessions on memberships;
create policy memberships_of_sessions on memberships for select
    using (user_id = any ((select current_user_ids())::int[]));

alter table consents enable row level security;
alter table consents force row level security;
drop policy if exists consents_seen on consents;
create policy consents_seen on consents for select
    using (omd_id = (select current_omd_id())
           and ((select current_omd_scope()) in ('omd', 'system')
                or business_id = any ((select current_business_ids())::int[])));
drop policy if exists consents_given on consents;
create policy consents_given on consents
    using (omd_id = (select current_omd_id())
           and business_id = any ((select current_admin_business_ids())::int[]));

alter table users enable row level security;
alter table users force row level security;
drop policy if exists users_themselves on users;
create policy users_themselves on users
    using (id = (select current_user_id()) or email = (select current_email()));
drop policy if exists users_among_members on users;
create policy users_among_members on users for select
    using (exists (select from memberships m where m.user_id = users.id));
comment on policy users_among_members on users is
    'Whoever administers a hotel or OMD knows its people by name: the rows of memberships they see decide.';
drop policy if exists users_of_sessions on users;
create policy users_of_sessions on users for select using (id = any ((select current_user_ids())::int[]));
drop policy if exists users_for_maintenance on users;
create policy users_for_maintenance on users to omd_maintenance using (true) with check (true);

alter table user_credentials enable row level security;
alter table user_credentials force row level security;
drop policy if exists user_credentials_own on user_credentials;
create policy user_credentials_own on user_credentials using (user_id = (select current_user_id()));

alter table user_recovery_codes enable row level security;
alter table user_recovery_codes force row level security;
drop policy if exists user_recovery_codes_own on user_recovery_codes;
create policy user_recovery_codes_own on user_recovery_codes using (user_id = (select current_user_id()));

alter table user_identities enable row level security;
alter table user_identities force row level security;
drop policy if exists user_identities_own on user_identities;
create policy user_identities_own on user_identities using (user_id = (select current_user_id()));
drop policy if exists user_identities_by_subject on user_identities;
create policy user_identities_by_subject on user_identities for select
    using (issuer || ' ' || subject = (select current_oidc_subject()));

alter table user_sessions enable row level security;
alter table user_sessions force row level security;
drop policy if exists user_sessions_own on user_sessions;
create policy user_sessions_own on user_sessions using (user_id = (select current_user_id()));
drop policy if exists user_sessions_by_hash on user_sessions;
create policy user_sessions_by_hash on user_sessions
    using (token_hash = any ((select current_token_hashes())::bytea[]));
drop policy if exists user_sessions_for_maintenance on user_sessions;
create policy user_sessions_for_maintenance on user_sessions to omd_maintenance using (true);

alter table one_time_links enable row level security;
alter table one_time_links force row level security;
drop policy if exists one_time_links_by_hash on one_time_links;
create policy one_time_links_by_hash on one_time_links
    using (token_hash = any ((select current_token_hashes())::bytea[]) or email = (select current_email()));
drop policy if exists one_time_links_for_maintenance on one_time_links;
create policy one_time_links_for_maintenance on one_time_links to omd_maintenance using (true);

alter table access_events enable row level security;
alter table access_events force row level security;
drop policy if exists access_events_own on access_events;
create policy access_events_own on access_events for select using (user_id = (select current_user_id()));
drop policy if exists access_events_of_staff on access_events;
create policy access_events_of_staff on access_events for select to omd_app
    using (working_omd_id = (select current_omd_id())
           and exists (select from memberships m
                       where m.omd_id = access_events.working_omd_id and m.user_id = access_events.user_id and m.ended_at is null
                         and (m.business_id = any ((select current_admin_business_ids())::int[])
                              or (m.business_id is null and (select current_administers_omd())))));
comment on policy access_events_of_staff on access_events is
    'Whoever administers a hotel or destination sees what its people of now did at the way in while they worked there.';
drop policy if exists access_events_added on access_events;
create policy access_events_added on access_events for insert
    with check (user_id is null or user_id = (select current_user_id()));
drop policy if exists access_events_for_maintenance on access_events;
create policy access_events_for_maintenance on access_events to omd_maintenance using (true) with check (true);

create or replace function tg_access_events__append_only() returns trigger
language plpgsql set search_path = public, pg_temp as $$
begin
    raise exception 'access events are append-only: % refused for event %', tg_op, old.id
        using errcode = 'OMD01', constraint = 'access_events_append_only';
end
$$;
comment on function tg_access_events__append_only() is 'Refuses every change of an access event.';
create or replace trigger _100_append_only before update on access_events
    for each row execute function tg_access_events__append_only();

grant select on access_events to omd_app, omd_maintenance;
grant insert (at, kind, outcome, user_id, email_mark, working_omd_id, address, request_id)
    on access_events to omd_app, omd_maintenance;
grant delete on access_events to omd_maintenance;
grant select on omds, access_tokens, service_accounts, memberships, consents, users, user_credentials,
    user_recovery_codes, user_identities, user_sessions, one_time_links to omd_app;
grant select on omds to omd_relay;
grant select on omds, access_tokens, service_accounts, memberships, consents, users, user_sessions, one_time_links
    to omd_maintenance;
grant insert (code, name), update (name) on omds to omd_app, omd_maintenance;
grant insert (omd_id, business_id, name, prefix, token_hash, service_account_id, kind, scopes, expires_at, created_by,
    issued_by_id, replaces_id) on access_tokens to omd_app, omd_maintenance;
grant update (revoked_at, expires_at, scopes) on access_tokens to omd_app, omd_maintenance;
grant insert (omd_id, business_id, client_id, name, scopes, created_by) on service_accounts to omd_app, omd_maintenance;
grant update (name, scopes, disabled_at) on service_accounts to omd_app, omd_maintenance;
grant insert (omd_id, business_id, user_id, role, created_by) on memberships to omd_app, omd_maintenance;
grant update (ended_at, ended_by) on memberships to omd_app, omd_maintenance;
grant insert (omd_id, business_id, what, granted_at, granted_by) on consents to omd_app;
grant update (revoked_at, revoked_by) on consents to omd_app;
grant insert (email, name, language) on users to omd_app;
grant insert (email, name, language, is_operator), update (name, is_operator, disabled_at, sessions_from) on users
    to omd_maintenance;
grant update (name, language, sessions_from) on users to omd_app;
grant insert, update on user_credentials to omd_app;
grant update (ended_at) on user_sessions to omd_maintenance;
grant insert, delete, update (used_at) on user_recovery_codes to omd_app;
grant insert, delete on user_identities to omd_app;
grant insert, update (working_omd_id, second_factor, last_seen_at, ended_at) on user_sessions to omd_app;
grant insert, update (used_at) on one_time_links to omd_app;
grant insert on one_time_links to omd_maintenance;
grant delete on user_sessions, one_time_links to omd_maintenance;
