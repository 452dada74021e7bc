-- Takes bills, companies and the ledger away.

drop table ledger_postings;
drop table ledger_entries;
drop table folio_routes;
drop table folios;
drop table companies;
