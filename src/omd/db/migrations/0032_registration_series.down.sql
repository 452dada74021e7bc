-- Takes the series of registration forms away, and the numbers that were given.

drop table registration_numbers;
alter table registration_rules drop column series;
