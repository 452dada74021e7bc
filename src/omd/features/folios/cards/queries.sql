-- name: find_account
-- rows: maybe AccountRow
-- By which provider a hotel takes cards, and what it is known by there, encrypted.
select a.provider, a.api_key, a.webhook_secret, a.set_at, a.set_by, a.version
from payment_accounts a
where a.omd_id = :omd_id and a.business_id = :business_id;

-- name: put_account
-- rows: none
-- Says by which provider a hotel takes cards.
insert into payment_accounts (omd_id, business_id, provider, api_key, webhook_secret, set_at, set_by)
values (:omd_id, :business_id, :provider, :api_key, :webhook_secret, :now, :actor)
on conflict (omd_id, business_id) do update
set provider = excluded.provider, api_key = excluded.api_key, webhook_secret = excluded.webhook_secret, set_at = excluded.set_at,
    set_by = excluded.set_by, version = payment_accounts.version + 1;

-- name: lock_accounts
-- rows: many SealedAccount
-- What the hotels of a destination are known by at their providers, encrypted, to be encrypted anew.
select a.business_id, a.api_key, a.webhook_secret from payment_accounts a
where a.omd_id = :omd_id order by a.business_id for update;

-- name: keep_account
-- rows: none
-- Writes what a hotel is known by at its provider, encrypted anew.
update payment_accounts set api_key = :api_key, webhook_secret = :webhook_secret
where omd_id = :omd_id and business_id = :business_id;

-- name: add_intent
-- rows: value
-- Adds a payment that the provider is asked for, and gives its id.
insert into payment_intents (omd_id, business_id, folio_id, purpose, provider, is_test, currency, amount, captures, text, asked,
                             token, created_at, created_by)
values (:omd_id, :business_id, :folio_id, :purpose, :provider, :is_test, :currency, :amount, :captures, :text, 'authorise', :token,
        :now, :actor)
returning id;

-- name: find_intent
-- rows: maybe Intent
-- A payment as it is now.
select i.id, i.folio_id, i.purpose, i.provider, i.is_test, i.currency, i.amount, i.captures, i.text, i.asked, i.token,
       i.capture_amount, i.reference, i.authorised, i.captured, i.refunds_asked, i.refunded, i.outcome, i.reason, i.confirm_url,
       i.entry_id, i.status, i.created_at, i.created_by, i.version
from payment_intents i
where i.omd_id = :omd_id and i.business_id = :business_id and i.id = :intent_id;

-- name: lock_intent
-- rows: maybe Intent
-- A payment that is going to be changed.
select i.id, i.folio_id, i.purpose, i.provider, i.is_test, i.currency, i.amount, i.captures, i.text, i.asked, i.token,
       i.capture_amount, i.reference, i.authorised, i.captured, i.refunds_asked, i.refunded, i.outcome, i.reason, i.confirm_url,
       i.entry_id, i.status, i.created_at, i.created_by, i.version
from payment_intents i
where i.omd_id = :omd_id and i.business_id = :business_id and i.id = :intent_id for update;

-- name: list_intents
-- rows: many Intent
-- The payments of a folio after one of them, by id.
select i.id, i.folio_id, i.purpose, i.provider, i.is_test, i.currency, i.amount, i.captures, i.text, i.asked, i.token,
       i.capture_amount, i.reference, i.authorised, i.captured, i.refunds_asked, i.refunded, i.outcome, i.reason, i.confirm_url,
       i.entry_id, i.status, i.created_at, i.created_by, i.version
from payment_intents i
where i.omd_id = :omd_id and i.business_id = :business_id and i.folio_id = :folio_id
  and (:after::uuid is null or i.id > :after)
order by i.id limit :limit;

-- name: ask
-- rows: none
-- Notes what the provider is asked for.
update payment_intents set asked = :asked, capture_amount = coalesce(:capture_amount, capture_amount), version = version + 1
where omd_id = :omd_id and business_id = :business_id and id = :intent_id;

-- name: change_intent
-- rows: none
-- Writes what is known of a payment.
update payment_intents
set asked = :asked, token = :token, reference = :reference, authorised = :authorised, captured = :captured, outcome = :outcome,
    reason = :reason, confirm_url = :confirm_url, entry_id = coalesce(entry_id, :entry_id), version = version + 1
where omd_id = :omd_id and business_id = :business_id and id = :intent_id;

-- name: add_to_refunds
-- rows: none
-- Adds to what is asked to go back of a payment, and to what went back.
update payment_intents set refunds_asked = refunds_asked + :asked_more, refunded = refunded + :done_more, version = version + 1
where omd_id = :omd_id and business_id = :business_id and id = :intent_id;

-- name: add_refund
-- rows: none
-- Adds money that goes back.
insert into payment_refunds (omd_id, business_id, id, intent_id, amount, of_deposit, text, status, reference, entry_id, asked_at,
                             asked_by)
values (:omd_id, :business_id, :refund_id, :intent_id, :amount, :of_deposit, :text, :status, :reference, :entry_id, :now, :actor);

-- name: change_refund
-- rows: none
-- Writes what became of money that goes back.
update payment_refunds set status = :status, reference = coalesce(reference, :reference), entry_id = :entry_id
where omd_id = :omd_id and business_id = :business_id and id = :refund_id;

-- name: list_refunds
-- rows: many RefundRow
-- What goes back of some payments, in the order in which it was asked for.
select r.id, r.intent_id, r.amount, r.of_deposit, r.text, r.status, r.reference, r.entry_id, r.asked_at, r.asked_by
from payment_refunds r
where r.omd_id = :omd_id and r.business_id = :business_id and r.intent_id = any (:intent_ids::uuid[])
order by r.intent_id, r.asked_at, r.id;

-- name: keep_event
-- rows: value
-- Keeps what a provider told, and says whether that is new.
with kept as (
    insert into payment_events (omd_id, business_id, provider, event_id, type, reference, intent_id, state, occurred_at, received_at)
    select :omd_id, :business_id, :provider, :event_id, :type, :reference,
           (select i.id from payment_intents i
            where i.omd_id = :omd_id and i.business_id = :business_id and i.id::text = :our_id and i.provider = :provider),
           :state::jsonb, :occurred_at, :now
    on conflict (omd_id, business_id, provider, event_id) do nothing
    returning event_id)
select exists (select from kept);

-- name: find_caused
-- rows: value
-- The entry that was posted for a cause.
select e.id from ledger_entries e where e.omd_id = :omd_id and e.business_id = :business_id and e.cause = :cause;

-- name: find_standing_folio
-- rows: value
-- The folio on which an entry is now, wherever it was moved since.
select p.folio_id
from ledger_entries e
join ledger_postings p on p.omd_id = e.omd_id and p.business_id = e.business_id and p.entry_id = e.id
where e.omd_id = :omd_id and e.business_id = :business_id and (e.id = :entry_id or e.origin_id = :entry_id)
  and p.folio_id is not null
  and not exists (select from ledger_entries n
                  where n.omd_id = e.omd_id and n.business_id = e.business_id and n.follows_id = e.id)
order by p.position desc limit 1;

-- name: record_event
-- rows: none
-- Writes that something is asked of a provider, or was learned of it, into the events of the folio.
select record_folio_event(:omd_id, :business_id, :folio_id, :type, :actor, :now, :data::jsonb);
