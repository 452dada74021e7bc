"""Housekeeping: in which condition rooms are, what changed it, and who was seen in them."""

from omd.features.housekeeping.checks import check_rooms
from omd.features.housekeeping.commands import turn_rooms
from omd.features.housekeeping.errors import CONSTRAINT_ERRORS as _OF_ROOMS
from omd.features.housekeeping.errors import RoomNotReady
from omd.features.housekeeping.queries import House
from omd.features.housekeeping.sheets.balancer import Balancer
from omd.features.housekeeping.tasks.commands import plan_by_itself
from omd.features.housekeeping.tasks.errors import CONSTRAINT_ERRORS as _OF_TASKS

CONSTRAINT_ERRORS = {**_OF_ROOMS, **_OF_TASKS}
"""What a breach of this feature's constraints means to a caller."""

__all__ = ["CONSTRAINT_ERRORS", "Balancer", "House", "RoomNotReady", "check_rooms", "plan_by_itself", "turn_rooms"]
