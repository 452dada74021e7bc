-- What stays were sold at: written whole with the offer they were booked or re-priced by, then fixed. The lines of a price
-- change only while its header is not there, and the header is taken only where the lines add up to it and the stay's
-- amount is its total: so a price is right the moment it stands, whoever writes it.

do $policies$
declare
    v_table text;
begin
    foreach v_table in array array['bookings', 'used_offers', 'reservation_prices', 'reservation_charges', 'reservation_taxes'] loop
        execute format('alter table %I enable row level security', v_table);
        execute format('alter table %I force row level security', v_table);
        execute format('drop policy if exists %I on %I', v_table || '_read', v_table);
        execute format(
            'create policy %I on %I for select using (omd_id = (select nullif(current_setting(''omd.omd_id'', true), '''')::int) '
            'and business_id = any ((select nullif(current_setting(''omd.reader_business_ids'', true), '''')::int[])::int[]))',
            v_table || '_read', v_table);
        execute format('drop policy if exists %I on %I', v_table || '_written', v_table);
        execute format(
            'create policy %I on %I using (omd_id = (select nullif(current_setting(''omd.omd_id'', true), '''')::int) '
            'and business_id = any ((select nullif(current_setting(''omd.staff_business_ids'', true), '''')::int[])::int[]))',
            v_table || '_written', v_table);
    end loop;
    -- A guest reads the price of their own stay: of reservations that role sees this one alone.
    foreach v_table in array array['reservation_prices', 'reservation_charges', 'reservation_taxes'] loop
        execute format('drop policy if exists %I on %I', v_table || '_only_own', v_table);
        execute format(
            'create policy %1$I on %2$I as restrictive to omd_guest using (%3$s exists (select from reservations r '
            'where r.omd_id = %2$I.omd_id and r.business_id = %2$I.business_id and r.id = %2$I.reservation_id))',
            v_table || '_only_own', v_table,
            case v_table when 'reservation_taxes' then 'placement <> ''owed'' and' else '' end);
    end loop;
end
$policies$;

drop policy if exists rate_policies_only_own on rate_policies;
create policy rate_policies_only_own on rate_policies as restrictive to omd_guest
    using (exists (select from reservation_prices p where p.omd_id = rate_policies.omd_id and p.business_id = rate_policies.business_id
                   and rate_policies.id in (p.cancellation_policy_id, p.no_show_policy_id)));
comment on policy rate_policies_only_own on rate_policies is
    'Of prices this role sees the one of the guest''s own stay: so of policies the versions that it was sold under.';

create or replace function tg_reservation_prices__adds_up() returns trigger
language plpgsql set search_path = public, pg_temp as $$
declare
    v_gross numeric;
    v_on_top numeric;
    v_owed numeric;
    v_stay reservations;
begin
    select coalesce(sum(c.amount), 0) into v_gross from reservation_charges c
    where c.omd_id = new.omd_id and c.business_id = new.business_id and c.reservation_id = new.reservation_id;
    select coalesce(sum(t.amount) filter (where t.placement = 'on_top'), 0), coalesce(sum(t.amount) filter (where t.placement = 'owed'), 0)
    into v_on_top, v_owed from reservation_taxes t
    where t.omd_id = new.omd_id and t.business_id = new.business_id and t.reservation_id = new.reservation_id;
    if (v_gross, v_on_top, v_owed) is distinct from (new.gross, new.on_top, new.owed) then
        raise exception 'the lines of stay % come to % and % on top, its price says % and %', new.reservation_id, v_gross, v_on_top,
            new.gross, new.on_top using errcode = 'OMD01', constraint = 'reservation_prices_add_up';
    end if;
    select * into v_stay from reservations r
    where r.omd_id = new.omd_id and r.business_id = new.business_id and r.id = new.reservation_id;
    if (v_stay.amount, v_stay.currency) is distinct from (new.total, new.currency) then
        raise exception 'stay % is charged %, its price is %', new.reservation_id, v_stay.amount, new.total
            using errcode = 'OMD01', constraint = 'reservation_prices_charged';
    end if;
    return null;
end
$$;
comment on function tg_reservation_prices__adds_up() is
    'A price is the sum of its lines, and the stay is charged just that.';
