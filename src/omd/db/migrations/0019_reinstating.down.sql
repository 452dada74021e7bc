-- Takes the planned departure of stays that left early away.

alter table reservations drop column planned_departure;
