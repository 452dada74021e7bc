-- Tasks of housekeeping: the plan of a date, what is said of its tasks, what was found; and the ids of a hotel's staff, to refer to.

-- The owner is bound by row security too, and a constraint must look at the rows there are.
alter table memberships no force row level security;
alter table memberships add constraint memberships_of_business unique (omd_id, business_id, id);
alter table memberships force row level security;

alter table room_conditions add column soiled_at timestamptz;
comment on column room_conditions.soiled_at is 'When guests last left it, slept in it, or it was said to be less than clean, though it was dirty already: work from before that does not make it clean.';

create table housekeeping_task_settings (
    omd_id int not null,
    business_id int not null,
    planned_daily boolean not null,
    service_every smallint not null,
    linen_every smallint not null,
    inspects text[] not null,
    constraint housekeeping_task_settings_pkey primary key (omd_id, business_id),
    constraint housekeeping_task_settings_business_fkey foreign key (omd_id, business_id)
        references businesses (omd_id, id) on delete restrict,
    constraint housekeeping_task_settings_every_sane check (service_every between 1 and 31 and linen_every between 1 and 31),
    constraint housekeeping_task_settings_inspects_known
        check (inspects <@ array['departure', 'stayover', 'arrival', 'linen', 'deep_clean'] and array_position(inspects, null) is null)
);
comment on table housekeeping_task_settings is
    'How a hotel plans its housekeeping; one without a row plans by hand: service every day, linen every third, nothing inspected.';
comment on column housekeeping_task_settings.service_every is 'Rooms of guests who stay are served when so many nights have passed, and again after as many.';
comment on column housekeeping_task_settings.inspects is 'The kinds of tasks after which a room is to be inspected.';

create table housekeeping_credits (
    omd_id int not null,
    business_id int not null,
    id int generated always as identity,
    kind text not null,
    room_type_id int,
    credits smallint not null,
    constraint housekeeping_credits_pkey primary key (omd_id, business_id, id),
    constraint housekeeping_credits_once unique nulls not distinct (omd_id, business_id, kind, room_type_id),
    constraint housekeeping_credits_business_fkey foreign key (omd_id, business_id)
        references businesses (omd_id, id) on delete restrict,
    constraint housekeeping_credits_type_fkey foreign key (omd_id, business_id, room_type_id)
        references room_types (omd_id, business_id, id) on delete restrict,
    constraint housekeeping_credits_kind_known
        check (kind in ('departure', 'stayover', 'arrival', 'linen', 'inspection', 'deep_clean', 'other')),
    constraint housekeeping_credits_sane check (credits between 0 and 1000)
);
comment on table housekeeping_credits is
    'What a task of a kind counts in a hotel, in a type of rooms or in all (null); what has no row counts what it counts everywhere.';
create index housekeeping_credits_by_type on housekeeping_credits (omd_id, business_id, room_type_id);

create table housekeeping_plans (
    omd_id int not null,
    business_id int not null,
    business_date date not null,
    planned_at timestamptz not null,
    planned_by text not null,
    version int not null default 0,
    constraint housekeeping_plans_pkey primary key (omd_id, business_id, business_date),
    constraint housekeeping_plans_business_fkey foreign key (omd_id, business_id)
        references businesses (omd_id, id) on delete restrict
);
comment on table housekeeping_plans is 'The dates whose tasks were planned, and when anything last came of it: what happens to stays changes these plans and no others.';

