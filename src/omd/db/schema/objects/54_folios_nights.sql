-- Nights on bills: what each night of a stay owes as the stay stands, and what of that is charged, on whichever folio.
-- Both are held against one another wherever it matters: as nights are charged, at check-out, and by omd check.

create or replace view owed_nights with (security_invoker = true) as
select r.omd_id, r.business_id, r.id as reservation_id, o.date, o.item, o.amount, o.agreed
from reservations r
cross join lateral (
    select c.date, case when c.part in ('supplement', 'meals') then c.part else 'room' end as item, sum(c.amount) as amount, false as agreed
    from reservation_charges c
    where c.omd_id = r.omd_id and c.business_id = r.business_id and c.reservation_id = r.id
    group by c.date, 2
    union all
    select t.date, 'tax:' || t.code, sum(t.amount), false from reservation_taxes t
    where t.omd_id = r.omd_id and t.business_id = r.business_id and t.reservation_id = r.id and t.placement = 'on_top'
    group by t.date, t.code
    union all
    -- Cents that an equal share leaves over are of the first nights, one each.
    select n.since + n.number, 'room',
           trunc(r.amount / n.nights, 2)
               + case when n.number < (r.amount - trunc(r.amount / n.nights, 2) * n.nights) * 100 then 0.01 else 0 end, true
    from (select d.since, d.until - d.since as nights, generate_series(0, d.until - d.since - 1) as number
          from (select coalesce(r.agreed_from, r.arrival) as since, coalesce(r.agreed_until, r.departure) as until) d) n
    where r.amount is not null and not exists (
        select from reservation_prices p
        where p.omd_id = r.omd_id and p.business_id = r.business_id and p.reservation_id = r.id)) o
where r.status in ('confirmed', 'in_house', 'checked_out') and o.date >= r.arrival and o.date < r.departure;
comment on view owed_nights is
    'What each night of a stay owes, item by item: by kind what it was sold at, by code the taxes on top; of an agreed price its share. Runs as the caller, under row security.';

create or replace view charged_nights with (security_invoker = true) as
select e.omd_id, e.business_id, e.reservation_id, e.served_on as date, e.item, e.id as entry_id, e.kind, e.charged, e.taxed, e.rebated,
       e.credits_id
from ledger_entries e
where e.item is not null;
comment on view charged_nights is
    'Every charge of a night, every correction and credit of one: they sum to what stands of an item, wherever it was moved. Runs as the caller, under row security.';

create or replace view standing_nights with (security_invoker = true) as
select c.omd_id, c.business_id, c.reservation_id, c.date, c.item, c.entry_id, c.charged + coalesce(k.charged, 0) as charged,
       h.id as standing_id, h.folio_id,
       f.closed_at is not null or k.charged is not null or is_invoiced(f.omd_id, f.business_id, f.id) as is_closed
from charged_nights c
cross join lateral (
    -- The newest of its chain tells by its last posting where it is: a transfer leaves one folio, and enters another.
    select e.id, e.kind, p.folio_id
    from (select c.entry_id as id, c.kind
          union all
          select m.id, m.kind from ledger_entries m
          where m.omd_id = c.omd_id and m.business_id = c.business_id and m.origin_id = c.entry_id) e
    join ledger_postings p on p.omd_id = c.omd_id and p.business_id = c.business_id and p.entry_id = e.id and p.folio_id is not null
    where not exists (select from ledger_entries n
                      where n.omd_id = c.omd_id and n.business_id = c.business_id and n.follows_id = e.id)
    order by p.position desc limit 1) h
join folios f on f.omd_id = c.omd_id and f.business_id = c.business_id and f.id = h.folio_id
left join lateral (
    select sum(n.charged) as charged from ledger_entries n
    where n.omd_id = c.omd_id and n.business_id = c.business_id and n.credits_id = c.entry_id) k on true
where c.kind = 'charge' and c.credits_id is null and h.kind <> 'correction';
comment on view standing_nights is
    'The charges of nights that were not taken back, less what was credited: by which entry each stands where it is now. One that is invoiced, or credited, is as on a closed folio. Runs as the caller, under row security.';

