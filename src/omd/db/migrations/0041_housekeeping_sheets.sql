-- housekeeping, sheets: the sections of a hotel, who works on a date, and what was published to them.

create table housekeeping_sections (
    omd_id int not null,
    business_id int not null,
    name text not null,
    floors int[] not null default '{}',
    constraint housekeeping_sections_pkey primary key (omd_id, business_id, name),
    constraint housekeeping_sections_business_fkey foreign key (omd_id, business_id)
        references businesses (omd_id, id) on delete restrict,
    constraint housekeeping_sections_name_given check (btrim(name) <> '' and length(name) <= 60),
    constraint housekeeping_sections_floors_known check (array_position(floors, null) is null and cardinality(floors) <= 200)
);
comment on table housekeeping_sections is 'A part of a hotel by the name its housekeeping calls it: all rooms of some floors, and rooms besides.';

create table housekeeping_section_rooms (
    omd_id int not null,
    business_id int not null,
    section_name text not null,
    room_id int not null,
    constraint housekeeping_section_rooms_pkey primary key (omd_id, business_id, section_name, room_id),
    constraint housekeeping_section_rooms_section_fkey foreign key (omd_id, business_id, section_name)
        references housekeeping_sections (omd_id, business_id, name) on delete cascade,
    constraint housekeeping_section_rooms_room_fkey foreign key (omd_id, business_id, room_id)
        references individual_rooms (omd_id, business_id, id) on delete restrict
);
comment on table housekeeping_section_rooms is 'A room of a section, whatever floor it is on.';
create index housekeeping_section_rooms_by_room on housekeeping_section_rooms (omd_id, business_id, room_id);

create table housekeeping_attendances (
    omd_id int not null,
    business_id int not null,
    business_date date not null,
    attendant_id int not null,
    max_credits int,
    constraint housekeeping_attendances_pkey primary key (omd_id, business_id, business_date, attendant_id),
    constraint housekeeping_attendances_attendant_fkey foreign key (omd_id, business_id, attendant_id)
        references memberships (omd_id, business_id, id) on delete restrict,
    constraint housekeeping_attendances_credits_sane check (max_credits between 0 and 10000)
);
comment on table housekeeping_attendances is 'Who cleans rooms on a date.';
comment on column housekeeping_attendances.max_credits is 'The credits that they are given at most; null = any number.';
create index housekeeping_attendances_by_attendant on housekeeping_attendances (omd_id, business_id, attendant_id);

create table housekeeping_attendance_sections (
    omd_id int not null,
    business_id int not null,
    business_date date not null,
    attendant_id int not null,
    section_name text not null,
    constraint housekeeping_attendance_sections_pkey primary key (omd_id, business_id, business_date, attendant_id, section_name),
    constraint housekeeping_attendance_sections_attendance_fkey foreign key (omd_id, business_id, business_date, attendant_id)
        references housekeeping_attendances (omd_id, business_id, business_date, attendant_id) on delete cascade,
    constraint housekeeping_attendance_sections_section_fkey foreign key (omd_id, business_id, section_name)
        references housekeeping_sections (omd_id, business_id, name) on delete cascade
);
comment on table housekeeping_attendance_sections is 'A section whose rooms somebody is given before others on a date.';
create index housekeeping_attendance_sections_by_section on housekeeping_attendance_sections (omd_id, business_id, section_name);

create table housekeeping_sheets (
    omd_id int not null,
    business_id int not null,
    business_date date not null,
    attendant_id int not null,
    published_at timestamptz not null,
    published_by text not null,
    version int not null default 1,
    constraint housekeeping_sheets_pkey primary key (omd_id, business_id, business_date, attendant_id),
    constraint housekeeping_sheets_attendant_fkey foreign key (omd_id, business_id, attendant_id)
        references memberships (omd_id, business_id, id) on delete restrict
);
comment on table housekeeping_sheets is
    'A sheet that was published: its attendant was told. Which tasks it has, the tasks say; without a row it is being made.';
create index housekeeping_sheets_by_attendant on housekeeping_sheets (omd_id, business_id, attendant_id);

create table housekeeping_published_rooms (
    omd_id int not null,
    business_id int not null,
    business_date date not null,
    reservation_id uuid not null,
    room_id int not null,
    attendant_id int not null,
    constraint housekeeping_published_rooms_pkey primary key (omd_id, business_id, business_date, reservation_id),
    constraint housekeeping_published_rooms_sheet_fkey foreign key (omd_id, business_id, business_date, attendant_id)
        references housekeeping_sheets (omd_id, business_id, business_date, attendant_id) on delete restrict,
    constraint housekeeping_published_rooms_reservation_fkey foreign key (omd_id, business_id, reservation_id)
        references reservations (omd_id, business_id, id) on delete restrict,
    constraint housekeeping_published_rooms_room_fkey foreign key (omd_id, business_id, room_id)
        references individual_rooms (omd_id, business_id, id) on delete restrict
);
comment on table housekeeping_published_rooms is
    'The room of each stay that was to come on a date, as published sheets said: who is given another one makes work for nothing.';
create index housekeeping_published_rooms_by_sheet on housekeeping_published_rooms (omd_id, business_id, business_date, attendant_id);
create index housekeeping_published_rooms_by_stay on housekeeping_published_rooms (omd_id, business_id, reservation_id);
create index housekeeping_published_rooms_by_room on housekeeping_published_rooms (omd_id, business_id, room_id);
