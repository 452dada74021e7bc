-- frontdesk: the lists and the day of a hotel, each in one round trip, and whether one is still what it was.

drop function if exists look_at_desk(int, int, timestamptz, bigint, text);

create or replace function list_desk_ids(p_omd_id int, p_business_id int, p_list text, p_date date, p_business_date date,
                                         p_after_date date, p_after_id uuid, p_most int) returns uuid[]
language plpgsql stable set search_path = public, pg_temp set plan_cache_mode = force_custom_plan as $$
begin
    case
    when p_list = 'arrivals' then
        return array(
            select l.id
            from (select r.arrival, r.id from reservations r
                  where r.omd_id = p_omd_id and r.business_id = p_business_id and r.arrival = p_date and r.status <> 'cancelled'
                  union all
                  select r.arrival, r.id from reservations r
                  where r.omd_id = p_omd_id and r.business_id = p_business_id and r.status = 'confirmed'
                    and p_date = p_business_date and r.arrival < p_date) l
            where (l.arrival, l.id) > (p_after_date, p_after_id)
            order by l.arrival, l.id limit p_most);
    when p_list = 'departures' then
        return array(
            select l.id
            from (select r.departure, r.id from reservations r
                  where r.omd_id = p_omd_id and r.business_id = p_business_id and r.departure = p_date
                    and r.status in ('tentative', 'confirmed', 'in_house', 'checked_out')
                    and (r.status in ('in_house', 'checked_out') or p_date > p_business_date)
                  union all
                  select r.departure, r.id from reservations r
                  where r.omd_id = p_omd_id and r.business_id = p_business_id and r.status = 'in_house'
                    and p_date = p_business_date and r.departure < p_date) l
            where (l.departure, l.id) > (p_after_date, p_after_id)
            order by l.departure, l.id limit p_most);
    when p_date = p_business_date then
        return array(
            select r.id from reservations r
            where r.omd_id = p_omd_id and r.business_id = p_business_id and r.status = 'in_house'
              and (r.departure, r.id) > (p_after_date, p_after_id)
            order by r.departure, r.id limit p_most);
    else
        return array(
            select r.id
            from reservation_nights n
            cross join lateral (
                select s.id, s.departure from reservations s
                where s.omd_id = p_omd_id and s.business_id = p_business_id and s.id = n.reservation_id offset 0) r
            where n.omd_id = p_omd_id and n.business_id = p_business_id and n.date = p_date
              and (r.departure, r.id) > (p_after_date, p_after_id)
            order by r.departure, r.id limit p_most);
    end case;
end
$$;
comment on function list_desk_ids(int, int, text, date, date, date, uuid, int) is
    'A page of the stays of a list of the desk, in its order: arrivals (on the business date also who was to come before and did not), departures (on the business date also who should have left before), else in_house: who is in the house now, or holds the night of another date.';

drop function if exists read_desk_list(text, int, text, int[], int[], int[], int, text, date, date, uuid, int, timestamptz, bigint, text);
create or replace function read_desk_list(
    p_role text, p_omd_id int, p_scope text, p_business_ids int[], p_staff_business_ids int[], p_reader_business_ids int[],
    p_business_id int, p_list text, p_date date, p_after_date date, p_after_id uuid, p_most int, p_now timestamptz,
    p_position bigint, p_version text)
returns table (is_same boolean, "position" bigint, of_version text, business_date date, id uuid, code text, guest_name text,
               adults int, children int, room_type_id int, room_type_code text, arrival date, departure date, status text,
               required_action text, room_numbers text[], nights_without_room int, room_locked boolean, amount numeric,
               currency text, note text, external_reference text, version int, checked_in_at timestamptz,
               checked_out_at timestamptz, checked_in_on date, checked_out_on date, hold_until timestamptz,
               estimated_arrival text, arrives_late boolean, open_requests text[], occupied_room text, occupant_code text, day_use json)
language plpgsql set search_path = public, pg_temp as $$
#variable_conflict use_column
declare
    v_ids uuid[];
