"""Room packing: which room a stay gets when no single room is free for all its nights.

Pure: rooms and runs of nights in, a plan out; nothing here reads or writes a database.
"""

from omd.features.reservations.packing.model import (
    Infeasible,
    Move,
    Occupancy,
    RepackPlan,
    Segment,
    TimedOut,
)
from omd.features.reservations.packing.obstacles import obstacles
from omd.features.reservations.packing.repack import repack
from omd.features.reservations.packing.solve import ExactSearchError, solve_exactly
from omd.features.reservations.packing.split import full_nights, rooms_free, split_around_full_nights, split_stay

__all__ = [
    "ExactSearchError",
    "Infeasible",
    "Move",
    "Occupancy",
    "RepackPlan",
    "Segment",
    "TimedOut",
    "full_nights",
    "obstacles",
    "repack",
    "rooms_free",
    "solve_exactly",
    "split_around_full_nights",
    "split_stay",
]