drop function if exists night_differences(int, int, uuid[], date);
create or replace function night_differences(p_omd_id int, p_business_id int, p_reservation_ids uuid[], p_until date)
returns table (reservation_id uuid, date date, item text, owed numeric, charged numeric)
language sql stable set search_path = public, pg_temp as $$
    with owed as (
        select o.reservation_id, o.date, o.item, o.amount from owed_nights o
        where o.omd_id = p_omd_id and o.business_id = p_business_id and o.reservation_id = any (p_reservation_ids)),
    charged as (
        select c.reservation_id, c.date, c.item, sum(c.charged) as amount, sum(c.rebated) as rebated from charged_nights c
        where c.omd_id = p_omd_id and c.business_id = p_business_id and c.reservation_id = any (p_reservation_ids)
        group by c.reservation_id, c.date, c.item),
    items as (
        select reservation_id, date, item, coalesce(o.amount, 0) - least(coalesce(c.rebated, 0), coalesce(o.amount, 0)) as owed,
               coalesce(c.amount, 0) as charged,
               bool_or(coalesce(c.amount, 0) <> 0) over (partition by reservation_id, date) as is_charged
        from owed o full join charged c using (reservation_id, date, item))
    select i.reservation_id, i.date, i.item, i.owed, i.charged from items i
    where i.owed <> i.charged and (i.date < p_until or i.is_charged);
$$;
comment on function night_differences(int, int, uuid[], date) is
    'What of nights is owed, less what was let off, and charged otherwise: of those before a day, and of those charged ahead of it.';

drop function if exists nights_without_price(int, int, uuid, date, date);
create or replace function nights_without_price(p_omd_id int, p_business_id int, p_reservation_ids uuid[], p_until date)
returns table (reservation_id uuid, date date)
language sql stable set search_path = public, pg_temp as $$
    with owed as (
        select distinct o.reservation_id, o.date from owed_nights o
        where o.omd_id = p_omd_id and o.business_id = p_business_id and o.reservation_id = any (p_reservation_ids)
          and o.item not like 'tax:%')
    select r.id, r.arrival + n
    from reservations r
    cross join lateral generate_series(0, least(r.departure, p_until) - r.arrival - 1) n
    left join owed o on o.reservation_id = r.id and o.date = r.arrival + n
    where r.omd_id = p_omd_id and r.business_id = p_business_id and r.id = any (p_reservation_ids) and o.date is null;
$$;
comment on function nights_without_price(int, int, uuid[], date) is
    'The nights of stays before a day for which they have no price, not even that they are for nothing.';

create or replace function take_back(p_omd_id int, p_business_id int, p_entry_id uuid, p_text text, p_rebated numeric, p_actor text,
                                     p_now timestamptz) returns uuid
language plpgsql security definer set search_path = public, pg_temp as $$
declare
    v_origin_id uuid;
    v_folio_id uuid;
    v_postings jsonb;
begin
    perform require_staff(p_business_id);
    select coalesce(e.origin_id, e.id) into v_origin_id from ledger_entries e
    where e.omd_id = p_omd_id and e.business_id = p_business_id and e.id = p_entry_id;
    select p.folio_id into v_folio_id from ledger_postings p
    where p.omd_id = p_omd_id and p.business_id = p_business_id and p.entry_id = p_entry_id and p.folio_id is not null
    order by p.position desc limit 1;
    select jsonb_agg(jsonb_strip_nulls(jsonb_build_object(
                         'account', p.account, 'side', p.side, 'folio_id', case when p.folio_id is not null then v_folio_id end,
                         'company_id', p.company_id, 'tax_code', p.tax_code, 'amount', (- p.amount)::text)) order by p.position)
    into v_postings from ledger_postings p
    where p.omd_id = p_omd_id and p.business_id = p_business_id and p.entry_id = v_origin_id;
    return post_entry(p_omd_id, p_business_id,
                      jsonb_build_object('kind', 'correction', 'text', p_text, 'follows_id', p_entry_id, 'origin_id', v_origin_id,
                                         'rebated', p_rebated),
                      v_postings, p_actor, p_now);
