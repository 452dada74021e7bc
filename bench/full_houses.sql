-- A guest in every free room of :hotels for the nights of :first and the day after, as the triggers would have it.
begin;
set local session_replication_role = replica;
truncate on_the_books, daily_statistics, night_audit_steps, night_audits, night_audit_settings, ledger_postings,
    ledger_entries, folio_routes, folios cascade;
create temporary table rooms_free on commit drop as
    select r.omd_id, r.business_id, r.room_type_id, r.id as room_id, uuidv7() as stay
    from individual_rooms r
    where r.business_id in (:hotels) and r.retired_on is null and not exists (
        select from reservation_nights n where n.omd_id = r.omd_id and n.business_id = r.business_id
        and n.room_id = r.id and n.date >= :'first' and n.date < :'last');
insert into rate_plans (omd_id, business_id, code, name, meals, basis, guarantee, terms)
select distinct omd_id, business_id, 'BENCHAUDIT', 'Bench', 'none', 'room', 'none', '{}'::jsonb from rooms_free
on conflict do nothing;
insert into reservations (omd_id, business_id, id, code, room_type_id, arrival, departure, adults, children, status,
    amount, currency, booked_at, booked_by, checked_in_at)
select omd_id, business_id, stay, 'A' || upper(substr(md5(stay::text), 1, 11)), room_type_id, :'first', :'last', 1, 0,
    'in_house', 480, 'RON', now(), 'bench', now() from rooms_free;
insert into reservation_guests (omd_id, business_id, reservation_id, is_primary, first_name, last_name)
select omd_id, business_id, stay, true, 'Ana', 'Pop' from rooms_free;
insert into reservation_nights (omd_id, business_id, reservation_id, date, room_type_id, room_id)
select omd_id, business_id, stay, date :'first' + n, room_type_id, room_id
from rooms_free cross join generate_series(0, 1) n;
insert into reservation_charges (omd_id, business_id, reservation_id, date, position, part, code, count, amount)
select omd_id, business_id, stay, date :'first' + n, 2 * n + k, case k when 1 then 'base' else 'meals' end, '', 1,
    case k when 1 then 200 else 40 end
from rooms_free cross join generate_series(0, 1) n cross join generate_series(1, 2) k;
insert into reservation_taxes (omd_id, business_id, reservation_id, date, position, code, name, placement, base, amount)
select omd_id, business_id, stay, date :'first' + n, n + 1, 'VAT', 'VAT', 'included', 216.22, 23.78
from rooms_free cross join generate_series(0, 1) n;
insert into reservation_prices (omd_id, business_id, reservation_id, offer_id, room_type_id, arrival, departure, adults,
    children_ages, rate_plan_id, plan_version, plan_code, plan_name, meals, guarantee, currency, gross, on_top, owed,
    total, shown_at, priced_at, priced_by)
select f.omd_id, f.business_id, f.stay, uuidv7(), f.room_type_id, :'first', :'last', 1, '{}', p.id, 1, p.code, p.name,
    'none', 'none', 'RON', 480, 0, 0, 480, now(), now(), 'bench'
from rooms_free f join rate_plans p on p.omd_id = f.omd_id and p.business_id = f.business_id and p.code = 'BENCHAUDIT';
update room_type_availability c set sold = s.sold
from (select omd_id, business_id, room_type_id, date, count(*) as sold from reservation_nights
      where business_id in (:hotels) group by 1, 2, 3, 4) s
where c.omd_id = s.omd_id and c.business_id = s.business_id and c.room_type_id = s.room_type_id and c.date = s.date;
update room_availability a set reservation_id = f.stay from rooms_free f
where a.omd_id = f.omd_id and a.business_id = f.business_id and a.room_id = f.room_id
  and a.date >= :'first' and a.date < :'last';
update businesses set business_date = :'first' where id in (:hotels);
insert into night_audit_settings (omd_id, business_id, mode, no_shows, due_outs, audited_from)
select omd_id, id, 'audit', 'keep', 'extend', :'first' from businesses where id in (:hotels);
commit;
vacuum (analyze) reservations, reservation_nights, reservation_charges, reservation_taxes, reservation_prices;