create or replace trigger _500_adds_up after insert or update on reservation_prices
    for each row execute function tg_reservation_prices__adds_up();

create or replace function tg_reservation_charges__fixed() returns trigger
language plpgsql set search_path = public, pg_temp as $$
begin
    if exists (select from touched t join reservation_prices p on p.omd_id = t.omd_id and p.business_id = t.business_id
               and p.reservation_id = t.reservation_id) then
        raise exception 'the lines of a price stand as they are: it is replaced whole'
            using errcode = 'OMD01', constraint = 'reservation_prices_replaced_whole';
    end if;
    return null;
end
$$;
comment on function tg_reservation_charges__fixed() is 'Charges of a price are written before its header and stand as long as it does.';
create or replace trigger _500_fixed after insert on reservation_charges
    referencing new table as touched for each statement execute function tg_reservation_charges__fixed();
create or replace trigger _500_fixed_changed after update on reservation_charges
    referencing new table as touched for each statement execute function tg_reservation_charges__fixed();
create or replace trigger _500_fixed_gone after delete on reservation_charges
    referencing old table as touched for each statement execute function tg_reservation_charges__fixed();

create or replace function tg_reservation_taxes__fixed() returns trigger
language plpgsql set search_path = public, pg_temp as $$
begin
    if exists (select from touched t join reservation_prices p on p.omd_id = t.omd_id and p.business_id = t.business_id
               and p.reservation_id = t.reservation_id) then
        raise exception 'the taxes of a price stand as they are: it is replaced whole'
            using errcode = 'OMD01', constraint = 'reservation_prices_replaced_whole';
    end if;
    return null;
end
$$;
comment on function tg_reservation_taxes__fixed() is 'Taxes of a price are written before its header and stand as long as it does.';
create or replace trigger _500_fixed after insert on reservation_taxes
    referencing new table as touched for each statement execute function tg_reservation_taxes__fixed();
create or replace trigger _500_fixed_changed after update on reservation_taxes
    referencing new table as touched for each statement execute function tg_reservation_taxes__fixed();
create or replace trigger _500_fixed_gone after delete on reservation_taxes
    referencing old table as touched for each statement execute function tg_reservation_taxes__fixed();

create or replace function tg_reservations__priced() returns trigger
language plpgsql set search_path = public, pg_temp as $$
begin
    if exists (select from reservation_prices p
               where p.omd_id = new.omd_id and p.business_id = new.business_id and p.reservation_id = new.id) then
        raise exception 'stay % is charged what its offer said', new.code
            using errcode = 'OMD01', constraint = 'reservations_priced_by_offer';
    end if;
    return new;
end
$$;
comment on function tg_reservations__priced() is 'The amount of a stay that was sold by an offer is not set by hand.';
create or replace trigger _110_priced before update on reservations
    for each row when (old.amount is distinct from new.amount or old.currency is distinct from new.currency)
    execute function tg_reservations__priced();

create or replace function tg_reservations__agreed() returns trigger
language plpgsql set search_path = public, pg_temp as $$
begin
    new.agreed_from := old.arrival;
    new.agreed_until := old.departure;
    return new;
end
$$;
comment on function tg_reservations__agreed() is
    'A price that was agreed on is for the nights the stay had then: whoever adds some agrees on another, and whoever gives some back owes their share no more.';
create or replace trigger _105_agreed before update on reservations
    for each row when (new.amount is not null and old.departure > old.arrival and new.agreed_from is null and old.agreed_from is null
                       and old.amount is not distinct from new.amount
                       and (old.arrival, old.departure) is distinct from (new.arrival, new.departure))
    execute function tg_reservations__agreed();

create or replace function use_offers(p_omd_id int, p_business_id int, p_offer_ids uuid[], p_now timestamptz) returns uuid[]
language plpgsql security definer set search_path = public, pg_temp as $$
declare
    v_used uuid[];
begin
    perform require_staff(p_business_id);
    with taken as (
        insert into used_offers (omd_id, offer_id, business_id, used_at)
        select p_omd_id, o.id, p_business_id, p_now from unnest(p_offer_ids) as o (id) order by o.id
        on conflict do nothing
        returning offer_id)
    select array_agg(t.offer_id) into v_used from taken t;
    return coalesce(v_used, '{}');
