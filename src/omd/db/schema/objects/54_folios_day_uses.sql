-- Rooms by day on bills: what is charged of one, wherever it was moved; while that stands its price stays.

create or replace function day_use_charged(p_omd_id int, p_business_id int, p_reservation_id uuid, out charges int,
                                           out standing numeric, out let_off numeric)
language sql stable set search_path = public, pg_temp as $$
    with entries as materialized (
        select e.id, e.cause, e.rebated
        from reservations r
        join ledger_entries e on e.omd_id = r.omd_id and e.business_id = r.business_id and e.reservation_id = r.id
        left join ledger_entries o on o.omd_id = e.omd_id and o.business_id = e.business_id and o.id = coalesce(e.origin_id, e.credits_id)
        where r.omd_id = p_omd_id and r.business_id = p_business_id and r.id = p_reservation_id and r.day_use and e.item is null
          -- Its parts have its day and no cause.
          and (coalesce(e.cause, o.cause) like 'day_use:%' or (e.served_on = r.arrival and coalesce(e.cause, o.cause) is null)))
    select (count(*) filter (where e.cause is not null))::int,
           coalesce(- sum((select sum(p.amount) from ledger_postings p
                           where p.omd_id = p_omd_id and p.business_id = p_business_id and p.entry_id = e.id
                             and p.account in ('room_revenue', 'tax_payable'))), 0),
           coalesce(sum(e.rebated), 0)
    from entries e;
$$;
comment on function day_use_charged(int, int, uuid) is
    'How often a room by day was charged, what of that stands on any folio, taxes with it, and what was let off. Runs as the caller, under row security.';

create or replace function day_use_owed(p_omd_id int, p_business_id int, p_reservation_id uuid) returns boolean
language plpgsql stable set search_path = public, pg_temp set plan_cache_mode = auto as $$
begin
    return exists (
        select from reservations r
        join businesses b on b.omd_id = r.omd_id and b.id = r.business_id and b.currency = r.currency
        cross join lateral day_use_charged(r.omd_id, r.business_id, r.id) c
        where r.omd_id = p_omd_id and r.business_id = p_business_id and r.id = p_reservation_id and r.day_use
          and r.amount > c.let_off and c.standing = 0);
end
$$;
comment on function day_use_owed(int, int, uuid) is
    'Whether a room by day has a price of which no charge stands, and which was not let off. Runs as the caller, under row security.';

create or replace function tg_reservations__day_use_charged() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
declare
    v_standing numeric;
begin
    select c.standing into v_standing from day_use_charged(new.omd_id, new.business_id, new.id) c;
    if v_standing <> 0 then
        raise exception 'the room by day of stay % is charged', new.code
            using errcode = 'OMD01', constraint = 'reservations_day_use_charged',
                  detail = json_build_object('code', new.code, 'charged', v_standing::text);
    end if;
    return new;
end
$$;
comment on function tg_reservations__day_use_charged() is 'Nobody changes the price of a room by day while a charge of it stands.';
create or replace trigger _110_day_use_charged before update of amount, currency on reservations
    for each row when (new.day_use and (old.amount, old.currency) is distinct from (new.amount, new.currency))
    execute function tg_reservations__day_use_charged();
revoke execute on function tg_reservations__day_use_charged() from public;