create table housekeeping_tasks (
    omd_id int not null,
    business_id int not null,
    id uuid not null default uuidv7(),
    business_date date not null,
    room_id int not null,
    kind text not null,
    round int not null default 1,
    status text not null default 'open',
    credits smallint not null,
    attendant_id int,
    supervisor_id int,
    position int,
    rush boolean not null default false,
    notes text,
    reservation_id uuid,
    inspects_id uuid,
    is_planned boolean not null,
    reason text,
    begun_at timestamptz,
    running_since timestamptz,
    worked_seconds int not null default 0,
    ended_at timestamptz,
    created_at timestamptz not null,
    changed_at timestamptz not null,
    changed_by text not null,
    version int not null default 1,
    constraint housekeeping_tasks_pkey primary key (omd_id, business_id, id),
    constraint housekeeping_tasks_room_fkey foreign key (omd_id, business_id, room_id)
        references individual_rooms (omd_id, business_id, id) on delete restrict,
    constraint housekeeping_tasks_attendant_fkey foreign key (omd_id, business_id, attendant_id)
        references memberships (omd_id, business_id, id) on delete restrict,
    constraint housekeeping_tasks_supervisor_fkey foreign key (omd_id, business_id, supervisor_id)
        references memberships (omd_id, business_id, id) on delete restrict,
    constraint housekeeping_tasks_reservation_fkey foreign key (omd_id, business_id, reservation_id)
        references reservations (omd_id, business_id, id) on delete restrict,
    constraint housekeeping_tasks_inspects_fkey foreign key (omd_id, business_id, inspects_id)
        references housekeeping_tasks (omd_id, business_id, id) on delete restrict,
    constraint housekeeping_tasks_once unique (omd_id, business_id, business_date, room_id, kind, round),
    constraint housekeeping_tasks_kind_known
        check (kind in ('departure', 'stayover', 'arrival', 'linen', 'inspection', 'deep_clean', 'other')),
    constraint housekeeping_tasks_status_known check (status in (
        'open', 'in_progress', 'paused', 'done', 'inspected', 'refused', 'do_not_disturb', 'declined', 'cancelled')),
    constraint housekeeping_tasks_round_sane check (round between 1 and 999),
    constraint housekeeping_tasks_credits_sane check (credits between 0 and 1000),
    constraint housekeeping_tasks_position_sane check (position between 0 and 1000000),
    constraint housekeeping_tasks_notes_given check (btrim(notes) <> '' and length(notes) <= 500),
    constraint housekeeping_tasks_reason_given check (btrim(reason) <> '' and length(reason) <= 500),
    constraint housekeeping_tasks_inspection_of_task check ((kind = 'inspection') = (inspects_id is not null)),
    constraint housekeeping_tasks_running check ((status = 'in_progress') = (running_since is not null)),
    constraint housekeeping_tasks_begun check (status not in ('in_progress', 'paused') or begun_at is not null),
    constraint housekeeping_tasks_ended check ((status in ('done', 'inspected')) = (ended_at is not null)),
    constraint housekeeping_tasks_worked_sane check (worked_seconds >= 0)
);
comment on table housekeeping_tasks is 'What is to be done in a room on a business date, and how far it is: what its commands, in their order, come to.';
comment on column housekeeping_tasks.round is 'The how manieth task of its kind in the room on the date: a room may be left twice.';
comment on column housekeeping_tasks.credits is 'How much work it counts as, by the hotel''s settings when it was made.';
comment on column housekeeping_tasks.attendant_id is 'Who of the hotel''s staff is to do it; null = nobody yet.';
comment on column housekeeping_tasks.position is 'Where it stands among the tasks of its attendant; null = at the end.';
comment on column housekeeping_tasks.rush is 'A guest waits for the room.';
comment on column housekeeping_tasks.reservation_id is 'The stay for which it was planned.';
comment on column housekeeping_tasks.inspects_id is 'The task whose work is to be inspected.';
comment on column housekeeping_tasks.is_planned is 'Made by the plan, which withdraws it where it no longer applies and nobody began it; else by hand.';
comment on column housekeeping_tasks.worked_seconds is 'What was worked on it, the interval since running_since not counted.';
create index housekeeping_tasks_by_attendant on housekeeping_tasks (omd_id, business_id, attendant_id, business_date);
create index housekeeping_tasks_by_supervisor on housekeeping_tasks (omd_id, business_id, supervisor_id);
create index housekeeping_tasks_by_room on housekeeping_tasks (omd_id, business_id, room_id, business_date);
create index housekeeping_tasks_by_stay on housekeeping_tasks (omd_id, business_id, reservation_id);
create index housekeeping_tasks_by_inspected on housekeeping_tasks (omd_id, business_id, inspects_id);

