-- Takes the limits of tenants away: the platform's defaults hold for everybody.

drop table rate_limits;