begin
    perform enter_context(p_role, p_omd_id, p_scope, p_business_ids, p_staff_business_ids),
            set_config('omd.reader_business_ids', p_reader_business_ids::text, true);
    -- Before the rest: what is read after it holds whatever happened up to then. It must be `stable`, so that all it reads is
    -- of one snapshot: an event that got its position between two of its reads would be in neither, and missed for good.
    select l.is_same, l.position, l.version, l.business_date into is_same, position, of_version, business_date
    from look_at_hotel(p_omd_id, p_business_id, p_now, null, p_position, p_version) l;
    if business_date is null then
        return;
    end if;
    if not is_same then
        v_ids := list_desk_ids(p_omd_id, p_business_id, p_list, coalesce(p_date, business_date), business_date,
                               p_after_date, p_after_id, p_most);
        if v_ids <> '{}' then
            return query
            select false, read_desk_list.position, read_desk_list.of_version, read_desk_list.business_date, s.*
            from read_desk_stays(p_omd_id, p_business_id, v_ids, p_now) s
            order by array_position(v_ids, s.id);
            return;
        end if;
    end if;
    return next;
end
$$;
comment on function read_desk_list(text, int, text, int[], int[], int[], int, text, date, date, uuid, int, timestamptz, bigint, text) is
    'A page of a list of the desk, of the business date unless p_date is named, in its order, with what it depends on; one row without a stay where there is none, or where nothing happened since it was told p_position and p_version; no row where there is no such hotel. Enters the actor''s context first, so that it is one round trip. Runs as the caller, under row security.';

create or replace function count_overdue_arrivals(p_omd_id int, p_business_id int, p_business_date date) returns int
language plpgsql stable set search_path = public, pg_temp set plan_cache_mode = force_custom_plan as $$
begin
    return (select count(*) from reservations r
            where r.omd_id = p_omd_id and r.business_id = p_business_id and r.status = 'confirmed' and r.arrival < p_business_date);
end
$$;
comment on function count_overdue_arrivals(int, int, date) is
    'The stays that were to arrive before the business date and are neither here nor given up.';

create or replace function count_desk_stays(
    p_omd_id int, p_business_id int, p_date date, p_business_date date, out currency text,
    out arrivals_expected int, out arrivals_tentative int, out arrivals_in int, out arrivals_no_show int, out arrivals_overdue int,
    out departures_expected int, out departures_out int, out departures_overdue int,
    out inside_stays int, out inside_adults int, out inside_children int)
-- One plan for all: each count has an index of its own, whatever the values.
language plpgsql stable set search_path = public, pg_temp set plan_cache_mode = force_generic_plan as $$
#variable_conflict use_column
begin
    select b.currency into currency from businesses b where b.omd_id = p_omd_id and b.id = p_business_id;
    select count(*) filter (where r.status = 'confirmed'), count(*) filter (where r.status = 'tentative'),
           count(*) filter (where r.status in ('in_house', 'checked_out')), count(*) filter (where r.status = 'no_show')
    into arrivals_expected, arrivals_tentative, arrivals_in, arrivals_no_show
    from reservations r
    where r.omd_id = p_omd_id and r.business_id = p_business_id and r.arrival = p_date;
    arrivals_overdue := count_overdue_arrivals(p_omd_id, p_business_id, p_business_date);
    -- Who is still to come leaves on a later date alone.
    select count(*) filter (where r.status = 'in_house' or (r.status = 'confirmed' and p_date > p_business_date)),
           count(*) filter (where r.status = 'checked_out')
    into departures_expected, departures_out
    from reservations r
    where r.omd_id = p_omd_id and r.business_id = p_business_id and r.departure = p_date
      and r.status in ('confirmed', 'in_house', 'checked_out');
    select count(*) filter (where r.departure < p_business_date), count(*), coalesce(sum(r.adults), 0), coalesce(sum(r.children), 0)
    into departures_overdue, inside_stays, inside_adults, inside_children
    from reservations r
    where r.omd_id = p_omd_id and r.business_id = p_business_id and r.status = 'in_house';
end
$$;
comment on function count_desk_stays(int, int, date, date) is
    'Who arrives and leaves on a date, and who is in the house or overdue now.';

create or replace function list_desk_night(p_omd_id int, p_business_id int, p_date date, out stays uuid[], out rooms json)
language plpgsql stable set search_path = public, pg_temp set plan_cache_mode = force_custom_plan as $$
#variable_conflict use_column
begin
    stays := array(select n.reservation_id from reservation_nights n
                   where n.omd_id = p_omd_id and n.business_id = p_business_id and n.date = p_date);
    select coalesce(json_agg(json_build_array(t.id, t.code, t.name, c.physical, c.out_of_order, c.held, c.sold,
               least(greatest(0, c.physical - c.out_of_order - c.held + c.overbooking - c.sold), h.sellable), h.sellable)
               order by t.id), '[]')
    into rooms
    from room_type_availability c
    join room_types t on t.omd_id = p_omd_id and t.business_id = p_business_id and t.id = c.room_type_id
    left join (select greatest(0, l.physical - l.out_of_order - l.held + l.overbooking - l.sold) as sellable
               from house_availability l
               where l.omd_id = p_omd_id and l.business_id = p_business_id and l.date = p_date) h on true
    where c.omd_id = p_omd_id and c.business_id = p_business_id and c.date = p_date;
