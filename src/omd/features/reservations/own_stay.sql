-- name: find_stay_to_open
-- rows: maybe StayToOpen
-- The hotel of the guest's own stay and the surnames that open it, those of forgotten guests aside.
select r.business_id,
       array(select g.last_name from reservation_guests g
             where g.omd_id = r.omd_id and g.business_id = r.business_id and g.reservation_id = r.id
               and g.erased_at is null) as last_names
from reservations r
where r.omd_id = :omd_id and r.code = :code;

-- name: find_own_stay
-- rows: maybe OwnStayRow
-- The guest's own stay with its guests by name, and the business date of its hotel.
select r.id, r.code, b.name as business_name, b.time_zone, t.name as room_type_name, r.arrival, r.departure, r.adults,
       r.children, r.status, r.amount, r.currency, r.booked_at, r.cancelled_at, r.hold_until, r.version,
       coalesce(b.business_date, (:now::timestamptz at time zone b.time_zone)::date) as business_date,
       (select coalesce(json_agg(json_strip_nulls(json_build_object('last_name', g.last_name, 'first_name', g.first_name))
                                 order by g.is_primary desc, g.id), '[]')
        from reservation_guests g
        where g.omd_id = r.omd_id and g.business_id = r.business_id and g.reservation_id = r.id) as guests,
       case when r.day_use then (select json_build_object('starts_at', d.starts_at, 'ends_at', d.ends_at) from day_uses d
                                 where d.omd_id = r.omd_id and d.business_id = r.business_id and d.reservation_id = r.id) end as day_use
from reservations r
join businesses b on b.omd_id = r.omd_id and b.id = r.business_id
join room_types t on t.omd_id = r.omd_id and t.business_id = r.business_id and t.id = r.room_type_id
where r.omd_id = :omd_id and r.business_id = any (:business_ids::int[]) and r.code = :code;
