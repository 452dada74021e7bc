"""Availability: supply per room and night, counters per type and night, the horizon, maintenance intervals."""

from omd.features.availability.checks import Breach, Verdict, check_invariant, check_supply
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
from omd.features.availability.model import Horizon, MaintenanceInterval, TypeAvailability
from omd.features.availability.queries import (
    add_maintenance,
    delete_maintenance,
    find_business_date,
    find_horizon,
    find_maintenance,
    find_maintenance_of_room,
    find_type_availability,
    force_nights,
    list_maintenance,
    lock_type_nights,
    record_event,
    shorten_maintenance,
)

__all__ = [
    "CONSTRAINT_ERRORS",
    "ArrivalInThePast",
    "BeyondHorizon",
    "Breach",
    "Horizon",
    "HorizonOpened",
    "MaintenanceInterval",
    "MaintenanceOverlaps",
    "TypeAvailability",
    "Verdict",
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
    "find_type_availability",
    "force_nights",
    "list_maintenance",
    "lock_type_nights",
    "open_ahead",
    "open_horizon",
    "record_event",
    "roll_horizon",
    "shorten_maintenance",
    "within",
]
