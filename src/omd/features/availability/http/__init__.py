"""Availability over HTTP: of one hotel, of a whole destination, and the limits up to which both may sell."""

from litestar import Router

from omd.features.availability.http.finding import Asking, Finder
from omd.features.availability.http.overbooking import HouseWideLimit, TypeLimit
from omd.features.availability.http.search import BusinessAvailability, DestinationAvailability

__all__ = ["Asking", "Finder", "router"]

router = Router(path="", route_handlers=[BusinessAvailability, TypeLimit, HouseWideLimit, DestinationAvailability])
