drop index reservations_expected;
drop index reservations_in_house;
