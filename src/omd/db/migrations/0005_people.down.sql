drop table access_events;
