-- assignment: what guests wish of a room, what a hotel weighs, and the plans that were made of both.

create table assignment_weights (
    omd_id int not null,
    business_id int not null,
    term text not null,
    weight int not null,
    constraint assignment_weights_pkey primary key (omd_id, business_id, term),
    constraint assignment_weights_business_fkey foreign key (omd_id, business_id)
        references businesses (omd_id, id) on delete restrict,
    constraint assignment_weights_term_known check (term in (
        'unassigned', 'against_rule', 'wish', 'one_night_gap', 'idle_run', 'move', 'published_move', 'out_of_service',
        'not_ready', 'group_apart', 'other_room', 'wear', 'floor_work')),
    constraint assignment_weights_sane check (weight between 0 and 10000)
);
comment on table assignment_weights is 'What one of each term costs in a hotel; a term without a row costs what it costs everywhere.';

create table room_wishes (
    omd_id int not null,
    business_id int not null,
    reservation_id uuid not null,
    position int not null,
    kind text not null,
    value text not null,
    importance int not null,
    required boolean not null default false,
    constraint room_wishes_pkey primary key (omd_id, business_id, reservation_id, position),
    constraint room_wishes_reservation_fkey foreign key (omd_id, business_id, reservation_id)
        references reservations (omd_id, business_id, id) on delete cascade,
    constraint room_wishes_kind_known check (kind in ('feature', 'without_feature', 'floor', 'lowest_floor', 'highest_floor', 'room')),
    constraint room_wishes_value_form check (
        case when kind in ('feature', 'without_feature') then btrim(value) <> '' and length(value) <= 40
             else value ~ '^-?[0-9]{1,9}$' end),
    constraint room_wishes_importance_sane check (importance between 1 and 3),
    constraint room_wishes_required_of_features check (not required or kind in ('feature', 'without_feature'))
);
comment on table room_wishes is 'What the guests of a stay would like of their room; what is required decides which rooms they may have at all.';

create table assignment_plans (
    omd_id int not null,
    business_id int not null,
    id uuid not null default uuidv7(),
    scope text not null,
    starts_on date not null,
    ends_on date not null,
    business_date date not null,
    status text not null default 'proposed',
    cost_now int not null,
    cost_first int not null,
    cost int not null,
    bound int,
    proven boolean not null,
    score jsonb not null,
    weights jsonb not null,
    made_at timestamptz not null,
    made_by text not null,
    applied_at timestamptz,
    applied_by text,
    undone_at timestamptz,
    undone_by text,
    override_reason text,
    overrides text[],
    constraint assignment_plans_pkey primary key (omd_id, business_id, id),
    constraint assignment_plans_business_fkey foreign key (omd_id, business_id)
        references businesses (omd_id, id) on delete restrict,
    constraint assignment_plans_scope_known check (scope in ('stay', 'arrivals', 'horizon', 'by_hand')),
    constraint assignment_plans_dates check (starts_on < ends_on),
    constraint assignment_plans_status_known check (status in ('proposed', 'applied', 'undone')),
    constraint assignment_plans_applied check (
        (status <> 'proposed') = (applied_at is not null) and (applied_at is null) = (applied_by is null)),
    constraint assignment_plans_undone check (
        (status = 'undone') = (undone_at is not null) and (undone_at is null) = (undone_by is null)),
    constraint assignment_plans_overridden check (
        (override_reason is null) = (overrides is null) and btrim(override_reason) <> '' and length(override_reason) <= 200)
);
comment on table assignment_plans is
    'Rooms proposed for the stays that arrive on [starts_on, ends_on): what the plan costs by the weights of then, what the rooms cost as they were, and what no plan can cost less than.';
comment on column assignment_plans.override_reason is 'Why it was applied against rules; null = it broke none.';
comment on column assignment_plans.overrides is 'The rules that it was applied against, by name.';

create table assignment_plan_stays (
    omd_id int not null,
    business_id int not null,
    plan_id uuid not null,
    reservation_id uuid not null,
    from_room_id int,
    to_room_id int,
    arrival date not null,
    departure date not null,
    charged jsonb not null,
    beats jsonb not null,
    version int,
    breaks jsonb not null default '[]',
    constraint assignment_plan_stays_pkey primary key (omd_id, business_id, plan_id, reservation_id),
    constraint assignment_plan_stays_plan_fkey foreign key (omd_id, business_id, plan_id)
        references assignment_plans (omd_id, business_id, id) on delete cascade,
    constraint assignment_plan_stays_reservation_fkey foreign key (omd_id, business_id, reservation_id)
        references reservations (omd_id, business_id, id) on delete cascade,
    constraint assignment_plan_stays_from_fkey foreign key (omd_id, business_id, from_room_id)
        references individual_rooms (omd_id, business_id, id) on delete restrict,
    constraint assignment_plan_stays_to_fkey foreign key (omd_id, business_id, to_room_id)
        references individual_rooms (omd_id, business_id, id) on delete restrict
);
comment on table assignment_plan_stays is 'A stay of a plan: its room when the plan was made, the one proposed, what that costs and which rooms it beats.';
comment on column assignment_plan_stays.breaks is 'The rules that it would break in the room, as a plan by hand was made.';
comment on column assignment_plan_stays.version is 'The version of the stay as a plan by hand was made; null = the plan does not hold the stay to one.';
create index assignment_plan_stays_by_reservation on assignment_plan_stays (omd_id, business_id, reservation_id);
create index assignment_plan_stays_by_from_room on assignment_plan_stays (omd_id, business_id, from_room_id);
create index assignment_plan_stays_by_to_room on assignment_plan_stays (omd_id, business_id, to_room_id);
