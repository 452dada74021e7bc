-- What staff did at the way in is read by destination.

create index access_events_working_omd on access_events (working_omd_id, id);
