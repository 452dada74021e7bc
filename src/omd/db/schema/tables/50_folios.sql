-- folios: who owes what. Bills of stays and of the house, and under them one ledger of double entry, only ever added to.

create table companies (
    omd_id int not null,
    business_id int not null,
    id int generated always as identity,
    name text not null,
    tax_number text,
    registration text,
    address text,
    country text,
    email text,
    version int not null default 1,
    constraint companies_pkey primary key (omd_id, business_id, id),
    constraint companies_business_fkey foreign key (omd_id, business_id)
        references businesses (omd_id, id) on delete restrict,
    constraint companies_tax_number_unique unique (omd_id, business_id, tax_number),
    constraint companies_name_given check (btrim(name) <> '' and length(name) <= 200),
    constraint companies_country_form check (country ~ '^[A-Z]{2}$')
);
comment on table companies is 'Firms that pay bills of a hotel''s stays; what one owes is the sum of its postings to the city ledger.';

create table folios (
    omd_id int not null,
    business_id int not null,
    id uuid not null default uuidv7(),
    reservation_id uuid,
    number int not null,
    payer text not null,
    company_id int,
    label text,
    currency text not null,
    charged numeric(16, 2) not null default 0,
    paid numeric(16, 2) not null default 0,
    billed numeric(16, 2) not null default 0,
    balance numeric(16, 2) generated always as (charged - paid - billed) stored,
    deposit numeric(16, 2) not null default 0,
    lines int not null default 0,
    opened_at timestamptz not null,
    opened_by text not null,
    closed_at timestamptz,
    version int not null default 1,
    constraint folios_pkey primary key (omd_id, business_id, id),
    constraint folios_reservation_fkey foreign key (omd_id, business_id, reservation_id)
        references reservations (omd_id, business_id, id) on delete restrict,
    constraint folios_company_fkey foreign key (omd_id, business_id, company_id)
        references companies (omd_id, business_id, id) on delete restrict,
    constraint folios_number_unique unique nulls not distinct (omd_id, business_id, reservation_id, number),
    constraint folios_payer_known check (payer in ('guest', 'company')),
    constraint folios_company_of_payer check ((payer = 'company') = (company_id is not null)),
    constraint folios_label_sane check (btrim(label) <> '' and length(label) <= 200),
    constraint folios_refund_within_paid check (paid >= 0),
    constraint folios_deposit_not_overdrawn check (deposit >= 0),
    constraint folios_billed_not_negative check (billed >= 0),
    constraint folios_closed_at_zero check (closed_at is null or (charged - paid - billed = 0 and deposit = 0))
);
comment on table folios is 'A bill: of a stay, numbered from 1, or of the house itself (no reservation). Its sums are kept by its postings.';
comment on column folios.charged is 'What was charged, less what was taken back or moved away.';
comment on column folios.paid is 'What was paid, less what was refunded: a refund is never above it.';
comment on column folios.billed is 'What was handed over to a company''s account in the city ledger.';
comment on column folios.balance is 'What is still to be paid; below zero, what is to be given back.';
comment on column folios.deposit is 'What was received ahead and not used yet: the hotel owes it.';
comment on column folios.lines is 'The number of its newest posting.';
create index folios_by_company on folios (omd_id, business_id, company_id);

create table folio_routes (
    omd_id int not null,
    business_id int not null,
    reservation_id uuid not null,
    kind text not null,
    folio_id uuid not null,
    constraint folio_routes_pkey primary key (omd_id, business_id, reservation_id, kind),
    constraint folio_routes_reservation_fkey foreign key (omd_id, business_id, reservation_id)
        references reservations (omd_id, business_id, id) on delete restrict,
    constraint folio_routes_folio_fkey foreign key (omd_id, business_id, folio_id)
        references folios (omd_id, business_id, id) on delete restrict,
    constraint folio_routes_kind_known check (kind in ('room', 'meals', 'supplement', 'fee', 'tax'))
);
comment on table folio_routes is
    'On which bill a kind of charge of a stay goes, of this stay, another one or the house; a kind without a route goes on its first open one.';
create index folio_routes_by_folio on folio_routes (omd_id, business_id, folio_id);

