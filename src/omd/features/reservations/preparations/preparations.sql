-- name: find_arrival
-- rows: one ArrivalRow
-- When the guests of a stay will arrive.
select r.version, to_char(r.estimated_arrival, 'HH24:MI') as estimated_arrival,
       arrives_late(r.estimated_arrival, late_from(r.omd_id, r.business_id)) as arrives_late
from reservations r
where r.omd_id = :omd_id and r.business_id = :business_id and r.id = :reservation_id;

-- name: list_requests
-- rows: many StayRequest
-- What the guests of a stay asked for, the first first.
select q.id, q.reservation_id, q.kind, q.text, q.asked_at, q.asked_by, q.done_at, q.done_by
from reservation_requests q
where q.omd_id = :omd_id and q.business_id = :business_id and q.reservation_id = :reservation_id
order by q.id;

-- name: add_request
-- rows: one StayRequest
-- Adds what the guests of a stay ask for.
insert into reservation_requests as q (omd_id, business_id, reservation_id, kind, text, asked_at, asked_by)
values (:omd_id, :business_id, :reservation_id, :kind, :text, :now, :actor)
returning q.id, q.reservation_id, q.kind, q.text, q.asked_at, q.asked_by, q.done_at, q.done_by;

-- name: mark_request
-- rows: maybe StayRequest
-- Says that a request is done, or is not after all; who did it first stays.
update reservation_requests q
set done_at = case when :done::boolean then coalesce(q.done_at, :now) end,
    done_by = case when :done::boolean then coalesce(q.done_by, :actor) end
where q.omd_id = :omd_id and q.business_id = :business_id and q.reservation_id = :reservation_id and q.id = :request_id
returning q.id, q.reservation_id, q.kind, q.text, q.asked_at, q.asked_by, q.done_at, q.done_by;

-- name: prepare_reservation
-- rows: value
-- Writes when the guests will arrive, or that what they asked for changed; the new version of the stay.
select prepare_reservation(:omd_id, :business_id, :reservation_id, :changed, :estimated_arrival::text::time, :actor, :now);
