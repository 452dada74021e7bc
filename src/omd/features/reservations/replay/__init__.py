"""Replay of a real hotel's bookings: the file, the order of its days, its figures."""

from omd.features.reservations.replay.figures import (
    LargestParty,
    MonthFigures,
    largest_parties,
    occupancy_by_month,
    peak,
    peaks,
)
from omd.features.reservations.replay.file import (
    ReplayFileInvalid,
    ReplayRow,
    ReplayStatus,
    parse_replay,
    read_replay_file,
)
from omd.features.reservations.replay.schedule import Action, ActionKind, Oddities, Schedule, build_schedule

__all__ = [
    "Action",
    "ActionKind",
    "LargestParty",
    "MonthFigures",
    "Oddities",
    "ReplayFileInvalid",
    "ReplayRow",
    "ReplayStatus",
    "Schedule",
    "build_schedule",
    "largest_parties",
    "occupancy_by_month",
    "parse_replay",
    "peak",
    "peaks",
    "read_replay_file",
]
