"""Housekeeping: in which condition rooms are, what changed it, and who was seen in them."""

from omd.features.housekeeping.checks import check_rooms
from omd.features.housekeeping.commands import turn_rooms
from omd.features.housekeeping.errors import CONSTRAINT_ERRORS, RoomNotReady
from omd.features.housekeeping.queries import House

__all__ = ["CONSTRAINT_ERRORS", "House", "RoomNotReady", "check_rooms", "turn_rooms"]
