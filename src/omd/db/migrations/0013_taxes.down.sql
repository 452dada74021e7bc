-- Takes localities and the rules of taxes away.

drop table tax_rules;
drop table business_localities;
drop table localities;