end
$$;
comment on function take_back(int, int, uuid, text, numeric, text, timestamptz) is
    'Takes an entry back: what the first of its chain put on any account is taken off again, on the folio where it is now. Says how much of that is let off, and returns the id of the correction.';

create or replace function give_nights_back(p_omd_id int, p_business_id int, p_reservation_id uuid, p_arrival date, p_departure date,
                                            p_actor text, p_now timestamptz) returns void
language plpgsql security definer set search_path = public, pg_temp as $$
declare
    v_item record;
    v_standing record;
    v_ids uuid[];
    v_amount numeric;
    v_kind text;
    v_folio_id uuid;
begin
    if not exists (select from ledger_entries e
                   where e.omd_id = p_omd_id and e.business_id = p_business_id and e.reservation_id = p_reservation_id
                     and e.item is not null) then
        return;
    end if;
    for v_item in
        select c.date, c.item from charged_nights c
        where c.omd_id = p_omd_id and c.business_id = p_business_id and c.reservation_id = p_reservation_id
          and not (c.date >= p_arrival and c.date < p_departure)
        group by c.date, c.item having sum(c.charged) <> 0
        order by c.date, c.item
    loop
        v_ids := '{}';
        v_amount := 0;
        for v_standing in
            select s.* from standing_nights s
            where s.omd_id = p_omd_id and s.business_id = p_business_id and s.reservation_id = p_reservation_id
              and s.date = v_item.date and s.item = v_item.item
            order by s.entry_id
        loop
            if v_standing.is_closed then
                v_ids := v_ids || v_standing.entry_id;
                v_amount := v_amount + v_standing.charged;
            else
                perform take_back(p_omd_id, p_business_id, v_standing.standing_id, 'Night given back', 0, p_actor, p_now);
            end if;
        end loop;
        if v_amount <> 0 then
            -- What is on an invoice stays there: its opposite goes on an open folio.
            v_kind := case when v_item.item like 'tax:%' then 'tax' else v_item.item end;
            v_folio_id := find_folio_for(p_omd_id, p_business_id, p_reservation_id, v_kind, p_actor, p_now);
            perform post_entry(
                p_omd_id, p_business_id,
                jsonb_build_object(
                    'kind', 'charge', 'charge_kind', v_kind, 'reservation_id', p_reservation_id, 'served_on', v_item.date,
                    'item', v_item.item,
                    'text', (select left(min(e.text), 180) || ': given back' from ledger_entries e
                             where e.omd_id = p_omd_id and e.business_id = p_business_id and e.id = any (v_ids))),
                (select jsonb_agg(jsonb_strip_nulls(jsonb_build_object(
                            'account', b.account, 'side', b.side, 'tax_code', b.tax_code, 'amount', b.amount::text,
                            'folio_id', case when b.side is not null then v_folio_id end)) order by b.side nulls last, b.account, b.tax_code)
                 from (select p.account, p.side, p.tax_code, - sum(p.amount) as amount from ledger_postings p
                       where p.omd_id = p_omd_id and p.business_id = p_business_id
                         and p.entry_id in (select e.id from ledger_entries e
                                            where e.omd_id = p_omd_id and e.business_id = p_business_id
                                              and (e.id = any (v_ids) or e.credits_id = any (v_ids)))
                       group by p.account, p.side, p.tax_code having sum(p.amount) <> 0) b),
                p_actor, p_now);
        end if;
    end loop;
end
$$;
comment on function give_nights_back(int, int, uuid, date, date, text, timestamptz) is
    'Takes the charges of nights back that a stay of [p_arrival, p_departure) does not have: by a correction, or by its opposite where the folio is closed.';

create or replace function tg_reservations__settled() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
declare
    v_open jsonb;
    v_nights date[];
