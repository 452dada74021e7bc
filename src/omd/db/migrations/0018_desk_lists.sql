-- The lists of the desk: who is in the house, who was to come and did not, and who leaves, whatever the past holds. One
-- index for all of them, since a booking locks every index there is.

drop index reservations_by_departure;
create index reservations_by_status on reservations (omd_id, business_id, status, departure, arrival, id);
