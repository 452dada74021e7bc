-- Lets everybody of a stay come and leave with it.

alter table reservation_guests drop column leaves_on;
alter table reservation_guests drop column arrives_on;
