-- Takes holds away: refused while a stay is tentative, which no other status could stand for.

alter table reservations drop constraint reservations_hold_ends,
    drop constraint reservations_status_known,
    add constraint reservations_status_known check (status in ('confirmed', 'in_house', 'checked_out', 'cancelled', 'no_show')),
    drop column hold_until;
