-- What guests told for the form is lost, and which fields the forms have.

drop table registration_rules;
alter table reservation_guests
    drop column citizenship,
    drop column place_of_birth,
    drop column address;
