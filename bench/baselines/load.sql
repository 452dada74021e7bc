-- As many room-nights as the load made, by one statement into a plain table with one index.
drop table if exists bench_room_nights;
create table bench_room_nights (
    omd_id int not null, business_id int not null, room_id int not null, date date not null,
    maintenance text, reservation_id uuid, available boolean not null default true,
    primary key (omd_id, business_id, room_id, date));
insert into bench_room_nights (omd_id, business_id, room_id, date)
select r.omd_id, r.business_id, r.id, d::date
from individual_rooms r
cross join generate_series((select min(starts_on) from availability_horizons)::timestamp,
                           (select max(ends_on) from availability_horizons) - interval '1 day', interval '1 day') d
order by r.omd_id, r.business_id, r.id, d;
