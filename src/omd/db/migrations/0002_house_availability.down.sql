-- Takes the house-wide limits away; a limit that keeps back more rooms than there are is carried as forced again.

alter table room_type_availability no force row level security;
alter table room_type_availability drop constraint room_type_availability_never_oversold;
update room_type_availability
set forced = sold - (physical - out_of_order - held + overbooking)
where physical - out_of_order - held + overbooking < 0;
alter table room_type_availability add constraint room_type_availability_never_oversold
    check (sold <= physical - out_of_order - held + overbooking + forced);
alter table room_type_availability force row level security;

drop table house_availability;
alter table room_type_availability drop column house_limited;
