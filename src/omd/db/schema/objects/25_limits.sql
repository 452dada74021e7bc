-- limits: read by whoever they bind, set by the platform's operator alone.

alter table rate_limits enable row level security;
alter table rate_limits force row level security;
drop policy if exists rate_limits_seen on rate_limits;
create policy rate_limits_seen on rate_limits for select
    using (omd_id = (select current_omd_id())
           and ((select current_omd_scope()) in ('omd', 'system')
                or business_id is null
                or business_id = any ((select current_business_ids())::int[])));
drop policy if exists rate_limits_set on rate_limits;
create policy rate_limits_set on rate_limits to omd_maintenance
    using (omd_id = (select current_omd_id()) and (select current_omd_scope()) = 'system')
    with check (omd_id = (select current_omd_id()) and (select current_omd_scope()) = 'system');

grant select on rate_limits to omd_app, omd_maintenance;
grant insert (omd_id, business_id, route_class, counted, requests, seconds, set_at, set_by),
    update (requests, seconds, set_at, set_by), delete on rate_limits to omd_maintenance;
