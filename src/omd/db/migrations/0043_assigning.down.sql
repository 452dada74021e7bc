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

alter table guest_profiles no force row level security;
alter table guest_profiles drop constraint guest_profiles_gone_holds_nothing;
alter table guest_profiles drop column room_wishes;
alter table guest_profiles add constraint guest_profiles_gone_holds_nothing check (
    (merged_into is null and erased_at is null)
    or (num_nonnulls(first_name, last_name, email, phone, language, date_of_birth, company, vip_code, note,
                     marketing_consent_at) = 0 and preferences = '{}'));
alter table guest_profiles force row level security;
