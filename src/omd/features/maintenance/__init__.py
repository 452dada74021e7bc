"""Maintenance: what is broken, who sees to it, and what that does to the room."""

from omd.features.maintenance.checks import check_tickets
from omd.features.maintenance.errors import CONSTRAINT_ERRORS
from omd.features.maintenance.model import STEPS
from omd.features.maintenance.upkeep import purge_all_photos, purge_photos

__all__ = ["CONSTRAINT_ERRORS", "STEPS", "check_tickets", "purge_all_photos", "purge_photos"]
