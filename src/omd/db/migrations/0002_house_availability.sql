-- A house-wide overbooking limit, and a limit below zero that keeps rooms back without ever being short of them.

alter table room_type_availability add column house_limited boolean not null default false;
comment on column room_type_availability.house_limited is
    'Whether the hotel has a row in house_availability that night. It stands on the row every sale locks anyway, so that a hotel without a house-wide limit pays nothing.';

create table house_availability (
    omd_id int not null,
    business_id int not null,
    date date not null,
    physical int not null,
    out_of_order int not null,
    held int not null,
    sold int not null,
    overbooking int not null,
    forced int not null default 0,
    constraint house_availability_pkey primary key (omd_id, business_id, date),
    constraint house_availability_business_fkey foreign key (omd_id, business_id)
        references businesses (omd_id, id) on delete restrict,
    constraint house_availability_counts_sane
        check (out_of_order between 0 and physical and held >= 0 and sold >= 0 and forced >= 0),
    constraint house_availability_never_oversold
        check (sold <= greatest(0, physical - out_of_order - held + overbooking) + forced)
);
comment on table house_availability is
    'The counters of a whole hotel on the nights for which it sets a house-wide overbooking limit, and on no other: the sums over its room types, and the limit over all of them together.';

-- What was carried as forced only because the limit went below what there is, is no excess.
alter table room_type_availability no force row level security;
alter table room_type_availability drop constraint room_type_availability_never_oversold;
update room_type_availability
set forced = sold
where forced > sold and physical - out_of_order - held + overbooking < 0;
alter table room_type_availability add constraint room_type_availability_never_oversold
    check (sold <= greatest(0, physical - out_of_order - held + overbooking) + forced);
alter table room_type_availability force row level security;
