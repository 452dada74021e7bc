"""Availability: supply per room and night, counters per type and night, the horizon, maintenance intervals."""

from omd.features.availability.checks import Breach, Verdict, check_invariant, check_supply
from omd.features.availability.commands import remove_house_overbooking, set_house_overbooking, set_overbooking
from omd.features.availability.errors import (
    CONSTRAINT_ERRORS,
    ArrivalInThePast,
    BeyondHorizon,
    MaintenanceOverlaps,
    arrival_in_the_past,
    beyond_horizon,
    within,
)
from omd.features.availability.horizon import HorizonOpened, open_ahead, open_horizon, roll_horizon
from omd.features.availability.model import (
    Horizon,
    HouseNight,
    MaintenanceInterval,
    NightAvailability,
    TypeAvailability,
)
from omd.features.availability.queries import (
    add_maintenance,
    delete_maintenance,
    find_business_date,
    find_horizon,
    find_maintenance,
    find_maintenance_of_room,
    find_night_availability,
    find_type_availability,
    force_nights,
    list_house_nights,
    list_maintenance,
    list_nights_of_ranges,
    lock_type_nights,
    record_event,
    shorten_maintenance,
)
from omd.features.availability.touched import EVERYTHING, touched_nights
from omd.features.availability.windows import Windows

__all__ = [
    "CONSTRAINT_ERRORS",
    "EVERYTHING",
    "ArrivalInThePast",
    "BeyondHorizon",
    "Breach",
    "Horizon",
    "HorizonOpened",
    "HouseNight",
    "MaintenanceInterval",
    "MaintenanceOverlaps",
    "NightAvailability",
    "TypeAvailability",
    "Verdict",
    "Windows",
    "add_maintenance",
    "arrival_in_the_past",
    "beyond_horizon",
    "check_invariant",
    "check_supply",
    "delete_maintenance",
    "find_business_date",
    "find_horizon",
    "find_maintenance",
    "find_maintenance_of_room",
    "find_night_availability",
    "find_type_availability",
    "force_nights",
    "list_house_nights",
    "list_maintenance",
    "list_nights_of_ranges",
    "lock_type_nights",
    "open_ahead",
    "open_horizon",
    "record_event",
    "remove_house_overbooking",
    "roll_horizon",
    "set_house_overbooking",
    "set_overbooking",
    "shorten_maintenance",
    "touched_nights",
    "within",
]
