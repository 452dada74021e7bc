-- Guests who share a room come after the others, or leave before them.

alter table reservation_guests no force row level security;

alter table reservation_guests add column arrives_on date;
alter table reservation_guests add column leaves_on date;
alter table reservation_guests add constraint reservation_guests_own_dates check (arrives_on < leaves_on);
comment on column reservation_guests.arrives_on is 'When this person comes, where that is after the others; null = with the stay.';
comment on column reservation_guests.leaves_on is 'When this person leaves, where that is before the others; null = with the stay.';

alter table reservation_guests force row level security;