create table ledger_entries (
    omd_id int not null,
    business_id int not null,
    id uuid not null default uuidv7(),
    kind text not null,
    charge_kind text,
    method text,
    business_date date not null,
    text text not null,
    follows_id uuid,
    origin_id uuid,
    cause text,
    reservation_id uuid,
    item text,
    charged numeric(12, 2) not null default 0,
    taxed numeric(12, 2) not null default 0,
    rebated numeric(12, 2) not null default 0,
    postings int not null,
    posted_at timestamptz not null,
    posted_by text not null,
    served_on date,
    credits_id uuid,
    constraint ledger_entries_pkey primary key (omd_id, business_id, id),
    constraint ledger_entries_business_fkey foreign key (omd_id, business_id)
        references businesses (omd_id, id) on delete restrict,
    constraint ledger_entries_follows_fkey foreign key (omd_id, business_id, follows_id)
        references ledger_entries (omd_id, business_id, id) on delete restrict,
    constraint ledger_entries_origin_fkey foreign key (omd_id, business_id, origin_id)
        references ledger_entries (omd_id, business_id, id) on delete restrict,
    constraint ledger_entries_reservation_fkey foreign key (omd_id, business_id, reservation_id)
        references reservations (omd_id, business_id, id) on delete restrict,
    constraint ledger_entries_credits_fkey foreign key (omd_id, business_id, credits_id)
        references ledger_entries (omd_id, business_id, id) on delete restrict,
    constraint ledger_entries_followed_once unique (omd_id, business_id, follows_id),
    constraint ledger_entries_cause_once unique (omd_id, business_id, cause),
    constraint ledger_entries_kind_known
        check (kind in ('charge', 'payment', 'deposit', 'deposit_use', 'refund', 'billing', 'company_payment', 'transfer', 'correction')),
    constraint ledger_entries_charge_kind_known check (charge_kind in ('room', 'meals', 'supplement', 'fee', 'tax')),
    constraint ledger_entries_charge_kind_of_charges check ((charge_kind is not null) = (kind = 'charge')),
    constraint ledger_entries_method_known check (method in ('cash', 'card', 'bank')),
    constraint ledger_entries_method_of_money
        check ((method is not null) = (kind in ('payment', 'deposit', 'refund', 'company_payment'))),
    constraint ledger_entries_follow check (
        (follows_id is not null) = (kind in ('transfer', 'correction')) and (follows_id is null) = (origin_id is null)),
    constraint ledger_entries_served_is_charged
        check (kind = 'charge' or (credits_id is null and (served_on is null or kind = 'correction'))),
    constraint ledger_entries_stay_of_charges check (reservation_id is null or kind in ('charge', 'correction')),
    constraint ledger_entries_item_of_night check (item is null or num_nulls(served_on, reservation_id) = 0),
    constraint ledger_entries_charged_of_item check (item is not null or (charged = 0 and taxed = 0)),
    constraint ledger_entries_rebated_by_decision
        check (rebated = 0 or (rebated > 0 and (kind = 'correction' or credits_id is not null))),
    constraint ledger_entries_text_given check (btrim(text) <> '' and length(text) <= 200),
    constraint ledger_entries_cause_length check (length(cause) between 1 and 200),
    constraint ledger_entries_has_postings check (postings between 2 and 100)
);
comment on table ledger_entries is
    'One fact of the ledger each: a charge, a payment, a refund... with the postings it consists of. Never changed: a transfer or a correction follows it.';
comment on column ledger_entries.follows_id is 'The entry that this one moves or takes back; each has one follower at most.';
comment on column ledger_entries.origin_id is 'The first entry of the chain that this one is the newest of.';
comment on column ledger_entries.cause is 'What it was posted for, such as a night of a stay: posted once, whoever tries again.';
comment on column ledger_entries.reservation_id is 'The stay that a charge is of, or its correction, wherever it was moved: the one of its first folio, unless said.';
comment on column ledger_entries.item is 'What it is of that night: room, meals, supplement, or tax: and the code of a tax on top.';
comment on column ledger_entries.charged is 'What it adds to what is charged of that item.';
comment on column ledger_entries.taxed is 'How much of that are taxes.';
comment on column ledger_entries.rebated is 'How much of what a correction, or a credit note, takes back was let off: it is owed no more.';
comment on column ledger_entries.postings is 'How many postings it consists of.';
comment on column ledger_entries.served_on is 'The night that a charge is of, whose taxes it holds; null = its business date.';
comment on column ledger_entries.credits_id is 'The charge of which a credit note takes this off.';
create index ledger_entries_by_date on ledger_entries (omd_id, business_id, business_date);
create index ledger_entries_by_origin on ledger_entries (omd_id, business_id, origin_id);
create index ledger_entries_by_stay on ledger_entries (omd_id, business_id, reservation_id, served_on);
create index ledger_entries_by_credits on ledger_entries (omd_id, business_id, credits_id);