end
$$;
comment on function use_offers(int, int, uuid[], timestamptz) is
    'Takes offers, and returns those that nobody had taken: who comes second waits here for the first, before it locks anything else.';

create or replace function add_booking(p_omd_id int, p_business_id int, p_code text, p_actor text, p_now timestamptz)
returns uuid
language plpgsql security definer set search_path = public, pg_temp as $$
declare
    v_id uuid;
begin
    perform require_staff(p_business_id);
    insert into bookings (omd_id, business_id, code, booked_at, booked_by)
    values (p_omd_id, p_business_id, p_code, p_now, p_actor) returning id into v_id;
    return v_id;
end
$$;
comment on function add_booking(int, int, text, text, timestamptz) is 'Adds a booking, to which the stays of its offers belong. Returns its id.';

create or replace function put_price(p_omd_id int, p_business_id int, p_reservation_id uuid, p_booking_id uuid, p_price jsonb,
                                     p_actor text, p_now timestamptz) returns void
language plpgsql security definer set search_path = public, pg_temp as $$
begin
    perform require_staff(p_business_id);
    insert into reservation_charges (omd_id, business_id, reservation_id, date, position, part, code, count, amount)
    select p_omd_id, p_business_id, p_reservation_id, (c.line ->> 0)::date, c.position, c.line ->> 1, c.line ->> 2,
           (c.line ->> 3)::int, (c.line ->> 4)::numeric
    from jsonb_array_elements(p_price -> 'charges') with ordinality as c (line, position);
    insert into reservation_taxes (omd_id, business_id, reservation_id, date, position, rule_id, code, name, placement, base, amount)
    select p_omd_id, p_business_id, p_reservation_id, (t.line ->> 'date')::date, t.position, (t.line ->> 'rule_id')::int,
           t.line ->> 'code', t.line ->> 'name', t.line ->> 'placement', (t.line ->> 'base')::numeric, (t.line ->> 'amount')::numeric
    from jsonb_array_elements(p_price -> 'taxes') with ordinality as t (line, position);
    insert into reservation_prices (
        omd_id, business_id, reservation_id, booking_id, offer_id, room_type_id, arrival, departure, adults, children_ages, country,
        locality_id, rate_plan_id, plan_version, plan_code, plan_name, meals, guarantee, cancellation_policy_id, no_show_policy_id,
        currency, gross, on_top, owed, total, shown_at, priced_at, priced_by)
    select p_omd_id, p_business_id, p_reservation_id, p_booking_id, o.id, o.room_type_id, o.arrival, o.departure, o.adults, o.children,
           o.country, o.locality_id, (o.plan ->> 'id')::int, (o.plan ->> 'version')::int, o.plan ->> 'code', o.plan ->> 'name',
           o.plan ->> 'meals', o.plan ->> 'guarantee', (o.plan ->> 'cancellation_policy_id')::int, (o.plan ->> 'no_show_policy_id')::int,
           o.currency, o.gross, o.on_top, o.owed, o.total, o.made_at, p_now, p_actor
    from jsonb_to_record(p_price) as o (
        id uuid, room_type_id int, arrival date, departure date, adults int, children int[], country text, locality_id int, plan jsonb,
        currency text, gross numeric, on_top numeric, owed numeric, total numeric, made_at timestamptz);
end
$$;
comment on function put_price(int, int, uuid, uuid, jsonb, text, timestamptz) is
    'Writes the price of a stay that has none, from its offer: the lines, then the header, which is refused unless they add up to it.';

create or replace function reprice_reservation(p_omd_id int, p_business_id int, p_reservation_id uuid, p_price jsonb, p_actor text,
                                               p_now timestamptz) returns int
language plpgsql security definer set search_path = public, pg_temp as $$
declare
    v_booking_id uuid;
    v_was jsonb;
    v_version int;
