-- Registration forms in a series: Romania's are serial forms (HG 237/2001, norms, article 2 (3)).

alter table reservations no force row level security;

alter table registration_rules
    add column series text,
    add constraint registration_rules_series_form check (series ~ '^[A-Z0-9]{1,10}$');
comment on column registration_rules.series is
    'The series in which the forms are numbered, without a gap; null = they are numbered by stay and guest.';

create table registration_numbers (
    omd_id int not null,
    business_id int not null,
    series text not null,
    number int not null,
    reservation_id uuid not null,
    place int not null,
    issued_at timestamptz not null,
    issued_by text not null,
    constraint registration_numbers_pkey primary key (omd_id, business_id, series, number),
    constraint registration_numbers_once unique (omd_id, business_id, reservation_id, place),
    constraint registration_numbers_reservation_fkey foreign key (omd_id, business_id, reservation_id)
        references reservations (omd_id, business_id, id) on delete restrict,
    constraint registration_numbers_counted check (number >= 1 and place >= 1)
);
comment on table registration_numbers is
    'The numbers of the series that registration forms got when they were first drawn up: one a guest of a stay, for good, and without a gap.';
comment on column registration_numbers.place is 'Which guest of the stay, counted from 1 as the stay names them.';

alter table reservations force row level security;
