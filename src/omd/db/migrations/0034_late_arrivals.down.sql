-- Takes away after when an arrival is late: it is 18:00 for everybody.

alter table stay_settings drop column late_from;
comment on table stay_settings is
    'From when on a hotel''s rooms are entered, and until when they are left, on its clock; a hotel without a row has 15:00 and 11:00.';