end
$$;
comment on function list_desk_night(int, int, date) is
    'The stays that hold a night of a hotel, and the counters of its room types, an array each: id, code, name, physical, out_of_order, held, sold, sellable, and what a house-wide limit leaves; planned for the partitions it touches.';

create or replace function count_desk_sleepers(
    p_omd_id int, p_business_id int, p_date date, p_reservation_ids uuid[], p_currency text, out tonight_stays int,
    out tonight_adults int, out tonight_children int, out revenue numeric, out priced_stays int)
-- One plan for all, by the keys of the stays.
language plpgsql stable set search_path = public, pg_temp set plan_cache_mode = force_generic_plan as $$
#variable_conflict use_column
begin
    with charged as materialized (
        select p.reservation_id, sum(p.amount) as amount from reservation_charges p
        where p.omd_id = p_omd_id and p.business_id = p_business_id and p.reservation_id = any (p_reservation_ids) and p.date = p_date
        group by p.reservation_id)
    select count(*), coalesce(sum(r.adults), 0), coalesce(sum(r.children), 0),
           round(coalesce(sum(coalesce(c.amount, r.amount / (r.departure - r.arrival))) filter (where r.currency = p_currency), 0), 2),
           count(*) filter (where r.currency = p_currency)
    into tonight_stays, tonight_adults, tonight_children, revenue, priced_stays
    from (select s.id, s.adults, s.children, s.amount, s.currency, s.arrival, s.departure from reservations s
          where s.omd_id = p_omd_id and s.business_id = p_business_id and s.id = any (p_reservation_ids) offset 0) r
    left join charged c on c.reservation_id = r.id;
end
$$;
comment on function count_desk_sleepers(int, int, date, uuid[], text) is
    'Who sleeps in a hotel on a night, and what that is sold for: the charges of the night, or a given amount by the number of nights.';

create or replace function read_desk_day(
    p_role text, p_omd_id int, p_scope text, p_business_ids int[], p_staff_business_ids int[], p_reader_business_ids int[],
    p_business_id int, p_date date, p_now timestamptz, p_position bigint, p_version text)
returns table (is_same boolean, "position" bigint, of_version text, business_date date, currency text,
               arrivals_expected int, arrivals_tentative int, arrivals_in int, arrivals_no_show int, arrivals_overdue int,
               departures_expected int, departures_out int, departures_overdue int,
               inside_stays int, inside_adults int, inside_children int,
               tonight_stays int, tonight_adults int, tonight_children int, revenue numeric, priced_stays int, rooms json)
language plpgsql set search_path = public, pg_temp as $$
#variable_conflict use_column
begin
    perform enter_context(p_role, p_omd_id, p_scope, p_business_ids, p_staff_business_ids),
            set_config('omd.reader_business_ids', p_reader_business_ids::text, true);
    -- Before the rest: what is read after it holds whatever happened up to then.
    select l.is_same, l.position, l.version, l.business_date into is_same, position, of_version, business_date
    from look_at_hotel(p_omd_id, p_business_id, p_now, null, p_position, p_version) l;
    if business_date is null then
        return;
    end if;
    if not is_same then
        return query
        select false, read_desk_day.position, read_desk_day.of_version, read_desk_day.business_date, d.*, n.*, l.rooms
        from count_desk_stays(p_omd_id, p_business_id, coalesce(p_date, business_date), business_date) d
        cross join list_desk_night(p_omd_id, p_business_id, coalesce(p_date, business_date)) l
        cross join lateral count_desk_sleepers(p_omd_id, p_business_id, coalesce(p_date, business_date), l.stays, d.currency) n;
        return;
    end if;
    return next;
end
$$;
comment on function read_desk_day(text, int, text, int[], int[], int[], int, date, timestamptz, bigint, text) is
    'A day of a hotel in figures, the business date unless p_date is named, with what it depends on, which is all there is of it where nothing happened since it was told p_position and p_version; no row where there is no such hotel. Enters the actor''s context first, so that it is one round trip. Runs as the caller, under row security.';
