-- Takes hold-backs away; refused while a room is held back, since its nights would be for sale again unasked.

alter table room_availability no force row level security;
alter table hold_backs no force row level security;

do $guard$
begin
    if exists (select from hold_backs) then
        raise exception 'rooms are held back: end that first' using errcode = 'OMD01';
    end if;
end
$guard$;
alter table daily_statistics drop column held_back;
comment on column daily_statistics.rooms is 'All rooms of the type, those out of order among them.';
comment on column room_type_availability.held is null;
alter table room_availability alter column available set expression as
    (reservation_id is null and (maintenance is null or maintenance = 'out_of_service'));
alter table room_availability drop column held_back;
drop table hold_backs;

alter table room_availability force row level security;
