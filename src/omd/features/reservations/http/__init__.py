"""Reservations over HTTP."""

from litestar import Router

from omd.features.reservations.http.guests import BusinessGuests, ReservationPrivacy
from omd.features.reservations.http.hold_backs import BusinessHoldBacks
from omd.features.reservations.http.holds import Holds
from omd.features.reservations.http.maintenance import BusinessMaintenance, MaintenanceOfRoom
from omd.features.reservations.http.own_stay import OwnStayDesk, StayDoor
from omd.features.reservations.http.stays import BusinessReservations, SingleReservation, WalkIns

router = Router(
    path="",
    route_handlers=[
        BusinessReservations,
        WalkIns,
        SingleReservation,
        Holds,
        BusinessMaintenance,
        BusinessHoldBacks,
        MaintenanceOfRoom,
        ReservationPrivacy,
        BusinessGuests,
    ],
)

open_router = Router(path="", route_handlers=[StayDoor])
"""For everybody: whoever comes here is about to show a code and a surname."""

guest_router = Router(path="", route_handlers=[OwnStayDesk])
"""For a guest with a pass, about the one stay it opens."""
