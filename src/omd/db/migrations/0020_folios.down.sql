-- Takes bills, companies and the ledger away.

drop table invoices;
drop table invoice_series;
drop table invoice_issuers;
drop table ledger_postings;
drop table ledger_entries;
drop table folio_routes;
drop table folios;
drop table companies;
