-- Takes the profiles of guests away, and from stays who their guests are.

drop trigger if exists _200_of_profile on reservation_guests;
alter table reservation_guests drop column profile_id;
drop table guest_profiles;