begin
    perform require_staff(p_business_id);
    select jsonb_build_object('amount', r.amount, 'currency', r.currency) into v_was from reservations r
    where r.omd_id = p_omd_id and r.business_id = p_business_id and r.id = p_reservation_id;
    delete from reservation_prices p
    where p.omd_id = p_omd_id and p.business_id = p_business_id and p.reservation_id = p_reservation_id
    returning p.booking_id into v_booking_id;
    delete from reservation_charges c
    where c.omd_id = p_omd_id and c.business_id = p_business_id and c.reservation_id = p_reservation_id;
    delete from reservation_taxes t
    where t.omd_id = p_omd_id and t.business_id = p_business_id and t.reservation_id = p_reservation_id;
    update reservations r
    set amount = (p_price ->> 'total')::numeric, currency = p_price ->> 'currency', version = r.version + 1
    where r.omd_id = p_omd_id and r.business_id = p_business_id and r.id = p_reservation_id
    returning r.version into v_version;
    perform put_price(p_omd_id, p_business_id, p_reservation_id, v_booking_id, p_price, p_actor, p_now);
    perform record_reservation_event(p_omd_id, p_business_id, p_reservation_id, v_version, 'reservation.repriced', p_actor, p_now,
        jsonb_build_object('offer_id', p_price -> 'id', 'total', p_price -> 'total', 'currency', p_price -> 'currency', 'was', v_was));
    return v_version;
end
$$;
comment on function reprice_reservation(int, int, uuid, jsonb, text, timestamptz) is
    'Puts the price of an offer in place of the one a stay has, if any, and writes the event; what it was stays in the audit. Returns the new version.';

create or replace function price_nights(p_omd_id int, p_business_id int, p_reservation_id uuid, p_since date, p_price jsonb, p_actor text,
                                        p_now timestamptz) returns int
language plpgsql security definer set search_path = public, pg_temp as $$
declare
    v_before jsonb;
    v_whole jsonb;
begin
    perform require_staff(p_business_id);
    -- Lines keep their order: those that stay, then those that come.
    select jsonb_build_object(
        'charges', coalesce((select jsonb_agg(jsonb_build_array(c.date, c.part, c.code, c.count, c.amount) order by c.position)
                             from reservation_charges c
                             where c.omd_id = p_omd_id and c.business_id = p_business_id and c.reservation_id = p_reservation_id
                               and c.date < p_since), '[]'),
        'taxes', coalesce((select jsonb_agg(to_jsonb(t) order by t.position) from reservation_taxes t
                           where t.omd_id = p_omd_id and t.business_id = p_business_id and t.reservation_id = p_reservation_id
                             and t.date < p_since), '[]'))
    into v_before;
    v_whole := p_price || jsonb_build_object(
        'charges', (v_before -> 'charges') || coalesce((select jsonb_agg(c.value order by c.position)
            from jsonb_array_elements(p_price -> 'charges') with ordinality c (value, position)
            where (c.value ->> 0)::date >= p_since), '[]'),
        'taxes', (v_before -> 'taxes') || coalesce((select jsonb_agg(t.value order by t.position)
            from jsonb_array_elements(p_price -> 'taxes') with ordinality t (value, position)
            where (t.value ->> 'date')::date >= p_since), '[]'),
        'arrival', (select p.arrival from reservation_prices p
                    where p.omd_id = p_omd_id and p.business_id = p_business_id and p.reservation_id = p_reservation_id));
    select v_whole || jsonb_build_object('gross', s.gross, 'on_top', s.on_top, 'owed', s.owed, 'total', s.gross + s.on_top) into v_whole
    from (select coalesce((select sum((c.value ->> 4)::numeric) from jsonb_array_elements(v_whole -> 'charges') c), 0) as gross,
                 coalesce(sum((t.value ->> 'amount')::numeric) filter (where t.value ->> 'placement' = 'on_top'), 0) as on_top,
                 coalesce(sum((t.value ->> 'amount')::numeric) filter (where t.value ->> 'placement' = 'owed'), 0) as owed
          from jsonb_array_elements(v_whole -> 'taxes') t) s;
    return reprice_reservation(p_omd_id, p_business_id, p_reservation_id, v_whole, p_actor, p_now);
end
$$;
comment on function price_nights(int, int, uuid, date, jsonb, text, timestamptz) is
    'Puts the lines of a price from a night on in place of those that a stay has; the nights before stay as they are. Returns the new version.';

