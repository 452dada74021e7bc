-- audit: who did what to which row, when, from where, with before and after; how long it is kept; who was forgotten.

create table audit_log (
    omd_id int not null,
    at timestamptz not null default now(),
    id uuid not null default uuidv7(),
    business_id int,
    thing text not null,
    row_key text not null,
    action text not null,
    actor text not null,
    user_id int,
    address text,
    request_id text,
    before jsonb,
    after jsonb,
    constraint audit_log_pkey primary key (omd_id, at, id),
    constraint audit_log_action_known check (action in ('insert', 'update', 'delete', 'read', 'export', 'erase'))
) partition by range (at);
comment on table audit_log is
    'Every write to a tenant''s rows, written by triggers in the transaction of the write; append-only, a partition a month. at is when that transaction began.';
comment on column audit_log.row_key is
    'The key of the row within its hotel or destination; for the guests and nights of a stay, the key of the stay.';
comment on column audit_log.before is 'What the changed columns held, or the whole deleted row; null after an insert.';
comment on column audit_log.after is 'What the changed columns hold, or the whole new row; null after a delete.';
create index audit_log_by_business on audit_log (omd_id, business_id, at, id);
create index audit_log_by_row on audit_log (omd_id, row_key, at, id);

create table retention_rules (
    omd_id int not null,
    id int generated always as identity,
    business_id int,
    what text not null,
    keep_days int not null,
    set_at timestamptz not null,
    set_by text not null,
    constraint retention_rules_pkey primary key (omd_id, id),
    constraint retention_rules_omd_fkey foreign key (omd_id) references omds (id) on delete restrict,
    constraint retention_rules_once unique nulls not distinct (omd_id, business_id, what),
    constraint retention_rules_what_known
        check (what in ('guest_contacts', 'guest_documents', 'guest_minimum', 'audit', 'ticket_photos')),
    constraint retention_rules_audit_is_the_omds check (what <> 'audit' or business_id is null),
    constraint retention_rules_days_sane check (keep_days between case when what = 'audit' then 30 else 0 end and 36500)
);
comment on table retention_rules is
    'How many days something is kept where that is not the default: by a hotel (business_id set), or for every hotel of the OMD.';
comment on column retention_rules.what is
    'guest_contacts and guest_documents are erased so many days after the departure; guest_minimum is how long the law asks a stay''s guests to be kept, which refuses an erasure; audit is the age at which a month of the audit goes; ticket_photos go so many days after their ticket was closed or set aside.';

create table erasures (
    omd_id int not null,
    business_id int not null,
    id int generated always as identity,
    xid xid8 not null default pg_current_xact_id(),
    at timestamptz not null,
    actor text not null,
    user_id int,
    cause text not null,
    reservation_ids uuid[] not null,
    guest_ids uuid[] not null,
    constraint erasures_pkey primary key (omd_id, business_id, id),
    constraint erasures_cause_known check (cause in ('request', 'contacts', 'documents')),
    constraint erasures_of_somebody check (cardinality(guest_ids) > 0)
);
comment on table erasures is
    'That guests were forgotten, when and by whom, without anything of them. Only in the transaction of such a row may what is append-only be redacted.';
