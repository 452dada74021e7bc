-- Takes the waiting list and turnaways away; the stays that came of it stay.

drop table turnaways;
drop table waiting_list_stays;
drop table waiting_list_entries;
