-- name: find_fee_ground
-- rows: maybe FeeGround
-- What the fees of a stay are reckoned of: its instants, what its nights are charged, and the policies it was sold under.
select r.id, r.status, r.arrival, r.booked_at, r.hold_until, coalesce(r.cancelled_at, r.no_show_at) as ended_at, b.time_zone, p.currency,
       (select coalesce(json_object_agg(n.date, n.amount::text), '{}')
        from (select c.date, sum(c.amount) as amount from reservation_charges c
              where c.omd_id = r.omd_id and c.business_id = r.business_id and c.reservation_id = r.id group by c.date) n) as nights,
       (select json_build_object('id', c.id, 'kind', c.kind, 'code', c.code, 'version', c.version, 'name', c.name, 'fees', c.fees,
                                 'texts', c.texts)
        from rate_policies c
        where c.omd_id = r.omd_id and c.business_id = r.business_id and c.id = p.cancellation_policy_id) as cancellation,
       (select json_build_object('id', n.id, 'kind', n.kind, 'code', n.code, 'version', n.version, 'name', n.name, 'fees', n.fees,
                                 'texts', n.texts)
        from rate_policies n
        where n.omd_id = r.omd_id and n.business_id = r.business_id and n.id = p.no_show_policy_id) as no_show
from reservations r
join businesses b on b.omd_id = r.omd_id and b.id = r.business_id
join reservation_prices p on p.omd_id = r.omd_id and p.business_id = r.business_id and p.reservation_id = r.id
where r.omd_id = :omd_id and r.business_id = any (:business_ids::int[]) and r.id = :reservation_id;
