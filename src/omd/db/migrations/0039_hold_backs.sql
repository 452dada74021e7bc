-- Rooms that are held back: kept off sale for a reason, without a word of maintenance; what a closed date had of them.

-- The owner is bound by row security too, and a constraint must look at the rows there are.
alter table room_types no force row level security;
alter table individual_rooms no force row level security;
alter table room_availability no force row level security;
alter table daily_statistics no force row level security;

create table hold_backs (
    omd_id int not null,
    business_id int not null,
    id int generated always as identity,
    room_type_id int not null,
    room_id int,
    rooms int not null,
    kind text not null,
    starts_on date not null,
    ends_on date not null,
    reason text not null,
    created_at timestamptz not null default now(),
    created_by text not null,
    constraint hold_backs_pkey primary key (omd_id, business_id, id),
    constraint hold_backs_type_fkey foreign key (omd_id, business_id, room_type_id)
        references room_types (omd_id, business_id, id) on delete restrict,
    constraint hold_backs_room_fkey foreign key (omd_id, business_id, room_id)
        references individual_rooms (omd_id, business_id, id) on delete restrict,
    constraint hold_backs_kind_known check (kind in ('owner', 'staff', 'show_room', 'renovation_reserve', 'other')),
    constraint hold_backs_rooms_sane check (rooms between 1 and 10000 and (room_id is null or rooms = 1)),
    constraint hold_backs_order check (starts_on < ends_on),
    constraint hold_backs_reason_given check (btrim(reason) <> '' and length(reason) <= 500)
);
comment on table hold_backs is
    'Rooms of a type, or a certain room, that a hotel keeps off sale for the nights [starts_on, ends_on) for a reason that is no defect.';
comment on column hold_backs.room_id is 'The room that is held back; null = so many rooms of the type, whichever.';
create index hold_backs_by_type on hold_backs (omd_id, business_id, room_type_id, starts_on);
create index hold_backs_by_room on hold_backs (omd_id, business_id, room_id, starts_on);

alter table room_availability add column held_back boolean not null default false;
alter table room_availability
    add constraint room_availability_no_stay_held_back check (reservation_id is null or not held_back);
-- Writes every row anew, which is why it stands alone: what is available is stored.
alter table room_availability alter column available set expression as
    (reservation_id is null and (maintenance is null or maintenance = 'out_of_service') and not held_back);
comment on column room_availability.held_back is
    'Whether a hold-back of this very room keeps it from being given to anybody that night; its maintenance is another matter.';
comment on column room_type_availability.held is
    'Rooms that hold-backs keep off sale that night; one of a certain room does not count while that room is out of order, which takes it off sale already.';

alter table daily_statistics add column held_back int not null default 0;
comment on column daily_statistics.rooms is 'All rooms of the type, those out of order and those held back among them.';
comment on column daily_statistics.held_back is 'Rooms of the type that hold-backs kept off sale, which could have been slept in.';

alter table room_types force row level security;
alter table individual_rooms force row level security;
alter table room_availability force row level security;
alter table daily_statistics force row level security;
