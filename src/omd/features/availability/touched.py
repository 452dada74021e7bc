"""Which nights an event changed the counters of, read from what it says."""

from datetime import date

import msgspec

from omd.kernel.dates import StayDates


class _Said(msgspec.Struct, frozen=True):
    """The dates that events name, whatever else they say: always first date and first date after."""

    arrival: date | None = None
    departure: date | None = None
    was_arrival: date | None = None
    was_departure: date | None = None
    released_from: date | None = None
    released_until: date | None = None
    starts_on: date | None = None
    ends_on: date | None = None
    was_starts_on: date | None = None
    was_ends_on: date | None = None


COUNTED = {
    "reservation.booked",
    "reservation.amended",
    "reservation.cancelled",
    "reservation.checked_out",
    "reservation.check_out_undone",
    "reservation.no_show_marked",
    "reservation.reinstated",
    "room.maintenance_started",
    "room.maintenance_ended",
    "hold_back.placed",
    "hold_back.changed",
    "hold_back.ended",
    "room_type.overbooking_set",
    "business.overbooking_set",
    "business.overbooking_removed",
}
"""The events that may change counters on the nights they name."""

EVERYTHING = {"business.inventory_imported", "business.date_held", "business.stay_settings_changed"}
"""The events after which nothing that was known of a hotel's nights, or is shown of them, need still be so."""


def touched_nights(event_type: str, data: str) -> StayDates | None:
    """Return the nights whose counters an event may have changed, from the first to the last, or None for none."""
    if event_type not in COUNTED:
        return None
    said = msgspec.json.decode(data, type=_Said)
    starts = (said.arrival, said.was_arrival, said.released_from, said.starts_on, said.was_starts_on)
    ends = (said.departure, said.was_departure, said.released_until, said.ends_on, said.was_ends_on)
    first = min((each for each in starts if each is not None), default=None)
    last = max((each for each in ends if each is not None), default=None)
    return None if first is None or last is None or first >= last else StayDates(first, last)
