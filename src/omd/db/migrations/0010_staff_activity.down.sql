-- Takes the index by destination away.

drop index access_events_working_omd;
