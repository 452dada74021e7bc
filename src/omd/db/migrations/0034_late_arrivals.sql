-- After when an arrival is late, by each hotel; those that set the hours of their rooms before had 18:00, as everybody.

alter table stay_settings no force row level security;
alter table stay_settings add column late_from time not null default '18:00';
alter table stay_settings alter column late_from drop default;
comment on table stay_settings is
    'From when on a hotel''s rooms are entered, until when they are left, and after when an arrival is late, on its clock; a hotel without a row has 15:00, 11:00 and 18:00.';
alter table stay_settings force row level security;