create table ledger_postings (
    omd_id int not null,
    business_id int not null,
    entry_id uuid not null,
    position int not null,
    account text not null,
    side text,
    folio_id uuid,
    company_id int,
    tax_code text,
    amount numeric(12, 2) not null,
    line int,
    balance numeric(16, 2),
    constraint ledger_postings_pkey primary key (omd_id, business_id, entry_id, position),
    constraint ledger_postings_entry_fkey foreign key (omd_id, business_id, entry_id)
        references ledger_entries (omd_id, business_id, id) on delete restrict,
    constraint ledger_postings_folio_fkey foreign key (omd_id, business_id, folio_id)
        references folios (omd_id, business_id, id) on delete restrict,
    constraint ledger_postings_company_fkey foreign key (omd_id, business_id, company_id)
        references companies (omd_id, business_id, id) on delete restrict,
    constraint ledger_postings_account_known check (account in (
        'guest_ledger', 'city_ledger', 'deposits', 'cash', 'card_clearing', 'bank', 'room_revenue', 'meals_revenue',
        'supplement_revenue', 'fee_revenue', 'tax_payable')),
    constraint ledger_postings_side_known check (side in ('charged', 'paid', 'billed')),
    constraint ledger_postings_side_of_guests check ((side is not null) = (account = 'guest_ledger')),
    constraint ledger_postings_folio_of_account check ((folio_id is not null) = (account in ('guest_ledger', 'deposits'))),
    constraint ledger_postings_company_of_account check ((company_id is not null) = (account = 'city_ledger')),
    constraint ledger_postings_tax_of_account check ((tax_code is not null) = (account = 'tax_payable')),
    constraint ledger_postings_line_of_folio check (num_nonnulls(folio_id, line, balance) in (0, 3)),
    constraint ledger_postings_amount_not_zero check (amount <> 0)
);
comment on table ledger_postings is
    'What an entry puts on which account: debits above zero, credits below; those of an entry sum to zero.';
comment on column ledger_postings.side is 'Which sum of the folio a posting of the guest ledger is part of.';
comment on column ledger_postings.line is 'Its number on its folio, in the order in which they were posted.';
comment on column ledger_postings.balance is 'What the folio''s balance was with it.';
create unique index ledger_postings_by_folio on ledger_postings (omd_id, business_id, folio_id, line);
create index ledger_postings_by_company on ledger_postings (omd_id, business_id, company_id);

create table invoice_issuers (
    omd_id int not null,
    business_id int not null,
    name text not null,
    tax_number text not null,
    registration text,
    address text not null,
    country text not null,
    email text,
    bank_account text,
    constraint invoice_issuers_pkey primary key (omd_id, business_id),
    constraint invoice_issuers_business_fkey foreign key (omd_id, business_id)
        references businesses (omd_id, id) on delete restrict,
    constraint invoice_issuers_country_form check (country ~ '^[A-Z]{2}$')
);
comment on table invoice_issuers is 'The firm that a hotel is, as its invoices name it.';

create table invoice_series (
    omd_id int not null,
    business_id int not null,
    id int generated always as identity,
    prefix text not null,
    next_number int not null,
    constraint invoice_series_pkey primary key (omd_id, business_id, id),
    constraint invoice_series_business_fkey foreign key (omd_id, business_id)
        references businesses (omd_id, id) on delete restrict,
    constraint invoice_series_prefix_unique unique (omd_id, business_id, prefix),
    constraint invoice_series_prefix_form check (prefix ~ '^[A-Za-z0-9._/-]{1,20}$'),
    constraint invoice_series_number_sane check (next_number between 1 and 2000000000)
);
comment on table invoice_series is 'Numbers of invoices and credit notes: whoever issues one takes the next, and there is no gap.';

create table invoices (
    omd_id int not null,
    business_id int not null,
    id uuid not null default uuidv7(),
    kind text not null,
    series_id int not null,
    number int not null,
    code text not null,
    folio_id uuid not null,
    credits_id uuid,
    issued_on date not null,
    currency text not null,
    total numeric(16, 2) not null,
    content jsonb not null,
    issued_at timestamptz not null,
    issued_by text not null,
    constraint invoices_pkey primary key (omd_id, business_id, id),
    constraint invoices_series_fkey foreign key (omd_id, business_id, series_id)
        references invoice_series (omd_id, business_id, id) on delete restrict,
    constraint invoices_folio_fkey foreign key (omd_id, business_id, folio_id)
        references folios (omd_id, business_id, id) on delete restrict,
    constraint invoices_credits_fkey foreign key (omd_id, business_id, credits_id)
        references invoices (omd_id, business_id, id) on delete restrict,
    constraint invoices_number_once unique (omd_id, business_id, series_id, number),
    constraint invoices_kind_known check (kind in ('invoice', 'credit_note')),
    constraint invoices_credits_of_kind check ((credits_id is not null) = (kind = 'credit_note'))
);
comment on table invoices is
    'What was invoiced, as it was then: supplier, customer, lines, taxes and totals. Never changed: credit notes take an invoice back, whole or in parts.';
comment on column invoices.code is 'Prefix and number, as it is printed.';
create index invoices_by_folio on invoices (omd_id, business_id, folio_id);
create index invoices_by_credits on invoices (omd_id, business_id, credits_id);

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
