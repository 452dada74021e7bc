-- What a destination declares of taxes: sums of what was charged for nights that were spent, and never whose they were.

create or replace function declare_taxes(p_omd_id int, p_business_ids int[], p_from date, p_until date, p_locality_id int, p_now timestamptz)
returns table (locality_id int, locality text, business_id int, business text, rule_id int, code text, name text, placement text,
               currency text, stays int, nights int, base numeric, amount numeric)
language plpgsql security definer set search_path = public, pg_temp as $$
#variable_conflict use_column
declare
    v_readers text := coalesce(current_setting('omd.reader_business_ids', true), '');
begin
    perform require_sums(p_omd_id, p_business_ids);
    -- Whoever may have the sums may not read the stays: those are opened for this statement alone.
    perform set_config('omd.reader_business_ids', p_business_ids::text, true);
    return query
    select p.locality_id, l.name, t.business_id, b.name, t.rule_id, t.code, t.name, t.placement, p.currency,
           count(distinct t.reservation_id)::int, count(distinct (t.reservation_id, t.date))::int, sum(t.base), sum(t.amount)
    from reservation_taxes t
    join reservations r on r.omd_id = p_omd_id and r.business_id = t.business_id and r.id = t.reservation_id
    join reservation_prices p on p.omd_id = p_omd_id and p.business_id = t.business_id and p.reservation_id = t.reservation_id
    join businesses b on b.omd_id = p_omd_id and b.id = t.business_id
    left join localities l on l.omd_id = p_omd_id and l.id = p.locality_id
    where t.omd_id = p_omd_id and t.business_id = any (p_business_ids) and t.date >= p_from and t.date < p_until
      and r.status in ('in_house', 'checked_out') and t.date >= r.arrival and t.date < r.departure
      and t.date < coalesce(b.business_date, (p_now at time zone b.time_zone)::date)
      and (p_locality_id is null or p.locality_id = p_locality_id)
    group by p.locality_id, l.name, t.business_id, b.name, t.rule_id, t.code, t.name, t.placement, p.currency
    order by l.name nulls last, b.name, t.business_id, t.code, t.rule_id, t.name, t.placement, p.currency;
    perform set_config('omd.reader_business_ids', v_readers, true);
end
$$;
comment on function declare_taxes(int, int[], date, date, int, timestamptz) is
    'What each tax rule came to in each hotel for the nights of [p_from, p_until) that were spent, by the day the hotel works on.';

create or replace function count_unpriced_nights(p_omd_id int, p_business_ids int[], p_from date, p_until date, p_now timestamptz)
returns table (business_id int, nights int)
language plpgsql security definer set search_path = public, pg_temp set plan_cache_mode = force_custom_plan as $$
#variable_conflict use_column
declare
    v_readers text := coalesce(current_setting('omd.reader_business_ids', true), '');
begin
    perform require_sums(p_omd_id, p_business_ids);
    perform set_config('omd.reader_business_ids', p_business_ids::text, true);
    return query
    -- By the dates of the stays: their nights are archived with their quarter, long before nobody asks any more.
    select s.business_id, sum(s.nights)::int
    from (select r.business_id,
                 l.until - l.since - case when p.reservation_id is null then 0
                     else greatest(0, least(l.until, p.departure) - greatest(l.since, p.arrival)) end as nights
          from reservations r
          join businesses b on b.omd_id = p_omd_id and b.id = r.business_id
          cross join lateral (
              select greatest(r.arrival, p_from) as since,
                     least(r.departure, p_until, coalesce(b.business_date, (p_now at time zone b.time_zone)::date)) as until) l
          left join reservation_prices p on p.omd_id = p_omd_id and p.business_id = r.business_id and p.reservation_id = r.id
          where r.omd_id = p_omd_id and r.business_id = any (p_business_ids) and r.arrival < p_until and r.departure > p_from
            and r.status in ('in_house', 'checked_out') and l.since < l.until) s
    group by s.business_id
    having sum(s.nights) > 0
    order by s.business_id;
    perform set_config('omd.reader_business_ids', v_readers, true);
end
$$;
comment on function count_unpriced_nights(int, int[], date, date, timestamptz) is
    'How many nights of [p_from, p_until) were spent in each hotel without a price of an offer, and hence without taxes that could be declared.';

create or replace function require_sums(p_omd_id int, p_business_ids int[]) returns void
language plpgsql stable set search_path = public, pg_temp as $$
begin
    -- Null is nobody's: whatever is not plainly true is refused.
    if (p_omd_id = current_omd_id() and p_business_ids <@ current_business_ids() and current_omd_scope() <> 'guest') is not true then
        raise exception 'this actor does not see these hotels' using errcode = 'insufficient_privilege';
    end if;
end
$$;
comment on function require_sums(int, int[]) is 'Refuses an actor that does not see the hotels whose sums it asks for.';

revoke execute on function declare_taxes(int, int[], date, date, int, timestamptz),
    count_unpriced_nights(int, int[], date, date, timestamptz) from public;
grant execute on function declare_taxes(int, int[], date, date, int, timestamptz),
    count_unpriced_nights(int, int[], date, date, timestamptz) to omd_app;
