-- Takes bookings of offers and their prices away.

drop table reservation_taxes;
drop table reservation_charges;
drop table reservation_prices;
drop table used_offers;
drop table bookings;
alter table reservation_nights drop column agency;
alter table reservations drop column agency;
