-- name: list_empty_hotels
-- rows: value
-- The hotels of an OMD that have no reservation, as an array.
select coalesce(array_agg(b.id order by b.id), '{}')
from businesses b
where b.omd_id = :omd_id
  and not exists (select from reservations r where r.omd_id = :omd_id and r.business_id = b.id);