create or replace view stay_prices with (security_invoker = true) as
select p.omd_id, p.business_id, p.reservation_id, p.booking_id, b.code as booking_code, r.agency, p.offer_id, p.room_type_id, p.arrival,
       p.departure, p.adults, p.children_ages as children, p.country, p.locality_id,
       json_build_object('id', p.rate_plan_id, 'version', p.plan_version, 'code', p.plan_code, 'name', p.plan_name, 'meals', p.meals,
                         'guarantee', p.guarantee, 'cancellation_policy_id', p.cancellation_policy_id,
                         'no_show_policy_id', p.no_show_policy_id) as plan,
       p.currency, p.gross, p.on_top, p.owed, p.total, p.shown_at, p.priced_at, p.priced_by,
       (select coalesce(json_agg(json_build_object('date', c.date, 'part', c.part, 'code', c.code, 'count', c.count,
                                                   'amount', c.amount::text) order by c.position), '[]')
        from reservation_charges c
        where c.omd_id = p.omd_id and c.business_id = p.business_id and c.reservation_id = p.reservation_id) as charges,
       (select coalesce(json_agg(json_build_object('rule_id', t.rule_id, 'code', t.code, 'name', t.name, 'placement', t.placement,
                                                   'date', t.date, 'base', t.base::text, 'amount', t.amount::text) order by t.position), '[]')
        from reservation_taxes t
        where t.omd_id = p.omd_id and t.business_id = p.business_id and t.reservation_id = p.reservation_id) as taxes,
       r.code as reservation_code, r.arrival as stay_arrival, r.departure as stay_departure, r.status, r.version,
       r.adults as stay_adults, r.children as stay_children, r.room_type_id as stay_room_type_id,
       (select coalesce(json_agg(json_build_object('id', o.id, 'kind', o.kind, 'code', o.code, 'version', o.version, 'name', o.name,
                                                   'fees', o.fees, 'texts', o.texts) order by o.kind), '[]')
        from rate_policies o
        where o.omd_id = p.omd_id and o.business_id = p.business_id
          and o.id in (p.cancellation_policy_id, p.no_show_policy_id)) as policies
from reservation_prices p
join reservations r on r.omd_id = p.omd_id and r.business_id = p.business_id and r.id = p.reservation_id
left join bookings b on b.omd_id = p.omd_id and b.business_id = p.business_id and b.id = p.booking_id;
comment on view stay_prices is
    'What stays were sold at, line by line, and under which policies, beside the dates, party and type they have now. Runs as the caller, under row security.';

revoke execute on function use_offers(int, int, uuid[], timestamptz), add_booking(int, int, text, text, timestamptz),
    put_price(int, int, uuid, uuid, jsonb, text, timestamptz), reprice_reservation(int, int, uuid, jsonb, text, timestamptz),
    price_nights(int, int, uuid, date, jsonb, text, timestamptz) from public;
grant execute on function use_offers(int, int, uuid[], timestamptz), add_booking(int, int, text, text, timestamptz),
    put_price(int, int, uuid, uuid, jsonb, text, timestamptz), reprice_reservation(int, int, uuid, jsonb, text, timestamptz),
    price_nights(int, int, uuid, date, jsonb, text, timestamptz) to omd_app;
grant select on bookings, used_offers, reservation_prices, reservation_charges, reservation_taxes, stay_prices to omd_app, omd_maintenance;
grant delete on used_offers to omd_maintenance;
drop policy if exists used_offers_for_maintenance on used_offers;
create policy used_offers_for_maintenance on used_offers to omd_maintenance using (true);
grant select (omd_id, business_id, reservation_id, plan_code, plan_name, meals, currency, gross, on_top, total, cancellation_policy_id,
              no_show_policy_id) on reservation_prices to omd_guest;
grant select (omd_id, business_id, reservation_id, date, position, part, code, count, amount) on reservation_charges to omd_guest;
grant select (omd_id, business_id, reservation_id, date, position, code, name, placement, base, amount) on reservation_taxes to omd_guest;
grant select (omd_id, business_id, id, kind, code, version, name, fees, texts) on rate_policies to omd_guest;
