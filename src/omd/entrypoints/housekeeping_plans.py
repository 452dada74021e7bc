"""Which events bring the housekeeping plan of a hotel in step: by a job, so that no booking waits for a plan."""

from datetime import timedelta

import msgspec

from omd.entrypoints.jobs import PLAN_HOUSEKEEPING, OfHotel
from omd.features.availability import touched_nights
from omd.infra.events import Event
from omd.infra.jobs import NewJob, new_job
from omd.kernel.ids import BusinessId, OmdId

_IN_THE_HOUSE = {
    *("reservation.checked_in", "reservation.check_in_undone", "reservation.checked_out"),
    *("reservation.check_out_undone", "reservation.room_assigned"),
    *("night_audit.succeeded", "business.date_held"),
}
_OF_NIGHTS = {
    *("reservation.booked", "reservation.amended", "reservation.cancelled", "reservation.no_show_marked"),
    *("reservation.reinstated", "room.maintenance_started", "room.maintenance_ended"),
}
_SEEN_TO = {"cleaned", "inspected", "set_by_hand"}
_SOON = timedelta(days=2)
"""A hotel's date may be ahead of UTC's, and a stay that arrives tomorrow touches no task of today."""


class _Said(msgspec.Struct, frozen=True):
    """What an event of a room says of what changed it."""

    cause: str | None = None


def planned_for(event: Event) -> NewJob | None:
    """Return the job that plans a hotel anew after an event that may change its tasks of today, None for most.

    It does nothing where the hotel has no plan. What the night makes of rooms is planned with the night itself.
    """
    if event.business_id is None or not _may_change_today(event):
        return None
    hotel = OfHotel(OmdId(event.omd_id), BusinessId(event.business_id), event.occurred_at.date())
    return new_job(PLAN_HOUSEKEEPING, hotel, key=f"business:{event.business_id}/event:{event.position}")


def _may_change_today(event: Event) -> bool:
    if event.type == "room.condition_changed":
        return msgspec.json.decode(event.data, type=_Said).cause in _SEEN_TO
    if event.type in _OF_NIGHTS:
        nights = touched_nights(event.type, event.data)
        return nights is not None and nights.arrival <= event.occurred_at.date() + _SOON
    return event.type in _IN_THE_HOUSE
