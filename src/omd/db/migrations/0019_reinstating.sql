-- Early check-outs that can be undone: a stay remembers until when it was to last.

alter table reservations add column planned_departure date,
    add constraint reservations_planned_later
        check (planned_departure is null or (status = 'checked_out' and planned_departure > departure));
comment on column reservations.planned_departure is
    'The departure it had before an early check-out, for its undo; null = it left on the day it was to.';
