-- Why rooms are locked, who said so and when; plans by hand, what they override, and against which versions they were made.

alter table reservations no force row level security;

alter table reservations add column room_lock_reason text;
alter table reservations add column room_locked_at timestamptz;
alter table reservations add column room_locked_by text;
alter table reservations add constraint reservations_lock_reason_given
    check (btrim(room_lock_reason) <> '' and length(room_lock_reason) <= 200);
alter table reservations add constraint reservations_lock_of_locked
    check (room_locked or num_nonnulls(room_lock_reason, room_locked_at, room_locked_by) = 0);
alter table reservations add constraint reservations_lock_dated check ((room_locked_at is null) = (room_locked_by is null));
comment on column reservations.room_lock_reason is 'Why the stay is not to leave its room; null = nobody said.';
comment on column reservations.room_locked_at is
    'When the room was locked, or the reason last changed; null where it is not, of a day use, and where it was locked before this was kept.';
comment on column reservations.room_locked_by is 'Who locked the room, or last changed the reason.';

alter table reservations force row level security;

alter table assignment_plans drop constraint assignment_plans_scope_known;
alter table assignment_plans add constraint assignment_plans_scope_known check (scope in ('stay', 'arrivals', 'horizon', 'by_hand'));
alter table assignment_plans add column override_reason text;
alter table assignment_plans add column overrides text[];
alter table assignment_plans add constraint assignment_plans_overridden check (
    (override_reason is null) = (overrides is null) and btrim(override_reason) <> '' and length(override_reason) <= 200);
comment on column assignment_plans.override_reason is 'Why it was applied against rules; null = it broke none.';
comment on column assignment_plans.overrides is 'The rules that it was applied against, by name.';
alter table assignment_plan_stays add column version int;
comment on column assignment_plan_stays.version is 'The version of the stay as a plan by hand was made; null = the plan does not hold the stay to one.';
alter table assignment_plan_stays add column breaks jsonb not null default '[]';
comment on column assignment_plan_stays.breaks is 'The rules that it would break in the room, as a plan by hand was made.';

alter table guest_profiles no force row level security;
alter table guest_profiles add column room_wishes jsonb not null default '[]';
alter table guest_profiles drop constraint guest_profiles_gone_holds_nothing;
alter table guest_profiles add constraint guest_profiles_gone_holds_nothing check (
    (merged_into is null and erased_at is null)
    or (num_nonnulls(first_name, last_name, email, phone, language, date_of_birth, company, vip_code, note,
                     marketing_consent_at) = 0 and preferences = '{}' and room_wishes = '[]'));
comment on column guest_profiles.room_wishes is
    'What the guest wishes of every room: kind, value, importance and whether it is required. Stays look here; they hold no copy.';
alter table guest_profiles force row level security;
