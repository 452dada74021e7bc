-- Takes all prices away.

drop table quotas;
drop table restrictions;
drop table rates;
drop table rate_plan_types;
drop table rate_plan_brackets;
drop table rate_plans;
drop table rate_policies;
