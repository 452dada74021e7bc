"""The front desk: who comes, who goes, who is here, and in which room."""

from omd.features.frontdesk.model import Dashboard, DeskStay, Planner

__all__ = ["Dashboard", "DeskStay", "Planner"]
