-- Holds: a stay that takes inventory until an instant, unless it is confirmed.

alter table reservations add column hold_until timestamptz,
    drop constraint reservations_status_known,
    add constraint reservations_status_known
        check (status in ('tentative', 'confirmed', 'in_house', 'checked_out', 'cancelled', 'no_show')),
    add constraint reservations_hold_ends
        check (status = 'cancelled' or (hold_until is not null) = (status = 'tentative'));
comment on column reservations.hold_until is
    'Until when a tentative stay is held; a cancelled stay that has it was never confirmed, and owes nothing.';
