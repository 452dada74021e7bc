-- Takes the record of fees away; what was charged stays in the ledger.

drop table stay_fees;
