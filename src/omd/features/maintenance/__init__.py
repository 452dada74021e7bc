"""Maintenance: what is broken, who sees to it, and what that does to the room."""

from omd.features.maintenance.checks import check_tickets
from omd.features.maintenance.errors import CONSTRAINT_ERRORS
from omd.features.maintenance.model import STEPS

__all__ = ["CONSTRAINT_ERRORS", "STEPS", "check_tickets"]
