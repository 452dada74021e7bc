-- Card payments: by which provider a hotel takes cards, what was asked of it, and what it said.

-- The owner is bound by row security too, and a constraint must look at the rows there are.
alter table businesses no force row level security;
alter table folios no force row level security;
alter table ledger_entries no force row level security;

create table payment_accounts (
    omd_id int not null,
    business_id int not null,
    provider text not null,
    api_key bytea not null,
    webhook_secret bytea not null,
    set_at timestamptz not null,
    set_by text not null,
    version int not null default 1,
    constraint payment_accounts_pkey primary key (omd_id, business_id),
    constraint payment_accounts_business_fkey foreign key (omd_id, business_id)
        references businesses (omd_id, id) on delete restrict,
    constraint payment_accounts_provider_form check (provider ~ '^[a-z0-9-]{1,30}$')
);
comment on table payment_accounts is 'By which provider a hotel takes cards, and what that knows it by, encrypted outside of the database.';

create table payment_intents (
    omd_id int not null,
    business_id int not null,
    id uuid not null default uuidv7(),
    folio_id uuid not null,
    purpose text not null,
    provider text not null,
    is_test boolean not null,
    currency text not null,
    amount numeric(12, 2) not null,
    captures boolean not null,
    text text not null,
    asked text,
    token text,
    capture_amount numeric(12, 2),
    reference text,
    authorised boolean not null default false,
    captured numeric(12, 2) not null default 0,
    refunds_asked numeric(12, 2) not null default 0,
    refunded numeric(12, 2) not null default 0,
    outcome text,
    reason text,
    confirm_url text,
    entry_id uuid,
    status text not null generated always as (
        case when captured > 0 and refunded = captured then 'refunded'
             when captured > 0 and refunded > 0 then 'partly_refunded'
             when captured > 0 then 'captured'
             when outcome is not null then outcome
             when authorised then 'authorised'
             else 'created' end) stored,
    created_at timestamptz not null,
    created_by text not null,
    version int not null default 1,
    constraint payment_intents_pkey primary key (omd_id, business_id, id),
    constraint payment_intents_folio_fkey foreign key (omd_id, business_id, folio_id)
        references folios (omd_id, business_id, id) on delete restrict,
    constraint payment_intents_entry_fkey foreign key (omd_id, business_id, entry_id)
        references ledger_entries (omd_id, business_id, id) on delete restrict,
    constraint payment_intents_reference_unique unique (omd_id, business_id, provider, reference),
    constraint payment_intents_purpose_known check (purpose in ('payment', 'deposit')),
    constraint payment_intents_amount_above_zero check (amount > 0),
    constraint payment_intents_asked_known check (asked in ('authorise', 'capture', 'cancel')),
    constraint payment_intents_token_while_asked check (token is null or asked = 'authorise'),
    constraint payment_intents_outcome_known check (outcome in ('declined', 'failed', 'cancelled')),
    constraint payment_intents_captured_within_amount check (captured between 0 and amount),
    constraint payment_intents_capture_within_amount check (capture_amount > 0 and capture_amount <= amount),
    constraint payment_intents_refunds_within_captured
        check (refunded >= 0 and refunded <= refunds_asked and refunds_asked <= captured),
    constraint payment_intents_captured_is_posted check ((captured > 0) = (entry_id is not null)),
    constraint payment_intents_text_given check (btrim(text) <> '' and length(text) <= 200)
);
comment on table payment_intents is
    'Money that is to come from a card by a provider: what was asked of it, what it said, and the entry that posted it. No card is kept here.';
comment on column payment_intents.asked is 'What the provider was asked for and has not answered.';
comment on column payment_intents.token is 'What stands for the card at the provider; forgotten when it has answered.';
comment on column payment_intents.reference is 'The provider''s own name for it.';
comment on column payment_intents.refunds_asked is 'What was given back, or is asked to be.';
comment on column payment_intents.status is 'Follows from the facts: captured money decides, whatever else was said, and in whatever order.';
create index payment_intents_by_folio on payment_intents (omd_id, business_id, folio_id);
create index payment_intents_by_entry on payment_intents (omd_id, business_id, entry_id);

create table payment_refunds (
    omd_id int not null,
    business_id int not null,
    id uuid not null default uuidv7(),
    intent_id uuid not null,
    amount numeric(12, 2) not null,
    of_deposit boolean not null,
    text text not null,
    status text not null,
    reference text,
    entry_id uuid,
    asked_at timestamptz not null,
    asked_by text not null,
    constraint payment_refunds_pkey primary key (omd_id, business_id, id),
    constraint payment_refunds_intent_fkey foreign key (omd_id, business_id, intent_id)
        references payment_intents (omd_id, business_id, id) on delete restrict,
    constraint payment_refunds_entry_fkey foreign key (omd_id, business_id, entry_id)
        references ledger_entries (omd_id, business_id, id) on delete restrict,
    constraint payment_refunds_reference_unique unique (omd_id, business_id, intent_id, reference),
    constraint payment_refunds_amount_above_zero check (amount > 0),
    constraint payment_refunds_status_known check (status in ('asked', 'done', 'failed'))
);
comment on table payment_refunds is 'Money that goes back to a card: posted when it is asked for, and posted back where the provider fails.';
comment on column payment_refunds.entry_id is 'The entry that posted it; none for one made at the provider that no folio could take.';
create index payment_refunds_by_entry on payment_refunds (omd_id, business_id, entry_id);

create table payment_events (
    omd_id int not null,
    business_id int not null,
    provider text not null,
    event_id text not null,
    type text not null,
    reference text not null,
    intent_id uuid,
    state jsonb not null,
    occurred_at timestamptz not null,
    received_at timestamptz not null,
    constraint payment_events_pkey primary key (omd_id, business_id, provider, event_id),
    constraint payment_events_business_fkey foreign key (omd_id, business_id)
        references businesses (omd_id, id) on delete restrict,
    constraint payment_events_intent_fkey foreign key (omd_id, business_id, intent_id)
        references payment_intents (omd_id, business_id, id) on delete restrict,
    constraint payment_events_id_length check (length(event_id) between 1 and 200)
);
comment on table payment_events is
    'What providers told by themselves, each event once however often it came. Without an intent: of a payment that is none of ours.';
create index payment_events_by_intent on payment_events (omd_id, business_id, intent_id);

alter table businesses force row level security;
alter table folios force row level security;
alter table ledger_entries force row level security;