create table housekeeping_commands (
    omd_id int not null,
    business_id int not null,
    id uuid not null,
    task_id uuid not null,
    action text not null,
    reason text,
    at timestamptz not null,
    counts boolean not null,
    given_by text not null,
    given_by_user int,
    received_at timestamptz not null,
    device text,
    told_at timestamptz,
    sent_at timestamptz,
    seen_version int,
    body_hash bytea,
    outcome text not null,
    because text,
    resolved_at timestamptz,
    resolved_by text,
    resolution text,
    constraint housekeeping_commands_pkey primary key (omd_id, business_id, id),
    constraint housekeeping_commands_business_fkey foreign key (omd_id, business_id)
        references businesses (omd_id, id) on delete restrict,
    constraint housekeeping_commands_task_fkey foreign key (omd_id, business_id, task_id)
        references housekeeping_tasks (omd_id, business_id, id) on delete restrict,
    constraint housekeeping_commands_action_known check (action in (
        'start', 'pause', 'done', 'refuse', 'do_not_disturb', 'decline', 'pass', 'fail', 'cancel', 'withdraw', 'renew')),
    constraint housekeeping_commands_outcome_known check (outcome in ('applied', 'merged', 'already', 'conflict')),
    constraint housekeeping_commands_because_known check (because in (
        'superseded', 'room_changed_since', 'task_cancelled', 'task_of_another', 'too_old')),
    constraint housekeeping_commands_reason_given check (btrim(reason) <> '' and length(reason) <= 500),
    constraint housekeeping_commands_resolution_given check (btrim(resolution) <> '' and length(resolution) <= 500),
    constraint housekeeping_commands_device_given check (btrim(device) <> '' and length(device) <= 100),
    constraint housekeeping_commands_device_whole check (num_nonnulls(device, told_at, sent_at, body_hash) in (0, 4)),
    constraint housekeeping_commands_not_ahead check (at <= received_at),
    constraint housekeeping_commands_conflict_told check (outcome <> 'conflict' or because is not null),
    constraint housekeeping_commands_resolved_whole
        check (num_nonnulls(resolved_at, resolved_by, resolution) in (0, 3) and (resolved_at is null or outcome = 'conflict'))
);
comment on table housekeeping_commands is
    'Every command about a task, of the desk, of the plan and of devices that were away from the network: a task is what those that count come to, in the order of at.';
comment on column housekeeping_commands.id is 'Made by who gives it: the same command that comes again is the same.';
comment on column housekeeping_commands.at is 'When it was given, by the clock of the server: what a device says is put right by how far its clock was off, and cut at when it came.';
comment on column housekeeping_commands.counts is 'Whether it is reckoned with; what does not count waits for somebody to decide, or was decided.';
comment on column housekeeping_commands.outcome is 'What came of it when it came.';
create index housekeeping_commands_by_task on housekeeping_commands (omd_id, business_id, task_id, at);
create index housekeeping_commands_unresolved on housekeeping_commands (omd_id, business_id, received_at)
    where outcome = 'conflict' and resolved_at is null;

create table found_items (
    omd_id int not null,
    business_id int not null,
    id uuid not null,
    room_id int not null,
    place text,
    description text not null,
    found_at timestamptz not null,
    found_by text not null,
    reservation_id uuid,
    status text not null default 'kept',
    note text,
    changed_at timestamptz not null,
    changed_by text not null,
    version int not null default 1,
    constraint found_items_pkey primary key (omd_id, business_id, id),
    constraint found_items_room_fkey foreign key (omd_id, business_id, room_id)
        references individual_rooms (omd_id, business_id, id) on delete restrict,
    constraint found_items_reservation_fkey foreign key (omd_id, business_id, reservation_id)
        references reservations (omd_id, business_id, id) on delete restrict,
    constraint found_items_status_known check (status in ('kept', 'returned', 'discarded')),
    constraint found_items_place_given check (btrim(place) <> '' and length(place) <= 100),
    constraint found_items_description_given check (btrim(description) <> '' and length(description) <= 500),
    constraint found_items_note_given check (btrim(note) <> '' and length(note) <= 500)
);
comment on table found_items is 'What was found in a room, and what became of it.';
comment on column found_items.id is 'Made by who found it: told twice, it was found once.';
comment on column found_items.reservation_id is 'The stay whose guests were in the room, or had left it last.';
create index found_items_by_status on found_items (omd_id, business_id, status, found_at);
create index found_items_by_room on found_items (omd_id, business_id, room_id);
create index found_items_by_stay on found_items (omd_id, business_id, reservation_id);
