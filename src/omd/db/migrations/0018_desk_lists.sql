-- The lists of the desk: who is in the house, and who was to come and did not, whatever the past holds.

create index reservations_in_house on reservations (omd_id, business_id, departure, id) where status = 'in_house';
create index reservations_expected on reservations (omd_id, business_id, arrival, id) where status = 'confirmed';
