-- name: use_offers
-- rows: value
-- Takes offers; gives the ids of those that nobody had taken.
select use_offers(:omd_id, :business_id, :offer_ids::uuid[], :now);

-- name: purge_used_offers
-- rows: none
-- Forgets offers that were taken before an instant, at most so many.
delete from used_offers where (omd_id, offer_id) in
    (select u.omd_id, u.offer_id from used_offers u where u.used_at < :before limit :most);

-- name: add_booking
-- rows: value
-- Adds a booking and gives its id.
select add_booking(:omd_id, :business_id, :code, :actor, :now);

-- name: put_price
-- rows: value
-- Writes what a stay of a booking was sold at.
select put_price(:omd_id, :business_id, :reservation_id, :booking_id, :price::jsonb, :actor, :now);

-- name: reprice_reservation
-- rows: value
-- Puts the price of an offer in place of the one a stay has; gives the stay's new version.
select reprice_reservation(:omd_id, :business_id, :reservation_id, :price::jsonb, :actor, :now);

-- name: price_nights
-- rows: value
-- Puts the lines of a price from a night on in place of those that a stay has; gives the stay's new version.
select price_nights(:omd_id, :business_id, :reservation_id, :since, :price::jsonb, :actor, :now);

-- name: find_booking
-- rows: maybe BookingRow
-- A booking of a hotel.
select b.id, b.code, b.business_id, b.booked_at, b.booked_by
from bookings b
where b.omd_id = :omd_id and b.business_id = :business_id and b.id = :booking_id;

-- name: list_bookings
-- rows: many BookingSummary
-- A page of a hotel's bookings, the newest first, narrowed by code, and by the arrival, status or agency of a stay.
with page as materialized (
    select b.id, b.code, b.business_id, b.booked_at, b.booked_by
    from bookings b
    where b.omd_id = :omd_id and b.business_id = :business_id and (:before::uuid is null or b.id < :before::uuid)
      and (:code::text is null or b.code = :code::text)
      and (not :narrowed::boolean
           or exists (select from reservation_prices p
                      join reservations r on r.omd_id = :omd_id and r.business_id = :business_id and r.id = p.reservation_id
                      where p.omd_id = :omd_id and p.business_id = :business_id and p.booking_id = b.id
                        and r.arrival >= :since::date and r.arrival < :until::date and r.status = any (:statuses::text[])
                        and (:agency::text is null or r.agency = :agency::text)))
    order by b.id desc
    limit :page_size)
select b.id, b.code, b.business_id, s.agency, b.booked_at, b.booked_by, s.currency, s.total, s.arrival, s.departure, s.stays, s.statuses,
       (select concat_ws(' ', g.first_name, g.last_name) from reservation_guests g
        where g.omd_id = :omd_id and g.business_id = :business_id and g.reservation_id = s.first_id and g.is_primary) as guest_name
from page b
cross join lateral (
    select min(r.agency) as agency, min(p.currency) as currency, sum(p.total) as total, min(r.arrival) as arrival,
           max(r.departure) as departure, count(*)::int as stays, array_agg(distinct r.status order by r.status) as statuses,
           (array_agg(r.id order by r.arrival, r.id))[1] as first_id
    from reservation_prices p
    join reservations r on r.omd_id = :omd_id and r.business_id = :business_id and r.id = p.reservation_id
    where p.omd_id = :omd_id and p.business_id = :business_id and p.booking_id = b.id) s
order by b.id desc;

-- name: list_prices
-- rows: many PriceRow
-- What the stays of a booking were sold at, by arrival.
select p.reservation_id, p.reservation_code, p.booking_id, p.booking_code, p.agency, p.offer_id, p.room_type_id, p.arrival, p.departure,
       p.adults, p.children, p.country, p.plan, p.policies, p.currency, p.gross, p.on_top, p.owed, p.total, p.shown_at, p.priced_at, p.priced_by,
       p.charges, p.taxes, p.stay_arrival, p.stay_departure, p.stay_adults, p.stay_children, p.stay_room_type_id, p.version
from stay_prices p
where p.omd_id = :omd_id and p.business_id = :business_id and p.booking_id = :booking_id
order by p.stay_arrival, p.reservation_id;

-- name: find_price
-- rows: maybe PriceRow
-- What a stay was sold at.
select p.reservation_id, p.reservation_code, p.booking_id, p.booking_code, p.agency, p.offer_id, p.room_type_id, p.arrival, p.departure,
       p.adults, p.children, p.country, p.plan, p.policies, p.currency, p.gross, p.on_top, p.owed, p.total, p.shown_at, p.priced_at, p.priced_by,
       p.charges, p.taxes, p.stay_arrival, p.stay_departure, p.stay_adults, p.stay_children, p.stay_room_type_id, p.version
from stay_prices p
where p.omd_id = :omd_id and p.business_id = any (:business_ids::int[]) and p.reservation_id = :reservation_id;

-- name: find_own_price
-- rows: maybe OwnPriceRow
-- What a guest's own stay was sold at, without what the hotel owes beside it.
select p.plan_name, p.meals, p.currency, p.gross, p.on_top, p.total,
       (select coalesce(json_agg(json_build_object('date', c.date, 'part', c.part, 'code', c.code, 'count', c.count,
                                                   'amount', c.amount::text) order by c.position), '[]')
        from reservation_charges c
        where c.omd_id = p.omd_id and c.business_id = p.business_id and c.reservation_id = p.reservation_id) as charges,
       (select coalesce(json_agg(json_build_object('date', t.date, 'code', t.code, 'name', t.name, 'placement', t.placement,
                                                   'base', t.base::text, 'amount', t.amount::text) order by t.position), '[]')
        from reservation_taxes t
        where t.omd_id = p.omd_id and t.business_id = p.business_id and t.reservation_id = p.reservation_id
          and t.placement <> 'owed') as taxes
from reservation_prices p
where p.omd_id = :omd_id and p.business_id = any (:business_ids::int[]) and p.reservation_id = :reservation_id;

-- name: declare_taxes
-- rows: many DeclaredTax
-- What each tax rule came to in some hotels on the nights of a month that were spent.
select locality_id, locality, business_id, business, rule_id, code, name, placement, currency, stays, nights, base, amount
from declare_taxes(:omd_id, :business_ids::int[], :starts_on, :ends_on, :locality_id, :now);

-- name: count_unpriced_nights
-- rows: many UnpricedNights
-- How many nights of a month were spent in some hotels without a price of an offer.
select business_id, nights from count_unpriced_nights(:omd_id, :business_ids::int[], :starts_on, :ends_on, :now);
