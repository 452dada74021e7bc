-- name: find_horizon_end
-- rows: value
-- The first date after the horizon of an OMD, or nothing before its first quarter.
select ends_on from availability_horizons where omd_id = :omd_id;

-- name: find_business_dates
-- rows: one BusinessDates
-- The earliest and the latest day the hotels of an OMD work on, those held by hand among them, and how many they are.
select coalesce(min(coalesce(business_date, :today::date)), :today::date) as earliest,
       coalesce(max(coalesce(business_date, :today::date)), :today::date) as latest,
       count(*) as hotels
from businesses where omd_id = :omd_id;

-- name: limit_lock_wait
-- rows: value
-- Bounds how long the statements that follow in the transaction wait for a lock, so that bookings do not queue behind them.
select set_config('lock_timeout', :milliseconds::text, true);

-- name: create_quarter
-- rows: value
-- Makes one quarter of supply and returns its room-nights.
select create_availability_quarter(:omd_id, :quarter, :fill_from);

-- name: detach_quarters
-- rows: value
-- Detaches the quarters that end on or before a date and returns the names of what was detached.
select detach_availability_before(:omd_id, :before);
