-- Takes card payments away; what they posted stays in the ledger.

drop table payment_events;
drop table payment_refunds;
drop table payment_intents;
drop table payment_accounts;
