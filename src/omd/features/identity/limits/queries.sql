-- name: list_limits
-- rows: many RateLimit
-- The limits of an OMD and of the hotels of it that the actor sees.
select l.business_id, b.code as business_code, l.route_class, l.counted, l.requests, l.seconds, l.set_at, l.set_by
from rate_limits l
left join businesses b on b.omd_id = l.omd_id and b.id = l.business_id
where l.omd_id = :omd_id
order by l.business_id nulls first, l.route_class, l.counted;

-- name: put_limit
-- rows: none
-- Sets a limit, in place of the one there was.
insert into rate_limits (omd_id, business_id, route_class, counted, requests, seconds, set_at, set_by)
values (:omd_id, :business_id, :route_class, :counted, :requests, :seconds, :now, :set_by)
on conflict (omd_id, business_id, route_class, counted) do update
set requests = excluded.requests, seconds = excluded.seconds, set_at = excluded.set_at, set_by = excluded.set_by;

-- name: remove_limit
-- rows: none
-- Takes a limit away.
delete from rate_limits
where omd_id = :omd_id and business_id is not distinct from :business_id
  and route_class = :route_class and counted = :counted;