begin
    -- Whoever posts on them comes before this, and is seen, or after.
    perform from folios o
    where o.omd_id = new.omd_id and o.business_id = new.business_id and o.reservation_id = new.id
    order by o.id for update;
    select array_agg(u.date order by u.date) into v_nights
    from nights_without_price(new.omd_id, new.business_id, array[new.id], new.departure) u;
    if v_nights is not null then
        raise exception 'nights of stay % have no price', new.code
            using errcode = 'OMD01', constraint = 'reservations_nights_priced', detail = to_json(v_nights)::text;
    end if;
    select array_agg(distinct c.date order by c.date) into v_nights
    from (select a.date from charged_nights a
          where a.omd_id = new.omd_id and a.business_id = new.business_id and a.reservation_id = new.id
            and not (a.date >= new.arrival and a.date < new.departure)
          group by a.date, a.item having sum(a.charged) <> 0) c;
    if v_nights is not null then
        raise exception 'nights are charged that stay % gives back', new.code
            using errcode = 'OMD01', constraint = 'reservations_nights_given_back', detail = to_json(v_nights)::text;
    end if;
    select array_agg(distinct d.date order by d.date) into v_nights
    from night_differences(new.omd_id, new.business_id, array[new.id], new.departure) d where d.date < new.departure;
    if new.day_use and day_use_owed(new.omd_id, new.business_id, new.id) then
        v_nights := array[new.arrival];
    end if;
    if v_nights is not null then
        raise exception 'nights of stay % are not charged at what they owe', new.code
            using errcode = 'OMD01', constraint = 'reservations_nights_charged', detail = to_json(v_nights)::text;
    end if;
    select jsonb_agg(jsonb_build_object('id', f.id, 'number', f.number, 'balance', f.balance::text, 'deposit', f.deposit::text)
                     order by f.number) into v_open
    from folios f
    where f.omd_id = new.omd_id and f.business_id = new.business_id and f.reservation_id = new.id and (f.balance <> 0 or f.deposit <> 0);
    if v_open is not null then
        raise exception 'the folios of stay % are not settled', new.code
            using errcode = 'OMD01', constraint = 'reservations_settled', detail = v_open::text;
    end if;
    return new;
end
$$;
comment on function tg_reservations__settled() is
    'Nobody checks out before each night has a price and is charged at what it owes, and every folio is at zero and holds no deposit.';
create or replace trigger _120_settled before update on reservations
    for each row when (old.status is distinct from new.status and new.status = 'checked_out')
    execute function tg_reservations__settled();

create or replace function tg_reservations__check_in_undone() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
declare
    v_charges jsonb;
begin
    select jsonb_agg(jsonb_build_object('id', e.id, 'folio_id', p.folio_id, 'text', e.text, 'amount', p.amount::text) order by e.id)
    into v_charges
    from ledger_entries e
    join ledger_postings p on p.omd_id = e.omd_id and p.business_id = e.business_id and p.entry_id = e.id and p.account = 'guest_ledger'
    where e.omd_id = new.omd_id and e.business_id = new.business_id and e.reservation_id = new.id and e.kind = 'charge'
      and e.posted_at > old.checked_in_at and not exists (
          select from ledger_entries c
          where c.omd_id = e.omd_id and c.business_id = e.business_id and c.origin_id = e.id and c.kind = 'correction');
    if v_charges is not null then
        raise exception 'stay % was charged since its check-in', new.code
            using errcode = 'OMD01', constraint = 'reservations_check_in_charged', detail = v_charges::text;
    end if;
    return new;
end
$$;
comment on function tg_reservations__check_in_undone() is
    'A check-in is taken back only while nothing stands that was charged since: a bill of who never came is nobody''s.';
create or replace trigger _130_check_in_undone before update on reservations
    for each row when (old.status = 'in_house' and new.status = 'confirmed')
    execute function tg_reservations__check_in_undone();

revoke execute on function take_back(int, int, uuid, text, numeric, text, timestamptz),
    give_nights_back(int, int, uuid, date, date, text, timestamptz), tg_reservations__check_in_undone(), tg_reservations__settled() from public;
grant execute on function take_back(int, int, uuid, text, numeric, text, timestamptz) to omd_app;
grant select on owed_nights, charged_nights, standing_nights to omd_app, omd_maintenance;
