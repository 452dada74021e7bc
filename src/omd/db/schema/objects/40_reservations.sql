-- reservations: visible to the staff of the hotel only. Nights are written by the functions of 41 to 43 alone;
-- the triggers here keep counters and room claims in step with them, whoever writes.

alter table reservations enable row level security;
alter table reservations force row level security;
drop policy if exists reservations_of_staff on reservations;
create policy reservations_of_staff on reservations
    using (omd_id = (select current_omd_id())
           and business_id = any ((select current_staff_business_ids())::int[]));

alter table reservation_guests enable row level security;
alter table reservation_guests force row level security;
drop policy if exists reservation_guests_of_staff on reservation_guests;
create policy reservation_guests_of_staff on reservation_guests
    using (omd_id = (select current_omd_id())
           and business_id = any ((select current_staff_business_ids())::int[]));

alter table reservation_nights enable row level security;
alter table reservation_nights force row level security;
drop policy if exists reservation_nights_of_staff on reservation_nights;
create policy reservation_nights_of_staff on reservation_nights
    using (omd_id = (select current_omd_id())
           and business_id = any ((select current_staff_business_ids())::int[]));

create or replace function tg_reservation_nights__keep_in_step() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
declare
    v record;
    v_touched int;
begin
    if tg_op in ('DELETE', 'UPDATE') then
        for v in
            select n.omd_id, n.business_id, n.reservation_id, n.room_type_id, n.room_id,
                   min(n.date) as first, max(n.date) as last, count(*) as nights
            from (select o.*, o.date - row_number() over (partition by o.reservation_id, o.room_type_id, o.room_id
                                                          order by o.date)::int as run from old_nights o) n
            group by 1, 2, 3, 4, 5, n.run order by 4, 6
        loop
            if tg_op = 'DELETE' then
                update room_type_availability c set sold = c.sold - 1
                where c.omd_id = v.omd_id and c.business_id = v.business_id and c.room_type_id = v.room_type_id
                  and c.date >= v.first and c.date <= v.last;
            end if;
            continue when v.room_id is null;
            update room_availability s set reservation_id = null
            where s.omd_id = v.omd_id and s.business_id = v.business_id and s.room_id = v.room_id
              and s.date >= v.first and s.date <= v.last and s.reservation_id = v.reservation_id;
            get diagnostics v_touched = row_count;
            if v_touched <> v.nights then
                raise exception 'room % is not claimed by the stay that gives it back on some night from % to %',
                    v.room_id, v.first, v.last using errcode = 'OMD01', constraint = 'room_availability_claim_agrees';
            end if;
        end loop;
    end if;
    if tg_op in ('INSERT', 'UPDATE') then
        for v in
            select n.omd_id, n.business_id, n.reservation_id, n.room_type_id, n.room_id,
                   min(n.date) as first, max(n.date) as last, count(*) as nights
            from (select o.*, o.date - row_number() over (partition by o.reservation_id, o.room_type_id, o.room_id
                                                          order by o.date)::int as run from new_nights o) n
            group by 1, 2, 3, 4, 5, n.run order by 4, 6
        loop
            if tg_op = 'INSERT' then
                update room_type_availability c set sold = c.sold + 1
                where c.omd_id = v.omd_id and c.business_id = v.business_id and c.room_type_id = v.room_type_id
                  and c.date >= v.first and c.date <= v.last;
                get diagnostics v_touched = row_count;
                if v_touched <> v.nights then
                    raise exception 'room type % has no availability on some night from % to %', v.room_type_id, v.first, v.last
                        using errcode = 'OMD01', constraint = 'reservation_nights_within_horizon';
                end if;
            end if;
            continue when v.room_id is null;
            update room_availability s set reservation_id = v.reservation_id
            where s.omd_id = v.omd_id and s.business_id = v.business_id and s.room_id = v.room_id
              and s.date >= v.first and s.date <= v.last and s.reservation_id is null;
            get diagnostics v_touched = row_count;
            if v_touched <> v.nights then
                raise exception 'room % is not free on some night from % to %', v.room_id, v.first, v.last
                    using errcode = 'OMD01', constraint = 'room_availability_claimed_once';
            end if;
        end loop;
    end if;
    return null;
end
$$;
comment on function tg_reservation_nights__keep_in_step() is
    'Keeps counters and room claims in step with the nights held, run of nights by run: a claim is written onto a free room-night only, or the statement fails.';

create or replace trigger _500_claim after insert on reservation_nights
    referencing new table as new_nights for each statement execute function tg_reservation_nights__keep_in_step();
create or replace trigger _500_release after delete on reservation_nights
    referencing old table as old_nights for each statement execute function tg_reservation_nights__keep_in_step();
create or replace trigger _500_move after update on reservation_nights
    referencing old table as old_nights new table as new_nights
    for each statement execute function tg_reservation_nights__keep_in_step();

create or replace function tg_reservation_nights__only_rooms_change() returns trigger
language plpgsql set search_path = public, pg_temp as $$
begin
    raise exception 'a night held keeps its stay, its date and the type it consumes; release it and hold another'
        using errcode = 'OMD01', constraint = 'reservation_nights_only_rooms_change';
end
$$;
comment on function tg_reservation_nights__only_rooms_change() is 'Refuses to turn one night into another: only its room may change.';
create or replace trigger _100_only_rooms_change before update on reservation_nights
    for each row when ((old.reservation_id, old.date, old.room_type_id) is distinct from
                       (new.reservation_id, new.date, new.room_type_id))
    execute function tg_reservation_nights__only_rooms_change();

grant select on reservations, reservation_guests, reservation_nights to omd_app, omd_maintenance;
