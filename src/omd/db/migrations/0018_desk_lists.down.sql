drop index reservations_by_status;
create index reservations_by_departure on reservations (omd_id, business_id, departure, id);
