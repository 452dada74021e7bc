-- Forgets why rooms are locked, and the plans made by hand.

alter table assignment_plans no force row level security;
alter table assignment_plan_stays no force row level security;

delete from assignment_plans where scope = 'by_hand';
alter table assignment_plan_stays drop column breaks;
alter table assignment_plan_stays drop column version;
alter table assignment_plans drop constraint assignment_plans_overridden;
alter table assignment_plans drop column overrides;
alter table assignment_plans drop column override_reason;
alter table assignment_plans drop constraint assignment_plans_scope_known;
alter table assignment_plans add constraint assignment_plans_scope_known check (scope in ('stay', 'arrivals', 'horizon'));

alter table assignment_plan_stays force row level security;
alter table assignment_plans force row level security;

alter table reservations drop constraint reservations_lock_dated;
alter table reservations drop constraint reservations_lock_of_locked;
alter table reservations drop constraint reservations_lock_reason_given;
alter table reservations drop column room_locked_by;
alter table reservations drop column room_locked_at;
alter table reservations drop column room_lock_reason;
