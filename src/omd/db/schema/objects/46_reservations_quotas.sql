-- Quotas: how many nights of a type an agency sells on a date at most. Whoever holds a night, and whoever puts a quota, has
-- locked the counters of its type and date first; so what is counted here stands until the transaction ends.

create or replace function keep_quota(p_omd_id int, p_business_id int, p_room_type_id int, p_agency text, p_first date, p_last date)
returns void
language plpgsql security definer set search_path = public, pg_temp set plan_cache_mode = force_custom_plan as $$
declare
    v_full date[];
begin
    select array_agg(q.date order by q.date) into v_full
    from quotas q
    where q.omd_id = p_omd_id and q.business_id = p_business_id and q.room_type_id = p_room_type_id and q.agency = p_agency
      and q.date >= p_first and q.date <= p_last
      and q.rooms < (select count(*) from reservation_nights n
                     where n.omd_id = p_omd_id and n.business_id = p_business_id and n.room_type_id = p_room_type_id
                       and n.date >= p_first and n.date <= p_last and n.date = q.date and n.agency = p_agency);
    if v_full is not null then
        raise exception 'agency % has sold its quota of room type %', p_agency, p_room_type_id
            using errcode = 'OMD01', constraint = 'quotas_kept', detail = array_to_string(v_full, ',');
    end if;
end
$$;
comment on function keep_quota(int, int, int, text, date, date) is
    'Refuses nights, just held, of which an agency has sold more than its quota; without a quota it sells what there is.';

create or replace function tg_quotas__not_below_sold() returns trigger
language plpgsql security definer set search_path = public, pg_temp set plan_cache_mode = force_custom_plan as $$
declare
    v record;
    v_sold text;
begin
    for v in
        select n.omd_id, n.business_id, array_agg(distinct n.room_type_id) as types, min(n.date) as first, max(n.date) as last
        from new_quotas n group by 1, 2 order by 1, 2
    loop
        perform from room_type_availability c
        where c.omd_id = v.omd_id and c.business_id = v.business_id and c.room_type_id = any (v.types)
          and c.date >= v.first and c.date <= v.last
        order by c.room_type_id, c.date for update;
        -- Counted after the locks: a booking that was under way is over by now.
        select string_agg(format('%s %s %s %s', q.room_type_id, q.date, s.sold, q.agency), ',' order by q.room_type_id, q.date) into v_sold
        from new_quotas q
        join (select n.room_type_id, n.date, n.agency, count(*) as sold from reservation_nights n
              where n.omd_id = v.omd_id and n.business_id = v.business_id and n.room_type_id = any (v.types)
                and n.date >= v.first and n.date <= v.last and n.agency is not null
              group by 1, 2, 3) s on s.room_type_id = q.room_type_id and s.date = q.date and s.agency = q.agency
        where q.omd_id = v.omd_id and q.business_id = v.business_id and s.sold > q.rooms;
        if v_sold is not null then
            raise exception 'more is sold than a quota would be' using errcode = 'OMD01', constraint = 'quotas_not_below_sold', detail = v_sold;
        end if;
    end loop;
    return null;
end
$$;
comment on function tg_quotas__not_below_sold() is
    'A quota is never less than its agency has sold. Locks the counters of its types and dates, as bookings do, so that none slips past it.';
create or replace trigger _500_not_below_sold after insert on quotas
    referencing new table as new_quotas for each statement execute function tg_quotas__not_below_sold();
create or replace trigger _500_not_below_sold_changed after update on quotas
    referencing new table as new_quotas for each statement execute function tg_quotas__not_below_sold();

create or replace function list_agency_quotas(p_omd_id int, p_business_id int, p_agency text, p_first date, p_last date)
returns table (room_type_id int, date date, rooms int, sold int)
language plpgsql security definer set search_path = public, pg_temp set plan_cache_mode = force_custom_plan as $$
#variable_conflict use_column
declare
    v_readers text := coalesce(current_setting('omd.reader_business_ids', true), '');
    v_types int[];
begin
    perform require_sums(p_omd_id, array[p_business_id]);
    select array_agg(distinct q.room_type_id) into v_types from quotas q
    where q.omd_id = p_omd_id and q.business_id = p_business_id and q.agency = p_agency and q.date >= p_first and q.date < p_last;
    if v_types is null then
        return;
    end if;
    -- Whoever may have the sums may not read the stays: those are opened for this statement alone.
    perform set_config('omd.reader_business_ids', array[p_business_id]::text, true);
    return query
    select q.room_type_id, q.date, q.rooms, coalesce(s.sold, 0)::int
    from quotas q
    left join (select n.room_type_id, n.date, count(*) as sold from reservation_nights n
               where n.omd_id = p_omd_id and n.business_id = p_business_id and n.room_type_id = any (v_types)
                 and n.date >= p_first and n.date < p_last and n.agency = p_agency
               group by 1, 2) s on s.room_type_id = q.room_type_id and s.date = q.date
    where q.omd_id = p_omd_id and q.business_id = p_business_id and q.agency = p_agency and q.date >= p_first and q.date < p_last;
    perform set_config('omd.reader_business_ids', v_readers, true);
end
$$;
comment on function list_agency_quotas(int, int, text, date, date) is
    'What an agency may sell of each room type on the nights of [p_first, p_last) that have a quota, and what it has sold of that.';

revoke execute on function keep_quota(int, int, int, text, date, date), tg_quotas__not_below_sold(),
    list_agency_quotas(int, int, text, date, date) from public;
grant execute on function list_agency_quotas(int, int, text, date, date) to omd_app;
grant select on quotas to omd_maintenance;
