-- name: book_day_use
-- rows: one DayUseOutcome
-- Books a room for a part of a day, or says why not.
select outcome, reservation_id, business_date, type_name, max_adults, max_occupancy, currency
from book_day_use(:omd_id, :business_id, :room_type_id, :room_id, :date, (:from_time::text)::time, (:until_time::text)::time, :adults,
    :children, :guests::jsonb, :amount, :currency, :note, :external_reference, :code, :actor, :now);

-- name: find_stay_settings
-- rows: maybe StaySettings
-- From when on a hotel's rooms are entered, until when they are left, and after when an arrival is late.
select to_char(s.check_in_from, 'HH24:MI') as check_in_from, to_char(s.check_out_until, 'HH24:MI') as check_out_until,
       to_char(s.late_from, 'HH24:MI') as late_from
from stay_settings s where s.omd_id = :omd_id and s.business_id = :business_id;

-- name: put_stay_settings
-- rows: none
-- Writes the hours of a hotel's rooms.
insert into stay_settings as s (omd_id, business_id, check_in_from, check_out_until, late_from)
values (:omd_id, :business_id, (:check_in_from::text)::time, (:check_out_until::text)::time, (:late_from::text)::time)
on conflict (omd_id, business_id) do update
    set check_in_from = excluded.check_in_from, check_out_until = excluded.check_out_until, late_from = excluded.late_from;
