-- After the bookings: is anything oversold, claimed twice, or counted wrong? Each line must be zero.
select 'nights sold beyond the limit', count(*) from room_type_availability
where sold > physical - out_of_order - held + overbooking + forced
union all
select 'counters that differ from the nights they count', count(*)
from (select omd_id, business_id, room_type_id, date, sold::bigint from room_type_availability where sold > 0) c
full join (select omd_id, business_id, room_type_id, date, count(*) as sold from reservation_nights group by 1, 2, 3, 4) n
    using (omd_id, business_id, room_type_id, date)
where c.sold is distinct from n.sold
union all
select 'rooms held twice in a night', count(*)
from (select from reservation_nights where room_id is not null
      group by omd_id, business_id, room_id, date having count(*) > 1) twice
union all
select 'nights without a room', count(*) from reservation_nights where room_id is null
union all
select 'nights and room claims that disagree', count(*)
from (select omd_id, business_id, room_id, date, reservation_id from reservation_nights where room_id is not null) n
full join (select omd_id, business_id, room_id, date, reservation_id from room_availability where reservation_id is not null) s
    using (omd_id, business_id, room_id, date, reservation_id)
where n.omd_id is null or s.omd_id is null
union all
select 'stays whose nights are not all held', count(*)
from (select r.omd_id, r.business_id, r.id, r.departure - r.arrival as wanted, count(n.date) as held
      from reservations r left join reservation_nights n
          on n.omd_id = r.omd_id and n.business_id = r.business_id and n.reservation_id = r.id
      group by 1, 2, 3, 4) r
where wanted <> held;
