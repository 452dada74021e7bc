-- context: who the current transaction acts for. db.transaction(actor) sets it; no context means no rows.
-- An unset setting reads as '' after its first use, hence the nullif.

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
comment on function current_staff_business_ids() is 'The hotels whose guests and reservations this transaction reads and writes.';

create or replace function current_omd_scope() returns text
language sql stable parallel safe
return nullif(current_setting('omd.scope', true), '');
comment on function current_omd_scope() is 'hotel, omd or system; null without a context.';

create or replace function current_token_hash() returns bytea
language sql stable parallel safe
return decode(nullif(current_setting('omd.token_hash', true), ''), 'hex');
comment on function current_token_hash() is 'The hash of the token being resolved: it opens the one row that carries it, and nothing else.';

