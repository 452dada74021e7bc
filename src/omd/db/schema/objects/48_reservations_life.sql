-- Ways back into the life of a stay. The caller has locked counters and stay, checked the rules of the trade, and holds the nights again.

create or replace function reinstate_reservation(
    p_omd_id int, p_business_id int, p_reservation_id uuid, p_status text, p_arrival date, p_departure date,
    p_type text, p_actor text, p_now timestamptz) returns int
language plpgsql security definer set search_path = public, pg_temp set plan_cache_mode = auto as $$
declare
    v_version int;
begin
    perform require_staff(p_business_id);
    update reservations r
    set status = p_status, arrival = p_arrival, departure = p_departure, planned_departure = null, version = r.version + 1,
        checked_in_at = case when p_status = 'in_house' then r.checked_in_at end,
        checked_out_at = null, cancelled_at = null, cancellation_reason = null, no_show_at = null, hold_until = null
    where r.omd_id = p_omd_id and r.business_id = p_business_id and r.id = p_reservation_id
    returning r.version into v_version;
    if v_version is null then
        raise exception 'stay % is not for this actor to change', p_reservation_id using errcode = 'insufficient_privilege';
    end if;
    if p_status = 'in_house' then
        perform keep_room_to_one(p_omd_id, p_business_id, p_reservation_id, null, p_now);
    end if;
    perform record_reservation_event(p_omd_id, p_business_id, p_reservation_id, v_version, p_type, p_actor, p_now,
        jsonb_build_object('status', p_status, 'arrival', p_arrival, 'departure', p_departure));
    return v_version;
end
$$;
comment on function reinstate_reservation(int, int, uuid, text, date, date, text, text, timestamptz) is
    'Takes a stay that is over back into its life, for these dates, and writes the event; its nights are held already. Returns the new version.';

create or replace function extend_price(p_omd_id int, p_business_id int, p_reservation_id uuid, p_from date, p_until date, p_actor text,
                                        p_now timestamptz) returns boolean
language plpgsql security definer set search_path = public, pg_temp set plan_cache_mode = auto as $$
declare
    v_price reservation_prices;
    v_was jsonb;
    v_version int;
begin
    perform require_staff(p_business_id);
    delete from reservation_prices p
    where p.omd_id = p_omd_id and p.business_id = p_business_id and p.reservation_id = p_reservation_id and p.departure = p_from
    returning p.* into v_price;
    if v_price.offer_id is null then
        return false;
    end if;
    insert into reservation_charges (omd_id, business_id, reservation_id, date, position, part, code, count, amount)
    select c.omd_id, c.business_id, c.reservation_id, p_from + n,
           c.position + (n + 1) * (select max(m.position) from reservation_charges m
                                   where m.omd_id = p_omd_id and m.business_id = p_business_id and m.reservation_id = p_reservation_id),
           c.part, c.code, c.count, c.amount
    from generate_series(0, p_until - p_from - 1) n
    join reservation_charges c on c.omd_id = p_omd_id and c.business_id = p_business_id and c.reservation_id = p_reservation_id
                              and c.date = p_from - 1;
    insert into reservation_taxes (omd_id, business_id, reservation_id, date, position, rule_id, code, name, placement, base, amount)
    select t.omd_id, t.business_id, t.reservation_id, p_from + n,
           t.position + (n + 1) * (select max(m.position) from reservation_taxes m
                                   where m.omd_id = p_omd_id and m.business_id = p_business_id and m.reservation_id = p_reservation_id),
           t.rule_id, t.code, t.name, t.placement, t.base, t.amount
    from generate_series(0, p_until - p_from - 1) n
    join reservation_taxes t on t.omd_id = p_omd_id and t.business_id = p_business_id and t.reservation_id = p_reservation_id
                            and t.date = p_from - 1;
    select coalesce(sum(c.amount), 0) into v_price.gross from reservation_charges c
    where c.omd_id = p_omd_id and c.business_id = p_business_id and c.reservation_id = p_reservation_id;
    select coalesce(sum(t.amount) filter (where t.placement = 'on_top'), 0), coalesce(sum(t.amount) filter (where t.placement = 'owed'), 0)
    into v_price.on_top, v_price.owed from reservation_taxes t
    where t.omd_id = p_omd_id and t.business_id = p_business_id and t.reservation_id = p_reservation_id;
    v_price.total := v_price.gross + v_price.on_top;
    v_price.departure := p_until;
    v_price.priced_at := p_now;
    v_price.priced_by := p_actor;
    select jsonb_build_object('amount', r.amount, 'currency', r.currency) into v_was from reservations r
    where r.omd_id = p_omd_id and r.business_id = p_business_id and r.id = p_reservation_id;
    update reservations r set amount = v_price.total, version = r.version + 1
    where r.omd_id = p_omd_id and r.business_id = p_business_id and r.id = p_reservation_id
    returning r.version into v_version;
    insert into reservation_prices select v_price.*;
    perform record_reservation_event(p_omd_id, p_business_id, p_reservation_id, v_version, 'reservation.repriced', p_actor, p_now,
        jsonb_build_object('offer_id', v_price.offer_id, 'total', v_price.total, 'currency', v_price.currency, 'was', v_was));
    return true;
end
$$;
comment on function extend_price(int, int, uuid, date, date, text, timestamptz) is
    'Prices nights added to a stay, [p_from, p_until), as the last one before them, line by line; false where the stay has no price up to there.';
revoke execute on function extend_price(int, int, uuid, date, date, text, timestamptz) from public;
grant execute on function extend_price(int, int, uuid, date, date, text, timestamptz) to omd_app;

revoke execute on function reinstate_reservation(int, int, uuid, text, date, date, text, text, timestamptz) from public;
grant execute on function reinstate_reservation(int, int, uuid, text, date, date, text, text, timestamptz) to omd_app;
