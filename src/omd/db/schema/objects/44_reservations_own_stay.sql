-- A guest's own stay. The role omd_guest sees the one stay whose code its context carries, and cancels it; nothing else.
-- The policies for everybody open the hotel to the context of a guest too: those here narrow them for this role, and
-- the last one narrows what the functions that run as owner write for it.

drop policy if exists reservations_own on reservations;
create policy reservations_own on reservations for select to omd_guest
    using (omd_id = (select current_omd_id()) and code = (select current_stay_code()));
drop policy if exists reservations_only_own on reservations;
create policy reservations_only_own on reservations as restrictive to omd_guest
    using (omd_id = (select current_omd_id()) and code = (select current_stay_code()));
drop policy if exists reservations_only_own_cancelled on reservations;
create policy reservations_only_own_cancelled on reservations as restrictive for update to omd_owner
    using ((select current_stay_code()) is null or code = (select current_stay_code()))
    with check ((select current_stay_code()) is null or status = 'cancelled');
comment on policy reservations_only_own_cancelled on reservations is
    'Engine functions run as owner: for a guest they change the guest''s own stay, and only to cancel it.';

drop policy if exists reservation_guests_own on reservation_guests;
create policy reservation_guests_own on reservation_guests for select to omd_guest
    using (exists (select from reservations r where r.omd_id = reservation_guests.omd_id
                   and r.business_id = reservation_guests.business_id and r.id = reservation_guests.reservation_id));
drop policy if exists reservation_guests_only_own on reservation_guests;
create policy reservation_guests_only_own on reservation_guests as restrictive to omd_guest
    using (exists (select from reservations r where r.omd_id = reservation_guests.omd_id
                   and r.business_id = reservation_guests.business_id and r.id = reservation_guests.reservation_id));
comment on policy reservation_guests_only_own on reservation_guests is
    'Of reservations this role sees the one that is the guest''s own.';

drop policy if exists reservation_nights_only_own on reservation_nights;
create policy reservation_nights_only_own on reservation_nights as restrictive to omd_guest
    using (exists (select from reservations r where r.omd_id = reservation_nights.omd_id
                   and r.business_id = reservation_nights.business_id and r.id = reservation_nights.reservation_id));

drop policy if exists day_uses_only_own on day_uses;
create policy day_uses_only_own on day_uses as restrictive to omd_guest
    using (exists (select from reservations r where r.omd_id = day_uses.omd_id
                   and r.business_id = day_uses.business_id and r.id = day_uses.reservation_id));

grant select (omd_id, business_id, id, code, room_type_id, arrival, departure, adults, children, status, amount, currency,
              version, booked_at, checked_in_at, checked_out_at, cancelled_at,
              no_show_at, hold_until, day_use) on reservations to omd_guest;
grant update (version) on reservations to omd_guest;
grant select (omd_id, business_id, id, reservation_id, is_primary, first_name, last_name, erased_at)
    on reservation_guests to omd_guest;
grant select on reservation_nights to omd_guest;
grant select (omd_id, business_id, reservation_id, starts_at, ends_at) on day_uses to omd_guest;
grant select (omd_id, id, code, name, time_zone, business_date) on businesses to omd_guest;
grant select (omd_id, business_id, id, code, name) on room_types to omd_guest;
grant select on idempotency_keys to omd_guest;
grant insert (omd_id, actor, key, request_hash, status, headers, body) on idempotency_keys to omd_guest;
grant update (request_hash, created_at, status, headers, body) on idempotency_keys to omd_guest;
grant execute on function
    lock_type_nights(int, int, int[], date, date),
    end_or_enter_reservation(int, int, uuid, date, text, date, date, text, text, text, timestamptz)
    to omd_guest;
