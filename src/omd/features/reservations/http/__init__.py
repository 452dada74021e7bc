"""Reservations over HTTP."""

from litestar import Router

from omd.features.reservations.http.guests import BusinessGuests, ReservationPrivacy
from omd.features.reservations.http.maintenance import BusinessMaintenance
from omd.features.reservations.http.stays import BusinessReservations, SingleReservation

router = Router(
    path="",
    route_handlers=[BusinessReservations, SingleReservation, BusinessMaintenance, ReservationPrivacy, BusinessGuests],
)
