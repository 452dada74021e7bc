-- context: who the current transaction acts for. db.transaction(actor) sets it; no context means no rows.
-- An unset setting reads as '' after its first use, hence the nullif.
-- Policies of tables on hot paths spell these expressions out: a function would be read and inlined anew for every
-- statement that is planned, which is most of them, and was a tenth of a booking's instructions.

create or replace function current_omd_id() returns int
language sql stable parallel safe
return nullif(current_setting('omd.omd_id', true), '')::int;
comment on function current_omd_id() is 'The tenant of this transaction, or null.';

create or replace function current_business_ids() returns int[]
language sql stable parallel safe
return nullif(current_setting('omd.business_ids', true), '')::int[];
comment on function current_business_ids() is 'The hotels whose inventory this transaction sees.';

create or replace function current_staff_business_ids() returns int[]
language sql stable parallel safe
return nullif(current_setting('omd.staff_business_ids', true), '')::int[];
comment on function current_staff_business_ids() is 'The hotels whose guests and reservations this transaction writes.';

create or replace function current_reader_business_ids() returns int[]
language sql stable parallel safe
return nullif(current_setting('omd.reader_business_ids', true), '')::int[];
comment on function current_reader_business_ids() is
    'The hotels whose guests and reservations this transaction reads: those it serves, and those that let it read.';

create or replace function current_admin_business_ids() returns int[]
language sql stable parallel safe
return nullif(current_setting('omd.admin_business_ids', true), '')::int[];
comment on function current_admin_business_ids() is 'The hotels whose staff, keys, consents and audit this transaction administers.';

create or replace function current_administers_omd() returns boolean
language sql stable parallel safe
return coalesce(current_setting('omd.administers_omd', true), '') = 'on';
comment on function current_administers_omd() is 'Whether this transaction administers the destination itself.';

create or replace function current_operates_platform() returns boolean
language sql stable parallel safe
return coalesce(current_setting('omd.operates_platform', true), '') = 'on';
comment on function current_operates_platform() is 'Whether this transaction acts for an operator of the platform.';

create or replace function current_user_id() returns int
language sql stable parallel safe
return nullif(current_setting('omd.user_id', true), '')::int;
comment on function current_user_id() is 'The person this transaction acts for, or null for a program.';

create or replace function current_user_ids() returns int[]
language sql stable parallel safe
return nullif(current_setting('omd.user_ids', true), '')::int[];
comment on function current_user_ids() is 'The people whose sessions this transaction looks up by their tokens'' hashes.';

create or replace function current_email() returns text
language sql stable parallel safe
return nullif(current_setting('omd.email', true), '');
comment on function current_email() is 'The e-mail address of who is signing in or being invited: it opens that user''s row.';

create or replace function current_oidc_subject() returns text
language sql stable parallel safe
return nullif(current_setting('omd.oidc_subject', true), '');
comment on function current_oidc_subject() is
    'Issuer and subject, a space between, of who an OpenID Connect provider says is signing in.';

create or replace function current_stay_code() returns text
language sql stable parallel safe
return nullif(current_setting('omd.stay_code', true), '');
comment on function current_stay_code() is 'The code of the one stay of the guest this transaction acts for, or null.';

create or replace function current_address() returns text
language sql stable parallel safe
return nullif(current_setting('omd.address', true), '');
comment on function current_address() is 'The network address this transaction''s request came from.';

create or replace function current_request_id() returns text
language sql stable parallel safe
return nullif(current_setting('omd.request_id', true), '');
comment on function current_request_id() is 'The id of the request this transaction belongs to, as in the logs.';

create or replace function current_omd_scope() returns text
language sql stable parallel safe
return nullif(current_setting('omd.scope', true), '');
comment on function current_omd_scope() is 'hotel, omd, guest or system; null without a context.';

create or replace function current_actor() returns text
language sql stable parallel safe
return nullif(current_setting('omd.actor', true), '');
comment on function current_actor() is 'The name of who this transaction acts for: its own answers kept for retries are its alone.';

create or replace function current_token_hashes() returns bytea[]
language sql stable parallel safe
return nullif(current_setting('omd.token_hashes', true), '')::bytea[];
comment on function current_token_hashes() is 'The hashes of the tokens being resolved: they open the rows that carry them, and nothing else.';

create or replace function enter_context(p_role text, p_omd_id int, p_scope text, p_business_ids int[],
                                         p_staff_business_ids int[]) returns void
language plpgsql set search_path = public, pg_temp as $$
begin
    perform set_config('role', p_role, true),
            set_config('constraint_exclusion', 'off', true),
            set_config('omd.omd_id', p_omd_id::text, true),
            set_config('omd.scope', p_scope, true),
            set_config('omd.business_ids', p_business_ids::text, true),
            set_config('omd.staff_business_ids', p_staff_business_ids::text, true);
end
$$;
comment on function enter_context(text, int, text, int[], int[]) is
    'Sets role, tenant and how to plan for the rest of this transaction, for the functions that answer a read in one round trip.';

create or replace function require_staff(p_business_id int) returns void
language plpgsql stable set search_path = public, pg_temp as $$
begin
    if p_business_id = any (current_staff_business_ids()) then
        return;
    end if;
    raise exception 'this actor is not of the staff of hotel %', p_business_id using errcode = 'insufficient_privilege';
end
$$;
comment on function require_staff(int) is
    'Refuses an actor that sees a hotel without serving it: engine functions ask before they lock or write supply.';
