-- housekeeping: in which condition rooms are, what changed it, and what was seen of who is in them.

create table housekeeping_settings (
    omd_id int not null,
    business_id int not null,
    check_in_needs text not null,
    vacant_days smallint,
    vacant_becomes text not null,
    after_maintenance text,
    constraint housekeeping_settings_pkey primary key (omd_id, business_id),
    constraint housekeeping_settings_business_fkey foreign key (omd_id, business_id)
        references businesses (omd_id, id) on delete restrict,
    constraint housekeeping_settings_check_in_known check (check_in_needs in ('none', 'clean', 'inspected')),
    constraint housekeeping_settings_vacant_days_sane check (vacant_days between 1 and 365),
    constraint housekeeping_settings_vacant_becomes_known check (vacant_becomes in ('dirty', 'pickup')),
    constraint housekeeping_settings_after_maintenance_known check (after_maintenance in ('dirty', 'pickup'))
);
comment on table housekeeping_settings is
    'What a hotel asks of the condition of its rooms; a hotel without a row asks nothing, and lets vacant rooms be.';
comment on column housekeeping_settings.vacant_days is 'After how many days without guests or cleaning a vacant room is not what it was; null = never.';
comment on column housekeeping_settings.after_maintenance is 'What a room is at best when its maintenance ends; null = what it was before.';

create table room_conditions (
    omd_id int not null,
    business_id int not null,
    room_id int not null,
    condition text not null,
    cause text not null,
    reason text,
    reservation_id uuid,
    business_date date not null,
    changed_at timestamptz not null,
    changed_by text not null,
    seen_occupancy text,
    seen_persons int,
    seen_at timestamptz,
    seen_by text,
    in_use_by uuid,
    idle_since date not null,
    turned_on date,
    soiled_at timestamptz,
    version int not null default 1,
    constraint room_conditions_pkey primary key (omd_id, business_id, room_id),
    constraint room_conditions_room_fkey foreign key (omd_id, business_id, room_id)
        references individual_rooms (omd_id, business_id, id) on delete restrict,
    constraint room_conditions_reservation_fkey foreign key (omd_id, business_id, reservation_id)
        references reservations (omd_id, business_id, id) on delete restrict,
    constraint room_conditions_in_use_fkey foreign key (omd_id, business_id, in_use_by)
        references reservations (omd_id, business_id, id) on delete restrict,
    constraint room_conditions_condition_known check (condition in ('dirty', 'pickup', 'clean', 'inspected')),
    constraint room_conditions_cause_known check (cause in (
        'room_added', 'check_in', 'check_in_undone', 'check_out', 'check_out_undone', 'room_left', 'room_entered', 'night_audit',
        'vacant_long', 'maintenance_ended', 'cleaned', 'inspected', 'set_by_hand', 'seen', 'discrepancy_resolved')),
    constraint room_conditions_reason_given check (btrim(reason) <> '' and length(reason) <= 500),
    constraint room_conditions_seen_known check (seen_occupancy in ('vacant', 'occupied')),
    constraint room_conditions_seen_whole check (num_nonnulls(seen_occupancy, seen_at, seen_by) in (0, 3)),
    constraint room_conditions_persons_seen_in_it
        check (seen_persons is null or (seen_persons between 1 and 99 and seen_occupancy = 'occupied') is true)
);
comment on table room_conditions is
    'The condition of each room as it is now, and what housekeeping saw of who is in it on the business date.';
comment on column room_conditions.cause is 'What made it so last; each version stands in room_condition_changes.';
comment on column room_conditions.reservation_id is 'The stay that made it so, where one did.';
comment on column room_conditions.seen_occupancy is 'What was seen; null = nobody has looked on this date, or not since somebody came or left.';
comment on column room_conditions.in_use_by is 'The stay that was last known to be in the room, so that who leaves it is noticed; who is in it, its nights say.';
comment on column room_conditions.idle_since is 'The last business date on which somebody was in it or saw to it.';
comment on column room_conditions.turned_on is 'The business date for which the night was reckoned with: once a date.';
comment on column room_conditions.soiled_at is 'When guests last left it, slept in it, or it was said to be less than clean, though it was dirty already: work from before that does not make it clean.';
create index room_conditions_by_stay on room_conditions (omd_id, business_id, in_use_by);
create index room_conditions_by_cause on room_conditions (omd_id, business_id, reservation_id);

create table room_condition_changes (
    omd_id int not null,
    business_id int not null,
    room_id int not null,
    version int not null,
    condition text not null,
    cause text not null,
    reason text,
    reservation_id uuid,
    business_date date not null,
    changed_at timestamptz not null,
    changed_by text not null,
    seen_occupancy text,
    seen_persons int,
    constraint room_condition_changes_pkey primary key (omd_id, business_id, room_id, version),
    constraint room_condition_changes_room_fkey foreign key (omd_id, business_id, room_id)
        references room_conditions (omd_id, business_id, room_id) on delete restrict
);
comment on table room_condition_changes is 'Every version of a room''s condition with its cause, the present one too. Append-only.';
comment on column room_condition_changes.reservation_id is 'The stay that made it so, as the room''s row had it.';
