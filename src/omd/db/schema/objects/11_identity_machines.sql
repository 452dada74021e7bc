-- identity, machines: what bounds a key or token is only ever narrowed, and what hangs on something ends with it.

drop policy if exists access_tokens_used on access_tokens;
create policy access_tokens_used on access_tokens for update to omd_owner
    using (token_hash = any ((select current_token_hashes())::bytea[]));
drop policy if exists access_tokens_for_maintenance on access_tokens;
create policy access_tokens_for_maintenance on access_tokens to omd_maintenance using (kind = 'oauth');

create or replace function tg_access_tokens__one_way() returns trigger
language plpgsql set search_path = public, pg_temp as $$
begin
    if (old.revoked_at is not null and new.revoked_at is distinct from old.revoked_at)
       or (old.expires_at is not null and (new.expires_at is null or new.expires_at > old.expires_at))
       or (old.scopes is not null and (new.scopes is null or not new.scopes <@ old.scopes)) then
        raise exception 'token % is bounded already, and bounds are never widened', old.prefix
            using errcode = 'OMD01', constraint = 'access_tokens_one_way';
    end if;
    if old.last_used_at is not null and (new.last_used_at is null or new.last_used_at < old.last_used_at) then
        new.last_used_at := old.last_used_at;
    end if;
    return new;
end
$$;
comment on function tg_access_tokens__one_way() is
    'A token ends once, expires no later, opens no more than before, and its last use moves forward only.';
create or replace trigger _100_one_way before update on access_tokens
    for each row execute function tg_access_tokens__one_way();

create or replace function tg_access_tokens__stay_within() returns trigger
language plpgsql set search_path = public, pg_temp as $$
declare
    v_account service_accounts;
    v_key access_tokens;
begin
    if new.service_account_id is not null then
        select a.* into v_account from service_accounts a
        where a.omd_id = new.omd_id and a.id = new.service_account_id for share;
        if not found or v_account.disabled_at is not null
           or v_account.business_id is distinct from new.business_id or not new.scopes <@ v_account.scopes then
            raise exception 'service account % is disabled, belongs elsewhere or has not these scopes', new.service_account_id
                using errcode = 'OMD01', constraint = 'access_tokens_within_account';
        end if;
    end if;
    if new.issued_by_id is not null then
        select t.* into v_key from access_tokens t
        where t.omd_id = new.omd_id and t.id = new.issued_by_id for share;
        if not found or v_key.kind <> 'key' or v_key.revoked_at is not null
           or v_key.service_account_id is distinct from new.service_account_id
           or v_key.business_id is distinct from new.business_id
           or not new.scopes <@ v_key.scopes or new.expires_at > v_key.expires_at then
            raise exception 'key % is revoked, or has not what the token asks for', new.issued_by_id
                using errcode = 'OMD01', constraint = 'access_tokens_within_key';
        end if;
    end if;
    return null;
end
$$;
comment on function tg_access_tokens__stay_within() is
    'A key opens no more than its account, a token no more than its key; who is ending either is waited for.';
create or replace trigger _500_stay_within after insert on access_tokens
    for each row when (new.service_account_id is not null or new.issued_by_id is not null)
    execute function tg_access_tokens__stay_within();

create or replace function tg_access_tokens__end_issued() returns trigger
language plpgsql set search_path = public, pg_temp as $$
begin
    update access_tokens t
    set revoked_at = new.revoked_at, expires_at = least(t.expires_at, new.expires_at)
    where t.omd_id = new.omd_id and t.issued_by_id = new.id and t.revoked_at is null;
    return null;
end
$$;
comment on function tg_access_tokens__end_issued() is 'The tokens issued for a key end with it.';
create or replace trigger _500_end_issued after update of revoked_at, expires_at on access_tokens
    for each row when (new.kind = 'key' and (old.revoked_at, old.expires_at) is distinct from (new.revoked_at, new.expires_at))
    execute function tg_access_tokens__end_issued();

create or replace function tg_service_accounts__bound_tokens() returns trigger
language plpgsql set search_path = public, pg_temp as $$
begin
    if old.disabled_at is not null and new.disabled_at is distinct from old.disabled_at then
        raise exception 'service account % stays disabled; make a new one', old.client_id
            using errcode = 'OMD01', constraint = 'service_accounts_stay_disabled';
    end if;
    update access_tokens t
    set revoked_at = coalesce(new.disabled_at, case when not t.scopes && new.scopes then now() end),
        scopes = case when t.scopes && new.scopes
                      then (select array_agg(each order by each) from unnest(t.scopes) each where each = any (new.scopes))
                      else t.scopes end
    where t.omd_id = new.omd_id and t.service_account_id = new.id and t.revoked_at is null;
    return null;
end
$$;
comment on function tg_service_accounts__bound_tokens() is
    'A disabled account ends all its keys and tokens; one with fewer scopes takes the others from them.';
create or replace trigger _500_bound_tokens after update of disabled_at, scopes on service_accounts
    for each row when ((old.disabled_at, old.scopes) is distinct from (new.disabled_at, new.scopes))
    execute function tg_service_accounts__bound_tokens();

create or replace function note_token_use(p_hashes bytea[], p_used_at timestamptz[]) returns void
language sql security definer set search_path = public, pg_temp as $$
    update access_tokens t set last_used_at = free.used_at
    from (select k.omd_id, k.id, u.used_at
          from unnest(p_hashes, p_used_at) as u (token_hash, used_at)
          join access_tokens k on k.token_hash = u.token_hash
          where k.last_used_at is null or k.last_used_at < u.used_at
          for update of k skip locked) free
    where t.omd_id = free.omd_id and t.id = free.id
$$;
comment on function note_token_use(bytea[], timestamptz[]) is
    'Notes when tokens last came in, for who knows their hashes; a row that somebody is changing is left for the next time.';
revoke execute on function note_token_use(bytea[], timestamptz[]) from public;
grant execute on function note_token_use(bytea[], timestamptz[]) to omd_app;
grant delete on access_tokens to omd_maintenance;
